"""elementwise and Vector: many numbers at once, the same to the last bit as one by one."""

from __future__ import annotations

import copy
import math
import pickle
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import RecordingError, Value, Vector, maximum, sqrt, where

NUMBERS = st.floats(-1e3, 1e3)


def adam_like(w: Any, g: Any, m: Any, v: Any, steps: Any, lr: Any, beta: Any) -> list[Any]:
    """Means, a root, a power of numbers alone, a test of a number, constants, an argument back."""
    if beta:
        m = beta * m + (1 - beta) * g
    v = maximum(0.5 * v + g * g, abs(v))
    root = sqrt(v / (1 - 0.5**steps)) + 1e-8
    chosen = where(g, m, 1.0) / root - autograd.tanh(w) * autograd.exp(-abs(g))
    return [w - lr * chosen, m, v, g, steps + 1, 2.0]


@given(
    rows=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=600),
    steps=st.integers(1, 9),
    lr=NUMBERS,
    beta=st.sampled_from([0.0, 0.9]),
)
def test_columns_give_what_each_place_gives(
    rows: list[tuple[float, ...]], steps: int, lr: float, beta: float
) -> None:
    columns = [array("d", column) for column in zip(*rows, strict=True)]
    over = autograd.elementwise(adam_like)
    for _ in range(2):
        found = over(*columns, steps, lr, beta)
        expected = zip(*[adam_like(*row, steps, lr, beta) for row in rows], strict=True)
        assert [list(column) for column in found] == [list(column) for column in expected]


def test_numbers_may_change_and_a_test_of_one_is_made_again() -> None:
    calls = []

    def scaled(x: Any, factor: Any) -> list[Any]:
        calls.append(factor)
        return [x * factor if factor else x]

    over = autograd.elementwise(scaled)
    xs = array("d", [1.0, 2.0])
    found = [over(xs, factor)[0].tolist() for factor in (2.0, 3.0, 0.0, 4.0, 0.0)]
    assert found == [[2.0, 4.0], [3.0, 6.0], [1.0, 2.0], [4.0, 8.0], [1.0, 2.0]]
    assert not autograd.accelerated or len(calls) == 2


def test_what_cannot_be_recorded_is_called_at_each_place() -> None:
    over = autograd.elementwise(lambda x: [x if x > 0 else -x])
    assert over(array("d", [1.0, -2.0]))[0].tolist() == [1.0, 2.0]

    @autograd.operation
    def own(x: Any) -> Any:
        return x * x

    over = autograd.elementwise(lambda x: [own(x)])
    assert over(array("d", [3.0]))[0].tolist() == [9.0]


def test_wrong_columns_are_refused_and_none_is_enough() -> None:
    over = autograd.elementwise(lambda x, y: [x + y])
    with pytest.raises(ValueError, match="all of one length"):
        over(array("d", [1.0]), array("d", [1.0, 2.0]))
    with pytest.raises(ValueError, match="arrays of doubles"):
        over(array("f", [1.0]), 2.0)
    with pytest.raises(TypeError, match="at least one argument is an array"):
        over(1.0, 2.0)


# ---- moving Values ------------------------------------------------------------------------------


@given(
    rows=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=600),
    steps=st.integers(1, 9),
    beta=st.sampled_from([0.0, 0.9]),
)
def test_values_move_as_columns_would(
    rows: list[tuple[float, ...]], steps: int, beta: float
) -> None:
    numbers, gradients, *more = [array("d", column) for column in zip(*rows, strict=True)]
    row = Vector(map(Value, numbers))
    row.grad = gradients
    over = autograd.elementwise(adam_like)
    moved, *others = over(numbers, gradients, *more, steps, 0.5, beta)
    assert over.move(row, *more, steps, 0.5, beta) == others
    assert row.data == moved
    assert row.grad == gradients


def descend(w: Any, gradient: Any) -> list[Any]:
    return [w - 0.5 * gradient, w]


@pytest.mark.parametrize("place", [0, 127, 128, 299])
def test_no_value_moves_unless_all_do(place: int) -> None:
    row = Vector([Value(float(k)) for k in range(300)])
    row.grad = row.data
    step = autograd.elementwise(descend)
    for unlike in (lambda v: v.zero_grad(), lambda v: setattr(v, "requires_grad", False)):
        row.grad = row.data
        unlike(row.values[place])
        assert step.move(row) is None
        assert row.data.tolist() == [float(k) for k in range(300)]


def test_a_value_that_comes_twice_moves_once() -> None:
    values = [Value(float(k)) for k in range(200)]
    row = Vector([*values, values[0], values[199]])
    row.grad = row.data
    before = row.data
    assert autograd.elementwise(descend).move(row) == [before]
    assert row.data.tolist() == [0.5 * x for x in before]


