"""fit: what it trains, when it stops, and what it says."""

from __future__ import annotations

import csv
import json
import math
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import RecordingError, Value
from nn import (
    MLP,
    SGD,
    Adam,
    DivergenceError,
    Dropout,
    ExponentialLR,
    History,
    LRScheduler,
    Module,
    OneCycleLR,
    ReduceLROnPlateau,
    Sequential,
    SequentialLR,
    cross_entropy,
    fit,
    mse_loss,
)

X = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, -1.0], [-1.0, 2.0]]
Y = [1.0, -1.0, 0.5, 2.0, 0.0]
QUIET: dict[str, Any] = {"progress": False}


def small(seed: int = 0) -> MLP:
    return MLP(2, [3, 1], activation="tanh", rng=random.Random(seed))


def trained(**options: Any) -> tuple[MLP, History]:
    model = options.pop("model", None) or small()
    optimizer = options.pop("optimizer", None) or SGD(model.parameters(), lr=0.1)
    settings = {"loss": mse_loss, "optimizer": optimizer, "epochs": 5, **QUIET, **options}
    return model, fit(model, X, Y, **settings)


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


# ---- what it computes ---------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [False, True])
def test_it_is_gradient_descent_written_out(compiled: bool) -> None:
    expected = small()
    losses = by_hand(expected, 5, 0.1, l2=0.01)
    model, history = trained(l2=0.01, compiled=compiled, shuffle=False)
    assert history["loss"] == pytest.approx(losses, rel=1e-9)
    found = model.state_dict()
    assert found == pytest.approx(expected.state_dict(), rel=1e-9)
    assert history.compiled == compiled


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


# ---- when it stops ------------------------------------------------------------------------------


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
    with pytest.raises(TypeError, match="the metric 'share' gave None, no number"):
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


# ---- compiled -----------------------------------------------------------------------------------


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


# ---- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [False, "auto"])
def test_divergence_names_the_epoch_the_batch_and_the_node(compiled: Any) -> None:
    model = small()
    huge = SGD(model.parameters(), lr=1e200)
    states: list[dict[str, float]] = []
    with pytest.raises(
        DivergenceError, match=r"epoch 2, batch 1: .* (Usual fix|What usually helps): .*smaller"
    ):
        trained(
            model=model, optimizer=huge, compiled=compiled,
            callbacks=[lambda history: states.append(model.state_dict())],
        )  # fmt: skip
    assert model.state_dict() == states[-1]
    assert not model.training


