# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The engine in C: does what value.py and backward.py do, and nobody who uses it can tell."""

cimport cython
from cpython cimport array as c_array
from cpython.buffer cimport PyBUF_CONTIG_RO, PyBUF_FORMAT, PyBuffer_Release, PyObject_GetBuffer
from cpython.object cimport Py_EQ, PyObject, PyObject_GenericSetAttr
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.math cimport isfinite
from libc.stdlib cimport free

from array import array

from autograd.backward import checks
from autograd.errors import GraphError
from autograd.modes import (
    checking_gradients,
    not_recording,
    refuse,
    refuse_change,
    refuse_hash,
    settle,
    writing_tape,
)
from autograd.operations import CONSTANT, FROZEN, LEAF, LEAVES, OPERATIONS, local_grad
from autograd.primitive import NO_GRADIENT, is_real, refuse_equality, to_float, to_label


cdef extern from "Python.h":
    Py_ssize_t PyDict_Size(object mapping)


cdef extern from "rules.h":
    enum:
        CHALK_OPERATIONS
        CHALK_CODE_add, CHALK_CODE_sub, CHALK_CODE_mul, CHALK_CODE_div, CHALK_CODE_pow
        CHALK_CODE_floordiv, CHALK_CODE_mod, CHALK_CODE_neg, CHALK_CODE_pos, CHALK_CODE_abs
        CHALK_CODE_floor, CHALK_CODE_ceil, CHALK_CODE_round
        CHALK_CODE_exp, CHALK_CODE_expm1, CHALK_CODE_exp2
        CHALK_CODE_log, CHALK_CODE_log2, CHALK_CODE_log10, CHALK_CODE_log1p
        CHALK_CODE_sqrt, CHALK_CODE_cbrt, CHALK_CODE_square
        CHALK_CODE_sin, CHALK_CODE_cos, CHALK_CODE_tan
        CHALK_CODE_asin, CHALK_CODE_acos, CHALK_CODE_atan
        CHALK_CODE_sinh, CHALK_CODE_cosh, CHALK_CODE_tanh, CHALK_CODE_erf
        CHALK_CODE_asinh, CHALK_CODE_acosh, CHALK_CODE_atanh
        CHALK_CODE_step, CHALK_CODE_sign, CHALK_CODE_sigmoid, CHALK_CODE_relu
        CHALK_CODE_gelu, CHALK_CODE_silu, CHALK_CODE_softplus
        CHALK_CODE_leaky_relu, CHALK_CODE_elu
    const char *CHALK_DIGEST
    const char *chalk_names[]
    const unsigned char chalk_arities[]
    double chalk_value(int code, double a, double b, double c)
    double chalk_derivative(int code, int position, double out, double a, double b, double c)


cdef extern from "walks.h":
    enum:
        CHALK_OWN_CODE

    ctypedef struct chalk_more:
        PyObject *label
        PyObject *calls
        PyObject *attributes
        PyObject *operation
        PyObject *operands
        Py_buffer grads
        double few[4]

    ctypedef union chalk_now:
        double adjoint
        long long place

    ctypedef struct chalk_fields:
        double data, grad
        chalk_node *left
        chalk_node *right
        double left_grad, right_grad
        chalk_now now
        unsigned long long mark
        unsigned int reached, many, code
        chalk_more *more

    ctypedef struct chalk_node:
        chalk_fields f

    ctypedef struct chalk_row:
        chalk_node **at
        size_t count

    unsigned chalk_leaf_code, chalk_constant_code
    bint chalk_is_constant(const chalk_node *node)
    bint chalk_is_leaf(const chalk_node *node)
    double *chalk_more_grads(const chalk_node *node)
    chalk_more *chalk_more_of(chalk_node *node) except NULL
    void chalk_set(PyObject **slot, object thing)
    ctypedef object (*chalk_caller)(PyObject *self, PyObject *args, PyObject *kwargs)
    void chalk_call_by(object kind, chalk_caller caller)
    void chalk_hold(Py_buffer *buffer, object keeper, double *numbers)
    void chalk_let_go(chalk_node *node)
    bint chalk_defines(object name)
    void chalk_set_up(object kind, unsigned leaf, object attributes)
    object chalk_new(unsigned code, double data)
    object chalk_result(
        unsigned code, double data, chalk_node *left, chalk_node *right,
        double left_grad, double right_grad,
    )
    void chalk_link(
        chalk_node *node, unsigned code, chalk_node *left, chalk_node *right,
        double left_grad, double right_grad,
    )
    bint chalk_all_nodes(object operands)
    bint chalk_accumulate_on_leaves(chalk_node *root, double gradient, bint known)
    bint chalk_order(chalk_node *root, chalk_row *order)
    void chalk_propagate(const chalk_row *order, double gradient, int keep)


