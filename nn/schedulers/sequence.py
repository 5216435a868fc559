"""SequentialLR: one scheduler after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from nn.optim.base import Optimizer
from nn.schedulers.base import EPOCHS, LRScheduler, as_list
from nn.settings import Setting, check


class SequentialLR(LRScheduler):
    """One scheduler after another: each starts afresh, at its own epoch 0, at its milestone.

    schedulers : of the same optimiser, in order; none that needs a metric or is itself a sequence.
    milestones : the epochs at which the second and each later one take over.

    Other arguments are as for `StepLR`.

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
            scheduler.last_epoch -= 1  # making it took a step
        first = self.schedulers[bisect_right(self.milestones, 0)]
        first.begin()
        self._last_lr = first.get_last_lr()

    def check_schedulers(self, optimizer: Optimizer) -> None:
        """Raise TypeError or ValueError for schedulers that cannot follow each other."""
        if not isinstance(self.schedulers, list):
            raise TypeError(f"SequentialLR: schedulers is a list, not {self.schedulers!r:.60}")
        check("SequentialLR: milestones", self.milestones, EPOCHS)
        if sorted(self.milestones) != self.milestones:
            raise ValueError(
                f"SequentialLR: milestones must be in rising order, not {self.milestones!r:.60}"
            )
        for position, scheduler in enumerate(self.schedulers):
            if not isinstance(scheduler, LRScheduler) or not scheduler.can_follow:
                raise TypeError(
                    f"SequentialLR: schedulers[{position}] must be one that steps by epochs alone, "
                    f"such as StepLR, not {scheduler!r:.60}"
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"SequentialLR: schedulers[{position}] belongs to another optimiser"
                )
        if not self.schedulers or len(self.milestones) != len(self.schedulers) - 1:
            raise ValueError(
                "SequentialLR takes a milestone for each scheduler but the first; "
                f"there are {len(self.milestones)} milestones and {len(self.schedulers)} schedulers"
            )

    def step(self) -> None:
        """Go to the next epoch, with the scheduler whose turn it is."""
        self.last_epoch += 1
        turn = bisect_right(self.milestones, self.last_epoch)
        scheduler = self.schedulers[turn]
        if turn and self.milestones[turn - 1] == self.last_epoch:
            scheduler.restart()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def check_run(self, epochs: int, batches: int) -> None:
        """Raise ValueError if one of the schedulers steps once a batch."""
        for scheduler in self.schedulers:
            if scheduler.per_batch:
                name = type(scheduler).__name__
                raise ValueError(f"{name} steps once a batch; it cannot be in a SequentialLR")

    def state_dict(self) -> dict[str, Any]:
        """As for any scheduler, with a list of each one's state as "schedulers"."""
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
