"""The layout of a graph with modules: layers in columns, neurons from the top, inputs on the left.

Graphviz lays a graph out by its arrows alone, which turns a layer upside down and draws a sum of
products as a staircase. Here modules are blocks within blocks: what depends on a block stands in a
column to its right, what is alike stands below each other in its order, and a sum of many terms
runs down a column, each product beside the addition that takes it. Graphviz gets the places, and
draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from autograd.engine import Value
from autograd.pictures.rollup import ModulePath

FRAME = 14.0  # points between a frame and what is in it
TITLE = 1.8  # height of the title of a frame, by its letters
INCH = 72.0  # points
LETTER, LINE, SIDE = 6.7, 23.0, 12.0  # points: of 12-point letters, and beside a line of them
LEAST = 54.0  # points, the width of a box
Key = tuple[int, ...]
"""A module by its path, as the ids of its calls; () is the whole."""


@dataclass
class Box:
    """A rectangle by its middle and its size, in points; y grows downward."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Block:
    """A module, or the whole: its nodes and the modules in it, in the order of their first node."""

    key: Key
    items: list[Value | Block] = field(default_factory=list)
    nodes: set[Value] = field(default_factory=set)
    places: dict[Value | Key, Box] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0

    __hash__ = object.__hash__


@dataclass(frozen=True)
class Arrangement:
    """Where everything stands: each node, and the frame of each module."""

    nodes: Mapping[Value, Box]
    frames: Mapping[Key, Box]
    titles: Callable[[Key], float]

    def place(self, node: Value) -> dict[str, str]:
        """A node's attributes for Graphviz, whose y grows upward."""
        box = self.nodes[node]
        return {
            "pos": f"{box.x:.1f},{-box.y:.1f}",
            "width": f"{box.width / INCH:.3f}",
            "height": f"{box.height / INCH:.3f}",
        }

    def frame(self, key: Key, title: str) -> Iterator[str]:
        """A frame's statements in DOT."""
        box = self.frames[key]
        left, right = box.x - box.width / 2, box.x + box.width / 2
        top, bottom = box.height / 2 - box.y, -box.height / 2 - box.y
        yield f'\t\tbb="{left:.1f},{bottom:.1f},{right:.1f},{top:.1f}"\n'
        letters = self.titles(key)
        wide, high = LETTER / 12 * letters * len(title) / INCH, letters * 1.2 / INCH
        middle = top - TITLE * letters / 2
        yield f'\t\tlp="{box.x:.1f},{middle:.1f}" lwidth={wide:.2f} lheight={high:.2f}\n'


def size(lines: Sequence[str]) -> tuple[float, float]:
    """The width and height of a box with lines of text, in points, with room for any font."""
    wide = LETTER * max(map(len, lines)) + 2 * SIDE
    return max(wide, LEAST), LINE * max(len(lines), 2)


def arrange(
    nodes: Sequence[Value],
    paths: Mapping[Value, ModulePath],
    size_of: Callable[[Value], tuple[float, float]],
    gaps: Callable[[Key], tuple[float, float]],
    titles: Callable[[Key], float],
) -> Arrangement | None:
    """The places of nodes, or None where modules depend on each other in a circle.

    nodes   : in topological order.
    size_of : the width and height of a node's box.
    gaps    : what is left free in a module between columns, and between what stands in one.
    titles  : points of the letters on a module's frame.
    """
    whole = Block(())
    blocks: dict[Key, Block] = {(): whole}
    for node in nodes:
        path = tuple(map(id, paths[node]))
        for length in range(len(path) + 1):
            key = path[:length]
            if key not in blocks:
                blocks[key] = Block(key)
                blocks[key[:-1]].items.append(blocks[key])
            blocks[key].nodes.add(node)
        blocks[path].items.append(node)
    order = {node: place for place, node in enumerate(nodes)}
    try:
        for key in sorted(blocks, key=len, reverse=True):
            _lay_out(blocks[key], order, size_of, gaps(key), TITLE * titles(key))
    except RecursionError:
        return None
    placed: dict[Value, Box] = {}
    frames: dict[Key, Box] = {}

    def settle(block: Block, x: float, y: float) -> None:
        for item in block.items:
            box = block.places[item.key if isinstance(item, Block) else item]
            at = Box(box.x + x, box.y + y, box.width, box.height)
            if isinstance(item, Block):
                frames[item.key] = at
                settle(item, at.x - at.width / 2, at.y - at.height / 2)
            else:
                placed[item] = at

    settle(whole, 0.0, 0.0)
    return Arrangement(placed, frames, titles)


def _lay_out(
    block: Block,
    order: Mapping[Value, int],
    size_of: Callable[[Value], tuple[float, float]],
    gaps: tuple[float, float],
    title: float,
) -> None:
    """Place a block's items in it, whose own insides are laid out; sets its size."""
    home: dict[Value, Value | Block] = {}
    for item in block.items:
        home.update(dict.fromkeys(item.nodes if isinstance(item, Block) else (item,), item))
    chains = _chains(block, home)
    columns = _columns(block, home, chains, order)
    across, down = gaps
    sizes = {
        item: (item.width, item.height) if isinstance(item, Block) else size_of(item)
        for item in block.items
    }
    if any(isinstance(item, Block) for item in block.items):
        heights = _stacked(block, columns, sizes, down)
    else:
        heights = _in_rows(block, columns, chains, sizes, down)
    left = FRAME
    middles = {}
    for column in sorted(set(columns.values())):
        width = max(sizes[item][0] for item in block.items if columns[item] == column)
        middles[column] = left + width / 2
        left += width + across
    top = min(heights[item] - sizes[item][1] / 2 for item in block.items)
    bottom = max(heights[item] + sizes[item][1] / 2 for item in block.items)
    for item in block.items:
        box = Box(middles[columns[item]], heights[item] - top + title, *sizes[item])
        block.places[item.key if isinstance(item, Block) else item] = box
    block.width, block.height = left - across + FRAME, bottom - top + title + FRAME


