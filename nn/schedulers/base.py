"""LRScheduler: what all schedulers share, from the first epoch to a state to resume from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from nn.optim.base import Optimizer
from nn.settings import NUMBER, WHOLE, Setting, check, is_number, is_whole, plain

EPOCH = Setting("a whole number from -1", lambda x: is_whole(x) and x >= -1)
EPOCHS = Setting(
    "a list of epochs, whole numbers from 0",
    lambda x: isinstance(x, list) and all(map(WHOLE.allows, x)),
)


class LRScheduler:
    """Sets the learning rates of an optimiser's parameter groups, epoch by epoch.

    optimizer  : the one whose param_groups' "lr" it sets; "initial_lr" keeps their first rate.
    last_epoch : the epoch to resume from; -1 to start.

    A subclass sets its settings as attributes, says in `settings` which values are allowed, and
    defines `get_lr`; one with `per_batch = True` is stepped by `fit` after each batch, not each
    epoch. Making a scheduler sets the rates of the first epoch. So to resume a run, make optimiser
    and scheduler as for a new one, and then load the states of both.

    >>> from autograd import Value
    >>> from nn import SGD, LRScheduler
    >>> class Harmonic(LRScheduler):
    ...     def get_lr(self):
    ...         return [rate / (1 + self.last_epoch) for rate in self.base_lrs]
    >>> scheduler = Harmonic(SGD([Value(1.0)], lr=0.8))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.4]
    """

    settings: ClassVar[dict[str, Setting]] = {}  # allowed values of attributes that are settings
    unsaved: ClassVar[tuple[str, ...]] = ("optimizer",)  # attributes outside the saved state
    by_group: ClassVar[tuple[str, ...]] = ("base_lrs", "_last_lr")  # lists, one entry per group
    can_follow: ClassVar[bool] = True  # whether a SequentialLR can hold it
    per_batch: ClassVar[bool] = False  # whether a run steps it after each batch, not each epoch

    optimizer: Optimizer
    last_epoch: int
    base_lrs: list[float]
    _last_lr: list[float]

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.attach(optimizer, last_epoch)
        self.begin()

    def attach(self, optimizer: Optimizer, last_epoch: int) -> None:
        """Check the settings and the optimiser, and keep the optimiser."""
        name = type(self).__name__
        check_optimizer(name, optimizer)
        self.check_settings(vars(self))
        check(f"{name}: last_epoch", last_epoch, EPOCH)
        for position, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{name}: param_groups[{position}] has no 'initial_lr' to go on from "
                    f"after epoch {last_epoch}: load the optimiser's state first"
                )
        self.optimizer = optimizer
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch

    def check_settings(self, found: Mapping[str, Any]) -> None:
        """Raise ValueError for a setting out of range."""
        for name, setting in self.settings.items():
            check(f"{type(self).__name__}: {name}", found[name], setting)

    def begin(self) -> None:
        """Go to the epoch after last_epoch, the first to run."""
        self.last_epoch += 1
        self.set_lr(self.first_lr())

    def restart(self) -> None:
        """Start again at epoch 0, with the rates that the optimiser had at first."""
        for group, rate in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = rate
        self.last_epoch = -1
        self.begin()

    def step(self) -> None:
        """Go to the next epoch; call it after the optimiser's steps of an epoch."""
        self.last_epoch += 1
        self.set_lr(self.get_lr())

    def after_batch(self) -> None:
        """Step, if this is a scheduler of batches; called by a run after each batch."""
        if self.per_batch:
            self.step()

    def after_epoch(self, loss: float) -> None:
        """Step, if this is a scheduler of epochs; called by a run after each epoch.

        loss : the validation loss if there is one, else the training loss; only some need it.
        """
        if not self.per_batch:
            self.step()

    def check_run(self, epochs: int, batches: int) -> None:
        """Raise ValueError if it cannot last for this many epochs, each of this many batches.

        A scheduler that lasts for any run leaves this as it is.
        """

    def get_lr(self) -> list[float]:
        """The rates of epoch last_epoch, which is about to start, one for each parameter group."""
        raise TypeError(f"{type(self).__name__} has no get_lr(): define what the rates become")

    def first_lr(self) -> list[float]:
        """The rates with which a run starts or resumes."""
        return self.get_lr()

    def get_last_lr(self) -> list[float]:
        """The rates that were set last, one for each parameter group."""
        return list(self._last_lr)

    def rates_times(self, factor: float) -> list[float]:
        """The current rates, each times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def set_lr(self, rates: list[float]) -> None:
        """Check the rates and set them in the parameter groups."""
        name, groups = type(self).__name__, self.optimizer.param_groups
        if len(rates) != len(groups):
            raise ValueError(
                f"{name} has rates for {len(rates)} parameter groups, but there are {len(groups)}: "
                "make the scheduler after adding all groups"
            )
        for position, rate in enumerate(rates):
            check(f"{name}: the rate of param_groups[{position}]", rate, NUMBER)
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = list(rates)

    def state_dict(self) -> dict[str, Any]:
        """Settings and state as numbers, text and lists, which JSON can hold."""
        return {k: plain(entry) for k, entry in vars(self).items() if k not in self.unsaved}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore settings and state from `state_dict`: all of it or, on an error, nothing.

        The state may have been through JSON. The rates themselves are in the optimiser's state.
        Raises TypeError or ValueError for a state that is malformed, or from a different scheduler
        or different parameter groups.
        """
        vars(self).update(self.read(state))

    def read(self, state: Any) -> dict[str, Any]:
        """A saved state, checked."""
        name = type(self).__name__
        if not isinstance(state, Mapping):
            raise TypeError(f"{name}: load_state_dict takes a dict, not {state!r:.60}")
        own = self.state_dict()
        missing = [key for key in own if key not in state]
        unexpected = [key for key in state if key not in own]
        if missing or unexpected:
            what = f"lacks {missing[0]!r}" if missing else f"has {unexpected[0]!r}"
            raise ValueError(
                f"{name}: the state {what}; it holds {', '.join(own)}. "
                "Is it from another scheduler?"
            )
        self.check_settings(state)
        check(f"{name}: last_epoch", state["last_epoch"], EPOCH)
        count = len(self.optimizer.param_groups)
        rates = Setting(
            f"a list of {count} numbers, one for each parameter group",
            lambda x: isinstance(x, list) and len(x) == count and all(map(is_number, x)),
        )
        for key in own:
            if key in self.by_group:
                check(f"{name}: {key}", state[key], rates)
        return {key: plain(state[key]) for key in own}


def one_each(what: str, given: Any, optimizer: Optimizer) -> list[Any]:
    """A setting for each parameter group, given one for all or a list with one for each."""
    count = len(optimizer.param_groups)
    if not isinstance(given, (list, tuple)):
        return [given] * count
    if len(given) != count:
        raise ValueError(f"{what} has {len(given)} entries for {count} parameter groups")
    return list(given)


def check_optimizer(name: str, optimizer: Any) -> None:
    """Raise TypeError for anything but an optimiser."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{name} takes an optimiser, such as SGD(...), not {optimizer!r:.60}")


def as_list(given: Any) -> Any:
    """Any iterable but text as a list; anything else unchanged, for the checks to name."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else given
