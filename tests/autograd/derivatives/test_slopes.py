"""check_slope: a node's gradient beside the finite difference at that node."""

from __future__ import annotations

import math

import pytest

from autograd import Value, trace
from autograd.derivatives.slopes import SlopeCheck, check_slope
from autograd.primitive import Operation


def slope_of(root: Value, x: Value) -> SlopeCheck:
    return check_slope(root, x, trace(root).adjoint(x), "x")


@pytest.mark.parametrize("x", [1.0, 1e-9, 1e-12, 0.0])
def test_a_wrong_slope_differs_even_at_tiny_numbers(x: float) -> None:
    shift = Operation("shift", lambda x: x + 5, lambda out, x: 3.0, summary="x + 5.")
    node = Value(x)
    check = slope_of(shift(node), node)
    assert not check
    assert check.numerical == pytest.approx(1.0)


@pytest.mark.parametrize("x", [1e6, -1e6, 700.0])
def test_a_steep_function_is_not_a_kink_and_agrees(x: float) -> None:
    near, far = Value(x), Value(x / 1e4)
    assert slope_of(near.sin(), near)
    assert slope_of((far * 1e4).sin(), far)


def test_what_rounding_hides_is_not_called_right_or_wrong() -> None:
    x = Value(2.0)
    check = slope_of((x + 1e14) - 1e14, x)
    assert not check
    assert str(check) == "the gradient of x cannot be checked: rounding hides the difference"


def test_infinities_of_one_sign_agree() -> None:
    x = Value(2.0)
    assert check_slope(x * 3, x, math.inf, "x", seed=math.inf)
