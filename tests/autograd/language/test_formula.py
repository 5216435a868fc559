"""The formulas that steps show: the table's rules, tidied as one would write them by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import OPERATIONS, Value, clip, hypot, maximum, minimum, parse, trace, where
from autograd.language.expression import PYTHON
from autograd.primitive import Operation

POINTS = {
    "asin": (0.3,),
    "acos": (0.3,),
    "atanh": (0.3,),
    "clip": (1.3, 0.7, 2.1),
    "leaky_relu": (-2.0, 0.1),
    "elu": (-2.0, 0.7),
    "where": (1.0, 2.0, 3.0),
}


def formulas(root: Value) -> list[str]:
    return [str(step.formula) for step in trace(root)[1:]]


def leaf(name: str, x: float) -> Value:
    return Value(x, label=name)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda a, b: a + b, ["∂d/∂a = 1", "∂d/∂b = 1"]),
        (lambda a, b: a - b, ["∂d/∂a = 1", "∂d/∂b = -1"]),
        (lambda a, b: a * b, ["∂d/∂a = b", "∂d/∂b = a"]),
        (lambda a, b: a / b, ["∂d/∂a = 1 / b", "∂d/∂b = -a / b²"]),
        (lambda a, b: a**b, ["∂d/∂a = b · a ** (b - 1)", "∂d/∂b = a ** b · log(a)"]),
        (lambda a, b: a**2, ["∂d/∂a = 2 · a"]),
        (lambda a, b: a**3, ["∂d/∂a = 3 · a²"]),
        (lambda a, b: 2 / b, ["∂d/∂b = -2 / b²"]),
        (lambda a, b: -a, ["∂d/∂a = -1"]),
        (lambda a, b: a.tanh(), ["∂d/∂a = 1 - d²"]),
        (lambda a, b: a.sigmoid(), ["∂d/∂a = d · (1 - d)"]),
        (lambda a, b: a.exp(), ["∂d/∂a = d"]),
        (lambda a, b: a.log(), ["∂d/∂a = 1 / a"]),
        (lambda a, b: a.sqrt(), ["∂d/∂a = 1 / (2 · d)"]),
        (lambda a, b: a.cos(), ["∂d/∂a = -sin(a)"]),
        (lambda a, b: a.relu(), ["∂d/∂a = 1, since a > 0"]),
        (lambda a, b: (-a).relu(), ["∂d/∂v1 = 0, since v1 ≤ 0", "∂v1/∂a = -1"]),
        (lambda a, b: abs(a), ["∂d/∂a = 1, since a > 0"]),
        (lambda a, b: abs(-a), ["∂d/∂v1 = -1, since v1 < 0", "∂v1/∂a = -1"]),
        (lambda a, b: abs(a - 2), ["∂d/∂v1 = 0, since v1 = 0", "∂v1/∂a = 1"]),
        (lambda a, b: a.leaky_relu(), ["∂d/∂a = 1, since a > 0"]),
        (lambda a, b: maximum(a, b), ["∂d/∂a = 0, since a < b", "∂d/∂b = 1, since a < b"]),
        (lambda a, b: minimum(a, a), ["∂d/∂a = 0.5, since a = a"] * 2),
        (lambda a, b: clip(a, -1, b), ["∂d/∂a = 1, since -1 ≤ a and a ≤ b",
                                       "∂d/∂b = 0, since a ≤ b and -1 ≤ b"]),
        (lambda a, b: clip(b, 0, 2), ["∂d/∂b = 0, since 0 ≤ b and b > 2"]),
        (lambda a, b: a % b, ["∂d/∂a = 1", "∂d/∂b = -(a // b)"]),
        (lambda a, b: a.square(), ["∂d/∂a = 2 · a"]),
        (lambda a, b: hypot(a, b), ["∂d/∂a = a / d", "∂d/∂b = b / d"]),
        (lambda a, b: where(0.0, a, b), ["∂d/∂a = 0", "∂d/∂b = 1"]),
    ],
)  # fmt: skip
def test_formulas_as_a_textbook_has_them(make: object, expected: list[str]) -> None:
    d = make(leaf("a", 2.0), leaf("b", 3.0))  # type: ignore[operator]
    d.label = "d"
    assert formulas(d) == expected


@pytest.mark.parametrize(
    ("p", "q", "forwards", "backwards"),
    [
        (2, 3, "a · 2 + 3", "3 + 2 · a"),
        (2, 0, "a · 2", "2 · a"),
        (1, 3, "a + 3", "3 + a"),
        (1, 0, "a", "a"),
        (0, 3, "3", "3"),
        (0, 0, "0", "0"),
    ],
)
def test_ones_and_zeros_that_do_nothing_are_left_out(
    p: float, q: float, forwards: str, backwards: str
) -> None:
    """Of the slope x p + q, and q + p x, of a parabola p x² / 2 + q x."""
    slopes: list[Callable[..., Any]] = [
        lambda out, x, p, q: x * p + q,
        lambda out, x, p, q: q + p * x,
    ]
    for slope, expected in zip(slopes, (forwards, backwards), strict=True):
        parabola = Operation(
            "parabola",
            lambda x, p, q: p * x * x / 2 + q * x,
            slope,
            lambda out, x, p, q: x * x / 2,
            lambda out, x, p, q: x,
            operands="x p q",
            summary="p x² / 2 + q x.",
        )
        d = parabola(leaf("a", 5.0), p, q)
        d.label = "d"
        assert formulas(d) == [f"∂d/∂a = {expected}"]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_formula_of_the_table_has_the_value_of_the_local_derivative(
    operation: Operation,
) -> None:
    numbers = POINTS.get(operation.name, (1.3, 0.7))[: len(operation.operands)]
    operands = [leaf(name, x) for name, x in zip("abc", numbers, strict=False)]
    out = operation(*operands)
    out.label = "d"
    known = {v.label: v.data for v in (*operands, out)}
    for step in trace(out)[1:]:
        written = step.formula.symbols(PYTHON)
        used = {name: x for name, x in known.items() if re.search(rf"\b{name}\b", written)}
        assert parse(written, **used).data == pytest.approx(step.local, rel=1e-12)
        numbers_put_in = step.formula.numbers(PYTHON)
        if numbers_put_in is not None:
            assert parse(numbers_put_in).data == pytest.approx(step.local, rel=1e-12)


def test_numbers_are_put_in_with_parentheses_around_signs() -> None:
    a, b = leaf("a", -2.0), leaf("b", 3.0)
    assert trace(a / b)[2].formula.numbers() == "-(-2) / 3²"
    assert trace(a**2)[1].formula.numbers() == "2 · (-2)"
    assert trace(b.tanh())[1].formula.numbers() == "1 - 0.9951²"


def test_a_formula_that_is_a_number_or_a_name_has_none_to_put_in() -> None:
    a, b = leaf("a", -2.0), leaf("b", 3.0)
    assert trace(a + b)[1].formula.numbers() is None
    assert trace(a * b)[1].formula.numbers() is None


def test_numbers_changed_since_are_not_put_in() -> None:
    a, b = leaf("a", -2.0), leaf("b", 3.0)
    steps = trace(a / b)
    b.data = 7.0
    assert steps[2].formula.numbers() is None
    assert steps[2].local == pytest.approx(2 / 9)


def test_a_name_with_operators_in_it_is_put_in_parentheses() -> None:
    step = trace(leaf("p + q", 2.0) * leaf("b", 3.0))[2]
    assert str(step.formula) == "∂v1/∂b = p + q"
    assert str(trace(leaf("p + q", 2.0) ** 2)[1].formula) == "∂v1/∂(p + q) = 2 · (p + q)"


def test_every_operation_has_its_rule_in_words_that_fit_on_a_line() -> None:
    for operation in OPERATIONS.values():
        for position in range(len(operation.operands)):
            sentence = operation.sentence(position)
            assert 10 < len(sentence) <= 68, operation.name
            assert sentence[0].islower()


def test_operands_with_rules_of_their_own_have_sentences_of_their_own() -> None:
    power = OPERATIONS["pow"]
    assert power.sentence(0) == "a power brings its exponent down and lowers it by one"
    assert "log of the base" in power.sentence(1)


def test_a_choice_is_not_settled_by_numbers_changed_since() -> None:
    x = leaf("x", 2.0)
    y = x.relu()
    y.label = "y"
    x.data = -5.0
    assert formulas(y) == ["∂y/∂x = 1"]


def test_nan_is_neither_above_nor_below() -> None:
    x, y = leaf("x", math.nan), leaf("y", 2.0)
    assert formulas(x.relu())[0] == "∂root/∂x = nan, since x is nan"
    assert formulas(maximum(y, x))[0].endswith("since x is nan")


def test_the_formulas_of_a_compiled_function_are_its_numbers() -> None:
    a, b = leaf("a", 2.0), leaf("b", 3.0)
    y = autograd.compile(lambda a, b: a * b)(a, b)
    y.label = "y"
    assert formulas(y) == ["∂y/∂a = 3", "∂y/∂b = 2"]
    assert str(trace(y, "forward")[0].formula) == "y = 6"
