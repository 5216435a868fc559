"""Clipping gradients: PyTorch's numbers, and what is said of gradients that are none."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import clip_grad_norm_, clip_grad_value_

gradients = st.lists(st.none() | st.floats(-1e3, 1e3), min_size=1, max_size=6)


def with_gradients(numbers: list[float | None]) -> list[Value]:
    values = []
    for number in numbers:
        values.append(Value(1.0))
        if number is not None:
            values[-1].grad = number
    return values


def tensors(numbers: list[float | None]) -> list[Any]:
    torch = pytest.importorskip("torch")
    found = []
    for number in numbers:
        found.append(torch.zeros((), dtype=torch.float64, requires_grad=True))
        if number is not None:
            found[-1].grad = torch.tensor(number, dtype=torch.float64)
    return found


@given(gradients, st.floats(0, 100), st.sampled_from([1.0, 2.0, 3.5, math.inf]))
def test_norms_equal_pytorchs(numbers: list[float | None], limit: float, p: float) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = with_gradients(numbers), tensors(numbers)
    total = clip_grad_norm_(ours, limit, norm_type=p)
    expected = torch.nn.utils.clip_grad_norm_(theirs, limit, norm_type=p)
    assert total == pytest.approx(expected.item(), rel=1e-12, abs=1e-60)
    for v, t in zip(ours, theirs, strict=True):
        assert v.has_grad == (t.grad is not None)
        assert v.grad == pytest.approx(
            0.0 if t.grad is None else t.grad.item(), rel=1e-12, abs=1e-60
        )


@given(gradients, st.floats(0, 100))
def test_values_equal_pytorchs(numbers: list[float | None], limit: float) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = with_gradients(numbers), tensors(numbers)
    clip_grad_value_(ours, limit)
    if any(t.grad is not None for t in theirs):  # without any, PyTorch's raises
        torch.nn.utils.clip_grad_value_(theirs, limit)
    for v, t in zip(ours, theirs, strict=True):
        assert v.grad == (0.0 if t.grad is None else t.grad.item())


def test_a_norm_within_the_limit_changes_nothing() -> None:
    values = with_gradients([3.0, None, -4.0])
    assert clip_grad_norm_(values, 10.0) == 5.0
    assert [v.grad for v in values] == [3.0, 0.0, -4.0]
    assert clip_grad_norm_(values[0], 1.0) == 3.0
    assert values[0].grad == pytest.approx(1.0, rel=1e-6)
    assert clip_grad_norm_([], 1.0) == 0.0


def test_a_norm_whose_square_would_overflow_is_right() -> None:
    values = with_gradients([3e200, 4e200])
    assert clip_grad_norm_(values, 1.0) == pytest.approx(5e200, rel=1e-15)
    assert [v.grad for v in values] == pytest.approx([0.6, 0.8], rel=1e-15)


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_norm_that_is_no_number_is_an_error_if_asked(bad: float) -> None:
    values = with_gradients([1.0, bad])
    with pytest.raises(RuntimeError, match=f"the norm of the gradients is {bad}"):
        clip_grad_norm_(values, 1.0, error_if_nonfinite=True)
    assert values[0].grad == 1.0
    clip_grad_norm_(values, 1.0)  # as in PyTorch: 0 * inf is nan
    assert math.isnan(values[1].grad)
    assert values[0].grad == 0.0 or math.isnan(bad)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda v: clip_grad_norm_([v], -1.0), "clip_grad_norm_: max_norm is a number from 0"),
        (lambda v: clip_grad_norm_([v], 1.0, norm_type=0), "norm_type is a number above 0, not 0"),
        (lambda v: clip_grad_norm_(3, 1.0), r"clip_grad_norm_ takes a list like model\.param"),
        (lambda v: clip_grad_value_([v, 2.0], 1.0), r"parameters\[1\] is 2\.0"),
        (lambda v: clip_grad_value_([v], -1), "clip_value is a number from 0, not -1"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make(Value(1.0))
