"""Derivatives of compiled functions on tapes of their own: the numbers of eager ones, natively."""

from __future__ import annotations

import math
import pickle
import random
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
from autograd import (
    DomainError,
    Value,
    elementwise_grad,
    grad,
    gradients,
    hessian,
    hessian_vector_product,
    jacobian,
    value_and_grad,
)

W = [Value(0.3 * k - 0.7) for k in range(5)]
POINT = [0.4, -1.1, 0.6]


def loss(v: Any) -> Any:
    """Of three numbers, with parameters of its own."""
    layer = [(W[k] * v[0] + W[k + 1] * v[1] - v[2]).tanh() for k in range(4)]
    return sum(((x - 0.3) ** 2 for x in layer), v[0] * v[1] ** 3)


def count_of(function: Any) -> int:
    """How many nodes the tape of a derivative has."""
    nodes: int = function._compiled.tape.nodes
    return nodes


ALL: list[Callable[[Any], Any]] = [
    grad,
    value_and_grad,
    elementwise_grad,
    jacobian,
    hessian,
    lambda f: jacobian(grad(f)),
    lambda f: grad(lambda v: grad(f)(v)[1]),
    lambda f: jacobian(jacobian(hessian(f))),
]


@pytest.mark.parametrize("derivative", ALL, ids=range(len(ALL)))
@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_a_derivative_is_that_of_the_function_in_numbers_and_form(
    derivative: Callable[[Any], Any], kind: Callable[[Any], Any]
) -> None:
    compiled = derivative(autograd.compile(loss))
    before = W[2].data
    try:
        for shift in (0.0, 0.0, 0.25, -0.5):  # by the graph, recorded, replayed and replayed
            W[2].data = before + shift
            point = kind([x + shift for x in POINT])
            found, expected = compiled(point), derivative(loss)(point)
            assert type(found) is type(expected)
            np.testing.assert_allclose(flat(found), flat(expected), rtol=1e-12, atol=1e-13)
    finally:
        W[2].data = before


def flat(x: Any) -> list[float]:
    return [y for e in x for y in flat(e)] if isinstance(x, (list, tuple)) else np.ravel(x).tolist()


def test_it_is_the_derivative() -> None:
    def formula(x: Any, y: Any) -> Any:
        return mpmath.exp(x * y) * mpmath.sin(x) + x**3 / y

    compiled = autograd.compile(lambda v: (v[0] * v[1]).exp() * v[0].sin() + v[0] ** 3 / v[1])
    second, third = hessian(compiled), jacobian(hessian(compiled))
    of_two = [[(2, 0), (1, 1)], [(1, 1), (0, 2)]]  # how often by x and by y
    for point in ((0.5, 1.5), (0.5, 1.5), (-1.25, 0.75), (2.0, -0.5)):
        with mpmath.workdps(60):
            wanted = [[float(mpmath.diff(formula, point, n)) for n in row] for row in of_two]
            by_x = [
                [float(mpmath.diff(formula, point, (n + 1, m))) for n, m in row] for row in of_two
            ]
        np.testing.assert_allclose(second(list(point)), wanted, rtol=1e-12)
        np.testing.assert_allclose(third(list(point))[0], by_x, rtol=1e-12)


def test_a_newton_step_runs_on_a_tape() -> None:
    compiled = autograd.compile(loss)
    steps = 0
    point, largest = [*POINT], 1.0
    tapes = set()
    while largest > 1e-12 and steps < 30:
        slope, curvature = grad(compiled)(point), hessian(compiled)(point)
        shifted = np.array(curvature) + 0.5 * np.eye(3)
        point = (np.array(point) - np.linalg.solve(shifted, slope)).tolist()
        largest = max(map(abs, grad(compiled)(point)))
        steps += 1
        if steps > 1:
            tapes.add(id(hessian(compiled)._compiled.tape))  # type: ignore[attr-defined]
    assert largest <= 1e-12 or steps == 30
    assert len(tapes) == 1
    assert hessian(compiled) is hessian(compiled)
    assert hessian(compiled) is not hessian(compiled, [0])
    assert count_of(hessian(compiled)) > 100


