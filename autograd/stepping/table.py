"""A backward pass as data, in columns: a row for each `+=`."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine import Value, accelerated, topological_order
from autograd.modes import refuse


class PassTable(NamedTuple):
    """What `Trace` shows.

    order  : the nodes in topological order.
    uses, adjoint : for each of them, how often it is an operand, and its gradient.
    gate, operand : for each step, the places in the order of the gate and of its operand.
    position : which operand of the gate that is, from 0.
    use : which use of the operand this is, from 1.
    local, before : the local derivative, and the operand's gradient before the step.
    """

    order: list[Value]
    uses: array[int]
    adjoint: array[float]
    gate: array[int]
    operand: array[int]
    position: array[int]
    use: array[int]
    local: array[float]
    before: array[float]

    @property
    def columns(self) -> tuple[array[Any], ...]:
        """The columns that have a row for each step."""
        return self[3:]


def tabulate(root: Value, gradient: float) -> PassTable:
    """Run the backward pass and write each of its steps down. No `.grad` changes."""
    refuse("a gradient", root)
    order = topological_order(root)
    places = {node: place for place, node in enumerate(order)}
    uses, adjoint = array("q", bytes(8 * len(order))), array("d", bytes(8 * len(order)))
    table = PassTable(order, uses, adjoint, *empty("qqqq"), *empty("dd"))
    for node in order:
        for operand in node.operands:
            if not operand.is_constant:
                uses[places[operand]] += 1
    arrived = [0] * len(order)
    adjoint[-1] = gradient
    for place in reversed(range(len(order))):
        node = order[place]
        pairs = zip(node.operands, node.local_grads, strict=True)
        for position, (operand, local) in enumerate(pairs):
            if operand.is_constant:
                continue
            target = places[operand]
            arrived[target] += 1
            row = (place, target, position, arrived[target], local, adjoint[target])
            for column, entry in zip(table.columns, row, strict=True):
                column.append(entry)
            adjoint[target] += adjoint[place] * local
    return table


def empty(kinds: str) -> list[array[Any]]:
    """Columns that are to be filled."""
    return [array(kind) for kind in kinds]


if not TYPE_CHECKING and accelerated:
    from autograd.native.engine import tabulate as in_c

    def tabulate(root: Value, gradient: float) -> PassTable:
        """The same, in C."""
        return PassTable(*in_c(root, gradient))
