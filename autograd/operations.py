"""The table of operations: each one's value and its derivatives, stated once.

A derivative is ordinary arithmetic on the result `out` and the operands, so the same rule gives
a number when it is fed floats and a graph when it is fed Values. To add an operation, add an
entry: the engine, the pictures, `gradcheck` and the tests find it by walking `OPERATIONS`.

Where a rule has pieces, the choice is made by an operation whose own derivative is zero
(`step`, `sign`, `compare`, `where`), so that it too can be evaluated, differentiated and drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd.primitive import Operation


def _zero(out: Any, *operands: Any) -> float:
    return 0.0


def _power(a: float, b: float) -> float:
    if a < 0 and not b.is_integer():
        raise ValueError
    power: float = a**b
    return power


def _power_slope(out: Any, a: Any, b: Any) -> Any:
    """b * a**(b - 1), and 0 where b is 0, even at a = 0.

    An exponent that cannot vary, a float or a constant, is looked at. For one that can, the base
    is 1 where b is 0 and a is 0 or so near it that a**-1 is no float, and the formula holds around
    it. That near to 0, a * 2**-51 is 0.
    """
    if getattr(b, "is_constant", True):
        return b * a ** (b - 1) if b else 0.0
    return b * where(a * 2.0**-51, a, where(b, a, 1.0)) ** (b - 1)


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    small = math.exp(x)  # the other form would overflow
    return small / (1 + small)


def _larger(a: float, b: float) -> float:
    return a if a >= b or a != a else b


def _smaller(a: float, b: float) -> float:
    return a if a <= b or a != a else b


def _floor(x: float) -> float:
    return x // 1 if math.isfinite(x) else x


def _round(x: float) -> float:
    return math.copysign(x.__round__(), x) if math.isfinite(x) else x


def _log_of_sum(a: float, b: float) -> float:
    if a == b:  # where both are infinite, their difference is nan
        return a + math.log(2)
    return _larger(a, b) + math.log1p(math.exp(-math.fabs(a - b)))


def _length(a: float, b: float) -> float:
    """By abs(complex), which is C's hypot; beside nan that may raise what errno was before."""
    finite = math.isfinite(a) and math.isfinite(b)
    return complex(a, b).__abs__() if finite else math.hypot(a, b)


def _over_square(side: Any, y: Any, x: Any) -> Any:
    """side / (x**2 + y**2), where that is no float too; 0 at the origin."""
    far = hypot(y, x)
    far = where(far, far, 1.0)
    return side / far / far


# fmt: off
# ---- choices: their derivative is zero, so rules can be built of them ---------------------------

step: Operation = Operation(
    "step", lambda x: x if x != x else float(x > 0), _zero,
    summary="1 where x > 0, else 0.",
    words="a step is flat: no gradient passes",
    sample=(-0.5,),
)
sign: Operation = Operation(
    "sign", lambda x: x if x != x else float((x > 0) - (x < 0)), _zero,
    summary="-1, 0 or 1.",
    words="a sign is flat: no gradient passes",
    sample=(-0.5,),
)
compare: Operation = Operation(
    "compare", lambda a, b: math.nan if a != a or b != b else float((a > b) - (a < b)), _zero, _zero,
    operands="a b", summary="the sign of a - b, without forming the difference.",
    words="a comparison is flat: no gradient passes",
    sample=(2.0, 3.0),
)
where: Operation = Operation(
    "where", lambda condition, a, b: a if condition else b,
    _zero,
    lambda out, condition, a, b: where(condition, 1.0, 0.0),
    lambda out, condition, a, b: where(condition, 0.0, 1.0),
    operands="condition a b", summary="a where condition is not 0, else b.",
    words="where routes the gradient to the branch that it took",
    sample=(0.0, 2.0, 3.0),
)

# ---- arithmetic ---------------------------------------------------------------------------------

