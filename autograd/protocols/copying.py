"""copy, deepcopy and pickle for graphs of any depth, keeping numbers, gradients and sharing."""

from __future__ import annotations

import copy
import operator
from collections.abc import Sequence
from threading import local
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, ref

from autograd.engine import Value, topological_order
from autograd.modes import refuse
from autograd.operations import LEAVES, OPERATIONS
from autograd.sums import fold_of

if TYPE_CHECKING:
    from autograd.primitive import Operation

Place = tuple["_Block", int]


def copy_node(node: Value) -> Value:
    """A new node like this one, on the same operands."""
    refuse("a copy", node)
    twin = twin_of(node, node._operands)
    set_attributes([twin], [(0, own_attributes(node))])
    return twin


def copy_graph(root: Value, memo: dict[int, Any]) -> Value:
    """A copy of root and all it depends on; memo is `copy.deepcopy`'s, so sharing is kept."""
    refuse("a copy", root)
    nodes = [node for node in topological_order(root) if id(node) not in memo]
    for node in nodes:
        memo[id(node)] = twin_of(node, tuple(memo[id(operand)] for operand in node._operands))
    for node in nodes:
        attributes = own_attributes(node)
        if attributes:
            set_attributes([memo[id(node)]], [(0, copy.deepcopy(attributes, memo))])
    twin: Value = memo[id(root)]
    return twin


def twin_of(node: Value, operands: tuple[Value, ...]) -> Value:
    """A node with the numbers and the label of this one, on the given operands."""
    fields = (type(node), node._data, node._grad, node._label, node._operation)
    return restored(*fields, operands, node._local_grads)


def restored(
    kind: type[Value],
    data: float,
    grad: float | None,
    label: str,
    operation: Operation,
    operands: tuple[Value, ...],
    local_grads: Sequence[float],
) -> Value:
    """A node with these fields, without anything else that happens when a node is made."""
    node = kind.__new__(kind)
    node._data, node._grad, node._label = data, grad, label
    node._made_by(operation, operands, local_grads)
    return node


def own_attributes(node: Value) -> dict[str, Any]:
    """What a user or a subclass has put on a node, in its `__dict__` or in slots of its own."""
    if type(node) is Value:
        attributes = dict(node.__dict__)
    else:
        state: Any = object.__getstate__(node)  # the __dict__ or None, or a pair with the slots
        parts = state if isinstance(state, tuple) else (state,)
        attributes = {name: x for part in parts for name, x in (part or {}).items()}
    return {name: x for name, x in attributes.items() if name not in ENGINES_OWN}


ENGINES_OWN = {*getattr(Value, "__slots__", ()), "_calls"}


def set_attributes(nodes: list[Value], attributes: list[tuple[int, dict[str, Any]]]) -> None:
    """Put attributes back on the nodes at the given places."""
    for index, mapping in attributes:
        for name, attribute in mapping.items():
            setattr(nodes[index], name, attribute)


# ---- pickle -------------------------------------------------------------------------------------


class _Table(local):
    """Where to find the nodes that blocks of this thread hold, by identity."""

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
            [tuple(node._local_grads) for node in nodes],
            self.operands,
        )
        attributes = [(k, own_attributes(node)) for k, node in enumerate(nodes)]
        attributes = [(k, mapping) for k, mapping in attributes if mapping]
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
    outside = [block[position] for block, position in elsewhere]
    size = len(columns[0])
    nodes: list[Value] = []
    for kind, data, grad, label, name, local_grads, places in zip(*columns, strict=True):
        operands = tuple(nodes[k] if k < size else outside[k - size] for k in places)
        operation = BY_NAME[name] if name in BY_NAME else fold_of(name, len(operands))
        nodes.append(restored(kind, data, grad, label, operation, operands, local_grads))
    return nodes


BY_NAME = OPERATIONS | {entry.name: entry for entry in LEAVES}

Value.__copy__ = copy_node  # type: ignore[attr-defined]
Value.__deepcopy__ = copy_graph  # type: ignore[attr-defined]
Value.__reduce__ = reduce_graph  # type: ignore[assignment]
