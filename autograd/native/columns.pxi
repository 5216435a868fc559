"""Many Values at once, and a recorded function over columns of numbers, in C."""

from libc.math cimport fabs, sqrt
from libc.stdlib cimport malloc


cdef extern from "columns.h" nogil:
    enum:
        CHALK_PIECE

    ctypedef struct chalk_line:
        int code, slot
        int operands[3]

    void chalk_run_columns(
        const chalk_line *lines, int count, double **slots, double **columns, int inputs,
        int fixed, const int *results, double **out, int outputs, Py_ssize_t size,
    )


cdef extern from "Python.h":
    PyObject *borrowed "PyTuple_GET_ITEM" (object row, Py_ssize_t k)


cdef class Vector:
    """A row of Values, such as a model's parameters, whose numbers move all at once.

    values : Values, each as often as it is to count.

    `data` and `grad` give copies as arrays of doubles, and setting one sets all of its numbers, as
    setting `p.data` of each would, in a fraction of the time. Raises TypeError for anything but
    Values, and ValueError for more or fewer numbers than Values.

    >>> from autograd import Value, Vector
    >>> row = Vector([Value(1.0), Value(2.0)])
    >>> row.data = [x - 0.5 for x in row.data]
    >>> [v.data for v in row.values]
    [0.5, 1.5]
    """

    cdef readonly tuple values

    def __init__(self, values):
        self.values = tuple(values)
        if not chalk_all_nodes(self.values):
            raise TypeError(not_values(self.values))

    def __len__(self):
        return len(self.values)

    @property
    def data(self):
        """All numbers."""
        cdef Py_ssize_t k, count = len(self.values)
        cdef double[::1] found = doubles(count, False)
        if count and PyDict_Size(writing_tape):
            refuse("the numbers", self.values[0])
        for k in range(count):
            found[k] = at(self.values, k).f.data
        return found.base

    @data.setter
    def data(self, numbers):
        cdef Py_ssize_t k, count = len(self.values)
        cdef const double[::1] given = column(numbers, count)
        cdef tuple values = self.values
        if count and PyDict_Size(writing_tape):
            refuse_change("the numbers", values[0])
        for k in range(count):
            at(values, k).f.data = given[k]

    @property
    def grad(self):
        """All gradients, 0 where none has arrived."""
        cdef Py_ssize_t k, count = len(self.values)
        cdef double[::1] found = doubles(count, False)
        cdef chalk_node *node
        if count and PyDict_Size(writing_tape):
            refuse("the gradients", self.values[0])
        for k in range(count):
            node = at(self.values, k)
            found[k] = node.f.grad if node.f.reached else 0.0
        return found.base

    @grad.setter
    def grad(self, numbers):
        cdef Py_ssize_t k, count = len(self.values)
        cdef const double[::1] given = column(numbers, count)
        for k in range(count):
            at(self.values, k).f.grad = given[k]
            at(self.values, k).f.reached = 1

    def moving(self):
        """All numbers, all gradients, and the places of those that have one and require it.

        The places are None if these are all.
        """
        cdef Py_ssize_t k, count = len(self.values), found = 0
        cdef double[::1] data = doubles(count, False), grad = doubles(count, False)
        cdef tuple values = self.values
        cdef chalk_node *node
        if count and PyDict_Size(writing_tape):
            refuse("the numbers", values[0])
        for k in range(count):
            node = at(values, k)
            data[k] = node.f.data
            grad[k] = node.f.grad if node.f.reached else 0.0
            found += learns(node)
        if found == count:
            return data.base, grad.base, None
        places = array("q", [k for k in range(count) if learns(at(values, k))])
        return data.base, grad.base, places

    def zero_grad(self):
        """Clear every gradient."""
        cdef Py_ssize_t k
        for k in range(len(self.values)):
            if chalk_is_leaf(at(self.values, k)):
                at(self.values, k).f.reached = 0
            else:
                clear(self.values[k])

    def norm(self):
        """The root of the sum of the gradients' squares, added from left to right."""
        cdef Py_ssize_t k, count = len(self.values)
        cdef double size, largest = 0, total = 0
        cdef double[::1] found = self.grad
        for k in range(count):
            size = fabs(found[k])
            if size > largest or size != size:  # nan is the largest
                largest = size
        if largest == 0 or not isfinite(largest):
            return largest
        if 1e-140 < largest < 1e140:  # whose squares neither vanish nor overflow
            for k in range(count):
                total += found[k] * found[k]
            return sqrt(total)
        for k in range(count):
            size = found[k] / largest
            total += size * size
        return largest * sqrt(total)


