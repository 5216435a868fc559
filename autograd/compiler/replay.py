"""Replay: a program that runs over rows of numbers, on one core or on all, and gives a Value."""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from functools import partial, reduce
from itertools import pairwise
from math import isfinite, isinf, isnan, nan
from operator import add, iadd
from threading import Thread, get_ident
from typing import TYPE_CHECKING, Any

from autograd.building.library import Library
from autograd.compiler.arguments import CallStructure, numbers_of
from autograd.compiler.tape_operation import TapeOperation
from autograd.engine import Value, accelerated, constant, make
from autograd.errors import DomainError, TooLargeError
from autograd.language.expression import operation_text
from autograd.modes import not_recording
from autograd.protocols.structures import rebuilt
from autograd.tape.listing import place_names
from autograd.tape.program import Program
from autograd.tape.tape import Tape

if TYPE_CHECKING or not accelerated:
    from autograd.tape.kernel import Kernel, Reader, add_to, numbers_of_values

    Crew: Any = None
    Runner: Any = None
    LANES = MOST_LANES = 1
else:
    from autograd.native.engine import Crew, Kernel, Reader, Runner, add_to, numbers_of_values

    LANES = 8  # that lie side by side
    MOST_LANES = 64  # that a kernel takes at once

ROOM = 32_768  # numbers that stay close to a core: what a kernel may need for all of its lanes
MOST_PARTS = 32  # of the rows, so of the threads at work; fixed, so that sums are the same anywhere
SMALLEST_PART = 1_000_000  # nodes times rows in one of them, below which it is not worth its sums
ENOUGH = 4_000_000  # nodes times rows, above which there are parts, as threads pay off


class Output:
    """One of the results of a program, and what it depends on.

    operands  : the parameters among that.
    inputs    : which inputs are.
    on_leaves : whether the parameters are leaves, all of them.
    """

    def __init__(self, tape: Tape, which: int, dependents: Sequence[int]) -> None:
        self.tape, self.which = tape, which
        count, bit = len(tape.closures), 1 << which
        self.places = [k for k in range(count) if dependents[k] & bit]
        self.operands = tuple([tape.closures[k] for k in self.places])
        self.runs = runs_of(self.places)
        self.on_leaves = not any(operand.operands for operand in self.operands)
        needed = [bool(k & bit) for k in dependents[tape.shared : tape.leaves]]
        self.inputs = needed if tape.returns is not None else [True] * len(needed)
        self._has_moving = False  # whether a parameter takes gradients, as far as is known

    @property
    def has_moving(self) -> bool:
        """Whether one of its parameters takes gradients."""
        if not self._has_moving:  # or no more than before: one may have been frozen until now
            self._has_moving = not all(v.is_constant for v in self.operands)
        return self._has_moving

    def node(
        self, data: float, found: Pass, moving: Sequence[int], leaves: Sequence[Any], wants: bool
    ) -> Value:
        """The Value for the mean of this result over the rows of a pass.

        moving : which of the leaves, the numbers of all rows, take gradients.
        """
        rows = found.rows
        here = [k for k in moving if self.inputs[k % rows.width]]
        if not (wants and (here or self.has_moving)):
            return constant(data)
        on_leaves = self.on_leaves and not here
        operation = TapeOperation(self.tape, self.which, rows, here, self.places, on_leaves)
        operands, grads = self.operands, found.parameter_gradients[self.which]
        if len(operands) < len(grads):  # copied run by run, which is many times as fast
            grads = reduce(iadd, [grads[start:stop] for start, stop in self.runs], array("d"))
        if here:
            first = self.which * len(leaves)
            operands = (*[leaves[k] for k in here], *operands)
            grads = array("d", [found.input_gradients[first + k] for k in here]) + grads
        return make(operation, data, operands, grads)


def runs_of(places: Sequence[int]) -> list[tuple[int, int]]:
    """Where each run of consecutive places starts, and where it stops."""
    starts = [k for k, place in enumerate(places) if k == 0 or places[k - 1] != place - 1]
    stops = [*starts[1:], len(places)]
    return [
        (places[start], places[stop - 1] + 1) for start, stop in zip(starts, stops, strict=False)
    ]


