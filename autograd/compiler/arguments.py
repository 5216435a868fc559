"""Arguments of a compiled function: their structure, and the numbers in them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any

from autograd.engine import Value
from autograd.protocols.structures import Structure, places_in, rebuilt, structure_of

TAKES = (
    "{place}: a compiled function takes numbers, Values, and lists, tuples, dicts or arrays of "
    "them, not {got}. What never changes can be bound before compiling, as in "
    "compile(lambda x: f(x, option))."
)

CallStructure = tuple[tuple[Structure, ...], tuple[tuple[str, Structure], ...]]
"""The structures of the arguments by position, and of those by name. Tapes are kept by it."""


def structure_of_call(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], leaves: list[Any]
) -> CallStructure:
    """The structure of all arguments of a call; their numbers are appended to leaves."""
    positional = [structure_of(x, leaves, f"argument {k}", TAKES) for k, x in enumerate(args, 1)]
    named = [(name, structure_of(x, leaves, name, TAKES)) for name, x in kwargs.items()]
    return tuple(positional), tuple(named)


def stand_ins(
    names: list[str] | None, structure: CallStructure, numbers: Sequence[float]
) -> tuple[list[Any], dict[str, Any], list[Value]]:
    """The arguments with a fresh leaf for each number, and the leaves, named as `x[2][0]`."""
    positional, named = structure
    known = names or []
    called = [known[k] if k < len(known) else f"x{k}" for k in range(len(positional))]
    everything = [*zip(called, positional, strict=True), *named]
    labels = [label for name, inside in everything for label in places_in(inside, name)]
    leaves = [Value(x, label=label) for x, label in zip(numbers, labels, strict=True)]
    rest = iter(leaves)
    args = [rebuilt(inside, rest) for inside in positional]
    return args, {name: rebuilt(inside, rest) for name, inside in named}, leaves


def unchanged(
    structure: CallStructure, args: list[Any], kwargs: dict[str, Any], leaves: list[Value]
) -> bool:
    """Whether stand-ins are as they were made: a function may have changed a list among them."""
    now: list[Any] = []
    try:
        found = structure_of_call(tuple(args), kwargs, now)
    except TypeError:
        return False
    return found == structure and all(map(is_, now, leaves))


def numbers_of(leaves: Sequence[Any]) -> array[float]:
    """The numbers of leaves, as floats."""
    return array("d", [x._data if isinstance(x, Value) else x for x in leaves])
