"""The backward pass: nodes in topological order, and the chain rule over them.

Both are loops, not recursion, so a chain of a million nodes is as good as one of three.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autograd.operations import WITHOUT_GRADIENT

if TYPE_CHECKING:
    from autograd.value import Value

checks: list[Callable[[dict[Value, float]], None]] = []
"""What looks at the gradients of each pass before any `.grad` changes, and may raise."""


def topological_order(root: Value) -> list[Value]:
    """Every node that root depends on, operands before results, left before right, root last.

    >>> from autograd import Value, topological_order
    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b + a
    >>> [node.data for node in topological_order(c)]
    [2.0, 3.0, 6.0, 8.0]
    """
    if not hasattr(root, "_local_grads"):
        raise TypeError(f"topological order is of the graph below a Value, not of {root!r:.60}")
    order: list[Value] = []
    visited = {root}
    path = [root]  # from the root to where the walk is, and the operands that each has left
    waiting = [iter(root._operands)]
    while path:
        for operand in waiting[-1]:
            if operand not in visited:
                visited.add(operand)
                if operand._operands:
                    path.append(operand)
                    waiting.append(iter(operand._operands))
                    break
                order.append(operand)
        else:
            order.append(path.pop())
            waiting.pop()
    return order


def propagate(root: Value, gradient: float = 1.0) -> dict[Value, float]:
    """The derivative of root, times gradient, with respect to every node that it depends on.

    In topological order. This is the backward pass; it changes no node's `.grad`.
    """
    adjoints = dict.fromkeys(topological_order(root), 0.0)
    adjoints[root] = gradient
    for node, upstream in reversed(adjoints.items()):  # all uses of a node come before it
        for operand, local_grad in zip(node._operands, node._local_grads):  # noqa: B905, the hot loop
            adjoints[operand] += upstream * local_grad
    for check in checks:
        check(adjoints)
    return adjoints


def accumulate(root: Value, gradient: float) -> None:
    """Run the backward pass and add what it gives to the `.grad` of every node but constants."""
    for node, adjoint in propagate(root, gradient).items():
        if node._operation not in WITHOUT_GRADIENT:
            node._grad = adjoint if node._grad is None else node._grad + adjoint


def clear(root: Value) -> None:
    """Forget the `.grad` of root and of every node below it."""
    for node in topological_order(root):
        node._grad = None
