"""LayerNorm and RMSNorm: the numbers of a row brought to one size."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from autograd import Value
from nn.layers.dense import as_inputs
from nn.module import Module
from nn.rows import Number, total
from nn.settings import FROM_0, SWITCH, check, check_width


class LayerNorm(Module):
    """A row brought to mean 0 and variance 1, then stretched and moved by parameters.

    normalized_shape   : how many numbers a row has, 1 or more.
    eps                : added to the variance, so that no row divides by 0.
    elementwise_affine : whether there are parameters: `weight`, which begin at 1, and
    bias               : `bias`, which begin at 0.

    For a row x of n numbers it gives (x - mean) / sqrt(variance + eps) * weight + bias, with the
    variance over n, as `torch.nn.LayerNorm` does; Ba, Kiros & Hinton, 2016. Without parameters
    `weight` and `bias` are None.

    >>> from autograd import Value
    >>> from nn import LayerNorm
    >>> norm = LayerNorm(2, eps=0.0)
    >>> [v.data for v in norm([Value(1.0), Value(5.0)])]
    [-1.0, 1.0]
    >>> list(norm.state_dict())
    ['weight.0', 'weight.1', 'bias.0', 'bias.1']
    """

    def __init__(
        self,
        normalized_shape: int,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        check_norm("LayerNorm", normalized_shape, eps, elementwise_affine)
        check("LayerNorm: bias", bias, SWITCH)
        self.normalized_shape = int(normalized_shape)
        self.eps = float(eps)
        self.weight = filled(1.0, normalized_shape) if elementwise_affine else None
        self.bias = filled(0.0, normalized_shape) if elementwise_affine and bias else None

    def forward(self, x: Sequence[Number]) -> list[Value]:
        """The row, normalised."""
        row = as_inputs(x, self.normalized_shape, self)
        mean = total(row) / len(row)
        off = [v - mean for v in row]
        spread = (total([d * d for d in off]) / len(row) + self.eps).sqrt()
        row = [d / spread for d in off]
        if self.weight is not None:
            row = [v * weight for v, weight in zip(row, self.weight, strict=True)]
        if self.bias is not None:
            row = [v + bias for v, bias in zip(row, self.bias, strict=True)]
        return row

    def __repr__(self) -> str:
        without_bias = self.weight is not None and self.bias is None
        return described(self, 1e-5, ", bias=False" if without_bias else "")


class RMSNorm(Module):
    """A row divided by its root mean square, then stretched by parameters.

    normalized_shape   : how many numbers a row has, 1 or more.
    eps                : added to the mean square, so that no row divides by 0; if left out, the
                         smallest step of a float at 1, about 2.2e-16.
    elementwise_affine : whether there are parameters, `weight`, which begin at 1.

    For a row x it gives x / sqrt(mean of x² + eps) * weight, as `torch.nn.RMSNorm` does; Zhang &
    Sennrich, 2019. Without parameters `weight` is None.

    >>> from autograd import Value
    >>> from nn import RMSNorm
    >>> norm = RMSNorm(2, eps=0.0)
    >>> [v.data for v in norm([Value(1.0), Value(7.0)])]
    [0.2, 1.4]
    """

    def __init__(
        self, normalized_shape: int, eps: float | None = None, elementwise_affine: bool = True
    ) -> None:
        eps = sys.float_info.epsilon if eps is None else eps
        check_norm("RMSNorm", normalized_shape, eps, elementwise_affine)
        self.normalized_shape = int(normalized_shape)
        self.eps = float(eps)
        self.weight = filled(1.0, normalized_shape) if elementwise_affine else None

    def forward(self, x: Sequence[Number]) -> list[Value]:
        """The row, normalised."""
        row = as_inputs(x, self.normalized_shape, self)
        size = (total([v * v for v in row]) / len(row) + self.eps).sqrt()
        row = [v / size for v in row]
        if self.weight is not None:
            row = [v * weight for v, weight in zip(row, self.weight, strict=True)]
        return row

    def __repr__(self) -> str:
        return described(self, sys.float_info.epsilon)


def check_norm(name: str, width: int, eps: float, affine: bool) -> None:
    """Raise TypeError or ValueError for settings that cannot be used."""
    check_width(width, f"{name}: normalized_shape")
    check(f"{name}: eps", eps, FROM_0)
    check(f"{name}: elementwise_affine", affine, SWITCH)


def filled(number: float, count: int) -> list[Value]:
    """A list of parameters that begin at a number."""
    return [Value(number) for _ in range(count)]


def described(norm: LayerNorm | RMSNorm, usual_eps: float, more: str = "") -> str:
    """A norm as it would be typed, without the settings that are usual."""
    eps = "" if norm.eps == usual_eps else f", eps={norm.eps!r}"
    affine = "" if norm.weight is not None else ", elementwise_affine=False"
    return f"{type(norm).__name__}({norm.normalized_shape}{eps}{affine}{more})"
