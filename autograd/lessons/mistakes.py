"""The usual mistakes in gradients worked by hand, and the wrong answer that each leads to.

Each is a way to get wrong what one use adds, or to combine the uses wrongly. A wrong answer that a
mistake would give is taken for that mistake, and the quiz names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import isclose, prod
from typing import NamedTuple

from autograd.engine import Value
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace

MOST_USES = 6  # of a node; the first, where there are more


class Slip(NamedTuple):
    """A way to get wrong what one use adds: its kind, what it adds, and what to say about it."""

    kind: str
    added: float
    sentence: str


def is_right(answer: float, gradient: float) -> bool:
    """Whether an answer is the gradient, to half a percent: three digits are enough."""
    return isclose(answer, gradient, rel_tol=5e-3, abs_tol=1e-9)


def find_mistake(trace: Trace, node: Value, answer: float) -> str:
    """What probably went wrong, in a sentence; "" if no usual mistake gives this answer.

    >>> from autograd import Value, trace
    >>> from autograd.lessons.mistakes import find_mistake
    >>> a = Value(3.0, label="a")
    >>> find_mistake(trace(a * 2 + a * 5), a, 5.0)
    'a is used 2 times, and its contributions add up: 5 and 2. You have one of them.'
    """
    if is_right(answer, trace.adjoint(node)):
        return ""
    for wrong, sentence in usual_mistakes(trace, node):
        if is_right(answer, wrong):
            return sentence
    return ""


def usual_mistakes(trace: Trace, node: Value) -> Iterator[tuple[float, str]]:
    """Wrong answers for the gradient of a node, each with its mistake, likely ones first."""
    steps = [trace[index] for index in trace.arrivals(node)[:MOST_USES]]
    added = [step.contribution or 0.0 for step in steps]
    name, gradient = trace.name(node), trace.adjoint(node)
    if len(added) > 1:
        yield from _wrong_sums(name, trace.uses(node), added)
    for find_slips in (_slips, _slips_at_any_gate):
        slips = [list(find_slips(trace, step)) for step in steps]
        for step, candidates, right in zip(steps, slips, added, strict=True):
            where = f"At the gate {trace.name(step.node)}: " if len(steps) > 1 else ""
            for slip in candidates:
                yield gradient - right + slip.added, where + slip.sentence
        if len(steps) > 1:
            yield from _same_slips(slips, added)
        yield -gradient, "The size is right, the sign is not."
    yield node.data, f"That is the value of {name}; its gradient was asked for."


def _wrong_sums(name: str, uses: int, added: list[float]) -> Iterator[tuple[float, str]]:
    """What some of the uses add, or what all of them add, multiplied."""
    listed = f"{', '.join(f'{x:.4g}' for x in added[:-1])} and {added[-1]:.4g}"
    rule = f"{name} is used {uses} times, and its contributions add up: {listed}."
    for one in added:
        yield one, f"{rule} You have one of them."
    for size in range(2, len(added)):
        for some in combinations(added, size):
            yield sum(some), f"{rule} You have {size} of them."
    yield prod(added), f"{rule} Perhaps you multiplied them."


def _same_slips(slips: list[list[Slip]], added: list[float]) -> Iterator[tuple[float, str]]:
    """The same slip at every use where it can be made, if there are several."""
    kinds = dict.fromkeys(slip.kind for candidates in slips for slip in candidates)
    for kind in kinds:
        made = [next((s for s in candidates if s.kind == kind), None) for candidates in slips]
        sentences = [slip.sentence for slip in made if slip is not None]
        if len(sentences) > 1:
            wrong = [x if slip is None else slip.added for slip, x in zip(made, added, strict=True)]
            yield sum(wrong), sentences[0]


def _slips(trace: Trace, step: Step) -> Iterator[Slip]:
    """Ways to get wrong what one use adds, by the kind of its gate."""
    gate, operand, position = step.node, step.operand, step.formula.position
    if step.kind == "seed" or position is None or operand is None:
        return
    if step.upstream is None or step.local is None:
        return
    upstream, local, name = step.upstream, step.local, trace.name(operand)
    kind = gate._operation.name
    if kind == "mul":
        yield Slip(
            "own operand",
            upstream * operand.data,
            f"A product hands each operand the other one's value; you took {name} itself.",
        )
    if kind in ("add", "sub"):
        other = gate.operands[1 - position]
        yield Slip(
            "product rule",
            upstream * other.data,
            f"That would be right for a product. A {'sum' if kind == 'add' else 'difference'} does "
            "not look at the other operand.",
        )
    if kind == "sub" and position == 1:
        yield Slip(
            "sign",
            upstream,
            f"{name} is subtracted, so the gradient arrives with its sign flipped.",
        )
    if kind == "div" and position == 1:
        yield Slip(
            "sign",
            -upstream * local,
            "The derivative by the bottom of a quotient is -top/bottom²: it has a minus sign.",
        )
        yield Slip(
            "square",
            -upstream * gate.data,
            "The derivative by the bottom of a quotient is -top/bottom²: it has a square.",
        )
    if kind == "div" and position == 0:
        yield Slip(
            "upside down",
            upstream * gate.operands[1].data,
            "The derivative by the top of a quotient is 1/bottom: divide rather than multiply.",
        )
    if kind == "pow" and position == 0:
        exponent = gate.operands[1].data
        yield Slip(
            "exponent kept",
            upstream * exponent * gate.data,
            f"The exponent comes down, and one less stays up: {exponent - 1:.4g}.",
        )
        if exponent and operand.data:
            yield Slip(
                "exponent dropped",
                upstream * local / exponent,
                f"The exponent, {exponent:.4g}, comes down as a factor.",
            )


def _slips_at_any_gate(trace: Trace, step: Step) -> Iterator[Slip]:
    """Ways to get wrong what one use adds, whatever its gate."""
    if step.kind == "seed" or step.operand is None or step.upstream is None or step.local is None:
        return
    upstream, local = step.upstream, step.local
    name, gate_name = trace.name(step.operand), trace.name(step.node)
    if not local:
        yield Slip(
            "flat",
            upstream,
            f"{gate_name} does not change with {name} here, so nothing reaches {name}.",
        )
    if upstream != 1:
        yield Slip(
            "upstream forgotten",
            local,
            f"That is the local derivative alone: multiply it by the upstream gradient, "
            f"{upstream:.4g}.",
        )
        yield Slip(
            "local forgotten",
            upstream,
            f"That is the upstream gradient alone; {gate_name} scales it by {local:.4g}.",
        )
    elif local != 1:
        yield Slip(
            "local forgotten",
            1.0,
            f"{gate_name} does not pass the gradient on unchanged: it scales it by {local:.4g}.",
        )
    yield Slip(
        "value",
        upstream * step.node.data,
        f"You took the value of {gate_name} for its local derivative.",
    )
