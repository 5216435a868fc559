"""ReduceLROnPlateau: the scheduler that follows a metric, such as the loss."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from autograd import Value
from nn.optim.base import Optimizer
from nn.schedulers.base import LRScheduler, check_optimizer, one_each
from nn.settings import ANY_REAL, FRACTION, FROM_0, NUMBER, WHOLE, Setting

RATES = Setting(
    "a number from 0, or a list of them",
    lambda x: all(map(FROM_0.allows, x)) if isinstance(x, list) else FROM_0.allows(x),
)
BEST = Setting("a number, or None before the first", lambda x: x is None or ANY_REAL.allows(x))


class ReduceLROnPlateau(LRScheduler):
    """Multiplies the learning rate by a factor when a metric has stopped improving.

    optimizer      : the one whose param_groups' "lr" it sets.
    mode           : "min" if lower is better, as for a loss, or "max".
    factor         : from 0 to 1, but less than 1.
    patience       : the number of epochs in a row that may pass without an improvement.
    threshold      : the smallest difference from the best so far that counts as an improvement.
    threshold_mode : "rel" if that is a share of the best, or "abs".
    cooldown       : the number of epochs after a reduction that do not count towards patience.
    min_lr         : the lowest rate; a number, or a list with one for each parameter group.
    eps            : reductions this small or smaller are not made.

    Errors are as for `StepLR`.

    >>> from autograd import Value
    >>> from nn import SGD, ReduceLROnPlateau
    >>> scheduler = ReduceLROnPlateau(SGD([Value(1.0)], lr=0.8), factor=0.5, patience=1)
    >>> for loss in [1.0, 0.9, 0.9, 0.9]:
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.4]
    """

    settings: ClassVar = {
        "mode": Setting("'min' or 'max'", lambda x: x in ("min", "max")),
        "factor": FRACTION,
        "patience": WHOLE,
        "threshold": NUMBER,
        "threshold_mode": Setting("'rel' or 'abs'", lambda x: x in ("rel", "abs")),
        "cooldown": WHOLE,
        "min_lr": RATES,
        "eps": FROM_0,
        "best": BEST,
        "num_bad_epochs": WHOLE,
        "cooldown_counter": WHOLE,
    }
    can_follow: ClassVar = False

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        check_optimizer("ReduceLROnPlateau", optimizer)
        self.mode, self.factor, self.patience = mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.eps = cooldown, eps
        self.min_lr = list(min_lr) if isinstance(min_lr, tuple) else min_lr
        self.best: float | None = None  # JSON has no inf
        self.num_bad_epochs = self.cooldown_counter = 0
        self.check_settings(vars(self))
        one_each("ReduceLROnPlateau: min_lr", self.min_lr, optimizer)
        self.optimizer = optimizer
        self.last_epoch = 0
        self._last_lr = self.rates_times(1.0)

    def step(self, metrics: Any) -> None:  # type: ignore[override]
        """Take the metric of the epoch that ended, a number or a Value."""
        current = metrics.data if isinstance(metrics, Value) else Value(metrics).data
        self.last_epoch += 1
        if self.is_better(current):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.set_lr(self.get_lr())
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self.rates_times(1.0)

    def after_epoch(self, loss: float) -> None:
        """Step, with the loss as the metric."""
        self.step(loss)

    def is_better(self, current: float) -> bool:
        """Whether a metric beats the best so far by more than the threshold."""
        sign = 1 if self.mode == "min" else -1
        best = sign * math.inf if self.best is None else self.best
        if self.threshold_mode == "rel":
            return sign * current < sign * (best * (1.0 - sign * self.threshold))
        return sign * current < sign * (best - sign * self.threshold)

    def get_lr(self) -> list[float]:
        """The current rates times factor, but none below min_lr, and no change within eps."""
        rates = self.rates_times(1.0)
        least = one_each("ReduceLROnPlateau: min_lr", self.min_lr, self.optimizer)
        reduced = [max(rate * self.factor, low) for rate, low in zip(rates, least, strict=True)]
        return [
            new if old - new > self.eps else old for old, new in zip(rates, reduced, strict=True)
        ]
