"""Arguments of a compiled function: their structure, and the numbers in them."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd.engine import Value
from autograd.primitive import is_real, to_float

Structure = tuple[Any, ...] | None
"""What arguments look like apart from their numbers: None for a number or Value, else the type of
the sequence and the structures in it. Tapes are stored under it."""


def structure_of(item: Any, leaves: list[Any], what: str = "") -> Structure:
    """The structure of an argument; the numbers and Values in it are appended to leaves.

    what : what the argument is called, for the error.
    """
    if isinstance(item, Value) or type(item) is float:
        leaves.append(item)
        return None
    if type(item) in (list, tuple):
        return (type(item), *[structure_of(x, leaves, what) for x in item])
    if is_real(item):
        leaves.append(to_float(item))
        return None
    if hasattr(item, "tolist"):  # an array
        return structure_of(item.tolist(), leaves, what)
    raise TypeError(
        f"{what or 'an argument'}: a compiled function takes numbers, Values, and lists or tuples "
        f"of them, not {type(item).__name__}: {item!r:.60}. What never changes can be bound before "
        "compiling, as in compile(lambda x: f(x, option))."
    )


def structure_of_call(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], leaves: list[Any]
) -> tuple[Structure, ...]:
    """The structure of all arguments of a call; their numbers are appended to leaves."""
    positional = [structure_of(x, leaves, f"argument {k}") for k, x in enumerate(args, 1)]
    named = [(name, structure_of(x, leaves, name)) for name, x in sorted(kwargs.items())]
    return (*positional, *named)


def stand_ins(names: list[str] | None, args: Any, kwargs: Any) -> tuple[Any, Any, list[Value]]:
    """The arguments with a fresh leaf for each number, and the leaves, named as `x[2][0]`."""
    leaves: list[Value] = []

    def stand_in(item: Any, path: str) -> Any:
        if isinstance(item, Value) or is_real(item):
            number = item._data if isinstance(item, Value) else to_float(item)
            leaves.append(Value(number, label=path))
            return leaves[-1]
        if hasattr(item, "tolist"):
            return stand_in(item.tolist(), path)
        return type(item)([stand_in(x, f"{path}[{k}]") for k, x in enumerate(item)])

    known = names or []
    paths = [known[k] if k < len(known) else f"x{k}" for k in range(len(args))]
    fresh = [stand_in(x, path) for x, path in zip(args, paths, strict=True)]
    named = {name: stand_in(x, name) for name, x in sorted(kwargs.items())}
    return fresh, named, leaves


def positional_parameters(function: Callable[..., Any]) -> list[str] | None:
    """The names of the arguments that a function takes by position; None if it takes any number."""
    import inspect

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


def example_row(
    names: list[str] | None, numbers: Sequence[float], shape: tuple[int, ...]
) -> tuple[Any, ...]:
    """The arguments that a table's row of this shape stands for: a number each, or one list."""

    def shaped(start: int, shape: tuple[int, ...]) -> Any:
        if not shape:
            return numbers[start]
        size = 1
        for length in shape[1:]:
            size *= length
        return [shaped(start + k * size, shape[1:]) for k in range(shape[0])]

    if names is not None and len(names) == 1:
        return (shaped(0, shape),)
    if len(shape) == 1 and (names is None or len(names) == shape[0]):
        return tuple(numbers)
    raise TypeError(
        f"mean: it is not clear how the {len(numbers)} numbers in a row are divided among the "
        f"arguments {', '.join(names or ())}; call the function once with the arguments of one row"
    )
