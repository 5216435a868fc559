"""Walks over a graph: topological order, and the backward pass over floats and over Values.

All are iterative: a chain of a million nodes is as good as one of three. Where there is a C
compiler this file is compiled as it stands, with the types of `graph.pxd`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from math import isclose, isnan
from threading import RLock
from typing import Any

from autograd.errors import GraphError
from autograd.modes import checking_gradients, not_recording, taking_limits
from autograd.operation import UNREACHED
from autograd.operations import CONSTANT
from autograd.value import Value, make_constant, refuse


def topological_order(root: Value) -> list[Value]:
    """Every node that root depends on, operands before results, left before right, root last.

    >>> from autograd import Value
    >>> from autograd.graph import topological_order
    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b + a
    >>> [node.data for node in topological_order(c)]
    [2.0, 3.0, 6.0, 8.0]
    """
    if not isinstance(root, Value):
        raise TypeError(f"topological_order is of the graph below a Value, not {root!r:.60}")
    with _walk(root) as mark:
        return post_order(root, mark)


def propagate(root: Value, gradient: float = 1.0) -> dict[Value, float]:
    """The derivative of root, times gradient, with respect to every node that it depends on.

    In topological order. This is the backward pass; it changes no node's `.grad`.
    """
    if not isinstance(root, Value):
        raise TypeError(f"propagate goes through the graph below a Value, not {root!r:.60}")
    with _walk(root) as mark:
        order = post_order(root, mark)
        fill_adjoints(order, gradient)
        adjoints = {node: node._adjoint for node in order}
    if checking_gradients and checking_gradients.is_on():
        from autograd.derivatives.check import check_adjoints

        check_adjoints(adjoints)
    return adjoints


def accumulate(root: Value, gradient: float) -> None:
    """Run the backward pass and add what it gives to every node's `.grad`."""
    refuse("a gradient", root)
    if checking_gradients and checking_gradients.is_on():
        propagate(root, gradient)  # raises where there is an anomaly
    if root._rest and getattr(root._operation, "on_leaves", False):  # of a compiled function
        add_to_leaves(root, gradient)
        return
    with _walk(root) as mark:
        order = post_order(root, mark)
        fill_adjoints(order, gradient)
        add_adjoints(order)


def add_to_leaves(root: Value, gradient: float) -> None:
    """The whole backward pass over an operation on leaves, without a walk."""
    root._grad += gradient
    if root._left is not None and root._right is not None:
        add_share(root._left, gradient * root._left_grad)
        add_share(root._right, gradient * root._right_grad)
    local_grads = root._rest_grads
    for position, operand in enumerate(root._rest):
        add_share(operand, gradient * local_grads[position])


def add_share(node: Value, share: float) -> None:
    """Add to a node's `.grad`; a constant has none."""
    if node._operation is not CONSTANT:
        node._grad += share


def clear(root: Value) -> None:
    """Forget the `.grad` of root and of every node below it."""
    for node in topological_order(root):
        node._grad = UNREACHED


def post_order(root: Value, mark: int) -> list[Value]:
    """Topological order, leaving mark on every node and an adjoint of 0.0 to add to."""
    order: list[Value] = []
    stack = [root]
    while stack:
        node = stack[-1]
        if node._mark == mark:
            stack.pop()
            continue
        left = node._left
        if left is not None:
            if left._mark != mark:
                stack.append(left)
                continue
            right = node._right
            if right is not None:
                if right._mark != mark:
                    stack.append(right)
                    continue
                if node._rest:
                    missing = visit_leaves(node._rest, mark, order)
                    if missing:
                        stack.extend(reversed(missing))
                        continue
        node._mark = mark
        node._adjoint = 0.0
        order.append(node)
        stack.pop()
    return order


def visit_leaves(operands: tuple[Value, ...], mark: int, order: list[Value]) -> list[Value]:
    """Put the first operands in order, as long as they are leaves; give those yet to visit."""
    missing: list[Value] = []
    for operand in operands:
        if operand._mark != mark:
            if operand._left is not None or missing:
                missing.append(operand)
            else:
                operand._mark = mark
                operand._adjoint = 0.0
                order.append(operand)
    return missing