cdef inline bint learns(chalk_node *node) noexcept:
    return node.f.reached and not chalk_is_constant(node)


cdef inline chalk_node *at(tuple values, Py_ssize_t k) noexcept:
    return <chalk_node *> borrowed(values, k)


cdef column(numbers, Py_ssize_t count):
    """Numbers as doubles in a row, so many of them."""
    given = numbers if isinstance(numbers, array) and numbers.typecode == "d" else array("d", numbers)
    if len(given) != count:
        raise ValueError(f"there are {count} Values and {len(given)} numbers")
    return given


def not_values(values):
    """The message for a row in which there is something else."""
    place, other = next((k, x) for k, x in enumerate(values) if not isinstance(x, Value))
    return f"a Vector is of Values; values[{place}] is {other!r:.60}"


def numbers_of_values(tuple values):
    """The numbers that Values have now."""
    cdef c_array.array numbers = doubles(len(values), False)
    cdef Py_ssize_t k
    for k in range(len(values)):
        numbers.data.as_doubles[k] = (<Value> values[k]).f.data
    return numbers


def add_to(c_array.array total, c_array.array part):
    """total += part, number by number."""
    cdef Py_ssize_t k
    cdef double *to = total.data.as_doubles
    cdef const double *numbers = part.data.as_doubles
    for k in range(len(total)):
        to[k] += numbers[k]


cdef class Columns:
    """A program over columns: lines of a code, a slot and three operands' slots.

    inputs  : how many columns there are; their slots come first.
    fixed   : how many slots hold one number for all, after these.
    results : the slots whose columns are wanted.
    """

    cdef chalk_line *lines
    cdef double **slots
    cdef double **given
    cdef double *memory
    cdef object results
    cdef int count, inputs, fixed

    def __init__(self, lines, int inputs, int fixed, results):
        cdef int k, j, size = inputs + fixed + len(lines)
        self.count, self.inputs, self.fixed = len(lines), inputs, fixed
        self.results = array("i", results)
        self.lines = <chalk_line *> malloc((self.count + 1) * sizeof(chalk_line))
        self.slots = <double **> malloc((size + 1) * sizeof(double *))
        self.given = <double **> malloc((inputs + len(results) + 1) * sizeof(double *))
        self.memory = <double *> malloc((fixed + self.count + 1) * CHALK_PIECE * sizeof(double))
        if self.lines == NULL or self.slots == NULL or self.given == NULL or self.memory == NULL:
            raise MemoryError
        for k, (code, slot, operands) in enumerate(lines):
            self.lines[k].code, self.lines[k].slot = code, slot
            for j in range(3):
                self.lines[k].operands[j] = operands[min(j, len(operands) - 1)]
        for k in range(inputs, size):
            self.slots[k] = self.memory + (k - inputs) * CHALK_PIECE

    def __dealloc__(self):
        free(self.lines)
        free(self.slots)
        free(self.given)
        free(self.memory)

    def run(self, list columns, list numbers):
        """The columns of results, given those of inputs and the numbers of the fixed slots."""
        cdef Py_ssize_t size = len(columns[0])
        cdef int k, j
        cdef double number
        cdef c_array.array out
        cdef c_array.array given
        cdef c_array.array wanted = self.results
        cdef list found = []
        for k in range(self.inputs):
            given = columns[k]
            self.given[k] = given.data.as_doubles
        for k in range(len(self.results)):
            out = doubles(size, False)
            self.given[self.inputs + k] = out.data.as_doubles
            found.append(out)
        for k in range(self.fixed):
            number = numbers[k]
            for j in range(CHALK_PIECE):
                self.slots[self.inputs + k][j] = number
        chalk_run_columns(
            self.lines, self.count, self.slots, self.given, self.inputs, self.fixed,
            wanted.data.as_ints, self.given + self.inputs, len(found), size,
        )
        return found
