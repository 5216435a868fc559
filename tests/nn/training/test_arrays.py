"""fit on NumPy arrays: read where they lie, never made into lists of numbers."""

from __future__ import annotations

import random
import sys
import tracemalloc
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn import MLP, SGD, cross_entropy, fit, mse_loss
from nn.training.batches import Data
from nn.training.checkpoint import digest
from tests.nn.training.small_runs import QUIET

ROWS = np.random.default_rng(0).normal(size=(60, 4))
CLASSES = (ROWS[:, 0] > 0).astype(int) + (ROWS[:, 1] > 0.5)


def run(rows: Any, classes: Any, **options: Any) -> tuple[list[float], Any]:
    model = MLP(4, [5, 3], rng=random.Random(0))
    optimizer = SGD(model.parameters(), lr=0.1)
    settings = {"loss": cross_entropy, "epochs": 3, "batch_size": 7, **QUIET, **options}
    history = fit(model, rows, classes, optimizer=optimizer, **settings)
    return [p.data for p in model.parameters()], history


@pytest.mark.parametrize(
    "rows",
    [
        ROWS.copy(),
        np.asfortranarray(ROWS),
        np.repeat(ROWS, 2, axis=1)[:, ::2],
        np.lib.stride_tricks.as_strided(ROWS, ROWS.shape, ROWS.strides, writeable=False),
    ],
    ids=range(4),
)
def test_an_array_trains_as_its_list_does(rows: Any) -> None:
    weights, history = run(ROWS.tolist(), CLASSES.tolist(), metrics={"share": share})
    again, other = run(rows, CLASSES, metrics={"share": share})
    assert history.compiled
    assert other.compiled
    assert again == weights
    assert other["loss"] == history["loss"]
    assert other["share"] == history["share"]
    assert run(rows, CLASSES, compiled=False)[1]["loss"] == pytest.approx(history["loss"])


def test_any_buffer_trains_as_an_array_does() -> None:
    weights, _ = run(ROWS, CLASSES)
    places = array("q", CLASSES.tolist())
    numbers = array("d", ROWS.ravel())
    table = memoryview(numbers).cast("B").cast("d", ROWS.shape)
    for rows, classes in ((table, places), (memoryview(ROWS[:, ::1]), memoryview(places))):
        assert run(rows, classes)[0] == weights
        assert np.shares_memory(Data(rows, classes).inputs, np.asarray(rows))
    rows = memoryview(np.where(np.equal(ROWS, ROWS[4, 2]), np.inf, ROWS))
    with pytest.raises(ValueError, match=r"fit: X\[4\]\[2\] is inf"):
        run(rows, CLASSES)
    with pytest.raises(ValueError, match="fit: X has no rows"):
        run(array("d"), array("d"))


def test_a_buffer_is_read_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, _ = run(ROWS.tolist(), CLASSES.tolist())
    places = array("q", CLASSES.tolist())
    table = memoryview(array("d", ROWS.ravel())).cast("B").cast("d", ROWS.shape)
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert run(table, places)[0] == weights


def share(predictions: list[Any], targets: list[Any]) -> float:
    right = [max(range(3), key=row.__getitem__) == k for row, k in zip(predictions, targets)]  # noqa: B905
    return sum(right) / len(right)


@pytest.mark.parametrize("kind", [np.float32, np.int8, np.uint16, bool, np.longdouble])
def test_other_kinds_of_numbers(kind: Any) -> None:
    rows = (4 * np.abs(ROWS)).astype(kind)
    assert run(rows, CLASSES)[0] == run(rows.astype(float).tolist(), CLASSES.tolist())[0]


def test_a_number_that_is_not_finite_is_named() -> None:
    for wrong in (np.nan, np.inf):
        rows = ROWS.copy()
        rows[17, 3] = wrong
        with pytest.raises(ValueError, match=rf"fit: X\[17\]\[3\] is {wrong}"):
            run(rows, CLASSES)
        with pytest.raises(ValueError, match=rf"fit: validation\[0\]\[17\]\[3\] is {wrong}"):
            run(ROWS, CLASSES, validation=(rows, CLASSES))
        targets = CLASSES.astype(float)
        targets[5] = wrong
        with pytest.raises(ValueError, match=rf"fit: y\[5\] is {wrong}"):
            run(ROWS, targets)


def test_a_run_on_an_array_goes_on_with_its_list(tmp_path: Path) -> None:
    assert digest(Data(ROWS, CLASSES)) == digest(Data(ROWS.tolist(), CLASSES.tolist()))
    assert digest(Data(ROWS, CLASSES)) != digest(Data(ROWS[::-1], CLASSES))
    assert digest(Data(ROWS, CLASSES)) != digest(Data(ROWS[:, :2].copy(), CLASSES))
    whole, _ = run(ROWS, CLASSES, epochs=4)
    run(ROWS, CLASSES, epochs=2, checkpoint=tmp_path / "run.json")
    on, _ = run(ROWS.tolist(), CLASSES.tolist(), epochs=4, checkpoint=tmp_path / "run.json")
    assert on == whole


def test_no_copy_of_the_rows_is_made() -> None:
    rows = np.zeros((40_000, 50))  # 16 MB
    rows[:, 0] = np.arange(40_000) % 2
    model = MLP(50, [1], rng=random.Random(0))
    optimizer = SGD(model.parameters(), lr=0.1)
    tracemalloc.start()
    fit(model, rows, rows[:, 0], loss=mse_loss, optimizer=optimizer, epochs=1, **QUIET)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < rows.nbytes
