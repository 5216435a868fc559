"""What a notebook shows of a pass: a `Trace` as a table, a `Stepper` as a picture with its card.

Nothing here may fail, for a notebook shows what a cell gives without being asked: what cannot be
drawn is shown as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from autograd.engine import Value
from autograd.errors import RenderError
from autograd.language.terminal import Terminal
from autograd.pictures.dot import DotDrawing
from autograd.pictures.parts import Part, around
from autograd.stepping.step import Step
from autograd.stepping.stepper import Stepper
from autograd.stepping.tracing import Trace

MOST_ROWS = 60  # of a table; of a longer one the first and the last are shown
MOST_BOXES = 60  # of a picture beside a card; of a larger graph the gate at work and what is near
HURRY = 3.0  # seconds for a layout that nobody has asked for
PRE = '<pre style="line-height: 1.25; white-space: pre">'

HEADS = {
    "backward": ("step", "gate", "into", "upstream", "local derivative", "adds", "gradient", "use"),
    "forward": ("step", "gate", "formula", "value"),
}


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in HTML; every cell is text."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody></table>"
    )


# ---- a trace ------------------------------------------------------------------------------------


def trace_table(trace: Trace) -> str:
    """A row for each step; of a long trace the first and the last."""
    heads = HEADS[trace.direction]
    count, most = len(trace), MOST_ROWS
    if count <= most:
        rows = [_row(trace, step) for step in trace]
    else:
        ends = trace[: most - 10], trace[count - 10 :]
        first, last = ([_row(trace, step) for step in steps] for steps in ends)
        gap = ["", f"… {count - most:,} more", *[""] * (len(heads) - 2)]
        rows = [*first, gap, *last]
    return table(f"{trace!r}"[1:-1], heads, rows)


def _row(trace: Trace, step: Step) -> list[str]:
    name, number = trace.name, "{:.4g}".format
    gate, formula = name(step.node), str(step.formula)
    if step.kind == "forward":
        return [str(step.index), gate, formula, number(step.after)]
    if step.kind == "seed":
        return ["0", gate, "the seed", "", formula, number(step.after), number(step.after), ""]
    assert step.operand is not None
    value = number(step.local)
    local = formula if formula.endswith(f" = {value}") else f"{formula} = {value}"
    change = f"{number(step.before)} → {number(step.after)}"
    added, use = number(step.contribution), f"{step.use} of {step.uses}"
    into = name(step.operand)
    return [str(step.index), gate, into, number(step.upstream), local, added, change, use]


# ---- a stepper ----------------------------------------------------------------------------------


class MomentDrawing(DotDrawing):
    """The picture at the step that a stepper has taken last."""

    def __init__(self, stepper: Stepper) -> None:
        trace, index = stepper.trace, stepper.index
        part = Part((trace.root,), tuple(trace.order))
        if len(part) > MOST_BOXES:
            part = around(trace[max(index, 0)].node, 2, trace.root)
        names = {node: trace.name(node) for node in part.nodes}
        super().__init__(part, stepper.notation, "okabe-ito", names)
        self.trace = trace  # with its own seed, and also of a part with several ends
        self.names |= names
        self.roll_up(None, (), MOST_BOXES)
        if index >= 0:
            self.set_step(index)

    def _sign(self, node: Value) -> str:
        """The gradient is that of the root, even where the picture ends elsewhere."""
        if self.notation.name == "grad":
            return "grad"
        return self.notation.sign(self.trace.name(self.trace.root), self.names[node])


def stepper_page(stepper: Stepper) -> str:
    """The picture at the current step, and the card below it."""
    from graphviz import CalledProcessError  # late, as graphviz is slow to import

    card = stepper.render(Terminal(), colours=False, tree=False)
    try:
        dot = MomentDrawing(stepper).picture("svg", "dot", "LR")
        dot.limit = HURRY
        picture = str(dot.pipe(encoding="utf-8"))
    except (RenderError, CalledProcessError):
        return f"{PRE}{escape(stepper.render(Terminal(), colours=False))}</pre>"
    return f"<div>{picture[picture.index('<svg') :]}</div>\n{PRE}{escape(card)}</pre>"


Trace._repr_html_ = trace_table  # type: ignore[attr-defined]
Stepper._repr_html_ = stepper_page  # type: ignore[attr-defined]
