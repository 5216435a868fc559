"""Operation: a real function with its derivative rules, and what counts as a real number.

An entry of the table in `operations.py` is one of these.
"""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pickle import PicklingError
from typing import TYPE_CHECKING, Any, overload

from autograd.errors import DivisionByZeroError, DomainError, TooLargeError

if TYPE_CHECKING:
    from inspect import Signature

    from autograd.value import Value

Rule = Callable[..., Any]
"""A local derivative: takes `(out, *operands)`, all floats or all Values, and gives the same."""


class Operation:
    """A real function of real operands with its local derivatives; call it like a function.

    Floats give a float; if any operand is a `Value` the result is a Value that remembers how it
    was made. An array works elementwise.

    name, symbol : how it is called in Python, and how it is written in a picture or formula.
    forward      : the value, as a function of floats. It may raise where there is none.
    derivatives  : one `Rule` for each operand, in order.
    words        : the derivative rule as one plain sentence, for whoever steps through it; where
                   operands have rules of their own, a sentence for each.
    domain       : what the operands must satisfy, as a phrase; shown when they do not.
    remedy       : what usually mends it.
    defaults     : values of the last operands where the caller leaves them out.
    precedence   : how tightly an infix or prefix symbol binds; 0 for a function call.
    pole         : the value by IEEE 754 where forward divides by 0 or overflows; inf if left out.

    sample       : operands for the example in the docstring.

    Calling it raises DomainError where there is no value, TypeError for what is no number.

    >>> from autograd import Value, exp
    >>> exp(0.0)
    1.0
    >>> exp(Value(0.0)).local_grads
    (1.0,)
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., float],
        *derivatives: Rule,
        summary: str,
        symbol: str | None = None,
        operands: str = "x",
        words: str | tuple[str, ...] = "",
        domain: str = "",
        remedy: str = "",
        defaults: tuple[float, ...] = (),
        precedence: int = 0,
        pole: Callable[..., float] = lambda *operands: math.inf,
        sample: tuple[float, ...] = (),
    ) -> None:
        self.__name__ = self.name = name
        self.symbol = name if symbol is None else symbol
        self.operands = tuple(operands.split())
        self.forward = forward
        self.derivatives = derivatives
        self.words = words or f"{name} scales by its local derivative"
        if isinstance(words, tuple) and len(words) != len(self.operands):
            raise TypeError(f"{name} needs words for each of its operands, not {len(words)}")
        self.domain = domain
        self.remedy = remedy
        self.defaults = defaults
        self.precedence = precedence
        self.pole = pole
        self.code = -1  # its place in the table, for an operation that is in it
        required = len(self.operands) - len(defaults)
        optional = zip(self.operands[required:], defaults, strict=True)
        arguments = [*self.operands[:required], *(f"{key}={value}" for key, value in optional)]
        self.signature = f"{name}({', '.join(arguments)})"
        if len(derivatives) != len(self.operands):
            raise TypeError(
                f"{self.signature} needs one derivative for each operand, not {len(derivatives)}"
            )
        self.__doc__ = f"{self.signature}: {summary}\n"
        if domain:
            self.__doc__ += f"\nRaises DomainError outside its domain: {domain}.\n"
        if sample:
            call = f"{name}({', '.join(map(repr, sample))})"
            self.__doc__ += f"\n>>> {call}\n{forward(*sample)!r}\n"

    @overload
    def __call__(self, *operands: float, **named: float) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *operands: Value | float, **named: Value | float) -> Value: ...
    def __call__(self, *operands: Any, **named: Any) -> Any:
        if named or len(operands) != len(self.operands):
            operands = self._bind(operands, named)
        for operand in operands:
            if type(operand) is not float:
                break
        else:  # the most frequent call of those that are not on Values
            return self.evaluate(*operands)
        apply = None
        for operand in operands:
            found = getattr(operand, "_apply", None)
            if found is not None:
                apply = found
            elif is_array(operand):
                return elementwise(self, operands)
        if apply is not None:
            return apply(self, *operands)
        return self.evaluate(*[to_float(operand) for operand in operands])

    @property
    def __signature__(self) -> Signature:
        """What editors and `inspect.signature` show."""
        from inspect import Parameter, Signature

        required = len(self.operands) - len(self.defaults)
        defaults = (*[Parameter.empty] * required, *self.defaults)
        return Signature(
            [
                Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default)
                for name, default in zip(self.operands, defaults, strict=True)
            ]
        )

    def evaluate(self, *operands: float) -> float:
        """The value at floats; `DomainError` where there is none or it exceeds a float."""
        try:
            value = self.forward(*operands)
        except (ValueError, ArithmeticError):
            value = math.nan
        if value - value and self.is_undefined(value, operands):
            raise self.kind_of_error(operands)(self.explain(operands))
        return value

    def is_undefined(self, value: float, operands: tuple[float, ...]) -> bool:
        """Whether a value of nan or ±inf came from operands that do not account for it."""
        if math.isnan(value):
            return not any(map(math.isnan, operands))
        if not math.isinf(value):
            return False
        return all(map(math.isfinite, operands)) or self.is_outside_domain(operands)

    def derivative(self, position: int, out: Any, operands: Sequence[Any]) -> Any:
        """The rule by one operand, applied."""
        return self.derivatives[position](out, *operands)

    def limit(self, *operands: float) -> float:
        """The value by IEEE 754's conventions, for derivatives: 1/0 is inf, log(-1) is nan."""
        try:
            return self.forward(*operands)
        except (ZeroDivisionError, OverflowError):
            return self.pole(*operands)
        except ValueError:
            return math.nan

    def write(self, *operands: str) -> str:
        """The operation on operands already written as text: `a / b`, `-a`, `log(a)`."""
        if not self.precedence:
            return f"{self.name}({', '.join(operands)})"
        if len(operands) == 1:
            return f"{self.symbol}{operands[0]}"
        return f" {self.symbol} ".join(operands)

    def sentence(self, position: int) -> str:
        """The derivative rule by one operand, in words."""
        return self.words if isinstance(self.words, str) else self.words[position]

    def explain(self, operands: tuple[float, ...], written: str = "", at: str = "") -> str:
        """One line for a `DomainError`: what, where, what was needed, and what usually helps."""
        what = written or self.write(*map(repr, operands))
        where = f" at {at}" if at else ""
        if self.kind_of_error(operands) is TooLargeError:
            remedy = "smaller inputs, weights or learning rate"
            return f"{what} exceeds the largest float, 1.8e308{where}. Usual fix: {remedy}."
        needs = f": {self.domain}" if self.domain else ""
        remedy = f". Usual fix: {self.remedy}" if self.remedy else ""
        return f"{what} does not exist{where}{needs}{remedy}."

    def is_outside_domain(self, operands: tuple[float, ...]) -> bool:
        """Whether it is a pole or a point outside the domain, rather than an overflow."""
        return self.kind_of_error(operands) is not TooLargeError

    def kind_of_error(self, operands: tuple[float, ...]) -> type[DomainError]:
        """The error for operands that have no finite value: what Python's floats raise, too."""
        try:
            value = self.forward(*operands)
        except ZeroDivisionError:
            return DivisionByZeroError
        except OverflowError:
            return TooLargeError
        except (ValueError, ArithmeticError):
            return DomainError
        return TooLargeError if math.isinf(value) else DomainError

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> str:
        return self.name_in_table()

    def name_in_table(self) -> str:
        """The name under which the operation can be found again, in another process too."""
        if self.code < 0:
            raise PicklingError(
                f"the operation {self.name!r} is not of autograd.OPERATIONS, so a pickle cannot "
                "refer to it"
            )
        return self.name

    def _bind(self, operands: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        required = len(self.operands) - len(self.defaults)
        bound = dict(zip(self.operands, operands, strict=False))
        unknown = [key for key in named if key not in self.operands or key in bound]
        if unknown or len(operands) > len(self.operands):
            given = f"argument {unknown[0]!r}" if unknown else f"{len(operands)} operands"
            raise TypeError(f"{self.signature} cannot take {given}")
        bound |= named
        missing = [key for key in self.operands[:required] if key not in bound]
        if missing:
            raise TypeError(f"{self.signature} needs {', '.join(missing)}")
        defaults = dict(zip(self.operands[required:], self.defaults, strict=True))
        return tuple((defaults | bound)[key] for key in self.operands)


def add_method(kind: type, operation: Operation) -> None:
    """Let an operation be a method of a class of Values, under its name."""

    def method(value: Value, *operands: Any, **named: Any) -> Any:
        return operation(value, *operands, **named)

    method.__name__ = method.__qualname__ = operation.name
    method.__doc__ = operation.__doc__
    setattr(kind, operation.name, method)


def elementwise(operation: Operation, operands: tuple[Any, ...]) -> Any:
    """An operation on arrays; `protocols.arrays` puts its own in the place of this."""
    raise NotImplementedError


def is_real(x: object) -> bool:
    """Whether x is one real number: int, float, bool, Fraction, Decimal or a NumPy scalar."""
    if isinstance(x, (float, int, numbers.Real, Decimal)):
        return True
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.bool_)


