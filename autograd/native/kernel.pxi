"""The kernel in C: like tape/kernel.py, but without the GIL and, if asked, on many rows at once."""

from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc, PyMem_RawFree
from libc.string cimport memcmp, memcpy, memset


@cython.final
cdef class Reader:
    """Like `kernel.Reader`, which says what it is given."""

    cdef chalk_rows rows
    cdef readonly Py_ssize_t count
    cdef readonly Py_ssize_t width
    cdef readonly object places
    cdef list kept  # views of the buffers, which stay as they are until these are let go

    def __init__(self, parts, Py_ssize_t stored, c_array.array places=None):
        cdef Py_ssize_t k, size, total = 0
        cdef Py_buffer *buffer
        cdef const char **at
        cdef Py_ssize_t *step
        self.kept = [memoryview(part) for part in parts]
        for view in self.kept:
            buffer = PyMemoryView_GET_BUFFER(view)
            total += buffer.len // 8 // stored
        self.places = places
        self.width = total
        self.count = stored if places is None else len(places)
        self.rows.places = NULL if places is None else places.data.as_longlongs
        at = <const char **> PyMem_Calloc(2 * total + 1, sizeof(void *))
        if at == NULL:
            raise MemoryError
        step = <Py_ssize_t *> (at + total)
        self.rows.at, self.rows.step = at, step
        total = 0
        for view in self.kept:
            buffer = PyMemoryView_GET_BUFFER(view)
            size = buffer.len // 8 // stored
            for k in range(size):
                if buffer.ndim == 1:
                    at[total + k] = <const char *> buffer.buf + k * buffer.strides[0]
                    step[total + k] = size * buffer.strides[0]
                else:
                    at[total + k] = <const char *> buffer.buf + offset(buffer, k)
                    step[total + k] = buffer.strides[0]
            total += size

    def __dealloc__(self):
        PyMem_Free(<void *> self.rows.at)

    def row(self, Py_ssize_t row):
        cdef c_array.array numbers = doubles(self.width, False)
        cdef Py_ssize_t k, place = self.rows.places[row] if self.rows.places != NULL else row
        for k in range(self.width):
            memcpy(
                numbers.data.as_doubles + k, self.rows.at[k] + place * self.rows.step[k], sizeof(double)
            )
        return numbers


cdef Py_ssize_t offset(const Py_buffer *buffer, Py_ssize_t k):
    """How far a row's number k is from where the row begins, in bytes."""
    cdef Py_ssize_t total = 0
    cdef int dimension
    for dimension in range(buffer.ndim - 1, 0, -1):
        total += k % buffer.shape[dimension] * buffer.strides[dimension]
        k //= buffer.shape[dimension]
    return total


ctypedef int (*chalk_forward_in_c)(const double *, double *) noexcept nogil
ctypedef void (*chalk_backward_in_c)(const double *, double *, double *, double *, int) noexcept nogil


@cython.final
cdef class Code:
    """Like `kernel.Code`, which says what it is."""

    cdef chalk_forward_in_c forward
    cdef chalk_backward_in_c backward

    def use(self, size_t forward, size_t backward):
        self.backward = <chalk_backward_in_c> backward
        self.forward = <chalk_forward_in_c> forward  # last, as who finds this looks for both

    @property
    def is_there(self): return self.forward != NULL


def use_vectors(int width):
    """Use vectors of so many numbers, 4 or 8, if this machine has them; gives of how many it is."""
    return chalk_use_vectors(width)


use_vectors(8)


