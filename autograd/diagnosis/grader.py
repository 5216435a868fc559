"""`check_value`: a student's class, tried on expressions, and the mistake behind a wrong number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from math import isnan
from typing import Any

from autograd.derivatives.slopes import check_slope
from autograd.diagnosis.engines import Engine, all_engines, variables
from autograd.diagnosis.expressions import (
    ALL,
    DOUBLINGS,
    LONG,
    battery,
    chain,
    doubled,
    operations_of,
    smaller,
)
from autograd.diagnosis.mistakes import MISTAKES, Finding, Report
from autograd.diagnosis.subject import (
    Outcome,
    Subject,
    Trouble,
    attribute,
    number_of,
    said,
    same,
)
from autograd.engine import Value, propagate, topological_order
from autograd.language.expression import to_text
from autograd.operations import OPERATIONS
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace

Attempt = tuple[Value, Outcome | None]
"""An expression, and what the class made of it; None if no numbers came out."""


def check_value(
    student: Callable[[float], Any], operations: str = ALL, again: bool = False, seed: int = 0
) -> Report:
    """Try a class that computes gradients, and name the mistake if one of them is wrong.

    student    : the class. It is made of a number, has `data` and `grad`, a method `backward()`,
                 and the operations; how it is built inside does not matter.
    operations : those to try, of "+ * - / ** exp tanh relu"; the last three are methods.
    again      : whether to call `backward()` twice as well, which must double every gradient, and
                 `zero_grad()`, which must clear all of them.
    seed       : another one gives other expressions and numbers.

    Every gradient is compared with this engine's, which finite differences confirm. A class that
    raises, loops for ever or gives what is no number gets an answer like any other. Raises
    TypeError for what cannot be called, and ValueError for other operations.

    >>> from autograd import Value
    >>> from autograd.course import check_value
    >>> print(check_value(Value))
    All gradients are right: 196 expressions, the long ones too.
    """
    if not callable(student):
        raise TypeError(f"check_value takes a class, as in check_value(Value), not {student!r:.60}")
    names = operations_of(operations)
    subject = Subject(student)
    attempts: list[Attempt] = []
    try:
        for root in battery(names, seed):
            attempts.append((root, None))
            outcome = subject.outcome(root)
            attempts[-1] = root, outcome
            if wrong(root, outcome):
                return Report(len(attempts), diagnosed(subject, root, outcome, names, seed))
        long_ones(subject, names)
        if again:
            twice(subject, names, seed)
    except Trouble as trouble:
        small = attempts[-1][0] if attempts else None
        return Report(len(attempts), in_words(trouble, small))
    return Report(len(attempts))


def wrong(root: Value, outcome: Outcome) -> bool:
    """Whether the value or the gradient of a variable is not what it should be."""
    adjoints = propagate(root)
    if any(not same(x, node.data) for node, x in outcome.data.items()):
        return True
    return any(not same(outcome.grads[x], adjoints[x]) for x in variables(root))


# ---- from a wrong number to the mistake ---------------------------------------------------------


def diagnosed(
    subject: Subject, root: Value, outcome: Outcome, names: frozenset[str], seed: int
) -> Finding:
    """The mistake behind a wrong outcome."""
    root, outcome = shrunk(subject, root, outcome)
    engines = [each for each in all_engines() if explains(each, root, outcome)]
    others = list(attempted(subject, names, seed)) if len(engines) > 1 else []

    def score(engine: Engine) -> float:
        right = sum(explains(engine, other, its) for other, its in others)
        return right + 0.5 * explains(engine, root, outcome, with_root=True)

    value_is_wrong = any(not same(x, node.data) for node, x in outcome.data.items())
    best = max(engines, key=score).mistake if engines else "unknown"
    if best == "unknown" and value_is_wrong:
        best = "wrong value"
    return finding(best, root, outcome)


def shrunk(subject: Subject, root: Value, outcome: Outcome) -> tuple[Value, Outcome]:
    """The smallest part of an expression that is still wrong."""
    for part in smaller(root):
        with suppress(Trouble):
            its = subject.outcome(part)
            if wrong(part, its):
                return shrunk(subject, part, its)
    return root, outcome


def attempted(
    subject: Subject, names: frozenset[str], seed: int
) -> Iterator[tuple[Value, Outcome]]:
    """All expressions with what the class makes of them, where it makes numbers."""
    for root in battery(names, seed):
        with suppress(Trouble):
            yield root, subject.outcome(root)


def explains(engine: Engine, root: Value, outcome: Outcome, with_root: bool = False) -> bool:
    """Whether an engine gives these very numbers; with_root : the root's gradient too."""
    leaves = [outcome.grads[x] for x in variables(root)]
    value, top = outcome.data[root], outcome.grads[root]
    for form in (root, in_basic_gates(root)):
        try:
            for result in engine.results(form):
                numbers = zip((value, *leaves), (result.value, *result.leaves), strict=True)
                if all(same(a, b) for a, b in numbers) and (
                    not with_root or same(top, result.root)
                ):
                    return True
        except (ArithmeticError, ValueError):  # a wrong value outside the domain of the next
            continue
    return False


