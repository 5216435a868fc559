"""Value: one number that remembers how it was made, and `backward()`, the chain rule over it.

Arithmetic on Values builds a graph. Every operator below has the same shape: compute the number
and the local derivatives, and make a node of them. What an operation is, and its derivative, is
stated in `operations.py`; the few operators written out here say the same, faster.

What walks, copies or names Values is built on this file, so methods that hand on import it late.
Where there is a C compiler this file is compiled as it stands, with the types of `value.pxd`; what
`cython` decorates is for that.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Sequence
from math import copysign
from threading import get_ident
from typing import TYPE_CHECKING, Any

from autograd import operations as op
from autograd.errors import DomainError, GraphError
from autograd.modes import not_recording, taking_limits, writing_tape
from autograd.operation import UNREACHED, Operation, Rule, is_real, to_float
from autograd.operations import CONSTANT, LEAF

if TYPE_CHECKING:
    from autograd import uncompiled as cython
else:
    try:
        import cython
    except ImportError:
        from autograd import uncompiled as cython

releasing = False  # whether a node being freed is emptying the list
released: list[Any] = []

ADD, SUB, MUL, NEG, POS = op.add, op.sub, op.mul, op.neg, op.pos  # the ones written out below


@cython.no_gc  # operands are made before results, so nodes form no cycle
@cython.cclass
class Value:
    """A number in a computation graph.

    data  : any real number (int, float, Fraction, Decimal or NumPy scalar), held as a float.
    label : its name in pictures, steps and error messages.

    `==` and `hash` go by identity, so Values live safely in sets and dicts; `<` and its kin
    compare the numbers. Raises TypeError for text, None, complex numbers, arrays and Values.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-4.0, -2.0, 2.0)
    """

    __slots__ = (  # noqa: RUF023
        "_data", "_grad", "_label", "_operation", "_left", "_right", "_left_grad", "_right_grad",
        "_rest", "_rest_grads",  # a third operand and so on
        "_mark", "_adjoint",  # the walk that came by last, and what it worked out; see graph.py
    )  # fmt: skip

    def __init__(self, data: Any, label: str = "") -> None:
        self._data = to_float(data)
        self._grad = UNREACHED
        self.label = label
        self._operation = LEAF
        self._left: Value | None = None
        self._right: Value | None = None
        self._left_grad = self._right_grad = 0.0
        self._rest: tuple[Value, ...] = ()
        self._rest_grads: Sequence[float] = ()
        self._mark = 0
        self._adjoint = 0.0
        if writing_tape and writing_tape.is_on():
            writing_tape.setting().leaf_made(self)

    def __dealloc__(self) -> None:
        """Let go of the operands, when compiled: the node freed first empties a list of them.

        Freed one inside the other, a long chain of nodes would overflow the C stack.
        """
        global releasing
        if self._left is None:
            return
        released.append(self._left)
        if self._right is not None:
            released.append(self._right)
            if self._rest:
                released.append(self._rest)
        if releasing:
            return
        releasing = True
        self._left = self._right = None
        self._rest = ()
        while released:
            released.pop()
        releasing = False

    @property
    def data(self) -> float:
        """The number; setting it leaves results computed before as they are."""
        refuse("the number", self)
        return self._data

    @data.setter
    def data(self, number: Any) -> None:
        if writing_tape and writing_tape.is_on():
            writing_tape.setting().refuse_change(self)
        self._data = to_float(number, "data is")

    @property
    def grad(self) -> float:
        """The derivative of what `backward()` was called on with respect to this; adds up."""
        refuse("the gradient", self)
        return self._grad + 0.0  # shows UNREACHED as 0.0

    @grad.setter
    def grad(self, number: Any) -> None:
        self._grad = to_float(number, "grad is") + 0.0

    @property
    def label(self) -> str:
        """The name in pictures, steps and error messages; "" for none."""
        return self._label

    @label.setter
    def label(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a label is text, not {type(text).__name__}: {text!r:.60}")
        self._label = str(text)  # a plain one, of a subclass

    @property
    def has_grad(self) -> bool:
        """Whether a `backward()` has reached this since it was made or cleared."""
        return self._grad != 0 or copysign(1.0, self._grad) > 0

    @property
    def op(self) -> str:
        """The symbol of the operation that made this, such as `*`; "" for a leaf."""
        return self._operation.symbol

    @property
    def operands(self) -> tuple[Value, ...]:
        """What the operation was applied to, in order: `a * a` gives `(a, a)`."""
        pair = (self._left, self._right)
        return (*(v for v in pair if v is not None), *self._rest)

    @property
    def local_grads(self) -> tuple[float, ...]:
        """The derivative by each operand, as it was when this was made; 0 for a constant."""
        refuse("the local derivatives", self)
        grads = (self._left_grad, self._right_grad, *self._rest_grads)
        pairs = zip(self.operands, grads, strict=False)
        return tuple(0.0 if operand.is_constant else grad for operand, grad in pairs)

    @property
    def is_constant(self) -> bool:
        """Whether this takes no gradient: a plain number in an expression, or detached."""
        return self._operation is CONSTANT

    # micrograd's names, for the drawing code of its lectures
    _prev = property(lambda self: self.operands)
    _op = property(lambda self: self.op)

    def backward(self, gradient: float = 1.0) -> None:
        """Add to the `.grad` of every node below the derivative of this with respect to it.

        gradient : the derivative of the final result with respect to this node.

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
        from autograd.graph import accumulate

        accumulate(self, to_float(gradient, "gradient is"))

    def zero_grad(self) -> None:
        """Clear the `.grad` of this and of every node below it."""
        self._grad = UNREACHED
        if self._left is not None:
            from autograd.graph import clear

            clear(self)

    def detach(self) -> Value:
        """A constant with this number and label: gradients stop here."""
        refuse("a constant copy", self)
        constant = make_constant(self._data)
        constant._label = self._label
        return constant

    @cython.annotation_typing(True)
    def __add__(self, other: Any) -> Value:  # self + other
        if not isinstance(other, Value):
            return with_number(Value.__add__, self, other)
        o: Value = other
        return make_node(ADD, self._data + o._data, self, o, 1.0, 1.0)

    @cython.annotation_typing(True)
    def __sub__(self, other: Any) -> Value:  # self - other
        if not isinstance(other, Value):
            return with_number(Value.__sub__, self, other)
        o: Value = other
        return make_node(SUB, self._data - o._data, self, o, 1.0, -1.0)

    @cython.annotation_typing(True)
    def __mul__(self, other: Any) -> Value:  # self * other
        if not isinstance(other, Value):
            return with_number(Value.__mul__, self, other)
        o: Value = other
        return make_node(MUL, self._data * o._data, self, o, o._data, self._data)

    def __truediv__(self, other: Any) -> Value:  # self / other
        if not isinstance(other, Value):
            return with_number(Value.__truediv__, self, other)
        return record(op.div, (self, other))

    def __pow__(self, other: Any) -> Value:  # self ** other
        if not isinstance(other, Value):
            return with_number(Value.__pow__, self, other)
        return record(op.pow, (self, other))

    def __radd__(self, other: Any) -> Value:  # other + self
        if is_real(other) and other == 0:  # so that sum(values) adds no node for its 0
            return self
        return with_number(Value.__add__, other, self)

    # fmt: off

    def __neg__(self) -> Value: return make_node(NEG, -self._data, self, None, -1.0, 0.0)
    def __pos__(self) -> Value: return make_node(POS, self._data, self, None, 1.0, 0.0)
    def __rsub__(self, other: Any) -> Value: return with_number(Value.__sub__, other, self)
    def __rmul__(self, other: Any) -> Value: return with_number(Value.__mul__, other, self)
    def __rtruediv__(self, other: Any) -> Value: return with_number(Value.__truediv__, other, self)
    def __rpow__(self, other: Any) -> Value: return with_number(Value.__pow__, other, self)
    def __abs__(self) -> Value: return record(op.abs, (self,))

    # ---- functions of one operand, as methods; see the function of the same name ----------------

    def neg(self) -> Value: """-self."""; return record(op.neg, (self,))
    def pos(self) -> Value: """+self, a new node."""; return record(op.pos, (self,))
    def abs(self) -> Value: """|self|."""; return record(op.abs, (self,))
    def exp(self) -> Value: """e ** self."""; return record(op.exp, (self,))
    def expm1(self) -> Value: """e ** self - 1."""; return record(op.expm1, (self,))
    def log(self) -> Value: """The natural logarithm."""; return record(op.log, (self,))
    def log1p(self) -> Value: """log(1 + self)."""; return record(op.log1p, (self,))
    def sqrt(self) -> Value: """The square root."""; return record(op.sqrt, (self,))
    def sin(self) -> Value: """The sine of self in radians."""; return record(op.sin, (self,))
    def cos(self) -> Value: """The cosine of self in radians."""; return record(op.cos, (self,))
    def tan(self) -> Value: """The tangent of self in radians."""; return record(op.tan, (self,))
    def asin(self) -> Value: """The inverse sine, in radians."""; return record(op.asin, (self,))
    def acos(self) -> Value: """The inverse cosine, in radians."""; return record(op.acos, (self,))
    def atan(self) -> Value: """The inverse tangent, in radians."""; return record(op.atan, (self,))
    def sinh(self) -> Value: """The hyperbolic sine."""; return record(op.sinh, (self,))
    def cosh(self) -> Value: """The hyperbolic cosine."""; return record(op.cosh, (self,))
    def tanh(self) -> Value: """The hyperbolic tangent."""; return record(op.tanh, (self,))
    def erf(self) -> Value: """The error function."""; return record(op.erf, (self,))
    def step(self) -> Value: """1 where self > 0, else 0."""; return record(op.step, (self,))
    def sign(self) -> Value: """-1, 0 or 1."""; return record(op.sign, (self,))
    def sigmoid(self) -> Value: """1 / (1 + e ** -self)."""; return record(op.sigmoid, (self,))
    def relu(self) -> Value: """max(self, 0)."""; return record(op.relu, (self,))
    def gelu(self) -> Value: """self * P(normal < self)."""; return record(op.gelu, (self,))
    def silu(self) -> Value: """self * sigmoid(self)."""; return record(op.silu, (self,))
    def softplus(self) -> Value: """log(1 + e ** self)."""; return record(op.softplus, (self,))
    def leaky_relu(self, negative_slope: float | Value = 0.01) -> Value: """self where above 0, else negative_slope * self."""; return record(op.leaky_relu, (self, negative_slope))
    def elu(self, alpha: float | Value = 1.0) -> Value: """self where above 0, else alpha * (e ** self - 1)."""; return record(op.elu, (self, alpha))

    # ---- comparisons of the numbers; == stays identity ------------------------------------------

    def __lt__(self, other: Any) -> bool: return ordered(operator.lt, self, other)
    def __le__(self, other: Any) -> bool: return ordered(operator.le, self, other)
    def __gt__(self, other: Any) -> bool: return ordered(operator.gt, self, other)
    def __ge__(self, other: Any) -> bool: return ordered(operator.ge, self, other)
    def __bool__(self) -> bool: return self.data != 0
    def __hash__(self) -> int: return object.__hash__(self)  # which a C type with < does not inherit

    # ---- Python and NumPy -----------------------------------------------------------------------

    def __float__(self) -> float:
        raise TypeError(
            "a Value does not become a float by itself, since its gradient would be lost: use "
            "v.data for the number, or a function that keeps it, as autograd.exp(v) for math.exp(v)"
        )

    def __int__(self) -> int: return int(float(self))  # raises, as do the other two
    def __complex__(self) -> complex: return complex(float(self))
    def __round__(self, digits: int | None = None) -> float: return round(float(self), digits)

    arcsin, arccos, arctan = asin, acos, atan  # NumPy's names, for its arrays of objects

    # fmt: on

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self._grad + 0.0!r}{label})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        from autograd.protocols.arrays import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, options)

    def __copy__(self) -> Value:
        from autograd.protocols.copying import copy_node

        return copy_node(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        from autograd.protocols.copying import copy_graph

        return copy_graph(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        from autograd.protocols.copying import reduce_graph

        return reduce_graph(self)

    @staticmethod  # how an Operation finds `record` without importing this file
    def _record(operation: Operation, operands: tuple[Any, ...]) -> Value:
        return record(operation, operands)


# ---- making nodes -------------------------------------------------------------------------------


def make_node(
    operation: Operation,
    data: float,
    left: Value,
    right: Value | None,
    left_grad: float,
    right_grad: float,
    rest: tuple[Value, ...] = (),
    rest_grads: Sequence[float] = (),
) -> Value:
    """The result of an operation: its number, its operands and their local derivatives."""
    if data - data and not (taking_limits and taking_limits.is_on()):  # true for nan and ±inf
        check_defined(operation, data, left, right, rest)
    if not_recording and get_ident() in not_recording:
        return unrecorded(data, (left, right, *rest))
    if left._operation is CONSTANT and (right is None or right._operation is CONSTANT):
        if not rest:
            return make_constant(data)
    node: Value = Value.__new__(Value)  # past __init__, which checks what a user gives
    node._data = data
    node._grad = UNREACHED
    node._label = ""
    node._operation = operation
    node._left = left
    node._right = right
    node._left_grad = left_grad
    node._right_grad = right_grad
    node._rest = rest
    node._rest_grads = rest_grads
    node._mark = 0
    if writing_tape and writing_tape.is_on():
        writing_tape.setting().node_made(node)
    return node


def unrecorded(data: float, operands: Sequence[Value | None]) -> Value:
    """A result inside `no_grad()`."""
    if writing_tape:
        for operand in operands:
            refuse("a result inside no_grad()", operand)
    return make_constant(data)


def refuse(what: str, node: Value | None) -> None:
    """Raise RecordingError where `compile` would freeze what is asked of the node."""
    if writing_tape and writing_tape.is_on():
        writing_tape.setting().refuse(what, node)


def make_constant(data: float) -> Value:
    """A leaf that takes no gradient."""
    node: Value = Value.__new__(Value)
    node._data = data
    node._grad = UNREACHED
    node._label = ""
    node._operation = CONSTANT
    node._left = node._right = None
    node._left_grad = node._right_grad = 0.0
    node._rest = node._rest_grads = ()
    node._mark = 0
    if writing_tape and writing_tape.is_on():
        writing_tape.setting().leaf_made(node)
    return node


def record(operation: Operation, operands: tuple[Any, ...]) -> Value:
    """Apply any operation of the table, given at least one Value among numbers."""
    nodes = []
    for operand in operands:
        is_node = isinstance(operand, Value)
        nodes.append(operand if is_node else make_constant(to_float(operand)))
    if cython.compiled and operation.code >= 0:
        node = record_natively(operation, nodes)
        if node is not None:
            return node
    numbers = [node._data for node in nodes]
    if taking_limits and taking_limits.is_on():
        data = operation.limit(*numbers)
    else:
        try:
            data = operation.evaluate(*numbers)
        except DomainError:
            raise explained(operation, nodes) from None
    if not_recording and get_ident() in not_recording:
        return unrecorded(data, nodes)
    grads = []
    for rule, node in zip(operation.derivatives, nodes, strict=True):
        takes_none = node._operation is CONSTANT
        grads.append(0.0 if takes_none else evaluate_rule(rule, data, numbers))
    return make_result(operation, data, nodes, grads)


def record_natively(operation: Operation, nodes: list[Value]) -> Value | None:
    """As `record`, by the rules of `rules.h`; None where one of the numbers is not finite."""
    a = nodes[0]
    b = nodes[1] if len(nodes) > 1 else a
    c = nodes[2] if len(nodes) > 2 else a
    result = chalk_apply(  # type: ignore[name-defined]  # noqa: F821, from rules.h
        operation.code,
        a._data, a._operation is not CONSTANT,
        b._data, b._operation is not CONSTANT,
        c._data, c._operation is not CONSTANT,
    )  # fmt: skip
    if not result.is_finite:
        return None
    if len(nodes) > 2:
        return make_result(operation, result.value, nodes, [result.by_a, result.by_b, result.by_c])
    right = b if len(nodes) == 2 else None
    return make_node(operation, result.value, a, right, result.by_a, result.by_b)


def make_result(operation: Operation, data: float, nodes: list[Value], grads: list[float]) -> Value:
    """The result of an operation on any number of operands."""
    if len(nodes) == 1:
        return make_node(operation, data, nodes[0], None, grads[0], 0.0)
    if len(nodes) == 2:
        return make_node(operation, data, nodes[0], nodes[1], grads[0], grads[1])
    if not any(node._operation is not CONSTANT for node in nodes):
        return make_constant(data)
    rest, rest_grads = tuple(nodes[2:]), array("d", grads[2:])
    return make_node(operation, data, nodes[0], nodes[1], grads[0], grads[1], rest, rest_grads)


def evaluate_rule(rule: Rule, data: float, numbers: list[float]) -> float:
    """A rule's number; where it meets a pole, the limit that IEEE 754 gives (inf for sqrt at 0)."""
    try:
        return float(rule(data, *numbers))
    except (ArithmeticError, ValueError):
        with taking_limits.switched(True):
            limit = rule(make_constant(data), *map(make_constant, numbers))
        return limit.data if isinstance(limit, Value) else float(limit)


def with_number(apply: Callable[[Value, Value], Value], left: Any, right: Any) -> Value:
    """An operator with a number on one side, which becomes a constant."""
    other = right if isinstance(left, Value) else left
    if type(other) is float:  # most are, and need no second look
        constant = make_constant(other)
    elif is_real(other):
        constant = make_constant(to_float(other))
    else:
        if other is None or isinstance(other, (str, complex)):
            to_float(other)  # raises, and says what to do
        return NotImplemented  # type: ignore[no-any-return]
    return apply(left, constant) if other is right else apply(constant, right)


def ordered(predicate: Callable[[float, float], bool], value: Value, other: Any) -> bool:
    """The numbers compared; `==` is not among them, since it is identity."""
    if isinstance(other, Value):
        return predicate(value.data, other.data)
    if not is_real(other):
        return NotImplemented  # type: ignore[no-any-return]
    return predicate(value.data, to_float(other))


def check_defined(
    operation: Operation, data: float, left: Value, right: Value | None, rest: tuple[Value, ...]
) -> None:
    """Raise DomainError where a number that is not finite came of operands that are."""
    nodes = [v for v in (left, right, *rest) if v is not None]
    if operation.is_undefined(data, tuple(node._data for node in nodes)):
        raise explained(operation, nodes)


def explained(operation: Operation, nodes: list[Value]) -> DomainError:
    """The error for an operation at these operands, naming them as the caller would."""
    from autograd.language.expression import explain_domain

    with writing_tape.switched(None):  # so that a message may show numbers
        return DomainError(explain_domain(operation, nodes))


if cython.compiled:
    chalk_use_slabs(Value)  # type: ignore[name-defined]  # noqa: F821, from slabs.h
