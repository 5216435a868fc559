"""What optimisers remember lies in columns: by parameter it is as if each were alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value
from nn import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

KINDS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda params: SGD(params, lr=0.1, momentum=0.9, dampening=0.5),
    "Adam": lambda params: Adam(params, lr=0.1, amsgrad=True),
    "AdamW": lambda params: AdamW(params, lr=0.1),
    "RMSprop": lambda params: RMSprop(params, lr=0.1, momentum=0.5, centered=True),
    "Adagrad": lambda params: Adagrad(params, lr=0.1, lr_decay=0.1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_whose_gradients_come_now_and_then_move_as_if_alone(kind: str) -> None:
    rng = random.Random(0)
    together = [Value(rng.uniform(-1, 1)) for _ in range(25)]
    apart = [Value(w.data) for w in together]
    optimizer = KINDS[kind](together)
    singles = [KINDS[kind]([w]) for w in apart]
    for step in range(30):
        optimizer.zero_grad()
        for k, (w, alone) in enumerate(zip(together, apart, strict=True)):
            singles[k].zero_grad()
            if step > 20 or rng.random() < 0.6:
                w.grad = alone.grad = rng.choice([0.0, rng.gauss(0, 1)])
        if step == 6:  # settings and lists may change between steps
            for changed in (optimizer, *singles):
                changed.param_groups[0]["lr"] = 0.03
                changed.param_groups[0]["weight_decay"] = 0.1
        if step == 7:
            optimizer.param_groups[0]["params"].reverse()
        if step == 15:
            saved, params = optimizer.state_dict(), optimizer.param_groups[0]["params"]
            optimizer = KINDS[kind](params)
            optimizer.load_state_dict(saved)
        optimizer.step()
        for single in singles:
            single.step()
        assert [w.data for w in together] == [w.data for w in apart]
        state = {w: entry for single in singles for w, entry in single.state.items()}
        for w, alone in zip(together, apart, strict=True):
            assert optimizer.state.get(w) == state.get(alone)


def test_a_setting_that_becomes_0_and_back() -> None:
    w, alone = Value(1.0), Value(1.0)
    optimizer = SGD([w], lr=0.1, momentum=0.9)
    velocity = None
    for momentum in (0.9, 0.0, 0.9, 0.5, 0.0, 0.5):
        optimizer.param_groups[0]["momentum"] = momentum
        w.grad = 1.0
        optimizer.step()
        direction = 1.0 + 0.0 * alone.data
        if momentum:
            velocity = direction if velocity is None else momentum * velocity + direction
            direction = velocity
        alone.data = alone.data - 0.1 * direction
        assert w.data == alone.data


def test_where_nothing_was_remembered_and_all_is_0_nothing_moves() -> None:
    w = Value(1.0)
    optimizer = Adam([w], eps=0.0)
    w.grad = 0.0
    optimizer.step()
    assert w.data == 1.0


def test_an_optimiser_of_ones_own_moves_what_has_a_gradient() -> None:
    class Signs(Optimizer):
        """Steps of one length."""

        def move(self, parameters: list[Value], group: dict[str, Any]) -> None:
            for w in parameters:
                state = self.state.setdefault(w, {"steps": 0})
                state["steps"] += 1
                w.data -= group["lr"] * autograd.sign(w.grad)

    a, b, c = Value(1.0), Value(1.0), Value(1.0)
    optimizer = Signs([a, b, c], {"lr": 0.25})
    (a * a - 3 * c).backward()
    c.requires_grad = False
    optimizer.step()
    assert (a.data, b.data, c.data) == (0.75, 1.0, 1.0)
    assert optimizer.state == {a: {"steps": 1}}
    optimizer.zero_grad()
    assert not a.has_grad