def fill_adjoints(order: list[Value], gradient: float) -> None:
    """The chain rule, from the last node of the order to the first."""
    order[-1]._adjoint = gradient
    for node in reversed(order):
        left = node._left
        if left is not None:
            upstream = node._adjoint
            left._adjoint += upstream * node._left_grad
            right = node._right
            if right is not None:
                right._adjoint += upstream * node._right_grad
                if node._rest:
                    fill_rest(node, upstream)


def fill_rest(node: Value, upstream: float) -> None:
    """The chain rule for a third operand and so on."""
    local_grads = node._rest_grads
    for position, operand in enumerate(node._rest):
        operand._adjoint += upstream * local_grads[position]


class PassTable:
    """A backward pass as data, in columns: what `tracing.py` shows.

    order  : the nodes in topological order; adjoint and uses have a number for each, its gradient
             and how often it is an operand.
    gate, operand, position, use, local, before : a number for each `+=` of the pass: the places in
             the order of the gate and of its operand, which operand of the gate that is, which use
             of the operand this is, from 1, the local derivative, and the adjoint before.
    """

    def __init__(self, order: list[Value], uses: array[int], steps: int) -> None:
        self.order, self.uses = order, uses
        self.adjoint = array("d", bytes(8 * len(order)))
        self.gate, self.operand, self.position, self.use = (
            array("q", bytes(8 * steps)) for _ in range(4)
        )
        self.local, self.before = (array("d", bytes(8 * steps)) for _ in range(2))
        places = (self.gate, self.operand, self.position, self.use)
        self.columns: tuple[array[Any], ...] = (*places, self.local, self.before)


def tabulate(root: Value, gradient: float) -> PassTable:
    """Run the backward pass and write each of its steps down. No `.grad` changes."""
    refuse("a gradient", root)
    with _walk(root) as mark:
        order = post_order(root, mark)
        uses = array("q", bytes(8 * len(order)))
        for place, node in enumerate(order):
            node._mark = ~place  # below 0, which is no walk's mark
        table = PassTable(order, uses, count_uses(order, uses))
        table.adjoint[-1] = gradient
        fill_table(
            order, table.adjoint, table.gate, table.operand, table.position, table.use,
            table.local, table.before,
        )  # fmt: skip
    return table


def count_uses(order: list[Value], uses: array[int]) -> int:
    """Count how often each node is an operand; constants, which take no gradient, are not."""
    count = 0
    for node in order:
        for position in range(operand_count(node)):
            operand = operand_at(node, position)
            if operand._operation is not CONSTANT:
                uses[~operand._mark] += 1
                count += 1
    return count


def fill_table(
    order: list[Value],
    adjoint: array[float],
    gate: array[int],
    operands: array[int],
    positions: array[int],
    use: array[int],
    local: array[float],
    before: array[float],
) -> None:
    """The chain rule, in the order of `fill_adjoints`, with each of its steps written down."""
    step = 0
    arrived = array("q", bytes(8 * len(order)))
    for node in reversed(order):
        place = ~node._mark
        for position in range(operand_count(node)):
            operand = operand_at(node, position)
            if operand._operation is not CONSTANT:
                target = ~operand._mark
                slope = local_grad_at(node, position)
                arrived[target] += 1
                gate[step] = place
                operands[step] = target
                positions[step] = position
                use[step] = arrived[target]
                local[step] = slope
                before[step] = adjoint[target]
                adjoint[target] += adjoint[place] * slope
                step += 1


def operand_count(node: Value) -> int:
    """How many operands a node has."""
    if node._left is None:
        return 0
    return 1 if node._right is None else 2 + len(node._rest)


def operand_at(node: Value, position: int) -> Any:
    """One of the operands."""
    if position < 2:
        return node._right if position else node._left
    return node._rest[position - 2]


def local_grad_at(node: Value, position: int) -> float:
    """The local derivative by one of the operands."""
    if position < 2:
        return node._right_grad if position else node._left_grad
    return node._rest_grads[position - 2]


def add_adjoints(order: list[Value]) -> None:
    """Add each node's adjoint to its `.grad`; constants have none."""
    for node in order:
        add_share(node, node._adjoint)


# A walk leaves its mark on the nodes, so there is one at a time. Other threads wait. What a signal
# handler or a debugger starts in the middle of another walk leaves every node as it found it.

_walking = RLock()
_marks = count(1)
_under_way: list[int] = []


