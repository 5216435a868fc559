"""Walks over a graph: topological order, the backward pass, and copies of graphs of any depth.

All are iterative: a chain of a million nodes is as good as one of three.
"""

from __future__ import annotations

import operator
from typing import Any, ClassVar
from weakref import ReferenceType, finalize, ref

from autograd.operations import OPERATIONS, SOURCES
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


class _Block:
    """Nodes in topological order, as pickle sees them: one object, however deep the graph.

    Pickle recurses into what an object refers to, so a graph goes to it as columns of numbers
    and positions. While a pickler holds a block, a result that shares nodes with it refers to
    them as places in that block, so what is pickled together keeps what it shares.
    """

    places: ClassVar[dict[int, tuple[ReferenceType[_Block], int]]] = {}

    def __init__(self, nodes: list[Value]) -> None:
        self.nodes = nodes
        positions = [id(node) for node in nodes]
        reference = ref(self)
        for index, key in enumerate(positions):
            _Block.places[key] = (reference, index)
        finalize(self, _Block.forget, positions).atexit = False

    @staticmethod
    def forget(positions: list[int]) -> None:
        for key in positions:
            _Block.places.pop(key, None)

    @staticmethod
    def place(node: Value) -> tuple[_Block, int] | None:
        """The block that holds the node, and where."""
        reference, index = _Block.places.get(id(node), (None, 0))
        block = reference() if reference else None
        return (block, index) if block else None

    def __reduce__(self) -> tuple[Any, ...]:
        here = {node: index for index, node in enumerate(self.nodes)}
        elsewhere: dict[Value, tuple[_Block, int] | None] = {}
        operands = []
        for node in self.nodes:
            places = []
            for operand in node.operands:
                if operand not in here and operand not in elsewhere:
                    elsewhere[operand] = _Block.place(operand)
                    here[operand] = len(self.nodes) + len(elsewhere) - 1
                places.append(here[operand])
            operands.append(tuple(places))
        columns = (
            [type(node) for node in self.nodes],
            [getattr(node, "__dict__", None) for node in self.nodes],
            [node._data for node in self.nodes],
            [node._grad for node in self.nodes],
            [node.label for node in self.nodes],
            [node._operation.name for node in self.nodes],
            [(v._left_grad, v._right_grad, *(g for _, g in v._rest)) for v in self.nodes],
            operands,
        )
        return _restore_nodes, (list(elsewhere.values()), *columns)


def reduce_graph(root: Value) -> tuple[Any, ...]:
    """What pickle asks of an object: how to make root again."""
    place = _Block.place(root)
    if place is None:
        nodes = [node for node in _post_order(root) if _Block.place(node) is None]
        place = _Block(nodes), len(nodes) - 1
    return operator.getitem, place


def _restore_nodes(elsewhere: list[tuple[list[Value], int]], *columns: list[Any]) -> list[Value]:
    """The nodes of a block, followed by those of other blocks that they refer to."""
    kinds, attributes, datas, grads, labels, names, local_grads, places = columns
    outside = [block[index] for block, index in elsewhere]
    size = len(kinds)
    nodes: list[Value] = []
    for index, kind in enumerate(kinds):
        node = Value.__new__(kind)
        for name, attribute in (attributes[index] or {}).items():
            setattr(node, name, attribute)
        node._data, node._grad, node.label = datas[index], grads[index], labels[index]
        node._operation = OPERATIONS.get(names[index]) or SOURCES[names[index]]
        operands = [nodes[k] if k < size else outside[k - size] for k in places[index]]
        node._left, node._right, *_ = (*operands, None, None)
        node._left_grad, node._right_grad, *rest = local_grads[index]
        node._rest = tuple(zip(operands[2:], rest, strict=True))
        nodes.append(node)
    return nodes
