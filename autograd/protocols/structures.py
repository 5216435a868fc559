"""Structures: numbers and Values in lists, tuples, dicts and arrays, taken apart and rebuilt.

What JAX calls a pytree. Derivatives have the structure of the argument; tapes are kept by it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import prod
from types import FunctionType
from typing import Any

from autograd.engine import Value
from autograd.primitive import is_array, is_real, to_float

Structure = tuple[Any, ...] | None
"""What an object looks like apart from its numbers: None for a number or Value, and else a tuple:
list, or a class of tuples, and the structures in it; dict, its keys, and the structures in it;
"array" and its shape."""

MUST_BE = "{place} must be a number, a Value, or lists, tuples, dicts or arrays of them, not {got}"


def structure_of(
    item: Any, leaves: list[Any], what: str = "an argument", message: str = MUST_BE
) -> Structure:
    """The structure of an object; the floats and Values in it are appended to leaves.

    Raises TypeError where something else is in it.

    what    : how the object is called in that error.
    message : the error, about a {place} and what it {got} instead.
    """
    try:
        return _structure_of(item, leaves)
    except _OtherError as other:
        place = _place_of(other.item, item) or ""
        got = f"{type(other.item).__name__}: {other.item!r:.60}"
        place = f"{what}, {place}" if place else what
        raise TypeError(message.format(place=place, got=got)) from None


def is_scalar(x: Any) -> bool:
    """Whether it is one number, plain or a Value."""
    return isinstance(x, Value) or is_real(x)


def array_of(entries: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An array: of floats, unless there are Values among its entries."""
    import numpy

    if any(isinstance(x, Value) for x in entries):
        array = numpy.empty(len(entries), dtype=object)
        array[:] = entries
        return array.reshape(shape)
    return numpy.array(entries, dtype=float).reshape(shape)


def rebuilt(
    structure: Structure,
    leaves: Iterator[Any],
    number: Callable[[Iterator[Any]], Any] = next,
    array: Callable[[list[Any], tuple[int, ...]], Any] = array_of,
) -> Any:
    """The object of this structure with the next of these leaves in it.

    number, array : what makes a number of the leaves, and an array of those that are in it.
    """
    if structure is None:
        return number(leaves)
    kind: Any = structure[0]
    if kind == "array":
        return array(list(islice(leaves, prod(structure[1]))), structure[1])
    inside = structure[2:] if kind is dict else structure[1:]
    entries = [rebuilt(x, leaves, number, array) for x in inside]
    if kind is dict:
        return dict(zip(structure[1], entries, strict=True))
    return entries if kind is list else getattr(kind, "_make", kind)(entries)


def leaves_like(structure: Structure, item: Any, what: str) -> list[Any]:
    """The floats and Values in an object that is to have this structure, in its order.

    Keys of dictionaries may come in another order. Raises ValueError, which names the place, where
    it has another structure.
    """
    leaves: list[Any] = []
    found = structure_of(item, leaves, what)
    if found == structure:
        return leaves
    if structure and found and structure[0] is found[0] is dict and {*structure[1]} == {*found[1]}:
        pairs = zip(structure[1], structure[2:], strict=True)
        return [x for key, s in pairs for x in leaves_like(s, item[key], f"{what}[{key!r}]")]
    is_row = structure is not None and structure[0] not in (dict, "array")
    if is_row and structure and found and structure[0] is found[0] and len(structure) == len(found):
        inside = enumerate(zip(structure[1:], item, strict=True))
        return [x for k, (s, entry) in inside for x in leaves_like(s, entry, f"{what}[{k}]")]
    raise ValueError(f"{what}: expected {in_words(structure)}, got {in_words(found)}")


def with_numbers(item: Any, number_for: Callable[[Value], Any]) -> Any:
    """An object with something in the place of each Value in it, and all else as it is."""
    if isinstance(item, Value):
        return number_for(item)
    if isinstance(item, dict):
        return {key: with_numbers(x, number_for) for key, x in item.items()}
    if isinstance(item, (list, tuple)):
        entries = [with_numbers(x, number_for) for x in item]
        return entries if isinstance(item, list) else getattr(type(item), "_make", tuple)(entries)
    if is_array(item) and item.dtype == object and any(isinstance(x, Value) for x in item.flat):
        return array_of([with_numbers(x, number_for) for x in item.flat], item.shape)
    return item


# ---- in words -----------------------------------------------------------------------------------


def in_words(structure: Structure) -> str:
    """A structure's outside: `a number`, `list of 3`, `dict of 'w', 'b'`, `array of (2, 3)`."""
    if structure is None:
        return "a number"
    if structure[0] == "array":
        return f"array of {structure[1]}"
    if structure[0] is dict:
        return f"dict of {', '.join(map(repr, structure[1]))}"
    return f"{structure[0].__name__} of {len(structure) - 1}"


