"""Schedulers: how the learning rate changes from epoch to epoch. From steps to sequences.

Each says in `get_lr` what the rates of the parameter groups become; the rest is in `scheduler.py`.
What they do is what those of torch.optim.lr_scheduler do, number for number: but for `LambdaLR`
they change the present rates, so that two on one optimiser act together.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from nn.optimizer import Optimizer
from nn.scheduler import LRScheduler, check_optimizer, one_each
from nn.settings import ABOVE_0, COUNT, NUMBER, SHARE, WHOLE, Setting, check

EPOCHS = Setting(
    "a list of epochs, whole numbers from 0",
    lambda x: isinstance(x, list) and all(map(WHOLE.allows, x)),
)
UNIT = Setting("a number above 0 and up to 1", lambda x: ABOVE_0.allows(x) and x <= 1)


class StepLR(LRScheduler):
    """Multiplies the learning rate by gamma every step_size epochs.

    optimizer  : whose param_groups' "lr" it sets.
    step_size  : how many epochs, 1 or more.
    gamma      : what it is multiplied by.
    last_epoch : the epoch to go on from; -1 to begin.

    >>> from autograd import Value
    >>> from nn import SGD, StepLR
    >>> optimizer = SGD([Value(1.0)], lr=0.8)
    >>> scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(4):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.2]
    """

    settings: ClassVar = {"step_size": COUNT, "gamma": NUMBER}

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The present rates, times gamma in every epoch number step_size."""
        is_due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return self.rates_times(self.gamma if is_due else 1.0)


class MultiStepLR(LRScheduler):
    """Multiplies the learning rate by gamma at each of the milestones.

    milestones : the epochs at which to; one listed twice counts twice.

    The other arguments as for `StepLR`.

    >>> from autograd import Value
    >>> from nn import SGD, MultiStepLR
    >>> scheduler = MultiStepLR(SGD([Value(1.0)], lr=0.8), [1, 4], gamma=0.5)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.4]
    """

    settings: ClassVar = {"milestones": EPOCHS, "gamma": NUMBER}

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones, self.gamma = as_list(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The present rates, times gamma for each milestone that this epoch is."""
        return self.rates_times(self.gamma ** self.milestones.count(self.last_epoch))


class ExponentialLR(LRScheduler):
    """Multiplies the learning rate by gamma every epoch.

    Arguments as for `StepLR`.

    >>> from autograd import Value
    >>> from nn import SGD, ExponentialLR
    >>> scheduler = ExponentialLR(SGD([Value(1.0)], lr=0.8), gamma=0.5)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.4]
    """

    settings: ClassVar = {"gamma": NUMBER}

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The present rates times gamma."""
        return self.rates_times(self.gamma)

    def first_lr(self) -> list[float]:
        """The present rates."""
        return self.rates_times(1.0)


class LinearLR(LRScheduler):
    """Leads the learning rate from one share of it to another along a line: a warm-up.

    start_factor : the share in the first epoch, above 0, up to 1.
    end_factor   : the share from epoch total_iters on, from 0 to 1.
    total_iters  : how many epochs it takes, 1 or more.

    The other arguments as for `StepLR`.

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
        """The present rates, times the share of this epoch over that of the last."""
        if self.last_epoch > self.total_iters:
            return self.rates_times(1.0)
        slope = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * slope
        return self.rates_times(1.0 + slope / before)

    def first_lr(self) -> list[float]:
        """The first share of the rates."""
        return self.rates_times(self.start_factor if self.last_epoch == 0 else 1.0)


class CosineAnnealingLR(LRScheduler):
    """Leads the learning rate down to eta_min and up again along a cosine.

    T_max   : how many epochs it takes to the bottom, 1 or more.
    eta_min : the rate there.

    The rate is eta_min + (lr - eta_min) * (1 + cos(π * epoch / T_max)) / 2; Loshchilov & Hutter,
    2017, without their restarts. The other arguments as for `StepLR`.

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
        """The present rates, their distance to eta_min times the cosine's of two epochs."""
        bottom = self.eta_min
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # up from the bottom, from 0
            up = self.height(1 + self.T_max) / 2
            rates = zip(self.optimizer.param_groups, self.base_lrs, strict=True)
            return [group["lr"] + (base - bottom) * up for group, base in rates]
        factor = self.height(self.last_epoch) / self.height(self.last_epoch - 1)
        return [bottom + (group["lr"] - bottom) * factor for group in self.optimizer.param_groups]

    def height(self, epoch: int) -> float:
        """1 + cos(π * epoch / T_max), from 2 at the top to 0 at the bottom."""
        return 1 + math.cos(math.pi * epoch / self.T_max)

    def first_lr(self) -> list[float]:
        """The present rates."""
        return self.rates_times(1.0)


