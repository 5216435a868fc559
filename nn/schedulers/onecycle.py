"""OneCycleLR: one warm-up and one long descent, while momentum goes the other way."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from nn.optim.base import Optimizer
from nn.schedulers.base import LRScheduler, check_optimizer, one_each
from nn.settings import ABOVE_0, COUNT, FRACTION, SHARE, SWITCH, Setting, check


def each(setting: Setting) -> Setting:
    """The setting of a list with one such value for each parameter group."""
    return Setting(
        f"{setting.words}, or a list of them",
        lambda x: isinstance(x, list) and all(map(setting.allows, x)),
    )


class OneCycleLR(LRScheduler):
    """Raises the learning rate to max_lr and lowers it to nearly nothing, once in a run.

    optimizer               : the one whose param_groups' "lr" it sets, and "momentum" or the first
                              of "betas".
    max_lr                  : the highest rate; a number, or a list with one for each parameter
                              group.
    total_steps             : the number of steps in the cycle; or leave it out and give
    epochs, steps_per_epoch : the two numbers whose product it is.
    pct_start               : the share of the steps on the way up, from 0 to 1.
    anneal_strategy         : "cos" for half cosines up and down, or "linear".
    cycle_momentum          : whether momentum goes from max_momentum to base_momentum and back.
    base_momentum, max_momentum : the limits; numbers, or lists as for max_lr.
    div_factor              : the first rate is max_lr divided by this.
    final_div_factor        : the last rate is the first divided by this.
    three_phase             : go down as steeply as up, and only then on to the last rate.
    last_epoch              : the step to resume from; -1 to start.

    Call `step()` after every batch. Raises ValueError for a step past the cycle's last. Smith &
    Topin, 2018.

    >>> from autograd import Value
    >>> from nn import SGD, OneCycleLR
    >>> optimizer = SGD([Value(1.0)], momentum=0.9)
    >>> scheduler = OneCycleLR(optimizer, max_lr=1.0, total_steps=10, anneal_strategy="linear")
    >>> for batch in range(2):
    ...     scheduler.step()
    >>> scheduler.get_last_lr(), optimizer.param_groups[0]["momentum"]
    ([1.0], 0.85)
    """

    settings: ClassVar = {
        "max_lr": each(ABOVE_0),
        "total_steps": COUNT,
        "pct_start": SHARE,
        "anneal_strategy": Setting("'cos' or 'linear'", lambda x: x in ("cos", "linear")),
        "cycle_momentum": SWITCH,
        "base_momentum": each(FRACTION),
        "max_momentum": each(FRACTION),
        "div_factor": ABOVE_0,
        "final_div_factor": ABOVE_0,
        "three_phase": SWITCH,
    }
    per_batch: ClassVar = True
    by_group: ClassVar = (*LRScheduler.by_group, "max_lr", "base_momentum", "max_momentum")

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer("OneCycleLR", optimizer)
        self.total_steps = counted(total_steps, epochs, steps_per_epoch)
        self.max_lr = one_each("OneCycleLR: max_lr", max_lr, optimizer)
        self.pct_start, self.anneal_strategy = pct_start, anneal_strategy
        self.cycle_momentum, self.three_phase = cycle_momentum, three_phase
        self.base_momentum = one_each("OneCycleLR: base_momentum", base_momentum, optimizer)
        self.max_momentum = one_each("OneCycleLR: max_momentum", max_momentum, optimizer)
        self.div_factor, self.final_div_factor = div_factor, final_div_factor
        self.check_settings(vars(self))
        if cycle_momentum and not {"momentum", "betas"} & set(optimizer.defaults):
            raise ValueError(
                f"OneCycleLR: {type(optimizer).__name__} has no momentum and no betas to cycle; "
                "give cycle_momentum=False"
            )
        if last_epoch == -1:
            for group, highest in zip(optimizer.param_groups, self.max_lr, strict=True):
                group["initial_lr"] = highest / div_factor
        super().__init__(optimizer, last_epoch)

    def check_run(self, epochs: int, batches: int) -> None:
        """Raise ValueError if the cycle has fewer steps than the run has batches."""
        if self.total_steps < epochs * batches:
            raise ValueError(
                f"OneCycleLR has {self.total_steps} steps, one for each batch; "
                f"{epochs} epochs of {batches} batches have {epochs * batches}"
            )

    def get_lr(self) -> list[float]:
        """The rates of this step."""
        rates = []
        for highest in self.max_lr:
            first = highest / self.div_factor
            last = first / self.final_div_factor
            rates.append(self.between([first, highest, *[first] * self.three_phase, last]))
        return rates

    def set_lr(self, rates: list[float]) -> None:
        """Set the rates, and the momentum that goes with them."""
        super().set_lr(rates)
        if not self.cycle_momentum:
            return
        for group, low, high in zip(
            self.optimizer.param_groups, self.base_momentum, self.max_momentum, strict=True
        ):
            momentum = self.between(
                [high, low, high, high] if self.three_phase else [high, low, high]
            )
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            else:
                group["momentum"] = momentum

    def between(self, turns: list[float]) -> float:
        """The number at this step, given those at the turns from phase to phase."""
        step, total = self.last_epoch, self.total_steps
        if step > total:
            raise ValueError(f"OneCycleLR: this is step {step} of a cycle of {total}")
        ends = [self.pct_start * total - 1, total - 1.0]
        if self.three_phase:
            ends.insert(1, 2 * self.pct_start * total - 2)
        phase = next((k for k, end in enumerate(ends[:-1]) if step <= end), len(ends) - 1)
        start, end = ends[phase - 1] if phase else 0.0, ends[phase]
        done = (step - start) / (end - start) if end != start else 1.0  # a phase may have no length
        return self.anneal(turns[phase], turns[phase + 1], done)

    def anneal(self, start: float, end: float, done: float) -> float:
        """The number at a share of the way from start to end."""
        if self.anneal_strategy == "linear":
            return start + (end - start) * done
        return end + (start - end) / 2 * (1 + math.cos(math.pi * done))


def counted(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> Any:
    """The number of steps in the cycle."""
    if total_steps is not None:
        return total_steps
    if epochs is None or steps_per_epoch is None:
        raise ValueError("OneCycleLR takes total_steps, or both epochs and steps_per_epoch")
    check("OneCycleLR: epochs", epochs, COUNT)
    check("OneCycleLR: steps_per_epoch", steps_per_epoch, COUNT)
    return epochs * steps_per_epoch
