"""compile: a function of numbers that is recorded once and replayed natively."""

from __future__ import annotations

import copy
import copyreg
import functools
import pickle
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

from autograd.compiler import recorder
from autograd.compiler.arguments import (
    CallStructure,
    numbers_of,
    stand_ins,
    structure_of_call,
    unchanged,
)
from autograd.compiler.calls import Bound, Entrance, Tapes
from autograd.compiler.replay import Replay
from autograd.compiler.rows import (
    Rows,
    as_row,
    as_rows,
    each_row,
    mapped,
    none_given,
    reader_of,
    reader_of_leaves,
    structure_of_table,
    table_of,
)
from autograd.engine import Value, constant
from autograd.errors import RecordingError
from autograd.modes import writing_tape
from autograd.primitive import is_array, is_real
from autograd.protocols.structures import (
    Structure,
    in_order,
    is_found_by_name,
    positional_parameters,
    rebuilt,
    structure_of,
)
from autograd.tape.c_code import c_code
from autograd.tape.program import Program, one_by_one
from autograd.tape.sharing import find_program
from autograd.tape.tape import Tape

GIVES = "{place}; a compiled function gives a Value, or Values in lists, tuples, dicts or arrays"


class CompiledFunction(Entrance):
    """What `compile` gives: call it like the function it was made from.

    function : what is recorded; None in a process that received this without its source.
    """

    def __init__(
        self, function: Callable[..., Any], structure: bool = True, in_c: bool = False
    ) -> None:
        self.function: Callable[..., Any] | None = function
        self._names: list[str] | bool | None = False  # of its parameters, once they are asked for
        self.finds_structure, self._in_c = structure, in_c
        self._tapes, self._bound = Tapes(), Bound()
        self.derivatives: dict[Any, Any] = {}  # see derived.py
        functools.update_wrapper(self, function, updated=())
        self.__name__ = getattr(function, "__name__", type(function).__name__)

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

    @property
    def backend(self) -> str:
        """What runs the tape that ran last: "kernel" or "c"; or, where C was asked for, "kernel: "
        and why it is not there (yet)."""
        latest = self._tapes.latest
        if latest is None or latest.library is None:
            return "kernel" + ": there is no tape yet" * self._in_c
        return repr(latest.library)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call; where there is native code, one that is in some way unlike the call before."""
        if kwargs:
            args, kwargs = in_order(self.parameters, args, kwargs)
        leaves: list[Any] = []
        structure = structure_of_call(args, kwargs, leaves)
        if writing_tape and writing_tape.is_on():  # it becomes a part of what is being recorded
            return self._eager(structure, leaves)
        return self.replay_for(structure, leaves)(leaves)

    def replay_for(self, structure: CallStructure, leaves: Sequence[Any]) -> Replay:
        """What runs on arguments of this structure, recorded if need be with these numbers."""
        replay = self._tapes.replays.get(structure) or self._record(structure, leaves)
        self._tapes.latest = replay
        return replay

    def mean(self, rows: Any, like: Any = None) -> Any:
        """The mean of the function over many rows of arguments: one Value, one native pass.

        rows : for each call a tuple of its arguments, or its one argument. Or a table, which is a
               buffer such as a NumPy array: a row of numbers for each call. Those are one for each
               argument, or the one argument; or they are nested as in the calls before, if all
               that had as many numbers were alike. Or `Rows`, with an array for each argument.
        like : one row, to show how numbers in a table's rows are nested; its numbers do not count.

        The same, gradients included, as sum(f(*row) for row in rows) / len(rows), but much faster,
        on every core if there is enough to do; of a function that gives several numbers, the mean
        of each. Raises ValueError if there are no rows, or if they differ in structure; TypeError
        for a table that could be read in two ways; DomainError, which names the row, where a
        result is not finite.

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
            return self._eager_mean(as_rows(rows), like)
        replay, reader, leaves = self._rows(as_rows(rows), like, "mean")
        return replay.mean(reader, leaves)

    def map(self, rows: Any, like: Any = None) -> Any:
        """What the function gives for each of many rows, in plain numbers: one native pass.

        rows, like : as for `mean`.

        The numbers are those of a call for each row, to the last bit; there are no gradients. If
        the function gives one number, this is an array of them. If it gives more, it is a list,
        with what it gives for each row. For rows in NumPy arrays it is a NumPy array: of the shape
        (rows,) for one number, (rows, k) for k in a list, (rows, m, k) for m such lists; only for
        dicts, and for lists of different lengths, is it a list. Errors are those of `mean`.

        >>> import autograd
        >>> w = autograd.Value(3.0)
        >>> both = autograd.compile(lambda x: [w * x, x**2])
        >>> both.map([1.0, 2.0])
        [[3.0, 1.0], [6.0, 4.0]]
        """
        if writing_tape and writing_tape.is_on():
            raise RecordingError(
                f"{self.__name__}.map gives plain numbers, which would be the same in every later "
                "call of the function being compiled. Call it for each row instead"
            )
        rows = as_rows(rows)
        replay, reader, _ = self._rows(rows, like, "map")
        are_arrays = rows.are_arrays if isinstance(rows, Rows) else [is_array(rows)]
        return mapped(replay.returns, replay.map(reader), reader.count, any(are_arrays))

    def to_c(self) -> str:
        """The tape that ran last as C99: one file, for where there is no Python, and to read.

        It has `f(inputs, out)`; `f_grad(inputs, out, grads)`, with the derivatives of each result
        by the inputs and then by the parameters; and a main that prints both at the arguments of
        the first call. Inputs are `tape.inputs`; parameters, with their numbers of now, are
        `tape.closures`. Raises RecordingError if there is no tape yet, and for operations of your
        own, which are Python.

        >>> import autograd
        >>> square = autograd.compile(lambda x: x * x)
        >>> y = square(3.0)
        >>> print(square.to_c())  # doctest: +ELLIPSIS
        /* <lambda>(x), recorded by chalkgrad; ...
        """
        numbers, latest = [v._data for v in self.tape.closures], self._tapes.latest
        return c_code(self.program, numbers, latest.sample if latest else ())

    def __reduce__(self) -> tuple[Any, ...]:
        programs = {key: replay.program for key, replay in self._tapes.replays.items()}
        function = self.function if self._finds_itself_elsewhere() else None
        if function is None and not programs:
            raise pickle.PicklingError(
                f"{self.__name__} has no tape yet, and its source cannot be pickled: call it once, "
                "so that there is a tape to send"
            )
        state = (
            function,
            self.__name__,
            self.parameters,
            self.finds_structure,
            self._in_c,
            programs,
        )
        return copyreg.__newobj__, (CompiledFunction,), state  # type: ignore[attr-defined]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.function, self.__name__, self._names, self.finds_structure, self._in_c, programs = (
            state
        )
        replays = {key: Replay(p, key, in_c=self._in_c) for key, p in programs.items()}
        self._tapes = Tapes(replays, next(reversed(replays.values()), None))
        self._bound, self.derivatives = Bound(), {}

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
        function = types.MethodType(self._source(), instance)
        bound = CompiledFunction(function, self.finds_structure, self._in_c)
        bound._tapes = self._bound.tapes_of(instance)
        return bound

    @property
    def parameters(self) -> list[str] | None:
        """The names of the arguments by position; None if it takes any number of them."""
        if isinstance(self._names, bool):
            self._names = positional_parameters(self.function) if self.function else None
        return self._names

    def _eager_mean(self, rows: Any, like: Any) -> Any:
        """`mean` while another function is recorded, to be a part of that."""
        results: list[list[Any]] = []
        returns: Structure = None

        def add(structure: CallStructure, numbers: Iterable[Any]) -> Structure:
            results.append([])
            return structure_of(self._eager(structure, numbers), results[-1])

        table = table_of(rows, "mean")
        if table is None:
            for row in each_row(rows, "mean"):
                leaves: list[Any] = []
                structure = structure_of_call(as_row(self.parameters, row), {}, leaves)
                returns = add(structure, leaves)
        else:
            structure, reader = self._structure_of(table, like, "mean"), reader_of(table)
            for k in range(reader.count):
                returns = add(structure, reader.row(k))
        if not results:
            raise ValueError(none_given("mean"))
        means = [sum(column[1:], column[0]) / len(column) for column in zip(*results, strict=True)]
        return rebuilt(returns, iter(means))

    def _eager(self, structure: CallStructure, leaves: Iterable[Any]) -> Any:
        """The function itself, with these numbers and Values in its arguments."""
        rest = iter([x if isinstance(x, Value) else Value(x) for x in leaves])
        args = [rebuilt(inside, rest) for inside in structure[0]]
        named = {name: rebuilt(inside, rest) for name, inside in structure[1]}
        returns, results = self._checked(self._source()(*args, **named))
        return rebuilt(returns, iter([x if isinstance(x, Value) else constant(x) for x in results]))

    def _checked(self, result: Any) -> tuple[Structure, list[Any]]:
        """The structure of what the function gave, and the Values and numbers in it."""
        leaves: list[Any] = []
        what = f"{self.__name__} gave {result!r:.60}"
        structure = None if is_real(result) else structure_of(result, leaves, what, GIVES)
        if not leaves:
            raise TypeError(GIVES.format(place=what))
        return structure, leaves

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
        if not unchanged(structure, fresh, named, leaves):
            raise RecordingError(
                f"{self.__name__} changes what is in its arguments, which no later call would do. "
                "Let it change a copy, as list(x) or x.copy() make it"
            )
        self._checked(result)
        tape = recorder.tape_of(self.__name__, result, leaves, seen)
        del result, seen  # the nodes, which take more memory than all that follows
        program = find_program(tape) if self.finds_structure else one_by_one(tape)
        self._tapes.replays[structure] = Replay(program, structure, numbers_of(numbers), self._in_c)
        return self._tapes.replays[structure]

    def _rows(self, rows: Any, like: Any, asked: str) -> tuple[Replay, Any, list[Any]]:
        """The replay for rows of arguments, what reads them, and the numbers and Values in them
        unless they lie in a table. `asked` is the method that asks."""
        leaves: list[Any] = []
        first: CallStructure | None = None
        replay = None
        count = 0
        table = table_of(rows, asked)
        if table is not None:
            structure, reader = self._structure_of(table, like, asked), reader_of(table)
            return self.replay_for(structure, reader.row(0)), reader, leaves
        for row in each_row(rows, asked):
            args = as_row(self.parameters, row)
            structure = structure_of_call(args, {}, leaves)
            if replay is None:
                first = structure
                replay = self._tapes.replays.get(structure) or self._record(structure, leaves)
            elif structure != first:
                raise ValueError(f"{asked}: rows[{count}] differs in structure from rows[0]")
            count += 1
        if replay is None:
            raise ValueError(none_given(asked))
        self._tapes.latest = replay
        return replay, reader_of_leaves(leaves, count), leaves

    def _structure_of(self, table: Rows, like: Any, asked: str) -> CallStructure:
        """How the numbers in a table's rows are nested."""
        known = {key: replay.width for key, replay in self._tapes.replays.items()}
        call = self.__name__, asked
        return structure_of_table(
            table, like, self.parameters, known, call, self.function is not None
        )

    def _finds_itself_elsewhere(self) -> bool:
        """Whether the function can be pickled, and finds its parameters where it arrives."""
        if not isinstance(self.function, types.FunctionType):
            return self.function is not None  # an object, which brings its parameters
        if any(replay.program.tape.closures for replay in self._tapes.replays.values()):
            return False  # it would read those of the other process
        return is_found_by_name(self.function)