if [chalk_names[k].decode() for k in range(CHALK_OPERATIONS)] != list(OPERATIONS):
    raise ImportError("rules.h was written from another table of operations")

built_from = CHALK_DIGEST.decode()
cdef tuple BY_CODE = (*OPERATIONS.values(), *LEAVES)
cdef str NO_LABEL = ""


@cython.no_gc
@cython.auto_pickle(False)
cdef class Value:
    """A number in a computation graph.

    data  : any real number (int, float, Fraction, Decimal or NumPy scalar), held as a float.
    label : its name in pictures, steps and error messages.

    `==` and `hash` go by identity, so Values live safely in sets and dicts; `<` and its kin
    compare the numbers, and `v == 1` is a TypeError: ask `v.data == 1`. Raises TypeError for text,
    None, complex numbers, arrays and Values.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-4.0, -2.0, 2.0)
    """

    cdef chalk_fields f

    def __cinit__(self):
        self.f.code = chalk_leaf_code

    def __init__(self, data, label="", _op=""):
        cdef double number = number_of(data)
        if label is not NO_LABEL or _op:
            self.label = (label, _op) if _op else label
        self.f.data = number
        if PyDict_Size(writing_tape):
            settle(self)

    @property
    def data(self):
        """The number; setting it leaves results computed before as they are."""
        if PyDict_Size(writing_tape):
            refuse("the number", self)
        return self.f.data

    @data.setter
    def data(self, number):
        if PyDict_Size(writing_tape):
            refuse_change("the number", self)
        self.f.data = number_of(number, "data is")

    @property
    def grad(self):
        """The derivative of what `backward()` was called on with respect to this; adds up."""
        if PyDict_Size(writing_tape):
            refuse("the gradient", self)
        return self.f.grad or NO_GRADIENT if self.f.reached else NO_GRADIENT

    @grad.setter
    def grad(self, number):
        self.f.grad = number_of(number, "grad is")
        self.f.reached = 1

    @property
    def has_grad(self):
        """Whether a `backward()` has reached this since it was made or cleared."""
        return <bint>self.f.reached

    @property
    def label(self):
        """The name in pictures, steps and error messages; "" for none."""
        if self.f.more == NULL or self.f.more.label == NULL:
            return NO_LABEL
        return <object>self.f.more.label

    @label.setter
    def label(self, text):
        text = to_label(text)
        if text or self.f.more != NULL:
            chalk_set(&chalk_more_of(node_of(self)).label, text)

    @property
    def op(self):
        """The symbol of the operation that made this, such as `*`; "" for a leaf."""
        return operation_of(self).symbol

    @property
    def operands(self):
        """What the operation was applied to, in order: `a * a` gives `(a, a)`."""
        return operands_of(self)

    @property
    def local_grads(self):
        """The derivative by each operand, as it was when this was made; 0 for a constant."""
        if PyDict_Size(writing_tape):
            refuse("the local derivatives", self)
        cdef tuple operands = operands_of(self)
        return tuple([
            0.0 if chalk_is_constant(node_of(operand)) else grad
            for operand, grad in zip(operands, grads_of(self))
        ])

    @property
    def is_constant(self):
        """Whether this takes no gradient: a plain number in an expression, or detached."""
        return chalk_is_constant(node_of(self))

    @property
    def requires_grad(self):
        """Whether this takes a gradient; set it to False to freeze a leaf, such as a parameter.

        A frozen leaf is a constant for all that is computed from it from then on.
        """
        if PyDict_Size(writing_tape):
            refuse("requires_grad", self)
        return not chalk_is_constant(node_of(self))

    @requires_grad.setter
    def requires_grad(self, wanted):
        if PyDict_Size(writing_tape):
            refuse_change("requires_grad", self)
        if not chalk_is_leaf(node_of(self)):
            raise GraphError(
                "requires_grad can be set on a leaf, and this is a result: freeze what it was "
                "computed from, or use detach()"
            )
        if bool(wanted) == bool(chalk_is_constant(node_of(self))):
            self._made_by(LEAF if wanted else FROZEN, (), ())

    @property
    def is_frozen(self):
        """Whether this is a leaf whose `requires_grad` was set to False."""
        return operation_of(self) is FROZEN

    @property
    def _prev(self):
        return operands_of(self)

    @property
    def _op(self):
        return operation_of(self).symbol

    def backward(self, gradient=1.0, retain_graph=True):
        """Add to the `.grad` of every node below the derivative of this with respect to it.

        gradient     : the derivative of the final result with respect to this node.
        retain_graph : for code written for PyTorch; here a graph stays as long as it is in use.

        Each call works out its own gradients and then adds them, so calling it twice doubles
        every `.grad`, and two results that share nodes add up. A node's `.grad` changes only
        once all gradients are known. Threads that add to one node at the same moment may lose a
        sum. Raises GraphError for a constant, and AnomalyError inside `detect_anomaly()`.

        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> y = x * x * x
        >>> y.backward()
        >>> x.grad
        27.0
        """
        if chalk_is_constant(node_of(self)):
            raise GraphError(
                "backward() has nothing to differentiate: this Value is a constant, made of "
                "plain numbers, by detach() or inside no_grad()"
            )
        if PyDict_Size(writing_tape):
            refuse("a gradient", self)
        accumulate(self, number_of(gradient, "gradient is"))

    def zero_grad(self):
        """Clear the `.grad` of this and of every node below it."""
        clear(self)

    def item(self):
        """The number, as `data` gives it."""
        return self.data

    def clone(self):
        """+self: a new node, through which gradients pass."""
        return +self

    def detach(self):
        """A constant with this number and label: gradients stop here."""
        if PyDict_Size(writing_tape):
            refuse("a constant copy", self)
        cdef Value copy = constant(self.f.data)
        if self.label:
            copy.label = self.label
        return copy

    # ---- operators ------------------------------------------------------------------------------

    def __add__(self, other):
        if not isinstance(other, Value):
            return with_number(CHALK_CODE_add, self, other)
        return add(self, <Value>other)

    def __sub__(self, other):
        if not isinstance(other, Value):
            return with_number(CHALK_CODE_sub, self, other)
        return sub(self, <Value>other)

    def __mul__(self, other):
        if not isinstance(other, Value):
            return with_number(CHALK_CODE_mul, self, other)
        return mul(self, <Value>other)

    def __truediv__(self, other):
        if not isinstance(other, Value):
            return with_number(CHALK_CODE_div, self, other)
        return apply_2(CHALK_CODE_div, self, <Value>other)

    def __mod__(self, other):
        if not isinstance(other, Value):
            return with_number(CHALK_CODE_mod, self, other)
        return apply_2(CHALK_CODE_mod, self, <Value>other)

    def __floordiv__(self, other):
        if not isinstance(other, Value):
            return with_number(CHALK_CODE_floordiv, self, other)
        return apply_2(CHALK_CODE_floordiv, self, <Value>other)

    def __pow__(self, other, modulus):
        if not isinstance(other, Value):
            return with_number(CHALK_CODE_pow, self, other)
        return apply_2(CHALK_CODE_pow, self, <Value>other)

    def __radd__(self, other):
        if is_real(other) and other == 0:
            return self
        return with_number(CHALK_CODE_add, other, self)

    def __rsub__(self, other):
        return with_number(CHALK_CODE_sub, other, self)

    def __rmul__(self, other):
        return with_number(CHALK_CODE_mul, other, self)

    def __rtruediv__(self, other):
        return with_number(CHALK_CODE_div, other, self)

    def __rmod__(self, other):
        return with_number(CHALK_CODE_mod, other, self)

    def __rfloordiv__(self, other):
        return with_number(CHALK_CODE_floordiv, other, self)

    def __rpow__(self, other, modulus):
        return with_number(CHALK_CODE_pow, other, self)

    def __neg__(self):
        return apply_1(CHALK_CODE_neg, self)

    def __pos__(self):
        return apply_1(CHALK_CODE_pos, self)

    def __abs__(self):
        return apply_1(CHALK_CODE_abs, self)

    def __floor__(self):
        return apply_1(CHALK_CODE_floor, self)

    def __ceil__(self):
        return apply_1(CHALK_CODE_ceil, self)

    # ---- functions of one operand, as methods ---------------------------------------------------

    def neg(self): """-self."""; return apply_1(CHALK_CODE_neg, self)
    def pos(self): """+self, a new node."""; return apply_1(CHALK_CODE_pos, self)
    def abs(self): """|self|."""; return apply_1(CHALK_CODE_abs, self)
    def exp(self): """e ** self."""; return apply_1(CHALK_CODE_exp, self)
    def expm1(self): """e ** self - 1."""; return apply_1(CHALK_CODE_expm1, self)
    def exp2(self): """2 ** self."""; return apply_1(CHALK_CODE_exp2, self)
    def log(self): """The natural logarithm."""; return apply_1(CHALK_CODE_log, self)
    def log2(self): """The logarithm to the base 2."""; return apply_1(CHALK_CODE_log2, self)
    def log10(self): """The logarithm to the base 10."""; return apply_1(CHALK_CODE_log10, self)
    def log1p(self): """log(1 + self)."""; return apply_1(CHALK_CODE_log1p, self)
    def sqrt(self): """The square root."""; return apply_1(CHALK_CODE_sqrt, self)
    def cbrt(self): """The cube root."""; return apply_1(CHALK_CODE_cbrt, self)
    def square(self): """self * self."""; return apply_1(CHALK_CODE_square, self)
    def sin(self): """The sine of self in radians."""; return apply_1(CHALK_CODE_sin, self)
    def cos(self): """The cosine of self in radians."""; return apply_1(CHALK_CODE_cos, self)
    def tan(self): """The tangent of self in radians."""; return apply_1(CHALK_CODE_tan, self)
    def asin(self): """The inverse sine, in radians."""; return apply_1(CHALK_CODE_asin, self)
    def acos(self): """The inverse cosine, in radians."""; return apply_1(CHALK_CODE_acos, self)
    def atan(self): """The inverse tangent, in radians."""; return apply_1(CHALK_CODE_atan, self)
    def sinh(self): """The hyperbolic sine."""; return apply_1(CHALK_CODE_sinh, self)
    def cosh(self): """The hyperbolic cosine."""; return apply_1(CHALK_CODE_cosh, self)
    def tanh(self): """The hyperbolic tangent."""; return apply_1(CHALK_CODE_tanh, self)
    def asinh(self): """The inverse hyperbolic sine."""; return apply_1(CHALK_CODE_asinh, self)
    def acosh(self): """The inverse hyperbolic cosine."""; return apply_1(CHALK_CODE_acosh, self)
    def atanh(self): """The inverse hyperbolic tangent."""; return apply_1(CHALK_CODE_atanh, self)
    def erf(self): """The error function."""; return apply_1(CHALK_CODE_erf, self)
    def step(self): """1 where self > 0, else 0."""; return apply_1(CHALK_CODE_step, self)
    def sign(self): """-1, 0 or 1."""; return apply_1(CHALK_CODE_sign, self)
    def floor(self): """The whole number just below."""; return apply_1(CHALK_CODE_floor, self)
    def ceil(self): """The whole number just above."""; return apply_1(CHALK_CODE_ceil, self)
    def round(self): """The nearest whole number; a tie goes to the even one."""; return apply_1(CHALK_CODE_round, self)
    def sigmoid(self): """1 / (1 + e ** -self)."""; return apply_1(CHALK_CODE_sigmoid, self)
    def relu(self): """max(self, 0)."""; return apply_1(CHALK_CODE_relu, self)
    def gelu(self): """self * P(normal < self)."""; return apply_1(CHALK_CODE_gelu, self)
    def silu(self): """self * sigmoid(self)."""; return apply_1(CHALK_CODE_silu, self)
    def softplus(self): """log(1 + e ** self)."""; return apply_1(CHALK_CODE_softplus, self)

    def leaky_relu(self, negative_slope=0.01):
        """self where above 0, else negative_slope * self."""
        return apply_2(CHALK_CODE_leaky_relu, self, as_node(negative_slope))

    def elu(self, alpha=1.0):
        """self where above 0, else alpha * (e ** self - 1)."""
        return apply_2(CHALK_CODE_elu, self, as_node(alpha))

    # ---- comparisons of the numbers; == is identity, so that Values live in sets and dicts ------

    def __lt__(self, other):
        number = to_compare(self, other)
        return number if number is NotImplemented else self.f.data < <double>number

    def __le__(self, other):
        number = to_compare(self, other)
        return number if number is NotImplemented else self.f.data <= <double>number

    def __gt__(self, other):
        number = to_compare(self, other)
        return number if number is NotImplemented else self.f.data > <double>number

    def __ge__(self, other):
        number = to_compare(self, other)
        return number if number is NotImplemented else self.f.data >= <double>number

    def __bool__(self):
        return self.data != 0

    def __eq__(self, other):
        if isinstance(other, Value):
            if PyDict_Size(writing_tape) and self is not other:
                refuse("the number", self)
                refuse("the number", other)
            return self is other
        if is_real(other):
            if PyDict_Size(writing_tape):
                refuse("the number", self)
            refuse_equality(other)
        return NotImplemented

    def __hash__(self):
        if PyDict_Size(writing_tape):
            refuse_hash(self)
        return object.__hash__(self)

    def __float__(self):
        raise TypeError(
            "a Value does not become a float by itself, since its gradient would be lost: use "
            "v.data for the number, or a function that keeps it, as autograd.exp(v) for math.exp(v)"
        )

    def __int__(self):
        return int(float(self))

    def __complex__(self):
        return complex(float(self))

    def __round__(self, digits=None):
        return float(self)

    def __repr__(self):
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.f.data!r}, grad={self._grad or 0.0!r}{label})"

    def __format__(self, str spec):
        number = self.data  # which may be refused
        return format(number, spec) if spec else repr(self)

    @staticmethod
    def _apply(operation, *operands):
        return apply(operation, *operands)

    # ---- a user's own attributes, kept apart, as few nodes have any -----------------------------

    def __getattr__(self, name):
        if self.f.more != NULL and self.f.more.attributes != NULL:
            attributes = <object>self.f.more.attributes
            if name in attributes:
                return attributes[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name, thing):
        if type(self) is not Value or chalk_defines(name):
            PyObject_GenericSetAttr(self, name, thing)
        else:
            attributes_of(self)[name] = thing

    def __delattr__(self, name):
        if type(self) is not Value or chalk_defines(name):
            object.__delattr__(self, name)
        elif attributes_of(self).pop(name, self) is self:
            raise AttributeError(f"'Value' object has no attribute '{name}'")

    # ---- for the rest of the package: what plain fields are in value.py -------------------------

    @property
    def _data(self):
        return self.f.data

    @_data.setter
    def _data(self, double number):
        self.f.data = number

    @property
    def _grad(self):
        return self.f.grad if self.f.reached else None

    @_grad.setter
    def _grad(self, number):
        self.f.reached = number is not None
        self.f.grad = 0.0 if number is None else number

    @property
    def _label(self):
        return self.label

    @_label.setter
    def _label(self, str text):
        self.label = text

    @property
    def _operation(self):
        return operation_of(self)

    @property
    def _operands(self):
        return operands_of(self)

    @property
    def _local_grads(self):
        return grads_of(self)

    @property
    def _calls(self):
        if self.f.more == NULL or self.f.more.calls == NULL:
            return None
        return <object>self.f.more.calls

    @_calls.setter
    def _calls(self, record):
        chalk_set(&chalk_more_of(node_of(self)).calls, record)

    def _made_by(self, operation, tuple operands, local_grads):
        link(self, operation, operands, local_grads)


