"""copy, deepcopy and pickle for graphs of any depth, keeping numbers, gradients and sharing."""

from __future__ import annotations

import copy
import operator
from array import array
from collections.abc import Mapping
from threading import local
from typing import Any
from weakref import ReferenceType, ref

from autograd.graph import topological_order
from autograd.operations import OPERATIONS, SOURCES
from autograd.value import Value, refuse

Place = tuple["_Block", int]


def copy_node(node: Value, copies: Mapping[int, Value] | None = None) -> Value:
    """A new node like this one, on the operands' copies where there are any, else the same."""
    if copies is None:
        refuse("a copy", node)
    known = copies or {}

    def copied(operand: Value | None) -> Any:
        return known.get(id(operand), operand)

    twin = Value.__new__(type(node))
    twin._data, twin._grad, twin._label = node._data, node._grad, node._label
    twin._operation = node._operation
    twin._left, twin._left_grad = copied(node._left), node._left_grad
    twin._right, twin._right_grad = copied(node._right), node._right_grad
    twin._rest = tuple(copied(operand) for operand in node._rest)
    twin._rest_grads = node._rest_grads if node._rest else ()  # no record of a module's call
    twin._mark = 0
    if copies is None:
        set_attributes([twin], [(0, own_attributes(node))])
    return twin


def copy_graph(root: Value, memo: dict[int, Any]) -> Value:
    """A copy of root and all it depends on; memo is `copy.deepcopy`'s, so sharing is kept."""
    refuse("a copy", root)
    nodes = [node for node in topological_order(root) if id(node) not in memo]
    for node in nodes:
        memo[id(node)] = copy_node(node, memo)
    for node in nodes:
        if type(node) is not Value:
            attributes = copy.deepcopy(own_attributes(node), memo)
            set_attributes([memo[id(node)]], [(0, attributes)])
    twin: Value = memo[id(root)]
    return twin


def own_attributes(node: Value) -> dict[str, Any]:
    """What a subclass has put on a node, in its `__dict__` or in slots of its own."""
    if type(node) is Value:
        return {}
    state: Any = object.__getstate__(node)  # a pair: the __dict__ or None, and the slots
    attributes = dict(state[0] or {})
    attributes |= {name: x for name, x in state[1].items() if name not in Value.__slots__}
    return attributes


def set_attributes(nodes: list[Value], attributes: list[tuple[int, dict[str, Any]]]) -> None:
    """Put attributes back on the nodes at the given places."""
    for index, mapping in attributes:
        for name, attribute in mapping.items():
            setattr(nodes[index], name, attribute)


# ---- pickle -------------------------------------------------------------------------------------


class _Table(local):
    """Where the nodes are that blocks of this thread hold, by identity."""

    def __init__(self) -> None:
        self.places: dict[int, tuple[ReferenceType[_Block], int]] = {}


_table = _Table()


class _Block:
    """Nodes in topological order, as pickle sees them: one object, however deep the graph.

    Pickle recurses into what an object refers to, so a graph goes to it as columns of numbers
    and positions. While a pickler holds a block, a result that shares nodes with it refers to
    them as places in that block, so what is pickled together keeps what it shares.
    """

    def __init__(self, nodes: list[Value], placed: dict[Value, Place]) -> None:
        self.nodes = nodes
        self.elsewhere = list(placed.values())
        index = {node: position for position, node in enumerate([*nodes, *placed])}
        self.operands = [tuple(index[operand] for operand in node.operands) for node in nodes]
        places = _table.places
        keys = [id(node) for node in nodes]

        def forget(reference: ReferenceType[_Block]) -> None:
            for key in keys:
                if places.get(key, (None, 0))[0] is reference:
                    places.pop(key, None)

        reference = ref(self, forget)
        for position, key in enumerate(keys):
            places[key] = (reference, position)

    def __reduce__(self) -> tuple[Any, ...]:
        nodes = self.nodes
        columns = (
            [type(node) for node in nodes],
            [node._data for node in nodes],
            [node._grad for node in nodes],
            [node._label for node in nodes],
            [node._operation.name_in_table() for node in nodes],
            [(v._left_grad, v._right_grad, *(v._rest_grads if v._rest else ())) for v in nodes],
            self.operands,
        )
        attributes = [(k, own_attributes(v)) for k, v in enumerate(nodes) if type(v) is not Value]
        arguments = (self.elsewhere, *columns)
        return _restore_nodes, arguments, attributes or None, None, None, set_attributes


def reduce_graph(root: Value) -> tuple[Any, ...]:
    """What pickle asks of an object: how to make root again."""
    refuse("a copy", root)
    place = _place(root)
    if place is None:
        nodes, placed = [], {}
        known = all(_place(operand) for operand in root.operands)
        for node in [*root.operands, root] if known else topological_order(root):
            there = _place(node)
            if there is None:
                nodes.append(node)
            else:
                placed[node] = there
        place = _Block(nodes, placed), len(nodes) - 1
    return operator.getitem, place


def _place(node: Value) -> Place | None:
    """The block that holds the node, and where in it."""
    reference, position = _table.places.get(id(node), (None, 0))
    block = reference() if reference else None
    return (block, position) if block else None


def _restore_nodes(elsewhere: list[tuple[list[Value], int]], *columns: list[Any]) -> list[Value]:
    """The nodes of a block."""
    operations = OPERATIONS | SOURCES
    outside = [block[position] for block, position in elsewhere]
    size = len(columns[0])
    nodes: list[Value] = []
    for kind, data, grad, label, name, local_grads, places in zip(*columns, strict=True):
        node = Value.__new__(kind)
        node._data, node._grad, node._label = data, grad, label
        node._operation = operations[name]
        operands = [nodes[k] if k < size else outside[k - size] for k in places]
        node._left, node._right, *_ = (*operands, None, None)
        node._left_grad, node._right_grad, *rest = local_grads
        node._rest, node._rest_grads = tuple(operands[2:]), array("d", rest)
        node._mark = 0
        nodes.append(node)
    return nodes
