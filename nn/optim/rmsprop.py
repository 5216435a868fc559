"""RMSprop: steps divided by the root of a running mean of the squared gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from autograd import maximum, sqrt
from nn.optim.elementwise import Elementwise, mixed, ratio
from nn.settings import ANY_REAL, ANY_SQUARE, FROM_0, SHARE, SWITCH


class RMSprop(Elementwise):
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

    def update(self, w: Any, gradient: Any, state: dict[str, Any], group: Mapping[str, Any]) -> Any:
        """w - lr * gradient / √(mean of gradient²)."""
        alpha, momentum = group["alpha"], group["momentum"]
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * w
        spread = mixed(alpha, state.get("square_avg", 0.0), gradient * gradient)
        state["square_avg"] = spread
        if group["centered"]:
            # the variance, mean of squares - square of mean, which rounding may take below 0
            mean = state["grad_avg"] = mixed(alpha, state.get("grad_avg", 0.0), gradient)
            spread = maximum(spread - mean * mean, 0.0)
        direction = ratio(gradient, sqrt(spread) + group["eps"])
        if momentum:
            direction = direction + momentum * state.get("momentum_buffer", 0.0)
            state["momentum_buffer"] = direction
        return w - group["lr"] * direction
