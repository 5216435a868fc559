"""Schedulers that move the rates along a line or a cosine, over a given number of epochs."""

from __future__ import annotations

import math
from typing import ClassVar

from nn.optim.base import Optimizer
from nn.schedulers.base import LRScheduler
from nn.settings import ABOVE_0, COUNT, NUMBER, SHARE, Setting

UNIT = Setting("a number above 0 and up to 1", lambda x: ABOVE_0.allows(x) and x <= 1)


class LinearLR(LRScheduler):
    """Moves the learning rate in a straight line from one share of it to another: a warm-up.

    start_factor : the share in the first epoch, above 0, up to 1.
    end_factor   : the share from epoch total_iters on, from 0 to 1.
    total_iters  : the number of epochs that it takes, 1 or more.

    Other arguments are as for `StepLR`.

    >>> from autograd import Value
    >>> from nn import SGD, LinearLR
    >>> scheduler = LinearLR(SGD([Value(1.0)], lr=0.8), start_factor=0.5, total_iters=2)
    >>> scheduler.get_last_lr()
    [0.4]
    >>> scheduler.step()
    >>> round(scheduler.get_last_lr()[0], 12)
    0.6
    """

    settings: ClassVar = {"start_factor": UNIT, "end_factor": SHARE, "total_iters": COUNT}

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The current rates, times the share of this epoch over the previous one's."""
        if self.last_epoch > self.total_iters:
            return self.rates_times(1.0)
        slope = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * slope
        return self.rates_times(1.0 + slope / before)

    def first_lr(self) -> list[float]:
        """The first share of the rates."""
        return self.rates_times(self.start_factor if self.last_epoch == 0 else 1.0)


class CosineAnnealingLR(LRScheduler):
    """Moves the learning rate down to eta_min and up again along a cosine.

    T_max   : the number of epochs from the top to the bottom, 1 or more.
    eta_min : the rate at the bottom.

    The rate is eta_min + (lr - eta_min) * (1 + cos(π * epoch / T_max)) / 2; Loshchilov & Hutter,
    2017, without their restarts. Other arguments are as for `StepLR`.

    >>> from autograd import Value
    >>> from nn import SGD, CosineAnnealingLR
    >>> scheduler = CosineAnnealingLR(SGD([Value(1.0)], lr=0.8), T_max=2)
    >>> scheduler.step()
    >>> round(scheduler.get_last_lr()[0], 12)
    0.4
    """

    settings: ClassVar = {"T_max": COUNT, "eta_min": NUMBER}

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,  # noqa: N803 - PyTorch's name
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The current rates, whose distance from eta_min changes as the cosine's height does."""
        bottom = self.eta_min
        at_bottom = (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0
        if at_bottom:  # the height was 0, which gives no ratio
            up = self.height(1 + self.T_max) / 2
            rates = zip(self.optimizer.param_groups, self.base_lrs, strict=True)
            return [group["lr"] + (base - bottom) * up for group, base in rates]
        factor = self.height(self.last_epoch) / self.height(self.last_epoch - 1)
        return [bottom + (group["lr"] - bottom) * factor for group in self.optimizer.param_groups]

    def height(self, epoch: int) -> float:
        """1 + cos(π * epoch / T_max), from 2 at the top to 0 at the bottom."""
        return 1 + math.cos(math.pi * epoch / self.T_max)

    def first_lr(self) -> list[float]:
        """The current rates."""
        return self.rates_times(1.0)
