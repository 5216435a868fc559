"""The kernel in plain Python: what runs a program, forward and back, one row at a time.

It is the reference, and runs where nothing was compiled; `native/kernel.pxi` does the same in C.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import product
from math import isfinite
from typing import Any

from autograd.engine import Value
from autograd.operations import local_grad
from autograd.primitive import Operation
from autograd.tape.program import (
    CONSTANT,
    DOT,
    INPUT,
    PARAMETER,
    PYTHON,
    SEQUENCE,
    Block,
    Operand,
    Program,
)
from autograd.tape.tape import TABLE


class Reader:
    """Rows of numbers, read where they lie: a row is what each of some buffers has of it, in turn.

    parts  : buffers of floats. The first dimension is the rows; where it is the only one, a row
             follows on the other.
    stored : how many rows each of them has.
    places : which of these rows to read, in order; all of them if there is None.
    """

    def __init__(self, parts: Sequence[Any], stored: int, places: array[int] | None = None) -> None:
        self.places = places
        self.count = stored if places is None else len(places)
        self._columns: list[tuple[Any, Any]] = []  # a view, and how many of it or which
        self.width = 0
        for part in parts:
            view: Any = memoryview(part)
            shape = view.shape or ()
            flat = view.c_contiguous or view.ndim == 1
            inside: Any = list(product(*map(range, shape[1:])))
            if flat:
                inside = len(view) // stored if view.ndim == 1 else len(inside)
                view = view.cast("B").cast("d") if view.nbytes and view.c_contiguous else view
            self._columns.append((view, inside))
            self.width += inside if flat else len(inside)

    def row(self, row: int) -> array[float]:
        """The numbers of a row."""
        place = row if self.places is None else self.places[row]
        numbers = array("d")
        for view, inside in self._columns:
            if isinstance(inside, int):
                numbers.extend(view[place * inside : (place + 1) * inside])
            else:
                numbers.extend([view[place, *index] for index in inside])
        return numbers


class Code:
    """A program in machine code, once it is there: what a kernel of one row calls instead.

    It keeps the numbers that it needs in places of its own, so a pass goes back by what it went
    forward by.
    """

    def __init__(self) -> None:
        self.forward: Any = None
        self.backward: Any = None

    def use(self, forward: int, backward: int) -> None:
        """Take the functions `forward` and `backward` of tape/c_code.py, at these addresses."""
        import ctypes  # which is not everywhere, and takes a while

        numbers = [ctypes.c_void_p] * 4
        self.backward = ctypes.CFUNCTYPE(None, *numbers, ctypes.c_int)(backward)
        self.forward = ctypes.CFUNCTYPE(ctypes.c_int, *numbers[:2])(forward)

    @property
    def is_there(self) -> bool:
        """Whether it can be called."""
        return self.forward is not None


class Kernel:
    """A program with room for the numbers of one row and their adjoints.

    lanes : how many rows it takes at once; here one.
    code  : what it calls as soon as that is there.
    """

    def __init__(self, program: Program, lanes: int = 1, code: Code | None = None) -> None:
        self.program = program
        self.lanes = lanes
        self.code = Code() if code is None else code
        tape = program.tape
        self.by_code = False  # whether that computed the latest row
        self.values = [0.0] * tape.stored
        self.adjoints = [0.0] * tape.stored
        self.totals: list[list[float]] = []  # for each result, of the shared places
        self.values[len(tape.closures) : tape.shared] = tape.constants

    def load_parameters(self, numbers: array[float]) -> None:
        """Take these as the numbers of the parameters."""
        self.values[: len(numbers)] = numbers

    def forward(self, rows: array[float], start: int) -> bool:
        """Compute the row of inputs at start; gives whether every number computed is finite."""
        tape, values = self.program.tape, self.values
        width = len(tape.inputs)
        values[tape.shared : tape.leaves] = rows[start * width : (start + 1) * width]
        self.by_code = self.code.is_there
        if self.by_code:
            numbers, shared, rest = self.in_memory(values)
            is_finite = self.code.forward(shared, rest)
            values[:] = numbers
            return bool(is_finite)
        for block in self.program.blocks:
            if block.code == DOT:
                for out, (a, b, c) in self.each(block):
                    total = values[c]
                    for k in range(block.terms):
                        total += values[a + k * block.a.term] * values[b + k * block.b.term]
                    values[out] = total
            elif block.code in (SEQUENCE, PYTHON):
                for out in range(block.out, block.out + block.columns):
                    operation, operands = self.program.tape.instruction(out)
                    values[out] = operation.limit(*[values[k] for k in operands])
            else:
                operation = TABLE[block.code]
                count = len(operation.operands)
                for out, starts in self.each(block):
                    values[out] = operation.limit(*[values[k] for k in starts[:count]])
        return all(map(isfinite, values[tape.leaves :]))

    def result(self, lane: int = 0, which: int = 0) -> float:
        """A result of the row computed last."""
        return self.values[self.program.tape.results[which]]

    def clear(self) -> None:
        """Forget the gradients of the parameters."""
        tape = self.program.tape
        self.totals = [[0.0] * tape.shared for _ in tape.results]

    def backward(self, gradient: float, inputs: bool, which: int = 0) -> None:
        """Add the gradients of a result of the row computed last, times gradient, to those that the
        parameters have from this result.

        inputs : whether the gradients of the inputs are wanted too.
        """
        if not self.totals:
            self.clear()
        tape = self.program.tape
        adjoints = self.totals[which] + [0.0] * (tape.stored - tape.shared)
        self.adjoints = adjoints
        adjoints[tape.results[which]] += gradient
        if self.by_code:
            _values, shared, rest = self.in_memory(self.values)
            found, *places = self.in_memory(adjoints)
            self.code.backward(shared, rest, *places, inputs)
            self.adjoints = found.tolist()
            self.totals[which] = self.adjoints[: tape.shared]
            return
        for block in reversed(self.program.blocks):
            if block.code == DOT:
                self.dot_backward(block, inputs)
            elif block.code in (SEQUENCE, PYTHON):
                for out in reversed(range(block.out, block.out + block.columns)):
                    operation, operands = self.program.tape.instruction(out)
                    wanted = [self.program.takes(k, inputs) for k in operands]
                    self.hand_on(operation, out, operands, wanted)
            else:
                operation = TABLE[block.code]
                count = len(operation.operands)
                wanted = [is_wanted(x, inputs) for x in (block.a, block.b, block.c)]
                for out, starts in self.each(block):
                    self.hand_on(operation, out, starts[:count], wanted[:count])
        self.totals[which] = adjoints[: tape.shared]

    def in_memory(self, numbers: list[float]) -> tuple[array[float], int, int]:
        """A copy of numbers for machine code, and where in memory the shared ones and the others
        are."""
        copied = array("d", numbers)
        address = copied.buffer_info()[0]
        return copied, address, address + 8 * self.program.tape.shared

    def dot_backward(self, block: Block, inputs: bool) -> None:
        """The adjoint of a block of dot products."""
        values, adjoints = self.values, self.adjoints
        for out, (a, b, c) in self.each(block):
            upstream = adjoints[out]
            if is_wanted(block.c, inputs):
                adjoints[c] += upstream
            for k in range(block.terms):
                at_a, at_b = a + k * block.a.term, b + k * block.b.term
                if is_wanted(block.a, inputs):
                    adjoints[at_a] += upstream * values[at_b]
                if is_wanted(block.b, inputs):
                    adjoints[at_b] += upstream * values[at_a]

    def hand_on(
        self, operation: Operation, out: int, operands: Sequence[int], wanted: Sequence[bool]
    ) -> None:
        """The chain rule at one instruction."""
        numbers = [self.values[k] for k in operands]
        for position, (place, is_asked) in enumerate(zip(operands, wanted, strict=True)):
            if is_asked:
                slope = local_grad(operation, position, self.values[out], numbers)
                self.adjoints[place] += self.adjoints[out] * slope

    def run(
        self,
        rows: Reader,
        start: int,
        stop: int,
        trusted: int,
        results: array[float],
        gradient: float,
        input_gradients: array[float],
    ) -> int:
        """Compute rows start to stop - 1, and if gradient is not 0 add their gradients.

        trusted         : rows before this one may have numbers that are not finite.
        results         : filled with the results of each row, row after row.
        input_gradients : filled with those of the inputs, by the first result for all rows, and so
                          on, unless it is empty.

        Stops where a number is not finite, and gives the first of the rows it was then computing;
        -1 if it reached the end.
        """
        count = len(self.program.tape.results)
        for row in range(start, stop, self.lanes):
            if not self.forward(rows.row(row), 0) and row >= trusted:
                return row
            for which in range(count):
                results[row * count + which] = self.result(0, which)
            for which in range(count) if gradient else ():
                self.backward(gradient, len(input_gradients) > 0, which)
                if input_gradients:
                    first = (which * rows.count + row) * rows.width
                    input_gradients[first : first + rows.width] = self.input_gradients()
        return -1

    def parameter_gradients(self, which: int = 0) -> array[float]:
        """The gradients of the parameters by a result, added up since the last `clear`."""
        return array("d", self.totals[which][: len(self.program.tape.closures)])

    def input_gradients(self) -> array[float]:
        """The gradients of the inputs of what `backward` handled last."""
        tape = self.program.tape
        return array("d", self.adjoints[tape.shared : tape.leaves])

    # ---- where things are --------------------------------------------------------------------

    def each(self, block: Block) -> Iterator[tuple[int, list[int]]]:
        """The place of each result of a block, and of the first term of its operands."""
        shared = self.program.tape.shared
        starts = [
            x.start + (0 if x.kind in (CONSTANT, PARAMETER) else shared)
            for x in (block.a, block.b, block.c)
        ]
        for row in range(block.rows):
            for column in range(block.columns):
                yield (
                    block.out + row * block.columns + column,
                    [
                        start + row * x.row + column * x.column
                        for start, x in zip(starts, (block.a, block.b, block.c), strict=True)
                    ],
                )


def numbers_of_values(values: Sequence[Value]) -> array[float]:
    """The numbers that Values have now."""
    return array("d", [value._data for value in values])


def add_to(total: array[float], part: array[float]) -> None:
    """total += part, number by number."""
    for k, number in enumerate(part):
        total[k] += number


def is_wanted(operand: Operand, inputs: bool) -> bool:
    """Whether the gradient of an operand is wanted."""
    return operand.kind != CONSTANT and (inputs or operand.kind != INPUT)