add = Operation(
    "add", lambda a, b: a + b,
    lambda out, a, b: 1.0,
    lambda out, a, b: 1.0,
    operands="a b", symbol="+", precedence=1, summary="a + b.",
    words="addition passes the gradient on unchanged to both",
    sample=(2.0, 3.0),
)
sub = Operation(
    "sub", lambda a, b: a - b,
    lambda out, a, b: 1.0,
    lambda out, a, b: -1.0,
    operands="a b", symbol="-", precedence=1, summary="a - b.",
    words=(
        "the first operand of a difference gets the gradient unchanged",
        "the second operand of a difference gets the gradient negated",
    ),
    sample=(2.0, 3.0),
)
mul = Operation(
    "mul", lambda a, b: a * b,
    lambda out, a, b: b,
    lambda out, a, b: a,
    operands="a b", symbol="*", precedence=2, summary="a * b.",
    words="multiplication swaps its inputs and scales by upstream",
    sample=(2.0, 3.0),
)
div = Operation(
    "div", lambda a, b: a / b,
    lambda out, a, b: 1 / b,
    lambda out, a, b: -out / b,  # -a / b**2, which could overflow on the way
    operands="a b", symbol="/", precedence=2, summary="a / b.",
    words=(
        "the top of a quotient gets the gradient over the bottom",
        "the bottom of a quotient gets it times -top/bottom²",
    ),
    domain="the divisor must not be 0",
    remedy="add a small constant to the divisor, as in a / (b + 1e-8)",
    pole=lambda a, b: a * math.copysign(math.inf, b),
    sample=(2.0, 3.0),
)
floordiv = Operation(
    "floordiv", lambda a, b: a // b, _zero, _zero,
    operands="a b", symbol="//", precedence=2, summary="a // b, the quotient rounded down.",
    words="a quotient rounded down is flat: no gradient passes",
    domain="it takes a finite number and a divisor that is not 0",
    remedy="put 1 in the place of 0, as in a // where(b, b, 1)",
    pole=lambda a, b: a * math.copysign(math.inf, b),
    sample=(7.0, -2.0),
)
mod = Operation(
    "mod", lambda a, b: a % b,
    lambda out, a, b: 1.0,
    lambda out, a, b: -floordiv(a, b),
    operands="a b", symbol="%", precedence=2,
    summary="a % b, the remainder of a // b, with the sign of b.",
    words=(
        "a remainder moves with its dividend: the gradient passes unchanged",
        "the divisor of a remainder counts as often as it was taken away",
    ),
    domain="it takes a finite number and a divisor that is not 0",
    remedy="put 1 in the place of 0, as in a % where(b, b, 1)",
    pole=lambda a, b: math.nan,
    sample=(7.0, -2.0),
)
pow = Operation(
    "pow", _power,
    _power_slope,
    lambda out, a, b: out * log(where(a, a, 1.0)),  # out * log(a), and 0 where a = 0
    operands="a b", symbol="**", precedence=4, summary="a to the power b; 0**0 is 1.",
    words=(
        "a power brings its exponent down and lowers it by one",
        "by its exponent, a power scales by itself times log of the base",
    ),
    domain="a negative base needs a whole exponent, and 0 an exponent of 0 or more",
    remedy="keep the base above 0, as in maximum(a, 1e-12) ** b; or take that of abs(a)",
    pole=lambda a, b: math.copysign(math.inf, a) if b % 2 == 1 else math.inf,
    sample=(2.0, 3.0),
)
neg = Operation(
    "neg", lambda x: -x,
    lambda out, x: -1.0,
    symbol="-", precedence=3, summary="-x.",
    words="negation turns the sign of the gradient",
    sample=(0.5,),
)
pos = Operation(
    "pos", lambda x: x,
    lambda out, x: 1.0,
    symbol="+", precedence=3, summary="+x, a new node with the value of x.",
    words="a copy passes the gradient on unchanged",
    sample=(0.5,),
)
abs = Operation(
    "abs", math.fabs,
    lambda out, x: sign(x),
    summary="the absolute value; its derivative at 0 is 0.",
    words="abs passes the gradient on, negated where its operand is below 0",
    sample=(-0.5,),
)
maximum = Operation(
    "maximum", _larger,
    lambda out, a, b: (1 + compare(a, b)) / 2,
    lambda out, a, b: (1 - compare(a, b)) / 2,
    operands="a b", symbol="max", summary="the larger of a and b; a tie shares the gradient ½–½.",
    words="max routes the gradient to the larger input; a tie shares it",
    sample=(2.0, 3.0),
)
minimum: Operation = Operation(
    "minimum", _smaller,
    lambda out, a, b: (1 - compare(a, b)) / 2,
    lambda out, a, b: (1 + compare(a, b)) / 2,
    operands="a b", symbol="min", summary="the smaller of a and b; a tie shares the gradient ½–½.",
    words="min routes the gradient to the smaller input; a tie shares it",
    sample=(2.0, 3.0),
)