def in_basic_gates(root: Value) -> Value:
    """The expression as a class may build it: a - b as a + b * -1, and a / b as a * b**-1."""
    made: dict[Value, Any] = {}
    for node in topological_order(root):
        operands = [made[x] for x in node.operands]
        match node._operation.name:
            case "sub":
                made[node] = operands[0] + operands[1] * -1.0
            case "neg":
                made[node] = operands[0] * -1.0
            case "div":
                made[node] = operands[0] * operands[1] ** -1.0
            case _:
                made[node] = node._operation(*operands) if operands else node
    result: Value = made[root]
    return result


# ---- large ones, and a second pass --------------------------------------------------------------


def long_ones(subject: Subject, names: frozenset[str]) -> None:
    """A chain for which recursion is too deep, and one with more paths than can be walked."""
    name = next((name for name in ("add", "mul") if name in names), None)
    if name is None:
        return
    sign = OPERATIONS[name].symbol
    for root, told, found, mistake in (
        (doubled(name), f"x = x {sign} x, {DOUBLINGS} times", "endless", "every path"),
        (chain(name), f"x = x {sign} a, {LONG} times", "recursion", "recursion limit"),
    ):
        try:
            if wrong(root, subject.outcome(root)):
                raise Trouble("unknown", "it gives a wrong gradient")
        except Trouble as trouble:
            named = mistake if trouble.mistake == found else trouble.mistake
            raise Trouble(named, f"{told}: {trouble.said}") from None


def twice(subject: Subject, names: frozenset[str], seed: int) -> None:
    """A second pass doubles the gradients; zero_grad() clears them; two results add up."""
    for root in battery(names, seed):
        right = propagate(root)
        made = subject.build(root)
        subject.backward(made[root], root)
        subject.backward(made[root], root)
        for leaf in variables(root):
            grad = subject.read(made).grads[leaf]
            if not same(grad, 2 * right[leaf]):
                message = (
                    f"After two backward() {leaf.label}.grad is {said(grad)}. One pass gives "
                    f"{said(right[leaf])}, so two give {said(2 * right[leaf])}"
                )
                mistake = "cleared" if same(grad, right[leaf]) else "no zeroing"
                raise Trouble(mistake, message, root)
        zero_grad = attribute(made[root], "zero_grad")
        if not callable(zero_grad):
            raise Trouble("missing method", "Value has no method zero_grad()")
        subject.call(zero_grad, "zero_grad()", root)
        left = subject.read(made).grads
        for node, grad in left.items():
            if grad and not isnan(grad):
                name = node.label or "a gate"
                message = f"After zero_grad() the grad of {name} is {said(grad)}, and not 0"
                raise Trouble("no zeroing", message, root)
    two_results(subject)


