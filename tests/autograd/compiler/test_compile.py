"""compile: a compiled function gives the numbers and the gradients that the eager engine gives."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import Program, programs, run
from sameness import assert_same, gradients_of, mean

import autograd
from autograd import OPERATIONS, DomainError, Operation, Value, gradients, no_grad
from nn import MLP, SGD, mse_loss

# ---- the same numbers as the eager engine -------------------------------------------------------

OPERANDS = st.floats(-3, 3) | st.sampled_from([0.0, 1.0, -1.0, 2.0, -0.0])


@pytest.mark.parametrize("structure", [True, False])
@pytest.mark.parametrize("name", OPERATIONS)
@given(numbers=st.lists(st.tuples(OPERANDS, OPERANDS, OPERANDS), min_size=1, max_size=17))
def test_every_operation_gives_what_the_eager_engine_gives(
    name: str, structure: bool, numbers: list[tuple[float, float, float]]
) -> None:
    operation = OPERATIONS[name]
    compiled = autograd.compile(lambda *xs: operation(*xs), structure=structure)
    count = len(operation.operands)
    good = []
    for row in numbers:
        xs = [Value(x) for x in row[:count]]
        try:
            eager = operation(*xs)
        except DomainError:
            continue
        assert_same(compiled(*xs), eager, xs)
        good.append(row[:count])
    if good:
        rows = [tuple(map(Value, row)) for row in good]
        leaves = [x for row in rows for x in row]
        try:
            eager = mean([operation(*row) for row in rows])
        except DomainError:
            with pytest.raises(DomainError):
                compiled.mean(rows)
        else:
            assert_same(compiled.mean(rows), eager, leaves)


@pytest.mark.parametrize("structure", [True, False])
@given(program=programs())
def test_random_graphs_give_what_the_eager_engine_gives(program: Program, structure: bool) -> None:
    numbers, _ = program
    parameters = [Value(x) for x in numbers[1:]]
    compiled = autograd.compile(lambda x: run(program, [x, *parameters]), structure=structure)
    x = Value(numbers[0])
    assert_same(compiled(x), run(program, [x, *parameters]), parameters, [x])
    parameters_moved = [0.5 - parameter.data for parameter in parameters]
    for parameter, number in zip(parameters, parameters_moved, strict=True):
        parameter.data = number
    rows = [Value(numbers[0] + k / 8) for k in range(19)]
    eager = mean([run(program, [row, *parameters]) for row in rows])
    assert_same(compiled.mean(rows), eager, parameters, rows)


def test_an_optimiser_step_is_seen() -> None:
    model = MLP(2, [8, 1], activation="tanh", rng=random.Random(0))
    twin = copy.deepcopy(model)
    rows, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    loss = autograd.compile(lambda x, y: mse_loss([model(x)], [y]))
    ours, theirs = SGD(model.parameters(), lr=0.3), SGD(twin.parameters(), lr=0.3)
    for _ in range(50):
        ours.zero_grad()
        theirs.zero_grad()
        compiled = loss.mean(list(zip(rows, targets, strict=True)))
        eager = mse_loss([twin(row) for row in rows], targets)
        compiled.backward()
        eager.backward()
        assert compiled.data == pytest.approx(eager.data, rel=1e-12)
        ours.step()
        theirs.step()
    assert compiled.data < 0.1
    assert len(loss._tapes.replays) == 1


def test_gradients_add_up_as_ever() -> None:
    w = Value(3.0)
    square = autograd.compile(lambda x: w * x * x)
    x = Value(2.0)
    y = square(x)
    y.backward()
    y.backward()
    assert (y.grad, x.grad, w.grad) == (2.0, 24.0, 8.0)
    (square(x) + square(x) * 2).backward()
    assert (x.grad, w.grad) == (24.0 + 36.0, 8.0 + 12.0)


def test_later_calls_leave_earlier_results_as_they_were() -> None:
    w = Value(3.0)
    product = autograd.compile(lambda x: w * x)
    first, second = product(2.0), product(5.0)
    w.data = 100.0
    (first + second).backward()
    assert w.grad == 7.0


def test_arguments_and_closures_may_be_results_of_a_graph() -> None:
    a = Value(2.0)
    scale = a * a
    compiled = autograd.compile(lambda x: scale * x + x)
    y = compiled(a * 3)
    y.backward()
    assert (y.data, a.grad) == (30.0, 4 * 6 + 12 + 3)


@pytest.mark.parametrize(
    ("function", "result", "slope"),
    [
        (lambda x: x, 2.0, 1.0),
        (lambda x: Value(7.0), 7.0, 0.0),
        (lambda x: x - x, 0.0, 0.0),
        (lambda x: x * x * x, 8.0, 12.0),
        (lambda x: Value(1.0) * x + Value(2.0), 4.0, 1.0),
    ],
)
def test_small_functions(function: Callable[..., Any], result: float, slope: float) -> None:
    compiled = autograd.compile(function)
    for _ in range(2):
        x = Value(2.0)
        y = compiled(x)
        assert (y.data, gradients_of(y, [x]) if not y.is_constant else [0.0]) == (result, [slope])
        assert compiled.mean([x, x]).data == result


def test_a_parameter_may_be_the_result() -> None:
    w = Value(3.0)
    compiled = autograd.compile(lambda: w)
    compiled().backward()
    compiled.mean([(), (), ()]).backward()
    assert w.grad == 2.0


def test_derivatives_of_any_order_go_through_a_call() -> None:
    w = Value(0.7)
    compiled = autograd.compile(lambda x: (w * x).tanh() * x)
    x = Value(0.3)
    first = [compiled(x), (w * x).tanh() * x]
    for _ in range(3):
        assert first[0].data == pytest.approx(first[1].data, rel=1e-12)
        first = [gradients(y, [x])[0] for y in first]
    both = gradients(compiled.mean([x, w]), [x, w])
    eager = gradients(mean([(w * x).tanh() * x, (w * w).tanh() * w]), [x, w])
    assert [g.data for g in both] == pytest.approx([g.data for g in eager], rel=1e-12)


def test_derivatives_through_operands_that_are_alike_or_depend_on_each_other() -> None:
    x = Value(3.0)
    product = autograd.compile(lambda a, b: a * b)
    assert gradients(product(x, x), [x])[0].data == 6.0
    assert gradients(product(x, x * x), [x])[0].data == 27.0
    assert autograd.grad(lambda t: product(t, t * t))(2.0) == 12.0
    assert gradients(autograd.compile(lambda t: t * t * x)(x), [x])[0].data == 27.0
    square = x * x
    closed = autograd.compile(lambda a: x * square * a)
    assert gradients(closed(2.0), [x])[0].data == 54.0


def test_derivatives_that_cancel_are_no_error() -> None:
    w = Value(1.0)
    compiled = autograd.compile(lambda x: x * w)
    average = compiled.mean([0.1, 0.2, -0.3, 0.7, -0.1, -0.6, 0.1, 0.2, -0.3])
    assert abs(gradients(average, [w])[0].data) < 1e-15
    w.data = 2.0
    squared = autograd.compile(lambda x: x * w * w)(3.0)
    w.data = 5.0
    with pytest.raises(autograd.GraphError, match="operand of <lambda> was changed after"):
        gradients(squared, [w])


def test_no_grad_gives_the_number_alone() -> None:
    w = Value(3.0)
    compiled = autograd.compile(lambda x: w * x)
    with no_grad():
        assert compiled(2.0).is_constant
        assert compiled.mean([1.0, 3.0]).data == 6.0
    assert not compiled(2.0).is_constant


def test_an_operation_of_ones_own_runs_by_its_python_rule() -> None:
    cube = Operation("cube", lambda x: x**3, lambda out, x: 3 * x**2, summary="x³.")
    w = Value(2.0)
    compiled = autograd.compile(lambda x: cube(w * x) + cube(x).tanh())
    for x in (Value(0.5), Value(-1.5)):
        assert_same(compiled(x), cube(w * x) + cube(x).tanh(), [w, x])
    rows = [Value(k / 10) for k in range(11)]
    eager = mean([cube(w * x) + cube(x).tanh() for x in rows])
    assert_same(compiled.mean(rows), eager, [w, *rows])


@pytest.mark.parametrize("structure", [True, False])
def test_an_operation_of_ones_own_is_a_block_that_runs_in_python(structure: bool) -> None:
    cube = Operation("cube", lambda x: x**3, lambda out, x: 3 * x**2, summary="x³.")
    compiled = autograd.compile(lambda x: cube(cube(x).tanh()), structure=structure)
    compiled(0.5)
    blocks = [block.name for block in compiled.program.blocks]
    assert blocks == ["python", "sequence", "python"]


def test_the_derivative_by_a_constant_is_not_asked_for() -> None:
    def none(out: Any, x: Any, n: Any) -> Any:
        raise NotImplementedError("nobody differentiates by the number of digits")

    rounded = Operation(
        "rounded", lambda x, n: round(x, int(n)), lambda out, x, n: 1.0, none,
        operands="x n", summary="x with n digits; its derivative is that of x.",
    )  # fmt: skip
    compiled = autograd.compile(lambda x: rounded(x, 1) * x)
    x = Value(1.26)
    compiled(x).backward()
    assert x.grad == pytest.approx(1.3 + 1.26)


def test_a_compiled_function_inside_another_is_a_part_of_it() -> None:
    w = Value(2.0)
    inner = autograd.compile(lambda x: w * x)
    outer = autograd.compile(lambda x: inner(x) + inner(x * x))
    assert outer(3.0).data == 24.0
    assert len(outer.tape) == 4
    averaged = autograd.compile(lambda x: inner.mean([x, 2.0]) * x)
    assert (averaged(3.0).data, averaged(1.0).data) == (15.0, 3.0)
