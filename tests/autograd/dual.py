"""Dual numbers: forward-mode derivatives that share no line with the engine they check."""

from __future__ import annotations

import math


class Dual:
    """a + b·ε with ε² = 0, so f(x + ε) = f(x) + f'(x)·ε."""

    def __init__(self, real: float, tangent: float = 0.0) -> None:
        self.real, self.tangent = real, tangent

    @staticmethod
    def of(x: Dual | float) -> Dual:
        return x if isinstance(x, Dual) else Dual(x)

    def __add__(self, other: Dual | float) -> Dual:
        o = Dual.of(other)
        return Dual(self.real + o.real, self.tangent + o.tangent)

    def __sub__(self, other: Dual | float) -> Dual:
        o = Dual.of(other)
        return Dual(self.real - o.real, self.tangent - o.tangent)

    def __mul__(self, other: Dual | float) -> Dual:
        o = Dual.of(other)
        return Dual(self.real * o.real, self.real * o.tangent + self.tangent * o.real)

    def __truediv__(self, other: Dual | float) -> Dual:
        o = Dual.of(other)
        return Dual(self.real / o.real, (self.tangent * o.real - self.real * o.tangent) / o.real**2)

    def __neg__(self) -> Dual:
        return Dual(-self.real, -self.tangent)

    def tanh(self) -> Dual:
        return Dual(math.tanh(self.real), self.tangent / math.cosh(self.real) ** 2)

    def sin(self) -> Dual:
        return Dual(math.sin(self.real), self.tangent * math.cos(self.real))

    def exp(self) -> Dual:
        return Dual(math.exp(self.real), self.tangent * math.exp(self.real))

    def relu(self) -> Dual:
        return self if self.real > 0 else Dual(0.0)