def _chains(block: Block, home: Mapping[Value, Value | Block]) -> dict[Value, list[Value]]:
    """Sums of several terms, each as its additions, the first with what it begins with on top."""
    chains: dict[Value, list[Value]] = {}
    for node in block.items:
        if isinstance(node, Block) or node.op != "+" or len(node.operands) != 2:
            continue
        first = node.operands[0]
        if home.get(first) is not first or first is node.operands[1]:
            continue
        chain = chains.get(first, [first])
        if chain[-1] is first and (first.op == "+" or not first.operands):
            chain.append(node)
            chains.update({first: chain, node: chain})
    return chains


def _columns(
    block: Block,
    home: Mapping[Value, Value | Block],
    chains: Mapping[Value, list[Value]],
    order: Mapping[Value, int],
) -> dict[Value | Block, int]:
    """The column of each item: right of all that it depends on. Leaves stand before a use."""

    def head(item: Value | Block) -> Value | Block:
        return chains[item][0] if isinstance(item, Value) and item in chains else item

    needs: dict[Value | Block, dict[Value | Block, None]] = {head(v): {} for v in block.items}
    for node in sorted(block.nodes, key=order.__getitem__):
        for operand in node.operands:
            if operand in home and head(home[operand]) is not head(home[node]):
                needs[head(home[node])][head(home[operand])] = None
    levels: dict[Value | Block, int] = {}
    for start in needs:
        waiting, open_ = [start], set()
        while waiting:
            item = waiting[-1]
            missing = [v for v in needs[item] if v not in levels]
            if item in levels or not missing:
                levels.setdefault(item, max((levels[v] + 1 for v in needs[item]), default=0))
                waiting.pop()
            elif item in open_:
                raise RecursionError  # a circle
            else:
                open_.add(item)
                waiting.extend(missing)
    beside = not any(isinstance(item, Block) for item in block.items)
    for leaf in needs:
        if isinstance(leaf, Block) or leaf.operands or leaf in chains:
            continue
        uses = [item for item in needs if leaf in needs[item]]
        if uses:
            first = min(uses, key=levels.__getitem__)
            before = beside or isinstance(first, Block)  # else below the gate that takes it
            levels[leaf] = levels[first] - 1 if before else levels[first]
    return {item: levels[head(item)] for item in block.items}


def _stacked(
    block: Block,
    columns: Mapping[Value | Block, int],
    sizes: Mapping[Value | Block, tuple[float, float]],
    gap: float,
) -> dict[Value | Block, float]:
    """The heights of items where some are blocks: columns about one middle, leaves below gates."""
    heights: dict[Value | Block, float] = {}
    for column in set(columns.values()):
        items = [item for item in block.items if columns[item] == column]
        gates = [item for item in items if isinstance(item, Block) or item.operands]
        leaves = [item for item in items if item not in gates]
        if not gates:
            gates, leaves = leaves, []
        tall = sum(sizes[item][1] for item in gates) + gap * (len(gates) - 1)
        top = -tall / 2
        for item in gates + leaves:
            heights[item] = top + sizes[item][1] / 2
            top += sizes[item][1] + gap
    return heights


def _in_rows(
    block: Block,
    columns: Mapping[Value | Block, int],
    chains: Mapping[Value, list[Value]],
    sizes: Mapping[Value | Block, tuple[float, float]],
    gap: float,
) -> dict[Value | Block, float]:
    """The heights of nodes: a gate in the row of its first operand, and the others below."""
    nodes = [item for item in block.items if isinstance(item, Value)]
    inside = set(nodes)
    rows: dict[Value, int] = {}
    taken: set[tuple[int, int]] = set()

    def put(node: Value, row: int) -> int:
        while (columns[node], row) in taken:
            row += 1
        rows[node] = row
        taken.add((columns[node], row))
        return row

    def place(node: Value, row: int) -> int:
        """Place a node and what it depends on, from a row on; the first row below them."""
        free = row
        for member in chains.get(node, [node]):
            below = own = put(member, free)
            for operand in member.operands:
                if (
                    operand in inside
                    and operand not in rows
                    and operand not in chains.get(node, ())
                ):
                    below = place(operand, below)
            free = max(own + 1, below)
        return free

    free = 0
    used = {operand for node in nodes for operand in node.operands}
    for node in nodes:
        if node not in used and node not in rows:
            free = place(node, free)
    for node in nodes:  # what follows a sum stands where it ends
        before = [v for v in node.operands if v in chains and v is chains[v][-1]]
        if before and node not in chains and (columns[node], rows[before[0]]) not in taken:
            taken.discard((columns[node], rows[node]))
            put(node, rows[before[0]])
    tall = max(sizes[node][1] for node in nodes)
    return {node: rows[node] * (tall + gap) for node in nodes}
