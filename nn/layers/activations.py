"""Activations: the functions by which neurons bend their sums, and their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value

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
