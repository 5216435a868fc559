"""fit: what it trains, and when it stops."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from pathlib import Path

import pytest

from autograd import Value
from nn import (
    MLP,
    SGD,
    Dropout,
    ExponentialLR,
    History,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    Sequential,
    SequentialLR,
    fit,
    mse_loss,
)
from tests.nn.training.small_runs import QUIET, X, Y, small, trained


def by_hand(model: MLP, epochs: int, lr: float, l2: float = 0.0) -> list[float]:
    """Gradient descent on all rows, written out."""
    losses = []
    for _ in range(epochs):
        loss = mse_loss([model(row) for row in X], Y)
        total = loss + l2 * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= lr * p.grad
        losses.append(loss.data)
    return losses


# ---- what it computes ----------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [False, True])
def test_it_is_gradient_descent_written_out(compiled: bool) -> None:
    expected = small()
    losses = by_hand(expected, 5, 0.1, l2=0.01)
    model, history = trained(l2=0.01, compiled=compiled, shuffle=False)
    assert history["loss"] == pytest.approx(losses, rel=1e-9)
    found = model.state_dict()
    assert found == pytest.approx(expected.state_dict(), rel=1e-9)
    assert history.compiled == compiled


def test_a_loss_that_looks_at_a_target_is_computed_as_it_is_written() -> None:
    # the few zeros are beyond the rows on which the compiled loss is tried
    rows = [[0.01 * k] for k in range(100)]
    targets = [float(k < 95) for k in range(100)]

    def loss(predictions: list[Value], wanted: list[float]) -> Value:
        terms = [
            (5.0 if t == 0 else 1.0) * (p - t) ** 2
            for p, t in zip(predictions, wanted, strict=True)
        ]
        return sum(terms[1:], terms[0]) / len(terms)

    ends = []
    for compiled in ("auto", False):
        random.seed(0)
        model = MLP(1, [1])
        history = fit(
            model, rows, targets, loss=loss, optimizer=SGD(model.parameters(), lr=0.1), epochs=20,
            batch_size=100, compiled=compiled, **QUIET,
        )  # fmt: skip
        ends.append((history["loss"][-1], model.state_dict()))
    assert ends[0] == ends[1]


def test_l1_draws_a_weight_that_explains_nothing_to_zero() -> None:
    rng = random.Random(0)
    rows = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(50)]
    model = MLP(2, [1], rng=rng)
    optimizer = SGD(model.parameters(), lr=0.02)
    fit(model, rows, [3 * a for a, _ in rows], loss=mse_loss, optimizer=optimizer, l1=0.2, **QUIET)
    useful, useless = (w.data for w in model.layers[0].neurons[0].w)
    assert useful > 2.5
    assert abs(useless) < 0.05


def test_batches_are_all_rows_each_epoch_in_a_new_order_that_the_seed_gives() -> None:
    seen: list[list[float]] = []

    def loss(predictions: list[Value], targets: list[float]) -> Value:
        seen.append(targets)
        return mse_loss(predictions, targets)

    def orders(seed: int) -> list[list[float]]:
        seen.clear()
        trained(loss=loss, batch_size=2, epochs=3, seed=seed, compiled=False)
        assert [len(batch) for batch in seen] == [2, 2, 1] * 3
        return [[y for batch in seen[k : k + 3] for y in batch] for k in (0, 3, 6)]

    first = orders(0)
    assert all(sorted(order) == sorted(Y) for order in first)
    assert first[0] != first[1]
    assert orders(0) == first
    assert orders(1) != first


def test_clip_norm_bounds_a_step() -> None:
    model = small()
    before = model.state_dict()
    _, history = trained(
        model=model, epochs=1, clip_norm=1e-3, optimizer=SGD(model.parameters(), 1.0)
    )
    after = model.state_dict()
    assert math.dist(list(before.values()), list(after.values())) == pytest.approx(1e-3, rel=2e-3)
    assert history["grad_norm"][0] > 0.1


def test_a_scheduler_steps_each_epoch_and_one_cycle_each_batch() -> None:
    model = small()
    optimizer = SGD(model.parameters(), lr=0.1)
    _, history = trained(model=model, optimizer=optimizer, scheduler=ExponentialLR(optimizer, 0.5))
    assert history["lr"] == pytest.approx([0.1, 0.05, 0.025, 0.0125, 0.00625])
    optimizer = SGD(model.parameters(), lr=0.1)
    short = OneCycleLR(optimizer, max_lr=0.1, total_steps=14)
    with pytest.raises(
        ValueError, match=r"OneCycleLR has 14 steps.* 5 epochs of 3 batches have 15"
    ):
        trained(model=model, optimizer=optimizer, scheduler=short, batch_size=2, epochs=5)
    cycle = OneCycleLR(optimizer, max_lr=0.1, total_steps=15)
    trained(model=model, optimizer=optimizer, scheduler=cycle, batch_size=2, epochs=5)
    with pytest.raises(ValueError, match="15"):
        cycle.step()


def test_one_cycle_in_a_sequence_is_refused() -> None:
    model = small()
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    cycle = OneCycleLR(optimizer, max_lr=0.1, total_steps=15)
    sequence = SequentialLR(optimizer, [ExponentialLR(optimizer, 0.5), cycle], [2])
    with pytest.raises(
        ValueError, match="OneCycleLR steps once a batch; it cannot be in a SequentialLR"
    ):
        trained(model=model, optimizer=optimizer, scheduler=sequence)


def test_a_scheduler_of_ones_own_may_step_each_batch() -> None:
    class Halving(LRScheduler):
        per_batch = True

        def get_lr(self) -> list[float]:
            return [rate * 0.5**self.last_epoch for rate in self.base_lrs]

    model = small()
    optimizer = SGD(model.parameters(), lr=0.1)
    scheduler = Halving(optimizer)
    _, history = trained(
        model=model, optimizer=optimizer, scheduler=scheduler, batch_size=2, epochs=2
    )
    assert history["lr"] == pytest.approx([0.1, 0.1 / 2**3])
    assert scheduler.last_epoch == 6


def test_a_plateau_scheduler_sees_the_validation_loss() -> None:
    model = small()
    optimizer = SGD(model.parameters(), lr=0.1)
    plateau = ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    _, history = trained(
        model=model,
        optimizer=optimizer,
        scheduler=plateau,
        validation=(X, [-v for v in Y]),
        epochs=10,
    )
    assert history["lr"][-1] < 0.1
    assert history["loss"][-1] < history["loss"][0]


def test_dropout_is_on_while_training_and_off_after() -> None:
    model = Sequential(
        MLP(2, [3], rng=random.Random(0)), Dropout(0.5, random.Random(1)), MLP(3, [1])
    )
    optimizer = SGD(model.parameters(), lr=0.01)
    history = fit(model, X, Y, loss=mse_loss, optimizer=optimizer, epochs=2, **QUIET)
    assert not history.compiled
    assert "Dropout draws anew" in history.note
    assert model(X[0]).data == model(X[0]).data
    assert not model.training


# ---- when it stops -------------------------------------------------------------------------------


def test_it_stops_at_the_number_of_epochs() -> None:
    _, history = trained(epochs=3)
    assert (history.epochs, history.stopped) == (3, "all 3 epochs are done")


def test_it_stops_at_a_threshold() -> None:
    _, history = trained(stop_below=0.5, epochs=500)
    assert history["loss"][-1] < 0.5 <= min(history["loss"][:-1])
    assert history.stopped == "the loss is below 0.5"


def test_it_stops_when_validation_stops_improving_and_keeps_the_best_weights() -> None:
    states: dict[int, dict[str, float]] = {}
    model = small()

    def note(history: History) -> None:
        states[history.epochs] = model.state_dict()

    validation = ([[3.0, 3.0], [-2.0, 1.0]], [1.0, -1.0])
    _, history = trained(
        model=model, epochs=300, validation=validation, patience=4, callbacks=[note],
        optimizer=SGD(model.parameters(), lr=0.3),
    )  # fmt: skip
    losses = history["val_loss"]
    assert history.stopped == "the validation loss has not improved for 4 epochs"
    assert history.best_epoch == 1 + losses.index(min(losses)) == history.epochs - 4
    assert model.state_dict() == states[history.best_epoch]


def test_a_metric_that_gives_no_number_is_named() -> None:
    with pytest.raises(TypeError, match="the metric 'share' gave None, not a number"):
        trained(metrics={"share": lambda predictions, targets: None})


def test_a_callback_may_end_the_run() -> None:
    def enough(history: History) -> bool:
        return history.epochs == 2

    _, history = trained(callbacks=[enough])
    assert (history.epochs, history.stopped) == (2, "enough said so")


def test_metrics_are_of_the_validation_rows_where_there_are_any() -> None:
    def count(predictions: list[Value], targets: list[float]) -> int:
        assert isinstance(predictions[0], Value)
        return len(targets)

    assert trained(metrics={"count": count})[1]["count"] == [5] * 5
    assert trained(metrics={"count": count}, validation=(X[:2], Y[:2]))[1]["count"] == [2] * 5


# ---- how long it may be --------------------------------------------------------------------------


def memory_of_a_run(epochs: int) -> int:
    """Peak bytes, by a process of its own."""
    program = (
        "import random, resource\n"
        "from nn import MLP, Adam, fit, mse_loss\n"
        "model = MLP(4, [8, 1], rng=random.Random(0))\n"
        "rows = [[k * 0.01, 1.0, 2.0, -k * 0.02] for k in range(64)]\n"
        "fit(model, rows, [r[0] for r in rows], loss=mse_loss, batch_size=16, progress=False,\n"
        f"    optimizer=Adam(model.parameters()), epochs={epochs}, compiled=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="asks as POSIX does")
def test_two_hundred_epochs_take_no_more_memory_than_ten() -> None:
    assert memory_of_a_run(200) < 1.1 * memory_of_a_run(10)


def test_the_state_of_a_run_is_json(tmp_path: Path) -> None:
    trained(checkpoint=tmp_path / "run.json")
    content = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert content["format"] == "chalkgrad.checkpoint/1"
