"""jacobian, hessian, jvp and vjp: against numbers worked by hand, and against each other."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from surfaces import polar, rosenbrock

import autograd
from autograd import Value, grad, hessian, jacobian, jvp, tanh, vjp

Numbers = list[float]


# ---- jacobian, hessian --------------------------------------------------------------------------


def test_jacobian_has_a_row_for_each_output() -> None:
    r, t = 2.0, 0.3
    rows = jacobian(polar)([r, t])
    expected = [[math.cos(t), -r * math.sin(t)], [math.sin(t), r * math.cos(t)]]
    assert rows == [pytest.approx(row, rel=1e-14) for row in expected]
    assert jacobian(rosenbrock)([1.0, 1.0]) == [0.0, 0.0]
    assert jacobian(lambda x: (x, x * x))(3.0) == (1.0, 6.0)
    assert jacobian(tanh)(0.0) == 1.0


def test_jacobian_of_arrays_is_an_array() -> None:
    x = numpy.array([1.0, 2.0, 3.0])
    matrix = jacobian(lambda v: v**2)(x)
    assert matrix.dtype == float
    assert matrix.tolist() == numpy.diag(2 * x).tolist()
    assert hessian(lambda v: numpy.sum(v**3))(x).tolist() == numpy.diag(6 * x).tolist()


def test_hessian_by_hand() -> None:
    assert hessian(rosenbrock)([1.5, 2.0]) == [
        pytest.approx([1902.0, -600.0], rel=1e-13),
        pytest.approx([-600.0, 200.0], rel=1e-13),
    ]
    assert hessian(lambda x: x**3)(2.0) == 12.0


# ---- jvp, vjp -----------------------------------------------------------------------------------

points = st.lists(st.floats(-2, 2), min_size=2, max_size=2)


@given(points, points, points)
def test_jvp_and_vjp_are_the_two_sides_of_the_jacobian(
    at: Numbers, tangent: Numbers, cotangent: Numbers
) -> None:
    matrix = numpy.array(jacobian(polar)(at))
    value, moved = jvp(polar, (at,), (tangent,))
    assert value == [y.data for y in polar([Value(x) for x in at])]
    assert moved == pytest.approx(list(matrix @ tangent), abs=1e-12)
    value_too, pull_back = vjp(polar, at)
    assert value_too == value
    assert pull_back(cotangent)[0] == pytest.approx(list(cotangent @ matrix), abs=1e-12)


def test_jvp_and_vjp_of_several_arguments() -> None:
    def f(a: Any, b: Any) -> Any:
        return a * b

    assert jvp(f, (2.0, 3.0), (1.0, 10.0)) == (6.0, 23.0)
    value, pull_back = vjp(f, 2.0, 3.0)
    assert (value, pull_back(2.0)) == (6.0, (6.0, 4.0))


def test_jvp_goes_through_a_compiled_function() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * y.sin() + x / y

    expected = jvp(f, (2.0, 0.5), (1.0, -3.0))
    assert jvp(autograd.compile(f), (2.0, 0.5), (1.0, -3.0)) == pytest.approx(expected, rel=1e-14)


def test_jvp_and_vjp_nest() -> None:
    along = grad(lambda x: jvp(lambda y: y**3, (x,), (1.0,))[1])
    assert along(2.0) == 12.0
    back = grad(lambda x: vjp(lambda y: y**3, x)[1](1.0)[0])
    assert back(2.0) == 12.0


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"each tangent must be like its argument: .*list of 2"):
        jvp(polar, ([1.0, 2.0],), ([1.0],))
    with pytest.raises(TypeError, match="jvp takes primals as a tuple"):
        jvp(tanh, 1.0, 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"the cotangent must be like f's value: .*list of 2"):
        vjp(polar, [1.0, 2.0])[1]([1.0])


def test_a_pull_back_is_differentiable_each_time() -> None:
    _, pull_back = vjp(autograd.sin, 1.0)
    for _ in range(3):
        assert grad(lambda u: pull_back(u)[0])(5.0) == pytest.approx(math.cos(1.0), rel=1e-15)
    weight = Value(2.0)
    pull_back(weight)[0].backward()
    assert weight.grad == pytest.approx(math.cos(1.0), rel=1e-15)


def test_the_hessian_of_a_power_where_the_exponent_is_zero() -> None:
    log_half = math.log(0.5)
    assert hessian(lambda v: v[0] ** v[1])([0.5, 0.0]) == [
        [0.0, pytest.approx(2.0)],
        [pytest.approx(2.0), pytest.approx(log_half**2)],
    ]
    assert hessian(lambda v: v[0] ** v[1])([0.0, 0.0])[0][0] == 0.0
