"""Plan: what a training run is asked to do, checked as a whole."""

from __future__ import annotations

import math
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nn.module import Module
from nn.optim.base import Optimizer
from nn.schedulers.base import LRScheduler
from nn.settings import ABOVE_0, COUNT, FROM_0, NUMBER, SEED, SWITCH, check, optional
from nn.training.batches import Data, Loss
from nn.training.history import History

Metric = Callable[[list[Any], list[Any]], float]
Callback = Callable[[History], Any]

SETTINGS = {
    "epochs": COUNT,
    "batch_size": optional(COUNT),
    "stop_below": optional(NUMBER),
    "patience": optional(COUNT),
    "l1": FROM_0,
    "l2": FROM_0,
    "clip_norm": optional(ABOVE_0),
    "shuffle": SWITCH,
    "seed": SEED,
}
COLUMNS = ("epoch", "loss", "val_loss", "lr", "grad_norm", "seconds")


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """The arguments of `fit`, checked one by one and together: a Plan can be run.

    Raises TypeError or ValueError, naming the argument, for one that cannot be used.
    """

    model: Module
    data: Data
    loss: Loss
    optimizer: Optimizer
    epochs: int
    batch_size: int | None
    scheduler: LRScheduler | None
    validation: Data | None
    metrics: Mapping[str, Metric]
    stop_below: float | None
    patience: int | None
    l1: float
    l2: float
    clip_norm: float | None
    shuffle: bool
    seed: int
    callbacks: Sequence[Callback]
    checkpoint: Path | None
    progress: bool
    compiled: bool | Literal["auto"]

    def __post_init__(self) -> None:
        self.check_model()
        for name, setting in SETTINGS.items():
            check(f"fit: {name}", getattr(self, name), setting)
        if self.compiled not in (True, False, "auto"):
            raise ValueError(f"fit: compiled is True, False or 'auto', not {self.compiled!r:.60}")
        if self.patience is not None and self.validation is None:
            raise ValueError("fit: patience waits for the validation loss: give validation=(X, y)")
        self.check_functions()
        self.check_checkpoint()
        self.check_scheduler()

    @property
    def rows_per_batch(self) -> int:
        """The number of rows in each batch but the last."""
        return self.batch_size or len(self.data)

    @property
    def batches(self) -> int:
        """The number of batches in an epoch."""
        return math.ceil(len(self.data) / self.rows_per_batch)

    @property
    def columns(self) -> list[str]:
        """What is recorded of each epoch."""
        looked = ["val_loss"] if self.validation is not None else []
        return ["epoch", "loss", *looked, *self.metrics, "lr", "grad_norm", "seconds"]

    def check_model(self) -> None:
        """Check that model, loss and optimizer go together."""
        model, loss, optimizer = self.model, self.loss, self.optimizer
        if not isinstance(model, Module):
            raise TypeError(f"fit: model is a Module, such as an MLP, not {model!r:.60}")
        if not callable(loss):
            raise TypeError(f"fit: loss is a function such as nn.mse_loss, not {loss!r:.60}")
        if not isinstance(optimizer, Optimizer):
            call = f"{getattr(optimizer, '__name__', '')}(model.parameters())"
            hint = f"; call it: {call}" if isinstance(optimizer, type) else ""
            raise TypeError(f"fit: optimizer is one such as nn.SGD, not {optimizer!r:.60}{hint}")
        parameters = model.parameters()
        if not parameters:
            raise ValueError(f"fit: {model!r:.60} has no parameters to train")
        moved = {p for group in optimizer.param_groups for p in group["params"]}
        if moved.isdisjoint(parameters):
            raise ValueError(
                "fit: the optimizer moves no parameter of this model: "
                "make it from model.parameters()"
            )
        if not any(p.requires_grad for p in moved):
            raise ValueError(
                "fit: all parameters that the optimizer moves are frozen: "
                "model.requires_grad_(True) lets them learn"
            )

    def check_functions(self) -> None:
        """Check metrics and callbacks."""
        metrics, callbacks = self.metrics, self.callbacks
        if not isinstance(metrics, Mapping):
            raise TypeError(f"fit: metrics is a dict of functions, not {metrics!r:.60}")
        if not isinstance(callbacks, (list, tuple)):
            raise TypeError(f"fit: callbacks is a list, not {callbacks!r:.60}")
        for function in [*callbacks, *metrics.values()]:
            if not callable(function):
                raise TypeError(f"fit: metrics and callbacks are functions, not {function!r:.60}")
        for name in metrics:
            if name in COLUMNS:
                raise ValueError(f"fit: a metric cannot be called {name!r}, the name of a column")

    def check_checkpoint(self) -> None:
        """Check that there can be a file at checkpoint."""
        path, what = self.checkpoint, ""
        if path is None:
            return
        try:
            if stat.S_ISDIR(path.stat().st_mode):
                what = "is a folder"
            elif not stat.S_ISREG(path.stat().st_mode):
                what = "is a pipe or a device, from which no run can resume"
        except (FileNotFoundError, NotADirectoryError):
            what = "" if path.parent.is_dir() else "is in a folder that does not exist"
        except ValueError as error:  # a NUL, or not Unicode
            what = f"cannot be its name: {error}"
        if what:
            raise ValueError(f"fit: checkpoint names a file; {str(path)!r} {what}")

    def check_scheduler(self) -> None:
        """Check that the scheduler belongs to this optimizer and lasts for the run."""
        scheduler = self.scheduler
        if scheduler is None:
            return
        if not isinstance(scheduler, LRScheduler):
            raise TypeError(f"fit: scheduler is one such as nn.StepLR, not {scheduler!r:.60}")
        if scheduler.optimizer is not self.optimizer:
            raise ValueError("fit: the scheduler belongs to another optimizer than the one given")
        try:
            scheduler.check_run(self.epochs, self.batches)
        except ValueError as error:
            raise ValueError(f"fit: {error}") from None
