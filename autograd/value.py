"""Value: one number that remembers how it was made.

Arithmetic on Values builds a graph. Every operator has one shape: the number, the operands, and the
derivative by each operand make a node. `backward()` then applies the chain rule; see `backward.py`.
What an operation is stands in `operations.py`. Where the engine was built as native code, that runs
instead of this file, and means the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from autograd import operations as op
from autograd.backward import accumulate, clear
from autograd.errors import GraphError
from autograd.modes import not_recording, settle, writing_tape
from autograd.operations import CONSTANT, FROZEN, LEAF, WITHOUT_GRADIENT, local_grad
from autograd.primitive import NO_GRADIENT, Operation, is_real, refuse_equality, to_float, to_label


class Value:
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

    __slots__ = ("__dict__", "__weakref__", "_data", "_grad", "_label",
                 "_local_grads", "_operands", "_operation")  # fmt: skip

    def __init__(self, data: Any, label: str = "", _op: str = "") -> None:
        self._data = to_float(data)
        self._grad: float | None = None  # until a gradient arrives
        self.label = (label, _op) if _op else label  # type: ignore[assignment]  # which raises
        self._operation = LEAF
        self._operands: tuple[Value, ...] = ()
        self._local_grads: Sequence[float] = ()
        if writing_tape:
            settle(self)

    @property
    def data(self) -> float:
        """The number; setting it leaves results computed before as they are."""
        return self._data

    @data.setter
    def data(self, number: Any) -> None:
        self._data = to_float(number, "data is")

    @property
    def grad(self) -> float:
        """The derivative of what `backward()` was called on with respect to this; adds up."""
        return self._grad or NO_GRADIENT

    @grad.setter
    def grad(self, number: Any) -> None:
        self._grad = to_float(number, "grad is")

    @property
    def has_grad(self) -> bool:
        """Whether a `backward()` has reached this since it was made or cleared."""
        return self._grad is not None

    @property
    def label(self) -> str:
        """The name in pictures, steps and error messages; "" for none."""
        return self._label

    @label.setter
    def label(self, text: str) -> None:
        self._label = to_label(text)

    @property
    def op(self) -> str:
        """The symbol of the operation that made this, such as `*`; "" for a leaf."""
        return self._operation.symbol

    @property
    def operands(self) -> tuple[Value, ...]:
        """What the operation was applied to, in order: `a * a` gives `(a, a)`."""
        return self._operands

    @property
    def local_grads(self) -> tuple[float, ...]:
        """The derivative by each operand, as it was when this was made; 0 for a constant."""
        pairs = zip(self._operands, self._local_grads, strict=True)
        return tuple(0.0 if operand.is_constant else grad for operand, grad in pairs)

    @property
    def is_constant(self) -> bool:
        """Whether this takes no gradient: a plain number in an expression, or detached."""
        return self._operation in WITHOUT_GRADIENT

    @property
    def requires_grad(self) -> bool:
        """Whether this takes a gradient; set it to False to freeze a leaf, such as a parameter.

        A frozen leaf is a constant for all that is computed from it from then on.
        """
        return not self.is_constant

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if self._operands:
            raise GraphError(
                "requires_grad can be set on a leaf, and this is a result: freeze what it was "
                "computed from, or use detach()"
            )
        if bool(wanted) != self.requires_grad:
            self._made_by(LEAF if wanted else FROZEN, (), ())

    @property
    def is_frozen(self) -> bool:
        """Whether this is a leaf whose `requires_grad` was set to False."""
        return self._operation is FROZEN

    # micrograd's names, for the drawing code of its lectures
    _prev = property(lambda self: self._operands)
    _op = property(lambda self: self.op)

    def backward(self, gradient: float = 1.0, retain_graph: bool = True) -> None:
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
        if self.is_constant:
            raise GraphError(
                "backward() has nothing to differentiate: this Value is a constant, made of "
                "plain numbers, by detach() or inside no_grad()"
            )
        accumulate(self, to_float(gradient, "gradient is"))

    def zero_grad(self) -> None:
        """Clear the `.grad` of this and of every node below it."""
        clear(self)

    def item(self) -> float:
        """The number, as `data` gives it."""
        return self.data

    def clone(self) -> Value:
        """+self: a new node, through which gradients pass."""
        return +self

    def detach(self) -> Value:
        """A constant with this number and label: gradients stop here."""
        copy = constant(self._data)
        copy._label = self._label
        return copy

    # ---- operators ------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Value:  # self + other
        if not isinstance(other, Value):
            return with_number(Value.__add__, self, other)
        return make(op.add, self._data + other._data, (self, other), (1.0, 1.0))

    def __sub__(self, other: Any) -> Value:  # self - other
        if not isinstance(other, Value):
            return with_number(Value.__sub__, self, other)
        return make(op.sub, self._data - other._data, (self, other), (1.0, -1.0))

    def __mul__(self, other: Any) -> Value:  # self * other
        if not isinstance(other, Value):
            return with_number(Value.__mul__, self, other)
        return make(op.mul, self._data * other._data, (self, other), (other._data, self._data))

    def __truediv__(self, other: Any) -> Value:  # self / other
        if not isinstance(other, Value):
            return with_number(Value.__truediv__, self, other)
        return apply(op.div, self, other)

    def __mod__(self, other: Any) -> Value:  # self % other
        if not isinstance(other, Value):
            return with_number(Value.__mod__, self, other)
        return apply(op.mod, self, other)

    def __floordiv__(self, other: Any) -> Value:  # self // other
        if not isinstance(other, Value):
            return with_number(Value.__floordiv__, self, other)
        return apply(op.floordiv, self, other)

    def __pow__(self, other: Any) -> Value:  # self ** other
        if not isinstance(other, Value):
            return with_number(Value.__pow__, self, other)
        return apply(op.pow, self, other)

    def __radd__(self, other: Any) -> Value:  # other + self
        if is_real(other) and other == 0:  # so that sum(values) adds no node for its 0
            return self
        return with_number(Value.__add__, other, self)

    # fmt: off

    def __rsub__(self, other: Any) -> Value: return with_number(Value.__sub__, other, self)
    def __rmul__(self, other: Any) -> Value: return with_number(Value.__mul__, other, self)
    def __rtruediv__(self, other: Any) -> Value: return with_number(Value.__truediv__, other, self)
    def __rmod__(self, other: Any) -> Value: return with_number(Value.__mod__, other, self)
    def __rfloordiv__(self, other: Any) -> Value: return with_number(Value.__floordiv__, other, self)
    def __rpow__(self, other: Any) -> Value: return with_number(Value.__pow__, other, self)
    def __neg__(self) -> Value: return make(op.neg, -self._data, (self,), (-1.0,))
    def __pos__(self) -> Value: return make(op.pos, self._data, (self,), (1.0,))
    def __abs__(self) -> Value: return apply(op.abs, self)
    def __floor__(self) -> Value: return apply(op.floor, self)
    def __ceil__(self) -> Value: return apply(op.ceil, self)

    # ---- functions of one operand, as methods; see the function of the same name ----------------

    def neg(self) -> Value: """-self."""; return apply(op.neg, self)
    def pos(self) -> Value: """+self, a new node."""; return apply(op.pos, self)
    def abs(self) -> Value: """|self|."""; return apply(op.abs, self)
    def exp(self) -> Value: """e ** self."""; return apply(op.exp, self)
    def expm1(self) -> Value: """e ** self - 1."""; return apply(op.expm1, self)
    def exp2(self) -> Value: """2 ** self."""; return apply(op.exp2, self)
    def log(self) -> Value: """The natural logarithm."""; return apply(op.log, self)
    def log2(self) -> Value: """The logarithm to the base 2."""; return apply(op.log2, self)
    def log10(self) -> Value: """The logarithm to the base 10."""; return apply(op.log10, self)
    def log1p(self) -> Value: """log(1 + self)."""; return apply(op.log1p, self)
    def sqrt(self) -> Value: """The square root."""; return apply(op.sqrt, self)
    def cbrt(self) -> Value: """The cube root."""; return apply(op.cbrt, self)
    def square(self) -> Value: """self * self."""; return apply(op.square, self)
    def sin(self) -> Value: """The sine of self in radians."""; return apply(op.sin, self)
    def cos(self) -> Value: """The cosine of self in radians."""; return apply(op.cos, self)
    def tan(self) -> Value: """The tangent of self in radians."""; return apply(op.tan, self)
    def asin(self) -> Value: """The inverse sine, in radians."""; return apply(op.asin, self)
    def acos(self) -> Value: """The inverse cosine, in radians."""; return apply(op.acos, self)
    def atan(self) -> Value: """The inverse tangent, in radians."""; return apply(op.atan, self)
    def sinh(self) -> Value: """The hyperbolic sine."""; return apply(op.sinh, self)
    def cosh(self) -> Value: """The hyperbolic cosine."""; return apply(op.cosh, self)
    def tanh(self) -> Value: """The hyperbolic tangent."""; return apply(op.tanh, self)
    def asinh(self) -> Value: """The inverse hyperbolic sine."""; return apply(op.asinh, self)
    def acosh(self) -> Value: """The inverse hyperbolic cosine."""; return apply(op.acosh, self)
    def atanh(self) -> Value: """The inverse hyperbolic tangent."""; return apply(op.atanh, self)
    def erf(self) -> Value: """The error function."""; return apply(op.erf, self)
    def step(self) -> Value: """1 where self > 0, else 0."""; return apply(op.step, self)
    def sign(self) -> Value: """-1, 0 or 1."""; return apply(op.sign, self)
    def floor(self) -> Value: """The whole number just below."""; return apply(op.floor, self)
    def ceil(self) -> Value: """The whole number just above."""; return apply(op.ceil, self)
    def round(self) -> Value: """The nearest whole number; a tie goes to the even one."""; return apply(op.round, self)
    def sigmoid(self) -> Value: """1 / (1 + e ** -self)."""; return apply(op.sigmoid, self)
    def relu(self) -> Value: """max(self, 0)."""; return apply(op.relu, self)
    def gelu(self) -> Value: """self * P(normal < self)."""; return apply(op.gelu, self)
    def silu(self) -> Value: """self * sigmoid(self)."""; return apply(op.silu, self)
    def softplus(self) -> Value: """log(1 + e ** self)."""; return apply(op.softplus, self)
    def leaky_relu(self, negative_slope: float | Value = 0.01) -> Value: """self where above 0, else negative_slope * self."""; return apply(op.leaky_relu, self, negative_slope)
    def elu(self, alpha: float | Value = 1.0) -> Value: """self where above 0, else alpha * (e ** self - 1)."""; return apply(op.elu, self, alpha)

    # ---- comparisons of the numbers; == is identity, so that Values live in sets and dicts ------

    def __lt__(self, other: Any) -> bool: return compared(operator.lt, self, other)
    def __le__(self, other: Any) -> bool: return compared(operator.le, self, other)
    def __gt__(self, other: Any) -> bool: return compared(operator.gt, self, other)
    def __ge__(self, other: Any) -> bool: return compared(operator.ge, self, other)
    def __bool__(self) -> bool: return self.data != 0
    __hash__ = object.__hash__

    # fmt: on

    def __eq__(self, other: object) -> bool:
        if is_real(other):
            refuse_equality(other)
        return NotImplemented  # and so it is identity

    def __float__(self) -> float:
        raise TypeError(
            "a Value does not become a float by itself, since its gradient would be lost: use "
            "v.data for the number, or a function that keeps it, as autograd.exp(v) for math.exp(v)"
        )

    __int__ = __complex__ = __float__

    def __round__(self, digits: int | None = None) -> float:
        return float(self)  # raises

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self._grad or 0.0!r}{label})"

    def __format__(self, spec: str) -> str:
        number = self.data  # which may be refused
        return format(number, spec) if spec else repr(self)

    def _made_by(
        self, operation: Operation, operands: tuple[Value, ...], local_grads: Sequence[float]
    ) -> None:
        self._operation, self._operands, self._local_grads = operation, operands, local_grads

    @staticmethod  # by which an operation of the table finds the engine of its operands
    def _apply(operation: Operation, *operands: Any) -> Value:
        return apply(operation, *operands)


# ---- making nodes -------------------------------------------------------------------------------

new = Value.__new__


def make(
    operation: Operation, data: float, operands: tuple[Value, ...], local_grads: Sequence[float]
) -> Value:
    """The result of an operation: its number, its operands and the derivative by each."""
    node = new(Value)  # past __init__, which checks what a user gives
    node._data, node._grad, node._label = data, None, ""
    node._operation, node._operands, node._local_grads = operation, operands, local_grads
    first, last = operands[0]._operation, operands[-1]._operation
    is_constant = first is CONSTANT is last or first is FROZEN or last is FROZEN
    if data - data or is_constant or not_recording or writing_tape:  # inf - inf is nan
        settle(node)
    return node


def constant(data: float) -> Value:
    """A leaf that takes no gradient, such as the 2 of `2 * x`."""
    node = new(Value)
    node._data, node._grad, node._label = data, None, ""
    node._operation, node._operands, node._local_grads = CONSTANT, (), ()
    if writing_tape:
        settle(node)
    return node


def apply(operation: Operation, *operands: Any) -> Value:
    """The result of any operation of the table, given Values among numbers."""
    nodes = tuple([v if isinstance(v, Value) else constant(to_float(v)) for v in operands])
    numbers = [node._data for node in nodes]
    data = operation.limit(*numbers)
    local_grads = [
        0.0 if node.is_constant else local_grad(operation, position, data, numbers)
        for position, node in enumerate(nodes)
    ]
    return make(operation, data, nodes, local_grads)


def with_number(operator: Callable[[Value, Value], Value], left: Any, right: Any) -> Value:
    """An operator with a number on one side, which becomes a constant."""
    is_right = isinstance(left, Value)
    number = right if is_right else left
    if type(number) is not float:  # most are, and need no second look
        if not is_real(number) and not (number is None or isinstance(number, (str, complex))):
            return NotImplemented  # type: ignore[no-any-return]
        number = to_float(number)  # which says what to do with text and None
    return operator(left, constant(number)) if is_right else operator(constant(number), right)


def compared(predicate: Callable[[float, float], bool], value: Value, other: Any) -> bool:
    """Two numbers compared."""
    if isinstance(other, Value):
        return predicate(value.data, other.data)
    if not is_real(other):
        return NotImplemented  # type: ignore[no-any-return]
    return predicate(value.data, to_float(other))
