"""The backward pass: nodes in topological order, and the chain rule over them.

Both are loops, not recursion, so a chain of a million nodes is as good as one of three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    return list(zero_adjoints(root))


def zero_adjoints(root: Value) -> dict[Value, float]:
    """An adjoint of 0.0 for every node that root depends on, in topological order."""
    adjoints: dict[Value, float] = {}
    # Where the walk is, and the operands that it has yet to visit there; then the same of each node
    # on the path from the root.
    node, operands = root, iter(root._operands)
    path: list[Value] = []
    waiting: list[Iterator[Value]] = []
    while True:
        for operand in operands:
            if operand not in adjoints:
                if operand._operands:
                    path.append(node)
                    waiting.append(operands)
                    node, operands = operand, iter(operand._operands)
                    break
                adjoints[operand] = 0.0
        else:
            adjoints[node] = 0.0
            if not path:
                return adjoints
            node, operands = path.pop(), waiting.pop()


def propagate(root: Value, gradient: float = 1.0) -> dict[Value, float]:
    """The derivative of root, times gradient, with respect to every node that it depends on.

    In topological order. This is the backward pass; it changes no node's `.grad`.
    """
    adjoints = zero_adjoints(root)
    adjoints[root] = gradient
    for node, upstream in reversed(adjoints.items()):  # all uses of a node come before it
        operands, local_grads = node._operands, node._local_grads
        if len(operands) == 2:  # as for any number; without a loop it is twice as fast
            (left, right), (by_left, by_right) = operands, local_grads
            adjoints[left] += upstream * by_left
            adjoints[right] += upstream * by_right
        elif operands:
            for operand, local_grad in zip(operands, local_grads, strict=True):
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
    for node in zero_adjoints(root):
        node._grad = None
