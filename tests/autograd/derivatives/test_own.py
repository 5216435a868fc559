"""Operations of one's own: they step, draw, compile and differentiate like those of the table."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    DomainError,
    Operation,
    Value,
    draw_dot,
    exp,
    gradcheck,
    gradients,
    lesson,
    no_grad,
    operation,
    trace,
)
from autograd.derivatives.transforms import hessian


@operation(derivatives=[lambda out, x: 3 * x * x], words="a cube brings its 3 down")
def cube(x: Any) -> Any:
    """x to the third power.

    More about it.
    """
    return x * x * x


@operation
def bell(x: Any, width: Any = 1.0) -> Any:
    """A bell curve."""
    return exp(-(x * x) / (2 * width * width))


def test_it_is_one_node_with_a_name_words_and_a_signature() -> None:
    x = Value(2.0, label="x")
    y = cube(x)
    assert isinstance(cube, Operation)
    assert (y.op, y.operands, y.local_grads) == ("cube", (x,), (12.0,))
    assert cube.__doc__.startswith("cube(x): x to the third power.")
    assert cube.words == "a cube brings its 3 down"
    assert bell.signature == "bell(x, width=1.0)"
    assert cube(2) == 8.0


def test_it_steps_draws_and_has_a_lesson() -> None:
    x = Value(2.0, label="x")
    y = cube(x) + x
    formulas = [str(step.formula) for step in trace(y)]
    assert "∂v1/∂x = 3 · x²" in formulas
    assert "cube" in draw_dot(y).source
    assert "a cube brings its 3 down" in lesson(y).html
    assert "bell" in lesson(bell(x)).html


@given(st.floats(-2, 2), st.floats(0.5, 2))
def test_derivatives_left_out_come_from_the_function(x: float, width: float) -> None:
    node = bell(Value(x), Value(width))
    value = math.exp(-x * x / (2 * width * width))
    assert node.data == pytest.approx(value, rel=1e-12)
    assert node.local_grads[0] == pytest.approx(-x / width**2 * value, rel=1e-12, abs=1e-15)
    assert node.local_grads[1] == pytest.approx(x * x / width**3 * value, rel=1e-12, abs=1e-15)


def test_it_differentiates_twice_either_way() -> None:
    x = Value(2.0)
    (first,) = gradients(cube(x), [x])
    (second,) = gradients(first, [x])
    assert (first.data, second.data) == (12.0, 12.0)
    # d²/dx² e**(-x²/2) = (x² - 1) e**(-x²/2)
    assert hessian(bell)(0.5) == pytest.approx((0.25 - 1) * math.exp(-0.125), rel=1e-12)
    assert gradcheck(bell, (0.5, 1.5))


def test_operands_that_depend_on_each_other_are_told_apart() -> None:
    @operation
    def product(a: Any, b: Any) -> Any:
        """a * b."""
        return a * b

    x = Value(3.0)
    square = x * x
    by_x, by_square = gradients(product(x, square), [x, square])
    assert (by_square.data, by_x.data) == (3.0, 27.0)  # x * x² has the derivative 3 x²
    assert product(x, x).local_grads == (3.0, 3.0)


def test_it_compiles_and_the_tape_says_that_it_runs_in_python() -> None:
    w = Value(2.0)

    @autograd.compile
    def loss(x: Any) -> Any:
        return cube(w * x) + bell(x)

    result = loss(0.5)
    result.backward()
    assert result.data == pytest.approx(1 + math.exp(-0.125), rel=1e-15)
    assert w.grad == pytest.approx(3 * 0.5, rel=1e-15)
    assert repr(loss.tape).endswith("4 instructions, of which cube, bell run in Python>")
    assert loss(1.0).data == pytest.approx(8 + math.exp(-0.5), rel=1e-15)


def test_modes_hold_for_it() -> None:
    x = Value(2.0)
    with no_grad():
        assert cube(x).is_constant
        assert bell(x).is_constant
    assert bell(x).operands[0] is x


def test_it_may_be_a_method_of_value() -> None:
    @operation(method=True)
    def fourth_power_for_a_test(x: Any, scale: Any = 1.0) -> Any:
        """scale * x⁴."""
        return scale * x * x * x * x

    try:
        assert Value(2.0).fourth_power_for_a_test().data == 16.0  # type: ignore[attr-defined]
        assert Value(2.0).fourth_power_for_a_test(scale=2).data == 32.0  # type: ignore[attr-defined]
    finally:
        del Value.fourth_power_for_a_test  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="Value has a exp already"):
        operation(method=True)(Operation_named_exp)


def Operation_named_exp(x: Any) -> Any:  # noqa: N802
    return x


Operation_named_exp.__name__ = "exp"


def test_a_function_may_be_a_method_set_by_hand() -> None:
    Value.cubed = lambda v: cube(v)  # type: ignore[attr-defined]
    try:
        assert Value(2.0).cubed().data == 8.0  # type: ignore[attr-defined]
    finally:
        del Value.cubed  # type: ignore[attr-defined]


def test_a_point_without_a_value_is_an_error_that_names_it() -> None:
    @operation(derivatives=[lambda out, x: 1 / x], domain="a number above 0", remedy="add 1")
    def logarithm(x: float) -> float:
        """log(x)."""
        return math.log(x)

    x = Value(-1.0, label="x")
    with pytest.raises(
        DomainError, match=r"logarithm\(x\) does not exist at x = -1: a number above"
    ):
        logarithm(x)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x, "takes its name from a function written with def"),
        (3, "takes a function of numbers, not 3"),
        (exp, "takes a function of numbers, not <operation exp>"),
    ],
)
def test_what_cannot_be_one_is_named(function: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        operation(function)


def test_arguments_are_given_by_position() -> None:
    def total(*xs: Any) -> Any:
        return sum(xs)

    def nothing() -> float:
        return 1.0

    with pytest.raises(TypeError, match=r"total: .* by position; xs is not"):
        operation(total)
    with pytest.raises(TypeError, match="nothing takes no argument"):
        operation(nothing)
    with pytest.raises(TypeError, match="needs one derivative for each operand, not 2"):
        operation(derivatives=[lambda out, x: x] * 2)(number)


def number(x: float) -> float:
    return x


# ---- attributes and weak references, on either build --------------------------------------------


def test_a_node_takes_a_users_attributes() -> None:
    p = Value(1.0)
    p.m = 0.0  # type: ignore[attr-defined]
    p.m += 2.0  # type: ignore[attr-defined]
    assert p.m == 2.0  # type: ignore[attr-defined]
    assert vars(p) == {"m": 2.0}
    del p.m  # type: ignore[attr-defined]
    assert not hasattr(p, "m")
    with pytest.raises(AttributeError):
        del p.m  # type: ignore[attr-defined]
