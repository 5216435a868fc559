"""The kernel in C: like tape/kernel.py, but without the GIL and, if asked, on many rows at once."""

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.string cimport memcpy, memset


cdef extern from "kernel.h" nogil:
    enum:
        CHALK_PYTHON

    ctypedef struct chalk_block:
        int code

    ctypedef struct chalk_machine:
        const chalk_block *blocks
        const unsigned short *codes
        const int *left
        const int *right
        const int *extra
        int parameters, shared, inputs, stored, result, tiles
        Py_ssize_t tile
        double *shared_values
        double *shared_adjoints
        double *values
        double *adjoints
        double *scratch

    void chalk_run_forward(const chalk_machine *m, int first, int stop, int lanes)
    void chalk_run_backward(const chalk_machine *m, int first, int stop, int inputs, int lanes)
    bint chalk_all_finite(const double *numbers, Py_ssize_t count)
    void chalk_load_rows(const chalk_machine *m, const double *rows, int lanes)


cdef class Kernel:
    """Like `kernel.Kernel`, which says what each method does."""

    cdef chalk_machine m
    cdef readonly object program
    cdef readonly int lanes
    cdef int side  # how many lanes lie side by side: one, or the eight of a tile
    cdef object kept  # the arrays whose memory m points to
    cdef int blocks
    cdef bint python  # whether there are operations that are not in the table
    cdef double *memory
    cdef Py_ssize_t rows  # numbers in values, of all tiles

    def __init__(self, program, int lanes=1):
        cdef Py_ssize_t k
        tape = program.tape
        self.program = program
        self.lanes = lanes
        self.side = 1 if lanes == 1 else 8
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
        self.kept = (blocks, codes, left, right, extra)
        self.m.blocks = <const chalk_block *> blocks.data.as_ints
        self.m.codes = codes.data.as_ushorts
        self.m.left = left.data.as_ints
        self.m.right = right.data.as_ints
        self.m.extra = extra.data.as_ints
        self.m.parameters = len(tape.closures)
        self.m.shared = tape.shared
        self.m.inputs = len(tape.inputs)
        self.m.stored = tape.stored
        self.m.result = tape.result
        self.m.tiles = lanes // self.side
        self.m.tile = (tape.stored - tape.shared) * self.side
        self.rows = self.m.tiles * self.m.tile
        self.memory = <double *> PyMem_Calloc(2 * (tape.shared + self.rows) + biggest + 1, sizeof(double))
        if self.memory == NULL:
            raise MemoryError
        self.m.shared_values = self.memory
        self.m.shared_adjoints = self.memory + self.m.shared
        self.m.values = self.m.shared_adjoints + self.m.shared
        self.m.adjoints = self.m.values + self.rows
        self.m.scratch = self.m.adjoints + self.rows
        for k in range(len(constants)):
            self.m.shared_values[self.m.parameters + k] = constants.data.as_doubles[k]
        self.blocks = len(program.blocks)
        self.python = any(block.code == CHALK_PYTHON for block in program.blocks)

    def __dealloc__(self):
        PyMem_Free(self.memory)

    def load_parameters(self, c_array.array numbers):
        if self.m.parameters:  # an empty array has no memory to copy from
            memcpy(self.m.shared_values, numbers.data.as_doubles, self.m.parameters * sizeof(double))

    def forward(self, double[::1] rows, Py_ssize_t start):
        self.m.tiles = self.lanes // self.side
        return self.one_forward(&rows[start * self.m.inputs] if self.m.inputs else NULL)

    def result(self, Py_ssize_t lane=0):
        return self.one_result(lane)

    def clear(self):
        memset(self.m.shared_adjoints, 0, self.m.shared * sizeof(double))

    def backward(self, double gradient, bint inputs):
        self.one_backward(gradient, inputs)

    def run(
        self,
        double[::1] rows,
        Py_ssize_t start,
        Py_ssize_t stop,
        Py_ssize_t trusted,
        double[::1] results,
        double gradient,
        double[::1] input_gradients,
    ):
        cdef const double *numbers = &rows[0] if self.m.inputs else NULL
        cdef double *out = &results[0]
        cdef double *to = &input_gradients[0] if input_gradients.shape[0] else NULL
        cdef Py_ssize_t unfinished
        with nogil:
            unfinished = self.run_rows(numbers, start, stop, trusted, out, gradient, to)
        return unfinished

    cdef Py_ssize_t run_rows(
        self,
        const double *rows,
        Py_ssize_t start,
        Py_ssize_t stop,
        Py_ssize_t trusted,
        double *results,
        double gradient,
        double *input_gradients,
    ) except -2 nogil:
        cdef Py_ssize_t lane, k, row = start, width = self.m.inputs, lanes
        cdef bint finite
        while row < stop:
            lanes = min(self.lanes, stop - row)
            self.m.tiles = lanes // self.side
            finite = self.one_forward(rows + row * width if rows != NULL else NULL)
            if not finite and row >= trusted:
                return row
            for lane in range(lanes):
                results[row + lane] = self.one_result(lane)
            if gradient != 0:
                self.one_backward(gradient, input_gradients != NULL)
                if input_gradients != NULL:
                    for lane in range(lanes):
                        for k in range(width):
                            input_gradients[(row + lane) * width + k] = self.of_lane(
                                self.m.adjoints, k, lane
                            )[0]
            row += lanes
        return -1

    cdef double *of_lane(self, double *numbers, Py_ssize_t place, Py_ssize_t lane) noexcept nogil:
        """Where a place that is not shared has its number of a lane."""
        cdef Py_ssize_t tile = lane // self.side
        return numbers + tile * self.m.tile + place * self.side + lane - tile * self.side

    cdef bint one_forward(self, const double *rows) except -1 nogil:
        cdef Py_ssize_t tile, first = self.m.inputs * self.side
        chalk_load_rows(&self.m, rows, self.side)
        if self.python:
            with gil:
                self.mixed_forward()
        else:
            chalk_run_forward(&self.m, 0, self.blocks, self.side)
        for tile in range(self.m.tiles):
            if not chalk_all_finite(self.m.values + tile * self.m.tile + first, self.m.tile - first):
                return False
        return True

    cdef double one_result(self, Py_ssize_t lane) noexcept nogil:
        cdef Py_ssize_t place = self.m.result - self.m.shared
        if place < 0:
            return self.m.shared_values[self.m.result]
        return self.of_lane(self.m.values, place, lane)[0]

    cdef int one_backward(self, double gradient, bint inputs) except -1 nogil:
        cdef Py_ssize_t lane, place = self.m.result - self.m.shared, lanes = self.m.tiles * self.side
        memset(self.m.adjoints, 0, self.m.tiles * self.m.tile * sizeof(double))
        if place < 0:
            self.m.shared_adjoints[self.m.result] += gradient * lanes
        else:
            for lane in range(lanes):
                self.of_lane(self.m.adjoints, place, lane)[0] = gradient
        if self.python:
            with gil:
                self.mixed_backward(inputs)
        else:
            chalk_run_backward(&self.m, 0, self.blocks, inputs, self.side)
        return 0

    def parameter_gradients(self):
        return copied(self.m.shared_adjoints, self.m.parameters)

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


cdef c_array.array no_doubles = array("d")


def numbers_of_values(tuple values):
    """The numbers that Values have now."""
    cdef c_array.array numbers = c_array.clone(no_doubles, len(values), False)
    cdef Py_ssize_t k
    for k in range(len(values)):
        numbers.data.as_doubles[k] = (<Value> values[k]).f.data
    return numbers


def add_to(c_array.array total, c_array.array part):
    """total += part, number by number."""
    cdef Py_ssize_t k
    for k in range(len(total)):
        total.data.as_doubles[k] += part.data.as_doubles[k]


cdef copied(double *numbers, Py_ssize_t count):
    cdef c_array.array result = c_array.clone(no_doubles, count, False)
    if count:  # an empty array has no memory to copy to
        memcpy(result.data.as_doubles, numbers, count * sizeof(double))
    return result
