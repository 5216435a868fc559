"""Losses: by hand, by PyTorch, and what they say of wrong arguments."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import DomainError, Value, gradcheck
from nn import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge_loss,
    huber_loss,
    l1,
    l1_loss,
    l2,
    mse_loss,
)

numbers = st.floats(-5, 5)
some = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6)
fractions = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
probabilities = st.floats(1e-6, 1 - 1e-6)
reductions = st.sampled_from(["mean", "sum", "none"])

Columns = tuple[list[float], list[float]]


def equals_pytorch(
    ours: Any, theirs: Any, pairs: list[tuple[float, float]], how: str, error: float = 1e-14
) -> None:
    """Both losses and their gradients by both arguments agree; "none" is summed with weights."""
    torch = pytest.importorskip("torch")
    left, right = ([Value(number) for number in column] for column in zip(*pairs, strict=True))
    p, t = (
        torch.tensor(column, dtype=torch.float64, requires_grad=True)
        for column in zip(*pairs, strict=True)
    )
    loss, expected = ours(left, right, reduction=how), theirs(p, t, reduction=how)
    plain = ours(left, [v.data for v in right], reduction=how)
    if how == "none":
        assert [v.data for v in loss] == pytest.approx(expected.tolist(), rel=1e-12, abs=error)
        loss = sum(k * term for k, term in enumerate(loss, 1))
        plain = sum(k * term for k, term in enumerate(plain, 1))
        expected = sum(k * term for k, term in enumerate(expected, 1))
    assert loss.data == pytest.approx(expected.item(), rel=1e-12, abs=error)
    assert plain.data == pytest.approx(loss.data, rel=1e-14, abs=1e-15)
    plain.backward()
    from_plain = [v.grad for v in left]
    for v in left:
        v.zero_grad()
    loss.backward()
    expected.backward()
    assert [v.grad for v in left] == pytest.approx(p.grad.tolist(), rel=1e-11, abs=1e-13)
    assert from_plain == pytest.approx(p.grad.tolist(), rel=1e-11, abs=1e-13)
    assert [v.grad for v in right] == pytest.approx(t.grad.tolist(), rel=1e-11, abs=1e-13)


@given(some, reductions)
def test_mse_equals_pytorchs(pairs: list[tuple[float, float]], reduction: str) -> None:
    functional = pytest.importorskip("torch").nn.functional
    equals_pytorch(mse_loss, functional.mse_loss, pairs, reduction)


@given(some, reductions)
def test_l1_equals_pytorchs(pairs: list[tuple[float, float]], reduction: str) -> None:
    functional = pytest.importorskip("torch").nn.functional
    equals_pytorch(l1_loss, functional.l1_loss, pairs, reduction)


@given(some, reductions, st.sampled_from([0.5, 1.0, 3.0]))
def test_huber_equals_pytorchs(
    pairs: list[tuple[float, float]], reduction: str, delta: float
) -> None:
    functional = pytest.importorskip("torch").nn.functional
    equals_pytorch(
        lambda p, t, reduction: huber_loss(p, t, delta=delta, reduction=reduction),
        lambda p, t, reduction: functional.huber_loss(p, t, delta=delta, reduction=reduction),
        pairs,
        reduction,
    )


@given(some, reductions)
def test_hinge_equals_its_formula_in_pytorch(
    pairs: list[tuple[float, float]], reduction: str
) -> None:
    torch = pytest.importorskip("torch")

    def formula(p: Any, t: Any, reduction: str) -> Any:
        terms = torch.relu(1 - t * p)
        return terms if reduction == "none" else getattr(terms, reduction)()

    signs = [(p, math.copysign(1.0, t)) for p, t in pairs]
    equals_pytorch(hinge_loss, formula, signs, reduction)


@given(st.lists(st.tuples(probabilities, fractions), min_size=1, max_size=6), reductions)
def test_binary_cross_entropy_equals_pytorchs(
    pairs: list[tuple[float, float]], reduction: str
) -> None:
    torch = pytest.importorskip("torch")

    def formula(p: Any, t: Any, reduction: str) -> Any:  # torch's own has no gradient by t
        terms = -(t * torch.log(p) + (1 - t) * torch.log(1 - p))
        expected = torch.nn.functional.binary_cross_entropy(p, t.detach(), reduction=reduction)
        found = terms if reduction == "none" else getattr(terms, reduction)()
        assert torch.allclose(found, expected, rtol=1e-12)
        return found

    equals_pytorch(binary_cross_entropy, formula, pairs, reduction)


@given(
    st.lists(st.tuples(st.floats(-30, 30), fractions), min_size=1, max_size=6),
    reductions,
    st.sampled_from([None, 0.0, 1.0, 2.5]),
)
def test_binary_cross_entropy_with_logits_equals_pytorchs(
    pairs: list[tuple[float, float]], reduction: str, weight: float | None
) -> None:
    torch = pytest.importorskip("torch")
    as_tensor = None if weight is None else torch.tensor(weight, dtype=torch.float64)
    equals_pytorch(
        lambda p, t, reduction: binary_cross_entropy_with_logits(
            p, t, pos_weight=weight, reduction=reduction
        ),
        lambda p, t, reduction: torch.nn.functional.binary_cross_entropy_with_logits(
            p, t, pos_weight=as_tensor, reduction=reduction
        ),
        pairs,
        reduction,
        error=1e-12,  # PyTorch adds the logit to its softplus, which it all but cancels
    )


def test_hinge_by_hand() -> None:
    scores = [Value(2.0), Value(0.5), Value(-0.5), Value(1.0)]
    loss = hinge_loss(scores, [1, 1, 1, -1])
    loss.backward()
    assert loss.data == (0 + 0.5 + 1.5 + 2) / 4
    assert [s.grad for s in scores] == [0.0, -0.25, -0.25, 0.25]


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "value", "slope"),
    [
        (mse_loss, 3.0, 1.0, 4.0, 4.0),
        (l1_loss, -3.0, 1.0, 4.0, -1.0),
        (l1_loss, 1.0, 1.0, 0.0, 0.0),  # the kink
        (huber_loss, 1.5, 1.0, 0.125, 0.5),
        (huber_loss, 2.0, 1.0, 0.5, 1.0),  # where the parabola meets the line
        (huber_loss, -4.0, 1.0, 4.5, -1.0),
        (hinge_loss, 1.0, 1.0, 0.0, 0.0),  # the kink
        (hinge_loss, 0.25, -1.0, 1.25, 1.0),
        (binary_cross_entropy, 0.25, 1.0, math.log(4), -4.0),
        (binary_cross_entropy, 0.25, 0.0, math.log(4 / 3), 4 / 3),
        (binary_cross_entropy, 0.25, 0.5, (math.log(4) + math.log(4 / 3)) / 2, -4 / 3),
        (binary_cross_entropy_with_logits, math.log(3), 1.0, math.log(4 / 3), -0.25),
        (binary_cross_entropy_with_logits, math.log(3), 0.0, math.log(4), 0.75),
    ],
)
def test_one_term_by_hand(
    loss: Callable[..., Any], prediction: float, target: float, value: float, slope: float
) -> None:
    p = Value(prediction)
    found = loss([p], [target])
    found.backward()
    assert found.data == pytest.approx(value, rel=1e-14)
    assert p.grad == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize("logit", [-1000.0, -40.0, -1e-9, 0.0, 40.0, 1000.0])
@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_logits_of_any_size_have_the_right_loss_and_gradient(logit: float, target: float) -> None:
    with mpmath.workdps(1000):
        x = mpmath.mpf(logit)
        sigmoid = 1 / (1 + mpmath.exp(-x))
        expected = -(target * mpmath.log(sigmoid) + (1 - target) * mpmath.log(1 - sigmoid))
        slope = sigmoid - target
        value, slope = float(expected), float(slope)
    v = Value(logit)
    loss = binary_cross_entropy_with_logits([v], [target])
    loss.backward()
    assert loss.data == pytest.approx(value, rel=1e-14)
    assert v.grad == pytest.approx(slope, rel=1e-14, abs=1e-16)


@pytest.mark.parametrize(("p", "target"), [(0.0, 1), (1.0, 0), (0.0, 0), (1.0, 1), (0.0, 0.5)])
def test_the_logarithm_of_a_probability_ends_at_minus_100(p: float, target: float) -> None:
    torch = pytest.importorskip("torch")
    tensors = (torch.tensor([x], dtype=torch.float64) for x in (p, target))
    v = Value(p)
    loss = binary_cross_entropy([v], [target])
    loss.backward()
    expected = torch.nn.functional.binary_cross_entropy(*tensors)
    assert loss.data == pytest.approx(expected.item(), rel=1e-14)
    assert math.isfinite(v.grad)


def test_rows_of_rows_count_every_term() -> None:
    predictions = [[Value(1.0), Value(2.0)], [Value(3.0), Value(5.0)]]
    targets = numpy.array([[0.0, 2.0], [1.0, 1.0]])
    assert mse_loss(predictions, targets).data == (1 + 0 + 4 + 16) / 4
    assert l1_loss(predictions, targets, reduction="sum").data == 1 + 0 + 2 + 4
    apart = mse_loss(predictions, targets, reduction="none")
    assert [[v.data for v in row] for row in apart] == [[1.0, 0.0], [4.0, 16.0]]


def test_huber_has_the_curvature_of_a_parabola_inside_and_of_a_line_outside() -> None:
    assert autograd.hessian(lambda v: huber_loss([v[0]], [0.0]))([0.0]) == [[1.0]]
    assert autograd.hessian(lambda v: huber_loss([v[0]], [0.0]))([3.0]) == [[0.0]]


@pytest.mark.parametrize(
    "loss", [mse_loss, l1_loss, huber_loss, hinge_loss, binary_cross_entropy_with_logits]
)
def test_gradients_hold_up_to_finite_differences(loss: Callable[..., Any]) -> None:
    assert gradcheck(lambda *p: loss(list(p), [1.0, 1.0, 1.0]), [0.3, -2.4, 1.7])


LOSSES: list[tuple[Callable[..., Any], list[Columns]]] = [
    (mse_loss, [([1.0, -2.0], [0.5, 3.0]), ([4.0, 0.1], [-2.0, 0.1])]),
    (l1_loss, [([1.0, -2.0], [0.5, 3.0]), ([-4.0, 0.1], [2.0, 0.1])]),
    (huber_loss, [([1.0, -2.0], [0.5, 3.0]), ([4.0, 0.1], [-2.0, -0.3])]),
    (hinge_loss, [([1.0, -2.0], [1.0, -1.0]), ([0.5, -2.0], [-1.0, 1.0])]),
    (binary_cross_entropy, [([0.3, 0.9], [1.0, 0.0]), ([0.0, 0.2], [1.0, 0.4])]),
    (
        binary_cross_entropy_with_logits,
        [([1.0, -2.0], [1.0, 0.0]), ([1000.0, -1000.0], [0.0, 1.0]), ([0.3, 0.2], [0.5, 0.9])],
    ),
]


@pytest.mark.parametrize(("loss", "calls"), LOSSES)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_compiled_loss_replays_with_other_numbers(
    loss: Callable[..., Any], calls: list[Columns], reduction: str
) -> None:
    compiled = autograd.compile(lambda p, t: loss(p, t, reduction=reduction))
    for predictions, targets in calls:
        eager, replayed = ([Value(x) for x in predictions] for _ in range(2))
        expected, found = loss(eager, targets, reduction=reduction), compiled(replayed, targets)
        expected.backward()
        found.backward()
        assert found.data == pytest.approx(expected.data, rel=1e-14, abs=1e-15)
        assert [v.grad for v in replayed] == pytest.approx(
            [v.grad for v in eager], rel=1e-13, abs=1e-15
        )


def test_penalties_by_hand() -> None:
    weights = [Value(3.0), Value(-4.0), Value(0.0)]
    absolute, squared = l1(weights), l2(iter(weights))
    assert (absolute.data, squared.data) == (7.0, 25.0)
    absolute.backward()
    assert [w.grad for w in weights] == [1.0, -1.0, 0.0]
    squared.backward()
    assert [w.grad for w in weights] == [7.0, -9.0, 0.0]


@settings(max_examples=20)
@given(st.lists(numbers, min_size=1, max_size=5))
def test_a_compiled_penalty_reads_the_parameters_of_the_day(start: list[float]) -> None:
    weights = [Value(1.0) for _ in start]
    penalty = autograd.compile(lambda: l1(weights) + l2(weights))
    penalty()
    for w, number in zip(weights, start, strict=True):
        w.data = number
    assert penalty().data == pytest.approx(sum(abs(x) + x * x for x in start), rel=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mse_loss([Value(1.0)], [1.0, 2.0]), "there are 1 predictions and 2 targets"),
        (lambda: mse_loss([], []), "mse_loss needs at least one row"),
        (lambda: mse_loss(Value(1.0), [1.0]), "mse_loss takes a sequence of predictions"),
        (lambda: mse_loss([Value(1.0)], 1.0), "mse_loss takes a sequence of targets"),
        (
            lambda: mse_loss([[Value(1.0)]], [1.0]),
            r"mse_loss: predictions\[0\] is a row, so targets\[0\] must be one too, not 1\.0",
        ),
        (
            lambda: mse_loss([[Value(1.0)]], [[1.0, 2.0]]),
            r"there are 1 predictions and 2 targets in row \[0\]",
        ),
        (
            lambda: mse_loss([[Value(1.0), 2.0]], [[1.0, 2.0]]),
            r"mse_loss: predictions\[0\]\[1\] must be a Value, not 2\.0",
        ),
        (lambda: mse_loss([Value(1.0)], [[1.0]]), r"mse_loss: targets\[0\]: expected a real"),
        (lambda: mse_loss([Value(1.0)], numpy.ones((1, 1))), r"targets\[0\]: .*not ndarray"),
        (
            lambda: l1_loss([Value(1.0)], [1.0], reduction="avg"),
            r'l1_loss: reduction is "mean", "sum" or "none", not \'avg\'',
        ),
        (
            lambda: huber_loss([Value(1.0)], [1.0], delta=0.0),
            r"huber_loss: delta is a number above 0, not 0\.0",
        ),
        (lambda: hinge_loss([Value(1.0)], ["a"]), r"hinge_loss: labels\[0\]: .*'a' is text"),
        (lambda: hinge_loss([1.0], [1]), r"hinge_loss: scores\[0\] must be a Value, not 1\.0"),
        (lambda: hinge_loss([Value(1.0)], [0]), r"labels\[0\] is 0\.0\. From 0 and 1, take 2"),
        (
            lambda: binary_cross_entropy([Value(0.5), Value(1.7)], [1, 1]),
            r"from 0 to 1; predictions\[1\] is 1\.7\. For a score, or logit, there is binary",
        ),
        (
            lambda: binary_cross_entropy([Value(0.5)], [-1]),
            r"takes targets from 0 to 1; targets\[0\] is -1\.0\. From -1 and 1, take",
        ),
        (
            lambda: binary_cross_entropy_with_logits([Value(0.5)], [2]),
            r"binary_cross_entropy_with_logits takes targets from 0 to 1; targets\[0\] is 2\.0",
        ),
        (
            lambda: binary_cross_entropy_with_logits([Value(0.5)], [1], pos_weight=-1.0),
            r"pos_weight is a number from 0, not -1\.0",
        ),
        (lambda: l1(Value(1.0)), "l1 takes a list of Values, such as model.parameters"),
        (lambda: l2([Value(1.0), 2.0]), r"l2 takes a list of Values.*number 1 is 2\.0"),
        (lambda: l2([]), "l2 takes a list of Values.*the list is empty"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_an_error_too_large_to_square_is_an_error() -> None:
    with pytest.raises(DomainError, match=r"exceeds the largest float"):
        mse_loss([Value(1e200)], [0.0])
