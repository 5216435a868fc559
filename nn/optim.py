"""Optimisers: how the parameters follow their gradients. From the simplest to Adam.

Each is a few lines that move the parameters of a group; the rest is in `optimizer.py`. What they do
is what those of torch.optim do, number for number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from autograd import Value
from nn.optimizer import Group, Optimizer
from nn.settings import (
    ANY_REAL,
    ANY_SQUARE,
    FRACTIONS,
    FROM_0,
    NUMBER,
    SHARE,
    SWITCH,
    WHOLE,
)


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, with the meaning of `torch.optim.SGD`.

    params       : the parameters, or dicts with "params" and settings of their own.
    lr           : learning rate, the step for a gradient of 1.
    momentum     : how much of the previous step's direction is kept, from 0.
    dampening    : how much of the gradient is left out of the direction.
    weight_decay : L2 penalty; adds weight_decay * parameter to the gradient.
    nesterov     : look ahead along the momentum; needs momentum > 0 and dampening 0.

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
        """Raise ValueError for a setting that is not what it may be."""
        super().check_settings(group)
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError("SGD: nesterov needs a momentum above 0 and a dampening of 0")

    def move(self, parameters: list[Value], group: Group) -> None:
        """w -= lr * v, where v = momentum * v + (1 - dampening) * gradient."""
        lr, momentum, dampening = group["lr"], group["momentum"], group["dampening"]
        decay, nesterov = group["weight_decay"], group["nesterov"]
        for w in parameters:
            direction = w.grad + decay * w.data
            if momentum:
                state = self.state.setdefault(w, {})
                velocity = direction
                if state:  # the first gradient is not dampened
                    velocity = momentum * state["momentum_buffer"] + (1 - dampening) * direction
                state["momentum_buffer"] = velocity
                direction = direction + momentum * velocity if nesterov else velocity
            w.data -= lr * direction


class Adagrad(Optimizer):
    """Steps that shrink with all the squared gradients so far, each parameter by its own.

    params                    : as for `SGD`.
    lr                        : learning rate, the length of the first step.
    lr_decay                  : how fast lr falls: step number t, from 0, divides it by
                                1 + t * lr_decay.
    weight_decay              : as for `SGD`.
    initial_accumulator_value : what the sum of squares begins with.
    eps                       : keeps the divisor away from 0.

    The meaning is that of `torch.optim.Adagrad`; Duchi, Hazan & Singer, 2011.

    >>> from autograd import Value
    >>> from nn import Adagrad
    >>> w = Value(3.0)
    >>> optimizer = Adagrad([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.5
    """

    settings: ClassVar = {
        "lr": FROM_0,
        "lr_decay": FROM_0,
        "weight_decay": FROM_0,
        "initial_accumulator_value": FROM_0,
        "eps": FROM_0,
    }
    remembered: ClassVar = {"step": WHOLE, "sum": ANY_SQUARE}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
        }
        super().__init__(params, defaults)

    def move(self, parameters: list[Value], group: Group) -> None:
        """w -= lr * gradient / √(sum of gradient²)."""
        start = {"step": 0, "sum": group["initial_accumulator_value"]}
        for w in parameters:
            state = self.state.setdefault(w, dict(start))
            gradient = w.grad + group["weight_decay"] * w.data
            lr = group["lr"] / (1 + state["step"] * group["lr_decay"])
            state["step"] += 1
            state["sum"] += gradient * gradient
            w.data -= lr * ratio(gradient, math.sqrt(state["sum"]) + group["eps"])


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of the squared gradients.

    params       : as for `SGD`.
    lr           : learning rate, about the length of a step while gradients are alike.
    alpha        : how much of the running mean is kept, from 0 to 1.
    eps          : keeps the divisor away from 0.
    weight_decay : as for `SGD`.
    momentum     : how much of the previous step is kept, from 0.
    centered     : divide by the deviation of the gradients, not by the root of their squares.

    The meaning is that of `torch.optim.RMSprop`; Hinton's lecture 6e, 2012; Graves, 2013.

    >>> from autograd import Value
    >>> from nn import RMSprop
    >>> w = Value(3.0)
    >>> optimizer = RMSprop([w], lr=0.1, alpha=0.75)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)  # the root of a quarter of the square is half the gradient
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
                # mean of squares - square of mean, which rounding may take below 0
                mean = mixed(alpha, state.get("grad_avg", 0.0), gradient)
                state["grad_avg"] = mean
                spread = max(spread - mean * mean, 0.0)
            direction = ratio(gradient, math.sqrt(spread) + group["eps"])
            if momentum:
                direction += momentum * state.get("momentum_buffer", 0.0)
                state["momentum_buffer"] = direction
            w.data -= group["lr"] * direction


class Adam(Optimizer):
    """Momentum, divided by the root of a running mean of the squared gradients.

    params       : as for `SGD`.
    lr           : learning rate, about the length of a step while gradients are alike.
    betas        : how much is kept of the running means of the gradient and of its square.
    eps          : keeps the divisor away from 0.
    weight_decay : as for `SGD`; for what goes past the division, see `AdamW`.
    amsgrad      : divide by the largest such root so far.

    The meaning is that of `torch.optim.Adam`; Kingma & Ba, 2015. amsgrad: Reddi, Kale & Kumar,
    2018.

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

    def move(self, parameters: list[Value], group: Group) -> None:
        """w -= lr * m / √v, where m and v are the means of gradient and gradient².

        They begin at 0, so after t steps they are too small by 1 - beta**t, and are divided by it.
        """
        beta1, beta2 = group["betas"]
        start = {"step": 0, "exp_avg": 0.0, "exp_avg_sq": 0.0}
        for w in parameters:
            state = self.state.setdefault(w, dict(start))
            gradient = w.grad + group["weight_decay"] * w.data
            state["step"] += 1
            state["exp_avg"] = mixed(beta1, state["exp_avg"], gradient)
            state["exp_avg_sq"] = mixed(beta2, state["exp_avg_sq"], gradient * gradient)
            square = state["exp_avg_sq"]
            if group["amsgrad"]:
                square = max(state.get("max_exp_avg_sq", 0.0), square)
                state["max_exp_avg_sq"] = square
            mean = state["exp_avg"] / (1 - beta1 ** state["step"])
            root = math.sqrt(square / (1 - beta2 ** state["step"]))
            w.data -= group["lr"] * ratio(mean, root + group["eps"])


class AdamW(Adam):
    """Adam with a weight decay that is not divided: it shrinks every parameter alike.

    weight_decay : each step first takes lr * weight_decay of every parameter.

    The other arguments as for `Adam`. The meaning is that of `torch.optim.AdamW`; Loshchilov &
    Hutter, 2019.

    >>> from autograd import Value
    >>> from nn import AdamW
    >>> w = Value(3.0)
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)  # 3 less a twentieth, less 0.1
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

    def move(self, parameters: list[Value], group: Group) -> None:
        """w -= lr * weight_decay * w, then as `Adam` without a decay."""
        for w in parameters:
            w.data *= 1 - group["lr"] * group["weight_decay"]
        super().move(parameters, {**group, "weight_decay": 0.0})


# ---- what they share ----------------------------------------------------------------------------


def mixed(kept: float, mean: float, number: float) -> float:
    """A running mean, with a number that just came."""
    return kept * mean + (1 - kept) * number


def ratio(top: float, bottom: float) -> float:
    """top / bottom, and 0 where gradients were all 0 and eps is too; PyTorch has nan there."""
    return top / bottom if bottom else 0.0
