"""SGD: steps against the gradient, with momentum if asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from nn.optim.elementwise import Elementwise
from nn.settings import ANY_REAL, FROM_0, NUMBER, SWITCH


class SGD(Elementwise):
    """Stochastic gradient descent with momentum, as in `torch.optim.SGD`.

    params       : the parameters, or dicts with "params" and settings of their own.
    lr           : learning rate, the length of a step for a gradient of 1.
    momentum     : the share of the previous direction that is kept, from 0.
    dampening    : the share of the gradient that is left out of the direction.
    weight_decay : L2 penalty; adds weight_decay * parameter to the gradient.
    nesterov     : look ahead along the momentum; needs momentum > 0 and dampening 0.

    Raises ValueError for a setting out of range and TypeError for a parameter that is not a leaf
    Value, as all optimisers do.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> w = Value(3.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    2.4
    """

    settings: ClassVar = {
        "lr": FROM_0,
        "momentum": FROM_0,
        "dampening": NUMBER,
        "weight_decay": FROM_0,
        "nesterov": SWITCH,
    }
    remembered: ClassVar = {"momentum_buffer": ANY_REAL}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, defaults)

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Raise ValueError for a setting out of range."""
        super().check_settings(group)
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError("SGD: nesterov needs a momentum above 0 and a dampening of 0")

    def update(self, w: Any, gradient: Any, state: dict[str, Any], group: Mapping[str, Any]) -> Any:
        """w - lr * v, where v = momentum * v + (1 - dampening) * gradient."""
        momentum, dampening = group["momentum"], group["dampening"]
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * w
        direction = gradient
        if momentum:
            velocity = gradient
            if state:  # the first gradient is not dampened
                velocity = momentum * state["momentum_buffer"] + (1 - dampening) * gradient
            state["momentum_buffer"] = velocity
            direction = gradient + momentum * velocity if group["nesterov"] else velocity
        return w - group["lr"] * direction
