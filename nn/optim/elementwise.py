"""Elementwise: an optimiser whose rule treats each parameter by itself, run over all of them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import autograd
from autograd import Value, Vector, where
from nn.module import clear_gradients
from nn.optim.base import Group, Optimizer


class Elementwise(Optimizer):
    """An optimiser that is a rule for one parameter: `update`, written with numbers.

    The rule runs on columns: all parameters of a group at once, and what is remembered of them, as
    `autograd.elementwise` does. So it is arithmetic and operations of autograd; it may test a
    setting, and whether something is remembered, but no other number.
    """

    def __init__(self, params: Iterable[Any], defaults: Group) -> None:
        self.memories: list[Memory] = []
        self.rules: dict[tuple[Any, ...], Rule] = {}
        super().__init__(params, defaults)

    def update(self, w: Any, gradient: Any, state: dict[str, Any], group: Mapping[str, Any]) -> Any:
        """The number that a parameter moves to.

        w, gradient : its number and its gradient.
        state       : what is remembered of it, by name, empty at first; brought up to date here.
        group       : the settings.
        """
        raise TypeError(f"{type(self).__name__} has no update(): define what a step does")

    @property
    def state(self) -> dict[Value, dict[str, Any]]:
        """What is remembered of each parameter that was moved: a copy, by parameter and name."""
        return {w: entry for memory in self.memories for w, entry in memory.entries()}

    @state.setter
    def state(self, remembered: Mapping[Value, Mapping[str, Any]]) -> None:
        self.memories = [Memory(group["params"]) for group in self.param_groups]
        for memory in self.memories:
            memory.restore(remembered)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradient of every parameter; see `Optimizer.zero_grad`."""
        for memory in self.up_to_date():
            clear_gradients(memory.vector, set_to_none)

    def step(self) -> None:
        """Move every parameter that has a gradient; see `Optimizer.step`."""
        for memory, group in zip(self.up_to_date(), self.param_groups, strict=True):
            settings = {name: group[name] for name in self.defaults}
            *numbers, moving = memory.vector.moving()
            for places, names, steps in memory.parts(moving):
                self.advance(memory, numbers, settings, places, names, steps)

    def up_to_date(self) -> list[Memory]:
        """What is remembered of each group, also where its list of parameters was changed."""
        lists = [group["params"] for group in self.param_groups]
        if [memory.params for memory in self.memories] != lists:
            self.state = self.state
        return self.memories

    def advance(
        self,
        memory: Memory,
        numbers: Sequence[array[float]],
        settings: Group,
        places: Sequence[int] | None,
        names: tuple[str, ...],
        steps: int,
    ) -> None:
        """Move the parameters at some places, of which the same is remembered.

        numbers : those of all parameters of the group, and their gradients.
        """
        given = numbers_in(settings)
        switches = [x for x in settings.values() if isinstance(x, bool)]
        key = names, tuple(map(bool, given)), tuple(switches)
        if key not in self.rules:
            self.rules[key] = Rule(self.update, names, settings)
        rule = self.rules[key]
        columns = [*numbers, *(memory.columns[name] for name in names if name != "step")]
        if places is not None:
            columns = [array("d", [column[k] for k in places]) for column in columns]
        moved, remembered = rule(columns, steps, settings, given)
        memory.write(places, moved, remembered)


class Rule:
    """`update` for columns of numbers, where these names are remembered."""

    def __init__(
        self, update: Callable[..., Any], names: tuple[str, ...], settings: Mapping[str, Any]
    ) -> None:
        self.update, self.names, self.settings = update, names, dict(settings)
        self.width = 2 + len(names) - ("step" in names)  # of the columns
        self.after: tuple[str, ...] = ()  # what is remembered after a step
        self.over = autograd.elementwise(self.of_numbers)

    def __call__(
        self,
        columns: Sequence[array[float]],
        steps: int,
        settings: Group,
        given: Sequence[float],
    ) -> tuple[array[float], dict[str, array[float]]]:
        """The new numbers and what is remembered after a step; given are the settings' numbers."""
        if autograd.accelerated:
            moved, *remembered = self.over(*columns, steps, *given)
        else:  # with the settings as they are
            rows = [self.at(row, steps, settings) for row in zip(*columns, strict=True)]
            moved, *remembered = [array("d", column) for column in zip(*rows, strict=True)]
        return moved, dict(zip(self.after, remembered, strict=True))

    def at(self, row: Iterable[Any], steps: Any, group: Mapping[str, Any]) -> list[Any]:
        """The new number of one parameter, and what is remembered after the step, in order."""
        numbers = iter(row)
        w, gradient = next(numbers), next(numbers)
        state = {name: steps if name == "step" else next(numbers) for name in self.names}
        new = self.update(w, gradient, state, group)
        self.after = tuple(state)
        return [new, *state.values()]

    def of_numbers(self, *given: Any) -> list[Any]:
        """The same, given the numbers in a row, steps, and the numbers in the settings."""
        columns, steps = given[: self.width], given[self.width]
        numbers = iter(given[self.width + 1 :])
        group = {name: with_numbers(x, numbers) for name, x in self.settings.items()}
        return self.at(columns, steps, group)