def two_results(subject: Subject) -> None:
    """Two results of one variable, differentiated after each other."""
    leaf = Value(3.0, label="a")
    first, second = leaf + leaf, leaf * leaf
    a = subject.leaf(3.0)
    for result in (first, second):
        subject.backward(subject.gate(result, [a, a]), result)
    grad = number_of(a, "grad", "a")
    if not same(grad, 8.0):
        message = (
            "After c = a + a, d = a * a, c.backward() and d.backward(), with a = 3, "
            f"a.grad is {said(grad)}, and not 2 + 6 = 8"
        )
        raise Trouble("cleared" if same(grad, 6.0) else "no zeroing", message)


# ---- what is said -------------------------------------------------------------------------------


def finding(mistake: str, root: Value, outcome: Outcome) -> Finding:
    """A mistake with the numbers that show it."""
    trace = Trace(root)
    root.zero_grad()
    root.backward()
    rows = []
    for node in trace.order:
        theirs = outcome.data.get(node)
        if theirs is not None and not same(theirs, node.data):
            rows.append((trace.name(node), said(theirs), said(node.data), ""))
    if not rows:
        for leaf in variables(root):
            grad, right = outcome.grads[leaf], trace.adjoint(leaf)
            slope = check_slope(root, leaf, right, leaf.label).numerical
            shown = said(slope) if slope is not None else ""
            rows.append((f"{leaf.label}.grad", said(grad), said(right), shown))
    parting = parting_step(trace, outcome) if rows[0][0].endswith(".grad") else None
    if mistake == "seed":
        parting = trace[0]
    return Finding(
        mistake,
        *MISTAKES[mistake],
        root=root,
        text=described(root),
        rows=tuple(rows),
        step=told(trace, parting) if parting else "",
    )


def in_words(trouble: Trouble, small: Value | None) -> Finding:
    """A mistake by which no numbers came out."""
    mistake = trouble.mistake
    gate = trouble.gate
    is_short = small is not None and gate is not None
    root = (gate if mistake in ("no zeroing", "cleared") else small) if is_short else None
    return Finding(
        mistake,
        *MISTAKES[mistake],
        said=f"{trouble.said}.",
        text=described(root) if root is not None else "",
    )


def described(root: Value) -> str:
    """An expression with its numbers on one line: `f = a * b, with a = 3 and b = -2`."""
    text = "; ".join(to_text(root).splitlines())
    numbers = [f"{x.label} = {said(x.data)}" for x in variables(root)]
    listed = " and ".join([", ".join(numbers[:-1]), numbers[-1]] if numbers[1:] else numbers)
    return f"{text if text.startswith('f =') or ';' in text else f'f = {text}'}, with {listed}"


def parting_step(trace: Trace, outcome: Outcome) -> Step | None:
    """The step that completes the first gradient on the way back that is not theirs."""
    for step in trace:
        operand = step.operand
        if operand is None or step.use != step.uses:
            continue
        theirs = outcome.grads.get(operand)
        keeps_none = operand.operands and (theirs is None or isnan(theirs) or theirs == 0)
        if theirs is not None and not keeps_none and not same(theirs, trace.adjoint(operand)):
            return step
    return None


def told(trace: Trace, step: Step) -> str:
    """A step in one sentence."""
    if step.kind == "seed" or step.operand is None:
        return "The numbers part at the very first step: the gradient of f itself is 1."
    name, gate = trace.name(step.operand), trace.name(step.node)
    uses = f", use {step.use} of {step.uses}" if (step.uses or 0) > 1 else ""
    numbers = f"{said(step.upstream or 0.0)} * {said(step.local or 0.0)}"
    return (
        f"The numbers part at step {step.index} of {len(trace) - 1}: "
        f"{name}.grad += {gate}.grad * {step.formula.side()} = {numbers}{uses}."
    )
