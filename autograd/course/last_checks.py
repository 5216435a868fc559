"""What the parts 7 and 8 promise, and how it is tried: on numbers nobody has seen before."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from autograd.course.asking import (
    ROUNDS,
    Check,
    Failed,
    Names,
    answer,
    close,
    compare_gradients,
    expect_number,
    expect_plain,
    graph,
    named,
    numbers,
    ran_once,
    shown,
    some,
    why_of,
)
from autograd.diagnosis.expressions import grown
from autograd.diagnosis.mistakes import MISTAKES
from autograd.diagnosis.subject import SECONDS, Calls, said, same
from autograd.engine import Value, topological_order
from autograd.operations import tanh
from autograd.primitive import is_real

XOR = [([0.0, 0.0], -1.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], -1.0)]


# ---- 7: a neuron, a loss, a step down -----------------------------------------------------------


def neurons(names: Names, rng: Random) -> None:
    student = named(names, "Value")
    for size in (1, 2, 3, 5):
        weights, inputs = (
            [rng.uniform(-1, 1) for _ in range(size)],
            [some(rng) for _ in range(size)],
        )
        bias = rng.uniform(-1, 1)
        ours = [Value(x) for x in (*weights, bias)]
        theirs = [student(x) for x in (*weights, bias)]
        right = neuron(ours[:-1], ours[-1], inputs)
        written = f"a neuron of {size} input{'s' * (size > 1)}"
        out = answer(names, "neuron", theirs[:-1], theirs[-1], inputs, written=written)
        expect_number(out, right.data, written, {
            "That is the sum, and not bent yet: return total.tanh().": math.atanh(right.data),
            "The bias is missing.": bent(weights, 0, inputs),
            "The bias is in it more than once: it is added to the whole sum, after the loop or "
            "before it.": bent(weights, size * bias, inputs),
            "Only the first input is in it. Is the return inside the loop?":
                bent(weights[:1], bias, inputs),
            "Each weight goes with its own input: one loop over zip(weights, inputs).":
                bent([sum(weights)], bias, [sum(inputs)]),
            "Bend once, in the end, and not each product.":
                bias + sum(math.tanh(w * x) for w, x in zip(weights, inputs, strict=True)),
        })  # fmt: skip
        compare_gradients(out, theirs, right, ours, written)


def neuron(weights: list[Value], bias: Value, inputs: list[Any]) -> Value:
    total = bias
    for w, x in zip(weights, inputs, strict=True):
        total = total + w * x
    return tanh(total)


def bent(weights: list[float], bias: float, inputs: list[Any]) -> float:
    """A neuron in plain numbers."""
    return math.tanh(sum(map(operator.mul, weights, inputs)) + bias)


def losses(names: Names, rng: Random) -> None:
    student = named(names, "Value")
    for size in (1, 2, 4):
        guesses, targets = [some(rng) for _ in range(size)], [some(rng) for _ in range(size)]
        ours, theirs = [Value(x) for x in guesses], [student(x) for x in guesses]
        right = loss(ours, targets)
        written = f"loss({shown(guesses)}, {shown(targets)})"
        out = answer(names, "loss", theirs, targets, written=written)
        misses = [p - t for p, t in zip(guesses, targets, strict=True)]
        expect_number(out, right.data, written, {
            f"That is the sum of the squares. Take the mean: divide by {size}.": right.data * size,
            "The errors are not squared: a miss below and a miss above would cancel.":
                sum(misses) / size,
            "Square each error, and then add them up.": sum(misses) ** 2 / size,
            f"Divide by how many there are, which is {size} here.": right.data * size / 2,
            "Only the first prediction is in it. Is the return inside the loop?": misses[0] ** 2,
        })  # fmt: skip
        compare_gradients(out, theirs, right, ours, written)


def loss(predictions: list[Value], targets: list[float]) -> Value:
    errors = [(p - t) ** 2 for p, t in zip(predictions, targets, strict=True)]
    return sum(errors, Value(0.0)) / len(errors)


def steps_down(names: Names, rng: Random) -> None:
    student = named(names, "Value")
    function = named(names, "step_down")
    for _ in range(ROUNDS):
        before, grads, rate = [some(rng) for _ in range(3)], [some(rng) for _ in range(3)], 0.1
        parameters = [student(x) for x in before]
        for p, grad in zip(parameters, grads, strict=True):
            p.grad = grad
        with Calls(SECONDS, "step_down"):
            function(parameters, rate)
        for place, (p, x, grad) in enumerate(zip(parameters, before, grads, strict=True)):
            if not is_real(p.data):
                raise Failed(
                    f"step_down puts {shown(p.data)} into the data of a parameter, and that is no "
                    "plain number: p.data -= rate * p.grad."
                )
            if same(p.data, x - rate * grad):
                continue
            stays = "It has not moved: change the data of the parameter itself."
            if place:
                stays = "The one before has moved, and this has not. Is a return inside the loop?"
            why = why_of(p.data, {
                "That is a step up: it makes the loss larger. Step against the gradient.":
                    x + rate * grad,
                stays: x,
                "The rate is missing.": x - grad,
                "Multiply by the rate: a small rate is a small step.": x - grad / rate,
                "The step is rate times the gradient, and not times the data.": x - rate * x,
            })  # fmt: skip
            raise Failed(
                f"A parameter of {said(x)} with gradient {said(grad)} and rate {rate}: it should "
                f"become {said(x - rate * grad)}, and yours is {shown(p.data)}.{why}"
            )


def trains(names: Names, rng: Random) -> None:
    student = named(names, "Value")
    for rate, steps in ((0.5, 3), (0.2, 20)):
        start = [rng.uniform(-1, 1) for _ in range(9)]
        inputs, targets = [x for x, _ in XOR], [y for _, y in XOR]
        parameters = [student(x) for x in start]
        written = f"train, {steps} steps"
        out = answer(names, "train", parameters, inputs, targets, rate, steps, written=written)
        found, right = numbers(noted(out, written), steps, written), trained(start, rate, steps)
        if all(map(close, found, right)):
            continue
        place = next(k for k in range(steps) if not close(found[k], right[k]))
        why = ""
        if all(map(close, found, trained(start, rate, steps, zeroing=False))):
            why = f"\n\n{MISTAKES['no zeroing'].title} Clear the gradients before each backward()."
        elif all(map(close, found, [right[0]] * steps)):
            why = (
                " It never changes. In each round predict anew; then zero_grad(), backward() and a "
                "step, in this order."
            )
        elif all(map(close, found, [right[0], *right])):
            why = " The first step does nothing: it comes before backward() has found a gradient."
        elif all(map(close, found, right[1:])):
            why = " That is the loss after a step. Note it before the step."
        raise Failed(
            f"{written}: the loss before step {place + 1} should be {said(right[place])}, and "
            f"yours is {said(found[place])}.{why}"
        )


def noted(out: Any, written: str) -> Any:
    """What train gives back, unless it is plain what is missing."""
    if isinstance(out, list) and not out:
        raise Failed(
            f"{written} gives []. In each round, losses.append(error.data) notes the loss."
        )
    if isinstance(out, list) and len(out) == 1:
        raise Failed(f"{written} gives {shown(out)}, one loss alone. Is the return in the loop?")
    if isinstance(out, list) and any(hasattr(x, "data") for x in out):
        raise Failed(f"{written} gives Values in its list. Note the number alone, error.data.")
    return out


def trained(start: list[float], rate: float, steps: int, zeroing: bool = True) -> list[float]:
    """The loss before each step, by this engine; zeroing : whether old gradients are cleared."""
    parameters = [Value(x) for x in start]
    found = []
    for _ in range(steps):
        error = loss([network(parameters, x) for x, _ in XOR], [y for _, y in XOR])
        found.append(error.data)
        if zeroing:
            error.zero_grad()
        error.backward()
        for p in parameters:
            p.data -= rate * p.grad
    return found


def network(p: list[Value], inputs: list[Any]) -> Value:
    hidden: list[Any] = [neuron(p[0:2], p[2], inputs), neuron(p[3:5], p[5], inputs)]
    return neuron(p[6:8], p[8], hidden)


def learns(names: Names, rng: Random) -> None:
    """XOR itself, from a start that leads there."""
    student = named(names, "Value")
    start = [0.8, -0.9, 0.1, -0.7, 0.9, 0.1, 1.0, 1.1, 0.2]
    parameters = [student(x) for x in start]
    inputs, targets = [x for x, _ in XOR], [y for _, y in XOR]
    found = answer(names, "train", parameters, inputs, targets, 0.5, 100, written="train on XOR")
    if not found[-1] < 0.1:
        raise Failed(
            f"After 100 steps on XOR the loss is {said(found[-1])}. It should be below 0.1."
        )


# ---- 8: what else there is ----------------------------------------------------------------------


def dual(text: str) -> Check:
    def check(names: Names, rng: Random) -> None:
        student = named(names, "Dual")
        for written in (text, text.replace("b", "a"), text.replace("b", "3")):
            for _ in range(ROUNDS):
                pairs = {name: (some(rng), some(rng)) for name in "ab"}
                given = {name: student(*pair) for name, pair in pairs.items()}
                with Calls(SECONDS, f"{written} of Duals"):
                    out = eval(written, given)
                used = [f"{name} = Dual{pair}" for name, pair in pairs.items() if name in written]
                where = f"{written} with {' and '.join(used)}"
                if not hasattr(out, "value") or not hasattr(out, "slope"):
                    raise Failed(f"{where} gives {shown(out)}, and not a Dual.")
                for name, x in given.items():
                    if name in written and (x.value, x.slope) != pairs[name]:
                        raise Failed(
                            f"{where}: afterwards {name} is Dual({shown(x.value)}, "
                            f"{shown(x.slope)}). An operation leaves its operands as they are: "
                            "return a new Dual."
                        )
                right = followed(graph(written, rng), pairs)
                usual = usual_slopes(written, pairs)
                for name, x, found in zip(
                    ("value", "slope"), right, (out.value, out.slope), strict=True
                ):
                    if not is_real(found) or not same(found, x):
                        told = f"{where}: the {name} should be {said(x)}"
                        why = why_of(found, usual) if name == "slope" else ""
                        raise Failed(f"{told}, and yours is {shown(found)}.{why}")

    return check


def usual_slopes(written: str, pairs: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Slopes that are often wrong, by what is said of them."""
    if written != "a * b":
        return {}
    (a, da), (b, db) = pairs["a"], pairs["b"]
    both = "Both shares count: one for each of the two slopes."
    return {
        "The two slopes are multiplied. Each is multiplied by the other one's value.": da * db,
        "Each slope is multiplied by the other one's value, and not by its own.": a * da + b * db,
        both: da * b,
        f"{both} ": a * db,
        "The shares add up, also here.": da * b - a * db,
    }


