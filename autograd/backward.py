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
    return list(zero_adjoints(root))


def zero_adjoints(root: Value) -> dict[Value, float]:
    """An adjoint of 0.0 for every node that root depends on, in topological order."""
    adjoints: dict[Value, float] = {}
    # The nodes from the root to where the walk is, and the operands that each has yet to visit.
    path, waiting = [root], [iter(root._operands)]
    while path:
        for operand in waiting[-1]:
            if operand not in adjoints:
                if operand._operands:
                    path.append(operand)
                    waiting.append(iter(operand._operands))
                    break
                adjoints[operand] = 0.0
        else:
            adjoints[path.pop()] = 0.0
            waiting.pop()
    return adjoints


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
