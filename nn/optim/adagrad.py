"""Adagrad: steps divided by the root of the sum of all squared gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from autograd import sqrt
from nn.optim.elementwise import Elementwise, ratio
from nn.settings import ANY_SQUARE, FROM_0, WHOLE


class Adagrad(Elementwise):
    """Steps that shrink as squared gradients add up, for each parameter separately.

    params                    : as for `SGD`.
    lr                        : learning rate, the length of the first step.
    lr_decay                  : how fast lr falls: step t, counted from 0, divides it by
                                1 + t * lr_decay.
    weight_decay              : as for `SGD`.
    initial_accumulator_value : where the sum of squares starts.
    eps                       : keeps the divisor away from 0.

    It works like `torch.optim.Adagrad`; Duchi, Hazan & Singer, 2011.

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

    def update(self, w: Any, gradient: Any, state: dict[str, Any], group: Mapping[str, Any]) -> Any:
        """w - lr * gradient / √(sum of gradient²)."""
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * w
        before = state.get("step", 0)
        lr = group["lr"] / (1 + before * group["lr_decay"])
        start = group["initial_accumulator_value"]
        total = state.get("sum", start) + gradient * gradient
        state["step"], state["sum"] = before + 1, total
        return w - lr * ratio(gradient, sqrt(total) + group["eps"])