def numbers_in(settings: Group) -> list[Any]:
    """The numbers in settings, also those in tuples, but not the switches."""
    found: list[Any] = []
    for setting in settings.values():
        if isinstance(setting, (tuple, list)):
            found += setting
        elif not isinstance(setting, bool):
            found.append(setting)
    return found


def with_numbers(setting: Any, numbers: Iterator[Any]) -> Any:
    """A setting of the same form with other numbers."""
    if isinstance(setting, bool):
        return setting
    if isinstance(setting, (tuple, list)):
        return tuple([next(numbers) for _ in setting])
    return next(numbers)


class Memory:
    """What an optimiser remembers of the parameters of a group: a column of numbers by each name.

    even : the names remembered and the steps taken, if they are the same for all, else None.
    """

    def __init__(self, params: Sequence[Value]) -> None:
        self.params = list(params)
        self.vector = Vector(params)
        self.columns: dict[str, array[float]] = {}
        self.even: tuple[tuple[str, ...], int] | None = ((), 0)
        self.each: list[tuple[tuple[str, ...], int]] = []  # the same for each, where it differs

    def standing(self, place: int) -> tuple[tuple[str, ...], int]:
        """The names remembered of one, and the steps that it has taken."""
        return self.each[place] if self.even is None else self.even

    def parts(
        self, places: Sequence[int] | None
    ) -> list[tuple[Sequence[int] | None, tuple[str, ...], int]]:
        """Places, None for all, in parts of which the same is remembered."""
        if self.even is not None and places is None:
            return [(None, *self.even)] if self.params else []
        parts: dict[tuple[tuple[str, ...], int], list[int]] = {}
        for place in range(len(self.params)) if places is None else places:
            parts.setdefault(self.standing(place), []).append(place)
        return [(part, *standing) for standing, part in parts.items()]

    def write(
        self,
        places: Sequence[int] | None,
        moved: array[float],
        remembered: Mapping[str, array[float]],
    ) -> None:
        """Write down a step."""
        columns = dict(remembered)
        steps = int(columns.pop("step", [0])[0])
        standing = tuple(remembered), steps
        if places is None:
            self.vector.data = moved
            self.columns |= columns
            self.even = standing
            return
        if self.even is not None:
            self.each, self.even = [self.even] * len(self.params), None
        data = self.vector.data
        for k, place in enumerate(places):
            data[place] = moved[k]
            self.each[place] = standing
        self.vector.data = data
        for name, column in columns.items():
            whole = self.columns.setdefault(name, array("d", bytes(8 * len(self.params))))
            for k, place in enumerate(places):
                whole[place] = column[k]
        if all(other == standing for other in self.each):
            self.even, self.each = standing, []

    def entries(self) -> Iterator[tuple[Value, dict[str, Any]]]:
        """Each parameter of which something is remembered, and that."""
        for place, w in enumerate(self.params):
            names, steps = self.standing(place)
            if names:
                numbers = [steps if k == "step" else self.columns[k][place] for k in names]
                yield w, dict(zip(names, numbers, strict=True))

    def restore(self, remembered: Mapping[Value, Mapping[str, Any]]) -> None:
        """Take over what was remembered of these parameters."""
        self.each = []
        for place, w in enumerate(self.params):
            entry = remembered.get(w, {})
            self.each.append((tuple(entry), int(entry.get("step", 0))))
            for name, number in entry.items():
                if name != "step":
                    empty = array("d", bytes(8 * len(self.params)))
                    self.columns.setdefault(name, empty)[place] = number
        if self.each and all(other == self.each[0] for other in self.each):
            self.even, self.each = self.each[0], []
        elif self.each:
            self.even = None


# ---- arithmetic ---------------------------------------------------------------------------------


def mixed(kept: Any, mean: Any, number: Any) -> Any:
    """A running mean, moved towards a new number."""
    return kept * mean + (1 - kept) * number


def ratio(top: Any, bottom: Any) -> Any:
    """top / bottom; 0 where all gradients so far and eps are 0, for which PyTorch gives nan."""
    if isinstance(bottom, float):
        return top / bottom if bottom else 0.0
    return where(bottom, top, 0.0) / where(bottom, bottom, 1.0)