cdef inline double number_of(number, str what="expected") except? -1:
    """One real number, which mostly is a float."""
    return <double>number if type(number) is float else to_float(number, what)


cdef inline chalk_node *node_of(object value) noexcept:
    return <chalk_node *><PyObject *>value


cdef dict attributes_of(Value node):
    """A user's own attributes."""
    cdef chalk_more *more = chalk_more_of(node_of(node))
    if more.attributes == NULL:
        chalk_set(&more.attributes, {})
    return <dict>more.attributes


cdef inline object operation_of(Value node):
    if node.f.code == CHALK_OWN_CODE:
        return own_operation_of(node)
    return BY_CODE[node.f.code]


cdef own_operation_of(Value node):
    """An operation that is not in the table; for a call of a compiled function it is made now."""
    operation = <object>node.f.more.operation
    if type(operation) is Call:
        operation = (<Call>operation).as_operation()
        chalk_set(&node.f.more.operation, operation)
    return operation


cdef tuple operands_of(Value node):
    if node.f.many:
        return <tuple>node.f.more.operands
    if node.f.left == NULL:
        return ()
    if node.f.right == NULL:
        return (<object><PyObject *>node.f.left,)
    return (<object><PyObject *>node.f.left, <object><PyObject *>node.f.right)


cdef tuple grads_of(Value node):
    cdef Py_ssize_t k
    if node.f.many:
        return tuple([
            chalk_more_grads(node_of(node))[k] for k in range(len(<tuple>node.f.more.operands))
        ])
    if node.f.left == NULL:
        return ()
    if node.f.right == NULL:
        return (node.f.left_grad,)
    return (node.f.left_grad, node.f.right_grad)