@cython.final
cdef class Kernel:
    """Like `kernel.Kernel`, which says what each method does."""

    cdef chalk_machine m
    cdef readonly object program
    cdef readonly int lanes
    cdef Code code
    cdef bint by_code  # whether that computed the latest row, of which it then keeps what it needs
    cdef object kept  # the arrays whose memory m points to
    cdef void *plan[3]
    cdef int blocks  # how many there are; in one lane, how many steps
    cdef bint python  # whether there are operations that are not in the table
    cdef double *memory
    cdef double *totals  # the adjoints of the shared places, for each result; NULL before `clear`
    cdef double *work  # with one lane: room for those of one result, before all other adjoints
    cdef int *results  # their places
    cdef Py_ssize_t count  # how many there are
    cdef Py_ssize_t rows  # numbers in values, of all tiles
    cdef chalk_node **given  # with one lane: the Values among the arguments of a call, or NULL

    def __init__(self, program, int lanes=1, Code code=None):
        cdef Py_ssize_t k, apart
        tape = program.tape
        self.program = program
        self.code = code if lanes == 1 and code is not None else Code()
        self.lanes = lanes
        self.m.side = 1 if lanes == 1 else 8
        flat = array("i")
        biggest = 0
        for block in program.blocks:
            flat.extend(block[:5])
            for operand in block[5:]:
                flat.extend(operand)
            biggest = max(biggest, (block.rows + block.columns) * block.terms, block.rows * lanes * 8)
        cdef c_array.array blocks = flat
        cdef c_array.array codes = tape.codes
        cdef c_array.array left = tape.left
        cdef c_array.array right = tape.right
        cdef c_array.array extra = tape.extra
        cdef c_array.array constants = tape.constants
        cdef c_array.array results = array("i", tape.results)
        cdef c_array.array unseen = tape.unseen(64 // self.m.side)
        self.kept = (blocks, codes, left, right, extra, results, unseen)
        self.m.blocks = <const chalk_block *> blocks.data.as_ints
        self.m.codes = codes.data.as_ushorts
        self.m.left = left.data.as_ints
        self.m.right = right.data.as_ints
        self.m.extra = extra.data.as_ints
        self.m.unseen = unseen.data.as_ints
        self.m.stretches = len(unseen)
        self.m.parameters = len(tape.closures)
        self.m.shared = tape.shared
        self.m.inputs = len(tape.inputs)
        self.m.stored = tape.stored
        self.results = results.data.as_ints
        self.count = len(results)
        self.m.tiles = lanes // self.m.side
        self.m.tile = (tape.stored - tape.shared) * self.m.side
        self.rows = self.m.tiles * self.m.tile
        # a tile begins where a vector does; shared places end just before it, and so in the adjoints
        apart = (self.m.shared + self.rows + 7) // 8 * 8
        self.memory = <double *> PyMem_Calloc(2 * apart + biggest + 16, sizeof(double))
        if self.memory == NULL:
            raise MemoryError
        self.m.values = <double *> ((<size_t> (self.memory + self.m.shared) + 63) // 64 * 64)
        self.m.adjoints = self.m.values + apart
        self.m.scratch = self.m.adjoints + (self.rows + 7) // 8 * 8
        self.m.shared_values = self.m.values - self.m.shared
        self.work = self.m.adjoints - self.m.shared
        for k in range(len(constants)):
            self.m.shared_values[self.m.parameters + k] = constants.data.as_doubles[k]
        self.given = <chalk_node **> PyMem_Calloc(self.m.inputs + 1, sizeof(chalk_node *))
        if self.given == NULL:
            raise MemoryError
        self.blocks = len(program.blocks)
        self.python = any(block.code == CHALK_PYTHON for block in program.blocks)
        if lanes == 1:
            self.blocks = chalk_plan(&self.m, self.blocks, self.python, self.plan)
            if self.blocks < 0:
                raise MemoryError
        elif chalk_plan_clearing(&self.m, self.blocks, self.results, self.count, self.plan) < 0:
            raise MemoryError

    def __dealloc__(self):
        cdef int k
        PyMem_Free(self.memory)
        if self.totals != self.work:
            PyMem_Free(self.totals)
        PyMem_Free(self.given)
        for k in range(3):
            PyMem_RawFree(self.plan[k])

    def load_parameters(self, c_array.array numbers):
        if self.m.parameters:  # an empty array has no memory to copy from
            memcpy(self.m.shared_values, numbers.data.as_doubles, self.m.parameters * sizeof(double))

    def forward(self, c_array.array rows, Py_ssize_t start):
        cdef Reader reader = Reader((rows,), max(1, len(rows) // max(1, self.m.inputs)))
        self.m.tiles = self.lanes // self.m.side
        return self.one_forward(&reader.rows, start)

    def result(self, Py_ssize_t lane=0, Py_ssize_t which=0): return self.one_result(lane, which)

    def clear(self): self.clear_totals()

    cdef int clear_totals(self) except -1:
        cdef size_t size = self.count * self.m.shared * sizeof(double)
        if self.totals == NULL and self.lanes == 1 and self.count == 1:
            self.totals = self.work
        if self.totals == NULL:
            self.totals = <double *> PyMem_Malloc(size)
            if self.totals == NULL:
                raise MemoryError
        memset(self.totals, 0, size)
        return 0

    def backward(self, double gradient, bint inputs, Py_ssize_t which=0):
        if self.totals == NULL:
            self.clear_totals()
        self.one_backward(gradient, inputs, which)

    def run(
        self,
        Reader rows,
        Py_ssize_t start,
        Py_ssize_t stop,
        Py_ssize_t trusted,
        double[::1] results,
        double gradient,
        double[::1] input_gradients,
    ):
        cdef double *out = &results[0]
        cdef double *to = &input_gradients[0] if input_gradients.shape[0] else NULL
        cdef Py_ssize_t unfinished
        if rows.width != self.m.inputs:
            raise ValueError(f"rows of {rows.width} numbers for a program of {self.m.inputs}")
        with nogil:
            unfinished = self.run_rows(rows, start, stop, trusted, out, gradient, to)
        return unfinished

    cdef Py_ssize_t run_rows(
        self,
        Reader rows,
        Py_ssize_t start,
        Py_ssize_t stop,
        Py_ssize_t trusted,
        double *results,
        double gradient,
        double *input_gradients,
    ) except -2 nogil:
        cdef Py_ssize_t lane, which, k, row = start, width = self.m.inputs, lanes
        cdef double *to
        cdef bint finite
        while row < stop:
            lanes = min(self.lanes, stop - row)
            self.m.tiles = lanes // self.m.side
            finite = self.one_forward(&rows.rows, row)
            if not finite and row >= trusted:
                return row
            for lane in range(lanes):
                for which in range(self.count):
                    results[(row + lane) * self.count + which] = self.one_result(lane, which)
            for which in range(self.count if gradient != 0 else 0):
                self.one_backward(gradient, input_gradients != NULL, which)
                for lane in range(lanes if input_gradients != NULL else 0):
                    to = input_gradients + (which * rows.count + row + lane) * width
                    for k in range(width):
                        to[k] = self.of_lane(self.m.adjoints, k, lane)[0]
            row += lanes
        return -1

    cdef inline double *of_lane(self, double *numbers, Py_ssize_t place, Py_ssize_t lane) noexcept nogil:
        """Where a place that is not shared has its number of a lane."""
        cdef Py_ssize_t tile
        if self.lanes == 1:
            return numbers + place
        tile = lane // self.m.side
        return numbers + tile * self.m.tile + place * self.m.side + lane - tile * self.m.side

    cdef bint one_forward(self, const chalk_rows *rows, Py_ssize_t row) except -1 nogil:
        chalk_load_rows(&self.m, rows, row)
        return self.computed()

    cdef bint compute(self, bint others_may_run) except -1:
        """Compute what was loaded; gives whether every number is finite."""
        cdef bint finite
        if not others_may_run:
            return self.computed()
        with nogil:
            finite = self.computed()
        return finite

    cdef bint computed(self) except -1 nogil:
        self.by_code = self.code.forward != NULL  # which another thread may bring at any time
        if self.by_code:
            return self.code.forward(self.m.shared_values, self.m.values)
        if self.python:
            with gil:
                self.mixed_forward()
        else:
            chalk_run_forward(&self.m, 0, self.blocks, self.m.side)
        return chalk_computed_finite(&self.m)

    cdef inline bint moves(self, Py_ssize_t k) noexcept:
        """Whether an argument of the call takes a gradient."""
        return self.given[k] != NULL and not chalk_is_constant(self.given[k])

    cdef double one_result(self, Py_ssize_t lane, Py_ssize_t which) noexcept nogil:
        cdef Py_ssize_t place = self.results[which] - self.m.shared
        if place < 0:
            return self.m.shared_values[self.results[which]]
        return self.of_lane(self.m.values, place, lane)[0]

    cdef int one_backward(self, double gradient, bint inputs, Py_ssize_t which) except -1 nogil:
        cdef Py_ssize_t k, lane, place = self.results[which] - self.m.shared
        cdef Py_ssize_t lanes = self.m.tiles * self.m.side
        cdef double *totals = self.totals + which * self.m.shared
        self.m.shared_adjoints = totals if self.lanes > 1 else self.work
        if self.lanes == 1 and totals != self.work:
            memcpy(self.work, totals, self.m.shared * sizeof(double))
        for k in range(self.count if self.by_code else 0):  # which asks for no more
            if self.results[k] >= self.m.shared:
                self.m.adjoints[self.results[k] - self.m.shared] = 0
        if self.lanes > 1:
            chalk_clear(&self.m, self.blocks, self.blocks + 1, inputs)
        elif not self.by_code:
            memset(self.m.adjoints, 0, self.rows * sizeof(double))
        if place < 0:
            self.m.shared_adjoints[self.results[which]] += gradient * lanes
        else:
            for lane in range(lanes):
                self.of_lane(self.m.adjoints, place, lane)[0] = gradient
        if self.python:
            with gil:
                self.mixed_backward(inputs)
        elif self.by_code:
            self.code.backward(
                self.m.shared_values, self.m.values, self.m.shared_adjoints, self.m.adjoints, inputs
            )
        else:
            chalk_run_backward(&self.m, 0, self.blocks, inputs, self.m.side)
        if self.lanes == 1 and totals != self.work:
            memcpy(totals, self.work, self.m.shared * sizeof(double))
        return 0

    def parameter_gradients(self, Py_ssize_t which=0):
        return copied(self.totals + which * self.m.shared, self.m.parameters)

    def input_gradients(self):
        return array(
            "d",
            [
                self.of_lane(self.m.adjoints, k, lane)[0]
                for k in range(self.m.inputs)
                for lane in range(self.lanes)
            ],
        )

    # ---- operations that are not in the table, one row at a time ------------------------------

    cdef double *place(self, Py_ssize_t k, bint adjoint):
        if k < self.m.shared:
            return (self.m.shared_adjoints if adjoint else self.m.shared_values) + k
        return (self.m.adjoints if adjoint else self.m.values) + (k - self.m.shared)

    cdef mixed_forward(self):
        for position, block in enumerate(self.program.blocks):
            if block.code == CHALK_PYTHON:
                self.python_forward(block)
            else:
                chalk_run_forward(&self.m, position, position + 1, 1)

    cdef mixed_backward(self, bint inputs):
        for position in range(self.blocks - 1, -1, -1):
            block = self.program.blocks[position]
            if block.code == CHALK_PYTHON:
                self.python_backward(block, inputs)
            else:
                chalk_run_backward(&self.m, position, position + 1, inputs, 1)

    cdef python_forward(self, block):
        for out in range(block.out, block.out + block.columns):
            operation, operands = self.program.tape.instruction(out)
            self.place(out, False)[0] = operation.limit(*[self.place(k, False)[0] for k in operands])

    cdef python_backward(self, block, bint inputs):
        for out in reversed(range(block.out, block.out + block.columns)):
            operation, operands = self.program.tape.instruction(out)
            numbers = [self.place(k, False)[0] for k in operands]
            for position, k in enumerate(operands):
                if self.program.takes(k, inputs):
                    slope = local_grad(operation, position, self.place(out, False)[0], numbers)
                    self.place(k, True)[0] += self.place(out, True)[0] * slope


cdef copied(double *numbers, Py_ssize_t count):
    cdef c_array.array result = doubles(count, False)
    if count:  # an empty array has no memory to copy to
        memcpy(result.data.as_doubles, numbers, count * sizeof(double))
    return result