clip = Operation(
    "clip", lambda x, low, high: _smaller(_larger(x, low), high),
    lambda out, x, low, high: (1 - step(compare(low, x))) * (1 - step(compare(x, high))),
    lambda out, x, low, high: step(compare(low, x)) * step(compare(high, low)),
    lambda out, x, low, high: 1 - (1 - step(compare(x, high))) * (1 - step(compare(low, high))),
    operands="x low high", defaults=(-math.inf, math.inf),
    summary="x, but low where it is below, and high where it is above.",
    words=(
        "clip passes the gradient between its bounds, and stops it outside",
        "the lower bound of a clip gets the gradient where it holds x up",
        "the upper bound of a clip gets the gradient where it holds x down",
    ),
    sample=(5.0, 0.0, 3.0),
)
floor = Operation(
    "floor", _floor, _zero,
    summary="the whole number just below x, or x if it is whole.",
    words="a floor is flat: no gradient passes",
    sample=(-0.5,),
)
ceil = Operation(
    "ceil", lambda x: -_floor(-x), _zero,
    summary="the whole number just above x, or x if it is whole.",
    words="a ceiling is flat: no gradient passes",
    sample=(1.5,),
)
round = Operation(
    "round", _round, _zero,
    summary="the nearest whole number; a tie goes to the even one.",
    words="rounding is flat: no gradient passes",
    sample=(2.5,),
)

# ---- exponentials and roots ---------------------------------------------------------------------

exp: Operation = Operation(
    "exp", math.exp,
    lambda out, x: out,
    summary="e to the power x.",
    words="exp scales by its own output",
    sample=(0.5,),
)
expm1: Operation = Operation(
    "expm1", math.expm1,
    lambda out, x: out + 1,
    summary="exp(x) - 1, accurate also for small x.",
    words="expm1 scales by its own output plus 1",
    sample=(0.5,),
)
exp2 = Operation(
    "exp2", math.exp2,
    lambda out, x: out * math.log(2),
    summary="2 to the power x.",
    words="exp2 scales by its own output times log(2)",
    sample=(3.0,),
)
log: Operation = Operation(
    "log", math.log,
    lambda out, x: 1 / x,
    summary="the natural logarithm.",
    words="log scales by 1 over its operand: steep near 0",
    domain="log needs a number above 0",
    remedy="keep it away from 0, as in log(maximum(x, 1e-12))",
    sample=(0.5,),
)
log2 = Operation(
    "log2", math.log2,
    lambda out, x: 1 / (x * math.log(2)),
    summary="the logarithm to the base 2.",
    words="log2 scales by 1 over its operand times log(2): steep near 0",
    domain="log2 needs a number above 0",
    remedy="keep it away from 0, as in log2(maximum(x, 1e-12))",
    sample=(8.0,),
)
log10 = Operation(
    "log10", math.log10,
    lambda out, x: 1 / (x * math.log(10)),
    summary="the logarithm to the base 10.",
    words="log10 scales by 1 over its operand times log(10): steep near 0",
    domain="log10 needs a number above 0",
    remedy="keep it away from 0, as in log10(maximum(x, 1e-12))",
    sample=(1000.0,),
)
log1p = Operation(
    "log1p", math.log1p,
    lambda out, x: 1 / (1 + x),
    summary="log(1 + x), accurate also for small x.",
    words="log1p scales by 1 over 1 plus its operand",
    domain="log1p needs a number above -1",
    remedy="keep it away from -1, as in log1p(maximum(x, -1 + 1e-12))",
    sample=(0.5,),
)
sqrt: Operation = Operation(
    "sqrt", math.sqrt,
    lambda out, x: 1 / (2 * out),
    summary="the square root; its derivative at 0 is inf.",
    words="a root scales by 1 over twice its output: steep near 0",
    domain="sqrt needs 0 or more",
    remedy="keep it above 0, as in sqrt(maximum(x, 1e-12)); of a difference, check the sign",
    sample=(0.5,),
)
cbrt = Operation(
    "cbrt", math.cbrt,
    lambda out, x: 1 / (3 * out * out),
    summary="the cube root; its derivative at 0 is inf.",
    words="a cube root scales by 1 over 3 times its output squared",
    sample=(-8.0,),
)
square = Operation(
    "square", lambda x: x * x,
    lambda out, x: 2 * x,
    summary="x * x.",
    words="a square scales by twice its operand",
    sample=(3.0,),
)
hypot: Operation = Operation(
    "hypot", _length,
    lambda out, a, b: a / out,
    lambda out, a, b: b / out,
    operands="a b", summary="the length of (a, b), the root of a**2 + b**2.",
    words="a length passes the gradient on in the direction of its operands",
    sample=(3.0, 4.0),
)
logaddexp = Operation(
    "logaddexp", _log_of_sum,
    lambda out, a, b: sigmoid(a - b),
    lambda out, a, b: sigmoid(b - a),
    operands="a b", summary="log(exp(a) + exp(b)), without overflow: a smooth maximum.",
    words="logaddexp gives most of the gradient to the larger, and shares a tie",
    sample=(1000.0, 0.0),
)