# ---- making nodes -------------------------------------------------------------------------------

cdef object blocks_without_recording = not_recording.blocks


cpdef Value constant(double data):
    cdef Value node = chalk_new(chalk_constant_code, data)
    if PyDict_Size(writing_tape):
        settle(node)
    return node


cdef bint is_recording_off() except -1:
    """Whether this thread is inside no_grad(), and no tape is written anywhere."""
    if PyDict_Size(not_recording) == 0 or PyDict_Size(writing_tape) > 0:
        return False
    if PyDict_Size(not_recording) == 1:  # what `is_on` gives for a single block, without its search
        blocks = <tuple> blocks_without_recording.get()
        if blocks and blocks[0] in not_recording and blocks[0].locked():
            return bool(not_recording[blocks[0]])
    return not_recording.is_on()


cdef inline Value make_2(
    unsigned code, double data, Value left, Value right, double left_grad, double right_grad
):
    """Like `make` for two operands; right is None for one."""
    cdef chalk_node *second = NULL if right is None else node_of(right)
    if chalk_is_constant(node_of(left)):
        if (
            isfinite(data) and (second == NULL or chalk_is_constant(second))
            and PyDict_Size(writing_tape) == 0
        ):
            return constant(data)
        left_grad = 0  # and so it stays if a frozen leaf takes gradients again
    elif second != NULL and chalk_is_constant(second):
        right_grad = 0
    if isfinite(data):
        if PyDict_Size(not_recording) + PyDict_Size(writing_tape) == 0:
            return chalk_result(code, data, node_of(left), second, left_grad, right_grad)
        if is_recording_off():
            return constant(data)
    node = chalk_result(code, data, node_of(left), second, left_grad, right_grad)
    settle(node)
    return node