def test_what_else_a_derivative_takes() -> None:
    both = autograd.compile(lambda a, b: (a * W[0]).tanh() * b["x"] + b["y"] * a * a)
    plain = both.function
    assert plain is not None
    for _ in range(3):
        for derivative in (
            lambda f: value_and_grad(f, (0, 1))(0.3, {"x": 2, "y": 3.0}),
            lambda f: grad(f, argnums=[1])(0.3, {"x": 2, "y": 3.0}),
            lambda f: grad(f, 1)(0.3, b={"x": 2, "y": 3.0}),
            lambda f: hessian_vector_product(f)(0.3, {"x": 2, "y": 3.0}, 5.0),
            lambda f: grad(lambda a, b: (f(a, b), f(a, b)), has_aux=True)(0.3, {"x": 2, "y": 1}),
        ):
            assert derivative(both) == derivative(plain)


def test_values_and_functions_being_compiled_get_graphs() -> None:
    compiled = autograd.compile(lambda x: (W[1] * x).sin() * x)
    slope = grad(compiled)
    assert [slope(0.5) for _ in range(3)] == [grad(compiled.function)(0.5)] * 3
    x = Value(0.5)
    y = slope(x)
    assert gradients(y, [x])[0].data == pytest.approx(hessian(compiled.function)(0.5), rel=1e-12)
    around = autograd.compile(lambda x: slope(x) * W[2])
    assert around(x).data == pytest.approx(slope(0.5) * W[2].data, rel=1e-15)
    assert grad(lambda t: slope(0.5) * t)(2.0) == slope(0.5)


def test_a_tape_that_was_drawn_stays_as_it_is() -> None:
    """The derivative is of what was recorded, not of what the function would do now."""
    rng = random.Random(0)
    compiled = autograd.compile(lambda x: x * x * rng.random())
    factor = compiled(1.0).data
    assert [grad(compiled)(3.0) for _ in range(3)] == [6.0 * factor] * 3


def sharp(x: Any) -> Any:
    return x**1.5


def test_where_a_derivative_is_infinite_it_is_what_it_is_of_any_function() -> None:
    second = hessian(autograd.compile(sharp))
    assert [second(x) for x in (1.0, 1.0, 0.0, 4.0)] == [0.75, 0.75, math.inf, 0.375]
    slope = grad(autograd.compile(lambda x: x.log()))
    assert [slope(2.0), slope(2.0)] == [0.5, 0.5]
    with pytest.raises(DomainError):
        slope(-1.0)


def test_one_without_its_source_has_derivatives() -> None:
    compiled = autograd.compile(lambda x: x**3 + W[0])
    compiled(1.0)
    copy = pickle.loads(pickle.dumps(compiled))
    assert [hessian(copy)(2.0) for _ in range(3)] == [12.0] * 3
    assert repr(hessian(copy)).startswith("<jacobian_of_grad_of_")


def test_errors_are_those_of_any_derivative() -> None:
    slope = grad(autograd.compile(lambda x: [x, x]))
    for _ in range(3):
        with pytest.raises(TypeError, match="one number"):
            slope(1.0)
    with pytest.raises(TypeError, match="argnum is a position"):
        grad(autograd.compile(sharp), "x")  # type: ignore[arg-type]


def test_a_derivative_that_would_be_long_has_no_tape() -> None:
    def chain(v: Any) -> Any:
        total = v[0]
        for k in range(400):
            total = (total * v[k % 300]).sin()
        return total

    second = hessian(autograd.compile(chain))
    slope = grad(autograd.compile(chain))
    point = [1.0] * 300
    assert slope(point) == slope(point) == grad(chain)(point)
    assert count_of(slope) > 400
    assert second(point) == second(point)
    assert not second._compiled._tapes.replays  # type: ignore[attr-defined]


def test_a_derivative_by_c() -> None:
    compiled = autograd.compile(loss, backend="c")
    second = hessian(compiled)
    found = [second(POINT) for _ in range(3)]
    np.testing.assert_allclose(found, [hessian(loss)(POINT)] * 3, rtol=1e-12)
    assert second._compiled.backend != "kernel"  # type: ignore[attr-defined]  # but c, by and by