class LambdaLR(LRScheduler):
    """Sets the learning rate to a function of the epoch, times what it was at first.

    lr_lambda : a function from the epoch, counted from 0, to a factor; or a list of such, one for
                each parameter group. They are no part of the saved state.

    The other arguments as for `StepLR`.

    >>> from autograd import Value
    >>> from nn import SGD, LambdaLR
    >>> scheduler = LambdaLR(SGD([Value(1.0)], lr=0.8), lambda epoch: 1 / (1 + epoch))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.4]
    """

    unsaved: ClassVar = ("optimizer", "lr_lambdas")

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        check_optimizer("LambdaLR", optimizer)
        self.lr_lambdas = one_each("LambdaLR: lr_lambda", lr_lambda, optimizer)
        for factor in self.lr_lambdas:
            if not callable(factor):
                raise TypeError(
                    f"LambdaLR: lr_lambda is a function of the epoch, not {factor!r:.60}"
                )
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The first rates times the factors of this epoch."""
        rates = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * factor(self.last_epoch) for base, factor in rates]


class SequentialLR(LRScheduler):
    """One scheduler after another: each begins afresh, at its epoch 0, at its milestone.

    schedulers : of the same optimiser, in order; none that needs a metric or is itself a sequence.
    milestones : the epochs at which the second and those after it take over.

    The other arguments as for `StepLR`.

    >>> from autograd import Value
    >>> from nn import SGD, ExponentialLR, LinearLR, SequentialLR
    >>> optimizer = SGD([Value(1.0)], lr=0.8)
    >>> warm_up = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> decay = ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = SequentialLR(optimizer, [warm_up, decay], milestones=[2])
    >>> for epoch in range(4):
    ...     print(round(scheduler.get_last_lr()[0], 12))
    ...     scheduler.step()
    0.4
    0.6
    0.8
    0.4
    """

    settings: ClassVar = {"milestones": EPOCHS}
    unsaved: ClassVar = ("optimizer", "schedulers")
    can_follow: ClassVar = False

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Iterable[LRScheduler],
        milestones: Iterable[int],
        last_epoch: int = -1,
    ) -> None:
        self.schedulers, self.milestones = as_list(schedulers), as_list(milestones)
        self.check_schedulers(optimizer)
        self.attach(optimizer, last_epoch)
        self.last_epoch += 1
        for group, rate in zip(optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = rate
        for scheduler in self.schedulers:
            scheduler.last_epoch -= 1  # each took a step when it was made
        first = self.schedulers[bisect_right(self.milestones, 0)]
        first.begin()
        self._last_lr = first.get_last_lr()

    def check_schedulers(self, optimizer: Optimizer) -> None:
        """Refuse schedulers that cannot follow each other."""
        if not isinstance(self.schedulers, list):
            raise TypeError(f"SequentialLR: schedulers is a list, not {self.schedulers!r:.60}")
        check("SequentialLR: milestones", self.milestones, EPOCHS)
        if sorted(self.milestones) != self.milestones:
            raise ValueError(f"SequentialLR: milestones rise, and are not {self.milestones!r:.60}")
        for position, scheduler in enumerate(self.schedulers):
            if not isinstance(scheduler, LRScheduler) or not scheduler.can_follow:
                raise TypeError(
                    f"SequentialLR: schedulers[{position}] is one that steps by the epoch alone, "
                    f"such as StepLR, not {scheduler!r:.60}"
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"SequentialLR: schedulers[{position}] is of another optimiser")
        if not self.schedulers or len(self.milestones) != len(self.schedulers) - 1:
            raise ValueError(
                "SequentialLR takes a milestone for each scheduler but the first; "
                f"there are {len(self.milestones)} milestones and {len(self.schedulers)} schedulers"
            )

    def step(self) -> None:
        """Go to the next epoch, by the scheduler whose turn it is."""
        self.last_epoch += 1
        turn = bisect_right(self.milestones, self.last_epoch)
        scheduler = self.schedulers[turn]
        if turn and self.milestones[turn - 1] == self.last_epoch:
            scheduler.restart()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """As of any scheduler, with "schedulers", a list of the states of each."""
        states = [scheduler.state_dict() for scheduler in self.schedulers]
        return {**super().state_dict(), "schedulers": states}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """As for any scheduler."""
        own = self.read(state)
        states = own.pop("schedulers")
        count = len(self.schedulers)
        listed = Setting(
            f"a list of {count} states", lambda x: isinstance(x, list) and len(x) == count
        )
        check("SequentialLR: schedulers", states, listed)
        read = [s.read(saved) for s, saved in zip(self.schedulers, states, strict=True)]
        vars(self).update(own)
        for scheduler, saved in zip(self.schedulers, read, strict=True):
            vars(scheduler).update(saved)


def as_list(given: Any) -> Any:
    """Any iterable but text as a list; what is none is left for the checks to name."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else given