cdef inline Value add(Value a, Value b):
    return make_2(CHALK_CODE_add, a.f.data + b.f.data, a, b, 1.0, 1.0)


cdef inline Value sub(Value a, Value b):
    return make_2(CHALK_CODE_sub, a.f.data - b.f.data, a, b, 1.0, -1.0)


cdef inline Value mul(Value a, Value b):
    return make_2(CHALK_CODE_mul, a.f.data * b.f.data, a, b, b.f.data, a.f.data)


cdef Value apply_1(unsigned code, Value a):
    cdef double out = chalk_value(code, a.f.data, 0, 0), by_a = 0
    if not chalk_is_constant(node_of(a)):
        by_a = chalk_derivative(code, 0, out, a.f.data, 0, 0)
    if isfinite(out) and isfinite(by_a):
        return make_2(code, out, a, None, by_a, 0)
    return apply_by_table(BY_CODE[code], (a,))


cdef Value apply_2(unsigned code, Value a, Value b):
    cdef double out = chalk_value(code, a.f.data, b.f.data, 0), by_a = 0, by_b = 0
    if not chalk_is_constant(node_of(a)):
        by_a = chalk_derivative(code, 0, out, a.f.data, b.f.data, 0)
    if not chalk_is_constant(node_of(b)):
        by_b = chalk_derivative(code, 1, out, a.f.data, b.f.data, 0)
    if isfinite(out) and isfinite(by_a) and isfinite(by_b):
        return make_2(code, out, a, b, by_a, by_b)
    return apply_by_table(BY_CODE[code], (a, b))


