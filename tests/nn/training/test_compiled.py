"""fit: the loss of a row, recorded and replayed, where that is the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from autograd import RecordingError, Value
from nn import (
    MLP,
    SGD,
    Adam,
    Module,
    cross_entropy,
    fit,
    mse_loss,
)
from tests.nn.training.small_runs import QUIET, X, Y, small, trained


def test_a_loss_that_is_no_mean_over_rows_is_computed_afresh() -> None:
    def total(predictions: list[Value], targets: list[float]) -> Value:
        return mse_loss(predictions, targets, reduction="sum")

    _, history = trained(loss=total)
    assert not history.compiled
    assert history.note == "the loss of a batch is not the mean over its rows"
    with pytest.raises(RecordingError, match="compiled=True, but the loss of a batch is not"):
        trained(loss=total, compiled=True)


def test_a_model_that_branches_is_computed_afresh() -> None:
    class Branching(MLP):
        def forward(self, x: Any) -> Any:
            out = super().forward(x)
            return out if out.data > 0 else -out

    _, history = trained(model=Branching(2, [3, 1], rng=random.Random(0)))
    assert not history.compiled
    assert history.note


def test_classes_are_compiled_with_the_index_as_an_argument() -> None:
    model = MLP(2, [8, 3], rng=random.Random(0))
    rows, classes = [[0.0, 1.0], [1.0, 0.0], [-1.0, -1.0]] * 4, [0, 1, 2] * 4
    optimizer = Adam(model.parameters(), lr=0.1)
    history = fit(
        model,
        rows,
        classes,
        loss=cross_entropy,
        optimizer=optimizer,
        epochs=60,
        batch_size=5,
        **QUIET,
    )
    assert history.compiled
    assert history["loss"][-1] < 0.05


def test_rows_of_different_lengths_are_computed_afresh() -> None:
    class Mean(MLP):
        def forward(self, x: Any) -> Any:
            return super().forward([sum(x) / len(x), float(len(x))])

    model = Mean(2, [1], rng=random.Random(0))
    rows = [[1.0], [1.0, 2.0], [1.0, 2.0, 3.0]]
    optimizer = SGD(model.parameters(), lr=0.01)
    history = fit(model, rows, [1, 2, 3], loss=mse_loss, optimizer=optimizer, epochs=2, **QUIET)
    assert "differ in length" in history.note


class Doubling(MLP):
    """Gives another number in training than in use."""

    def forward(self, x: Any) -> Any:
        return super().forward(x) * (2 if self.training else 1)


class Own(Module):
    """A module as anyone writes one."""

    def __init__(self) -> None:
        self.hidden, self.out = MLP(2, [3], "tanh", "tanh", rng=random.Random(0)), Value(0.5)

    def forward(self, x: Any) -> Any:
        return self.out * sum(self.hidden(x))


def correlation(predictions: list[Value], targets: list[float]) -> Value:
    """1 minus the correlation, which one row alone has none of."""
    means = sum(predictions) / len(predictions), sum(targets) / len(targets)
    p = [a - means[0] for a in predictions]
    t = [b - means[1] for b in targets]
    return 1 - sum(a * b for a, b in zip(p, t, strict=True)) / (
        sum(a * a for a in p).sqrt() * sum(b * b for b in t) ** 0.5
    )


def total_loss(predictions: list[Value], targets: list[float]) -> Value:
    return mse_loss(predictions, targets, reduction="sum")


@pytest.mark.parametrize(
    ("make", "loss", "batch_size"),
    [
        (lambda: Doubling(2, [3, 1], rng=random.Random(0)), mse_loss, 2),
        (Own, mse_loss, 1),
        (Own, total_loss, 1),
        (Own, correlation, 5),
        (small, mse_loss, 5),
    ],
)
def test_compiled_or_not_a_run_is_the_same(
    make: Callable[[], Module], loss: Any, batch_size: int
) -> None:
    runs = []
    for compiled in ("auto", False):
        model = make()
        options = {"loss": loss, "batch_size": batch_size, "compiled": compiled}
        _, history = trained(
            model=model, optimizer=SGD(model.parameters(), 0.05), validation=(X, Y), **options
        )
        runs.append([*history["loss"], *history["val_loss"], *model.state_dict().values()])
    assert runs[0] == pytest.approx(runs[1], rel=1e-9)


def test_validation_rows_of_many_lengths_are_computed_afresh() -> None:
    class Sum(MLP):
        def forward(self, x: Any) -> Any:
            return super().forward([sum(x), 1.0])

    model = Sum(2, [1], rng=random.Random(0))
    ragged = [[1.0], [1.0, 2.0]]
    _, history = trained(model=model, validation=(ragged, [1.0, 2.0]))
    assert history.compiled
    assert len(history["val_loss"]) == 5


def test_parameters_that_the_optimizer_leaves_alone_count_for_nothing() -> None:
    model = small()
    last = model.layers[1].parameters()
    before = model.layers[0].state_dict()
    _, history = trained(model=model, optimizer=SGD(last, lr=1e-9), epochs=4)
    assert model.layers[0].state_dict() == before
    assert history["grad_norm"] == pytest.approx([history["grad_norm"][0]] * 4, rel=1e-6)
