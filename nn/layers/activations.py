"""Activations: the functions by which neurons bend their sums, their names, and modules of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value
from nn.module import Module
from nn.rows import applied_to_each

Activation = str | Callable[[Value], Value] | None

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": autograd.relu,
    "leaky_relu": autograd.leaky_relu,
    "elu": autograd.elu,
    "gelu": autograd.gelu,
    "silu": autograd.silu,
    "softplus": autograd.softplus,
    "sigmoid": autograd.sigmoid,
    "tanh": autograd.tanh,
}


def choose_activation(activation: Activation) -> Callable[[Value], Value]:
    """The function for an activation's name, or the function itself."""
    if activation is None:
        return linear
    if callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        names = ", ".join(ACTIVATIONS)
        raise ValueError(f"activation is one of {names}, None or a function, not {activation!r}")
    return ACTIVATIONS[activation]


def linear(x: Value) -> Value:
    """No activation."""
    return x


def written(activation: Activation) -> str:
    """An activation as it would be typed."""
    if activation is None or isinstance(activation, str):
        return repr(activation)
    return getattr(activation, "__name__", repr(activation))


# ---- as modules, by PyTorch's names -------------------------------------------------------------


class ReLU(Module):
    """max(0, x) of a Value, or of each in a row, however nested.

    `ReLU`, `Tanh` and `Sigmoid` are for code written for PyTorch: in a `Sequential`, "relu" and all
    other names of activations do the same.

    >>> from nn import Linear, ReLU, Sequential
    >>> Sequential(Linear(2, 8), ReLU(), Linear(8, 1))
    Sequential(Linear(2, 8), ReLU(), Linear(8, 1))
    >>> from autograd import Value
    >>> [v.data for v in ReLU()([Value(-1.0), Value(2.0)])]
    [0.0, 2.0]
    """

    def forward(self, x: Any) -> Any:
        """The activation of each number."""
        return applied_to_each(autograd.relu, x)


class Tanh(Module):
    """tanh(x) of a Value, or of each in a row, however nested.

    >>> from autograd import Value
    >>> from nn import Tanh
    >>> [v.data for v in Tanh()([Value(0.0), Value(100.0)])]
    [0.0, 1.0]
    """

    def forward(self, x: Any) -> Any:
        """The activation of each number."""
        return applied_to_each(autograd.tanh, x)


class Sigmoid(Module):
    """1 / (1 + exp(-x)) of a Value, or of each in a row, however nested.

    >>> from autograd import Value
    >>> from nn import Sigmoid
    >>> [v.data for v in Sigmoid()([Value(0.0), Value(100.0)])]
    [0.5, 1.0]
    """

    def forward(self, x: Any) -> Any:
        """The activation of each number."""
        return applied_to_each(autograd.sigmoid, x)