def places_in(structure: Structure, name: str) -> Iterator[str]:
    """The names of the leaves of a structure that is called so: `x[2][0]`, `p['w'][1]`."""
    if structure is None:
        yield name
    elif structure[0] == "array":
        shape = structure[1]
        for k in range(shape[0]):
            yield from places_in(("array", shape[1:]) if shape[1:] else None, f"{name}[{k}]")
    else:
        is_dict = structure[0] is dict
        keys = structure[1] if is_dict else range(len(structure) - 1)
        for key, inside in zip(keys, structure[2 if is_dict else 1 :], strict=True):
            yield from places_in(inside, f"{name}[{key!r}]")


def written(structure: Structure, names: Iterator[str], most: int = 4) -> str:
    """A structure with names for its numbers, as in `([x0, x1], x2)`; what is longer than most is
    shortened."""
    if structure is None:
        return next(names)
    kind = structure[0]
    if kind == "array":
        entries = list(islice(names, prod(structure[1])))
        shape = f".reshape{structure[1]}" if len(structure[1]) > 1 else ""
        return f"array([{', '.join(_shortened(entries, most))}]){shape}"
    if kind is dict:
        inside = [written(x, names, most) for x in structure[2:]]
        pairs = zip(structure[1], inside, strict=True)
        return f"{{{', '.join(_shortened([f'{key!r}: {x}' for key, x in pairs], most))}}}"
    entries = _shortened([written(x, names, most) for x in structure[1:]], most)
    if kind is list:
        return f"[{', '.join(entries)}]"
    comma = "," if len(entries) == 1 else ""
    return f"{'' if kind is tuple else kind.__name__}({', '.join(entries)}{comma})"


def _shortened(parts: list[str], most: int) -> list[str]:
    return parts if len(parts) <= most else [*parts[:2], "...", parts[-1]]


# ---- taking apart -------------------------------------------------------------------------------


class _OtherError(Exception):
    """Something that is neither a number nor holds numbers."""

    def __init__(self, item: Any) -> None:
        self.item = item


def _structure_of(item: Any, leaves: list[Any]) -> Structure:
    if isinstance(item, Value) or type(item) is float:
        leaves.append(item)
        return None
    if type(item) in (list, tuple):
        return (type(item), *[_structure_of(x, leaves) for x in item])
    if is_real(item):
        leaves.append(to_float(item))
        return None
    if isinstance(item, dict):
        return (dict, tuple(item), *[_structure_of(x, leaves) for x in item.values()])
    if isinstance(item, tuple):  # a named one
        kind = type(item) if hasattr(item, "_make") else tuple
        return (kind, *[_structure_of(x, leaves) for x in item])
    if hasattr(item, "__array__"):
        return _structure_of_array(item, leaves)
    if isinstance(item, Sequence) and not isinstance(item, (str, bytes, bytearray)):
        return (list, *[_structure_of(x, leaves) for x in item])
    raise _OtherError(item)


def _structure_of_array(item: Any, leaves: list[Any]) -> Structure:
    """The structure of an array, or of what another library has for one, such as a tensor."""
    import numpy

    array = numpy.asarray(item)
    if isinstance(item, (numpy.ma.MaskedArray, numpy.matrix)):  # whose arithmetic is another
        raise _OtherError(item)
    if array.dtype.kind in "biuf":
        leaves.extend(array.astype(float).ravel().tolist())
    elif array.dtype == object:
        for entry in array.flat:
            if not is_scalar(entry):
                raise _OtherError(entry)
            leaves.append(entry if isinstance(entry, Value) else to_float(entry))
    else:
        raise _OtherError(item)
    return ("array", array.shape) if array.ndim else None


def _place_of(wanted: Any, item: Any) -> str | None:
    """The place of an object in another, as in `['w'][2]`; None if it is not in there."""
    if item is wanted:
        return ""
    entries: Iterable[tuple[Any, Any]] = ()
    if isinstance(item, Mapping):
        entries = item.items()
    elif isinstance(item, (list, tuple)) or (is_array(item) and item.ndim):
        entries = enumerate(item)
    for key, inside in entries:
        below = _place_of(wanted, inside)
        if below is not None:
            return f"[{key!r}]{below}"
    return None


# ---- the arguments of a call --------------------------------------------------------------------


def positional_parameters(function: Callable[..., Any]) -> list[str] | None:
    """The names of the arguments that a function takes by position; None if it takes any number."""
    try:
        parameters = inspect.signature(getattr(function, "forward", function)).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [parameter.name for parameter in parameters if parameter.kind in kinds]


def in_order(
    names: list[str] | None, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call with as many of its arguments by position as possible."""
    rest = dict(kwargs)
    for name in (names or [])[len(args) :]:
        if name not in rest:
            break
        args = (*args, rest.pop(name))
    return args, rest


def is_found_by_name(function: FunctionType) -> bool:
    """Whether its module has the function under its name, as another process would look it up."""
    found: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is function