# ---- trigonometric and hyperbolic ---------------------------------------------------------------

sin: Operation = Operation(
    "sin", math.sin,
    lambda out, x: cos(x),
    summary="the sine; x in radians.",
    words="sine scales by the cosine of its operand",
    domain="sin needs a finite angle",
    sample=(0.5,),
)
cos: Operation = Operation(
    "cos", math.cos,
    lambda out, x: -sin(x),
    summary="the cosine; x in radians.",
    words="cosine scales by minus the sine of its operand",
    domain="cos needs a finite angle",
    sample=(0.5,),
)
tan = Operation(
    "tan", math.tan,
    lambda out, x: 1 + out * out,
    summary="the tangent; x in radians.",
    words="tangent scales by 1 + its output squared",
    domain="tan needs a finite angle",
    sample=(0.5,),
)
asin = Operation(
    "asin", math.asin,
    lambda out, x: 1 / sqrt((1 - x) * (1 + x)),
    summary="the inverse sine, in radians; its derivative at ±1 is inf.",
    words="the inverse sine scales by 1 over the root of 1 - operand²",
    domain="asin needs a number from -1 to 1",
    remedy="keep it away from ±1, as in asin(clip(x, -0.999999, 0.999999))",
    sample=(0.5,),
)
acos = Operation(
    "acos", math.acos,
    lambda out, x: -(1 / sqrt((1 - x) * (1 + x))),
    summary="the inverse cosine, in radians; its derivative at ±1 is -inf.",
    words="the inverse cosine scales by -1 over the root of 1 - operand²",
    domain="acos needs a number from -1 to 1",
    remedy="keep it away from ±1, as in acos(clip(x, -0.999999, 0.999999))",
    sample=(0.5,),
)
atan = Operation(
    "atan", math.atan,
    lambda out, x: 1 / (1 + x * x),
    summary="the inverse tangent, in radians.",
    words="the inverse tangent scales by 1 over 1 + operand²",
    sample=(0.5,),
)
atan2 = Operation(
    "atan2", math.atan2,
    lambda out, y, x: _over_square(x, y, x),
    lambda out, y, x: _over_square(-y, y, x),
    operands="y x", summary="the angle of the point (x, y), in radians; flat at the origin.",
    words=(
        "by y, an angle scales by x over the distance squared",
        "by x, an angle scales by -y over the distance squared",
    ),
    sample=(1.0, -1.0),
)
sinh: Operation = Operation(
    "sinh", math.sinh,
    lambda out, x: cosh(x),
    pole=lambda x: math.copysign(math.inf, x),
    summary="the hyperbolic sine.",
    words="sinh scales by the cosh of its operand",
    sample=(0.5,),
)
cosh: Operation = Operation(
    "cosh", math.cosh,
    lambda out, x: sinh(x),
    summary="the hyperbolic cosine.",
    words="cosh scales by the sinh of its operand",
    sample=(0.5,),
)
tanh = Operation(
    "tanh", math.tanh,
    lambda out, x: 1 - out * out,
    summary="the hyperbolic tangent.",
    words="tanh scales by 1 - its output squared: near 0 where it saturates",
    sample=(0.5,),
)
asinh = Operation(
    "asinh", math.asinh,
    lambda out, x: 1 / hypot(1.0, x),
    summary="the inverse hyperbolic sine.",
    words="asinh scales by 1 over the root of 1 + operand²",
    sample=(0.5,),
)
acosh = Operation(
    "acosh", math.acosh,
    lambda out, x: 1 / (sqrt(x - 1) * sqrt(x + 1)),
    summary="the inverse hyperbolic cosine; its derivative at 1 is inf.",
    words="acosh scales by 1 over the root of operand² - 1",
    domain="acosh needs a number of 1 or more",
    remedy="keep it above 1, as in acosh(maximum(x, 1.000001))",
    sample=(2.0,),
)
atanh = Operation(
    "atanh", math.atanh,
    lambda out, x: 1 / ((1 - x) * (1 + x)),
    summary="the inverse hyperbolic tangent.",
    words="atanh scales by 1 over 1 - operand²: steep near ±1",
    domain="atanh needs a number between -1 and 1",
    remedy="keep it away from ±1, as in atanh(clip(x, -0.999999, 0.999999))",
    sample=(0.5,),
)
erf: Operation = Operation(
    "erf", math.erf,
    lambda out, x: 2 / math.sqrt(math.pi) * exp(-(x * x)),
    summary="the error function.",
    words="erf scales by the bell curve at its operand",
    sample=(0.5,),
)

