"""compile: a function of numbers that is recorded once and replayed natively."""

from __future__ import annotations

import copy
import functools
import pickle
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, overload
from weakref import ReferenceType, ref

from autograd.compiler import recorder
from autograd.compiler.arguments import (
    CallStructure,
    as_row,
    call_text,
    numbers_of,
    reading_of,
    same_nesting,
    stand_ins,
    structure_of_call,
    table_of,
)
from autograd.compiler.replay import Replay
from autograd.engine import Value
from autograd.errors import RecordingError
from autograd.modes import writing_tape
from autograd.primitive import is_array
from autograd.protocols.structures import in_order, positional_parameters, rebuilt
from autograd.tape.program import Program, one_by_one
from autograd.tape.structure import find_structure
from autograd.tape.tape import Tape

SAY_WHICH = "say which with like, one row as the arguments of a call: mean(table, like=([0, 0], 0))"


@dataclass(slots=True)
class Tapes:
    """What a function has been recorded as, by the structure of its arguments."""

    replays: dict[CallStructure, Replay] = field(default_factory=dict)
    latest: Replay | None = None  # the one that ran last


class CompiledFunction:
    """What `compile` gives: call it like the function it was made from.

    function : what is recorded; None in a process that received this without its source.
    """

    def __init__(self, function: Callable[..., Any], structure: bool = True) -> None:
        self.function: Callable[..., Any] | None = function
        self._names: list[str] | bool | None = False  # of its parameters, once they are asked for
        self.finds_structure = structure
        self._tapes = Tapes()
        self._bound: dict[int, tuple[ReferenceType[Any], Tapes]] = {}  # as a method, by object
        functools.update_wrapper(self, function, updated=())
        if not hasattr(function, "__name__"):
            self.__name__ = type(function).__name__

    @property
    def tape(self) -> Tape:
        """The tape that ran last."""
        return self.program.tape

    @property
    def program(self) -> Program:
        """The blocks in which that tape runs."""
        if self._tapes.latest is None:
            raise RecordingError(f"{self.__name__} has no tape yet: call it once")
        return self._tapes.latest.program

    def __call__(self, *args: Any, **kwargs: Any) -> Value:
        if kwargs:
            args, kwargs = in_order(self.parameters, args, kwargs)
        leaves: list[Any] = []
        structure = structure_of_call(args, kwargs, leaves)
        if writing_tape and writing_tape.is_on():  # it becomes a part of what is being recorded
            return self._eager(structure, leaves)
        replay = self._tapes.replays.get(structure)
        if replay is None:
            replay = self._record(structure, leaves)
        self._tapes.latest = replay
        return replay(leaves)

    def mean(self, rows: Any, like: Any = None) -> Value:
        """The mean of the function over many rows of arguments: one Value, one native pass.

        rows : for each call a tuple of its arguments, or its one argument. Or a table, which is a
               buffer such as a NumPy array: a row of numbers for each call. Those are one for each
               argument, or the one argument; or they are nested as in the calls before, if all
               that had as many numbers were alike.
        like : one row, to show how numbers in a table's rows are nested; its numbers do not count.

        With its gradients, that is sum(f(*row) for row in rows) / len(rows), much faster, on every
        core if there is enough to do. Raises ValueError if there are no rows, or if they differ in
        structure; TypeError for a table that could be read in two ways; DomainError, which names
        the row, where a result is not finite.

        >>> import autograd
        >>> w = autograd.Value(3.0)
        >>> @autograd.compile
        ... def loss(x, y):
        ...     return (w * x - y) ** 2
        >>> average = loss.mean([(1.0, 1.0), (2.0, 4.0)])
        >>> average.backward()
        >>> average.data, w.grad
        (4.0, 6.0)
        """
        if writing_tape and writing_tape.is_on():
            return self._eager_mean(rows, like)
        table = table_of(rows)
        if table is None:
            replay, leaves, count = self._rows(rows)
            numbers = numbers_of(leaves)
        else:
            numbers, shape = table
            count, leaves = shape[0], []
            width = len(numbers) // count
            structure = self._structure_of_table(width, shape, is_array(rows), like)
            replay = self._tapes.replays.get(structure) or self._record(structure, numbers[:width])
        self._tapes.latest = replay
        return replay.mean(numbers, count, leaves)

    def __reduce__(self) -> tuple[Any, ...]:
        programs = {key: replay.program for key, replay in self._tapes.replays.items()}
        function = self.function if self._finds_itself_elsewhere() else None
        if function is None and not programs:
            raise pickle.PicklingError(
                f"{self.__name__} has no tape yet, and its source cannot be pickled: call it once, "
                "so that there is a tape to send"
            )
        state = (function, self.__name__, self.parameters, self.finds_structure, programs)
        return CompiledFunction.__new__, (CompiledFunction,), state

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.function, self.__name__, self._names, self.finds_structure, programs = state
        replays = {key: Replay(program) for key, program in programs.items()}
        self._tapes = Tapes(replays, next(reversed(replays.values()), None))
        self._bound = {}

    def __repr__(self) -> str:
        return f"<compiled function {self.__name__}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledFunction:
        if isinstance(self.function, types.FunctionType):
            return self  # as functions are
        twin = CompiledFunction.__new__(CompiledFunction)
        memo[id(self)] = twin
        twin.__setstate__(copy.deepcopy(self.__reduce__()[2], memo))
        return twin

    def __get__(self, instance: Any, owner: Any = None) -> CompiledFunction:
        if instance is None:
            return self
        bound = CompiledFunction(types.MethodType(self._source(), instance), self.finds_structure)
        bound._tapes = self._tapes_of(instance)
        return bound

    def _tapes_of(self, instance: Any) -> Tapes:
        """The tapes of this as a method of an object, for as long as there is the object.

        They are kept here: what stood in the object would be copied with it, parameters and all.
        """
        key = id(instance)
        reference, tapes = self._bound.get(key, (None, None))
        if reference is None or tapes is None or reference() is not instance:
            tapes = Tapes()
            try:
                reference = ref(instance, lambda _: self._bound.pop(key, None))
            except TypeError:  # it has __slots__, so it is recorded at each call
                return tapes
            self._bound[key] = reference, tapes
        return tapes

    @property
    def parameters(self) -> list[str] | None:
        """The names of the arguments by position; None if it takes any number of them."""
        if isinstance(self._names, bool):
            self._names = positional_parameters(self.function) if self.function else None
        return self._names

    def _eager_mean(self, rows: Any, like: Any) -> Value:
        """`mean` while another function is recorded, to be a part of that."""
        results = []
        table = table_of(rows)
        if table is None:
            for row in self._each_row(rows):
                leaves: list[Any] = []
                structure = structure_of_call(as_row(self.parameters, row), {}, leaves)
                results.append(self._eager(structure, leaves))
        else:
            numbers, shape = table
            width = len(numbers) // shape[0]
            structure = self._structure_of_table(width, shape, is_array(rows), like)
            for start in range(0, len(numbers), width):
                results.append(self._eager(structure, numbers[start : start + width]))
        if not results:
            raise ValueError("mean needs at least one row; the mean over none is undefined")
        total: Value = sum(results[1:], results[0])
        return total / len(results)

    def _eager(self, structure: CallStructure, leaves: Iterable[Any]) -> Value:
        """The function itself, with these numbers and Values in its arguments."""
        rest = iter([x if isinstance(x, Value) else Value(x) for x in leaves])
        args = [rebuilt(inside, rest) for inside in structure[0]]
        return self._checked(
            self._source()(*args, **{name: rebuilt(inside, rest) for name, inside in structure[1]})
        )

    def _checked(self, result: Any) -> Value:
        if not isinstance(result, Value):
            raise TypeError(
                f"{self.__name__} gave {result!r:.60}; a compiled function gives one Value"
            )
        return result

    def _source(self) -> Callable[..., Any]:
        if self.function is None:
            raise RecordingError(
                f"{self.__name__} was unpickled with the tapes it had, and there is none for "
                "arguments of this structure: call it with such arguments before pickling it"
            )
        return self.function

    def _record(self, structure: CallStructure, numbers: Sequence[Any]) -> Replay:
        function = self._source()
        fresh, named, leaves = stand_ins(self.parameters, structure, numbers_of(numbers))
        result, seen = recorder.record(lambda: function(*fresh, **named), leaves)
        tape = recorder.tape_of(self.__name__, self._checked(result), leaves, seen)
        program = find_structure(tape) if self.finds_structure else one_by_one(tape)
        replay = self._tapes.replays[structure] = Replay(program)
        return replay

    def _rows(self, rows: Any) -> tuple[Replay, list[Any], int]:
        """The replay for rows of arguments, all numbers and Values in them, and how many rows."""
        leaves: list[Any] = []
        first: CallStructure | None = None
        replay = None
        count = 0
        for row in self._each_row(rows):
            args = as_row(self.parameters, row)
            structure = structure_of_call(args, {}, leaves)
            if replay is None:
                first = structure
                replay = self._tapes.replays.get(structure) or self._record(structure, leaves)
            elif structure != first:
                raise ValueError(f"mean: rows[{count}] differs in structure from rows[0]")
            count += 1
        if replay is None:
            raise ValueError("mean needs at least one row; the mean over none is undefined")
        return replay, leaves, count

    def _each_row(self, rows: Any) -> Iterable[Any]:
        if not isinstance(rows, Iterable):
            raise TypeError(f"mean takes rows of arguments, one for each call, not {rows!r:.60}")
        return rows

    def _structure_of_table(
        self, width: int, shape: tuple[int, ...], as_arrays: bool, like: Any
    ) -> CallStructure:
        """How the numbers in a table's rows are nested, width in each; shape is the table's."""
        if like is None:
            plain = reading_of(self.parameters, shape[1:], as_arrays)
            is_number = plain is not None and len(shape) == 1
            return plain if is_number else self._reading(plain, width)  # type: ignore[return-value]
        leaves: list[Any] = []
        structure = structure_of_call(as_row(self.parameters, like), {}, leaves)
        if len(leaves) != width:
            raise ValueError(
                f"mean: like has {len(leaves)} numbers, and a row of the table has {width}"
            )
        return structure

    def _reading(self, plain: CallStructure | None, width: int) -> CallStructure:
        """What a row of this many numbers means, by itself (plain) or as in calls before."""
        if self.function is None and plain not in self._tapes.replays:
            plain = None  # what has no tape cannot be had here
        readings = [] if plain is None else [plain]
        for known, replay in self._tapes.replays.items():
            is_new = plain is None or not same_nesting(known, plain)
            if replay.width == width and is_new and not known[1]:
                readings.append(known)
        if len(readings) == 1:
            return readings[0]
        if readings:
            both = " or ".join(call_text(self.__name__, reading) for reading in readings)
            raise TypeError(f"mean: a row of {width} numbers may be {both}: {SAY_WHICH}")
        raise TypeError(
            f"mean: it is not clear how the {width} numbers in a row are divided among the "
            f"arguments {', '.join(self.parameters or ())}: {SAY_WHICH}"
        )

    def _finds_itself_elsewhere(self) -> bool:
        """Whether the function can be pickled, and finds its parameters where it arrives."""
        function = self.function
        if not isinstance(function, types.FunctionType):
            return function is not None  # an object, which brings its parameters
        if any(replay.program.tape.closures for replay in self._tapes.replays.values()):
            return False  # it would read those of the other process
        found: Any = sys.modules.get(function.__module__)
        for name in function.__qualname__.split("."):
            found = getattr(found, name, None)
        return found is function


