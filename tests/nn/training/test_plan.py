"""fit: what goes wrong, and that it is named."""

from __future__ import annotations

import math
import os
import random
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from autograd import Value
from nn import (
    MLP,
    SGD,
    DivergenceError,
    ExponentialLR,
    cross_entropy,
    fit,
    mse_loss,
)
from tests.nn.training.small_runs import QUIET, X, Y, small, trained


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
        ({"checkpoint": "no/such/run.json"}, ValueError, "is in a folder that does not"),
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
    with pytest.raises(ValueError, match="scheduler belongs to another optimizer"):
        trained(scheduler=ExponentialLR(optimizer, 0.5))


@pytest.mark.parametrize(
    ("rows", "targets", "error", "message"),
    [
        ([[1.0, 2.0]], [1.0, 2.0], ValueError, "1 rows in X and 2 targets in y"),
        ([["a", 2.0]], [1.0], TypeError, r"X\[0\]\[0\] is 'a', which is not a number"),
        ([[math.inf, 2.0]], [1.0], ValueError, r"X\[0\]\[0\] is inf. Leave such rows out"),
        ([[10**400, 2.0]], [1.0], ValueError, r"X\[0\]\[0\] is a number of 401 digits"),
        ([[1.0, 2.0]], [-(10**5000)], ValueError, r"y\[0\] is a number of 5001 digits"),
        ([[1.0, Fraction(10**400)]], [1.0], ValueError, r"X\[0\]\[1\] is Fraction\(1000"),
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
    with pytest.raises(ValueError, match=r"^validation: .* 2 numbers, not 3"):
        trained(validation=([[1.0, 2.0, 3.0]], [1.0]))


def test_a_column_of_targets_says_what_to_do() -> None:
    model = small()
    optimizer = SGD(model.parameters())
    with pytest.raises(TypeError, match=r"give y\.ravel\(\)"):
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


@pytest.mark.skipif(sys.platform == "win32", reason="makes a named pipe")
def test_a_checkpoint_from_which_no_run_can_resume_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(ValueError, match=r"run\.json' is a pipe or a device, from which no run"):
        trained(checkpoint=tmp_path / "run.json")
