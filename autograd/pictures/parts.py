"""Which part of a graph to draw: all below one root or several, or a part cut out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograd.engine import Value, topological_order
from autograd.errors import GraphError
from autograd.protocols.settings import check_limits


@dataclass(frozen=True)
class Part:
    """Nodes to draw, in topological order; `around` and `between` cut such a part out.

    roots : the results that the picture ends in.
    """

    roots: tuple[Value, ...]
    nodes: tuple[Value, ...]

    def __len__(self) -> int:
        return len(self.nodes)


def around(node: Value, radius: int = 2, root: Value | None = None) -> Part:
    """The nodes within a few arrows of a node, to draw: `draw_dot(around(node))`.

    radius : how many arrows away, 1 or more.
    root   : a result that depends on node. A node knows its operands but not its uses; with a
             root, the gates between the two are found too.

    Raises GraphError where root does not depend on node.

    >>> from autograd import Value, around
    >>> x = Value(1.0)
    >>> y = x.exp().sin().cos()
    >>> len(around(y, radius=2))
    3
    """
    _check_node("around", node)
    check_limits(radius=radius)
    if root is None:
        root = node
    _check_node("around", root)
    order = topological_order(root)
    if node not in set(order):
        raise GraphError(f"root does not depend on the node {node!r:.80}")
    uses: dict[Value, list[Value]] = {}
    for gate in order:
        for operand in gate.operands:
            uses.setdefault(operand, []).append(gate)
    near, edge = {node}, [node]
    for _ in range(radius):
        edge = [v for at in edge for v in (*at.operands, *uses.get(at, ())) if v not in near]
        near.update(edge)
    return _cut(order, near)


def between(start: Value, root: Value) -> Part:
    """The nodes on the paths from start to root, with the other operands of the gates on them.

    Raises GraphError where root does not depend on start.

    >>> from autograd import Value, between
    >>> x, y = Value(1.0), Value(2.0)
    >>> z = x.exp()
    >>> len(between(z, z * y.sin()))
    3
    """
    _check_node("between", start)
    _check_node("between", root)
    order = topological_order(root)
    on_paths = {start}
    for gate in order:
        if not on_paths.isdisjoint(gate.operands):
            on_paths.add(gate)
    if root not in on_paths:
        raise GraphError(f"root does not depend on the node {start!r:.80}")
    shown = set(on_paths)
    for gate in on_paths - {start}:
        shown.update(gate.operands)
    return _cut(order, shown)


def as_part(roots: Value | Part | Iterable[Value], purpose: str) -> Part:
    """The part to draw, given as one root, several, or a part cut out."""
    if isinstance(roots, Part):
        return roots
    wanted: Sequence[Value] = [roots] if isinstance(roots, Value) else _listed(roots, purpose)
    nodes: dict[Value, None] = {}
    for root in wanted:
        nodes |= dict.fromkeys(topological_order(root))
    return Part(tuple(wanted), tuple(nodes))


def _listed(roots: object, purpose: str) -> list[Value]:
    if not isinstance(roots, Iterable) or isinstance(roots, (str, bytes)):
        raise TypeError(
            f"{purpose} draws the graph of a Value, not {type(roots).__name__}: {roots!r:.60}"
        )
    wanted = list(roots)
    for position, root in enumerate(wanted):
        if not isinstance(root, Value):
            raise TypeError(
                f"{purpose} draws the graphs of Values; number {position} of the list is "
                f"{type(root).__name__}: {root!r:.60}"
            )
    if not wanted:
        raise ValueError(f"{purpose} needs at least one Value; the list is empty")
    return wanted


def _check_node(purpose: str, node: object) -> None:
    if not isinstance(node, Value):
        raise TypeError(f"{purpose} cuts a graph at a Value, not {node!r:.60}")


def _cut(order: list[Value], shown: set[Value]) -> Part:
    nodes = tuple(node for node in order if node in shown)
    inner = {operand for node in nodes for operand in node.operands}
    return Part(tuple(node for node in nodes if node not in inner), nodes)