@contextmanager
def _walk(root: Value) -> Iterator[int]:
    """The right to walk over the nodes below root, and the mark to leave on them."""
    with _walking:
        found = [(v, v._mark, v._mark and v._adjoint) for v in below([root])] if _under_way else []
        mark = next(_marks)
        _under_way.append(mark)
        try:
            yield mark
        finally:
            _under_way.pop()
            for node, earlier_mark, adjoint in found:
                node._mark, node._adjoint = earlier_mark, adjoint


def below(roots: Iterable[Value]) -> set[Value]:
    """All nodes that the roots depend on, and these, in no order and without marks."""
    nodes: set[Value] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in nodes:
            nodes.add(node)
            waiting.extend(node.operands)
    return nodes


# ---- the backward pass over Values: derivatives as graphs ---------------------------------------


def gradients(y: Value, xs: Iterable[Value] | Value) -> list[Value]:
    """The derivative of y with respect to each of xs, as Values that can be differentiated again.

    y  : the Value to differentiate.
    xs : the Values to differentiate by, leaves or results; one Value is a list of one.

    No `.grad` changes. A Value that y does not depend on has the derivative 0.

    Raises GraphError for a constant among xs, and where the `data` of a node has changed since y
    was computed, so that a local derivative would now be another.

    >>> from autograd import Value, gradients
    >>> x = Value(2.0)
    >>> first, = gradients(x**3, [x])
    >>> second, = gradients(first, [x])
    >>> first.data, second.data
    (12.0, 12.0)
    """
    wanted = list(xs) if isinstance(xs, Iterable) else [xs]
    for position, x in enumerate(wanted):
        if not isinstance(x, Value):
            raise TypeError(f"gradients differentiates by Values; xs[{position}] is {x!r:.60}")
        if x.is_constant:
            raise GraphError(
                f"xs[{position}] is a constant, made of plain numbers, by detach() or inside "
                "no_grad(): nothing depends on it. Differentiate by the Value it was made from."
            )
    if not isinstance(y, Value):
        raise TypeError(f"gradients differentiates a Value, not {type(y).__name__}: {y!r:.60}")
    if checking_gradients and checking_gradients.is_on():
        propagate(y)  # which looks for the anomaly
    order = topological_order(y)
    moving = depending_on(wanted, order)
    adjoints: dict[Value, Value | float] = {y: 1.0}
    with taking_limits.switched(True), not_recording.switched(False):
        for node in reversed(order):
            if node not in moving or node not in adjoints:
                continue
            derivatives = getattr(node._operation, "all_derivatives", each_derivative)
            for operand, derivative in derivatives(node, moving):
                if operand in moving:
                    contribution = product(adjoints[node], derivative)
                    earlier = adjoints.get(operand)
                    adjoints[operand] = contribution if earlier is None else earlier + contribution
    return [as_value(adjoints.get(x, 0.0)) for x in wanted]


def depending_on(xs: list[Value], order: list[Value]) -> set[Value]:
    """The nodes of a topological order that depend on one of xs, and these."""
    moving = set(xs)
    for node in order:
        if not moving.isdisjoint(node.operands):
            moving.add(node)
    return moving


def each_derivative(node: Value, moving: set[Value]) -> Iterator[tuple[Value, Any]]:
    """The operands of a node that are in moving, with the derivatives by them."""
    for position, operand in enumerate(node.operands):
        if operand in moving:
            yield operand, symbolic_derivative(node, position)


def symbolic_derivative(node: Value, position: int) -> Any:
    """The rule's derivative as a Value or number, checked against what was stored."""
    derivative = node._operation.derivatives[position](node, *node.operands)
    number = derivative._data if isinstance(derivative, Value) else derivative
    stored = node.local_grads[position]
    if not isclose(number, stored, rel_tol=1e-9, abs_tol=1e-300) and not (
        isnan(number) and isnan(stored)
    ):
        from autograd.language.expression import short_text

        raise GraphError(
            f"the data of a node below {short_text(node)} was changed after it was computed: its "
            f"local derivative was {stored!r} then and would be {number!r} now. "
            "Compute the expression again before differentiating it."
        )
    return derivative


def product(upstream: Any, slope: Any) -> Any:
    """upstream * slope, without a node for a factor of 1."""
    if not isinstance(slope, Value) and slope == 1:
        return upstream
    if not isinstance(upstream, Value) and upstream == 1:
        return slope
    return upstream * slope


def as_value(x: Any) -> Value:
    """A Value as it is, a number as a constant."""
    return x if isinstance(x, Value) else make_constant(float(x))
