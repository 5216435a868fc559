"""What fit shows while it runs, and gives in the end."""

from __future__ import annotations

import csv
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nn import History, mse_loss
from tests.nn.training.small_runs import X, Y, trained


def test_a_line_an_epoch_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    trained(progress=True, epochs=2, validation=(X, Y), compiled=False)
    first, second, end = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1/2  loss ")
    assert "  val_loss " in second
    assert end == "all 2 epochs are done; the weights are those of epoch 2"


def notebook(monkeypatch: pytest.MonkeyPatch, **modules: Any) -> None:
    """What a notebook looks like to rich, with these modules installed."""
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    for name in ("IPython", "IPython.display", "ipywidgets"):
        monkeypatch.setitem(sys.modules, name, modules.get(name.replace(".", "_")))
    monkeypatch.setattr("nn.training.progress.find_spec", lambda name: modules.get(name))


def test_a_line_an_epoch_in_a_notebook_without_widgets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook(monkeypatch)
    trained(progress=True, epochs=2, compiled=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:9] for line in lines] == ["epoch 1/2", "epoch 2/2", "all 2 epo"]


def test_a_bar_in_a_notebook_with_widgets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []

    class Output(nullcontext[None]):
        def clear_output(self, wait: bool) -> None: ...

    display = SimpleNamespace(display=shown.append)
    modules = {"IPython_display": display, "ipywidgets": SimpleNamespace(Output=Output)}
    notebook(monkeypatch, IPython=SimpleNamespace(display=display), **modules)
    trained(progress=True, epochs=2, compiled=False)
    assert isinstance(shown[0], Output)
    assert capsys.readouterr().out == ""


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


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([[1]], TypeError, r"History: rows\[0\] is a dict of numbers, not \[1\]"),
        ([{"loss": 1.0}, {}], ValueError, r"rows\[1\] has not the columns of rows\[0\], loss"),
        ([{"loss": "low"}], ValueError, r"rows\[0\]\['loss'\] is a number, or None, not 'low'"),
        ([{"loss": 10**400}], ValueError, "not a number of 401 digits"),
    ],
)
def test_rows_that_are_no_table_are_refused(
    rows: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        History(rows)


def test_a_number_that_was_not_noted_is_left_out() -> None:
    assert repr(History([{"loss": 0.5, "val_loss": None}])) == "<history of 1 epoch: loss 0.5>"
