"""Plain numbers for arrays and for Values, and Values for plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Value


def plain_rows(rows: Any) -> Any:
    """Rows, or one of them, as lists and numbers, also if they are an array."""
    return rows.tolist() if hasattr(rows, "tolist") else rows


def plain(given: Any) -> Any:
    """Numbers in the place of Values, in lists, tuples and dicts."""
    if isinstance(given, Value):
        return given.data
    return in_each(plain, given)


def as_values(given: Any) -> Any:
    """Values in the place of numbers, in lists, tuples and dicts."""
    return Value(given) if isinstance(given, float) else in_each(as_values, given)


def in_each(change: Callable[[Any], Any], given: Any) -> Any:
    """A list, a tuple, also a named one, or a dict with its entries changed; else what is given."""
    if isinstance(given, dict):
        return {key: change(x) for key, x in given.items()}
    if isinstance(given, list):  # also one of a kind of its own, as layers give
        return [change(x) for x in given]
    if isinstance(given, tuple):
        entries = map(change, given)
        return given._make(entries) if hasattr(given, "_make") else tuple(entries)
    return given