def is_array(x: object) -> bool:
    """Whether x is a NumPy array, which is never so while NumPy is not imported."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray)


def to_float(x: Any, what: str = "expected") -> float:
    """One real number as a float; a TypeError that says what to do for anything else."""
    if not is_real(x):
        raise TypeError(f"{what} a real number, not {type(x).__name__}: {_hint(x)}")
    try:
        return float(x)
    except OverflowError:
        text = f"this {type(x).__name__} exceeds the largest float, 1.8e308"
        raise TooLargeError(text) from None
    except ValueError:  # Decimal("sNaN"), which is made to raise where it is used
        raise DomainError(f"{x!r} is a signalling nan, which no float can be; give nan") from None


class _NoGradient(float):
    """The gradient 0.0 of what has none yet, which says what to do when it is called."""

    __slots__ = ()

    def __call__(self) -> None:
        raise TypeError("grad is a number: call f.backward(), then read x.grad")

    def __reduce__(self) -> tuple[type[float], tuple[float]]:
        return float, (0.0,)


NO_GRADIENT = _NoGradient(0.0)


def refuse_equality(number: Any) -> None:
    """Raise TypeError: `==` between Values asks whether they are one node, never for a number."""
    raise TypeError(
        f"== and in do not compare a Value with a number: ask v.data == {number!r:.40}. "
        "(Between Values, == tells whether they are the same node.)"
    )


def to_label(text: Any) -> str:
    """A label as plain text; a TypeError that says what to do for anything else."""
    if isinstance(text, str):
        return str(text)
    given = f"a label is text, not {type(text).__name__}: {text!r:.60}"
    if isinstance(text, (tuple, list, set)):  # micrograd's Value(data, _children, _op)
        given += ". A result is made by an operator, as in a + b, or a function of autograd; "
        given += "autograd.operation makes a new one"
    raise TypeError(given)


def _hint(x: object) -> str:
    if isinstance(x, (str, bytes)):
        return f"{x!r:.40} is text; convert it first, with float()"
    if isinstance(x, complex):
        return "gradients here are of real functions; take x.real, x.imag or abs(x)"
    if x is None:
        return "None holds no number; is a return missing? (A gradient is cleared by zero_grad().)"
    if hasattr(x, "_apply"):
        return "its number is v.data; to move a parameter, p.data -= learning_rate * p.grad"
    if callable(x):
        return f"{getattr(x, '__name__', 'it')} is a function; call it first"
    if getattr(x, "shape", None) == ():
        return "take the number out, with .item()"
    if hasattr(x, "__len__") or hasattr(x, "shape"):
        return "a Value holds one number; make a list, as in [Value(number) for number in numbers]"
    return f"got {x!r:.60}"
