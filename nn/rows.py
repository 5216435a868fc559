"""Rows of numbers: what layers and losses take, and sums over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from autograd import RecordingError, Value, compare, where

Number = float | Value


def is_row(x: Any) -> bool:
    """Whether x is a sequence or an array, but not text."""
    sequence = isinstance(x, Sequence) and not isinstance(x, (str, bytes))
    return sequence or getattr(x, "ndim", 0) > 0


def number_of(value: Value) -> float | None:
    """A Value's number; None inside a compiled function, where every call has a different one."""
    try:
        return value.data
    except RecordingError:
        return None


def chosen(values: Sequence[Value], index: Any, what: str) -> Value:
    """values[index], where the index may be an argument of a compiled function.

    Errors are as for `selection`.
    """
    selected = selection(index, len(values), what)
    return values[selected] if isinstance(selected, int) else dot(selected, values)


def selection(index: Any, count: int, what: str) -> int | list[Value]:
    """The index, checked; inside a compiled function a list of count zeros with a 1 in its place.

    Raises TypeError for an index that is not a number, and ValueError for one that is not a whole
    number from 0 to count - 1; the message begins with what. A compiled function that is replayed
    with such an index raises DomainError, from a division 0 / 0.
    """
    number = number_of(index) if isinstance(index, Value) else index
    if number is None:
        matches = [where(compare(index, k), 0.0, 1.0) for k in range(count)]
        # for an index out of range all are 0, and so is the divisor
        return [matches[0] / total(matches), *matches[1:]]
    try:
        place = Value(number).data
    except TypeError as error:
        raise TypeError(f"{what} is a whole number from 0 to {count - 1}: {error}") from None
    if not (place.is_integer() and 0 <= place < count):
        raise ValueError(f"{what} is a whole number from 0 to {count - 1}, not {number!r:.60}")
    return int(place)


def dot(weights: Iterable[Number], values: Iterable[Value]) -> Value:
    """The sum of the products; a weight that is the plain number 0 or 1 costs no node."""
    products = [
        value if isinstance(weight, float) and weight == 1 else weight * value
        for weight, value in zip(weights, values, strict=True)
        if not (isinstance(weight, float) and weight == 0)
    ]
    return total(products)


def total(values: Sequence[Value]) -> Value:
    """The sum of one or more Values, from left to right."""
    return sum(values[1:], values[0])


def applied_to_each(function: Callable[[Any], Any], x: Any) -> Any:
    """The function applied to a number, or to every number in a row, however nested."""
    return [applied_to_each(function, entry) for entry in x] if is_row(x) else function(x)


def flattened(values: Iterable[Any]) -> Iterator[Value]:
    """The Values of nested lists, in order."""
    for entry in values:
        if isinstance(entry, list):
            yield from flattened(entry)
        else:
            yield entry
