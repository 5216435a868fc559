"""What the parts 1 to 3 promise, and how it is tried: on numbers nobody has seen before."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from autograd.course.asking import (
    ROUNDS,
    Check,
    Failed,
    Names,
    answer,
    built,
    close,
    expect_slope,
    graph,
    named,
    numbers,
    shown,
    some,
)
from autograd.derivatives.slopes import check_slope
from autograd.diagnosis.engines import variables
from autograd.diagnosis.grader import described
from autograd.diagnosis.mistakes import MISTAKES
from autograd.diagnosis.subject import said, same
from autograd.engine import Value, propagate, topological_order
from autograd.language.parser import parse

# ---- 1: a derivative is a slope -----------------------------------------------------------------


def slope_of_a_line(names: Names, rng: Random) -> None:
    for _ in range(ROUNDS):
        rise, x = some(rng), some(rng)
        written = f"slope(lambda x: {said(rise)} * x + 1, {said(x)})"
        found = answer(names, "slope", lambda x, m=rise: m * x + 1, x, written=written)
        expect_slope(found, rise, written)


def slope_of_a_curve(names: Names, rng: Random) -> None:
    curves: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
        "x**3": (lambda x: x**3, lambda x: 3 * x**2),
        "math.exp(x)": (math.exp, math.exp),
        "math.sin(3 * x)": (lambda x: math.sin(3 * x), lambda x: 3 * math.cos(3 * x)),
    }
    for text, (curve, derivative) in curves.items():
        for _ in range(ROUNDS):
            x = some(rng)
            written = f"slope(lambda x: {text}, {said(x)})"
            found = answer(names, "slope", curve, x, written=written)
            expect_slope(found, derivative(x), written)


def slopes_by_each(names: Names, rng: Random) -> None:
    for _ in range(ROUNDS):
        a, b, c = inputs = [some(rng) for _ in range(3)]
        written = f"slopes(lambda a, b, c: a * b + c**2, {shown(inputs)})"
        given = list(inputs)
        found = answer(names, "slopes", lambda a, b, c: a * b + c**2, given, written=written)
        if given != inputs:
            raise Failed(f"{written} changes the list that it is given. Nudge a copy of it.")
        found, right = numbers(found, 3, written), [b, a, 2 * c]
        if all(map(close, found, right)):
            continue
        why = ""
        if all(close(x, sum(right)) for x in found):
            why = " You have nudged all inputs at once. Nudge one, and leave the others."
        raise Failed(f"{written} should be {shown(right)}, and yours is {shown(found)}.{why}")


def both_sides(names: Names, rng: Random) -> None:
    pairs = [(-1.0, 1.0), (0.0, 1.0), *((some(rng), some(rng)) for _ in range(ROUNDS))]
    for right in pairs:

        def bent(x: float, slopes: tuple[float, float] = right) -> float:
            return slopes[0] * x if x < 0 else slopes[1] * x

        written = f"sides(lambda x: {said(right[0])} * x if x < 0 else {said(right[1])} * x, 0)"
        found = numbers(answer(names, "sides", bent, 0.0, written=written), 2, written)
        if not all(map(close, found, right)):
            turned = all(map(close, found, right[::-1]))
            why = " They are the wrong way round: left first." if turned else ""
            raise Failed(f"{written} should be {shown(right)}, and yours is {shown(found)}.{why}")


# ---- 2: a node remembers its operands -----------------------------------------------------------


def results(names: Names, rng: Random) -> None:
    for text in ("a + b", "a*b", "a + a", "a*a", "(a + b)*a", "a*b*c + a"):
        for _ in range(ROUNDS):
            built(names, graph(text, rng))


def results_with_numbers(names: Names, rng: Random) -> None:
    for text in ("a + 2", "2 + a", "a*3", "3*a", "2*(a + b) + 1"):
        for _ in range(ROUNDS):
            built(names, graph(text, rng))


def operands_in_order(names: Names, rng: Random) -> None:
    for text in ("a + b", "a*b", "a*a", "a + 2", "(a + b)*a", "a*b*c + a"):
        root = graph(text, rng)
        made = built(names, root)
        for gate in topological_order(root):
            if gate.operands:
                look_at_operands(gate, made)


def look_at_operands(gate: Value, made: Mapping[Value, Any]) -> None:
    """Whether a student's node holds the very objects that it was made of."""
    text, own = described(gate), made[gate]
    found = getattr(own, "operands", None)
    if not isinstance(found, (tuple, list)):
        raise Failed(f"{text}: its operands should be a tuple, and they are {shown(found)}.")
    if len(found) != len(gate.operands):
        count = len(gate.operands)
        raise Failed(f"{text}: it has {count} operands, and yours are {shown(found)}.")
    for x, operand in zip(gate.operands, found, strict=True):
        same_number = x.is_constant and getattr(operand, "data", None) == x.data
        right = same_number or operand is made[x]
        if not right and any(operand is made[other] for other in gate.operands):
            raise Failed(f"{text}: the operands are not in their order, self first.")
        if not right:
            raise Failed(
                f"{text}: an operand is {shown(operand)}, and not the Value that was added or "
                "multiplied itself. A copy is another node."
            )
    if getattr(own, "op", None) != gate.op:
        raise Failed(f"{text}: its op should be {gate.op!r}, and it is {own.op!r}.")


