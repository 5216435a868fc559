"""How far a training run has come: a live bar where there can be one, elsewhere a line an epoch."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from nn.training.history import History

HIDDEN = ("epoch", "lr", "grad_norm", "seconds")  # columns for which the line has no room


class Progress:
    """Shows a run while it lasts; use it in a `with` block.

    epochs  : the number of epochs in the run.
    batches : the number of batches in an epoch.
    wanted  : whether to show anything.
    """

    def __init__(self, history: History, epochs: int, batches: int, wanted: bool) -> None:
        self.history, self.epochs, self.batches, self.wanted = history, epochs, batches, wanted
        widgets = None if find_spec("ipywidgets") else False  # which a bar in a notebook is made of
        self.console = Console(highlight=False, markup=False, soft_wrap=True, force_jupyter=widgets)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self.bar: Any = None
        if wanted and (self.console.is_terminal or self.console.is_jupyter):
            self.bar = Bar(*columns, console=self.console)
            total = epochs * batches
            done = history.epochs * batches
            self.task = self.bar.add_task("starting", total=total, completed=done)
        self.noted = ""

    def __enter__(self) -> Progress:
        if self.wanted and self.history.note:
            self.console.print(f"not compiled: {self.history.note}")
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def batch(self, epoch: int, loss: float) -> None:
        """Show that a batch is done; loss is the mean so far in its epoch."""
        if self.bar is not None:
            words = f"epoch {epoch}/{self.epochs}  loss {loss:.4g}{self.noted}"
            self.bar.update(self.task, advance=1, description=words)

    def epoch(self, row: dict[str, Any]) -> None:
        """Show that an epoch is done."""
        width = len(str(self.epochs))
        noted = [f"{name} {row[name]:.4g}" for name in row if name not in (*HIDDEN, "loss")]
        self.noted = "".join(f"  {each}" for each in noted)
        if self.wanted and self.bar is None:
            line = f"epoch {row['epoch']:{width}}/{self.epochs}  loss {row['loss']:.4g}{self.noted}"
            self.console.print(line)

    def end(self) -> None:
        """Say why the run ended."""
        if self.wanted:
            best = self.history.best_epoch
            kept = f"; the weights are those of epoch {best}" if best else ""
            self.console.print(f"{self.history.stopped}{kept}")
