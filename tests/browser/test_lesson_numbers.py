"""Every number on a page is the one that Python has, for the inputs given and for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lessons import Expected
from shown import (
    WALK,
    Open,
    check_all,
    check_moment,
    network,
    neuron,
)

from autograd import Value, parse
from autograd.primitive import Operation

EXPRESSIONS = [
    ("f = (a*b)*(a+b)", {"a": -2, "b": 3}),
    ("a*b + maximum(a, b)", {"a": 2, "b": 2}),  # a tie
    ("relu(a) + abs(b) + minimum(a, b)", {"a": 0, "b": -1.5}),  # at a kink, and beside one
    ("leaky_relu(a) * elu(b) + elu(a) * leaky_relu(b)", {"a": -2, "b": 0.7}),
    ("x**3 / (y**x + 1) - 2**y", {"x": 1.5, "y": 0.25}),
    ("log(x) + sqrt(x*y) - 1/y**2", {"x": 0.3, "y": 7}),
    ("gelu(x) * silu(y) + softplus(-x) * erf(y)", {"x": -1.25, "y": 0.4}),
    ("p = x*x; q = p + p; q*p - x", {"x": -0.1}),  # an operand twice in a gate
    ("rate * x**2 - 1.5e-7 / x", {"rate": 6.02e23, "x": -1.0625}),
    ("1/(1 + exp(-(w0*x0 + w1*x1 + w2)))", {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}),
]


# ---- every number -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)))
def test_every_number_of_an_expression_at_every_step(lesson_page: Open, number: int) -> None:
    text, values = EXPRESSIONS[number]
    root = parse(text, **values)
    check_all(lesson_page(root), Expected(root))


@pytest.mark.parametrize("make", [neuron, network])
def test_every_number_of_a_network_at_every_step(
    lesson_page: Open, make: Callable[[], Value]
) -> None:
    root = make()
    check_all(lesson_page(root, title="A network", at="#step=0&open=all"), Expected(root))


# ---- other inputs -------------------------------------------------------------------------------


def open_inputs(page: Any) -> None:
    page.get_by_text("Change the inputs").click()


@pytest.mark.parametrize(
    ("number", "typed", "values"),
    [
        (0, {"a": "1/3", "b": "−2.5e-1"}, {"a": 1 / 3, "b": -0.25}),
        (1, {"b": "2.5"}, {"b": 2.5}),  # off the tie
        (2, {"b": "0", "a": "-7"}, {"b": 0, "a": -7}),  # on another kink
        (3, {"a": ".5", "b": "-1"}, {"a": 0.5, "b": -1}),  # other branches
        (4, {"x": "2", "y": "-1"}, {"x": 2, "y": -1}),
        (5, {"x": "4"}, {"x": 4}),
        (6, {"x": "3.5", "y": "-2.25"}, {"x": 3.5, "y": -2.25}),
    ],
)
def test_a_changed_input_changes_every_number(
    lesson_page: Open, number: int, typed: dict[str, str], values: dict[str, float]
) -> None:
    text, given = EXPRESSIONS[number]
    page = lesson_page(parse(text, **given))
    open_inputs(page)
    for name, x in typed.items():
        page.get_by_label(name, exact=True).fill(x)
        page.keyboard.press("Enter")
    check_all(page, Expected(parse(text, **{**given, **values})))
    page.get_by_role("button", name="Reset").click()
    page.keyboard.press("End")
    again = Expected(parse(text, **given))
    check_moment(page.evaluate(WALK, ["ArrowLeft", 1])[0], again, again.last)


def test_a_slider_changes_every_number(lesson_page: Open) -> None:
    text, values = EXPRESSIONS[0]
    page = lesson_page(parse(text, **values))
    open_inputs(page)
    page.get_by_label("b, by sliding").fill("-4.5")
    assert page.get_by_label("b", exact=True).input_value() == "-4.5"
    check_all(page, Expected(parse(text, a=-2, b=-4.5)))


@pytest.mark.parametrize(
    ("expression", "typed", "message"),
    [
        ("f = log(x) * 2", "-1", "v1 does not exist at x = -1: log needs a number above 0."),
        ("f = 2 / x", "0", "f does not exist at x = 0: the divisor must not be 0."),
        ("f = exp(x) + 1", "1e9", "v1 does not exist at x = 1e+09, or is too large."),
        ("f = exp(x) + 1", "two", "x: That is not a number; type one such as -0.5, 2e-3 or 1/3."),
        ("f = exp(x) + 1", "1/0", "x: That is not a number; type one such as -0.5, 2e-3 or 1/3."),
        ("f = exp(x) + 1", "", "x: That is not a number; type one such as -0.5, 2e-3 or 1/3."),
    ],
)
def test_where_no_value_exists_the_page_says_so_and_keeps_its_numbers(
    lesson_page: Open, expression: str, typed: str, message: str
) -> None:
    root = parse(expression, x=1.5)
    page = lesson_page(root, at="#step=99")
    open_inputs(page)
    page.get_by_label("x", exact=True).fill(typed)
    page.keyboard.press("Enter")
    assert page.locator("#wrong").inner_text().startswith(message)
    assert page.get_by_label("x", exact=True).input_value() == "1.5"
    expected = Expected(root)
    page.evaluate(WALK, ["End", 1])
    check_moment(page.evaluate(WALK, ["ArrowLeft", 1])[0], expected, expected.last)
    page.get_by_label("x", exact=True).fill("2")
    page.keyboard.press("Enter")
    assert page.locator("#wrong").inner_text() == ""


def test_an_operation_that_is_not_of_the_table_is_shown_and_not_changed(
    lesson_page: Open,
) -> None:
    cube = Operation("cube", lambda x: x**3, lambda out, x: 3 * x**2, summary="x cubed.")
    x = Value(-2.0, label="x")
    root = cube(x) * x
    page = lesson_page(root)
    assert not page.get_by_text("Change the inputs").is_visible()
    check_all(page, Expected(root))
