"""Numbers of fifty digits, of mpmath's making: derivatives of any order by differences.

    (f(x + h) - f(x - h)) / 2h

with h = 1e-14 is right to twenty digits where f is computed to fifty, and no rule of a derivative
is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath

DIGITS = 50
H = mpmath.mpf(10) ** -14


class Precise:
    """A number with the operators and methods that the programs of `programs.py` use."""

    def __init__(self, number: Any) -> None:
        self.number = number

    def __add__(self, other: Any) -> Precise:
        return Precise(self.number + of(other))

    def __sub__(self, other: Any) -> Precise:
        return Precise(self.number - of(other))

    def __mul__(self, other: Any) -> Precise:
        return Precise(self.number * of(other))

    def __truediv__(self, other: Any) -> Precise:
        return Precise(self.number / of(other))

    def __pow__(self, other: Any) -> Precise:
        return Precise(self.number ** of(other))

    def __neg__(self) -> Precise:
        return Precise(-self.number)

    def __getattr__(self, name: str) -> Callable[..., Precise]:
        function = FUNCTIONS.get(name) or getattr(mpmath, name)
        return lambda *others: Precise(function(self.number, *map(of, others)))


def of(x: Any) -> Any:
    """The number of mpmath's."""
    return x.number if isinstance(x, Precise) else mpmath.mpf(x)


FUNCTIONS: dict[str, Callable[..., Any]] = {  # beside those that mpmath has under the same name
    "abs": abs,
    "exp2": lambda a: mpmath.power(2, a),
    "log2": lambda a: mpmath.log(a) / mpmath.log(2),
    "square": lambda a: a * a,
    "relu": lambda a: max(a, mpmath.mpf(0)),
    "leaky_relu": lambda a, slope: a if a > 0 else a * slope,
    "elu": lambda a, alpha: a if a > 0 else mpmath.expm1(a) * alpha,
    "clip": lambda a, low, high: min(max(a, low), high),
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "softplus": lambda a: mpmath.log(1 + mpmath.exp(a)),
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "silu": lambda a: a / (1 + mpmath.exp(-a)),
    "gelu": lambda a: a * mpmath.ncdf(a),
}


def second_derivative(
    function: Callable[[list[Precise]], Precise],
    at: Sequence[float],
    first: Sequence[float],
    second: Sequence[float],
) -> float:
    """The second derivative of a function of several numbers, along two directions: uᵀ H v."""

    def value(a: int, b: int) -> Any:
        moved = [
            mpmath.mpf(x) + H * (a * mpmath.mpf(u) + b * mpmath.mpf(v))
            for x, u, v in zip(at, first, second, strict=True)
        ]
        return function([Precise(x) for x in moved]).number

    with mpmath.workdps(DIGITS):
        corners = value(1, 1) - value(1, -1) - value(-1, 1) + value(-1, -1)
        return float(corners / (4 * H * H))
