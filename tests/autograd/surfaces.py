"""Functions of two numbers whose derivatives are known."""

from __future__ import annotations

from typing import Any

import autograd


def rosenbrock(v: Any) -> Any:
    return (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2


def polar(v: Any) -> Any:
    return [v[0] * autograd.cos(v[1]), v[0] * autograd.sin(v[1])]
