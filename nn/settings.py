"""Settings: which values an argument, or a number in a file, may have, and the error otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple, TypeGuard


class Setting(NamedTuple):
    """What a setting may be, in words and as a test."""

    words: str
    allows: Callable[[Any], bool]


def check(what: str, given: Any, setting: Setting) -> None:
    """Raise ValueError for a value that the setting does not allow; the message begins with what.

    >>> from nn.settings import FROM_0, check
    >>> check("SGD: lr", -1, FROM_0)
    Traceback (most recent call last):
    ValueError: SGD: lr is a number from 0, not -1
    """
    if not setting.allows(given):
        raise ValueError(f"{what} is {setting.words}, not {given!r:.60}")


def check_width(width: object, what: str) -> None:
    """Raise TypeError for a width that is not a whole number, ValueError for one below 1."""
    if not is_whole(width):
        raise TypeError(f"{what} is a whole number, not {width!r:.60}")
    if width < 1:
        raise ValueError(f"{what} is at least 1, not {width}")


def is_number(x: Any) -> bool:
    """Whether x is a finite real number."""
    return isinstance(x, Real) and math.isfinite(x)


def is_whole(x: Any) -> TypeGuard[int]:
    """Whether x is an integer, Python's or NumPy's, but not a bool."""
    return isinstance(x, Integral) and not isinstance(x, bool)


def optional(setting: Setting) -> Setting:
    """The same setting, which may also be None."""
    return Setting(f"{setting.words}, or None", lambda x: x is None or setting.allows(x))


NUMBER = Setting("a number", is_number)
FROM_0 = Setting("a number from 0", lambda x: is_number(x) and x >= 0)
ABOVE_0 = Setting("a number above 0", lambda x: is_number(x) and x > 0)
SHARE = Setting("a number from 0 to 1", lambda x: is_number(x) and 0 <= x <= 1)
FRACTION = Setting("a number from 0 to 1, but less than 1", lambda x: is_number(x) and 0 <= x < 1)
FRACTIONS = Setting(
    "a pair of numbers from 0 to 1, but less than 1",
    lambda x: isinstance(x, (tuple, list)) and len(x) == 2 and all(map(FRACTION.allows, x)),
)
WHOLE = Setting("a whole number from 0", lambda x: is_whole(x) and x >= 0)
COUNT = Setting("a whole number from 1", lambda x: is_whole(x) and x >= 1)
SWITCH = Setting("True or False", lambda x: isinstance(x, bool))
ANY_REAL = Setting("a number", lambda x: isinstance(x, Real))  # inf and nan included
ANY_SQUARE = Setting("a number from 0", lambda x: isinstance(x, Real) and not x < 0)


def plain(x: Any) -> Any:
    """Numbers, text, and lists and dicts of them, in the types that JSON can hold."""
    if isinstance(x, Mapping):
        return {key: plain(entry) for key, entry in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(entry) for entry in x]
    if is_whole(x):
        return int(x)
    return float(x) if isinstance(x, Real) and not isinstance(x, bool) else x