@overload
def compile(function: Callable[..., Any], *, structure: bool = True) -> CompiledFunction: ...  # noqa: A001
@overload
def compile(  # noqa: A001
    *, structure: bool = True
) -> Callable[[Callable[..., Any]], CompiledFunction]: ...
def compile(function: Any = None, *, structure: bool = True) -> Any:  # noqa: A001
    """Make a function fast: its first call records a tape, and later calls replay that natively.

    function  : of numbers, Values, and lists, tuples, dicts and arrays of them, nested, that gives
                one Value.
    structure : whether to look for dot products and matrices in the tape; off, it runs one by one.

    Numbers among the arguments become Values inside the function. A call gives a Value; backward()
    on it works as usual, and gradients arrive in the parameters that the function uses and in
    the Values among its arguments. Parameters are read afresh at each call, so an optimiser's
    step takes effect. Arguments of another structure are recorded again. Everything else, such as
    plain numbers, lists, random draws, Values that the function makes itself, and which branch was
    taken, stays as it was when recorded.

    Raises RecordingError where the function asks for the number of a Value while it is recorded,
    and DomainError where a replay meets a number that is not finite.

    >>> import autograd
    >>> w, b = autograd.Value(2.0, label="w"), autograd.Value(1.0, label="b")
    >>> @autograd.compile
    ... def line(x):
    ...     return w * x + b
    >>> y = line(3.0)
    >>> y.backward()
    >>> y.data, w.grad
    (7.0, 3.0)
    >>> print(line.tape)
    line(x)
    forward
        v0 = w * x
        v1 = v0 + b
        return v1
    adjoint
        v1.grad = 1
        v0.grad += v1.grad
        b.grad += v1.grad
        w.grad += v0.grad * x
        x.grad += v0.grad * w
    """
    if function is None:
        return functools.partial(compile, structure=structure)
    if not callable(function):
        raise TypeError(f"compile takes a function, not {function!r:.60}")
    return CompiledFunction(function, structure)
