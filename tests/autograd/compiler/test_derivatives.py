"""Derivatives of compiled functions, and derivatives inside of them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import Program, programs, run

import autograd
from autograd import (
    DomainError,
    RecordingError,
    Value,
    detect_anomaly,
    elementwise_grad,
    grad,
    gradients,
    hessian,
    hessian_vector_product,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
)
from nn import MLP, SGD, mse_loss

W = Value(0.7, label="w")


def curve(a: Any, b: Any) -> Any:
    return (a * W).tanh() * b[0] + b[1] * a * a


# ---- of a compiled function ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "derivative",
    [
        lambda f: jvp(f, (0.3, [2.0, 3.0]), (1.0, [0.5, -1.0])),
        lambda f: vjp(f, 0.3, [2.0, 3.0])[1](2.0),
        lambda f: value_and_grad(f, (0, 1))(0.3, b=[2.0, 3.0]),
        lambda f: jacobian(f, 1)(0.3, [2.0, 3.0]),
        lambda f: hessian(f, (0, 1))(0.3, [2.0, 3.0]),
        lambda f: hessian_vector_product(f)(0.3, [2.0, 3.0], 5.0),
        lambda f: elementwise_grad(f)(0.3, [2.0, 3.0]),
        lambda f: grad(lambda a: jvp(f, (a, [a, 3.0]), (a, [0.5, -1.0]))[1])(0.3),
        lambda f: jvp(lambda a: f(a, [a, a]), (0.3,), (1.0,)),
        lambda f: grad(f, 1)(0.3, np.array([2.0, 3.0])).tolist(),
        lambda f: grad(grad(grad(lambda a: f(a, (a, 1.0)))))(0.3),
    ],
    ids=range(11),
)
def test_every_derivative_of_a_compiled_function(derivative: Callable[..., Any]) -> None:
    compiled = autograd.compile(curve)
    for _ in range(2):
        found, expected = (flat(derivative(f)) for f in (compiled, curve))
        assert found == pytest.approx(expected, rel=1e-12)


def flat(x: Any) -> list[float]:
    return [y for entry in x for y in flat(entry)] if isinstance(x, (list, tuple)) else [x]


def test_a_derivative_along_a_mean() -> None:
    compiled = autograd.compile(lambda x: (W * x).tanh() * x)
    value, slope = jvp(lambda a: compiled.mean([a, 2 * a]), (0.3,), (1.0,))
    expected = jvp(lambda a: ((W * a).tanh() * a + (W * 2 * a).tanh() * 2 * a) / 2, (0.3,), (1.0,))
    assert (value, slope) == (pytest.approx(expected[0]), pytest.approx(expected[1], rel=1e-13))


# ---- inside a compiled function -----------------------------------------------------------------

C = Value(2.0).detach()
FROZEN = Value(3.0)
FROZEN.requires_grad = False


@pytest.mark.parametrize(
    "function",
    [
        lambda x: grad(lambda t: t**3)(x),
        lambda x: gradients(x**3 * W, [x])[0] * gradients(x**3 * W, [W])[0],
        lambda x: x * grad(lambda t: W * t**2)(3.0),
        lambda x: value_and_grad(lambda t: t.sin() * x)(x)[1] + value_and_grad(autograd.sin)(x)[0],
        lambda x: hessian(lambda v: v[0] ** 2 * v[1] * x)([x, 2.0])[0][1],
        lambda x: jvp(lambda t: t.tanh() * x, (x,), (x * 2,))[1],
        lambda x: vjp(lambda t: [t.tanh() * x, t], x)[1]([x, 1.0])[0],
        lambda x: hessian_vector_product(lambda v: v["a"] ** 3 * v["b"])(
            {"a": x, "b": W}, {"a": 1.0, "b": x}
        )["a"],
        lambda x: np.sum(jacobian(lambda v: v**2)(np.array([x, W]))),
        lambda x: grad(lambda t: t * grad(lambda s: s**3 * t)(t))(x),
        lambda x: grad(autograd.compile(lambda t: t**3 * W))(x),
        lambda x: gradients(x**C, [x])[0] + gradients(x**FROZEN, x)[0],
        lambda x: grad(lambda t: t * t * x)(C) * grad(lambda t: t**2)(FROZEN),
        lambda x: gradients(autograd.maximum(x, W) * x, [x])[0],
        lambda x: gradients(abs(x - 0.5).relu() ** 3.5, [x])[0],
        lambda x: sum(gradients((x * x + 1) ** (x + W), [x, W])),
        lambda x: grad(lambda t: autograd.where((t - W).step(), t**3, t.exp()))(x),
        lambda x: grad(lambda t: (t * t, t), has_aux=True)(x)[1] * x,
    ],
    ids=range(18),
)
def test_a_derivative_in_a_compiled_function_follows_its_arguments(
    function: Callable[..., Any],
) -> None:
    compiled = autograd.compile(function)
    before = [p.data for p in (W, C, FROZEN)]
    try:
        for x, w, c in ((2.0, 0.7, 2.0), (-1.5, 0.7, 2.0), (0.5, 0.5, 2.0), (0.0, -1.25, 4.0)):
            W.data, C.data, FROZEN.data = w, c, c + 1
            ours, theirs = Value(x), Value(x)
            found, expected = compiled(ours), function(theirs)
            assert found.data == pytest.approx(expected.data, rel=1e-12, abs=1e-12)
            again, too = (gradients(y, [v])[0] for y, v in ((found, ours), (expected, theirs)))
            assert again.data == pytest.approx(too.data, rel=1e-12, abs=1e-12)
    finally:
        W.data, C.data, FROZEN.data = before
    assert len(compiled._tapes.replays) == 1


@pytest.mark.parametrize("structure", [True, False])
@given(program=programs(most=10), moved=st.lists(st.floats(-2, 2), min_size=4, max_size=4))
def test_derivatives_of_random_programs_at_other_points(
    program: Program, moved: list[float], structure: bool
) -> None:
    numbers, _ = program
    parameters = [Value(x) for x in numbers[1:]]

    def function(x: Any) -> Any:
        y = run(program, [x, *parameters])
        first = gradients(y, [x, *parameters])
        second = gradients(sum(first), [x, *parameters])
        along = jvp(lambda t: run(program, [t, *parameters]), (x,), (y,))[1]
        return sum(first, y) + sum(k * g for k, g in enumerate(second, 1)) + along

    compiled = autograd.compile(function, structure=structure)
    compiled(numbers[0])
    for parameter, number in zip(parameters, moved[1:], strict=False):
        parameter.data = number
    ours, theirs = Value(moved[0]), Value(moved[0])
    found, expected = compiled(ours), function(theirs)
    assert repr(found.data) == repr(expected.data)
    found.backward()
    by_parameter = [p.grad for p in parameters]
    for parameter in parameters:
        parameter.zero_grad()
    expected.backward()
    largest = max(abs(x) for x in (1.0, theirs.grad, *[p.grad for p in parameters]))
    wanted = [theirs.grad, *[p.grad for p in parameters]]
    assert [ours.grad, *by_parameter] == pytest.approx(wanted, rel=1e-9, abs=1e-9 * largest)


def test_a_gradient_penalty_trains_as_it_does_uncompiled() -> None:
    models = [MLP(2, [4, 1], activation="tanh", rng=random.Random(0)) for _ in range(2)]

    def penalised(model: Any) -> Callable[..., Any]:
        def loss(x: Any, y: Any) -> Any:
            fit = mse_loss([model(x)], [y])
            by_input = grad(model)(x)
            by_weight = gradients(fit, model.parameters())
            return fit + 0.1 * sum(g * g for g in by_input) + 0.01 * sum(g * g for g in by_weight)

        return loss

    compiled, eager = autograd.compile(penalised(models[0])), penalised(models[1])
    optimisers = [SGD(model.parameters(), lr=0.1) for model in models]
    rows = [([0.0, 1.0], 1.0), ([1.0, 1.0], 0.0), ([0.5, -1.0], 1.0)]
    as_values = [([Value(x) for x in row], Value(y)) for row, y in rows]  # as they are in a tape
    for _ in range(5):
        losses = [compiled.mean(rows), sum(eager(*row) for row in as_values) / 3]
        for loss, optimiser in zip(losses, optimisers, strict=True):
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        assert losses[0].data == pytest.approx(losses[1].data, rel=1e-12)
    for p, q in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert p.data == pytest.approx(q.data, rel=1e-11)


def test_a_derivatives_poles_are_limits_inside_too() -> None:
    huge = autograd.compile(grad(autograd.erf))
    huge(1.0)
    assert huge(1e200).data == grad(autograd.erf)(1e200) == 0.0  # though x * x overflows
    assert huge.mean([1e200] * 9).data == 0.0
    steep = autograd.compile(grad(autograd.sqrt))
    assert steep(4.0).data == 0.25
    with pytest.raises(DomainError, match="the result is inf"):
        steep(0.0)
    mixed = autograd.compile(lambda x: grad(autograd.erf)(x) + x * x)
    mixed(1.0)
    with pytest.raises(DomainError, match=r"x \* x exceeds"):  # which is no derivative
        mixed(1e200)


def test_modes_around_do_not_matter() -> None:
    compiled = autograd.compile(lambda x: grad(lambda t: t**3)(x))
    with no_grad():
        assert compiled(2.0).data == 12.0
    with detect_anomaly():
        assert autograd.compile(lambda x: gradients(x**3, [x])[0])(2.0).data == 12.0

    @autograd.compile
    def inside(x: Value) -> Value:
        with no_grad():
            return grad(lambda t: t**3)(x)

    assert (inside(2.0).data, inside(3.0).data) == (12.0, 27.0)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ((x * x).backward(), x)[1],
        lambda x: x * x.grad,
        lambda x: x * (x * x).local_grads[0],
    ],
)
def test_what_cannot_be_recorded_says_what_to_do_instead(function: Callable[..., Any]) -> None:
    with pytest.raises(RecordingError, match=r"use gradients\(y, \[x\]\), or grad of a function"):
        autograd.compile(function)(1.0)


def test_a_gradient_through_what_was_computed_outside_is_refused() -> None:
    w = Value(2.0)
    square = w * w
    compiled = autograd.compile(lambda x: gradients(x * square, [w])[0])
    with pytest.raises(RecordingError, match="through a result of mul that was comp"):
        compiled(1.0)
    by_result = autograd.compile(lambda x: gradients(x * square * square, [square])[0])
    assert by_result(3.0).data == 24.0  # by the result itself, not through it


def test_the_line_named_is_the_callers() -> None:
    def choosing(t: Value) -> Value:
        return t if t > 0 else -t

    for derivative in (grad(choosing), lambda x: jvp(choosing, (x,), (1.0,))[1]):
        with pytest.raises(RecordingError, match=r"test_derivatives\.py, line .*the number of"):
            autograd.compile(derivative)(1.0)


def test_the_tape_shows_the_derivative() -> None:
    compiled = autograd.compile(grad(lambda t: t * t))
    assert compiled(3.0).data == 6.0
    assert compiled.tape.inputs == ("x0",)
    assert math.isclose(compiled(4.0).data, 8.0)