def test_a_norm_that_overflows_is_named() -> None:
    model = MLP(2, [1])
    for parameter in model.parameters():
        parameter.data = 0.0
    optimizer = SGD(model.parameters())
    settings = {"loss": lambda p, t: p[0] * 1.2e308, "epochs": 1, "compiled": False, **QUIET}
    with pytest.raises(DivergenceError, match=r"epoch 1, batch 1: the norm .* is inf\. What") as e:
        fit(model, [[1.0, 1.0]], [0.0], optimizer=optimizer, **settings)
    assert e.value.history.epochs == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"loss": "mse"}, TypeError, "loss is a function such as nn.mse_loss, not 'mse'"),
        ({"optimizer": SGD}, TypeError, r"call it: SGD\(model.parameters\(\)\)"),
        ({"epochs": 0}, ValueError, "epochs is a whole number from 1, not 0"),
        ({"epochs": 1.5}, ValueError, "epochs is a whole number from 1, not 1.5"),
        ({"batch_size": 0}, ValueError, "batch_size is a whole number from 1, or None, not 0"),
        ({"patience": 3}, ValueError, "patience waits for the validation loss"),
        ({"l1": -1.0}, ValueError, "l1 is a number from 0, not -1.0"),
        ({"clip_norm": 0}, ValueError, "clip_norm is a number above 0"),
        ({"validation": X}, TypeError, r"validation is a pair, \(X, y\)"),
        ({"scheduler": 0.1}, TypeError, "scheduler is one such as nn.StepLR, not 0.1"),
        ({"callbacks": [1]}, TypeError, "callbacks are functions, not 1"),
        ({"stop_below": "0.1"}, ValueError, "stop_below is a number, or None, not '0.1'"),
        ({"compiled": "Auto"}, ValueError, "compiled is True, False or 'auto', not 'Auto'"),
        ({"metrics": {"loss": len}}, ValueError, "a metric cannot be called 'loss'"),
        ({"checkpoint": "no/such/run.json"}, ValueError, "is in no folder that exists"),
        ({"checkpoint": "."}, ValueError, r"names a file; .* is a folder"),
        (
            {"validation": ([[1.0, math.nan]], [1.0])},
            ValueError,
            r"validation\[0\]\[0\]\[1\] is nan",
        ),
        ({"validation": ([[1.0, 1.0]], [])}, ValueError, r"validation\[1\] has no rows"),
    ],
)
def test_wrong_arguments_are_named(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        trained(**options)


def test_an_optimizer_or_scheduler_of_another_model_is_refused() -> None:
    optimizer = SGD(small().parameters(), lr=0.1)
    with pytest.raises(ValueError, match="moves no parameter of this model"):
        trained(optimizer=optimizer)
    with pytest.raises(ValueError, match="scheduler is of another optimizer"):
        trained(scheduler=ExponentialLR(optimizer, 0.5))


@pytest.mark.parametrize(
    ("rows", "targets", "error", "message"),
    [
        ([[1.0, 2.0]], [1.0, 2.0], ValueError, "1 rows in X and 2 targets in y"),
        ([["a", 2.0]], [1.0], TypeError, r"X\[0\]\[0\] is 'a', which is no number"),
        ([[math.inf, 2.0]], [1.0], ValueError, r"X\[0\]\[0\] is inf. Leave such rows out"),
        ([[10**400, 2.0]], [1.0], ValueError, r"X\[0\]\[0\] is 1000"),
        ([], [], ValueError, "X has no rows"),
        ("ab", [1.0], TypeError, "X is a list of rows, not 'ab'"),
        ([[1.0, 2.0, 3.0]], [1.0], ValueError, "2 numbers, not 3"),
    ],
)
def test_wrong_data_is_named(rows: Any, targets: Any, error: type[Exception], message: str) -> None:
    model = small()
    with pytest.raises(error, match=message):
        fit(model, rows, targets, loss=mse_loss, optimizer=SGD(model.parameters()), **QUIET)


def test_a_loss_that_asks_which_class_it_is_is_computed_afresh() -> None:
    def weighted(predictions: list[Value], targets: list[float]) -> Value:
        pairs = zip(predictions, targets, strict=True)
        return sum((10 if t == 1 else 1) * (p - t) ** 2 for p, t in pairs) / len(targets)

    model = small()
    rows = [[0.1 * k, 1.0] for k in range(40)]
    optimizer = SGD(model.parameters(), lr=0.01)
    settings = {"loss": weighted, "optimizer": optimizer, "batch_size": 1, "epochs": 1, **QUIET}
    assert not fit(model, rows, [0] * 39 + [1], **settings).compiled


def test_validation_rows_that_do_not_fit_are_named_before_training() -> None:
    with pytest.raises(ValueError, match=r"fit: validation: .* 2 numbers, not 3"):
        trained(validation=([[1.0, 2.0, 3.0]], [1.0]))


def test_a_column_of_targets_says_what_to_do() -> None:
    model = small()
    optimizer = SGD(model.parameters())
    with pytest.raises(TypeError, match=r"take y\.ravel\(\)"):
        fit(model, X, [[y] for y in Y], loss=mse_loss, optimizer=optimizer, **QUIET)


def test_a_callback_may_say_true_as_numpy_does() -> None:
    numpy = pytest.importorskip("numpy")
    _, history = trained(callbacks=[lambda history: numpy.float64(1) > 0])
    assert history.epochs == 1


def test_numpy_and_booleans_are_data_too() -> None:
    numpy = pytest.importorskip("numpy")
    model = MLP(2, [2], rng=random.Random(0))
    labels = numpy.array([True, False, True, False, True])
    optimizer = SGD(model.parameters(), lr=0.1)
    history = fit(model, numpy.array(X), labels, loss=cross_entropy, optimizer=optimizer, **QUIET)
    assert history["loss"][-1] < history["loss"][0]


def test_numpys_numbers_are_settings_too(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    plain = trained(epochs=2, batch_size=2, seed=3, l2=0.5)[0]
    count, share = numpy.int64, numpy.float64
    model, _ = trained(
        epochs=count(2), batch_size=count(2), seed=count(3), l2=share(0.5),
        checkpoint=tmp_path / "run.json",
    )  # fmt: skip
    assert model.state_dict() == plain.state_dict()


# ---- what it shows ------------------------------------------------------------------------------


def test_a_line_an_epoch_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    trained(progress=True, epochs=2, validation=(X, Y), compiled=False)
    first, second, end = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1/2  loss ")
    assert "  val_loss " in second
    assert end == "all 2 epochs are done; the weights are those of epoch 2"


def test_silence_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    trained(epochs=2)
    assert capsys.readouterr() == ("", "")


def test_why_it_is_not_compiled_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    trained(progress=True, epochs=1, loss=lambda p, t: mse_loss(p, t, reduction="sum"))
    assert capsys.readouterr().out.startswith("not compiled: the loss of a batch is not the mean")


def test_a_history_is_columns_rows_csv_and_a_picture(tmp_path: Path) -> None:
    _, history = trained(validation=(X, Y))
    assert list(history) == ["epoch", "loss", "val_loss", "lr", "grad_norm", "seconds"]
    assert history["epoch"] == [1, 2, 3, 4, 5]
    assert history.rows[2]["loss"] == history["loss"][2]
    history.to_csv(tmp_path / "run.csv")
    with open(tmp_path / "run.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == history["loss"]
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    ax = history.plot(ax=Figure().subplots())
    assert [line.get_label() for line in ax.get_lines()] == ["loss", "val_loss"]
    with pytest.raises(KeyError, match="the history has no 'accuracy'; it has epoch, loss"):
        history["accuracy"]


# ---- interruption -------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as POSIX does")
def test_ctrl_c_ends_after_the_batch_and_gives_the_history() -> None:
    batches = 0

    def loss(predictions: list[Value], targets: list[float]) -> Value:
        nonlocal batches
        batches += 1
        if batches == 8:
            os.kill(os.getpid(), signal.SIGINT)
        return mse_loss(predictions, targets)

    before = signal.getsignal(signal.SIGINT)
    model, history = trained(loss=loss, batch_size=1, compiled=False, shuffle=False)
    assert history.epochs == 1
    assert history.stopped == "interrupted in epoch 2, after batch 3 of 5"
    assert batches == 8
    assert signal.getsignal(signal.SIGINT) is before
    again, _ = trained(epochs=1, batch_size=1, compiled=False, shuffle=False)
    assert model.state_dict() != again.state_dict()  # three more batches


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as POSIX does")
def test_ctrl_c_in_the_last_batch_of_an_epoch_keeps_the_epoch(tmp_path: Path) -> None:
    def loss(predictions: list[Value], targets: list[float]) -> Value:
        os.kill(os.getpid(), signal.SIGINT)
        return mse_loss(predictions, targets)

    _, history = trained(loss=loss, compiled=False, checkpoint=tmp_path / "run.json")
    assert (history.epochs, history.stopped) == (1, "interrupted after epoch 1")
    _, rest = trained(loss=loss, compiled=False, checkpoint=tmp_path / "run.json")
    assert (rest.epochs, rest.stopped) == (2, "interrupted after epoch 2")


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as POSIX does")
def test_ctrl_c_pressed_again_interrupts() -> None:
    def loss(predictions: list[Value], targets: list[float]) -> Value:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return mse_loss(predictions, targets)

    with pytest.raises(KeyboardInterrupt):
        trained(loss=loss, compiled=False)


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
