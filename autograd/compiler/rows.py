"""Rows of arguments for `mean` and `map`: in arrays, which are read where they lie, or singly."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from autograd.compiler.arguments import CallStructure, numbers_of, structure_of_call
from autograd.engine import accelerated
from autograd.primitive import is_array
from autograd.protocols.structures import Structure, rebuilt, structure_of, written

if TYPE_CHECKING or not accelerated:
    from autograd.tape.kernel import Reader
else:
    from autograd.native.engine import Reader

SAY_WHICH = (
    "say which with like, one row as the arguments of a call: {asked}(table, like=([0, 0], 0))"
)


class Rows:
    """Rows of arguments in arrays, one for each argument, that are read where they lie.

    columns : NumPy arrays, or other buffers, with a row for each call: in one of one dimension, an
              argument is a number; in any other, a row is an argument. Numbers are copied, once,
              only if they are no floats of 64 bits, or stand in an `array`, which may grow.

    `rows[places]` are the rows at these places, in this order, without a copy of them. `mean` and
    `map` of compiled functions take Rows. Raises TypeError or ValueError for columns that are no
    numbers, or are of different lengths, and IndexError for a place where there is no row.

    >>> import autograd, array
    >>> xs, ys = array.array("d", [1.0, 2.0, 3.0]), array.array("d", [1.0, 4.0, 9.0])
    >>> product = autograd.compile(lambda x, y: x * y)
    >>> rows = autograd.Rows(xs, ys)
    >>> len(rows), product.mean(rows[[2, 0]]).data
    (3, 14.0)
    """

    def __init__(self, *columns: Any) -> None:
        views = [view_of(column, "Rows") for column in columns]
        if not views or None in views:
            raise TypeError("Rows takes an array, or another buffer of numbers, for each argument")
        self._lie_in(views, [is_array(column) for column in columns])
        if any(len(part) != self.stored for part in self.parts):
            lengths = ", ".join(str(len(part)) for part in self.parts)
            raise ValueError(f"Rows: the arrays differ in how many rows they have: {lengths}")

    def _lie_in(self, parts: list[memoryview], are_arrays: list[bool]) -> None:
        self.parts, self.are_arrays = parts, are_arrays
        self.stored = len(parts[0])
        self.places: array[int] | None = None
        self.is_table = False  # whether it is for the function to say what is what in a row

    @property
    def width(self) -> int:
        """How many numbers there are in a row."""
        return sum([part.nbytes for part in self.parts]) // (8 * self.stored)

    def __len__(self) -> int:
        return self.stored if self.places is None else len(self.places)

    def __getitem__(self, places: Iterable[int]) -> Rows:
        chosen = array("q", places)
        if chosen and not 0 <= min(chosen) <= max(chosen) < len(self):
            wrong = next(k for k in chosen if not 0 <= k < len(self))
            raise IndexError(f"Rows: there is no row {wrong}; they go from 0 to {len(self) - 1}")
        found = Rows.__new__(Rows)
        found._lie_in(self.parts, self.are_arrays)
        found.places = chosen
        if self.places is not None:
            found.places = array("q", [self.places[k] for k in chosen])
        return found

    def __repr__(self) -> str:
        return f"<Rows: {len(self):,} of {self.width:,} numbers>"


def reader_of(rows: Rows) -> Reader:
    """What reads these rows."""
    return Reader(rows.parts, rows.stored, rows.places)


def reader_of_leaves(leaves: Sequence[Any], rows: int) -> Reader:
    """What reads the numbers of leaves, of this many rows."""
    return Reader((numbers_of(leaves),), rows)


def table_of(rows: Any, asked: str) -> Rows | None:
    """Rows that lie in a buffer, or in several; None if they have to be taken one by one.

    asked : the method that asks, as errors call it.

    Raises TypeError for a buffer of anything but numbers, and ValueError for an empty one.
    """
    if isinstance(rows, Rows):
        if not len(rows):
            raise ValueError(none_given(asked))
        return rows
    view = view_of(rows, asked)
    if view is None:
        return None
    table = Rows.__new__(Rows)
    table._lie_in([view], [is_array(rows)])
    table.is_table = True
    return table


def none_given(asked: str) -> str:
    """The error for no rows at all."""
    why = "; the mean over none is undefined" if asked == "mean" else ""
    return f"{asked} needs at least one row{why}"


def view_of(rows: Any, asked: str) -> Any:
    """The numbers of a buffer as floats, with its shape; None if it is not a buffer."""
    kind = getattr(getattr(rows, "dtype", None), "kind", "f")
    if is_array(rows) and hasattr(rows, "mask"):
        raise TypeError(
            f"{asked} takes rows of numbers; in a masked array some are left out: give the rows "
            "that are whole, or what filled() gives"
        )
    if kind == "O":
        return None
    if kind not in "biuf" or isinstance(rows, (bytes, bytearray)):
        shown = getattr(rows, "dtype", type(rows).__name__)
        raise TypeError(f"{asked} takes rows of real numbers, not a buffer of {shown}")
    try:
        view: Any = memoryview(rows)
    except TypeError:
        return None
    if view.ndim == 0:
        raise ValueError(f"{asked} takes rows: a buffer with one row for each call, not one number")
    if hasattr(rows, "astype"):  # NumPy converts any kind of number
        view = memoryview(rows.astype(float, copy=False))
        if view.format != "d":  # since it is not aligned, which a copy is
            view = memoryview(rows.astype(float))
    shape = tuple(view.shape or ())
    if 0 in shape:
        raise ValueError(f"{asked} needs at least one row of at least one number, not {shape}")
    own = "<" if sys.byteorder == "little" else ">"
    if view.format[0] in f"@={own}" and view.c_contiguous:  # as ctypes writes it
        view = view.cast("B").cast(view.format[1:], shape)
    if view.format == "d" and not view.suboffsets and not isinstance(rows, array):
        return view
    numbers = array("d")  # an array that grows must not be held
    if view.format == "d" and view.c_contiguous:
        numbers.frombytes(view.tobytes())
    else:
        leaves: list[Any] = []
        structure_of(view.tolist(), leaves)
        numbers.extend(leaves)
    return memoryview(numbers).cast("B").cast("d", shape)


# ---- what a row is ------------------------------------------------------------------------------


def as_row(names: list[str] | None, row: Any) -> tuple[Any, ...]:
    """The arguments that an entry of rows stands for, given the function's parameters.

    A tuple holds the arguments; so does a list, if the function takes more than one. Anything else
    is the one argument.
    """
    if isinstance(row, tuple):
        return row
    is_one = isinstance(row, Mapping) or getattr(row, "ndim", 1) == 0
    if isinstance(row, Iterable) and not is_one and (names is None or len(names) != 1):
        return tuple(row)
    return (row,)


def each_row(rows: Any, asked: str) -> Iterable[Any]:
    """Rows that are to be taken one by one."""
    if not isinstance(rows, Iterable) or isinstance(rows, Mapping):
        raise TypeError(f"{asked} takes rows of arguments, one for each call, not {rows!r:.60}")
    return rows


def structure_of_table(
    table: Rows, like: Any, names: list[str] | None, known: Mapping[CallStructure, int],
    call: tuple[str, str], can_record: bool,
) -> CallStructure:  # fmt: skip
    """How the numbers in a table's rows are nested.

    like       : a row that shows it, or None.
    names      : of the function's parameters.
    known      : the structures of calls before, and how many numbers there are in each.
    call       : the name of the function, and the method that asks.
    can_record : whether there is a function to record, or only what is known.
    """
    width, asked = table.width, call[1]
    if like is not None:
        leaves: list[Any] = []
        structure = structure_of_call(as_row(names, like), {}, leaves)
        if len(leaves) != width:
            raise ValueError(
                f"{asked}: like has {len(leaves)} numbers, and a row of the table has {width}"
            )
        return structure
    inside = [tuple((part.shape or ())[1:]) for part in table.parts]
    if not table.is_table:
        columns = zip(inside, table.are_arrays, strict=True)
        return tuple([nested(shape, is_one) for shape, is_one in columns]), ()
    plain = reading_of(names, inside[0], table.are_arrays[0])
    if plain is not None and not inside[0]:
        return plain
    if plain not in known and not can_record:
        plain = None  # what has no tape cannot be had here
    readings = [] if plain is None else [plain]
    for other, numbers in known.items():
        is_new = plain is None or not same_nesting(other, plain)
        if numbers == width and is_new and not other[1]:
            readings.append(other)
    if len(readings) == 1:
        return readings[0]
    say_which = SAY_WHICH.format(asked=asked)
    if readings:
        both = " or ".join(call_text(call[0], reading) for reading in readings)
        raise TypeError(f"{asked}: a row of {width} numbers may be {both}: {say_which}")
    raise TypeError(
        f"{asked}: it is not clear how the {width} numbers in a row are divided among the "
        f"arguments {', '.join(names or ())}: {say_which}"
    )


def nested(shape: tuple[int, ...], as_array: bool) -> Structure:
    """The structure of numbers in this shape: an array, or a list, of lists."""
    inside: Structure = ("array", shape) if as_array and shape else None
    for length in () if inside else reversed(shape):
        inside = (list, *[inside] * length)
    return inside


def reading_of(
    names: list[str] | None, shape: tuple[int, ...], as_arrays: bool
) -> CallStructure | None:
    """What a table's row of this shape is by itself: a number for each argument, or the one
    argument; None if it is neither.

    as_arrays : whether the one argument is an array; else it is a list, of lists.
    """
    if names is not None and len(names) == 1:
        return (nested(shape, as_arrays),), ()
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
        return nested(structure[1], as_array=False)
    if structure[0] is dict:
        return (dict, structure[1], *map(_as_lists, structure[2:]))
    return (list, *map(_as_lists, structure[1:]))


def call_text(name: str, structure: CallStructure) -> str:
    """A call with numbers called x0, x1 and so on, as in `f([x0, x1], x2)`."""
    numbers = (f"x{k}" for k in count())
    return f"{name}({', '.join([written(inside, numbers) for inside in structure[0]])})"


# ---- what map gives -----------------------------------------------------------------------------


def mapped(returns: Structure, numbers: array[float], rows: int, as_array: bool) -> Any:
    """The results of many rows, row after row, in the form that `map` has for them."""
    shape = shape_of(returns)
    if as_array and shape is not None:
        import numpy

        return numpy.frombuffer(numbers, dtype=float).reshape(rows, *shape)
    if returns is None:
        return numbers
    from_here = iter(numbers)
    return [rebuilt(returns, from_here) for _ in range(rows)]


def shape_of(structure: Structure) -> tuple[int, ...] | None:
    """The shape of the array that nested lists, tuples or arrays make; None if they make none."""
    if structure is None:
        return ()
    if structure[0] == "array":
        return tuple(structure[1])
    inside = {shape_of(x) for x in structure[1:]} if structure[0] is not dict else {None}
    if len(inside) != 1 or None in inside:
        return None
    return len(structure) - 1, *inside.pop()  # type: ignore[misc]


def as_rows(rows: Any) -> Any:
    """Rows as they are, but a table of pandas, which is no sequence of its rows, as an array."""
    return rows.to_numpy() if hasattr(rows, "to_numpy") else rows