def formulas(names: Names, rng: Random) -> None:
    student = named(names, "Value")
    named(names, "formula")
    for _ in range(ROUNDS):
        leaves = []
        for label in rng.sample("abcxyz", 3):
            leaf = student(some(rng))
            leaf.label = label
            leaves.append((leaf, label))
        for _ in range(4):
            (left, left_text), (right, right_text) = rng.choice(leaves), rng.choice(leaves)
            sign = rng.choice("+*")
            node = left + right if sign == "+" else left * right
            leaves.append((node, f"({left_text} {sign} {right_text})"))
        for node, text in leaves:
            found = answer(names, "formula", node, written=f"formula of {text}")
            if found != text:
                raise Failed(f"The formula should be {text!r}, and yours is {found!r}.")


# ---- 3: the rules of + and * --------------------------------------------------------------------


def rule_of(text: str) -> Check:
    def check(names: Names, rng: Random) -> None:
        for written in (text, text.replace("b", "a"), text.replace("b", "3")):
            for _ in range(ROUNDS):
                root = graph(written, rng)
                own = built(names, root)[root]
                right = [x.data for x in root.operands[::-1]] if "*" in text else [1.0, 1.0]
                where = f"{described(root)}: local_grads"
                found = numbers(getattr(own, "local_grads", None), 2, where)
                if not all(map(same, found, right)):
                    raise Failed(
                        f"{where} should be {shown(right)}, and yours are {shown(found)}."
                        + why_not(found, root)
                    )

    return check


def why_not(found: Sequence[float], root: Value) -> str:
    """The mistake in local derivatives of + or *, if it is a usual one."""
    a, b = (x.data for x in root.operands)
    wrong: dict[tuple[str, tuple[float, ...]], str] = {
        ("*", (a, b)): "own operand",
        ("*", (1.0, 1.0)): "factor ignored",
        ("+", (b, a)): "product rule",
    }
    mistake = wrong.get((root.op, tuple(found)))
    return f"\n\n{MISTAKES[mistake].title} {MISTAKES[mistake].why}" if mistake else ""


def chain_rule_by_hand(names: Names, rng: Random) -> None:
    for _ in range(ROUNDS):
        a, b, c = some(rng), some(rng), some(rng)
        written = f"by_hand({shown(a)}, {shown(b)}, {shown(c)})"
        found = numbers(answer(names, "by_hand", a, b, c), 3, written)
        root = parse("f = (a + b)*c", a=a, b=b, c=c)
        leaves = variables(root)
        for leaf, yours in zip(leaves, found, strict=True):
            slope = check_slope(root, leaf, propagate(root)[leaf], leaf.label).numerical
            if slope is None or not close(yours, slope):
                hint = " Is a step of the path forgotten?" if close(yours, 1.0) else ""
                raise Failed(
                    f"{written}: the slope by {leaf.label}, measured, is {said(slope or 0.0)}, and "
                    f"yours is {said(yours)}.{hint}"
                )
