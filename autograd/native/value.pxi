# Value: the node and its operators, as in value.py.

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

    def __truediv__(self, other): return operator(CHALK_CODE_div, self, other)
    def __mod__(self, other): return operator(CHALK_CODE_mod, self, other)
    def __floordiv__(self, other): return operator(CHALK_CODE_floordiv, self, other)
    def __pow__(self, other, modulus): return operator(CHALK_CODE_pow, self, other)

    def __radd__(self, other):
        if is_real(other) and other == 0:
            return self
        return with_number(CHALK_CODE_add, other, self)

    def __rsub__(self, other): return with_number(CHALK_CODE_sub, other, self)
    def __rmul__(self, other): return with_number(CHALK_CODE_mul, other, self)
    def __rtruediv__(self, other): return with_number(CHALK_CODE_div, other, self)
    def __rmod__(self, other): return with_number(CHALK_CODE_mod, other, self)
    def __rfloordiv__(self, other): return with_number(CHALK_CODE_floordiv, other, self)
    def __rpow__(self, other, modulus): return with_number(CHALK_CODE_pow, other, self)

    def __neg__(self): return apply_1(CHALK_CODE_neg, self)
    def __pos__(self): return apply_1(CHALK_CODE_pos, self)
    def __abs__(self): return apply_1(CHALK_CODE_abs, self)
    def __floor__(self): return apply_1(CHALK_CODE_floor, self)
    def __ceil__(self): return apply_1(CHALK_CODE_ceil, self)

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

    def __lt__(self, other): return compared(self, Py_LT, other)
    def __le__(self, other): return compared(self, Py_LE, other)
    def __gt__(self, other): return compared(self, Py_GT, other)
    def __ge__(self, other): return compared(self, Py_GE, other)

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
        return PyBaseObject_Type.tp_hash(self)  # which is object.__hash__

    def __float__(self):
        raise TypeError(
            "a Value does not become a float by itself, since its gradient would be lost: use "
            "v.data for the number, or a function that keeps it, as autograd.exp(v) for math.exp(v)"
        )

    def __int__(self): return int(float(self))
    def __complex__(self): return complex(float(self))
    def __round__(self, digits=None): return float(self)

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
