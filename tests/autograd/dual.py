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

    def __pow__(self, other: Dual) -> Dual:
        return (self.log() * other).exp()

    def of_slope(self, value: float, slope: float) -> Dual:
        """A function of one number, given its value and its slope here."""
        return Dual(value, self.tangent * slope)

    def tanh(self) -> Dual:
        return self.of_slope(math.tanh(self.real), 1 / math.cosh(self.real) ** 2)

    def sin(self) -> Dual:
        return self.of_slope(math.sin(self.real), math.cos(self.real))

    def cos(self) -> Dual:
        return self.of_slope(math.cos(self.real), -math.sin(self.real))

    def tan(self) -> Dual:
        return self.of_slope(math.tan(self.real), 1 / math.cos(self.real) ** 2)

    def exp(self) -> Dual:
        return self.of_slope(math.exp(self.real), math.exp(self.real))

    def exp2(self) -> Dual:
        return (self * math.log(2)).exp()

    def expm1(self) -> Dual:
        return self.exp() - 1

    def log(self) -> Dual:
        return self.of_slope(math.log(self.real), 1 / self.real)

    def log2(self) -> Dual:
        return self.log() / math.log(2)

    def log10(self) -> Dual:
        return self.log() / math.log(10)

    def log1p(self) -> Dual:
        return (self + 1).log()

    def sqrt(self) -> Dual:
        return self.of_slope(math.sqrt(self.real), 0.5 / math.sqrt(self.real))

    def cbrt(self) -> Dual:
        return self.of_slope(math.cbrt(self.real), 1 / (3 * math.cbrt(self.real) ** 2))

    def square(self) -> Dual:
        return self * self

    def asin(self) -> Dual:
        return self.of_slope(math.asin(self.real), 1 / math.sqrt(1 - self.real**2))

    def acos(self) -> Dual:
        return self.of_slope(math.acos(self.real), -1 / math.sqrt(1 - self.real**2))

    def atan(self) -> Dual:
        return self.of_slope(math.atan(self.real), 1 / (1 + self.real**2))

    def atan2(self, other: Dual) -> Dual:  # of an other above 0
        return (self / other).atan()

    def sinh(self) -> Dual:
        return (self.exp() - (-self).exp()) / 2

    def cosh(self) -> Dual:
        return (self.exp() + (-self).exp()) / 2

    def asinh(self) -> Dual:
        return self.of_slope(math.asinh(self.real), 1 / math.sqrt(self.real**2 + 1))

    def acosh(self) -> Dual:
        return self.of_slope(math.acosh(self.real), 1 / math.sqrt(self.real**2 - 1))

    def atanh(self) -> Dual:
        return self.of_slope(math.atanh(self.real), 1 / (1 - self.real**2))

    def erf(self) -> Dual:
        bell = math.exp(-(self.real**2))
        return self.of_slope(math.erf(self.real), 2 / math.sqrt(math.pi) * bell)

    def hypot(self, other: Dual) -> Dual:
        return (self * self + other * other).sqrt()

    def logaddexp(self, other: Dual) -> Dual:
        return (self.exp() + other.exp()).log()

    def sigmoid(self) -> Dual:
        return Dual(1.0) / ((-self).exp() + 1)

    def relu(self) -> Dual:
        return self if self.real > 0 else Dual(0.0)

    def abs(self) -> Dual:
        return self * ((self.real > 0) - (self.real < 0)) if self.real else Dual(0.0)

    def clip(self, low: float, high: float) -> Dual:
        return self if low <= self.real <= high else Dual(min(max(self.real, low), high))

    def leaky_relu(self, slope: float) -> Dual:
        return self if self.real > 0 else self * slope

    def elu(self, alpha: float) -> Dual:
        return self if self.real > 0 else self.expm1() * alpha

    def gelu(self) -> Dual:
        return self * ((self / math.sqrt(2)).erf() + 1) * 0.5

    def silu(self) -> Dual:
        return self * self.sigmoid()

    def softplus(self) -> Dual:
        return self.logaddexp(Dual(0.0))
