"""Replay: a program that runs over rows of numbers, on one core or on all, and gives a Value."""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from math import ceil, isfinite, isinf, isnan, nan
from typing import TYPE_CHECKING, Any

from autograd.compiler.arguments import numbers_of
from autograd.compiler.tape_operation import TapeOperation
from autograd.engine import Value, accelerated, constant, make
from autograd.errors import DomainError, TooLargeError
from autograd.language.expression import operation_text
from autograd.modes import Mode, not_recording
from autograd.tape.listing import place_names
from autograd.tape.program import Program

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

if TYPE_CHECKING or not accelerated:
    from autograd.tape.kernel import Kernel, add_to, numbers_of_values

    LANES = MOST_LANES = 1
else:
    from autograd.native.engine import Kernel, add_to, numbers_of_values

    LANES = 8  # that lie side by side
    MOST_LANES = 64  # that a kernel takes at once

ROOM = 32_768  # numbers that stay close to a core: what a kernel may need for all of its lanes
MOST_PARTS = 32  # of the rows, so of the threads at work; fixed, so that sums are the same anywhere
SMALLEST_PART = 500_000  # nodes times rows in one of them, below which it is not worth its sums
ENOUGH = 4_000_000  # nodes times rows, above which threads pay off


class Replay:
    """A program that runs, and the Values that it makes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.closures = program.tape.closures
        self.on_leaves = not any(closure.operands for closure in self.closures)
        self.width = len(program.tape.inputs)
        self._has_moving = False  # whether a parameter takes gradients, as far as is known
        is_native = not program.tape.own_operations
        self.lanes = lanes_for(program) if is_native else 1  # how many rows a kernel takes at once
        self._idle: dict[int, list[Kernel]] = {1: [], self.lanes: []}

    def __call__(self, leaves: list[Any]) -> Value:
        return self.mean(numbers_of(leaves), 1, leaves)

    def mean(self, numbers: array[float], count: int, leaves: Sequence[Any]) -> Value:
        """The mean over rows of numbers; leaves are these with their Values, if there are any."""
        places = [
            k for k, leaf in enumerate(leaves) if isinstance(leaf, Value) and not leaf.is_constant
        ]
        if not self._has_moving:  # or no more than before: one may have been frozen until now
            self._has_moving = not all(v.is_constant for v in self.closures)
        wants = not (not_recording and not_recording.is_on()) and bool(places or self._has_moving)
        pass_over = Pass(self, numbers, count, 1 / count if wants else 0.0, bool(places))
        pass_over.run()
        total = pass_over.results[0]
        for result in pass_over.results[1:]:
            total += result
        data = total / count
        if not isfinite(data):
            for row in range(count):
                self.explain(numbers, row, count)
            raise TooLargeError(
                f"{self.program.tape.name}: the sum over {count} rows exceeds the largest float, "
                "1.8e308, although every row's result is finite"
            )
        if not wants:
            return constant(data)
        on_leaves = self.on_leaves and not places
        operation = TapeOperation(self.program.tape, numbers, count, places, on_leaves)
        operands, grads = self.closures, pass_over.parameter_gradients
        if places:
            operands = (*[leaves[k] for k in places], *operands)
            grads = array("d", [pass_over.input_gradients[k] for k in places]) + grads
        return make(operation, data, operands, grads)

    def kernel(self, lanes: int) -> Kernel:
        """A kernel that is not in use; give it back with `rest`."""
        idle = self._idle[lanes]
        try:
            return idle.pop()
        except IndexError:
            return Kernel(self.program, lanes)

    def rest(self, kernel: Kernel) -> None:
        """Take a kernel back."""
        self._idle[kernel.lanes].append(kernel)

    def explain(self, numbers: array[float], row: int, count: int) -> None:
        """Raise DomainError for the first operation of a row that has no finite value."""
        tape = self.program.tape
        values = [nan] * tape.nodes
        values[: len(self.closures)] = [closure._data for closure in self.closures]
        values[len(self.closures) : tape.shared] = tape.constants
        values[tape.shared : tape.leaves] = numbers[row * self.width : (row + 1) * self.width]
        place_in_rows = f", rows[{row}]" if count > 1 else ""
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
                at = ", ".join(f"{names[k][0]} = {values[k]!r}" for k in dict.fromkeys(operands))
                raise operation.kind_of_error(tuple(given))(
                    f"{tape.name}{place_in_rows}, {names[place][0]}: "
                    + operation.explain(tuple(given), written, at)
                ) from None
        if not isfinite(values[tape.result]):
            names = place_names(tape)
            filled = (*range(tape.shared, tape.leaves), *range(tape.shared))
            wrong = next(
                (k for test in (isnan, isinf) for k in filled if test(values[k])), tape.result
            )
            raise DomainError(
                f"{tape.name}{place_in_rows}: the result is {values[tape.result]!r}, since "
                f"{names[wrong][0]} is {values[wrong]!r}"
            )


class Pass:
    """One pass over many rows, in parts that do not depend on how many cores there are."""

    def __init__(
        self, replay: Replay, numbers: array[float], count: int, gradient: float, inputs: bool
    ) -> None:
        self.replay, self.numbers, self.count, self.gradient = replay, numbers, count, gradient
        self.parameters = numbers_of_values(replay.closures)
        self.results = array("d", bytes(8 * count))
        self.input_gradients = array("d", bytes(8 * len(numbers)) if inputs else b"")
        self.parameter_gradients = array("d")

    def run(self) -> None:
        """Compute all rows, and the gradients if the gradient is not 0."""
        parts = self.parts()
        nodes = self.replay.program.tape.nodes
        enough = len(parts) > 1 and accelerated and nodes * self.count > ENOUGH
        if enough and cores() > 1 and not _in_pool.is_on():
            found = list(pool().map(self.run_part_in_pool, parts))
        else:
            found = [self.run_part(part) for part in parts]
        self.parameter_gradients = found[0]
        for gradients_of_part in found[1:]:
            add_to(self.parameter_gradients, gradients_of_part)

    def parts(self) -> list[tuple[int, int, int]]:
        """Row ranges, each with the number of lanes to use."""
        lanes = self.replay.lanes
        side = min(lanes, LANES)
        whole = self.count - self.count % side
        rows = max(whole / MOST_PARTS, SMALLEST_PART / self.replay.program.tape.nodes)
        size = side * max(1, ceil(rows / side))
        parts = [(k, min(k + size, whole), lanes) for k in range(0, whole, size)]
        if whole < self.count:
            parts.append((whole, self.count, 1))
        return parts

    def run_part_in_pool(self, part: tuple[int, int, int]) -> array[float]:
        """`run_part` in a thread of the pool, which must not wait for the pool."""
        with _in_pool.switched(True):
            return self.run_part(part)

    def run_part(self, part: tuple[int, int, int]) -> array[float]:
        """Compute some rows, and give the gradients of the parameters."""
        start, stop, lanes = part
        replay = self.replay
        kernel = replay.kernel(lanes)
        kernel.load_parameters(self.parameters)
        kernel.clear()
        trusted = start
        while True:
            start = kernel.run(
                self.numbers, start, stop, trusted, self.results, self.gradient,
                self.input_gradients,
            )  # fmt: skip
            if start < 0:
                break
            trusted = min(start + lanes, stop)
            for row in range(start, trusted):
                replay.explain(self.numbers, row, self.count)
        found = kernel.parameter_gradients()
        replay.rest(kernel)
        return found


def lanes_for(program: Program) -> int:
    """How many rows a kernel takes at once: as many as there is room for near a core."""
    one = 2 * (program.tape.stored - program.tape.shared)  # numbers of a lane, and their adjoints
    return max(LANES, min(MOST_LANES, ROOM // max(1, one) // LANES * LANES))


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_in_pool = Mode()
_pools: dict[int, ThreadPoolExecutor] = {}


def pool() -> ThreadPoolExecutor:
    """The threads of this process, one to a core."""
    process = os.getpid()  # threads do not survive a fork
    if process not in _pools:
        from concurrent.futures import ThreadPoolExecutor

        _pools[process] = ThreadPoolExecutor(cores(), thread_name_prefix="autograd")
    return _pools[process]
