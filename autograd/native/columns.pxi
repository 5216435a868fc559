"""Many Values at once, and a recorded function over columns of numbers, in C."""

from libc.math cimport fabs, sqrt
from libc.stdlib cimport malloc


cdef extern from "columns.h" nogil:
    enum:
        CHALK_PIECE

    ctypedef struct chalk_line:
        int code, slot
        int operands[3]

    ctypedef struct chalk_columns:
        const chalk_line *lines
        const int *results
        double **slots
        double **columns
        double **out
        int count, inputs, fixed, outputs

    void chalk_run_columns(const chalk_columns *columns, Py_ssize_t size)
    bint chalk_learns(const chalk_node *node)
    bint chalk_move_nodes(const chalk_columns *columns, chalk_node **nodes, Py_ssize_t size)


cdef extern from "Python.h":
    PyObject *borrowed "PyTuple_GET_ITEM" (object row, Py_ssize_t k)
    PyObject **entries "PySequence_Fast_ITEMS" (object row)


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
    cdef bint are_distinct

    def __init__(self, values):
        self.values = tuple(values)
        if not chalk_all_nodes(self.values):
            raise TypeError(not_values(self.values))
        self.are_distinct = chalk_all_distinct(self.values)

    def __len__(self):
        return len(self.values)

    def holds(self, values):
        """Whether these are its Values, in this order."""
        cdef Py_ssize_t count = len(self.values)
        if not isinstance(values, list):
            values = list(values)
        if len(values) != count:
            return False
        return not count or not memcmp(entries(values), entries(self.values), count * sizeof(void *))

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
            found += chalk_learns(node)
        if found == count:
            return data.base, grad.base, None
        places = array("q", [k for k in range(count) if chalk_learns(at(values, k))])
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


cdef inline chalk_node *at(tuple values, Py_ssize_t k) noexcept:
    return <chalk_node *> borrowed(values, k)


cdef inline chalk_node **nodes_of(tuple values) noexcept:
    return <chalk_node **> entries(values)


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

    cdef chalk_columns c
    cdef chalk_line *lines
    cdef double *memory
    cdef object results

    def __init__(self, lines, int inputs, int fixed, results):
        cdef int k, j, size = inputs + fixed + len(lines)
        cdef c_array.array wanted = array("i", results)
        self.results = wanted
        self.lines = <chalk_line *> malloc((len(lines) + 1) * sizeof(chalk_line))
        self.memory = <double *> malloc((fixed + len(lines) + 1) * CHALK_PIECE * sizeof(double))
        self.c.slots = <double **> malloc((size + 1) * sizeof(double *))
        self.c.columns = <double **> malloc((inputs + len(results) + 1) * sizeof(double *))
        if self.lines == NULL or self.memory == NULL or self.c.slots == NULL or self.c.columns == NULL:
            raise MemoryError
        self.c.lines, self.c.results, self.c.out = self.lines, wanted.data.as_ints, self.c.columns + inputs
        self.c.count, self.c.inputs, self.c.fixed, self.c.outputs = len(lines), inputs, fixed, len(results)
        for k, (code, slot, operands) in enumerate(lines):
            self.lines[k].code, self.lines[k].slot = code, slot
            for j in range(3):
                self.lines[k].operands[j] = operands[min(j, len(operands) - 1)]
        for k in range(inputs, size):
            self.c.slots[k] = self.memory + (k - inputs) * CHALK_PIECE

    def __dealloc__(self):
        free(self.lines)
        free(self.memory)
        free(self.c.slots)
        free(self.c.columns)

    def run(self, list columns, list numbers):
        """The columns of results, given those of inputs and the numbers of the fixed slots."""
        cdef Py_ssize_t size = len(columns[0])
        cdef list found = self.ready(columns, numbers, size)
        chalk_run_columns(&self.c, size)
        return found

    def move(self, Vector row, list columns, list numbers):
        """The same for the numbers and gradients of Values and more columns, which moves the Values to
        the first result; None, and nothing moves, where some have no gradient or take none, or come twice."""
        cdef Py_ssize_t size = len(row.values)
        if PyDict_Size(writing_tape):
            refuse("the numbers", row.values[0])
            refuse_change("the numbers", row.values[0])
        if not row.are_distinct:
            return None
        columns = [doubles(size, False), doubles(size, False), *columns]
        cdef list found = self.ready(columns, numbers, size)
        return found if chalk_move_nodes(&self.c, nodes_of(row.values), size) else None

    cdef list ready(self, list columns, list numbers, Py_ssize_t size):
        """Let the program read these, and write to the new columns that this gives."""
        cdef int k, j
        cdef double number
        cdef double *slot
        cdef c_array.array column
        cdef list found = [doubles(size, False) for k in range(self.c.outputs)]
        for k in range(self.c.inputs + self.c.outputs):
            column = columns[k] if k < self.c.inputs else found[k - self.c.inputs]
            self.c.columns[k] = column.data.as_doubles
        for k in range(self.c.fixed):
            number, slot = numbers[k], self.c.slots[self.c.inputs + k]
            for j in range(CHALK_PIECE):
                slot[j] = number
        return found
