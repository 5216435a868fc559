"""Walks over a graph: topological order and the backward pass.

Both are iterative: a chain of a million nodes is as good as one of three.
"""

from __future__ import annotations

from autograd.value import Value

__all__ = ["propagate", "topological_order"]


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
    return list(_post_order(root))


def propagate(root: Value, gradient: float = 1.0) -> dict[Value, float]:
    """The derivative of root, times gradient, with respect to every node that it depends on.

    In topological order. This is the backward pass; it changes no node.
    """
    adjoints = _post_order(root)
    adjoints[root] = gradient
    for node in reversed(adjoints):
        left = node._left
        if left is not None:
            upstream = adjoints[node]
            adjoints[left] += upstream * node._left_grad
            right = node._right
            if right is not None:
                adjoints[right] += upstream * node._right_grad
                for operand, local_grad in node._rest:
                    adjoints[operand] += upstream * local_grad
    return adjoints


def _post_order(root: Value) -> dict[Value, float]:
    """Topological order as the keys of a dictionary, each with an adjoint of 0.0 to add to.

    The dictionary is at once the order, the set of visited nodes and the adjoints.
    """
    order: dict[Value, float] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        left = node._left
        if left is not None:
            if left not in order:
                stack.append(left)
                continue
            right = node._right
            if right is not None:
                if right not in order:
                    stack.append(right)
                    continue
                if node._rest:
                    missing = [operand for operand, _ in node._rest if operand not in order]
                    if missing:
                        stack.extend(reversed(missing))
                        continue
        order[node] = 0.0
        stack.pop()
    return order
