"""One step of a backward pass, laid out to be read from the back row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING

from autograd.derivatives.slopes import SlopeCheck, check_slope
from autograd.engine import Value
from autograd.errors import GraphError
from autograd.language.expression import signless
from autograd.language.formula import Formula
from autograd.language.notation import Notation
from autograd.language.terminal import Terminal
from autograd.language.tree import Piece
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace
from autograd.stepping.view import LABEL, View

if TYPE_CHECKING:
    from rich.text import Text

CHECKED = 1000  # nodes; a larger graph is computed again only when asked, not at every step
MOST_PATHS = 6  # listed; there may be too many to count
LONGEST_PATH = 8  # gates
TALLEST = 14  # nodes of a tree that is shown in full


class Card(View):
    """All there is to say about the step taken last.

    earlier : what earlier passes left in a node's `.grad`.
    since   : the first of the steps, where several of a gate were taken at once.
    """

    def __init__(
        self,
        trace: Trace,
        index: int,
        notation: Notation,
        terminal: Terminal,
        earlier: Callable[[Value], float] = lambda node: 0.0,
        since: int | None = None,
    ) -> None:
        super().__init__(trace, index, notation, terminal)
        self.earlier, self.since = earlier, since

    def lines(self) -> Iterator[Text]:
        """The whole card, with the tree below it."""
        yield from self.words()
        yield self.terminal.text()
        yield from self.tree()

    def words(self) -> Iterator[Text]:
        """What there is to say about the step."""
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
        return self.name(gate) + (f" = {formula.symbols(self._syntax)}" if formula else "")

    def computed(self, gate: Value) -> tuple[list[Piece], list[Piece]]:
        """`d = a · b ` and `= -2 · 3 = -6`, as two parts that may stand below each other."""
        formula = self.forward_formula(gate)
        numbers = formula and formula.numbers(self._syntax)
        result: list[Piece] = ["= ", (self.number(gate._data), "data")]
        if numbers:
            result = ["= ", (numbers, "data"), " ", *result]
        return [f"{self.assignment(gate)} "], result

    def forward_formula(self, gate: Value) -> Formula | None:
        """What a gate computes; None for a leaf, and for a compiled function."""
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
        symbols, reason = formula.symbols(self._syntax), formula.reason(self._syntax)
        side, number = formula.side(self._syntax), self.number(step.local)
        which = f"as operand {(formula.position or 0) + 1} of {len(operands)}"
        yield from self.row(
            "local",
            f"{side} = {symbols}",
            f", since {reason}" if reason else "",
            note=which if operands.count(self.operand(step)) > 1 else "",
        )
        numbers = formula.numbers(self._syntax)
        if numbers is not None and numbers != number:
            yield from self.row("", f"{' ' * len(side)} = ", (numbers, "data"), f" = {number}")
        elif symbols != number:
            yield from self.row("", f"{' ' * len(side)} = {number}")

    def accumulation(self, step: Step) -> Iterator[Text]:
        """What flows down, the `+=`, and once the operand is complete its sum and its check."""
        operand = self.operand(step)
        yield from self.downstream(step)
        yield from self.addition(step, "gradient")
        if step.use == step.uses:
            yield from self.complete(operand)
            if len(self.trace.order) <= CHECKED:
                yield from self.check_row(operand)

    def downstream(self, step: Step) -> Iterator[Text]:
        """The product of the upstream gradient and the local derivative."""
        sign = f"{self.gradient(step.node)} · {step.formula.side(self._syntax)}"
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
        """What the gate at work added before the current step, from a step on."""
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
        """What the paths to a node add up to, or its uses; nothing if there is only one."""
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
        """The gate, the local derivative and the product, for a reader who has seen it before."""
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
        """Paths in the longest form that fits: in full, cut in the middle, or without factors.

        None where even that is too wide.
        """
        room = self.terminal.width - LABEL - 4
        for ends in (LONGEST_PATH, 2, 1):
            rows = [self.path(path, ends) for path in paths]
            if self.width_of(rows) <= room:
                return rows
        rows = [(chain, "", result) for chain, _, result in rows]
        return rows if self.width_of(rows) <= room else []

    def width_of(self, rows: Sequence[tuple[str, str, str]]) -> int:
        """How many columns rows of three cells take, one below the other."""
        cells = zip(*rows, strict=True)
        return sum(max(self.terminal.text(cell).cell_len for cell in column) for column in cells)

    def check(self, node: Value) -> SlopeCheck:
        """The finite difference of a node beside its complete gradient."""
        trace = self.trace
        return check_slope(trace.root, node, trace.adjoint(node), trace.name(node), trace[0].after)

    def check_row(self, operand: Value) -> Iterator[Text]:
        """What a finite difference says about a complete gradient."""
        try:
            check = self.check(operand)
        except GraphError:
            yield from self.row("check", "not possible: the data of a node has changed since")
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

    def tree(self) -> Iterator[Text]:
        """The whole tree if it is small, else the gate at work and what is just below it."""
        if len(self.trace.order) <= TALLEST:
            yield from self.tree_below(self.trace.root, TALLEST, TALLEST)
            return
        gate = self.trace[max(self.index, 0)].node
        yield from self.tree_below(gate, 2, TALLEST)
        yield self.terminal.text(
            (f"part of a graph of {len(self.trace.order):,} nodes; tree shows more", "dim")
        )


def shortened(pieces: list[str], ends: int) -> list[str]:
    """The first and the last pieces, with an ellipsis for those between."""
    return pieces if len(pieces) <= 2 * ends + 1 else [*pieces[:ends], "…", *pieces[-ends:]]


def sum_text(terms: Sequence[str]) -> str:
    """Terms added up as one writes it by hand: `-6 + 3 - 1`."""
    first, *rest = terms
    signed = (f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in rest)
    return first + "".join(signed)


def paths_to(trace: Trace, node: Value) -> list[list[Step]]:
    """Every path from the root to a node, as the steps along it; none if many or long."""
    paths: list[list[Step]] = []
    waiting: list[tuple[Value, list[Step]]] = [(node, [])]
    while waiting:
        end, below = waiting.pop()
        if end is trace.root:
            paths.append(below)
            continue
        arrivals = trace.arrivals(end)
        if len(below) == LONGEST_PATH or len(waiting) + len(paths) + len(arrivals) > MOST_PATHS:
            return []
        for index in reversed(arrivals):
            step = trace[index]
            waiting.append((step.node, [step, *below]))
    return [path for path in paths if path]
