"""The kernel in C: like tape/kernel.py, but without the GIL and, if asked, on eight rows at once."""

from cpython cimport array as c_array
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
        int parameters, shared, inputs, stored, result
        double *shared_values
        double *shared_adjoints
        double *values
        double *adjoints
        double *scratch

    void chalk_forward_1(const chalk_machine *m, int first, int stop)
    void chalk_forward_8(const chalk_machine *m, int first, int stop)
    void chalk_backward_1(const chalk_machine *m, int first, int stop, int inputs)
    void chalk_backward_8(const chalk_machine *m, int first, int stop, int inputs)
    bint chalk_all_finite(const double *numbers, Py_ssize_t count)
    void chalk_load_rows(const chalk_machine *m, const double *rows, int lanes)


cdef class Kernel:
    """Like `kernel.Kernel`, which says what each method does."""

    cdef chalk_machine m
    cdef readonly object program
    cdef readonly int lanes
    cdef object kept  # the arrays whose memory m points to
    cdef int blocks
    cdef bint python  # whether there are operations that are not in the table
    cdef double *memory
    cdef Py_ssize_t rows  # numbers in values

    def __init__(self, program, int lanes=1):
        cdef Py_ssize_t k
        tape = program.tape
        self.program = program
        self.lanes = lanes
        flat = array("i")
        biggest = 0
        for block in program.blocks:
            flat.extend(block[:5])
            for operand in block[5:]:
                flat.extend(operand)
            biggest = max(biggest, (block.rows + block.columns) * block.terms)
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
        self.rows = (tape.stored - tape.shared) * lanes
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

    def load_parameters(self, tuple closures):
        cdef Py_ssize_t k
        cdef Value closure
        for k in range(self.m.parameters):
            closure = <Value> closures[k]
            self.m.shared_values[k] = closure.f.data

    def forward(self, double[::1] rows, Py_ssize_t start):
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
        cdef Py_ssize_t lane, k, row = start, width = self.m.inputs
        cdef bint finite
        while row < stop:
            finite = self.one_forward(rows + row * width if rows != NULL else NULL)
            if not finite and row >= trusted:
                return row
            for lane in range(self.lanes):
                results[row + lane] = self.one_result(lane)
            if gradient != 0:
                self.one_backward(gradient, input_gradients != NULL)
                if input_gradients != NULL:
                    for lane in range(self.lanes):
                        for k in range(width):
                            input_gradients[(row + lane) * width + k] = (
                                self.m.adjoints[k * self.lanes + lane]
                            )
            row += self.lanes
        return -1

    cdef bint one_forward(self, const double *rows) except -1 nogil:
        cdef Py_ssize_t first = self.m.inputs * self.lanes
        chalk_load_rows(&self.m, rows, self.lanes)
        if self.python:
            with gil:
                self.mixed_forward()
        elif self.lanes == 1:
            chalk_forward_1(&self.m, 0, self.blocks)
        else:
            chalk_forward_8(&self.m, 0, self.blocks)
        return chalk_all_finite(self.m.values + first, self.rows - first)

    cdef double one_result(self, Py_ssize_t lane) noexcept nogil:
        cdef Py_ssize_t place = self.m.result - self.m.shared
        if place < 0:
            return self.m.shared_values[self.m.result]
        return self.m.values[place * self.lanes + lane]

    cdef int one_backward(self, double gradient, bint inputs) except -1 nogil:
        cdef Py_ssize_t lane, place = self.m.result - self.m.shared
        memset(self.m.adjoints, 0, self.rows * sizeof(double))
        if place < 0:
            self.m.shared_adjoints[self.m.result] += gradient * self.lanes
        else:
            for lane in range(self.lanes):
                self.m.adjoints[place * self.lanes + lane] = gradient
        if self.python:
            with gil:
                self.mixed_backward(inputs)
        elif self.lanes == 1:
            chalk_backward_1(&self.m, 0, self.blocks, inputs)
        else:
            chalk_backward_8(&self.m, 0, self.blocks, inputs)
        return 0

    def parameter_gradients(self):
        return copied(self.m.shared_adjoints, self.m.parameters)

    def input_gradients(self):
        return copied(self.m.adjoints, self.m.inputs * self.lanes)

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
                chalk_forward_1(&self.m, position, position + 1)

    cdef mixed_backward(self, bint inputs):
        for position in range(self.blocks - 1, -1, -1):
            block = self.program.blocks[position]
            if block.code == CHALK_PYTHON:
                self.python_backward(block, inputs)
            else:
                chalk_backward_1(&self.m, position, position + 1, inputs)

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


def add_to(c_array.array total, c_array.array part):
    """total += part, number by number."""
    cdef Py_ssize_t k
    for k in range(len(total)):
        total.data.as_doubles[k] += part.data.as_doubles[k]


cdef c_array.array no_doubles = array("d")


cdef copied(double *numbers, Py_ssize_t count):
    cdef c_array.array result = c_array.clone(no_doubles, count, False)
    if count:  # an empty array has no memory to copy to
        memcpy(result.data.as_doubles, numbers, count * sizeof(double))
    return result
