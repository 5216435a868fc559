"""Plain numbers for arrays and for Values, and Values for plain numbers."""

from __future__ import annotations

from typing import Any

from autograd import Value


def plain_rows(rows: Any) -> Any:
    """Rows, or one of them, as lists and numbers, also if they are an array."""
    return rows.tolist() if hasattr(rows, "tolist") else rows


def plain(given: Any) -> Any:
    """Numbers in the place of Values, in lists, tuples and dicts."""
    if isinstance(given, Value):
        return given.data
    if isinstance(given, dict):
        return {key: plain(x) for key, x in given.items()}
    if type(given) in (list, tuple):
        return type(given)(map(plain, given))
    return given


def as_values(given: Any) -> Any:
    """Values in the place of numbers, in lists, tuples and dicts."""
    if isinstance(given, dict):
        return {key: as_values(x) for key, x in given.items()}
    if type(given) in (list, tuple):
        return type(given)(map(as_values, given))
    return Value(given) if isinstance(given, float) else given
