"""compile: a function of numbers that is recorded once and replayed natively."""

from __future__ import annotations

import copy
import functools
import pickle
import sys
import types
from array import array
from collections.abc import Callable, Iterable
from typing import Any, overload

from autograd.compiler import recorder
from autograd.compiler.arguments import (
    Structure,
    as_row,
    example_row,
    in_order,
    numbers_of,
    positional_parameters,
    stand_ins,
    structure_of_call,
    table_of,
)
from autograd.compiler.replay import Replay
from autograd.engine import Value
from autograd.errors import RecordingError
from autograd.modes import writing_tape
from autograd.tape.program import Program, one_by_one
from autograd.tape.structure import find_structure
from autograd.tape.tape import Tape


class CompiledFunction:
    """What `compile` gives: call it as the function it was made of.

    function : what is recorded; None in another process that got this without its source.
    """

    def __init__(self, function: Callable[..., Any], structure: bool = True) -> None:
        self.function: Callable[..., Any] | None = function
        self._names: list[str] | bool | None = False  # of its parameters, once they are asked for
        self.finds_structure = structure
        self._replays: dict[tuple[Structure, ...], Replay] = {}
        self._latest: Replay | None = None
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
        if self._latest is None:
            raise RecordingError(f"{self.__name__} has no tape yet: call it once")
        return self._latest.program

    def __call__(self, *args: Any, **kwargs: Any) -> Value:
        if kwargs:
            args, kwargs = in_order(self.parameters, args, kwargs)
        if writing_tape and writing_tape.is_on():  # it becomes a part of what is being recorded
            result: Value = self._source()(*args, **kwargs)
            return result
        leaves: list[Any] = []
        structure = structure_of_call(args, kwargs, leaves)
        replay = self._replays.get(structure)
        if replay is None:
            replay = self._record(structure, args, kwargs)
        self._latest = replay
        return replay(leaves)

    def mean(self, rows: Any) -> Value:
        """The mean of the function over many rows of arguments: one Value, one native pass.

        rows : for each call a tuple of its arguments, or its one argument. Or a buffer, such as a
               NumPy array, with a row for each call: the numbers of its arguments, in order. They
               are nested as in the last call, if that had as many; else as the row is.

        With its gradients, that is sum(f(*row) for row in rows) / len(rows), much faster, on every
        core if there is enough to do. Raises ValueError if there are no rows, or if they differ in
        structure; DomainError, which names the row, where a result is not finite.

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
            return self._eager_mean(rows)
        table = table_of(rows)
        if table is None:
            replay, leaves, count = self._rows(rows)
            numbers = numbers_of(leaves)
        else:
            numbers, shape = table
            count, leaves = shape[0], []
            replay = self._replay_of_table(numbers, shape)
        self._latest = replay
        return replay.mean(numbers, count, leaves)

    def __reduce__(self) -> tuple[Any, ...]:
        programs = {key: replay.program for key, replay in self._replays.items()}
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
        self._replays = {key: Replay(program) for key, program in programs.items()}
        self._latest = next(reversed(self._replays.values()), None)

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
        method = types.MethodType(self._source(), instance)
        bound = CompiledFunction(method, self.finds_structure)
        if hasattr(instance, "__dict__"):  # the next look finds the same, with its tapes
            instance.__dict__[self.__name__] = bound
        return bound

    @property
    def parameters(self) -> list[str] | None:
        """The names of the arguments by position; None if it takes any number of them."""
        if isinstance(self._names, bool):
            self._names = positional_parameters(self.function) if self.function else None
        return self._names

    def _eager_mean(self, rows: Any) -> Value:
        """`mean` while another function is recorded, to be a part of that."""
        values = rows.tolist() if hasattr(rows, "tolist") else list(rows)
        results = [self._source()(*as_row(self.parameters, row)) for row in values]
        if not results:
            raise ValueError("mean needs at least one row; the mean over none is undefined")
        total: Value = sum(results[1:], results[0])
        return total / len(results)

    def _source(self) -> Callable[..., Any]:
        if self.function is None:
            raise RecordingError(
                f"{self.__name__} came here by pickle, with the tapes it had. There is none for "
                "arguments of this structure: call it with such before it is pickled"
            )
        return self.function

    def _record(
        self, structure: tuple[Structure, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Replay:
        function = self._source()
        fresh, named, leaves = stand_ins(self.parameters, args, kwargs)
        result, seen = recorder.record(lambda: function(*fresh, **named), leaves)
        if not isinstance(result, Value):
            raise TypeError(
                f"{self.__name__} gave {result!r:.60}; a compiled function gives one Value"
            )
        tape = recorder.tape_of(self.__name__, result, leaves, seen)
        program = find_structure(tape) if self.finds_structure else one_by_one(tape)
        replay = self._replays[structure] = Replay(program)
        return replay

    def _rows(self, rows: Any) -> tuple[Replay, list[Any], int]:
        """The replay for rows of arguments, all numbers and Values in them, and how many rows."""
        leaves: list[Any] = []
        first: tuple[Structure, ...] | None = None
        replay = None
        count = 0
        if not isinstance(rows, Iterable):
            raise TypeError(f"mean takes rows of arguments, one for each call, not {rows!r:.60}")
        for row in rows:
            args = as_row(self.parameters, row)
            structure = structure_of_call(args, {}, leaves)
            if replay is None:
                first = structure
                replay = self._replays.get(structure) or self._record(structure, args, {})
            elif structure != first:
                raise ValueError(f"mean: rows[{count}] has another structure than rows[0]")
            count += 1
        if replay is None:
            raise ValueError("mean needs at least one row; the mean over none is undefined")
        return replay, leaves, count

    def _replay_of_table(self, numbers: array[float], shape: tuple[int, ...]) -> Replay:
        width = len(numbers) // shape[0]
        latest = self._latest
        if latest is not None and latest.width == width:
            return latest
        args = example_row(self.parameters, numbers[:width], shape[1:])
        structure = structure_of_call(args, {}, [])
        return self._replays.get(structure) or self._record(structure, args, {})

    def _finds_itself_elsewhere(self) -> bool:
        """Whether the function can be pickled, and finds its parameters where it arrives."""
        function = self.function
        if not isinstance(function, types.FunctionType):
            return function is not None  # an object, which takes its parameters along
        if any(replay.program.tape.closures for replay in self._replays.values()):
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

    function  : of numbers, Values, and nested lists or tuples of them, that gives one Value.
    structure : whether to look for dot products and matrices in the tape; off, it runs one by one.

    Numbers among the arguments become Values inside the function. A call gives a Value; backward()
    on it works as ever, and gradients arrive in the parameters that the function uses and in
    the Values among its arguments. Parameters are read afresh at each call, so a step of an
    optimiser is seen. Arguments of another structure are recorded again. Everything else, such as
    plain numbers, lists, random draws, Values that the function makes itself, and which branch was
    taken, is as it was when recorded.

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
        v1 = w * x
        v2 = v1 + b
        return v2
    adjoint
        v2.grad = 1
        v1.grad += v2.grad
        b.grad += v2.grad
        w.grad += v1.grad * x
        x.grad += v1.grad * w
    """
    if function is None:
        return functools.partial(compile, structure=structure)
    if not callable(function):
        raise TypeError(f"compile takes a function, not {function!r:.60}")
    return CompiledFunction(function, structure)