cdef Value apply_by_table(operation, tuple nodes):
    """Like `apply` in value.py, for what C cannot compute, and where a number is not finite."""
    numbers = [(<Value>node).f.data for node in nodes]
    data = operation.limit(*numbers)
    grads = [
        0.0 if chalk_is_constant(node_of(node)) else local_grad(operation, position, data, numbers)
        for position, node in enumerate(nodes)
    ]
    return make(operation, data, nodes, grads)


def apply(operation, *operands):
    cdef int code = operation.code
    cdef tuple nodes = tuple([as_node(operand) for operand in operands])
    cdef int arity = chalk_arities[code] if 0 <= code < CHALK_OPERATIONS else 0
    if arity == 1:
        return apply_1(code, nodes[0])
    if arity == 2:
        return apply_2(code, nodes[0], nodes[1])
    return apply_by_table(operation, nodes)


def has_value(int code):
    """Whether values.h has the value of an operation of the table."""
    return 0 <= code < CHALK_OPERATIONS and chalk_arities[code] > 0


cdef Value as_node(operand):
    return <Value>operand if isinstance(operand, Value) else constant(to_float(operand))


def make(operation, double data, tuple operands, local_grads):
    cdef Value node = chalk_new(chalk_leaf_code, data)
    cdef Py_ssize_t last = len(operands) - 1
    link(node, operation, operands, local_grads)
    if (
        PyDict_Size(not_recording) + PyDict_Size(writing_tape) > 0
        or not isfinite(data)
        or (chalk_is_constant(node_of(operands[0])) and chalk_is_constant(node_of(operands[last])))
    ):
        settle(node)
    return node


