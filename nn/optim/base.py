"""Optimizer: what all optimisers share, from parameter groups to a state to resume from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from autograd import Value, Vector
from nn.module import clear_gradients, is_parameter
from nn.settings import NUMBER, Setting, check, plain

Group = dict[str, Any]


class Optimizer:
    """What all optimisers share: parameter groups, and a state to resume from.

    params   : the parameters, or dicts with "params" and settings of their own.
    defaults : the settings of groups that have none of their own.

    `param_groups` is a list of dicts with "params" and the settings, which may be changed between
    steps. `state` holds what an optimiser remembers of each parameter that it has moved. A subclass
    says in `settings` and `remembered` which values are allowed, and defines `move`.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> fast, slow = Value(1.0), Value(1.0)
    >>> optimizer = SGD([{"params": [fast]}, {"params": [slow], "lr": 0.01}], lr=0.1)
    >>> (fast + slow).backward()
    >>> optimizer.step()
    >>> fast.data, slow.data
    (0.9, 0.99)
    """

    settings: ClassVar[dict[str, Setting]] = {}  # allowed values of each setting of a group
    remembered: ClassVar[dict[str, Setting]] = {}  # of each number in a parameter's state
    optional: ClassVar[tuple[str, ...]] = ()  # numbers that only some settings need

    def __init__(self, params: Iterable[Any], defaults: Group) -> None:
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self.state: dict[Value, dict[str, Any]] = {}
        for group in as_groups(params):
            self.add_param_group(group)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add a group of parameters: a dict with "params", and settings that differ.

        Raises ValueError for a setting that is unknown or out of range, or a parameter that is
        listed twice, and TypeError for one that is not a leaf Value.
        """
        name = type(self).__name__
        if not isinstance(group, Mapping):
            raise TypeError(f'{name}: a parameter group is a dict with "params", not {group!r:.60}')
        unknown = [key for key in group if key != "params" and key not in self.defaults]
        if unknown or "params" not in group:
            what = f"does not know {unknown[0]!r}" if unknown else "needs 'params'"
            raise ValueError(f"a parameter group {what}; it may have {', '.join(self.defaults)}")
        parameters = as_parameters(group["params"])
        taken = {parameter for other in self.param_groups for parameter in other["params"]}
        for position, parameter in enumerate(parameters):
            if parameter in taken:
                raise ValueError(f"params[{position}] is listed twice, and would move twice")
            taken.add(parameter)
        complete = {**self.defaults, **group, "params": parameters}
        self.check_settings(complete)
        self.param_groups.append(complete)

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Raise ValueError for a setting out of range."""
        for name, setting in self.settings.items():
            check(f"{type(self).__name__}: {name}", group[name], setting)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradient of every parameter.

        set_to_none : as for `Module.zero_grad`.
        """
        clear_gradients(Vector(self._parameters()), set_to_none)

    def step(self) -> None:
        """Move every parameter that has a gradient; one that no backward() reached stays put.

        So does one that is frozen: it does not decay, and nothing is remembered of it.
        """
        for group in self.param_groups:
            reached = [p for p in group["params"] if p.has_grad]
            self.move([p for p in reached if p.requires_grad], group)

    def move(self, parameters: list[Value], group: Group) -> None:
        """Move parameters, which all have a gradient, by the settings of their group."""
        raise TypeError(f"{type(self).__name__} has no move(): define what a step does")

    def state_dict(self) -> dict[str, Any]:
        """Settings and state as plain dicts, lists and numbers, which JSON can hold.

        As in PyTorch, "param_groups" has the settings, with the parameters as numbers, counted
        across all groups, under "params"; "state" has what is remembered of each, by its number.
        """
        numbers = {parameter: number for number, parameter in enumerate(self._parameters())}
        return {
            "state": {numbers[p]: plain(remembered) for p, remembered in self.state.items()},
            "param_groups": [
                plain({**group, "params": [numbers[p] for p in group["params"]]})
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore settings and state from `state_dict`: all of it or, on an error, nothing.

        The state may have been through JSON. The next steps are then those of the optimiser
        that it came from, to the last bit. Raises TypeError or ValueError for a state that is
        malformed or from different groups or settings.
        """
        name = type(self).__name__
        if not isinstance(state, Mapping) or not {"state", "param_groups"} <= set(state):
            raise TypeError(
                f"{name}: load_state_dict takes a dict with 'state' and 'param_groups', as "
                f"state_dict() gives, not {state!r:.60}"
            )
        groups = self._saved_settings(state["param_groups"])
        remembered = self._saved_state(state["state"])
        for group, saved in zip(self.param_groups, groups, strict=True):
            group.update(saved)
        self.state = remembered

    def _saved_settings(self, saved: Any) -> list[Group]:
        name = type(self).__name__
        ours = [group["params"] for group in self.state_dict()["param_groups"]]
        theirs = [group["params"] for group in dicts(saved, f"{name}: param_groups", "params")]
        if theirs != ours:
            raise ValueError(
                f"{name}: the state is for parameter groups {theirs!r:.60}; "
                f"those of this optimiser are {ours!r:.60}"
            )
        groups = []
        for position, group in enumerate(saved):
            found = {key: setting for key, setting in group.items() if key != "params"}
            unknown = [key for key in found if key not in self.defaults and key != "initial_lr"]
            missing = [key for key in self.defaults if key not in found]
            if unknown or missing:
                what = f"has {unknown[0]!r}" if unknown else f"lacks {missing[0]!r}"
                raise ValueError(
                    f"{name}: param_groups[{position}] of the state {what}; the settings are "
                    f"{', '.join(self.defaults)}. Is it from another optimiser?"
                )
            found = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}
            self.check_settings(found)
            first = found.get("initial_lr", 0.0)
            check(f"{name}: param_groups[{position}]['initial_lr']", first, NUMBER)
            groups.append(found)
        return groups

    def _saved_state(self, saved: Any) -> dict[Value, dict[str, Any]]:
        name = type(self).__name__
        parameters = {str(number): p for number, p in enumerate(self._parameters())}
        if not isinstance(saved, Mapping):
            raise TypeError(f"{name}: 'state' is a dict by parameter number, not {saved!r:.60}")
        dicts(list(saved.values()), f"{name}: state")
        found = {}
        for number, entry in saved.items():
            what = f"{name}: state[{number}]"
            if str(number) not in parameters:
                raise ValueError(f"{what} belongs to no parameter; there are {len(parameters)}")
            missing = [k for k in self.remembered if k not in entry and k not in self.optional]
            unknown = [k for k in entry if k not in self.remembered]
            if missing or unknown:
                what += f" has {unknown[0]!r}" if unknown else f" lacks {missing[0]!r}"
                raise ValueError(f"{what}; it holds {', '.join(self.remembered)}")
            for key, setting in self.remembered.items():
                if key in entry:
                    check(f"{what}[{key!r}]", entry[key], setting)
            found[parameters[str(number)]] = dict(entry)
        return found

    def _parameters(self) -> list[Value]:
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def __repr__(self) -> str:
        shown = (f"{name}={self.param_groups[0][name]!r}" for name in self.defaults)
        return f"{type(self).__name__}({', '.join(shown)})"


def as_groups(params: Any) -> list[Any]:
    """Parameters, or dicts of them with settings, as a list of dicts."""
    if isinstance(params, (Value, Mapping)):
        raise TypeError(f"an optimiser takes a list like model.parameters(), not {params!r:.60}")
    given = in_order(params)
    if not given:
        raise ValueError("an optimiser needs at least one parameter; the list is empty")
    return given if isinstance(given[0], Mapping) else [{"params": given}]


def as_parameters(params: Any) -> list[Value]:
    """The parameters of a group as a list, each of them checked."""
    listed = [params] if isinstance(params, Value) else in_order(params)
    for position, parameter in enumerate(listed):
        if not isinstance(parameter, Value) or not is_parameter(parameter):
            raise TypeError(
                f"an optimiser moves leaf Values; params[{position}] is {parameter!r:.60}"
            )
    return listed


def in_order(params: Any) -> list[Any]:
    """What the user gives, as a list; not a set, since a saved state relies on the order."""
    if isinstance(params, (set, frozenset)):
        raise TypeError("an optimiser takes parameters in order, not a set")
    if not isinstance(params, Iterable):
        raise TypeError(f"an optimiser takes a list like model.parameters(), not {params!r:.60}")
    return list(params)


def dicts(given: Any, what: str, *keys: str) -> list[Mapping[str, Any]]:
    """A part of a saved state that should be a list of dicts with these keys, checked."""
    if not isinstance(given, list):
        raise TypeError(f"{what} is a list of dicts, not {given!r:.60}")
    for position, entry in enumerate(given):
        if not isinstance(entry, Mapping) or any(key not in entry for key in keys):
            having = f" with {', '.join(map(repr, keys))}" if keys else ""
            raise TypeError(f"{what}[{position}] is a dict{having}, not {entry!r:.60}")
    return given
