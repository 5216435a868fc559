"""The usual mistakes in a gradient worked by hand: which wrong answer comes of which.

A quiz names the mistake that it sees. Each is a way to get one share wrong, or to put the shares
together wrong; a wrong answer that is the result of one is taken for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import isclose, prod

from autograd.tracing import Step, Trace
from autograd.value import Value

MOST_SHARES = 6  # of a node used more often, sums of some are not looked at


def is_right(answer: float, gradient: float) -> bool:
    """Whether an answer is the gradient, to half a percent: three digits are enough."""
    return isclose(answer, gradient, rel_tol=5e-3, abs_tol=1e-9)


def find_mistake(trace: Trace, node: Value, answer: float) -> str:
    """What probably went wrong, in a sentence; "" where no usual mistake gives this answer.

    >>> from autograd import Value, trace
    >>> from autograd.mistakes import find_mistake
    >>> a = Value(3.0, label="a")
    >>> find_mistake(trace(a * 2 + a * 5), a, 5.0)
    'a is used 2 times, and its shares add up: 5 and 2. You have one of them.'
    """
    for wrong, sentence in usual_mistakes(trace, node):
        if is_right(answer, wrong) and not is_right(answer, trace.adjoint(node)):
            return sentence
    return ""


def usual_mistakes(trace: Trace, node: Value) -> Iterator[tuple[float, str]]:
    """Wrong answers for the gradient of a node, each with what it comes of, likely ones first."""
    steps = [trace[index] for index in trace.arrivals(node)[:MOST_SHARES]]
    shares = [step.contribution or 0.0 for step in steps]
    name, gradient = trace.name(node), trace.adjoint(node)
    if len(shares) > 1:
        yield from _wrong_sums(name, trace.uses(node), shares)
    wrong_shares = [list(_wrong_shares(trace, step)) for step in steps]
    for position, candidates in enumerate(wrong_shares):
        for wrong, sentence in candidates:
            yield gradient - shares[position] + wrong, sentence
    if len(shares) > 1:
        for same in zip(*wrong_shares, strict=False):
            yield sum(wrong for wrong, _ in same), same[0][1]
    yield -gradient, "The size is right, the sign is not."
    yield node.data, f"That is the value of {name}; its gradient was asked for."


def _wrong_sums(name: str, uses: int, shares: list[float]) -> Iterator[tuple[float, str]]:
    """Some of the shares, or all, but not added up."""
    listed = f"{', '.join(f'{x:.4g}' for x in shares[:-1])} and {shares[-1]:.4g}"
    rule = f"{name} is used {uses} times, and its shares add up: {listed}."
    for share in shares:
        yield share, f"{rule} You have one of them."
    for size in range(2, len(shares)):
        for some in combinations(shares, size):
            yield sum(some), f"{rule} You have {size} of them."
    yield prod(shares), f"{rule} You multiplied them."


def _wrong_shares(trace: Trace, step: Step) -> Iterator[tuple[float, str]]:
    """Ways to get the share of one use wrong."""
    gate, operand = step.node, step.operand
    if step.kind == "seed" or operand is None or step.upstream is None or step.local is None:
        return
    upstream, local = step.upstream, step.local
    name, gate_name = trace.name(operand), trace.name(gate)
    position = step.formula.position
    kind = gate._operation.name
    if kind == "mul":
        yield (
            upstream * operand.data,
            f"A product hands each operand the other one's value; you took {name} itself.",
        )
    if kind == "div" and position == 1:
        yield (
            -upstream * local,
            "The quotient rule has a minus for the divisor: the derivative is -a/b².",
        )
        yield (
            -upstream * gate.data,
            "For the divisor the derivative is -a/b²: the divisor is squared.",
        )
    if kind == "sub" and position == 1:
        yield upstream, f"{name} is subtracted, so the gradient arrives with its sign turned."
    if kind == "pow" and position == 0:
        exponent = gate.operands[1].data
        yield upstream * exponent * gate.data, "The exponent comes down, and is lowered by one."
        if exponent and operand.data:
            yield upstream * local / exponent, "The exponent comes down as a factor."
    if not local:
        yield upstream, f"{gate_name} does not change with {name} here: its local derivative is 0."
    if upstream != 1:
        yield (
            local,
            f"That is the local derivative; times the upstream gradient, {upstream:.4g}, "
            "it is the share.",
        )
        yield (
            upstream,
            f"That is the upstream gradient alone; {gate_name} scales it by {local:.4g}.",
        )
    elif local != 1:
        yield 1.0, f"{gate_name} does not pass the gradient on unchanged: it scales by {local:.4g}."
    yield upstream * gate.data, f"You took the value of {gate_name} for its derivative."
