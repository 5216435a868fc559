"""What a caller may choose, checked: a whole number, one of several, a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def check_limits(**limits: int) -> None:
    """Raise TypeError or ValueError for a limit that is not a whole number above 0."""
    for name, limit in limits.items():
        if not isinstance(limit, int) or isinstance(limit, bool):
            raise TypeError(f"{name} is a whole number, not {limit!r:.60}")
        if limit < 1:
            raise ValueError(f"{name} is 1 or more, not {limit}")


def one_of(name: str, given: Any, allowed: tuple[Any, ...]) -> Any:
    """The argument, if it is one of those allowed; else ValueError."""
    if given not in allowed:
        choices = ", ".join("None" if each is None else str(each) for each in allowed)
        raise ValueError(f"{name} is one of {choices}, not {given!r:.60}")
    return given


def listed(name: str, given: Any) -> list[Any]:
    """The argument as a list; TypeError for text, or for what cannot be iterated over."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise TypeError(f"{name} is a list, not {given!r:.60}")
    return list(given)