def followed(root: Value, given: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """Value and slope of an expression, in forward mode."""
    pairs: dict[Value, tuple[float, float]] = {}
    for node in topological_order(root):
        if not node.operands:
            pairs[node] = given.get(node.label, (node.data, 0.0))
            continue
        (x, dx), (y, dy) = (pairs[each] for each in node.operands)
        pairs[node] = (x + y, dx + dy) if node.op == "+" else (x * y, dx * y + x * dy)
    return pairs[root]


Polynomial = Callable[[Any], Any]
POLYNOMIALS: tuple[tuple[str, Polynomial, Polynomial, Polynomial], ...] = (
    ("x * x * x + 2 * x", lambda x: x * x * x + 2 * x, lambda x: 3 * x**2 + 2, lambda x: 6 * x),
    (
        "(x + 1) * (x + x * x)",
        lambda x: (x + 1) * (x + x * x),
        lambda x: 3 * x**2 + 4 * x + 1,
        lambda x: 6 * x + 4,
    ),
    ("x + x", lambda x: x + x, lambda x: 2.0, lambda x: 0.0),
)


def derivatives(names: Names, rng: Random) -> None:
    student = named(names, "Dual")
    for text, f, first, _ in POLYNOMIALS:
        for _round in range(ROUNDS):
            x = some(rng)
            written = f"derivative(lambda x: {text}, {said(x)})"
            found, given = ran_once(names, "derivative", f, x, written)
            if isinstance(found, student):
                raise Failed(f"{written} gives a Dual. Its slope is what is asked for.")
            if is_real(given):
                raise Failed(f"{written} runs f with {shown(given)}, and not with a Dual.")
            expect_plain(found, first(x), written, {
                "That is the value of f. Take the slope.": f(x),
                "x starts with the slope 1: Dual(x, 1.0).": 0.0,
            })  # fmt: skip


def second_derivatives(names: Names, rng: Random) -> None:
    student = named(names, "Dual")
    for text, f, first, second in POLYNOMIALS:
        for _round in range(ROUNDS):
            x = some(rng)
            written = f"second(lambda x: {text}, {said(x)})"
            found, given = ran_once(names, "second", f, x, written)
            if isinstance(found, student):
                raise Failed(
                    f"{written} gives a Dual. Take the slope of the slope; both parts of the outer "
                    "Dual are Duals."
                )
            expect_plain(found, second(x), written, {
                "That is the first derivative. Differentiate it once more.": first(x),
                "That is the square of the slope. Differentiate the slope.": first(x) ** 2,
            })  # fmt: skip
            if is_real(given) or is_real(given.value):
                raise Failed(f"{written} runs f with {shown(given)}, and not with a Dual of Duals.")


def cheaper_way(names: Names, rng: Random) -> None:
    for inputs, outputs in ((1_000_000, 1), (1, 1000), (7, 3), (3, 7)):
        found = answer(names, "cheaper", inputs, outputs)
        right = "forward" if inputs < outputs else "reverse"
        if found != right:
            raise Failed(
                f"cheaper({inputs}, {outputs}) should be {right!r}, and yours is {found!r:.40}. "
                "Forward takes a pass for each input, reverse one for each output."
            )


def tapes(names: Names, rng: Random) -> None:
    for size in range(20):
        root = grown(rng, ("add", "mul"), 2 + size // 3)
        order = topological_order(root)
        place = {node: k for k, node in enumerate(order)}
        tape = [
            [(place[x], d) for x, d in zip(node.operands, slopes_of(node), strict=True)]
            for node in order
        ]
        written = f"backward_on_tape({tape})"
        found = numbers(
            answer(names, "backward_on_tape", tape, written=written), len(tape), written
        )
        right = on_tape(tape)
        if not all(map(same, found, right)):
            why = ""
            if all(map(same, found, on_tape(tape, adding=False))):
                why = f"\n\n{MISTAKES['assignment'].title} {MISTAKES['assignment'].why}"
            elif not any(found):
                why = " Nothing begins: the slope of the last line by itself is 1."
            elif not same(found[-1], 1.0):
                why = " The last line is the result: its slope by itself is 1."
            elif all(map(same, found, on_tape(tape, backward=False))):
                why = " Go through the lines from the last to the first."
            raise Failed(f"{written} should be {shown(right)}, and yours is {shown(found)}.{why}")


def slopes_of(node: Value) -> list[float]:
    """The local derivatives of a gate, by its numbers too: on a tape they are lines like others."""
    if node.op == "+":
        return [1.0, 1.0]
    return [round(x.data, 6) for x in node.operands[::-1]]


def on_tape(
    tape: list[list[tuple[int, float]]], adding: bool = True, backward: bool = True
) -> list[float]:
    grads = [0.0] * len(tape)
    grads[-1] = 1.0
    for line in range(len(tape))[:: -1 if backward else 1]:
        for used, local in tape[line]:
            grads[used] = grads[used] * adding + grads[line] * local
    return grads