class Replay:
    """A program that runs, and the Values that it makes.

    structure : of the arguments that it is for; None if it is for rows alone.
    sample    : the numbers of a row for an example; zeros if there are none.
    library   : its C, if that is asked for, which a kernel of one row calls once it is built.
    runner    : what runs it natively on such arguments, if anything does.
    """

    def __init__(
        self,
        program: Program,
        structure: CallStructure | None = None,
        sample: Sequence[float] | None = None,
        in_c: bool = False,
    ) -> None:
        self.program = program
        self.library = Library(program) if in_c else None
        self.code = self.library.code if self.library else None
        self.sample = [0.0] * len(program.tape.inputs) if sample is None else sample
        tape = program.tape
        self.closures = tape.closures
        self.width = len(tape.inputs)
        self.returns = tape.returns
        dependents = tape.dependents()
        self.outputs = [Output(tape, k, dependents) for k in range(len(tape.results))]
        self.has_leaf = any(place < tape.leaves for place in tape.results)
        self.is_native = accelerated and not program.tape.own_operations
        # how many rows a kernel takes at once
        self.lanes = lanes_for(program) if self.is_native else 1
        # those that are not in use, each with the thread that used it last
        self._idle: dict[int, list[tuple[int, Kernel]]] = {1: [], self.lanes: []}
        self.runner: Any = None
        if self.is_native and structure is not None and not structure[1]:
            gather = None if self.returns is None else partial(rebuilt, self.returns)
            self.runner = Runner(self, structure[0], gather)

    def __call__(self, leaves: list[Any]) -> Any:
        return self.mean(Reader((numbers_of(leaves),), 1), leaves)

    def mean(self, rows: Reader, leaves: Sequence[Any] = ()) -> Any:
        """The means over rows of numbers; leaves are these with their Values, if there are any."""
        parts = self.parts(rows.count)
        if self.runner is not None and not leaves and is_for_one(parts):
            found = self.runner.mean(rows, parts)
            if found is not None:
                return found
        moving = [
            k for k, leaf in enumerate(leaves) if isinstance(leaf, Value) and not leaf.is_constant
        ]
        wants = not (not_recording and not_recording.is_on()) and bool(
            moving or any(output.has_moving for output in self.outputs)
        )
        found = Pass(self, rows, 1 / rows.count if wants else 0.0, bool(moving))
        found.run()
        means = [self.mean_of(found, output.which) for output in self.outputs]
        if self.returns is None:
            return self.outputs[0].node(means[0], found, moving, leaves, wants)
        nodes: dict[int, Value] = {}  # a result that comes twice is one Value
        for output, data in zip(self.outputs, means, strict=True):
            place = self.program.tape.results[output.which]
            if place not in nodes:
                nodes[place] = output.node(data, found, moving, leaves, wants)
        return rebuilt(self.returns, iter([nodes[k] for k in self.program.tape.results]))

    def operation(
        self, which: int, rows: Reader, places: list[int], on_leaves: bool
    ) -> TapeOperation:
        """The operation of a result, on the leaves at these places and its parameters."""
        tape, closures = self.program.tape, self.outputs[which].places
        return TapeOperation(tape, which, rows, places, closures, on_leaves)

    def mean_of(self, found: Pass, which: int) -> float:
        """The mean of a result over all rows. Raises DomainError if it is not finite."""
        count = found.count
        data = reduce(add, found.results[which :: len(self.outputs)]) / count
        if not isfinite(data):
            self.explain_rows(found)
            raise TooLargeError(
                f"{self.program.tape.name}: the sum over {count} rows exceeds the largest float, "
                "1.8e308, although every row's result is finite"
            )
        return data

    def map(self, rows: Reader) -> array[float]:
        """The results of each row, row after row. Raises DomainError if one is not finite."""
        found = Pass(self, rows, 0.0, False)
        found.run()
        if self.has_leaf and not all(map(isfinite, found.results)):
            self.explain_rows(found)
        return found.results

    def explain_rows(self, found: Pass) -> None:
        """Raise DomainError for the first of all rows that has no finite results."""
        for row in range(found.count):
            self.explain(found.rows, row)

    def parts(self, count: int) -> list[tuple[int, int, int]]:
        """Ranges of so many rows, each with the number of lanes to use."""
        lanes = self.lanes
        side = min(lanes, LANES)
        if count < side:
            return [(0, count, 1)]
        tiles, rest = divmod(count, side)
        whole = count - rest
        work = self.program.tape.nodes * whole
        number = work // SMALLEST_PART if work > ENOUGH else 1
        number = max(1, min(number, tiles, MOST_PARTS))
        ends = [tiles * k // number * side for k in range(number + 1)]
        parts = [(start, stop, lanes) for start, stop in pairwise(ends)]
        if rest:
            parts.append((whole, count, 1))
        return parts

    def kernel(self, lanes: int) -> Kernel:
        """A kernel that is not in use; give it back with `rest`."""
        idle, thread = self._idle[lanes], get_ident()
        try:  # another thread may take any of them at any time
            if len(idle) > 1:  # the one whose numbers are near this core
                near = next((pair for pair in reversed(idle) if pair[0] == thread), idle[-1])
                idle.remove(near)
            else:
                near = idle.pop()
        except (IndexError, ValueError):
            return Kernel(self.program, lanes, self.code)
        return near[1]

    def rest(self, kernel: Kernel) -> None:
        """Take a kernel back."""
        self._idle[kernel.lanes].append((get_ident(), kernel))

    def explain(self, rows: Reader, row: int) -> None:
        """Raise DomainError for the first operation of a row that has no finite value."""
        tape = self.program.tape
        values = [nan] * tape.nodes
        values[: len(self.closures)] = [closure._data for closure in self.closures]
        values[len(self.closures) : tape.shared] = tape.constants
        values[tape.shared : tape.leaves] = rows.row(row)
        place_in_rows = f", rows[{row}]" if rows.count > 1 else ""
        for place in tape.in_order():
            operation, operands = tape.instruction(place)
            given = [values[k] for k in operands]
            if tape.limits[place - tape.leaves]:
                values[place] = operation.limit(*given)
                continue
            try:
                values[place] = operation.evaluate(*given)
            except DomainError:
                names = place_names(tape)
                written = operation_text(operation, [names[k] for k in operands])[0]
                plain = range(len(self.closures), tape.shared)  # numbers, which are their own names
                named = [k for k in dict.fromkeys(operands) if k not in plain]
                at = ", ".join(f"{names[k][0]} = {values[k]!r}" for k in named)
                raise operation.kind_of_error(tuple(given))(
                    f"{tape.name}{place_in_rows}, {names[place][0]}: "
                    + operation.explain(tuple(given), written, at)
                ) from None
        result = next((k for k in tape.results if not isfinite(values[k])), None)
        if result is not None:
            names = place_names(tape)
            filled = (*range(tape.shared, tape.leaves), *range(tape.shared))
            wrong = next((k for test in (isnan, isinf) for k in filled if test(values[k])), result)
            raise DomainError(
                f"{tape.name}{place_in_rows}: the result is {values[result]!r}, since "
                f"{names[wrong][0]} is {values[wrong]!r}"
            )


class Pass:
    """One pass over many rows, in parts that do not depend on how many cores there are."""

    def __init__(self, replay: Replay, rows: Reader, gradient: float, inputs: bool) -> None:
        self.replay, self.rows, self.gradient = replay, rows, gradient
        self.parts = parts = replay.parts(rows.count)
        self.count = rows.count
        self.crew = helping(parts) if replay.is_native and not is_for_one(parts) else None
        self.parameters = numbers_of_values(replay.closures)
        size = 8 * len(replay.outputs) * rows.count
        self.results = array("d", bytes(size))
        self.input_gradients = array("d", bytes(size * rows.width if inputs else 0))
        self.parameter_gradients: list[array[float]] = []  # by each result

    def run(self) -> None:
        """Compute all rows, and the gradients if the gradient is not 0."""
        found = {} if self.crew is None else self.run_together(self.crew)
        for k, part in enumerate(self.parts):
            gradients = found.get(k)
            if gradients is None:
                gradients = self.run_part(part)
            if k == 0:
                self.parameter_gradients = gradients
                continue
            for total, more in zip(self.parameter_gradients, gradients, strict=True):
                add_to(total, more)

    def run_together(self, crew: Any) -> dict[int, list[array[float]] | None]:
        """Run the parts that have rows side by side in many threads.

        Gives the gradients of each; none for a part that is to be run again, by itself.
        """
        replay, lanes = self.replay, self.parts[0][2]
        parts = [(start, stop) for start, stop, width in self.parts if width == lanes]
        workers = min(cores(), crew.size + 1, len(parts))
        kernels = [replay.kernel(lanes) for _ in range(workers)]
        for kernel in kernels:
            kernel.load_parameters(self.parameters)
        try:
            found = crew.run(
                kernels, self.rows, parts, self.results, self.gradient, self.input_gradients
            )
        finally:
            for kernel in reversed(kernels):  # to be handed to the same threads again
                replay.rest(kernel)
        return dict(enumerate(found or ()))

    def run_part(self, part: tuple[int, int, int]) -> list[array[float]]:
        """Compute some rows, and give the gradients of the parameters by each result."""
        start, stop, lanes = part
        replay = self.replay
        kernel = replay.kernel(lanes)
        kernel.load_parameters(self.parameters)
        if self.gradient:
            kernel.clear()
        trusted = start
        while True:
            start = kernel.run(
                self.rows, start, stop, trusted, self.results, self.gradient,
                self.input_gradients,
            )  # fmt: skip
            if start < 0:
                break
            trusted = min(start + lanes, stop)
            for row in range(start, trusted):
                replay.explain(self.rows, row)
        results = range(len(replay.outputs)) if self.gradient else ()
        found = [kernel.parameter_gradients(which) for which in results]
        replay.rest(kernel)
        return found


def is_for_one(parts: Sequence[tuple[int, int, int]]) -> bool:
    """Whether it takes one thread: there are rows side by side, and perhaps some that are left."""
    return len(parts) == 1 or (len(parts) == 2 and parts[1][2] < parts[0][2])


def lanes_for(program: Program) -> int:
    """How many rows a kernel takes at once: as many as there is room for near a core."""
    one = 2 * (program.tape.stored - program.tape.shared)  # numbers of a lane, and their adjoints
    return max(LANES, min(MOST_LANES, ROOM // max(1, one) // LANES * LANES))


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_crews: dict[int, tuple[Any, list[Thread]]] = {}


def helping(parts: Sequence[Any]) -> Any:
    """The threads of this process that help with parts, woken; None if there is one core."""
    count = min(cores(), len(parts)) - 1
    if count < 1:
        return None
    process = os.getpid()  # threads do not survive a fork
    if process not in _crews:
        _crews[process] = Crew(), []
    crew, threads = _crews[process]
    while len(threads) < min(count, crew.most):
        thread = Thread(target=crew.help, name="autograd", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # where the system gives no more threads, or Python is about to end
            break
        threads.append(thread)
    crew.wake(count)
    return crew
