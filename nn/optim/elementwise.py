"""Elementwise: an optimiser whose rule treats each parameter by itself, run over all of them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import autograd
from autograd import Value, Vector, where
from nn.module import clear_gradients
from nn.optim.base import Group, Optimizer

Columns = dict[str, "array[float]"]
MOST_PARTS = 8  # of a group, before those that are alike are joined


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
        self.memories = [Memory(group["params"], remembered) for group in self.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradient of every parameter; see `Optimizer.zero_grad`."""
        for memory in self.up_to_date():
            clear_gradients(memory.vector, set_to_none)

    def step(self) -> None:
        """Move every parameter that has a gradient; see `Optimizer.step`."""
        for memory, group in zip(self.up_to_date(), self.param_groups, strict=True):
            settings = {name: group[name] for name in self.defaults}
            for part in memory.parts.copy():
                if not self.advance(part, settings):
                    moving = memory.split(part)
                    if moving is not None:
                        self.advance(moving, settings)
            if len(memory.parts) > MOST_PARTS:
                memory.join()

    def up_to_date(self) -> list[Memory]:
        """What is remembered of each group, also where its list of parameters was changed."""
        groups = self.param_groups
        if len(groups) != len(self.memories) or not all(
            memory.vector.holds(group["params"])
            for memory, group in zip(self.memories, groups, strict=True)
        ):
            self.state = self.state
        return self.memories

    def advance(self, part: Part, settings: Group) -> bool:
        """Move parameters of which the same is remembered, if all have a gradient and take one."""
        given = numbers_in(settings)
        switches = [x for x in settings.values() if isinstance(x, bool)]
        key = part.names, tuple(map(bool, given)), tuple(switches)
        if key not in self.rules:
            self.rules[key] = Rule(self.update, part.names, settings)
        remembered = self.rules[key](part, settings, given)
        if remembered is None:
            return False
        part.names = tuple(remembered)
        if "step" in remembered:
            part.steps = int(remembered.pop("step")[0])
        part.columns = remembered
        return True


class Rule:
    """`update` for columns of numbers, where these names are remembered."""

    def __init__(
        self, update: Callable[..., Any], names: tuple[str, ...], settings: Mapping[str, Any]
    ) -> None:
        self.update, self.names, self.settings = update, names, dict(settings)
        self.width = 2 + len(names) - ("step" in names)  # of the columns
        self.after: tuple[str, ...] = ()  # what is remembered after a step
        self.over = autograd.elementwise(self.of_numbers)

    def __call__(self, part: Part, settings: Group, given: Sequence[float]) -> Columns | None:
        """Move parameters; gives what is remembered then. None where some do not move.

        given : the settings' numbers.
        """
        if autograd.accelerated:
            found = self.over.move(part.vector, *part.columns.values(), part.steps, *given)
        else:  # with the settings as they are
            data, gradients, places = part.vector.moving()
            if places is not None:
                return None
            columns = zip(data, gradients, *part.columns.values(), strict=True)
            rows = [self.at(row, part.steps, settings) for row in columns]
            part.vector.data, *found = [array("d", x) for x in zip(*rows, strict=True)]
        return None if found is None else dict(zip(self.after, found, strict=True))

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


class Part:
    """Parameters of which an optimiser remembers the same: a column of numbers by each name.

    names : what is remembered, in order.
    steps : "step" among these, which is the same for all and has no column.
    """

    def __init__(
        self, params: Iterable[Value], names: tuple[str, ...], steps: int, columns: Columns
    ) -> None:
        self.vector = Vector(params)
        self.names, self.steps, self.columns = names, steps, columns

    def at(self, places: Iterable[int]) -> Part:
        """What is remembered of some of them."""
        chosen = list(places)
        return Part(
            [self.vector.values[k] for k in chosen],
            self.names,
            self.steps,
            {name: array("d", [x[k] for k in chosen]) for name, x in self.columns.items()},
        )

    def entries(self) -> Iterator[tuple[Value, dict[str, Any]]]:
        """Each parameter, and what is remembered of it."""
        for place, w in enumerate(self.vector.values):
            numbers = [self.steps if k == "step" else self.columns[k][place] for k in self.names]
            yield w, dict(zip(self.names, numbers, strict=True))


class Memory:
    """What an optimiser remembers of the parameters of a group, in parts, each moved as a whole.

    There are several where some parameters have had fewer gradients than others.
    """

    def __init__(
        self, params: Sequence[Value], remembered: Mapping[Value, Mapping[str, Any]]
    ) -> None:
        self.vector = Vector(params)
        alike: dict[tuple[tuple[str, ...], int], list[Value]] = {}
        for w in self.vector.values:
            entry = remembered.get(w, {})
            alike.setdefault((tuple(entry), int(entry.get("step", 0))), []).append(w)
        self.parts = []
        for (names, steps), members in alike.items():
            columns = {
                name: array("d", [remembered[w][name] for w in members])
                for name in names
                if name != "step"
            }
            self.parts.append(Part(members, names, steps, columns))

    def split(self, part: Part) -> Part | None:
        """Make two of a part in which only some parameters have a gradient and take one: these."""
        places = part.vector.moving()[2]
        if places is None or not places:
            return None
        resting = sorted(set(range(len(part.vector))).difference(places))
        moving = part.at(places)
        self.parts.remove(part)
        self.parts += part.at(resting), moving
        return moving

    def join(self) -> None:
        """Make one part of those of which the same is remembered."""
        alike: dict[tuple[tuple[str, ...], int], list[Part]] = {}
        for part in self.parts:
            alike.setdefault((part.names, part.steps), []).append(part)
        if len(alike) == len(self.parts):
            return
        self.parts = []
        for (names, steps), parts in alike.items():
            members = [w for part in parts for w in part.vector.values]
            columns = {
                name: array("d", chain.from_iterable(part.columns[name] for part in parts))
                for name in parts[0].columns
            }
            self.parts.append(Part(members, names, steps, columns))

    def entries(self) -> Iterator[tuple[Value, dict[str, Any]]]:
        """Each parameter of which something is remembered, in order, and that."""
        remembered = {w: entry for part in self.parts for w, entry in part.entries()}
        return ((w, remembered[w]) for w in self.vector.values if remembered[w])


# ---- arithmetic ---------------------------------------------------------------------------------


def mixed(kept: Any, mean: Any, number: Any) -> Any:
    """A running mean, moved towards a new number."""
    return kept * mean + (1 - kept) * number


def ratio(top: Any, bottom: Any) -> Any:
    """top / bottom; 0 where all gradients so far and eps are 0, for which PyTorch gives nan."""
    if isinstance(bottom, float):
        return top / bottom if bottom else 0.0
    return where(bottom, top, 0.0) / where(bottom, bottom, 1.0)
