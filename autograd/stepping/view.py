"""What can be seen from a place in a backward pass: the path to it, the tree, the gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from autograd.engine import Value
from autograd.language.expression import name_text
from autograd.language.formula import chalk
from autograd.language.names import end_of_name
from autograd.language.notation import LONGEST_SIGN, Notation
from autograd.language.terminal import Terminal
from autograd.language.tree import Piece, Tree
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace

if TYPE_CHECKING:
    from rich.text import Text

LABEL = 12  # columns for what stands before a line, such as upstream
ENDS = 8  # gates at each end of a long path


class View:
    """A backward trace, seen from where a step was the last one taken.

    index : of that step; -1 before the first.
    """

    def __init__(self, trace: Trace, index: int, notation: Notation, terminal: Terminal) -> None:
        self.trace, self.index, self.notation, self.terminal = trace, index, notation, terminal
        self._syntax = replace(chalk(notation.precision), name=self._name_text)

    def name(self, node: Value | None) -> str:
        """A node's name, cut at the front if it is long."""
        assert node is not None  # of a backward step
        return self._name_text(self.trace.name(node))[0]

    def _name_text(self, name: str) -> tuple[str, int]:
        return name_text(end_of_name(name, LONGEST_SIGN))

    def gradient(self, node: Value | None) -> str:
        """The sign for a node's gradient."""
        assert node is not None
        return self.notation.sign(
            self.trace.name(self.trace.root), self.trace.name(node), self.terminal.unicode
        )

    def number(self, x: float | None) -> str:
        assert x is not None
        return self.notation.number(x)

    def operand(self, step: Step) -> Value:
        """The node whose gradient grows."""
        assert step.operand is not None  # of a backward step
        return step.operand

    def grad(self, x: float | None) -> Piece:
        """A gradient's number."""
        return self.number(x), "grad"

    def rule(self, left: str, right: str) -> Text:
        """A line across, with words in it."""
        line = self.terminal.text(("── ", "dim"), (left, "head"), " ")
        end = self.terminal.text(" ", (right, "head"), (" ──", "dim"))
        dashes = self.terminal.width - line.cell_len - end.cell_len
        line.append_text(self.terminal.text(("─" * max(2, dashes), "dim")))
        line.append_text(end)
        return line

    def row(self, label: str, *pieces: Piece, note: str = "") -> Iterator[Text]:
        """A label, its text, and a note at the right, on its own line where there is no room."""
        room = LABEL - self.terminal.text(label).cell_len
        line = self.terminal.text(label + " " * max(1, room), *pieces)
        said = self.terminal.text(note)
        room = self.terminal.width - line.cell_len - said.cell_len
        if note and room >= 2:
            line.pad_right(room)
            line.append_text(said)
        yield line
        if note and room < 2:
            yield self.terminal.text(" " * LABEL, note)

    def wrapped(self, label: str, *parts: list[Piece], note: str = "") -> Iterator[Text]:
        """A row, with its parts below each other where they do not fit side by side."""
        whole = [piece for part in parts for piece in part]
        if self.terminal.text(*whole).cell_len <= self.terminal.width - LABEL:
            parts = (whole,)
        for part in parts:
            yield from self.row(label, *part, note=note if part is parts[-1] else "")
            label = ""

    # ---- on request -----------------------------------------------------------------------------

    def display(self, node: Value) -> Iterator[Text]:
        """A node's gradient so far, and how much of it has arrived."""
        gradient = self.trace.gradient_after(node, self.index)
        arrived, uses = self.trace.arrived(node, self.index), self.trace.uses(node)
        yield from self.row(
            "gradient",
            f"{self.gradient(node)} = ",
            "?" if gradient is None else self.grad(gradient),
            note=f"{arrived} of {uses} use{'s' * (uses != 1)} arrived",
        )

    def where(self) -> Iterator[Text]:
        """The gates from the root down to the operand of the current step, one to a line."""
        step = self.trace[max(self.index, 0)]
        path = [step.node]
        if step.operand is not step.node:
            path.insert(0, self.operand(step))
        while path[-1] is not self.trace.root:
            path.append(self.trace[self.trace.arrivals(path[-1])[0]].node)
        path.reverse()
        left_out = len(path) - 2 * ENDS
        middle = min(40, self.terminal.width // 2)
        name, precision = self.trace.name, self.notation.precision
        tree = Tree(self.trace.root, self.terminal, name, self.known, precision)
        for position, node in enumerate(path):
            if left_out > 0 and ENDS <= position < ENDS + left_out:
                if position == ENDS:
                    yield self.terminal.text(f"   … {left_out:,} gates")
                continue
            here = "◄" if position == len(path) - 1 else ""
            line = self.terminal.text("→ " if position else "  ", tree.title(node, middle - 6))
            line.pad_right(middle - line.cell_len)
            line.append_text(
                self.terminal.text(f"{self.gradient(node)} = ", self.known(node), "  ", here)
            )
            yield line

    # ---- the tree -------------------------------------------------------------------------------

    def tree_below(self, root: Value, depth: int, max_nodes: int) -> Iterator[Text]:
        """A tree with the gradients after this step, and the step marked."""
        name, precision = self.trace.name, self.notation.precision
        tree = Tree(root, self.terminal, name, self.known, precision, self.marks, margin=18)
        yield from tree.lines(depth, max_nodes)

    def known(self, node: Value) -> Piece:
        """The gradient of a node so far; a question mark where nothing has arrived."""
        gradient = self.trace.gradient_after(node, self.index)
        return "?" if gradient is None else self.grad(gradient)

    def marks(self, node: Value) -> list[Piece]:
        """What stands behind a node: whether it is at work, and how many uses have arrived."""
        marks: list[Piece] = []
        if self.index >= 0:
            step = self.trace[self.index]
            if node is step.operand:
                sign = "=" if step.kind == "seed" else "+="
                marks.append((f"◄ {sign} {self.number(step.contribution)}", "here"))
            elif node is step.node:
                marks.append(("◄ gate", "here"))
        arrived, uses = self.trace.arrived(node, self.index), self.trace.uses(node)
        if 0 < arrived < uses and not node.is_constant:
            marks.append(f"{arrived} of {uses}")
        return marks