cdef link(Value node, operation, tuple operands, local_grads):
    """Record how a node was made; without operands it is a leaf or a constant."""
    cdef int code = operation.code
    cdef Py_ssize_t count = len(operands), k
    cdef chalk_more *more
    if not chalk_all_nodes(operands):
        raise TypeError(f"operands are Values, not {operands!r:.60}")
    if len(local_grads) != count:
        raise TypeError(f"{count} operands need as many local derivatives, not {len(local_grads)}")
    chalk_let_go(node_of(node))
    if code < 0:
        chalk_set(&chalk_more_of(node_of(node)).operation, operation)
        code = CHALK_OWN_CODE
    if count <= 2:
        chalk_link(
            node_of(node), code,
            node_of(operands[0]) if count > 0 else NULL,
            node_of(operands[1]) if count > 1 else NULL,
            local_grads[0] if count > 0 else 0.0,
            local_grads[1] if count > 1 else 0.0,
        )  # fmt: skip
        return
    more = chalk_more_of(node_of(node))
    if count <= 4:
        for k in range(count):
            more.few[k] = local_grads[k]
        more.grads.buf = more.few
    else:
        numbers = local_grads if isinstance(local_grads, array) else array("d", local_grads)
        PyObject_GetBuffer(numbers, &more.grads, PyBUF_CONTIG_RO | PyBUF_FORMAT)
    chalk_set(&more.operands, operands)
    node.f.code = code
    node.f.many = 1


cdef with_number(unsigned code, left, right):
    """An operator with a number on one side, which becomes a constant."""
    cdef bint is_right = isinstance(left, Value)
    cdef Value a, b
    number = right if is_right else left
    if type(number) is not float:
        if not is_real(number) and not (number is None or isinstance(number, (str, complex))):
            return NotImplemented
        number = to_float(number)
    a = left if is_right else constant(number)
    b = constant(number) if is_right else right
    if code == CHALK_CODE_add:
        return add(a, b)
    if code == CHALK_CODE_sub:
        return sub(a, b)
    if code == CHALK_CODE_mul:
        return mul(a, b)
    return apply_2(code, a, b)


cdef to_compare(Value value, other):
    """The number that a Value is compared with."""
    if PyDict_Size(writing_tape):
        refuse("the number", value)
    if isinstance(other, Value):
        return other.data
    return to_float(other) if is_real(other) else NotImplemented


# ---- the backward pass --------------------------------------------------------------------------


cdef chalk_row sorted_below(Value root) except *:
    cdef chalk_row order
    if not chalk_order(node_of(root), &order):
        free(order.at)
        raise MemoryError
    return order


def topological_order(root):
    if not isinstance(root, Value):
        raise TypeError(f"topological order is of the graph below a Value, not of {root!r:.60}")
    cdef chalk_row order = sorted_below(root)
    try:
        return [<object><PyObject *>order.at[k] for k in range(order.count)]
    finally:
        free(order.at)


def propagate(root, double gradient=1.0):
    if not isinstance(root, Value):
        raise TypeError(f"topological order is of the graph below a Value, not of {root!r:.60}")
    cdef chalk_row order = sorted_below(root)
    cdef size_t k
    cdef double[::1] found
    try:
        found = doubles(order.count)
        chalk_propagate(&order, gradient, False)
        for k in range(order.count):  # at once: another walk may come by while the dictionary is made
            found[k] = order.at[k].f.now.adjoint
        adjoints = {<object><PyObject *>order.at[k]: found[k] for k in range(order.count)}
    finally:
        free(order.at)
    for check in checks:
        check(adjoints)
    return adjoints