# ---- activations --------------------------------------------------------------------------------

sigmoid: Operation = Operation(
    "sigmoid", _sigmoid,
    lambda out, x: out * (1 - out),
    summary="1 / (1 + exp(-x)), without overflow.",
    words="sigmoid scales by output times 1 - output: a quarter at most",
    sample=(0.5,),
)
relu = Operation(  # where(step(x), 0, x) keeps the branch not taken from overflowing
    "relu", lambda x: _larger(x, 0.0),
    lambda out, x: step(x),
    summary="max(x, 0); its derivative at 0 is 0.",
    words="relu passes the gradient above 0, and stops it elsewhere",
    sample=(-0.5,),
)
leaky_relu = Operation(  # where(step(x), 0, x) keeps the branch not taken from overflowing
    "leaky_relu", lambda x, slope: x if x > 0 else slope * x,
    lambda out, x, slope: where(step(x), 1.0, slope),
    lambda out, x, slope: where(step(x), 0.0, x),
    operands="x negative_slope", defaults=(0.01,),
    summary="x where x > 0, else negative_slope * x.",
    words=(
        "a leaky relu passes the gradient above 0, and a little of it below",
        "the slope of a leaky relu counts where its operand is below 0",
    ),
    sample=(-2.0, 0.1),
)
elu = Operation(  # where(step(x), 0, x) keeps the branch not taken from overflowing
    "elu", lambda x, alpha: x if x > 0 else alpha * math.expm1(x),
    lambda out, x, alpha: where(step(x), 1.0, alpha * exp(where(step(x), 0.0, x))),
    lambda out, x, alpha: expm1(where(step(x), 0.0, x)),
    operands="x alpha", defaults=(1.0,),
    summary="x where x > 0, else alpha * (exp(x) - 1).",
    words=(
        "elu passes the gradient above 0, and less and less of it below",
        "alpha of an elu counts where its operand is below 0",
    ),
    sample=(-1.0, 2.0),
)
gelu = Operation(  # where(step(x), 0, x) keeps the branch not taken from overflowing
    "gelu", lambda x: x * (math.erfc(-x / math.sqrt(2)) / 2),
    lambda out, x: (1 + erf(x / math.sqrt(2))) / 2 + x * exp(-(x * x) / 2) / math.sqrt(2 * math.pi),
    summary="x times the normal distribution's probability of being below x.",
    words="gelu passes the gradient far above 0, and stops it far below",
    sample=(0.5,),
)
silu = Operation(
    "silu", lambda x: x * _sigmoid(x),
    lambda out, x: sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    summary="x * sigmoid(x), also called swish.",
    words="silu passes the gradient far above 0, and stops it far below",
    sample=(0.5,),
)
softplus = Operation(
    "softplus", lambda x: _larger(x, 0.0) + math.log1p(math.exp(-math.fabs(x))),
    lambda out, x: sigmoid(x),
    summary="log(1 + exp(x)), without overflow.",
    words="softplus scales by the sigmoid of its operand: a smooth step",
    sample=(0.5,),
)

