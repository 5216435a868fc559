"""sum, mean and dot: operations of any number of operands, each of them one node.

An entry of the table has so many operands. Here there is an operation for each number of operands,
made when it is first asked for. All three add from left to right, as a loop over + would, so a
compiled function, which takes them apart into additions, gives the same numbers to the last bit.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, reduce
from typing import Any, TypeVar, overload

from autograd.engine import Value, constant, make
from autograd.primitive import Operation, is_array, to_float

LONGEST = 8  # operands that a formula shows; of more it shows the first and the last
WORDS = {
    "sum": "a sum passes the gradient on unchanged to all its operands",
    "mean": "a mean shares the gradient out evenly: 1/n to each operand",
    "dot": "each factor of a dot product gets the gradient times its partner",
}
SYMBOLS = {"sum": "Σ", "mean": "mean", "dot": "dot"}

Number = TypeVar("Number")


class Fold(Operation):
    """The sum or the mean of so many operands, or the dot product of two rows of half as many.

    The operands of a dot product are its two rows, one after the other.
    """

    def __init__(self, name: str, count: int) -> None:
        self.__name__ = self.name = name
        self.symbol, self.words = SYMBOLS[name], WORDS[name]
        self.count = count
        self.derivatives = Rules(self)  # type: ignore[assignment]
        self.domain = self.remedy = ""
        self.defaults = ()
        self.precedence = 0
        self.code = -1
        self.signature = f"{name}({'rows' if name == 'dot' else 'row'})"
        self.__doc__ = WORDS[name]

    def __call__(self, *operands: Any, **named: Any) -> Any:
        """A node of Values and numbers, which become constants."""
        if named or len(operands) != self.count:
            raise TypeError(f"{self!r} takes {self.count} operands")
        nodes = tuple([v if isinstance(v, Value) else constant(to_float(v)) for v in operands])
        numbers = [node._data for node in nodes]
        return make(self, self.forward(*numbers), nodes, self.slopes(numbers))

    @property
    def operands(self) -> tuple[str, ...]:  # type: ignore[override]
        """Their names: x1, x2 and so on."""
        return tuple([f"x{k}" for k in range(1, self.count + 1)])

    def forward(self, *operands: Any) -> Any:
        """The value, added from left to right."""
        return self.fold(operands, operator.add, operator.mul, operator.truediv)

    def fold(
        self,
        operands: Sequence[Number],
        add: Callable[[Number, Number], Number],
        mul: Callable[[Number, Number], Number],
        div: Callable[[Number, float], Number],
    ) -> Number:
        """The value by the operations that are given."""
        if self.name == "dot":
            half = self.count // 2
            return reduce(add, map(mul, operands[:half], operands[half:]))
        total = reduce(add, operands)
        return div(total, float(self.count)) if self.name == "mean" else total

    def slopes(self, numbers: list[float]) -> array[float]:
        """The derivative by each operand."""
        if self.name == "dot":
            half = self.count // 2
            return array("d", numbers[half:] + numbers[:half])
        return array("d", [1 / self.count if self.name == "mean" else 1.0]) * self.count

    def derivative(self, position: int, out: Any, operands: Sequence[Any]) -> Any:
        """As `derivatives[position]`, without handing on all operands."""
        if self.name == "dot":
            return operands[position - self.count // 2]  # the partner, as far before as behind
        return 1 / self.count if self.name == "mean" else 1.0

    def rows(self, parts: Sequence[str]) -> list[Sequence[str]]:
        """What belongs to the operands, in one row or two."""
        half = self.count // 2
        return [parts[:half], parts[half:]] if self.name == "dot" else [parts]

    def write(self, *operands: str) -> str:
        if not operands:
            return f"{self.name} of {self.count:,}"
        rows = [f"[{', '.join(row)}]" for row in self.rows(operands)]
        return f"{self.name}({', '.join(rows)})"

    def explain(self, operands: tuple[float, ...], written: str = "", at: str = "") -> str:
        if len(operands) > LONGEST:
            written, at = f"the {self.name} of {len(operands):,} operands", ""
        return super().explain(operands, written, at)

    def name_in_table(self) -> str:
        return self.name

    def __reduce__(self) -> Any:
        return fold_of, (self.name, self.count)


class Rules(Sequence[Callable[..., Any]]):
    """The rules of a fold, one for each operand, without a list of them."""

    def __init__(self, operation: Fold) -> None:
        self.operation = operation

    def __len__(self) -> int:
        return self.operation.count

    def __getitem__(self, position: Any) -> Any:
        if not -len(self) <= position < len(self):
            raise IndexError(position)
        return lambda out, *operands: self.operation.derivative(position, out, operands)


@lru_cache(maxsize=256)
def fold_of(name: str, count: int) -> Fold:
    """The sum, mean or dot of so many operands."""
    return Fold(name, count)


def shown(row: Sequence[str], dots: str = "…") -> list[str]:
    """The pieces of a row that a formula shows, with dots for the rest."""
    return list(row) if len(row) <= LONGEST else [*row[:3], dots, row[-1]]


# ---- for users ----------------------------------------------------------------------------------


@overload
def sum(values: Iterable[float]) -> float: ...  # type: ignore[overload-overlap]  # noqa: A001
@overload
def sum(values: Iterable[Value | float]) -> Value: ...  # noqa: A001
def sum(values: Iterable[Any]) -> Any:  # noqa: A001, NumPy's name
    """The sum of numbers and Values, added from left to right, as one node; 0.0 of none.

    values : a list, a generator or an array, of which all entries are added.

    Numbers alone give a number. Raises TypeError for anything but a row of numbers, and DomainError
    where the sum exceeds a float.

    >>> import autograd
    >>> xs = [autograd.Value(x) for x in (1.0, 2.0, 4.0)]
    >>> total = autograd.sum(xs)
    >>> total.op, total.data, len(total.operands)
    ('Σ', 7.0, 3)
    """
    row = as_row(values, "sum")
    return folded("sum", row) if row else 0.0


@overload
def mean(values: Iterable[float]) -> float: ...  # type: ignore[overload-overlap]
@overload
def mean(values: Iterable[Value | float]) -> Value: ...
def mean(values: Iterable[Any]) -> Any:
    """The mean of numbers and Values, their `sum` over how many they are, as one node.

    Arguments and errors are as for `sum`; ValueError for an empty row.

    >>> from autograd import Value, mean
    >>> middle = mean([Value(1.0), Value(2.0), Value(6.0)])
    >>> middle.data, middle.local_grads[0] == 1 / 3
    (3.0, True)
    """
    row = as_row(values, "mean")
    if not row:
        raise ValueError("mean needs at least one number; the row is empty")
    return folded("mean", row)


@overload
def dot(a: Iterable[float], b: Iterable[float]) -> float: ...  # type: ignore[overload-overlap]
@overload
def dot(a: Iterable[Value | float], b: Iterable[Value | float]) -> Value: ...
def dot(a: Iterable[Any], b: Iterable[Any]) -> Any:
    """a[0] * b[0] + a[1] * b[1] + ..., added from left to right, as one node; 0.0 of empty rows.

    Arguments and errors are as for `sum`; ValueError for rows of different lengths.

    >>> from autograd import Value, dot
    >>> w = [Value(2.0), Value(-1.0)]
    >>> y = dot(w, [3.0, 5.0])
    >>> y.backward()
    >>> y.data, [v.grad for v in w]
    (1.0, [3.0, 5.0])
    """
    left, right = as_row(a, "dot"), as_row(b, "dot")
    if len(left) != len(right):
        raise ValueError(
            f"dot takes two rows of one length; these have {len(left)} and {len(right)} numbers"
        )
    return folded("dot", [*left, *right]) if left else 0.0


def folded(name: str, row: list[Any]) -> Any:
    """A node where there is a Value among the operands, else a number."""
    operation = fold_of(name, len(row))
    if any(isinstance(x, Value) for x in row):
        return operation(*row)
    return operation.evaluate(*row)


def as_row(values: Any, what: str) -> list[Any]:
    """Values and floats, from anything that holds a row of them. The error begins with what."""
    if is_array(values):
        values = values.ravel().tolist()
    if isinstance(values, (str, bytes, Value)) or not isinstance(values, Iterable):
        raise TypeError(
            f"{what} takes a row of numbers, not {type(values).__name__}: {values!r:.60}"
        )
    entries = list(values)
    try:
        return [x if isinstance(x, Value) else to_float(x) for x in entries]
    except TypeError as error:
        if any(isinstance(x, (list, tuple)) for x in entries):
            raise TypeError(f"{what} takes one row at a time: [{what}(x) for x in rows]") from None
        raise TypeError(f"{what} takes a row of numbers: {error}") from None


FOLDS: dict[str, Callable[..., Any]] = {"sum": sum, "mean": mean, "dot": dot}
