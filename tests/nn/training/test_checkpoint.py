"""Runs that resume where they were killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from autograd import Value
from nn import (
    MLP,
    SGD,
    Adam,
    CosineAnnealingLR,
    Dropout,
    History,
    Module,
    OneCycleLR,
    Sequential,
    fit,
    mse_loss,
)

ROWS = [[k * 0.1, (k * 7 % 5) * 0.3] for k in range(20)]
TARGETS = [a - b for a, b in ROWS]


def net(seed: int = 0) -> MLP:
    return MLP(2, [4, 1], activation="tanh", rng=random.Random(seed))


def run(epochs: int, checkpoint: Path | None = None, **options: Any) -> tuple[Any, History]:
    """A run whose next epoch depends on all that there is: moments, rates, draws, order."""
    model = Sequential(MLP(2, [6], "tanh", rng=random.Random(3)), Dropout(0.2, random.Random(4)),
                       MLP(6, [1], rng=random.Random(5)))  # fmt: skip
    optimizer = Adam(model.parameters(), lr=0.02, amsgrad=True)
    settings: dict[str, Any] = {
        "loss": mse_loss,
        "optimizer": optimizer,
        "scheduler": CosineAnnealingLR(optimizer, T_max=12),
        "validation": (ROWS[:5], TARGETS[:5]),
        "batch_size": 3,
        "progress": False,
    }
    history = fit(model, ROWS, TARGETS, epochs=epochs, checkpoint=checkpoint, **settings | options)
    return model, history


def without_time(history: History) -> list[dict[str, Any]]:
    return [{name: x for name, x in row.items() if name != "seconds"} for row in history.rows]


@pytest.mark.parametrize("first", [1, 5, 11])
def test_a_run_in_two_parts_is_the_run_in_one(first: int, tmp_path: Path) -> None:
    whole, history = run(12)
    run(first, tmp_path / "run.json")
    resumed, second = run(12, tmp_path / "run.json")
    assert resumed.state_dict() == whole.state_dict()
    assert without_time(second) == without_time(history)
    assert second.best_epoch == history.best_epoch


def test_new_limits_hold_when_a_run_goes_on(tmp_path: Path) -> None:
    run(50, tmp_path / "run.json", stop_below=1.0)
    _, history = run(12, tmp_path / "run.json", stop_below=1e-9)
    assert (history.epochs, history.stopped) == (12, "all 12 epochs are done")


def test_a_run_of_a_module_of_ones_own_goes_on(tmp_path: Path) -> None:
    class Line(Module):
        def __init__(self) -> None:
            self.slope = Value(0.5)

        def forward(self, x: Any) -> Any:
            return self.slope * x[0]

    for epochs in (2, 4):
        model = Line()
        optimizer = SGD(model.parameters(), lr=0.1)
        settings = {"loss": mse_loss, "epochs": epochs, "checkpoint": tmp_path / "run.json"}
        history = fit(model, ROWS, TARGETS, optimizer=optimizer, progress=False, **settings)
        assert history.epochs == epochs


def test_a_run_that_is_over_stays_over(tmp_path: Path) -> None:
    model, history = run(50, tmp_path / "run.json", stop_below=1.0)
    again, second = run(50, tmp_path / "run.json", stop_below=1.0)
    assert second.stopped == history.stopped == "the loss is below 1"
    assert again.state_dict() == model.state_dict()
    assert second.epochs == history.epochs


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 4}, "its batch_size is 3, here it is 4"),
        ({"l2": 0.1}, "its l2 is 0.0, here it is 0.1"),
        ({"seed": 1}, "its seed is 0, here it is 1"),
        ({"validation": None}, "its validation is"),
        ({"scheduler": None}, "its scheduler is 'CosineAnnealingLR', here it is None"),
    ],
)
def test_the_file_of_another_run_is_refused(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    run(2, tmp_path / "run.json")
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(ValueError, match=f"run.json is from another run: {message}"):
        run(4, tmp_path / "run.json", **options)
    assert (tmp_path / "run.json").read_bytes() == before


@pytest.mark.parametrize("part", ["model", "optimizer", "scheduler", "random", "rows", "best"])
def test_a_damaged_part_is_an_error_and_changes_nothing(part: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    run(2, path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content[part] = [{"x": 1}] if part == "rows" else [17]
    path.write_text(json.dumps(content), encoding="utf-8")
    model = MLP(2, [1], rng=random.Random(0))
    optimizer = SGD(model.parameters(), lr=0.1)
    before = model.state_dict()
    with pytest.raises(ValueError, match=r"run\.json is"):
        run(4, path)
    with pytest.raises(ValueError, match="another run: its model is"):
        fit(
            model,
            ROWS,
            TARGETS,
            loss=mse_loss,
            optimizer=optimizer,
            checkpoint=path,
            progress=False,
        )
    assert model.state_dict() == before
    del content[part]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=f"is damaged: it has no '{part}'"):
        run(4, path)


def test_a_row_or_best_epoch_that_cannot_be_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    run(2, path)
    content = json.loads(path.read_text(encoding="utf-8"))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"rows": [{**content["rows"][0], "loss": "low"}]}, "loss is a number, not 'low'"),
        ({"best_epoch": 3}, "best_epoch is an epoch from 1 to 2, not 3"),
        ({"best_epoch": None}, "best_epoch is an epoch from 1 to 2, not None"),
    ]
    for changes, message in wrong:
        path.write_text(json.dumps({**content, **changes}), encoding="utf-8")
        with pytest.raises(ValueError, match=rf"run\.json is damaged: {message}"):
            run(4, path)


def test_a_cycle_that_is_over_too_soon_for_the_longer_run_is_an_error_at_once(
    tmp_path: Path,
) -> None:
    def cycled(epochs: int) -> tuple[MLP, OneCycleLR]:
        model = net()
        optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
        cycle = OneCycleLR(optimizer, max_lr=0.1, total_steps=epochs)
        settings: dict[str, Any] = {"scheduler": cycle, "checkpoint": tmp_path / "run.json"}
        before = model.state_dict()
        try:
            fit(model, ROWS, TARGETS, loss=mse_loss, optimizer=optimizer, epochs=epochs,
                progress=False, **settings)  # fmt: skip
        except ValueError:
            assert model.state_dict() == before
            assert cycle.total_steps == epochs
            raise
        return model, cycle

    cycled(2)
    cycled(2)
    with pytest.raises(
        ValueError, match=r"run\.json is from a shorter run: OneCycleLR has 2 steps.* have 3"
    ):
        cycled(3)


# ---- killed -------------------------------------------------------------------------------------

KILLS = 20


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_killed_twenty_times_a_run_ends_with_the_very_weights(tmp_path: Path) -> None:
    def command(name: str) -> list[str]:
        return [sys.executable, __file__, str(tmp_path / name)]

    rng = random.Random(0)
    for _ in range(KILLS):
        with subprocess.Popen(command("killed.json"), stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0, 0.05))
            child.send_signal(signal.SIGKILL)
            assert child.stdout.read() == ""  # it was not done
    results = [
        subprocess.run(command(name), capture_output=True, text=True, check=True).stdout
        for name in ("killed.json", "whole.json")
    ]
    assert results[0] == results[1]
    left = [name for name in os.listdir(tmp_path) if name not in ("whole.json", "killed.json")]
    assert all(name.startswith(".") for name in left)  # what a kill left of a file half written


def main() -> None:
    """A run for a test to kill: its weights and losses, to the last bit."""
    print("ready", flush=True)
    model, history = run(600, Path(sys.argv[1]))
    print(json.dumps([model.state_dict(), without_time(history)]))


if __name__ == "__main__":
    main()