# fmt: on

OPERATIONS = {
    entry.name: entry for entry in tuple(globals().values()) if isinstance(entry, Operation)
}
"""Every operation by its name, in the order of this file."""

# What stands in a node that no operation made: a leaf, a number that takes no gradient, or a leaf
# that takes none for now, since its `requires_grad` is False.
LEAF = Operation("leaf", float, operands="", symbol="", summary="a leaf.")
CONSTANT = Operation("constant", float, operands="", symbol="", summary="a constant.")
FROZEN = Operation("frozen", float, operands="", symbol="", summary="a frozen leaf.")
LEAVES = (LEAF, CONSTANT, FROZEN)
WITHOUT_GRADIENT = frozenset((CONSTANT, FROZEN))

for _code, _entry in enumerate((*OPERATIONS.values(), *LEAVES)):
    _entry.code = _code  # by which native code and tapes call it
    _entry.__module__ = __name__  # where pickle finds it


# ---- a rule as a number -------------------------------------------------------------------------


def local_grad(operation: Operation, position: int, out: float, operands: Sequence[float]) -> float:
    """The derivative by the operand at position; at a pole the limit that IEEE 754 gives."""
    rule = operation.derivatives[position]
    try:
        return float(rule(out, *operands))
    except (ValueError, ArithmeticError, TypeError):  # at a pole, or of a complex number
        return float(rule(Limit(out), *map(Limit, operands)))


class Limit(float):
    """A float whose arithmetic gives inf or nan, by IEEE 754, where Python's raises."""

    @staticmethod
    def _apply(operation: Operation, *operands: float) -> Limit:
        return Limit(operation.limit(*map(float, operands)))

    # fmt: off
    def __add__(self, other: float) -> Limit: return self._apply(add, self, other)
    def __sub__(self, other: float) -> Limit: return self._apply(sub, self, other)
    def __mul__(self, other: float) -> Limit: return self._apply(mul, self, other)
    def __truediv__(self, other: float) -> Limit: return self._apply(div, self, other)
    def __pow__(self, other: float) -> Limit: return self._apply(pow, self, other)  # type: ignore[override]
    def __mod__(self, other: float) -> Limit: return self._apply(mod, self, other)
    def __floordiv__(self, other: float) -> Limit: return self._apply(floordiv, self, other)
    def __radd__(self, other: float) -> Limit: return self._apply(add, other, self)
    def __rsub__(self, other: float) -> Limit: return self._apply(sub, other, self)
    def __rmul__(self, other: float) -> Limit: return self._apply(mul, other, self)
    def __rtruediv__(self, other: float) -> Limit: return self._apply(div, other, self)
    def __rpow__(self, other: float) -> Limit: return self._apply(pow, other, self)  # type: ignore[override]
    def __rmod__(self, other: float) -> Limit: return self._apply(mod, other, self)
    def __rfloordiv__(self, other: float) -> Limit: return self._apply(floordiv, other, self)
    def __neg__(self) -> Limit: return self._apply(neg, self)
    # fmt: on
