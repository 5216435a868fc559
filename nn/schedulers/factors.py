"""Schedulers that multiply the rates by a factor: at some epochs, at each, or by a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from nn.optim.base import Optimizer
from nn.schedulers.base import EPOCHS, LRScheduler, as_list, check_optimizer, one_each
from nn.settings import COUNT, NUMBER


class StepLR(LRScheduler):
    """Multiplies the learning rate by gamma every step_size epochs.

    optimizer  : the one whose param_groups' "lr" it sets.
    step_size  : the number of epochs, 1 or more.
    gamma      : the factor.
    last_epoch : the epoch to resume from; -1 to start.

    Raises ValueError for a setting out of range, and TypeError for anything but an optimizer, as
    all schedulers do.

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
        """The current rates, times gamma in each epoch whose number step_size divides."""
        is_due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return self.rates_times(self.gamma if is_due else 1.0)


class MultiStepLR(LRScheduler):
    """Multiplies the learning rate by gamma at each of the milestones.

    milestones : those epochs; one listed twice counts twice.

    Other arguments are as for `StepLR`.

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
        """The current rates, times gamma for each milestone at this epoch."""
        return self.rates_times(self.gamma ** self.milestones.count(self.last_epoch))


class ExponentialLR(LRScheduler):
    """Multiplies the learning rate by gamma every epoch.

    Arguments are as for `StepLR`.

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
        """The current rates times gamma."""
        return self.rates_times(self.gamma)

    def first_lr(self) -> list[float]:
        """The current rates."""
        return self.rates_times(1.0)


class LambdaLR(LRScheduler):
    """Sets the learning rate to its first value times a function of the epoch.

    lr_lambda : a function from the epoch, counted from 0, to a factor; or a list of them, one for
                each parameter group. They are not part of the saved state.

    Other arguments are as for `StepLR`.

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
