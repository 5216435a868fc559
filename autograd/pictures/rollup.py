"""Big graphs in few boxes: rolled up to neurons or layers, and outside of modules to shapes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.engine import Value
from autograd.protocols.module_calls import ModuleCall, calls_of

SHAPES = (4, 2, 1)  # how many operations deep nodes are alike that share a box, to be tried
CROWD = 30  # arrows, or nodes outside modules, that can still be told apart
ModulePath = tuple[ModuleCall, ...]
"""The modules that a node is in, outermost first, each as the first of its calls."""


@dataclass
class Group:
    """Nodes drawn as one.

    path  : the modules they are in, outermost first; () for nodes of one shape.
    nodes : in topological order.
    """

    path: ModulePath
    nodes: list[Value] = field(default_factory=list)

    def largest_grad(self) -> float:
        """The size of the largest gradient in it."""
        return max((abs(v.grad) for v in self.nodes if not v.is_constant), default=0.0)

    def zeros(self) -> int:
        """How many of its gradients have arrived and are exactly 0."""
        return sum(v.has_grad and v.grad == 0 for v in self.nodes if not v.is_constant)


@dataclass
class RolledUp:
    """A graph in groups, and how many arrows lead from one to another, by their places."""

    groups: list[Group]
    arrows: dict[tuple[int, int], int]

    def fits(self, most: int) -> bool:
        """Whether it has no more groups than `most`, and no more arrows than one can follow."""
        return len(self.groups) <= most and len(self.arrows) <= max(CROWD, 3 * len(self.groups))


def roll_up(nodes: Sequence[Value], paths: dict[Value, ModulePath], most: int) -> RolledUp:
    """The graph in at most `most` boxes, in as much detail as fits and can be read."""
    deepest = max(map(len, paths.values()), default=0)
    for depth in range(deepest, 0, -1):
        coarse = _in_shapes(nodes, paths, depth, 0)
        if coarse.fits(most):
            return _finest(nodes, paths, depth, most) or coarse
    return _finest(nodes, paths, 0, most) or _in_shapes(nodes, paths, min(deepest, 1), 0)


def _finest(
    nodes: Sequence[Value], paths: dict[Value, ModulePath], depth: int, most: int
) -> RolledUp | None:
    """Modules at a depth as boxes, and what is outside of them in as much detail as fits."""
    if depth and sum(not paths[node] for node in nodes) <= CROWD:
        alone = in_boxes(nodes, paths, lambda node: _modules(paths, node, depth) or node, depth)
        if alone.fits(most):
            return alone
    for size in SHAPES:
        rolled = _in_shapes(nodes, paths, depth, size)
        if rolled.fits(most):
            return rolled
    return None


def _modules(paths: dict[Value, ModulePath], node: Value, depth: int) -> tuple[int, ...]:
    """What the nodes of one module have in common, down to a depth."""
    return tuple(map(id, paths[node][:depth]))


def _in_shapes(
    nodes: Sequence[Value], paths: dict[Value, ModulePath], depth: int, size: int
) -> RolledUp:
    """Modules as boxes, and nodes outside of them in boxes of one shape."""
    root = nodes[-1]
    names = {path: tuple(map(id, path[:depth])) for path in set(paths.values())}
    modules = {node: names[paths[node]] for node in nodes}
    shapes = _shapes(nodes, modules.__getitem__, size)
    return in_boxes(
        nodes,
        paths,
        lambda node: modules[node] or (node if node is root else shapes[node]),
        depth,
    )


def _shapes(
    nodes: Sequence[Value], module: Callable[[Value], tuple[int, ...]], size: int
) -> dict[Value, int]:
    """A number for each node, the same for nodes with the same operations below them."""
    numbers: dict[Any, int] = {}

    def number(shape: Any) -> int:
        return numbers.setdefault(shape, len(numbers))

    shapes = {
        node: number((module(node), node.op, node.is_constant, bool(node.operands)))
        for node in nodes
    }
    for _ in range(size):
        shapes = {
            node: number((shapes[node], *(shapes.get(operand, -1) for operand in node.operands)))
            for node in nodes
        }
    return shapes


def collapsed(
    nodes: Sequence[Value], paths: dict[Value, ModulePath], depth: int, modules: Sequence[Any]
) -> RolledUp:
    """The graph with each of these modules in one box, and the rest open.

    depth : modules that are this deep inside others are one box too.
    """

    def key(node: Value) -> Hashable:
        path = paths[node]
        for position, call in enumerate(path):
            if any(call.module is each for each in modules) or position + 1 == depth:
                return tuple(map(id, path[: position + 1]))
        return node

    return in_boxes(nodes, paths, key, None)


def in_boxes(
    nodes: Sequence[Value],
    paths: dict[Value, ModulePath],
    key: Callable[[Value], Hashable],
    depth: int | None,
) -> RolledUp:
    """The nodes with the same key in one group, and the arrows between groups counted.

    depth : of the modules that are groups; None where the length of a key says it.
    """
    groups: dict[Hashable, Group] = {}
    places: dict[Value, int] = {}
    order: dict[Hashable, int] = {}
    for node in nodes:
        own = key(node)
        if own not in groups:
            order[own] = len(groups)
            length = len(own) if depth is None and isinstance(own, tuple) else depth or 0
            groups[own] = Group(paths[node][:length])
        groups[own].nodes.append(node)
        places[node] = order[own]
    arrows: dict[tuple[int, int], int] = {}
    for node in nodes:
        for operand in node.operands:
            if operand in places and places[operand] != places[node]:
                arrow = places[operand], places[node]
                arrows[arrow] = arrows.get(arrow, 0) + 1
    return RolledUp(list(groups.values()), arrows)


def module_paths(nodes: Sequence[Value]) -> dict[Value, ModulePath]:
    """The modules that each node was made in, outermost first, by the records of calls."""
    inside: dict[Value, tuple[ModuleCall, ...]] = {}
    inputs: dict[ModuleCall, frozenset[Value]] = {}
    for node in reversed(nodes):
        calls = inside.get(node, ())
        for call in calls_of(node):
            inputs[call] = call.inputs()
            if node not in inputs[call] and all(call.token is not each.token for each in calls):
                calls = (*calls, call)
        inside[node] = calls
        for operand in node.operands:
            around = calls
            while around and operand in inputs[around[-1]]:
                around = around[:-1]
            earlier = inside.get(operand)
            inside[operand] = around if earlier is None else _common(earlier, around)
    paths = {}
    first: dict[Any, ModuleCall] = {}  # of each module
    known: dict[tuple[ModuleCall, ...], ModulePath] = {}
    for node in nodes:
        calls = inside[node]
        if calls not in known:
            known[calls] = tuple(first.setdefault(id(call.token), call) for call in calls)
        paths[node] = known[calls]
    return paths


def _common(one: tuple[ModuleCall, ...], other: tuple[ModuleCall, ...]) -> tuple[ModuleCall, ...]:
    """The calls that two nodes share, from the outermost on, or calls of one module."""
    if one is other:
        return one
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a.token is not b.token:
            break
        shared += 1
    return one[:shared]


def title_of(path: ModulePath, names: dict[Any, str]) -> str:
    """What a module is called: as the caller has it, or by its class."""
    return names.get(path[-1].module) or path[-1].title


def shape_title(nodes: Iterable[Value]) -> str:
    """What nodes of one shape are called: `+`, leaves or constants."""
    first = next(iter(nodes))
    if first.operands:
        return first.op
    return "constants" if first.is_constant else "leaves"
