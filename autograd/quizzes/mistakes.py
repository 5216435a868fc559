"""The usual mistakes in gradients worked by hand, and the wrong answer that each leads to.

Each is a way to get wrong what one use adds, or to combine the uses wrongly. A wrong answer that a
mistake would give is taken for that mistake. The quiz names it twice: at the first try as a hint,
which has no numbers and so cannot give the answer away, and then in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from math import isclose, prod
from typing import NamedTuple

from autograd.engine import Value
from autograd.language.words import ENGLISH, Words
from autograd.quizzes.rules import WRONG_RULES
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace

MOST_USES = 6  # of a node; the first, where there are more


class Mistake(NamedTuple):
    """A wrong answer, what to say of it at first, and what to say once the answer may be known."""

    wrong: float
    hint: str
    sentence: str


class Slip(NamedTuple):
    """A way to get wrong what one use adds: its kind, what it adds, and what to say about it.

    hint : the same without its numbers; "" if it has none.
    """

    kind: str
    added: float
    sentence: str
    hint: str = ""

    def mistake(self, wrong: float, where: str = "") -> Mistake:
        """This slip as what made an answer wrong."""
        return Mistake(wrong, where + (self.hint or self.sentence), where + self.sentence)


def is_right(answer: float, gradient: float) -> bool:
    """Whether an answer is the gradient, to half a percent: three digits are enough."""
    return isclose(answer, gradient, rel_tol=5e-3, abs_tol=1e-9)


def gives_away(text: str, gradient: float) -> bool:
    """Whether a number in a text is the gradient that is asked for."""
    numbers = re.findall(r"(?<![\w.])[-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)", text)
    return any(is_right(float(number.replace("−", "-")), gradient) for number in numbers)


def find_mistake(
    trace: Trace, node: Value, answer: float, words: Words = ENGLISH
) -> Mistake | None:
    """What probably went wrong; None if no usual mistake gives this answer.

    >>> from autograd import Value, trace
    >>> from autograd.quizzes.mistakes import find_mistake
    >>> a = Value(3.0, label="a")
    >>> find_mistake(trace(a * 2 + a * 5), a, 5.0).sentence
    'a is used 2 times, and its contributions add up: 5 and 2. You have one of them.'
    """
    if is_right(answer, trace.adjoint(node)):
        return None
    mistakes = usual_mistakes(trace, node, words)
    return next((each for each in mistakes if is_right(answer, each.wrong)), None)


def usual_mistakes(trace: Trace, node: Value, words: Words = ENGLISH) -> Iterator[Mistake]:
    """Wrong answers for the gradient of a node, each with its mistake, likely ones first."""
    steps = [trace[index] for index in trace.arrivals(node)[:MOST_USES]]
    added = [step.contribution or 0.0 for step in steps]
    name, gradient = trace.name(node), trace.adjoint(node)
    if len(added) > 1:
        yield from _wrong_sums(name, trace.uses(node), added, words)
    for find_slips in (_slips, _slips_at_any_gate):
        slips = [list(find_slips(trace, step, words)) for step in steps]
        for step, candidates, right in zip(steps, slips, added, strict=True):
            where = f"{words('At the gate {0}:', trace.name(step.node))} " * (len(steps) > 1)
            for slip in candidates:
                yield slip.mistake(gradient - right + slip.added, where)
        if len(steps) > 1:
            yield from _same_slips(slips, added)
        yield Mistake(
            -gradient,
            words("Look at the signs on the way once more."),
            words("The size is right, the sign is not."),
        )
    value = words("That is the value of {0}; its gradient was asked for.", name)
    yield Mistake(node.data, value, value)


def _wrong_sums(name: str, uses: int, added: list[float], words: Words) -> Iterator[Mistake]:
    """What some of the uses add, or what all of them add, multiplied."""
    listed = words("{0} and {1}", ", ".join(f"{x:.4g}" for x in added[:-1]), f"{added[-1]:.4g}")
    rule = words("{0} is used more than once, and its contributions add up.", name)
    full = words("{0} is used {1} times, and its contributions add up: {2}.", name, uses, listed)

    def mistake(wrong: float, hint: str, sentence: str) -> Mistake:
        return Mistake(wrong, f"{rule} {hint}", f"{full} {sentence}")

    one_of_them = words("You have one of them.")
    for one in added:
        yield mistake(one, one_of_them, one_of_them)
    for size in range(2, len(added)):
        for some in combinations(added, size):
            not_all = words("You have some of them, and not all.")
            yield mistake(sum(some), not_all, words("You have {0} of them.", size))
    multiplied = words("Perhaps you multiplied them.")
    yield mistake(prod(added), multiplied, multiplied)


def _same_slips(slips: list[list[Slip]], added: list[float]) -> Iterator[Mistake]:
    """The same slip at every use where it can be made, if there are several."""
    kinds = dict.fromkeys(slip.kind for candidates in slips for slip in candidates)
    for kind in kinds:
        made = [next((s for s in candidates if s.kind == kind), None) for candidates in slips]
        real = [slip for slip in made if slip is not None]
        if len(real) > 1:
            wrong = [x if slip is None else slip.added for slip, x in zip(made, added, strict=True)]
            yield real[0].mistake(sum(wrong))


def _slips(trace: Trace, step: Step, words: Words) -> Iterator[Slip]:
    """Ways to get wrong what one use adds, by the kind of its gate."""
    gate, operand, position = step.node, step.operand, step.formula.position
    if step.kind == "seed" or position is None or operand is None:
        return
    if step.upstream is None:
        return
    upstream, name = step.upstream, trace.name(operand)
    kind = gate._operation.name
    numbers = [each.data for each in gate.operands]

    def added(slip: str) -> float:
        return upstream * float(WRONG_RULES[kind, position][slip](gate.data, *numbers))

    if kind == "mul":
        yield Slip(
            "own operand",
            added("own operand"),
            words("A product hands each operand the other one's value; you took {0} itself.", name),
        )
    if kind in ("add", "sub"):
        not_a_product = {
            "add": words(
                "That would be right for a product. A sum does not look at the other operand."
            ),
            "sub": words(
                "That would be right for a product. A difference does not look at the other "
                "operand."
            ),
        }
        yield Slip("product rule", added("product rule"), not_a_product[kind])
    if kind == "sub" and position == 1:
        yield Slip(
            "sign",
            added("sign"),
            words("{0} is subtracted, so the gradient arrives with its sign flipped.", name),
        )
    if kind == "div" and position == 1:
        yield Slip(
            "sign",
            added("sign"),
            words(
                "The derivative by the bottom of a quotient is -top/bottom²: it has a minus sign."
            ),
        )
        yield Slip(
            "square",
            added("square"),
            words("The derivative by the bottom of a quotient is -top/bottom²: it has a square."),
        )
    if kind == "div" and position == 0:
        yield Slip(
            "upside down",
            added("upside down"),
            words(
                "The derivative by the top of a quotient is 1/bottom: divide rather than multiply."
            ),
            words("By the top of a quotient: divide by the bottom rather than multiply."),
        )
    if kind == "pow" and position == 0:
        exponent = numbers[1]
        yield Slip(
            "exponent kept",
            added("exponent kept"),
            words("The exponent comes down, and one less stays up: {0}.", f"{exponent - 1:.4g}"),
            words("The exponent comes down, and one less stays up."),
        )
        if exponent and operand.data:
            yield Slip(
                "exponent dropped",
                added("exponent dropped"),
                words("The exponent, {0}, comes down as a factor.", f"{exponent:.4g}"),
                words("The exponent comes down as a factor."),
            )


def _slips_at_any_gate(trace: Trace, step: Step, words: Words) -> Iterator[Slip]:
    """Ways to get wrong what one use adds, whatever its gate."""
    if step.kind == "seed" or step.operand is None or step.upstream is None or step.local is None:
        return
    upstream, local = step.upstream, step.local
    name, gate = trace.name(step.operand), trace.name(step.node)
    if not local:
        yield Slip(
            "flat",
            upstream,
            words("{0} does not change with {1} here, so nothing reaches {1}.", gate, name),
            words("Think about whether {0} changes with {1} here.", gate, name),
        )
    if upstream != 1:
        yield Slip(
            "upstream forgotten",
            local,
            words(
                "That is the local derivative alone: multiply it by the upstream gradient, {0}.",
                f"{upstream:.4g}",
            ),
            words("That is the local derivative alone: multiply it by the upstream gradient."),
        )
        yield Slip(
            "local forgotten",
            upstream,
            words(
                "That is the upstream gradient alone; {0} scales it by {1}.", gate, f"{local:.4g}"
            ),
            words("That is the upstream gradient alone; {0} scales it.", gate),
        )
    elif local != 1:
        yield Slip(
            "local forgotten",
            1.0,
            words(
                "{0} does not pass the gradient on unchanged: it scales it by {1}.",
                gate,
                f"{local:.4g}",
            ),
            words("{0} does not pass the gradient on unchanged: it scales it.", gate),
        )
    yield Slip(
        "value",
        upstream * step.node.data,
        words("You took the value of {0} for its local derivative.", gate),
    )
