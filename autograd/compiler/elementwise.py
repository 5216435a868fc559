"""elementwise: a function of numbers, run over whole columns of them in one native pass."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd.compiler import recorder
from autograd.engine import Value, accelerated, runs_as_native_code
from autograd.errors import RecordingError
from autograd.modes import taking_limits
from autograd.primitive import to_float
from autograd.protocols.vector import Vector

if TYPE_CHECKING:
    Columns: Any
elif accelerated:
    from autograd.native.engine import Columns


def elementwise(function: Callable[..., Sequence[Any]]) -> OverColumns:
    """Make a function of numbers one of columns: it is applied at each place of them.

    function : of numbers, that gives a list or tuple of numbers. Written with operators and the
               operations of autograd, it works on floats and on Values alike.

    What it gives is called with `array("d")` columns of one length, and with numbers that count at
    every place; it gives a list of columns. Where the engine runs
    as native code the function is recorded once, as by `compile`, and then runs natively, with the
    same results to the last bit, but for inf or nan where Python raises. It may test a number, but
    no entry of a column, as in `if momentum:`; it is recorded again if the answer changes. Where it
    cannot be recorded it is called for each place.

    Raises ValueError if the columns differ in length, and TypeError if there is none.

    >>> from array import array
    >>> import autograd
    >>> @autograd.elementwise
    ... def step(w, gradient, lr):
    ...     return [w - lr * gradient]
    >>> step(array("d", [1.0, 2.0]), array("d", [0.5, -0.5]), 0.5)
    [array('d', [0.75, 2.25])]

    `step.move(row, lr)` does this with the numbers and gradients of a Vector, which moves to the
    first column; it gives the others. Where some of the Values have no gradient or take none,
    nothing moves, and it gives None.

    >>> row = autograd.Vector([autograd.Value(1.0), autograd.Value(2.0)])
    >>> row.grad = [0.5, -0.5]
    >>> step.move(row, 0.5)
    []
    >>> row.data
    array('d', [0.75, 2.25])
    """
    return OverColumns(function)


class OverColumns:
    """A function of numbers, run over columns; see `elementwise`."""

    def __init__(self, function: Callable[..., Sequence[Any]]) -> None:
        if not callable(function):
            raise TypeError(f"elementwise takes a function of numbers, not {function!r:.60}")
        functools.update_wrapper(self, function)
        self.function = function
        self.name = getattr(function, "__name__", "an elementwise function")
        self.recordings: dict[tuple[Any, ...], Recording | None] = {}

    def __repr__(self) -> str:
        return f"<elementwise {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return OverColumns, (self.function,)  # recorded again where a copy is called

    def __call__(self, *given: Any) -> list[array[float]]:
        size = self.size_of(given)
        recording = self.recording(given) if size else None
        return one_by_one(self.function, given) if recording is None else recording(given)

    def move(self, row: Vector, *rest: Any) -> list[array[float]] | None:
        """Move Values by this function of their numbers, their gradients, and the rest."""
        if not isinstance(row, Vector):
            raise TypeError(f"{self.name}: move takes a Vector, as Vector(values), not {row!r:.60}")
        if not len(row):
            return []
        self.size_of(rest, len(row))
        if accelerated:
            given = (array("d"), array("d"), *rest)
            recording = self.recording(given)
            if recording is not None and recording.is_column[:1] == [True]:
                others = recording.move(row, given)
                if others is not None:
                    return others
        data, gradients, places = row.moving()
        if places is not None:
            return None
        found = self(data, gradients, *rest)
        if not found:
            raise ValueError(f"{self.name} gives no column of numbers for the Values to move to")
        row.data = found[0]
        return found[1:]

    def size_of(self, given: Sequence[Any], size: int | None = None) -> int:
        """The length of all columns; what is not a column is a number."""
        for x in given:
            if isinstance(x, array):
                size = len(x) if size is None else size
                if x.typecode != "d" or len(x) != size:
                    raise ValueError(
                        f"{self.name}: the columns are arrays of doubles, all of one length"
                    )
            elif type(x) is not float:
                to_float(x, f"{self.name} takes columns and numbers; an argument is")
        if size is None:
            raise TypeError(f"{self.name}: at least one argument is an array('d') of numbers")
        return size

    def recording(self, given: Sequence[Any]) -> Recording | None:
        """The function as native code, for such arguments; None where it is to be called."""
        if not accelerated:
            return None
        key = tuple([None if isinstance(x, array) else bool(x) for x in given])
        if key not in self.recordings:
            try:
                self.recordings[key] = Recording(self.function, given)
            except RecordingError:
                self.recordings[key] = None
        return self.recordings[key]


def one_by_one(function: Callable[..., Sequence[Any]], given: Sequence[Any]) -> list[array[float]]:
    """The function at each place, in plain Python."""
    size = len(next(x for x in given if isinstance(x, array)))
    rows = [x if isinstance(x, array) else [x] * size for x in given]
    return [array("d", column) for column in zip(*map(function, *rows), strict=True)]


class Number(Value):
    """The stand-in for a number that counts at every place, which may be tested."""

    def __bool__(self) -> bool:
        return bool(self._data)


class Recording:
    """A function as lines over columns, after those of its numbers, which are few."""

    def __init__(self, function: Callable[..., Sequence[Any]], given: Sequence[Any]) -> None:
        leaves = [Value(1.0) if isinstance(x, array) else Number(to_float(x)) for x in given]
        with taking_limits.switched(True):
            results, seen = recorder.record(lambda: function(*leaves), leaves)
        vary = {id(leaf) for leaf in leaves if type(leaf) is Value}
        columns = len(vary)
        fixed: list[Value] = []  # the numbers that lines use
        lines = []
        slots: dict[int, int] = {}
        for leaf in leaves:
            if id(leaf) in vary:
                slots[id(leaf)] = len(slots)
        varying = []
        for node in seen.nodes:
            if any(id(operand) in vary for operand in node.operands):
                if not runs_as_native_code(node._operation):
                    raise RecordingError(f"{node._operation.name} has no native code")
                vary.add(id(node))
                varying.append(node)
                for operand in node.operands:
                    if id(operand) not in vary and id(operand) not in slots:
                        slots[id(operand)] = columns + len(fixed)
                        fixed.append(operand)
        for k, node in enumerate(varying):
            slots[id(node)] = columns + len(fixed) + k
        for node in varying:
            operands = [slots[id(operand)] for operand in node.operands]
            lines.append((node._operation.code, slots[id(node)], operands))
        ends = [x if isinstance(x, Value) else Number(to_float(x)) for x in results]
        self.is_column = [id(x) in vary for x in ends]
        wanted = [slots[id(x)] for x in ends if id(x) in vary]
        self.native = Columns(lines, columns, len(fixed), wanted)
        self.numbers = Numbers(leaves, [v for v in seen.nodes if id(v) not in vary])
        self.fixed_at = [self.numbers.place(v) for v in fixed]
        self.results_at = [self.numbers.place(v) for v in ends]
        self.kept = seen  # whose nodes the slots are called by

    def __call__(self, given: Sequence[Any]) -> list[array[float]]:
        numbers = self.numbers.work_out(given)
        columns = [x for x in given if isinstance(x, array)]
        found = self.native.run(columns, [numbers[k] for k in self.fixed_at])
        return self.results(found, numbers, len(columns[0]))

    def move(self, row: Vector, given: Sequence[Any]) -> list[array[float]] | None:
        """As in OverColumns; the columns of numbers and of gradients stand empty in given."""
        numbers = self.numbers.work_out(given)
        columns = [x for x in given if isinstance(x, array)][2:]
        found = self.native.move(row, columns, [numbers[k] for k in self.fixed_at])
        return None if found is None else self.results(found, numbers, len(row))[1:]

    def results(
        self, found: Sequence[array[float]], numbers: Sequence[float], size: int
    ) -> list[array[float]]:
        """All columns: those found, and those with one number at every place."""
        if len(found) == len(self.is_column):
            return list(found)
        varying = iter(found)
        return [
            next(varying) if is_column else array("d", [numbers[k]]) * size
            for k, is_column in zip(self.results_at, self.is_column, strict=True)
        ]


class Numbers:
    """The operations on numbers alone, worked out once for all places of the columns."""

    def __init__(self, leaves: Sequence[Value], gates: Sequence[Value]) -> None:
        self.places = {id(leaf): place for place, leaf in enumerate(leaves)}
        self.numbers = [leaf._data for leaf in leaves]
        self.steps: list[tuple[int, Callable[..., float], list[int]]] = []
        for gate in gates:
            operands = [self.place(operand) for operand in gate.operands]
            self.steps.append((self.place(gate), gate._operation.limit, operands))

    def place(self, node: Value) -> int:
        """Where the number of a node stands; that of a column is not looked at."""
        place = self.places.setdefault(id(node), len(self.numbers))
        if place == len(self.numbers):
            self.numbers.append(node._data)
        return place

    def work_out(self, given: Sequence[Any]) -> list[float]:
        """All numbers, for those given; beside them stand columns."""
        numbers = self.numbers.copy()
        for place, x in enumerate(given):
            if not isinstance(x, array):
                numbers[place] = float(x)
        for place, value, operands in self.steps:
            numbers[place] = value(*[numbers[k] for k in operands])
        return numbers
