"""Adam and AdamW: running means of the gradient and of its square."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from autograd import maximum, sqrt
from nn.optim.elementwise import Elementwise, mixed, ratio
from nn.settings import ANY_REAL, ANY_SQUARE, FRACTIONS, FROM_0, SWITCH, WHOLE


class Adam(Elementwise):
    """Momentum, divided by the root of a running mean of the squared gradients.

    params       : as for `SGD`.
    lr           : learning rate, about the length of a step while gradients stay alike.
    betas        : the shares that each step keeps of the running means of the gradient and of its
                   square.
    eps          : keeps the divisor away from 0.
    weight_decay : as for `SGD`; `AdamW` has one that is not divided.
    amsgrad      : divide by the largest such root so far (Reddi, Kale & Kumar, 2018).

    It works like `torch.optim.Adam`; Kingma & Ba, 2015.

    >>> from autograd import Value
    >>> from nn import Adam
    >>> w = Value(3.0)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.9
    """

    settings: ClassVar = {
        "lr": FROM_0,
        "betas": FRACTIONS,
        "eps": FROM_0,
        "weight_decay": FROM_0,
        "amsgrad": SWITCH,
    }
    remembered: ClassVar = {
        "step": WHOLE,
        "exp_avg": ANY_REAL,
        "exp_avg_sq": ANY_SQUARE,
        "max_exp_avg_sq": ANY_SQUARE,
    }
    optional: ClassVar = ("max_exp_avg_sq",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
        }
        super().__init__(params, defaults)

    def update(self, w: Any, gradient: Any, state: dict[str, Any], group: Mapping[str, Any]) -> Any:
        """w - lr * m / √v, where m and v are the means of gradient and gradient².

        Both start at 0, which leaves them too small by a factor of 1 - beta**t after t steps; they
        are divided by it.
        """
        beta1, beta2 = group["betas"]
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * w
        step = state["step"] = state.get("step", 0) + 1
        mean = state["exp_avg"] = mixed(beta1, state.get("exp_avg", 0.0), gradient)
        square = mixed(beta2, state.get("exp_avg_sq", 0.0), gradient * gradient)
        state["exp_avg_sq"] = square
        if group["amsgrad"]:
            square = maximum(state.get("max_exp_avg_sq", 0.0), square)
            state["max_exp_avg_sq"] = square
        root = sqrt(square / (1 - beta2**step))
        return w - group["lr"] * ratio(mean / (1 - beta1**step), root + group["eps"])


class AdamW(Adam):
    """Adam with a weight decay that is not divided: it shrinks every parameter alike.

    weight_decay : each step first takes away this share, times lr, of every parameter.

    Other arguments are as for `Adam`. It works like `torch.optim.AdamW`; Loshchilov & Hutter, 2019.

    >>> from autograd import Value
    >>> from nn import AdamW
    >>> w = Value(3.0)
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)  # 3 minus a twentieth of it, minus 0.1
    2.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)

    def update(self, w: Any, gradient: Any, state: dict[str, Any], group: Mapping[str, Any]) -> Any:
        """w - lr * weight_decay * w, and from there as `Adam` without a decay."""
        w = w * (1 - group["lr"] * group["weight_decay"])
        return super().update(w, gradient, state, {**group, "weight_decay": 0.0})
