"""History: the course of a training run, epoch by epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOSSES = ("epoch", "loss", "val_loss")


class History(Mapping[str, list[Any]]):
    """What `fit` recorded of a run: columns by name, each with a number for every epoch.

    rows       : the same numbers as a list of dicts, one an epoch.
    stopped    : why the run ended, in words.
    best_epoch : the epoch whose weights the model has, if validation chose it; else None.
    compiled   : whether the loss was compiled; if not, `note` says why.

    The columns are "epoch", "loss", "val_loss" if there are validation rows, the metrics, "lr",
    "grad_norm" (the mean over the batches, before clipping) and "seconds". For pandas there is
    `pandas.DataFrame(dict(history))`.

    >>> from nn import History
    >>> history = History([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    >>> history["loss"], history.rows[-1]["loss"]
    ([0.5, 0.25], 0.25)
    """

    def __init__(self, rows: list[dict[str, Any]] | None = None) -> None:
        self.rows: list[dict[str, Any]] = list(rows or [])
        self.stopped = ""
        self.best_epoch: int | None = None
        self.compiled = False
        self.note = ""

    @property
    def epochs(self) -> int:
        """The number of epochs."""
        return len(self.rows)

    def __getitem__(self, column: str) -> list[Any]:
        if not self.rows or column not in self.rows[0]:
            raise KeyError(
                f"the history has no {column!r}; it has {', '.join(self) or 'no epochs'}"
            )
        return [row[column] for row in self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows[0] if self.rows else ())

    def __len__(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns as a dict of lists."""
        return dict(self)

    def to_csv(self, path: str | Path) -> None:
        """Write a line of names, and below it a line for each epoch; numbers are exact."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_whole(Path(path), text.getvalue().encode())

    @property
    def losses(self) -> dict[str, list[Any]]:
        """The columns "epoch", "loss" and "val_loss", where there are any."""
        return {name: self[name] for name in self if name in LOSSES}

    def plot(self, ax: Axes | None = None, log: bool = False) -> Axes:
        """The losses by epoch, drawn by `nn.plots.loss_curve`, which needs matplotlib."""
        from nn.plots import loss_curve

        return loss_curve(self, ax=ax, log=log)

    def __repr__(self) -> str:
        if not self.rows:
            return "<history of no epochs>"
        last = self.rows[-1]
        losses = ", ".join(
            f"{name} {last[name]:.4g}" for name in ("loss", "val_loss") if name in last
        )
        why = f"; {self.stopped}" if self.stopped else ""
        return f"<history of {self.epochs} epoch{'s' * (self.epochs > 1)}: {losses}{why}>"
