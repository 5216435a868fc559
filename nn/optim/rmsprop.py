"""RMSprop: steps divided by the root of a running mean of the squared gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

from autograd import Value
from nn.optim.base import Group, Optimizer, mixed, ratio
from nn.settings import ANY_REAL, ANY_SQUARE, FROM_0, SHARE, SWITCH


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of the squared gradients.

    params       : as for `SGD`.
    lr           : learning rate, about the length of a step while gradients stay alike.
    alpha        : the share of the running mean that each step keeps, from 0 to 1.
    eps          : keeps the divisor away from 0.
    weight_decay : as for `SGD`.
    momentum     : the share of the previous step that is kept, from 0.
    centered     : divide by the standard deviation of the gradients instead (Graves, 2013).

    It works like `torch.optim.RMSprop`; Hinton, lecture 6e, 2012.

    >>> from autograd import Value
    >>> from nn import RMSprop
    >>> w = Value(3.0)
    >>> optimizer = RMSprop([w], lr=0.1, alpha=0.75)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)  # the root of a quarter of its square is half the gradient
    2.8
    """

    settings: ClassVar = {
        "lr": FROM_0,
        "alpha": SHARE,
        "eps": FROM_0,
        "weight_decay": FROM_0,
        "momentum": FROM_0,
        "centered": SWITCH,
    }
    remembered: ClassVar = {
        "square_avg": ANY_SQUARE,
        "grad_avg": ANY_REAL,
        "momentum_buffer": ANY_REAL,
    }
    optional: ClassVar = ("grad_avg", "momentum_buffer")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
        }
        super().__init__(params, defaults)

    def move(self, parameters: list[Value], group: Group) -> None:
        """w -= lr * gradient / √(mean of gradient²)."""
        alpha, momentum = group["alpha"], group["momentum"]
        for w in parameters:
            state = self.state.setdefault(w, {"square_avg": 0.0})
            gradient = w.grad + group["weight_decay"] * w.data
            spread = mixed(alpha, state["square_avg"], gradient * gradient)
            state["square_avg"] = spread
            if group["centered"]:
                # the variance, mean of squares - square of mean, which rounding may take below 0
                mean = mixed(alpha, state.get("grad_avg", 0.0), gradient)
                state["grad_avg"] = mean
                spread = max(spread - mean * mean, 0.0)
            direction = ratio(gradient, math.sqrt(spread) + group["eps"])
            if momentum:
                direction += momentum * state.get("momentum_buffer", 0.0)
                state["momentum_buffer"] = direction
            w.data -= group["lr"] * direction
