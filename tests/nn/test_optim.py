"""SGD: PyTorch's numbers, over a hundred steps of every setting."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import SGD


def slope(step: int, position: int, at: float) -> float:
    """Some gradient, the same for both sides."""
    return math.sin(step * 0.7 + position) + 0.3 * at


@given(
    lr=st.floats(0, 0.3),
    momentum=st.sampled_from([0.0, 0.5, 0.9]),
    dampening=st.sampled_from([0.0, 0.1, 1.0]),
    weight_decay=st.sampled_from([0.0, 0.01, 0.5]),
    nesterov=st.booleans(),
)
def test_a_hundred_steps_equal_pytorchs(
    lr: float, momentum: float, dampening: float, weight_decay: float, nesterov: bool
) -> None:
    torch = pytest.importorskip("torch")
    nesterov = nesterov and momentum > 0 and dampening == 0
    settings: dict[str, Any] = {
        "momentum": momentum,
        "dampening": dampening,
        "weight_decay": weight_decay,
        "nesterov": nesterov,
    }
    ours = [Value(1.0), Value(-2.0), Value(3.0)]
    theirs = [torch.tensor(v.data, dtype=torch.float64, requires_grad=True) for v in ours]
    mine, pytorchs = SGD(ours, lr=lr, **settings), torch.optim.SGD(theirs, lr=lr, **settings)
    for step in range(100):
        for optimizer in (mine, pytorchs):
            optimizer.zero_grad()
            optimizer.param_groups[0]["lr"] = lr / (1 + step / 50)
        for position, (v, t) in enumerate(zip(ours, theirs, strict=True)):
            if (step + position) % 4:  # now and then a parameter has no gradient
                v.grad = slope(step, position, v.data)
                t.grad = torch.tensor(slope(step, position, t.item()), dtype=torch.float64)
        mine.step()
        pytorchs.step()
    assert [v.data for v in ours] == pytest.approx([t.item() for t in theirs], rel=1e-12)


def test_a_step_by_hand() -> None:
    w = Value(3.0)
    optimizer = SGD([w], lr=0.1, momentum=0.5, weight_decay=1.0)
    # the directions are 6 + 3 = 9, then 0.5 * 9 + (4.2 + 2.1) = 10.8
    for expected in (2.1, 1.02):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
        assert w.data == pytest.approx(expected, rel=1e-14)


def test_groups_have_their_own_settings() -> None:
    a, b = Value(1.0), Value(1.0)
    optimizer = SGD([{"params": [a]}, {"params": [b], "lr": 1.0}], lr=0.5)
    (a + b).backward()
    optimizer.step()
    assert (a.data, b.data) == (0.5, 0.0)
    optimizer.zero_grad()
    assert not a.has_grad


def test_repr_shows_the_settings() -> None:
    assert repr(SGD([Value(1.0)], lr=0.1, momentum=0.9)) == (
        "SGD(lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=False)"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda w: SGD([], lr=0.1), "the list is empty"),
        (lambda w: SGD(w, lr=0.1), "an optimiser takes a list like model.parameters()"),
        (lambda w: SGD([w, 2.0], lr=0.1), r"params\[1\] is 2\.0"),
        (lambda w: SGD([w * 2], lr=0.1), r"an optimiser moves leaf Values; params\[0\]"),
        (lambda w: SGD([w, w], lr=0.1), r"params\[1\] is listed twice"),
        (lambda w: SGD([w], lr=-0.1), r"SGD: lr is a number from 0, not -0\.1"),
        (lambda w: SGD([w], lr=float("nan")), "SGD: lr is a number from 0, not nan"),
        (lambda w: SGD([w], momentum=-1.0), "SGD: momentum is a number from 0"),
        (lambda w: SGD([w], lr="fast"), "SGD: lr is a number from 0, not 'fast'"),
        (lambda w: SGD([w], nesterov=True), "nesterov needs a momentum above 0"),
        (lambda w: SGD([{"params": [w], "speed": 1}]), "does not know 'speed'"),
        (lambda w: SGD([{"lr": 1.0}]), "needs 'params'"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make(Value(1.0))