cdef accumulate(Value root, double gradient):
    if PyDict_Size(checking_gradients):
        propagate(root, gradient)  # which looks for what is wrong
    if chalk_accumulate_on_leaves(node_of(root), gradient, root.f.many and is_on_leaves(root)):
        return
    cdef chalk_row order = sorted_below(root)
    chalk_propagate(&order, gradient, True)
    free(order.at)


cdef bint is_on_leaves(Value root) except -1:
    """Whether a node with many operands is known to be on leaves, all different."""
    if root.f.code != CHALK_OWN_CODE:
        return False
    operation = <object>root.f.more.operation
    if type(operation) is Call:
        return (<Call>operation).on_leaves
    return getattr(operation, "on_leaves", False)


cdef clear(Value root):
    if chalk_is_leaf(node_of(root)):
        root.f.reached = 0
        return
    cdef size_t k
    cdef chalk_row order = sorted_below(root)
    for k in range(order.count):
        order.at[k].f.reached = 0
    free(order.at)


# ---- the backward pass, written down ------------------------------------------------------------


def tabulate(Value root not None, double gradient):
    """As in stepping/table.py."""
    if PyDict_Size(writing_tape):
        refuse("a gradient", root)
    cdef chalk_row order = sorted_below(root)
    try:
        return table_of(&order, gradient)
    finally:
        free(order.at)


cdef table_of(chalk_row *order, double gradient):
    cdef size_t k
    cdef long long target, step = 0, place
    cdef Py_ssize_t position
    cdef chalk_node *node
    cdef double slope
    cdef list nodes = [<object><PyObject *>order.at[k] for k in range(order.count)]
    cdef long long[::1] uses = longs(order.count), arrived = longs(order.count)
    cdef double[::1] adjoint = doubles(order.count)
    number(order)
    for k in range(order.count):
        for position in range(operand_count(order.at[k])):
            node = operand_at(order.at[k], position)
            if not chalk_is_constant(node):
                uses[node.f.now.place] += 1
                step += 1
    cdef long long[::1] gate = longs(step), operand = longs(step), positions = longs(step)
    cdef long long[::1] use = longs(step)
    cdef double[::1] local = doubles(step), before = doubles(step)
    adjoint[order.count - 1] = gradient
    number(order)  # again: another walk may have come by while the columns were made
    step = 0
    for place in range(<long long>order.count - 1, -1, -1):
        for position in range(operand_count(order.at[place])):
            node = operand_at(order.at[place], position)
            if chalk_is_constant(node):
                continue
            target = node.f.now.place
            slope = grad_at(order.at[place], position)
            arrived[target] += 1
            gate[step] = place
            operand[step] = target
            positions[step] = position
            use[step] = arrived[target]
            local[step] = slope
            before[step] = adjoint[target]
            adjoint[target] += adjoint[place] * slope
            step += 1
    return (
        nodes, uses.base, adjoint.base, gate.base, operand.base, positions.base, use.base,
        local.base, before.base,
    )  # fmt: skip


cdef void number(chalk_row *order) noexcept:
    """Let each node know its place."""
    cdef size_t k
    for k in range(order.count):
        order.at[k].f.now.place = k


cdef longs(long long count):
    return array("q", bytes(8 * count))


cdef c_array.array A_DOUBLE = array("d", [0.0])


cdef doubles(long long count, bint zeros=True):
    """An array of so many doubles, which may hold anything if they need not be zeros."""
    return c_array.clone(A_DOUBLE, count, zeros and count > 0)  # none have no memory to clear


cdef inline Py_ssize_t operand_count(chalk_node *node):
    if node.f.many:
        return len(<tuple>node.f.more.operands)
    return 0 if node.f.left == NULL else 1 if node.f.right == NULL else 2


cdef inline chalk_node *operand_at(chalk_node *node, Py_ssize_t position):
    if node.f.many:
        return node_of((<tuple>node.f.more.operands)[position])
    return node.f.right if position else node.f.left


cdef inline double grad_at(chalk_node *node, Py_ssize_t position):
    if node.f.many:
        return chalk_more_grads(node)[position]
    return node.f.right_grad if position else node.f.left_grad


chalk_set_up(Value, LEAF.code, property(lambda node: attributes_of(node)))

include "kernel.pxi"
include "arguments.pxi"
include "calls.pxi"
include "columns.pxi"
