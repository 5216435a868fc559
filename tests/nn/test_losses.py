"""Losses: by hand, by PyTorch, and what they say of wrong arguments."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import hinge_loss, mse_loss

rows = st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=8)


@given(rows)
def test_mse_equals_pytorch(pairs: list[tuple[float, float]]) -> None:
    torch = pytest.importorskip("torch")
    predictions = [Value(p) for p, _ in pairs]
    loss = mse_loss(predictions, [t for _, t in pairs])
    loss.backward()
    p, t = (torch.tensor(column, dtype=torch.float64) for column in zip(*pairs, strict=True))
    p.requires_grad_()
    expected = torch.nn.functional.mse_loss(p, t)
    expected.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-15)
    assert [v.grad for v in predictions] == pytest.approx(p.grad.tolist(), rel=1e-12, abs=1e-15)


def test_hinge_by_hand() -> None:
    scores = [Value(2.0), Value(0.5), Value(-0.5), Value(1.0)]
    loss = hinge_loss(scores, [1, 1, 1, -1])
    loss.backward()
    assert loss.data == (0 + 0.5 + 1.5 + 2) / 4
    assert [s.grad for s in scores] == [0.0, -0.25, -0.25, 0.25]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mse_loss([Value(1.0)], [1.0, 2.0]), "there are 1 predictions and 2 targets"),
        (lambda: mse_loss([], []), "mse_loss needs at least one row"),
        (lambda: mse_loss(Value(1.0), [1.0]), "mse_loss takes a sequence of predictions"),
        (lambda: mse_loss([Value(1.0)], 1.0), "mse_loss takes a sequence of targets"),
        (
            lambda: mse_loss([[Value(1.0)]], [1.0]),
            r"mse_loss: predictions\[0\] must be a Value, not \[",
        ),
        (lambda: mse_loss([Value(1.0)], [[1.0]]), r"mse_loss: targets\[0\]: expected a real"),
        (lambda: mse_loss([Value(1.0)], numpy.ones((1, 1))), r"targets\[0\]: .*not ndarray"),
        (lambda: hinge_loss([Value(1.0)], ["a"]), r"hinge_loss: labels\[0\]: .*'a' is text"),
        (lambda: hinge_loss([1.0], [1]), r"hinge_loss: scores\[0\] must be a Value, not 1\.0"),
        (lambda: hinge_loss([Value(1.0)], [0]), r"labels\[0\] is 0\.0\. From 0 and 1, take 2"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make()
