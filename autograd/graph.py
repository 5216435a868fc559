"""Walks over a graph: topological order, the backward pass, and copies of graphs of any depth.

All are iterative: a chain of a million nodes is as good as one of three.
"""

from __future__ import annotations

from typing import Any, ClassVar
from weakref import WeakValueDictionary

from autograd.operations import CONSTANT, LEAF, OPERATIONS
from autograd.value import Value

__all__ = ["copy_graph", "copy_node", "propagate", "reduce_graph", "topological_order"]


def topological_order(root: Value) -> list[Value]:
    """Every node that root depends on, operands before results, left before right, root last.

    >>> from autograd import Value
    >>> from autograd.graph import topological_order
    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b + a
    >>> [node.data for node in topological_order(c)]
    [2.0, 3.0, 6.0, 8.0]
    """
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


# ---- copy, deepcopy, pickle ---------------------------------------------------------------------


def copy_node(node: Value, copies: dict[int, Any]) -> Value:
    """A new node like this one, on the operands' copies where there are any, else the same."""

    def copied(operand: Value | None) -> Any:
        return copies.get(id(operand), operand)

    copy = Value.__new__(type(node))
    for name, attribute in getattr(node, "__dict__", {}).items():
        setattr(copy, name, attribute)
    copy._data = node._data
    copy._grad = node._grad
    copy.label = node.label
    copy._operation = node._operation
    copy._left, copy._left_grad = copied(node._left), node._left_grad
    copy._right, copy._right_grad = copied(node._right), node._right_grad
    copy._rest = tuple((copied(operand), grad) for operand, grad in node._rest)
    return copy


def copy_graph(root: Value, memo: dict[int, Any]) -> Value:
    """A copy of root and all it depends on; memo is `copy.deepcopy`'s, so sharing is kept."""
    if id(root) not in memo:
        for node in _post_order(root):
            if id(node) not in memo:
                memo[id(node)] = copy_node(node, memo)
    copy: Value = memo[id(root)]
    return copy


class _Flat:
    """A node as pickle sees it: its operands are such objects too, listed before it.

    Pickle recurses into what an object refers to, so a graph is given to it as the list of its
    nodes in topological order: whatever a node refers to has been written by then. There is one
    of these to a node while a pickler holds it, so results pickled together keep what they share.
    """

    alive: ClassVar[WeakValueDictionary[int, _Flat]] = WeakValueDictionary()

    def __init__(self, node: Value) -> None:
        self.node = node
        self.operands = tuple(_Flat.alive[id(operand)] for operand in node.operands)

    def __reduce__(self) -> tuple[Any, ...]:
        node = self.node
        local_grads = (node._left_grad, node._right_grad, *(grad for _, grad in node._rest))
        fields = (node._data, node._grad, node.label, node._operation.name, local_grads)
        attributes = getattr(node, "__dict__", {})
        return _restore_node, (type(node), attributes, fields, *self.operands)


def reduce_graph(root: Value) -> tuple[Any, ...]:
    """What `pickle` and `copyreg` ask of an object: how to make root again."""
    flat = []
    for node in _post_order(root):
        twin = _Flat.alive.get(id(node))
        if twin is None:
            twin = _Flat.alive[id(node)] = _Flat(node)
        flat.append(twin)
    return _last, (flat,)


def _last(nodes: list[Value]) -> Value:
    return nodes[-1]


def _restore_node(
    kind: type[Value], attributes: dict[str, Any], fields: tuple[Any, ...], *operands: Value
) -> Value:
    node = Value.__new__(kind)
    for name, attribute in attributes.items():
        setattr(node, name, attribute)
    node._data, node._grad, node.label, operation, local_grads = fields
    node._operation = {"leaf": LEAF, "constant": CONSTANT}.get(operation) or OPERATIONS[operation]
    node._left, node._right, *_ = (*operands, None, None)
    node._left_grad, node._right_grad, *rest = local_grads
    node._rest = tuple(zip(operands[2:], rest, strict=True))
    return node
