"""Arguments of a compiled function: their structure, and the numbers in them."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from autograd.engine import Value
from autograd.protocols.structures import Structure, places_in, rebuilt, structure_of, written

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
    named = [(name, structure_of(x, leaves, name, TAKES)) for name, x in sorted(kwargs.items())]
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


# ---- many rows ----------------------------------------------------------------------------------


def numbers_of(leaves: Sequence[Any]) -> array[float]:
    """The numbers of leaves, as floats."""
    return array("d", [x._data if isinstance(x, Value) else x for x in leaves])


def as_row(names: list[str] | None, row: Any) -> tuple[Any, ...]:
    """The arguments that an entry of `mean`'s rows stands for, given the function's parameters.

    A tuple holds the arguments; so does a list, if the function takes more than one. Anything else
    is the one argument.
    """
    if isinstance(row, tuple):
        return row
    if isinstance(row, Iterable) and (names is None or len(names) != 1):
        return tuple(row)
    return (row,)


def table_of(rows: Any) -> tuple[array[float], tuple[int, ...]] | None:
    """The numbers of a buffer as floats, row after row, and its shape; None if it is not a buffer.

    Raises TypeError for a buffer of anything else, and ValueError for an empty one.
    """
    kind = getattr(getattr(rows, "dtype", None), "kind", "f")
    if kind == "O":
        return None
    if kind not in "biuf" or isinstance(rows, (bytes, bytearray)):
        shown = getattr(rows, "dtype", type(rows).__name__)
        raise TypeError(f"mean takes rows of real numbers, not a buffer of {shown}")
    try:
        view = memoryview(rows)
    except TypeError:
        return None
    if view.ndim == 0:
        raise ValueError("mean takes rows: a buffer with one row for each call, not one number")
    if hasattr(rows, "astype"):  # NumPy converts any kind of number, and any layout
        view = memoryview(rows.astype(float, order="C"))
    shape = tuple(view.shape or ())
    if 0 in shape:
        raise ValueError(f"mean needs at least one row of at least one number, not {shape}")
    own = "<" if sys.byteorder == "little" else ">"
    if view.format[0] in f"@={own}" and view.c_contiguous:  # as ctypes writes it
        view = view.cast("B").cast(view.format[1:], shape)  # type: ignore[call-overload]
    numbers = array("d")
    if view.format == "d" and view.c_contiguous:
        numbers.frombytes(view.tobytes())
    else:
        leaves: list[Any] = []
        structure_of(view.tolist(), leaves)
        numbers.extend(leaves)
    return numbers, shape


def reading_of(
    names: list[str] | None, shape: tuple[int, ...], as_arrays: bool
) -> CallStructure | None:
    """What a table's row of this shape is by itself: a number for each argument, or the one
    argument; None if it is neither.

    as_arrays : whether the one argument is an array; else it is a list, of lists.
    """
    if names is not None and len(names) == 1:
        inside: Structure = ("array", shape) if as_arrays and shape else None
        for length in () if inside else reversed(shape):
            inside = (list, *[inside] * length)
        return (inside,), ()
    if len(shape) == 1 and (names is None or len(names) == shape[0]):
        return (None,) * shape[0], ()
    return None


def same_nesting(one: CallStructure, other: CallStructure) -> bool:
    """Whether the numbers of two calls are nested alike, be it in lists, tuples or arrays."""
    return _as_lists((list, *one[0])) == _as_lists((list, *other[0])) and one[1] == other[1]


def _as_lists(structure: Structure) -> Structure:
    if structure is None:
        return None
    if structure[0] == "array":
        inside: Structure = None
        for length in reversed(structure[1]):
            inside = (list, *[inside] * length)
        return inside
    if structure[0] is dict:
        return (dict, structure[1], *map(_as_lists, structure[2:]))
    return (list, *map(_as_lists, structure[1:]))


def call_text(name: str, structure: CallStructure) -> str:
    """A call with numbers called x0, x1 and so on, as in `f([x0, x1], x2)`."""
    numbers = (f"x{k}" for k in count())
    return f"{name}({', '.join([written(inside, numbers) for inside in structure[0]])})"
