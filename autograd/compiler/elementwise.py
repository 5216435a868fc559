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

if TYPE_CHECKING:
    Columns: Any
elif accelerated:
    from autograd.native.engine import Columns


def elementwise(function: Callable[..., Sequence[Any]]) -> Callable[..., list[array[float]]]:
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
    """
    programs: dict[tuple[Any, ...], Recording | None] = {}

    @functools.wraps(function)
    def over(*given: Any) -> list[array[float]]:
        columns = [x for x in given if isinstance(x, array)]
        if not columns:
            raise TypeError(f"{name}: at least one argument is an array('d') of numbers")
        if any(x.typecode != "d" or len(x) != len(columns[0]) for x in columns):
            raise ValueError(f"{name}: the columns are arrays of doubles, all of one length")
        if not accelerated or not columns[0]:
            return one_by_one(function, given)
        key = tuple(["column" if isinstance(x, array) else bool(x) for x in given])
        if key not in programs:
            try:
                programs[key] = Recording(function, given)
            except RecordingError:
                programs[key] = None
        program = programs[key]
        return one_by_one(function, given) if program is None else program(given)

    name = getattr(function, "__name__", "an elementwise function")
    return over


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
        self.alone: list[Value] = []  # the operations on numbers alone, in order
        self.fixed: list[Value] = []  # the numbers that lines use
        lines = []
        slots: dict[int, int] = {}
        for leaf in leaves:
            if id(leaf) in vary:
                slots[id(leaf)] = len(slots)
        varying = []
        for node in seen.nodes.values():
            if any(id(operand) in vary for operand in node.operands):
                if not runs_as_native_code(node._operation):
                    raise RecordingError(f"{node._operation.name} has no native code")
                vary.add(id(node))
                varying.append(node)
                for operand in node.operands:
                    if id(operand) not in vary and id(operand) not in slots:
                        slots[id(operand)] = columns + len(self.fixed)
                        self.fixed.append(operand)
            else:
                self.alone.append(node)
        for k, node in enumerate(varying):
            slots[id(node)] = columns + len(self.fixed) + k
        for node in varying:
            operands = [slots[id(operand)] for operand in node.operands]
            lines.append((node._operation.code, slots[id(node)], operands))
        self.leaves = leaves
        self.results = [x if isinstance(x, Value) else Number(to_float(x)) for x in results]
        self.is_column = [id(x) in vary for x in self.results]
        wanted = [slots[id(x)] for x in self.results if id(x) in vary]
        self.native = Columns(lines, columns, len(self.fixed), wanted)
        self.kept = seen  # whose nodes the slots are called by

    def __call__(self, given: Sequence[Any]) -> list[array[float]]:
        numbers = {
            id(leaf): float(x)
            for leaf, x in zip(self.leaves, given, strict=True)
            if not isinstance(x, array)
        }

        def number(node: Value) -> float:
            return numbers.get(id(node), node._data)

        for node in self.alone:
            numbers[id(node)] = node._operation.limit(*map(number, node.operands))
        columns = [x for x in given if isinstance(x, array)]
        found = iter(self.native.run(columns, [number(node) for node in self.fixed]))
        return [
            next(found) if is_column else array("d", [number(x)]) * len(columns[0])
            for x, is_column in zip(self.results, self.is_column, strict=True)
        ]
