"""Settings: what a number that the user gives, or a file, may be, and the error if it is not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple


class Setting(NamedTuple):
    """What a setting may be, in words and as a test."""

    words: str
    allows: Callable[[Any], bool]


def check(what: str, given: Any, setting: Setting) -> None:
    """Raise ValueError, in which what comes first, for a setting that is not what it may be."""
    if not setting.allows(given):
        raise ValueError(f"{what} is {setting.words}, not {given!r:.60}")


def is_number(x: Any) -> bool:
    """Whether x is a finite real number."""
    return isinstance(x, Real) and math.isfinite(x)


def is_whole(x: Any) -> bool:
    """Whether x is an int, of Python or NumPy, and no bool."""
    return isinstance(x, Integral) and not isinstance(x, bool)


def optional(setting: Setting) -> Setting:
    """The same, or None."""
    return Setting(f"{setting.words}, or None", lambda x: x is None or setting.allows(x))


NUMBER = Setting("a number", is_number)
FROM_0 = Setting("a number from 0", lambda x: is_number(x) and x >= 0)
ABOVE_0 = Setting("a number above 0", lambda x: is_number(x) and x > 0)
SHARE = Setting("a number from 0 to 1", lambda x: is_number(x) and 0 <= x <= 1)
FRACTION = Setting("a number from 0 to below 1", lambda x: is_number(x) and 0 <= x < 1)
FRACTIONS = Setting(
    "a pair of numbers from 0 to below 1",
    lambda x: isinstance(x, (tuple, list)) and len(x) == 2 and all(map(FRACTION.allows, x)),
)
WHOLE = Setting("a whole number from 0", lambda x: is_whole(x) and x >= 0)
COUNT = Setting("a whole number from 1", lambda x: is_whole(x) and x >= 1)
SWITCH = Setting("True or False", lambda x: isinstance(x, bool))
ANY_REAL = Setting("a number", lambda x: isinstance(x, Real))  # also inf and nan
ANY_SQUARE = Setting("a number from 0", lambda x: isinstance(x, Real) and not x < 0)


def plain(x: Any) -> Any:
    """Numbers, text, and lists and dicts of them, as JSON has them."""
    if isinstance(x, Mapping):
        return {key: plain(entry) for key, entry in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(entry) for entry in x]
    if is_whole(x):
        return int(x)
    return float(x) if isinstance(x, Real) and not isinstance(x, bool) else x
