"""Module: the base of everything with parameters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any, NamedTuple, Self

from autograd import Value, Vector, record_call


class IncompatibleKeys(NamedTuple):
    """The names that `load_state_dict` found only in the module, and only in the state."""

    missing_keys: list[str]
    unexpected_keys: list[str]


PLAIN = (bool, int, float, str, type(None))


class Module:
    """A function with parameters.

    A subclass sets Values, Modules, or lists and dicts of them as attributes and defines
    `forward`; the parameters are found by walking the attributes in order. There is nothing to
    register: every leaf Value is a parameter, frozen or not, and results and constants are not. So
    update a parameter through its number, `p.data -= ...`: `p = p - ...` would put a result in its
    place.

    >>> from autograd import Value
    >>> from nn import Module
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).data, [name for name, _ in line.named_parameters()]
    (7.0, ['slope', 'offset'])
    """

    __slots__ = ("__dict__", "__weakref__", "_inventory")  # the last is in no copy and no file
    _inventory: Inventory

    training = True  # set by `train` and `eval`, for modules such as Dropout

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self.forward(*args, **kwargs)
        given = args[0] if len(args) == 1 and not kwargs else (args, kwargs)
        record_call(self, given, result)
        return result

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What calling the module computes; defined by the subclass."""
        raise TypeError(f"{type(self).__name__} has no forward(): define what calling it computes")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__

    def _held(self) -> Iterable[tuple[Any, Any]]:
        """What this module holds, by name: its attributes."""
        return vars(self).items()

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Every parameter with its dotted name, such as `layers.0.neurons.2.w.1`, in order.

        One that is reached twice (a tied weight) appears once, under its first name. Raises
        ValueError if two have the same name, as under the keys 1 and "1" of a dict.
        """
        return list(inventory_of(self).named)

    def named_modules(self) -> list[tuple[str, Module]]:
        """This module, as "", and every module in it with its dotted name, each once."""
        found: list[tuple[str, Module]] = []
        waiting: deque[tuple[str, Any]] = deque([("", self)])
        seen: set[int] = set()
        while waiting:
            name, item = waiting.popleft()
            children = _children(item)
            if id(item) in seen or children is None:
                continue
            seen.add(id(item))
            if isinstance(item, Module):
                found.append((name, item))
            waiting.extend(
                (f"{name}.{key}" if name else str(key), child)
                for key, child in children
                if not isinstance(child, Value)
            )
        return found

    def parameters(self) -> list[Value]:
        """Every parameter, in the order of `named_parameters`."""
        return list(inventory_of(self).parameters)

    def train(self, mode: bool = True) -> Self:
        """Put this module, and every module in it, in training mode; gives the module.

        mode : False for evaluation mode, as by `eval`.
        """
        for _, module in self.named_modules():
            module.training = bool(mode)
        return self

    def eval(self) -> Self:
        """Put this module, and every module in it, in evaluation mode; gives the module."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze every parameter, if False, or let it learn again; gives the module.

        A frozen parameter is a constant for what is computed from then on: it gets no gradient,
        and optimisers leave it alone. It stays in `parameters()` and in `state_dict()`.

        >>> from nn import MLP
        >>> model = MLP(2, [3, 1])
        >>> hidden = model.layers[0].requires_grad_(False)
        >>> [p.requires_grad for p in model.parameters()].count(True)
        4
        """
        for parameter in self.parameters():
            parameter.requires_grad = bool(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear every parameter's gradient.

        set_to_none : False for gradients that are 0 instead of none, where there were some; an
                      optimiser with momentum or weight decay moves such a parameter, as in PyTorch.
        """
        clear_gradients(inventory_of(self).vector, set_to_none)

    def state_dict(self) -> dict[str, float]:
        """Every parameter's number by its dotted name."""
        return {name: parameter.data for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float], strict: bool = True) -> IncompatibleKeys:
        """Set the parameters to the numbers in state: all of them or, on an error, none.

        strict : whether the names must match exactly.

        Gives the names that did not match. Raises KeyError if strict and there are any, and
        TypeError for an entry that is not a number.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"load_state_dict takes a dict of numbers by name, not {state!r:.60}")
        parameters = dict(self.named_parameters())
        missing = [name for name in parameters if name not in state]
        unexpected = [name for name in state if name not in parameters]
        if strict and (missing or unexpected):
            raise KeyError(
                f"the state does not fit {type(self).__name__}: "
                f"missing {_list(missing)}; unexpected {_list(unexpected)}"
            )
        numbers = {}
        for name, parameter in parameters.items():
            if name in state:
                try:
                    numbers[parameter] = Value(state[name]).data
                except (TypeError, ValueError) as error:
                    raise type(error)(f"{name}: {error}") from None
        for parameter, number in numbers.items():
            parameter.data = number
        return IncompatibleKeys(missing, unexpected)


class Inventory:
    """The parameters that a walk through a module found, and what tells whether to walk again."""

    def __init__(self, module: Module) -> None:
        self.named: list[tuple[str, Value]] = []
        self.passed: list[Any] = []  # modules, lists and dicts, each followed by what it held
        self.others: list[Value] = []  # which are not parameters, but may become some
        self._walk("", module, set())
        self.parameters = [parameter for _, parameter in self.named]
        self.vector = Vector(self.parameters)
        names = [name for name, _ in self.named]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two parameters of {type(module).__name__} are both called {twice!r}")

    def _walk(self, name: str, item: Any, seen: set[int]) -> None:
        if id(item) in seen:
            return
        if isinstance(item, Value):
            seen.add(id(item))
            if is_parameter(item):
                self.named.append((name, item))
            else:
                self.others.append(item)
            return
        children = _children(item)
        if children is not None:
            seen.add(id(item))
            self.passed += item, _held_by(item)
            for key, child in children:
                self._walk(f"{name}.{key}" if name else str(key), child, seen)

    def is_up_to_date(self) -> bool:
        """Whether a walk would find the same: each place holds what it held, by identity."""
        passed = iter(self.passed)
        for item, before in zip(passed, passed, strict=True):
            held = _held_by(item)
            if len(held) != len(before) or not all(map(is_, held, before)):
                return False
        return not any(map(is_parameter, self.others))


def inventory_of(module: Module) -> Inventory:
    """The parameters of a module, found anew if it has changed since they were."""
    known: Inventory | None = getattr(module, "_inventory", None)
    if known is None or known.passed[0] is not module or not known.is_up_to_date():
        known = module._inventory = Inventory(module)
    return known


def _held_by(item: Any) -> list[Any]:
    """What a module, list or dict holds, with the keys, but for numbers and text."""
    if isinstance(item, (list, tuple)):
        return list(item)
    held: list[Any] = []
    for key, child in _children(item) or ():
        if not isinstance(child, PLAIN):
            held += key, child
    return held


def _children(item: Any) -> Iterable[tuple[Any, Any]] | None:
    """What a module, list or dict holds, by its keys; None for anything else."""
    if isinstance(item, Module):
        return item._held()
    if isinstance(item, dict):
        return item.items()
    if isinstance(item, (list, tuple)) or is_object_array(item):
        return enumerate(item)
    return None


def is_parameter(value: Value) -> bool:
    """Whether a Value is a leaf that takes a gradient, or would if it were not frozen."""
    return not value.operands and (not value.is_constant or value.is_frozen)


def clear_gradients(parameters: Vector, set_to_none: bool = True) -> None:
    """Clear gradients; if not set_to_none, those that there are become 0."""
    if set_to_none:
        parameters.zero_grad()
        return
    for parameter in parameters.values:
        if parameter.has_grad:
            parameter.grad = 0.0


def is_object_array(item: Any) -> bool:
    """Whether item is a NumPy array that can hold Values."""
    return getattr(getattr(item, "dtype", None), "char", "") == "O" and item.ndim > 0


def _list(names: list[Any]) -> str:
    shown = ", ".join(map(str, names[:5])) or "none"
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
