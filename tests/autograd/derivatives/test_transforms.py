"""grad and its kin: against hand-worked numbers, mpmath and PyTorch's torch.func."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy
import pytest
from hypothesis import given
from programs import Program, programs, run
from surfaces import polar, rosenbrock

import autograd
from autograd import (
    AnomalyError,
    GraphError,
    Value,
    detect_anomaly,
    exp,
    gelu,
    grad,
    gradients,
    hessian,
    jacobian,
    jvp,
    no_grad,
    silu,
    tanh,
    value_and_grad,
)

Numbers = list[float]


# ---- gradients ----------------------------------------------------------------------------------


def test_derivatives_of_any_order_as_values() -> None:
    x = Value(0.0)
    derivative = exp(-(x**2))
    found = []
    for _ in range(4):
        (derivative,) = gradients(derivative, [x])
        found.append(derivative.data)
    assert found == [0.0, -2.0, 0.0, 12.0]


def test_the_third_derivative_of_a_square_is_zero_even_at_zero() -> None:
    for at in (0.0, 3.0):
        x = Value(at)
        derivative = x**2
        for expected in (2 * at, 2.0, 0.0, 0.0):
            (derivative,) = gradients(derivative, [x])
            assert derivative.data == expected


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_higher_derivatives_equal_mpmath(order: int) -> None:
    def by(library: Any, x: Any) -> Any:
        return library.sin(x) * library.exp(-x * x / 2) / (1 + x * x)

    x = Value(0.7)
    derivative = by(autograd, x)
    for _ in range(order):
        (derivative,) = gradients(derivative, [x])
    expected = mpmath.diff(lambda t: by(mpmath, t), 0.7, order)
    assert derivative.data == pytest.approx(float(expected), rel=1e-11)


@given(programs(most=10))
def test_gradients_equal_backward_on_random_graphs(program: Program) -> None:
    leaves = [Value(x) for x in program[0]]
    result = run(program, leaves)
    symbolic = [g.data for g in gradients(result, leaves)]
    assert [leaf.grad for leaf in leaves] == [0.0] * len(leaves)
    result.backward()
    assert symbolic == pytest.approx([leaf.grad for leaf in leaves], rel=1e-12, abs=1e-12)


@given(programs(most=6))
def test_second_derivatives_equal_pytorch_on_random_graphs(program: Program) -> None:
    torch = pytest.importorskip("torch")
    point = [x + 0.1234567 for x in program[0]]  # away from the kink of relu
    second = hessian(lambda v: run(program, v))(point)
    tensor = torch.tensor(point, dtype=torch.float64)
    expected = torch.autograd.functional.hessian(lambda v: run(program, list(v)), tensor).tolist()
    for row, expected_row in zip(second, expected, strict=True):
        assert row == pytest.approx(expected_row, rel=1e-8, abs=1e-8)


def test_gradients_with_respect_to_results_and_strangers() -> None:
    x, stranger = Value(3.0), Value(1.0)
    square = x * x
    by_square, by_x, by_stranger = gradients(square * 5, [square, x, stranger])
    assert (by_square.data, by_x.data, by_stranger.data) == (5.0, 30.0, 0.0)


def test_an_infinite_derivative_is_infinite_as_a_value_too() -> None:
    x = Value(0.0)
    assert gradients(x.sqrt(), [x])[0].data == math.inf


def test_zero_to_the_power_zero_is_as_flat_in_a_graph_as_in_backward() -> None:
    a, b = Value(0.0), Value(0.0)
    power = a**b
    assert [slope.data for slope in gradients(power, [a, b])] == [0.0, 0.0]  # as PyTorch has it
    power.backward()
    assert (a.grad, b.grad) == (0.0, 0.0)


def test_gradients_refuses_a_graph_whose_data_was_changed() -> None:
    x = Value(3.0, label="x")
    y = x * x
    x.data = 5.0
    with pytest.raises(GraphError, match=r"the data of a node below y was changed"):
        gradients(y, [x])


def test_gradients_names_what_is_not_a_value() -> None:
    with pytest.raises(TypeError, match=r"gradients differentiates by Values; xs\[1\] is 2"):
        gradients(Value(1.0), [Value(1.0), 2.0])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="gradients differentiates a Value, not float"):
        gradients(1.0, [])  # type: ignore[arg-type]


# ---- grad, value_and_grad -----------------------------------------------------------------------


def test_grad_of_numbers_gives_numbers() -> None:
    assert grad(tanh)(0.0) == 1.0
    assert grad(lambda a, b: a * b, argnum=1)(2.0, 3.0) == 2.0
    assert grad(lambda a, b: a * b, argnum=(1, 0))(2.0, 3.0) == (2.0, 3.0)
    assert grad(lambda a, scale=1.0: a * scale)(2.0, scale=5.0) == 5.0
    assert grad(lambda a: 7.0)(2.0) == 0.0


@pytest.mark.parametrize("kind", [list, tuple, numpy.array])
def test_the_gradient_is_like_the_argument(kind: Any) -> None:
    gradient = grad(rosenbrock)(kind([1.5, 2.0]))
    assert type(gradient) is type(kind([1.5, 2.0]))
    assert list(gradient) == pytest.approx([151.0, -50.0], rel=1e-14)


def test_arrays_work_with_numpys_functions() -> None:
    x = numpy.array([0.5, 1.0, 2.0])
    gradient = grad(lambda v: numpy.sum(numpy.exp(v) * v))(x)
    assert gradient == pytest.approx((x + 1) * numpy.exp(x), rel=1e-14)
    assert gradient.dtype == float


def test_value_and_grad_give_both() -> None:
    value, gradient = value_and_grad(rosenbrock)([1.5, 2.0])
    assert value == pytest.approx(6.5, rel=1e-14)
    assert gradient == pytest.approx([151.0, -50.0], rel=1e-14)


def test_derivatives_nest() -> None:
    cube = grad(grad(grad(lambda x: x**3)))
    assert cube(5.0) == 6.0
    assert grad(lambda x: value_and_grad(lambda y: y * y)(x)[1])(3.0) == 2.0


def test_nested_derivatives_keep_their_variables_apart() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda y: grad(lambda x: x * y)(2.0))(3.0) == 1.0


def test_values_given_are_differentiable_and_keep_their_gradients() -> None:
    x = Value(3.0)
    slope = grad(lambda v: v**3)(x)
    slope.backward()
    assert (slope.data, x.grad) == (27.0, 18.0)


def test_parameters_in_a_closure_are_numbers_to_grad() -> None:
    w = Value(5.0)
    assert grad(lambda x: w * x * x)(2.0) == 20.0
    assert w.grad == 0.0


def test_a_derivative_asked_for_inside_no_grad_is_still_one() -> None:
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert hessian(rosenbrock)([1.0, 1.0])[1][1] == 200.0
        x = Value(2.0)
        assert (x * x).is_constant


def test_wrong_use_is_named() -> None:
    with pytest.raises(TypeError, match=r"grad needs a function that gives one number; .*list of"):
        grad(polar)([1.0, 2.0])
    with pytest.raises(TypeError, match=r"grad differentiates by argument 1, but .* called with 1"):
        grad(tanh, argnum=1)(0.0)
    with pytest.raises(TypeError, match=r"argument 0 of grad must be a number, .* not str: 'x'"):
        grad(tanh)("x")
    with pytest.raises(
        TypeError, match=r"argument 0 of grad, \['w'\]\[2\] must be .* not str: 'x'"
    ):
        grad(rosenbrock)({"w": [1.0, 2.0, "x"]})
    with pytest.raises(TypeError, match=r"what the function gives must be a number, .* not None"):
        grad(lambda x: None)(1.0)


def test_an_error_inside_the_function_leaves_the_next_derivative_right() -> None:
    def broken(x: Value) -> Value:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        grad(broken)(1.0)
    assert grad(lambda x: grad(lambda y: y * y)(2.0))(1.0) == 0.0


# ---- where it is delicate ------------------------------------------------------------------------


def test_a_constant_argument_is_differentiated_by_like_any_other() -> None:
    slope = grad(lambda x: 3 * x)(Value(1.0))
    assert slope.is_constant
    assert grad(lambda x: x**2)(slope).data == 6.0
    with no_grad():
        point = Value(1.0) * 3
    assert hessian(lambda x: x**3)(point).data == 18.0
    nested = grad(lambda x: x * grad(lambda y: y**2)(grad(lambda z: 3 * z)(x)))
    assert nested(1.0) == 6.0


def test_gradients_inside_no_grad_can_be_differentiated_again() -> None:
    x = Value(2.0)
    cube = x**3
    with no_grad():  # as in PyTorch with create_graph
        (first,) = gradients(cube, [x])
        (second,) = gradients(first, [x])
    assert (first.data, second.data) == (12.0, 12.0)


def test_gradients_by_a_constant_say_that_nothing_depends_on_it() -> None:
    x = Value(3.0)
    c = x.detach()
    with pytest.raises(GraphError, match=r"xs\[0\] is a constant"):
        gradients(x * c, [c])
    assert [g.data for g in gradients(x * c, x)] == [3.0]


@pytest.mark.parametrize("a", [0.0, 5e-324, 1e-310, 5.6e-309, 5.5e-309, 1e-300, 2.0])
@pytest.mark.parametrize("b", [0.0, -0.0, 5e-324, 1.0, 2.0])
def test_a_power_is_differentiable_where_its_base_is_next_to_zero(a: float, b: float) -> None:
    x, y = Value(a), Value(b)
    power = x**y
    by_x, by_y = gradients(power, [x, y])
    assert (by_x.data, by_y.data) == pytest.approx(power.local_grads, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize(
    ("function", "flat"), [(gelu, -0.7517915246935645), (silu, -1.2784645427610738)]
)
def test_the_rule_says_what_the_engine_stored_where_its_terms_cancel(
    function: Callable[[Value], Value], flat: float
) -> None:
    x = flat
    for _ in range(5_000):
        x = math.nextafter(x, -math.inf)
    for _ in range(10_000):
        node = Value(x)
        result = function(node)
        assert gradients(result, node)[0].data == result.local_grads[0]
        x = math.nextafter(x, math.inf)


def test_an_overflowing_slope_has_the_right_sign() -> None:
    assert grad(lambda x: x**-2)(-1e-105) == math.inf
    assert grad(lambda x: x**-2)(1e-105) == -math.inf


def test_detect_anomaly_reaches_derivatives_of_functions() -> None:
    for derivative in (grad(autograd.sqrt), jacobian(autograd.sqrt)):
        with detect_anomaly(), pytest.raises(AnomalyError, match=r"at sqrt\("):
            derivative(0.0)
    x = Value(0.0)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"at sqrt\(x\)"):
        gradients(x.sqrt(), [x])


class Point(NamedTuple):
    x: Any
    y: Any


def test_a_named_tuple_stays_one() -> None:
    assert grad(lambda p: p.x * p.y)(Point(2.0, 3.0)) == Point(3.0, 2.0)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: grad(tanh)({3.0}), "argument 0 of grad must be a number, .* not set: {3.0}"),
        (lambda: grad(tanh)(numpy.array("x")), "argument 0 of grad must be a number"),
        (lambda: grad(tanh, argnum=(0, 0)), "argnum names a position twice"),
        (lambda: grad(tanh, argnum=1.0), "argnum is a position, or a sequence of them, not 1.0"),
        (lambda: grad(tanh, argnum=None), "argnum is a position"),
        (lambda: grad(tanh, argnum=-1), "argnum counts arguments from 0, not -1"),
        (
            lambda: grad(Value(2.0) * 2),
            r"grad takes a function, such as .*, not Value",
        ),
        (lambda: jacobian(3.0), r"jacobian takes a function, .* not 3\.0"),  # type: ignore[arg-type]
        (lambda: gradients(Value(1.0), 3.0), r"xs\[0\] is 3\.0"),  # type: ignore[arg-type]
        (lambda: jvp(tanh, (None,), (None,)), r"primals\[0\] must be a number"),
    ],
)
def test_wrong_arguments_are_named(use: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        use()


def test_argnum_may_be_a_numpy_integer() -> None:
    assert grad(lambda a, b: a * b, argnum=numpy.int64(1))(2.0, 3.0) == 2.0


def test_derived_functions_are_named_after_what_they_derive() -> None:
    assert grad(tanh).__name__ == "grad_of_tanh"
    assert grad(tanh).__doc__ == "The grad of tanh."
