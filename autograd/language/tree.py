"""`show`: a computation graph as a tree in the terminal; the stepper marks its place in one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from autograd.engine import Value, topological_order
from autograd.language.expression import LONGEST_NAME, is_number, number_text
from autograd.language.formula import chalk
from autograd.language.names import end_of_name, name_nodes
from autograd.language.terminal import Terminal
from autograd.protocols.settings import check_limits
from autograd.sums import Fold

if TYPE_CHECKING:
    from rich.text import Text

COLUMN = 11  # characters of a number, with the space before it

Row = tuple[str, str, Value | None]
"""The lines and angles before a row, its title, and its node if it has numbers."""

Piece = str | tuple[str, str]
"""Words, plain or with a role; see `Terminal.text`."""


def show(root: Value, depth: int = 12, max_nodes: int = 100, precision: int = 4) -> None:
    """Print the graph below root as a tree: each node with its formula, data and gradient.

    depth, max_nodes : how far below root to go, and how many nodes to show, the nearest first;
                       a line says what was left out.
    precision        : significant digits of numbers.

    The operands of a node stand below it, in order. A node that is used more than once has them
    where it first appears, and after that an arrow up. A gradient is a dash until a `backward()`
    has reached the node. Raises TypeError if root is not a Value, ValueError for a limit below 1.

    >>> from autograd import Value, show
    >>> a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    >>> f = (a * b) * (a + b)
    >>> f.backward()
    >>> show(f)  # doctest: +SKIP
    """
    terminal = Terminal()
    print(terminal.page(draw_tree(root, terminal, depth, max_nodes, precision)))


def draw_text(root: Value, depth: int = 12, max_nodes: int = 100, precision: int = 4) -> str:
    """The tree that `show` prints, as text.

    >>> from autograd import Value, draw_text
    >>> print(draw_text(Value(2.0, label="a")))
                       data       grad
    a                     2          —
    """
    terminal = Terminal(StringIO())
    lines = draw_tree(root, terminal, depth, max_nodes, precision)
    return terminal.page(lines, colours=False)


def draw_tree(
    root: Value, terminal: Terminal, depth: int, max_nodes: int, precision: int
) -> list[Text]:
    """The lines that `show` prints."""
    if not isinstance(root, Value):
        raise TypeError(f"a tree shows the graph of a Value, not {root!r:.60}")
    check_limits(depth=depth, max_nodes=max_nodes, precision=precision)
    order = topological_order(root)
    names = name_nodes(order)

    def grad(node: Value) -> Piece:
        return (number_text(node.grad, precision)[0], "grad") if node.has_grad else "—"

    tree = Tree(root, terminal, names.__getitem__, grad, precision)
    lines = list(tree.lines(depth, max_nodes))
    count = sum(not is_number(node) for node in order)
    if tree.shown < count:
        note = f"{tree.shown:,} of {count:,} nodes; more with show(…, depth=, max_nodes=)"
        lines.append(terminal.text((note, "dim")))
    return lines


@dataclass
class Tree:
    """A graph laid out as a tree, with what to write for each node.

    name  : what a node is called.
    grad  : the gradient to write.
    marks : what to write behind a node's line, where it first appears.
    margin : columns to leave for marks.
    shown : how many nodes the lines made last have.
    """

    root: Value
    terminal: Terminal
    name: Callable[[Value], str]
    grad: Callable[[Value], Piece]
    precision: int
    marks: Callable[[Value], list[Piece]] = lambda node: []
    margin: int = 0
    shown: int = 0

    def lines(self, depth: int, max_nodes: int) -> Iterator[Text]:
        """A heading and a line for each row, with the numbers in columns."""
        widest = self.terminal.width - 2 * COLUMN - self.margin
        rows = list(self._rows(depth, max_nodes, widest - 1))
        left = max(len(stem) + len(title) for stem, title, _ in rows) + 1
        left = max(12, min(left, widest))
        head = "data".rjust(COLUMN), "grad".rjust(COLUMN)
        yield self.terminal.text(" " * left, (head[0], "data"), (head[1], "grad"))
        for stem, title, node in rows:
            line = self.terminal.text((stem, "dim"), title)
            if node is not None:
                self.terminal.shorten(line, left - 1)
                line.pad_right(left - line.cell_len)
                line.append_text(self._numbers(node))
                for mark in self.marks(node):
                    line.append_text(self.terminal.text("  ", mark))
            yield line

    def _numbers(self, node: Value) -> Text:
        """A node's columns; a constant has no gradient."""
        data = number_text(node._data, self.precision)[0]
        line = self.terminal.text((data.rjust(COLUMN), "data"))
        grad = self.terminal.text("" if node.is_constant else self.grad(node))
        grad.pad_left(max(1, COLUMN - grad.cell_len))
        line.append_text(grad)
        return line

    def title(self, node: Value, width: int) -> str:
        """`d = a · b`, or the name of a leaf; names are cut where that would be too wide."""
        syntax = chalk(self.precision)
        for longest in (LONGEST_NAME, 16, 8):
            name = end_of_name(self.name(node), longest if node.operands else width)
            if not node.operands:
                return syntax.number(node._data)[0] if is_number(node) else name
            is_fold = isinstance(node._operation, Fold)
            if len(node.operands) > 3 and not is_fold:  # a compiled function
                return f"{name} = {node._operation.write()}"
            parts = [
                syntax.number(v._data)
                if is_number(v)
                else syntax.name(end_of_name(self.name(v), longest))
                for v in node.operands
            ]
            written = f"{name} = {syntax.operation(node._operation, parts)[0]}"
            if len(self.terminal.plain(written)) <= width:
                break
            if is_fold:
                written = f"{name} = {node._operation.write()}"
        return written

    def _rows(self, depth: int, max_nodes: int, width: int) -> Iterator[Row]:
        """The rows of the tree, from the top."""
        nearest = nearest_nodes(self.root, depth, max_nodes)
        self.shown = len(nearest)
        expanded: set[Value] = set()
        waiting: list[tuple[str, str, Value | str]] = [("", "", self.root)]
        while waiting:
            stem, indent, node = waiting.pop()
            if isinstance(node, str):
                yield self.terminal.plain(stem), node, None
                continue
            again = node in expanded
            expanded.add(node)
            if again:
                yield self.terminal.plain(stem), f"{self.name(node)} ↑", None
                continue
            room = max(8, width - len(self.terminal.plain(stem)))
            yield self.terminal.plain(stem), self.terminal.plain(self.title(node, room)), node
            named = [v for v in node.operands if not is_number(v)]
            below: list[Value | str] = [v for v in named if v in nearest]
            left_out = len(named) - len(below)
            if left_out:
                below.append("…" if left_out == 1 else f"… {left_out} operands")
            for turn, operand in enumerate(reversed(below)):
                angle, line = ("└─ ", "   ") if turn == 0 else ("├─ ", "│  ")
                inner = indent + line if len(indent) < self.terminal.width else indent
                waiting.append((indent + angle, inner, operand))


def nearest_nodes(root: Value, depth: int, most: int) -> set[Value]:
    """The nodes at most depth operations below root: no more than most, the nearest first."""
    found = {root}
    waiting = deque([(root, 0)])
    while waiting:
        node, level = waiting.popleft()
        for operand in node.operands if level < depth else ():
            if operand not in found and not is_number(operand):
                if len(found) == most:
                    return found
                found.add(operand)
                waiting.append((operand, level + 1))
    return found