@overload
def compile(  # noqa: A001
    function: Callable[..., Any], *, structure: bool = True, backend: str = "kernel"
) -> CompiledFunction: ...
@overload
def compile(  # noqa: A001
    *, structure: bool = True, backend: str = "kernel"
) -> Callable[[Callable[..., Any]], CompiledFunction]: ...
def compile(function: Any = None, *, structure: bool = True, backend: str = "kernel") -> Any:  # noqa: A001
    """Make a function fast: its first call records a tape, and later calls replay that natively.

    function  : of numbers, Values, and lists, tuples, dicts and arrays of them, nested, that gives
                a Value, or Values in lists, tuples, dicts or arrays, nested.
    structure : whether to find matrices, and what is computed twice; if not, it runs as recorded.
    backend   : "kernel", or "c": of the tape a C compiler makes a library, in the background, and
                calls go through the kernel until it is there, with the same numbers. `.backend`
                says whether it is.

    Numbers among the arguments become Values inside the function. A call gives a Value, or Values
    in the structure in which the function gives them; backward() on each works as usual, and
    gradients arrive in the parameters that the function uses and in the Values among its
    arguments. Parameters are read afresh at each call, so an optimiser's step takes effect.
    Arguments of another structure are recorded again. Everything else, such as plain numbers,
    lists, random draws, Values that the function makes itself, and which branch was taken, stays
    as it was when recorded.

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
        return functools.partial(compile, structure=structure, backend=backend)
    if not callable(function):
        raise TypeError(f"compile takes a function, not {function!r:.60}")
    if backend not in ("kernel", "c"):
        raise ValueError(f'compile: the backend is "kernel" or "c", not {backend!r:.60}')
    return CompiledFunction(function, structure, backend == "c")
