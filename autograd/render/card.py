"""One step of a backward pass, laid out to be read from the back row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from autograd.check import SlopeCheck, check_slope
from autograd.errors import GraphError
from autograd.expression import name_text, signless
from autograd.formula import Formula, chalk
from autograd.paths import LONGEST_PATH, MOST_PATHS, paths_to
from autograd.render.style import LONGEST_SIGN, Style
from autograd.render.terminal import Terminal
from autograd.render.text import Piece, Tree, end_of
from autograd.tracing import Step, Trace
from autograd.value import Value

if TYPE_CHECKING:
    from rich.text import Text

LABEL = 12  # columns of what stands before a line: upstream, local
CHECKED = 1000  # nodes; a larger graph is not computed again for every step, only when asked
ENDS = 8  # gates at each end of a long path
TALLEST = 14  # nodes of a tree that is shown whole


class Card:
    """What there is to say of a backward trace when the step of an index was the last one taken.

    index   : of the step; -1 before the first.
    earlier : what earlier passes left in a node's `.grad`.
    since   : the first of several steps of a gate that were taken at once.
    """

    def __init__(
        self,
        trace: Trace,
        index: int,
        style: Style,
        terminal: Terminal,
        earlier: Callable[[Value], float] = lambda node: 0.0,
        since: int | None = None,
    ) -> None:
        self.trace, self.index, self.style, self.terminal = trace, index, style, terminal
        self.earlier, self.since = earlier, since
        self._notation = replace(chalk(style.precision), name=self._name_text)

    def lines(self) -> Iterator[Text]:
        """The whole card."""
        if self.index < 0:
            yield self.rule("before the first step", f"backward from {self.name(self.trace.root)}")
            yield from self.seedless()
        else:
            step = self.trace[self.index]
            place = f"step {self.index} of {len(self.trace) - 1}"
            if step.kind == "seed":
                yield self.rule(place, "the seed")
                yield from self.seed(step)
            else:
                yield self.rule(place, f"{self.name(step.node)} → {self.name(step.operand)}")
                yield from self.gate(step)
                yield from self.accumulation(step)
                if self.since is not None:
                    yield from self.also(self.since)
        yield from self.progress()
        yield self.terminal.text()
        yield from self.tree()

    # ---- pieces ---------------------------------------------------------------------------------

    def name(self, node: Value | None) -> str:
        """A node's name, cut at the front if it is long."""
        assert node is not None  # of a backward step
        return self._name_text(self.trace.name(node))[0]

    def _name_text(self, name: str) -> tuple[str, int]:
        return name_text(end_of(name, LONGEST_SIGN))

    def gradient(self, node: Value | None) -> str:
        """The sign for a node's gradient."""
        assert node is not None
        return self.style.gradient(self.trace, node, self.terminal.unicode)

    def number(self, x: float | None) -> str:
        assert x is not None
        return self.style.number(x)

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
        """A label, what it is of, and a note at the right, on a line of its own if need be."""
        line = self.terminal.text(label.ljust(LABEL), *pieces)
        said = self.terminal.text(note)
        room = self.terminal.width - line.cell_len - said.cell_len
        if note and room >= 2:
            line.pad_right(room)
            line.append_text(said)
        yield line
        if note and room < 2:
            yield self.terminal.text(" " * LABEL, note)

    def wrapped(self, label: str, *parts: list[Piece], note: str = "") -> Iterator[Text]:
        """A row, its parts one below the other where there is no room for them side by side."""
        whole = [piece for part in parts for piece in part]
        if self.terminal.text(*whole).cell_len <= self.terminal.width - LABEL:
            parts = (whole,)
        for part in parts:
            yield from self.row(label, *part, note=note if part is parts[-1] else "")
            label = ""

    # ---- what a step says -----------------------------------------------------------------------

    def seedless(self) -> Iterator[Text]:
        """The state before the first step."""
        root = self.trace.root
        yield from self.wrapped("root", *self.computed(root))
        yield from self.row(
            "next", f"the seed: {self.gradient(root)} = {self.number(self.trace[0].after)}"
        )
        if any(self.earlier(node) for node in self.trace.order):
            yield from self.row(
                "note", "an earlier backward() left gradients, which these will be added to;"
            )
            yield from self.row("", f"{self.name(root)}.zero_grad() clears them")

    def seed(self, step: Step) -> Iterator[Text]:
        """Where a backward pass begins."""
        yield from self.wrapped("root", *self.computed(step.node))
        if step.after == 1:
            name = self.name(step.node)
            yield from self.row("rule", f"when {name} changes by 1, {name} changes by 1")
        else:
            yield from self.row("rule", "the pass begins with the gradient that it was given")
        yield from self.row("gradient", f"{self.gradient(step.node)} = ", self.grad(step.after))

    def assignment(self, gate: Value) -> str:
        """`d = a · b`."""
        formula = self.forward_formula(gate)
        return self.name(gate) + (f" = {formula.symbols(self._notation)}" if formula else "")

    def computed(self, gate: Value) -> tuple[list[Piece], list[Piece]]:
        """`d = a · b ` and `= -2 · 3 = -6`, which may stand below it."""
        formula = self.forward_formula(gate)
        numbers = formula and formula.numbers(self._notation)
        result: list[Piece] = ["= ", (self.number(gate._data), "data")]
        if numbers:
            result = ["= ", (numbers, "data"), " ", *result]
        return [f"{self.assignment(gate)} "], result

    def forward_formula(self, gate: Value) -> Formula | None:
        """What a gate computes, unless it is a leaf, or a whole recorded function."""
        if not gate.operands or not hasattr(gate._operation, "derivatives"):
            return None
        return Formula(gate, None, self.trace.name)

    def gate(self, step: Step) -> Iterator[Text]:
        """The gate at work, its rule, the upstream gradient and the local derivative."""
        gate = step.node
        yield from self.wrapped("gate", *self.computed(gate))
        yield from self.row("rule", gate._operation.sentence(step.formula.position or 0))
        uses = self.trace.uses(gate)
        yield from self.row(
            "upstream",
            f"{self.gradient(gate)} = ",
            self.grad(step.upstream),
            note=f"complete: {uses} of {uses} use{'s' * (uses > 1)}",
        )
        yield from self.local(step)

    def local(self, step: Step) -> Iterator[Text]:
        """The local derivative: in symbols, then with the numbers put in."""
        formula, operands = step.formula, step.node.operands
        symbols, reason = formula.symbols(self._notation), formula.reason(self._notation)
        side, number = formula.side(self._notation), self.number(step.local)
        which = f"as operand {(formula.position or 0) + 1} of {len(operands)}"
        yield from self.row(
            "local",
            f"{side} = {symbols}",
            f", since {reason}" if reason else "",
            note=which if operands.count(self.operand(step)) > 1 else "",
        )
        numbers = formula.numbers(self._notation)
        if numbers is not None and numbers != number:
            yield from self.row("", f"{' ' * len(side)} = ", (numbers, "data"), f" = {number}")
        elif symbols != number:
            yield from self.row("", f"{' ' * len(side)} = {number}")

    def accumulation(self, step: Step) -> Iterator[Text]:
        """What flows down, the `+=`, and when the operand is complete its sum and check."""
        operand = self.operand(step)
        yield from self.downstream(step)
        yield from self.addition(step, "gradient")
        if step.use == step.uses:
            yield from self.complete(operand)
            if len(self.trace.order) <= CHECKED:
                yield from self.check_row(operand)

    def downstream(self, step: Step) -> Iterator[Text]:
        """The product of the upstream gradient and the local derivative."""
        sign = f"{self.gradient(step.node)} · {step.formula.side(self._notation)}"
        if len(sign) > 40:
            sign = "upstream · local"
        numbers = f"{self.number(step.upstream)} · {signless(self.number(step.local))}"
        yield from self.row("downstream", f"{sign} = {numbers} = ", self.grad(step.contribution))

    def addition(self, step: Step, label: str) -> Iterator[Text]:
        """The `+=` of a step."""
        operand = self.operand(step)
        yield from self.wrapped(
            label,
            [f"{self.gradient(operand)} += ", self.grad(step.contribution), "     "],
            [self.grad(step.before), " → ", self.grad(step.after)],
            note=f"use {step.use} of {step.uses}",
        )
        earlier = self.earlier(operand)
        if earlier:
            total = self.number(earlier + step.after)
            yield from self.row(
                "",
                f"{self.name(operand)}.grad is {self.number(earlier)} + "
                f"{signless(self.number(step.after))} = ",
                (total, "grad"),
                note="with what earlier passes left",
            )

    def also(self, first: int) -> Iterator[Text]:
        """What the gate at work added from a step on, before the one at hand."""
        for index in range(first, self.index):
            step = self.trace[index]
            if step.node is self.trace[self.index].node:
                yield from self.addition(step, "before that")
                if step.use == step.uses:
                    yield from self.complete(self.operand(step))

    def complete(self, operand: Value) -> Iterator[Text]:
        """The sum over paths, and the finite difference."""
        paths = paths_to(self.trace, operand)
        more_than_a_step = paths and len(paths[0]) + len(paths) > 2
        rows = self.fitting(paths) if more_than_a_step else []
        if rows:
            widths = [max(len(row[k]) for row in rows) for k in range(3)]
            for position, (chain, product, result) in enumerate(rows):
                yield from self.row(
                    "" if position else "paths" if len(rows) > 1 else "path",
                    f"{chain.ljust(widths[0])}    {product.rjust(widths[1])}",
                    (result.rjust(widths[2]), "grad"),
                )
            yield from self.sum(operand, [result for _, _, result in rows])
        else:
            yield from self.sum(operand)

    def sum(self, operand: Value, over_paths: Sequence[str] = ()) -> Iterator[Text]:
        """What the paths to a node add up to, or its uses, if there are several."""
        arrivals = self.trace.arrivals(operand)
        terms = over_paths or [
            self.number(self.trace[index].contribution) for index in arrivals[:MOST_PATHS]
        ]
        if len(terms) > 1:
            more = " + …" if not over_paths and len(arrivals) > MOST_PATHS else ""
            yield from self.wrapped(
                "sum",
                [f"{self.gradient(operand)} = "],
                [f"{sum_text(terms)}{more} "],
                ["= ", self.grad(self.trace.adjoint(operand))],
                note="" if over_paths else f"over {len(arrivals):,} uses",
            )

    def in_short(self, step: Step) -> Iterator[Text]:
        """The gate, the local derivative and the product, for one who has seen it before."""
        yield from self.wrapped("gate", *self.computed(step.node))
        yield from self.local(step)
        yield from self.downstream(step)

    def path(self, path: Sequence[Step], ends: int) -> tuple[str, str, str]:
        """A path from the root, the local derivatives along it, and their product.

        ends : how much of a long path to show at each end.
        """
        nodes = [self.name(path[0].node), *(self.name(step.operand) for step in path)]
        seed = self.trace[0].after
        factors = [seed] if seed != 1 else []
        factors += [step.local for step in path if step.local is not None]
        numbers = [self.number(x) for x in factors]
        numbers[1:] = map(signless, numbers[1:])
        product = " · ".join(shortened(numbers, ends))
        result = self.number(prod(factors))
        return " → ".join(shortened(nodes, ends)), f"{product} = " if numbers[1:] else "", result

    def fitting(self, paths: Sequence[Sequence[Step]]) -> list[tuple[str, str, str]]:
        """Paths as they have room one below the other: whole, by their ends, or by the product."""
        room = self.terminal.width - LABEL - 4
        for ends in (LONGEST_PATH, 2, 1):
            rows = [self.path(path, ends) for path in paths]
            if self.width_of(rows) <= room:
                return rows
        rows = [(chain, "", result) for chain, _, result in rows]
        return rows if self.width_of(rows) <= room else []

    def width_of(self, rows: Sequence[tuple[str, str, str]]) -> int:
        """How many columns rows of three take, one below the other."""
        cells = zip(*rows, strict=True)
        return sum(max(self.terminal.text(cell).cell_len for cell in column) for column in cells)

    def check(self, node: Value) -> SlopeCheck:
        """The finite difference of a node beside its complete gradient."""
        trace = self.trace
        return check_slope(trace.root, node, trace.adjoint(node), trace.name(node), trace[0].after)

    def check_row(self, operand: Value) -> Iterator[Text]:
        """What a finite difference says of a complete gradient."""
        try:
            check = self.check(operand)
        except GraphError:
            yield from self.row("check", "not possible: the data of a node was changed since")
            return
        if check.numerical is None:
            yield from self.row("check", f"not possible: {check.note}")
            return
        yield from self.row(
            "check", "finite difference ", self.grad(check.numerical), note=check.verdict
        )

    def progress(self) -> Iterator[Text]:
        """What is done and what is left."""
        left = len(self.trace) - 1 - self.index
        if not left:
            yield from self.row("left", "nothing: every gradient is complete")
            return
        coming = self.trace[max(self.index, 0) + 1 : max(self.index, 0) + 4]
        named = [f"{self.name(step.node)} → {self.name(step.operand)}" for step in coming]
        left -= self.index < 0
        steps = f"{left:,} step{'s' * (left != 1)}{': ' * bool(named)}"
        if self.index < 0:
            steps = f"the seed, then {steps}"
        more = ", …" if left > len(named) else ""
        yield from self.row("left", f"{steps}{', '.join(named)}{more}")

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
        """The gates from the root to the operand at hand, one below the other."""
        step = self.trace[max(self.index, 0)]
        path = [step.node]
        if step.operand is not step.node:
            path.insert(0, self.operand(step))
        while path[-1] is not self.trace.root:
            path.append(self.trace[self.trace.arrivals(path[-1])[0]].node)
        path.reverse()
        left_out = len(path) - 2 * ENDS
        middle = min(40, self.terminal.width // 2)
        name, precision = self.trace.name, self.style.precision
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

    def tree(self) -> Iterator[Text]:
        """The whole tree, if it is small; else the gate at work and what is just below it."""
        if len(self.trace.order) <= TALLEST:
            yield from self.tree_below(self.trace.root, TALLEST, TALLEST)
            return
        gate = self.trace[max(self.index, 0)].node
        yield from self.tree_below(gate, 2, TALLEST)
        yield self.terminal.text(
            (f"part of a graph of {len(self.trace.order):,} nodes; tree shows more", "dim")
        )

    def tree_below(self, root: Value, depth: int, max_nodes: int) -> Iterator[Text]:
        """A tree with gradients as they are after this step, and the place marked."""
        name, precision = self.trace.name, self.style.precision
        tree = Tree(root, self.terminal, name, self.known, precision, self.marks, margin=18)
        yield from tree.lines(depth, max_nodes)

    def known(self, node: Value) -> Piece:
        """The gradient of a node so far, or a question mark."""
        gradient = self.trace.gradient_after(node, self.index)
        return "?" if gradient is None else self.grad(gradient)

    def marks(self, node: Value) -> list[Piece]:
        """What stands behind a node: that it is at work, and how many of its uses have arrived."""
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


def shortened(pieces: list[str], ends: int) -> list[str]:
    """The first and the last pieces, with an ellipsis for what is between."""
    return pieces if len(pieces) <= 2 * ends + 1 else [*pieces[:ends], "…", *pieces[-ends:]]


def sum_text(terms: Sequence[str]) -> str:
    """Terms added up as a hand writes it: `-6 + 3 - 1`."""
    first, *rest = terms
    signed = (f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in rest)
    return first + "".join(signed)
