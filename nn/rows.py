"""Rows of numbers: what losses and layers take, looked at before it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from autograd import RecordingError, Value, compare, where

Number = float | Value


def is_row(x: Any) -> bool:
    """Whether x is a sequence or an array, but not text."""
    sequence = isinstance(x, Sequence) and not isinstance(x, (str, bytes))
    return sequence or getattr(x, "ndim", 0) > 0


def as_row(x: Any, what: str) -> list[Value]:
    """The Values of a row; numbers become constants. The error begins with what."""
    if not is_row(x):
        raise TypeError(f"{what} takes a row of numbers, not {type(x).__name__}: {x!r:.60}")
    if len(x) == 0:
        raise ValueError(f"{what} needs at least one number; the row is empty")
    if is_row(x[0]):
        raise TypeError(f"{what} takes one row at a time: [{what}(row) for row in rows]")
    try:
        return [v if isinstance(v, Value) else Value(v).detach() for v in x]
    except TypeError as error:
        raise TypeError(f"{what} takes a row of numbers: {error}") from None


def number_of(value: Value) -> float | None:
    """A Value's number; None inside a compiled function, where it is another in every call."""
    try:
        return value.data
    except RecordingError:
        return None


def chosen(values: Sequence[Value], index: Any, what: str) -> Value:
    """values[index], where a compiled function may be given the index as an argument.

    The error for an index that is not from 0 to len(values) - 1 begins with what. One that a
    compiled function meets when it is replayed raises DomainError, by a division 0 / 0.
    """
    selected = selection(index, len(values), what)
    return values[selected] if isinstance(selected, int) else dot(selected, values)


def selection(index: Any, count: int, what: str) -> int | list[Value]:
    """The index, checked; inside a compiled function a 1 at its place among count 0s."""
    number = number_of(index) if isinstance(index, Value) else index
    if number is None:
        matches = [where(compare(index, k), 0.0, 1.0) for k in range(count)]
        # all 0 for an index that is none, and then their sum has no inverse
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


def as_number(target: Any, what: str) -> Number:
    """A target as a float, or the Value that it is."""
    if isinstance(target, Value):
        return target
    try:
        return Value(target).data
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from None


def reduced(loss: str, terms: list[Any], reduction: str, nested: bool = True) -> Any:
    """The terms' mean or sum, or the terms; the one term itself where it came from a row alone."""
    if reduction == "none":
        return terms if nested else terms[0]
    if reduction not in ("mean", "sum"):
        raise ValueError(f'{loss}: reduction is "mean", "sum" or "none", not {reduction!r:.60}')
    flat = list(flattened(terms))
    return total(flat) if reduction == "sum" or len(flat) == 1 else total(flat) / len(flat)


def flattened(terms: list[Any]) -> Iterator[Value]:
    """The Values of nested lists, in order."""
    for term in terms:
        if isinstance(term, list):
            yield from flattened(term)
        else:
            yield term
