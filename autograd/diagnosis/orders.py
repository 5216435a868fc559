"""The orders in which a backward pass may let its gates work, and those that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from autograd.engine import Value, topological_order

MOST = 2000  # gates at work in a pass that repeats itself

Order = Callable[[Value], Sequence[Value]]


def operands_of(node: Value, right_first: bool) -> Sequence[Value]:
    return node.operands[::-1] if right_first else node.operands


def postorder(root: Value, right_first: bool = False, again: bool = False) -> list[Value]:
    """Operands before results, by walking down; again : each node as often as it is met."""
    order: list[Value] = []
    seen: set[Value] = set()

    def visit(node: Value) -> None:
        if (node in seen and not again) or len(order) > MOST:
            return
        seen.add(node)
        for operand in operands_of(node, right_first):
            visit(operand)
        order.append(node)

    visit(root)
    return order


def preorder(root: Value, right_first: bool = False, again: bool = False) -> list[Value]:
    """Results before operands, each as soon as it is met: a walk into the depth."""
    order: list[Value] = []
    seen: set[Value] = set()

    def visit(node: Value) -> None:
        if (node in seen and not again) or len(order) > MOST:
            return
        seen.add(node)
        order.append(node)
        for operand in operands_of(node, right_first):
            visit(operand)

    visit(root)
    return order


def stacked(root: Value, right_first: bool = False, again: bool = False) -> list[Value]:
    """As preorder, by a stack: a node comes when it is taken off, and is known once put on."""
    order: list[Value] = []
    seen, stack = {root}, [root]
    while stack and len(order) <= MOST:
        node = stack.pop()
        order.append(node)
        for operand in operands_of(node, right_first):
            if again or operand not in seen:
                seen.add(operand)
                stack.append(operand)
    return order


def by_breadth(root: Value, right_first: bool = False, again: bool = False) -> list[Value]:
    """Level by level from the root."""
    order, seen = [root], {root}
    for node in order:
        for operand in operands_of(node, right_first):
            if (again or operand not in seen) and len(order) <= MOST:
                seen.add(operand)
                order.append(operand)
    return order


def reversed_of(order: Order) -> Order:
    return lambda root: order(root)[::-1]


def without_equals(root: Value, right_first: bool = False) -> list[Value]:
    """A right order, but a node is taken for another that has the same number."""
    order: list[Value] = []
    seen: set[float] = set()

    def visit(node: Value) -> None:
        if node.data in seen:
            return
        seen.add(node.data)
        for operand in operands_of(node, right_first):
            visit(operand)
        order.append(node)

    visit(root)
    return order[::-1]


WRONG_ORDERS: tuple[tuple[str, Order], ...] = (
    ("not reversed", topological_order),
    *(
        (mistake, partial(walk, right_first=right_first, again=again))
        for mistake, again in (("order", False), ("visited twice", True))
        for walk in (preorder, stacked, by_breadth)
        for right_first in (False, True)
    ),
    *(
        ("visited twice", reversed_of(partial(postorder, right_first=right_first, again=True)))
        for right_first in (False, True)
    ),
    *(
        ("not reversed", reversed_of(partial(walk, right_first=right_first)))
        for walk in (preorder, by_breadth)
        for right_first in (False, True)
    ),
)
