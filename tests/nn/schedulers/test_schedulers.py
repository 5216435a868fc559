"""Schedulers: PyTorch's numbers over a hundred epochs, and going on from a state."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value
from nn import (
    SGD,
    Adam,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

EPOCHS = 100

Make = Callable[[Any, Any], Any]  # a scheduler, of a module and an optimiser

SCHEDULERS: dict[str, Make] = {
    "step": lambda m, o: m.StepLR(o, 7, gamma=0.8),
    "step by one": lambda m, o: m.StepLR(o, 1),
    "milestones": lambda m, o: m.MultiStepLR(o, [30, 5, 5, 99], gamma=0.5),
    "milestone at 0": lambda m, o: m.MultiStepLR(o, [0, 3], gamma=0.5),
    "exponential": lambda m, o: m.ExponentialLR(o, 0.97),
    "linear": lambda m, o: m.LinearLR(o),
    "linear down": lambda m, o: m.LinearLR(o, 1.0, 0.1, total_iters=60),
    "cosine": lambda m, o: m.CosineAnnealingLR(o, 30),
    "cosine by one": lambda m, o: m.CosineAnnealingLR(o, 1, eta_min=0.01),
    "cosine to eta_min": lambda m, o: m.CosineAnnealingLR(o, T_max=13, eta_min=0.001),
    "function": lambda m, o: m.LambdaLR(o, lambda epoch: 0.95**epoch),
    "functions": lambda m, o: m.LambdaLR(o, [lambda e: 1 / (1 + e), lambda e: math.cos(e / 50)]),
    "one cycle": lambda m, o: m.OneCycleLR(o, 0.5, total_steps=EPOCHS),
    "one cycle by epochs": lambda m, o: m.OneCycleLR(o, [0.5, 0.1], epochs=10, steps_per_epoch=11),
    "one cycle of lines": lambda m, o: m.OneCycleLR(
        o, 0.5, total_steps=EPOCHS, anneal_strategy="linear", pct_start=0.25, div_factor=10.0
    ),
    "one cycle of three": lambda m, o: m.OneCycleLR(
        o, 0.5, total_steps=EPOCHS, three_phase=True, max_momentum=[0.9, 0.8], base_momentum=0.7
    ),
    "one cycle of rates": lambda m, o: m.OneCycleLR(
        o, 0.5, total_steps=EPOCHS, cycle_momentum=False, final_div_factor=10.0
    ),
    "sequence": lambda m, o: m.SequentialLR(
        o,
        [
            m.LinearLR(o, 0.1, total_iters=10),
            m.CosineAnnealingLR(o, 20, eta_min=0.001),
            m.StepLR(o, 5, gamma=0.5),
            m.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
        ],
        [10, 40, 70],
    ),
    "sequence from 0": lambda m, o: m.SequentialLR(
        o, [m.LinearLR(o), m.ExponentialLR(o, 0.9), m.MultiStepLR(o, [2, 3])], [0, 50]
    ),
}

PLATEAUS: dict[str, Make] = {
    "min": lambda m, o: m.ReduceLROnPlateau(o, patience=2),
    "max": lambda m, o: m.ReduceLROnPlateau(o, "max", factor=0.5, patience=0, threshold=0.1),
    "absolute": lambda m, o: m.ReduceLROnPlateau(
        o, threshold_mode="abs", patience=1, threshold=0.3, cooldown=3, min_lr=[0.01, 0.001]
    ),
    "absolute max": lambda m, o: m.ReduceLROnPlateau(
        o, mode="max", threshold_mode="abs", patience=3, threshold=0.01, eps=1e-3, factor=0.9
    ),
}


def ours(kind: str = "SGD") -> Any:
    """An optimiser of two groups."""
    options: dict[str, Any] = {"momentum": 0.9} if kind == "SGD" else {}
    groups = [{"params": [Value(1.0)]}, {"params": [Value(2.0)], "lr": 0.05}]
    return getattr(nn, kind)(groups, lr=0.2, **options)


def theirs(kind: str = "SGD") -> Any:
    torch = pytest.importorskip("torch")
    options: dict[str, Any] = {"momentum": 0.9} if kind == "SGD" else {}
    groups = [
        {"params": [torch.ones((), dtype=torch.float64, requires_grad=True)]},
        {"params": [torch.ones((), dtype=torch.float64, requires_grad=True)], "lr": 0.05},
    ]
    return getattr(torch.optim, kind)(groups, lr=0.2, **options)


def pytorchs() -> Any:
    return pytest.importorskip("torch").optim.lr_scheduler


def set_now(optimizer: Any) -> list[list[float]]:
    """What a scheduler may have set, of each group."""
    names = ("lr", "momentum", "betas")
    flat = []
    for group in optimizer.param_groups:
        for name in names:
            number = group.get(name, 0.0)
            flat.append(list(number) if isinstance(number, (tuple, list)) else [number])
    return flat


def assert_equal(one: Any, two: Any) -> None:
    for mine, other in zip(set_now(one), set_now(two), strict=True):
        assert mine == pytest.approx(other, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_a_hundred_epochs_equal_pytorchs(name: str, kind: str) -> None:
    one, two = ours(kind), theirs(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the optimiser took no step
        mine, other = SCHEDULERS[name](nn, one), SCHEDULERS[name](pytorchs(), two)
        assert_equal(one, two)
        for _ in range(EPOCHS):
            mine.step()
            other.step()
            assert_equal(one, two)
            assert mine.get_last_lr() == [group["lr"] for group in one.param_groups]
            assert mine.last_epoch == other.last_epoch


@settings(max_examples=30)
@given(
    st.sampled_from(list(PLATEAUS)),
    st.lists(st.floats(-2, 2) | st.just(math.nan), min_size=EPOCHS, max_size=EPOCHS),
)
def test_a_plateau_equals_pytorchs(name: str, metrics: list[float]) -> None:
    one, two = ours(), theirs()
    mine, other = PLATEAUS[name](nn, one), PLATEAUS[name](pytorchs(), two)
    for epoch, noise in enumerate(metrics):
        metric = math.exp(-epoch / 20) + 0.1 * noise
        mine.step(metric)
        other.step(metric)
        assert_equal(one, two)
        assert mine.get_last_lr() == [group["lr"] for group in one.param_groups]
        assert mine.num_bad_epochs == other.num_bad_epochs


def test_two_schedulers_on_one_optimiser_act_together_as_in_pytorch() -> None:
    one, two = ours(), theirs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [
            [m.LinearLR(o, 0.1, total_iters=20), m.CosineAnnealingLR(o, 30), m.StepLR(o, 9)]
            for m, o in ((nn, one), (pytorchs(), two))
        ]
        for _ in range(EPOCHS):
            for mine, other in zip(*pairs, strict=True):
                mine.step()
                other.step()
                assert_equal(one, two)


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("cut", [0, 1, 10, 33])
def test_a_run_resumed_through_json_is_the_same_to_the_bit(name: str, cut: int) -> None:
    unbroken = ours("Adam")
    scheduler = SCHEDULERS[name](nn, unbroken)
    seen = []
    for epoch in range(EPOCHS):
        scheduler.step()
        if epoch >= cut:
            seen.append(set_now(unbroken))
    before = ours("Adam")
    scheduler = SCHEDULERS[name](nn, before)
    for _ in range(cut):
        scheduler.step()
    states = [before.state_dict(), scheduler.state_dict()]
    saved = json.loads(json.dumps(states, allow_nan=False))
    after = ours("Adam")
    resumed = SCHEDULERS[name](nn, after)
    after.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    assert resumed.state_dict() == states[1]
    assert resumed.get_last_lr() == scheduler.get_last_lr()
    for expected in seen:
        resumed.step()
        assert set_now(after) == expected


@pytest.mark.parametrize("name", PLATEAUS)
@pytest.mark.parametrize("cut", [0, 7, 33])
def test_a_plateau_is_resumed_too(name: str, cut: int) -> None:
    metrics = [math.sin(epoch) / (1 + epoch / 9) for epoch in range(EPOCHS)]
    unbroken, before, after = ours(), ours(), ours()
    whole, first, second = (PLATEAUS[name](nn, o) for o in (unbroken, before, after))
    for metric in metrics[:cut]:
        whole.step(metric)
        first.step(metric)
    saved = json.dumps([before.state_dict(), first.state_dict()], allow_nan=False)
    after.load_state_dict(json.loads(saved)[0])
    second.load_state_dict(json.loads(saved)[1])
    for metric in metrics[cut:]:
        whole.step(metric)
        second.step(metric)
        assert set_now(after) == set_now(unbroken)


@pytest.mark.parametrize(
    "make",
    [
        lambda m, o, e: m.StepLR(o, 4, 0.5, last_epoch=e),
        lambda m, o, e: m.MultiStepLR(o, [3, 20], 0.5, last_epoch=e),
        lambda m, o, e: m.ExponentialLR(o, 0.9, last_epoch=e),
        lambda m, o, e: m.LinearLR(o, total_iters=30, last_epoch=e),
        lambda m, o, e: m.CosineAnnealingLR(o, 30, last_epoch=e),
        lambda m, o, e: m.LambdaLR(o, lambda epoch: 0.9**epoch, last_epoch=e),
    ],
)
def test_going_on_by_last_epoch_is_pytorchs(make: Any) -> None:
    one, two = ours(), theirs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [make(nn, one, -1), make(pytorchs(), two, -1)]
        for _ in range(10):
            for scheduler in pairs:
                scheduler.step()
        pairs = [make(nn, one, 10), make(pytorchs(), two, 10)]
        assert_equal(one, two)
        for _ in range(30):
            for scheduler in pairs:
                scheduler.step()
            assert_equal(one, two)


def rates(scheduler: Any, count: int) -> list[float]:
    found = [scheduler.get_last_lr()[0]]
    for _ in range(count - 1):
        scheduler.step()
        found.append(scheduler.get_last_lr()[0])
    return found


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda o: StepLR(o, 2, gamma=0.5), [1, 1, 0.5, 0.5, 0.25]),
        (lambda o: MultiStepLR(o, [1, 3, 3], gamma=0.5), [1, 0.5, 0.5, 0.125, 0.125]),
        (lambda o: ExponentialLR(o, 0.5), [1, 0.5, 0.25, 0.125]),
        (lambda o: LinearLR(o, 0.25, 1.0, 3), [0.25, 0.5, 0.75, 1, 1]),
        (lambda o: CosineAnnealingLR(o, 2), [1, 0.5, 0, 0.5, 1, 0.5]),
        (lambda o: LambdaLR(o, lambda epoch: epoch + 1), [1, 2, 3]),
        (
            lambda o: OneCycleLR(
                o, 1.0, 5, pct_start=0.6, anneal_strategy="linear", div_factor=2, final_div_factor=2
            ),
            [0.5, 0.75, 1, 0.625, 0.25],
        ),
        (  # all the way up, so that the last phase has no length
            lambda o: OneCycleLR(o, 1.0, 3, pct_start=1.0, anneal_strategy="linear", div_factor=2),
            [0.5, 0.75, 1],
        ),
        # two phases up to here would divide 0 by 0: the first has no length
        (lambda o: OneCycleLR(o, 1.0, 10, pct_start=0.1), [1.0]),
        (
            lambda o: SequentialLR(o, [LinearLR(o, 0.5, 1, 2), ExponentialLR(o, 0.5)], [3]),
            [0.5, 0.75, 1, 1, 0.5],
        ),
    ],
)
def test_by_hand(make: Any, expected: list[float]) -> None:
    optimizer = SGD([Value(1.0)], lr=1.0, momentum=0.9)
    assert rates(make(optimizer), len(expected)) == pytest.approx(expected, rel=1e-15, abs=1e-15)


def test_a_restart_goes_back_to_the_first_epoch() -> None:
    scheduler = StepLR(SGD([Value(1.0)], lr=1.0), 2, gamma=0.5)
    assert rates(scheduler, 4) == [1.0, 1.0, 0.5, 0.5]
    scheduler.restart()
    assert scheduler.last_epoch == 0
    assert rates(scheduler, 4) == [1.0, 1.0, 0.5, 0.5]


def test_one_cycle_moves_momentum_the_other_way() -> None:
    optimizer = Adam([Value(1.0)], betas=(0.5, 0.99))
    scheduler = OneCycleLR(optimizer, 1.0, 10, pct_start=0.5, anneal_strategy="linear")
    found = []
    for _ in range(10):
        found.append(optimizer.param_groups[0]["betas"])
        scheduler.step()
    assert found[0] == (0.95, 0.99)
    assert found[2] == pytest.approx((0.9, 0.99))
    assert found[4] == (0.85, 0.99)
    assert found[9] == (0.95, 0.99)


def test_a_plateau_takes_a_loss_as_it_is() -> None:
    scheduler = ReduceLROnPlateau(SGD([Value(1.0)], lr=1.0), factor=0.5, patience=0)
    scheduler.step(Value(2.0))
    scheduler.step(Value(3.0))
    assert scheduler.get_last_lr() == [0.5]


def test_a_scheduler_of_ones_own_is_one_method() -> None:
    class Halving(LRScheduler):
        def get_lr(self) -> list[float]:
            return [rate / 2**self.last_epoch for rate in self.base_lrs]

    assert rates(Halving(SGD([Value(1.0)], lr=1.0)), 3) == [1.0, 0.5, 0.25]
    with pytest.raises(TypeError, match=r"LRScheduler has no get_lr\(\)"):
        LRScheduler(SGD([Value(1.0)]))
