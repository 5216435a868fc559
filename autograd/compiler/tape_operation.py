"""TapeOperation: what stands in the graph for a call of a compiled function."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd.derivatives.gradients import gradients
from autograd.engine import Value, constant
from autograd.errors import GraphError
from autograd.modes import taking_limits
from autograd.primitive import Operation
from autograd.protocols.structures import places_in
from autograd.tape.tape import Tape

if TYPE_CHECKING:
    from autograd.tape.kernel import Reader


class TapeOperation(Operation):
    """The operation behind a compiled function's result: its tape, and the numbers of the call.

    which     : which of the function's results.
    rows      : the numbers of the inputs; the result is the mean over the rows.
    places    : which of the numbers were Values, the first operands;
    closures  : the other operands are the parameters at these places.
    on_leaves : whether the operands are known to be leaves, all different, which saves the native
                engine a look at each.

    Each of several results has an operation of its own, with the derivatives by what it depends on.
    """

    precedence = 0
    code = -1
    words = "a recorded function gives each input its derivative through the tape"

    def __init__(
        self,
        tape: Tape,
        which: int,
        rows: Reader,
        places: list[int],
        closures: Sequence[int],
        on_leaves: bool = False,
    ) -> None:
        self.__name__ = self.name = self.symbol = tape.name
        self._tape, self._which, self._rows = tape, which, rows
        self._places, self._closures = places, closures
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
                f"the data of an operand of {self.name} was changed after it was called, or a "
                "number in its rows. Call it again before differentiating its result."
            )
        wanted = [k for k, x in enumerate(operands) if x in moving and not x.is_constant]
        found = gradients(result, [own[k] for k in wanted])
        return [(operands[k], derivative) for k, derivative in zip(wanted, found, strict=True)]

    def expand(self, operands: Sequence[Value]) -> Value:
        """What the function gave, as the graph that it is made of."""
        tape, width = self._tape, self._rows.width
        inputs = dict(zip(self._places, operands, strict=False))
        closures = dict(zip(self._closures, operands[len(self._places) :], strict=True))
        total: Any = 0
        for row in range(self._rows.count):
            numbers = enumerate(self._rows.row(row), row * width)
            given = [inputs.get(k, number) for k, number in numbers]
            total = total + graph_of(tape, given, closures, self._which)[0]
        result = total if self._rows.count == 1 else total / self._rows.count
        return result if isinstance(result, Value) else constant(float(result))

    def evaluate(self, *operands: float) -> float:
        """What the function gives at other operands, all of them numbers."""
        return self.expand([constant(x) for x in operands])._data

    def write(self, *operands: str) -> str:
        place = next(islice(places_in(self._tape.returns, ""), self._which, None))  # such as [2]
        return f"{self.name}(…){place}"

    def name_in_table(self) -> str:
        raise pickle.PicklingError(
            f"a result of the compiled function {self.name!r} cannot be pickled; pickle the "
            "function and its arguments, or result.data"
        )


def graph_of(
    tape: Tape,
    inputs: Sequence[Any],
    closures: Mapping[int, Any] | None = None,
    which: int | None = None,
) -> list[Any]:
    """The results of a tape as the graph that it is made of, or the one that is asked for.

    inputs   : Values or numbers.
    closures : those by their places; the tape's own, if there are none given.
    """
    results = tape.results if which is None else [tape.results[which]]
    values: list[Any] = [None] * tape.nodes
    for place, closure in enumerate(tape.closures) if closures is None else closures.items():
        values[place] = closure
    values[len(tape.closures) : tape.shared] = tape.constants
    values[tape.shared : tape.leaves] = inputs
    for place in tape.in_order() if tape.returns is None else tape.in_order(results):
        operation, places = tape.instruction(place)
        given = [values[k] for k in places]
        is_limit = tape.limits[place - tape.leaves]
        values[place] = limit(operation, given) if is_limit else operation(*given)
    return [values[place] for place in results]


def limit(operation: Operation, operands: Sequence[Any]) -> Any:
    """What an operation gives as a part of a derivative, which may be infinite at a pole."""
    if not any(isinstance(x, Value) for x in operands):
        return operation.limit(*operands)
    with taking_limits.switched(True):
        return operation(*operands)
