"""Call: what stands in the graph for a call of a compiled function."""

from __future__ import annotations

import functools
import pickle
from array import array
from collections.abc import Sequence
from typing import Any

from autograd.compiler.tape import Tape
from autograd.graph import gradients
from autograd.operation import Operation
from autograd.value import Value, make_constant


class Call(Operation):
    """The operation that a node is the result of which a compiled function gave."""

    def __init__(self, tape: Tape, numbers: array[float], count: int, places: list[int]) -> None:
        self.__name__ = self.name = self.symbol = tape.name
        self.precedence = 0
        self.code = -1
        self.domain = self.remedy = ""
        self._tape, self._numbers, self._count, self._places = tape, numbers, count, places
        self._expanded: tuple[Any, list[Value]] = None, []

    @property
    def derivatives(self) -> Any:  # type: ignore[override]
        """One rule for each operand; they run the tape once more, on Values."""
        return [functools.partial(self._derivative, k) for k in range(self._operand_count)]

    @property
    def _operand_count(self) -> int:
        return len(self._places) + len(self._tape.closures)

    def _derivative(self, position: int, out: Value, *operands: Value) -> Value:
        if self._expanded[0] is not out:
            own = [x if x.is_constant else +x for x in operands]  # one Value may be two operands
            moving = [x for x in own if not x.is_constant]
            found = dict(zip(moving, gradients(self.expand(own), moving), strict=True))
            self._expanded = out, [found.get(x, make_constant(0.0)) for x in own]
        return self._expanded[1][position]

    def expand(self, operands: Sequence[Value]) -> Value:
        """What the function gave, as the graph that it is made of."""
        tape = self._tape
        inputs = dict(zip(self._places, operands, strict=False))
        closures = operands[len(self._places) :]
        total: Any = 0
        for row in range(self._count):
            values: list[Any] = [None] * tape.nodes
            values[: len(closures)] = closures
            values[len(closures) : tape.shared] = tape.constants
            for k in range(len(tape.inputs)):
                flat = row * len(tape.inputs) + k
                values[tape.shared + k] = inputs.get(flat, self._numbers[flat])
            for place in tape.in_order():
                operation, places = tape.instruction(place)
                values[place] = operation(*[values[k] for k in places])
            total = total + values[tape.result]
        result = total if self._count == 1 else total / self._count
        return result if isinstance(result, Value) else make_constant(float(result))

    def write(self, *operands: str) -> str:
        return f"{self.name}(…)"

    def name_in_table(self) -> str:
        raise pickle.PicklingError(
            f"a result of the compiled function {self.name!r} cannot be pickled; pickle the "
            "function and its arguments, or result.data"
        )
