"""TapeOperation: what stands in the graph for a call of a compiled function."""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Sequence
from typing import Any

from autograd.derivatives.gradients import gradients
from autograd.engine import Value, constant
from autograd.errors import GraphError
from autograd.modes import taking_limits
from autograd.primitive import Operation
from autograd.tape.tape import Tape


class TapeOperation(Operation):
    """The operation behind a compiled function's result: its tape, and the numbers of the call.

    numbers   : of the inputs, row by row.
    count     : how many rows; the result is the mean over them.
    places    : which of the numbers were Values, the first operands; the parameters follow.
    on_leaves : whether the operands are known to be leaves, all different, which saves the native
                engine a look at each.
    """

    precedence = 0
    code = -1
    words = "a recorded function gives each input its derivative through the tape"

    def __init__(
        self,
        tape: Tape,
        numbers: array[float],
        count: int,
        places: list[int],
        on_leaves: bool = False,
    ) -> None:
        self.__name__ = self.name = self.symbol = tape.name
        self._tape, self._numbers, self._count, self._places = tape, numbers, count, places
        self.on_leaves = on_leaves

    def all_derivatives(self, node: Value, moving: set[Value]) -> list[tuple[Value, Value]]:
        """The operands of a result with the derivatives by them, as graphs of the whole tape.

        Raises GraphError if a parameter's number has changed since the call.
        """
        operands = node.operands
        own = [x if x.is_constant else +x for x in operands]  # one Value may be two operands
        result = self.expand(own)
        if result._data != node._data:  # they are computed alike, to the last bit
            raise GraphError(
                f"the data of an operand of {self.name} was changed after it was called. "
                "Call it again before differentiating its result."
            )
        wanted = [k for k, x in enumerate(operands) if x in moving and not x.is_constant]
        found = gradients(result, [own[k] for k in wanted])
        return [(operands[k], derivative) for k, derivative in zip(wanted, found, strict=True)]

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
                given = [values[k] for k in places]
                is_limit = tape.limits[place - tape.leaves]
                values[place] = limit(operation, given) if is_limit else operation(*given)
            total = total + values[tape.result]
        result = total if self._count == 1 else total / self._count
        return result if isinstance(result, Value) else constant(float(result))

    def evaluate(self, *operands: float) -> float:
        """What the function gives at other operands, all of them numbers."""
        return self.expand([constant(x) for x in operands])._data

    def write(self, *operands: str) -> str:
        return f"{self.name}(…)"

    def name_in_table(self) -> str:
        raise pickle.PicklingError(
            f"a result of the compiled function {self.name!r} cannot be pickled; pickle the "
            "function and its arguments, or result.data"
        )


def limit(operation: Operation, operands: Sequence[Any]) -> Any:
    """What an operation gives as a part of a derivative, which may be infinite at a pole."""
    if not any(isinstance(x, Value) for x in operands):
        return operation.limit(*operands)
    with taking_limits.switched(True):
        return operation(*operands)