def test_moving_says_what_is_missing() -> None:
    row = Vector([Value(1.0)])
    row.grad = [1.0]
    with pytest.raises(ValueError, match="<lambda> gives no column of numbers"):
        autograd.elementwise(lambda w, g: []).move(row)
    with pytest.raises(ValueError, match="all of one length"):
        autograd.elementwise(lambda w, g, m: [w + m]).move(row, array("d", [1.0, 2.0]))
    step = autograd.elementwise(descend)
    for wrong in (row.values[0], [], list(row.values)):
        with pytest.raises(TypeError, match="descend: move takes a Vector, as Vector"):
            step.move(wrong)  # type: ignore[arg-type]
    over = autograd.elementwise(lambda w, g, lr: [w - lr * g])
    for give in (lambda x: over.move(row, x), lambda x: over(row.data, row.grad, x)):
        with pytest.raises(TypeError, match="an argument is a real number, not str: 'a' is text"):
            give("a")
    with pytest.raises(TypeError, match="elementwise takes a function of numbers, not 3"):
        autograd.elementwise(3)  # type: ignore[arg-type]
    assert repr(step) == "<elementwise descend>"
    assert row.data.tolist() == [1.0]
    assert autograd.elementwise(lambda w, g: [3.0]).move(row) == []  # one number for all
    assert row.data.tolist() == [3.0]
    assert autograd.elementwise(descend).move(Vector([])) == []


def test_an_elementwise_function_can_be_copied_and_sent() -> None:
    again = pickle.loads(pickle.dumps(autograd.elementwise(math.hypot)))
    assert copy.deepcopy(autograd.elementwise(descend))(array("d", [1.0]), 2.0)[0][0] == 0.0
    assert again.function is math.hypot


# ---- Vector -------------------------------------------------------------------------------------


def test_numbers_and_gradients_are_read_and_written_at_once() -> None:
    values = [Value(1.0), Value(2.0), Value(3.0)]
    row = Vector(values)
    (values[0] * values[2]).backward()
    assert (row.data.tolist(), row.grad.tolist()) == ([1.0, 2.0, 3.0], [3.0, 0.0, 1.0])
    assert list(row.moving()[2] or ()) == [0, 2]
    row.data = [4, 5.0, 6.5]
    row.grad = array("d", [1.0, -1.0, 0.5])
    assert [(v.data, v.grad, v.has_grad) for v in values] == [
        (4.0, 1.0, True), (5.0, -1.0, True), (6.5, 0.5, True),
    ]  # fmt: skip
    assert row.moving()[2] is None
    values[1].requires_grad = False
    assert list(row.moving()[2] or ()) == [0, 2]
    row.zero_grad()
    assert not any(v.has_grad for v in values)
    assert len(row) == 3
    assert row.values == tuple(values)
    assert row.holds(values)
    assert row.holds(tuple(values))
    assert not row.holds(values[:2])
    assert not row.holds(values[::-1])
    assert Vector([]).holds([])


def test_clearing_a_result_clears_what_is_below_as_zero_grad_does() -> None:
    x = Value(2.0)
    y = x * x
    y.backward()
    Vector([y]).zero_grad()
    assert (x.has_grad, y.has_grad) == (False, False)


def test_a_vector_is_of_values_and_takes_as_many_numbers() -> None:
    with pytest.raises(TypeError, match=r"a Vector is of Values; values\[1\] is 2\.0"):
        Vector([Value(1.0), 2.0])  # type: ignore[list-item]
    row = Vector([Value(1.0)])
    for name in ("data", "grad"):
        with pytest.raises(ValueError, match="there are 1 Values and 2 numbers"):
            setattr(row, name, [1.0, 2.0])
        with pytest.raises(TypeError):
            setattr(row, name, ["x"])
    assert Vector([]).data.tolist() == []
    assert Vector([]).norm() == 0.0


@given(st.lists(st.floats(-1e307, 1e307), max_size=20))  # a norm that a float can hold
def test_the_norm_is_the_root_of_the_squares(numbers: list[float]) -> None:
    row = Vector([Value(0.0) for _ in numbers])
    row.grad = numbers
    assert row.norm() == pytest.approx(math.hypot(*numbers), rel=1e-14)


@pytest.mark.parametrize(
    ("numbers", "norm"),
    [([3e200, 4e200], 5e200), ([3e-200, 4e-200], 5e-200), ([math.inf, 1.0], math.inf)],
)
def test_norms_that_squares_would_lose(numbers: list[float], norm: float) -> None:
    row = Vector([Value(0.0), Value(0.0)])
    row.grad = numbers
    assert row.norm() == pytest.approx(norm, rel=1e-15)
    row.grad = [math.nan, numbers[0]]
    assert math.isnan(row.norm())


def test_a_recorded_function_cannot_read_a_vector() -> None:
    row = Vector([Value(1.0)])
    for look in (lambda x: x * row.data[0], lambda x: x * row.grad[0]):
        with pytest.raises(RecordingError, match=r"asks for the (numbers|gradients)"):
            autograd.compile(look)(1.0)

    def change(x: Value) -> Value:
        row.data = [2.0]
        return x * 2

    with pytest.raises(RecordingError, match="sets the numbers"):
        autograd.compile(change)(1.0)
