"""`fit`: a model trained on data. Forward, backward, update; batch by batch, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from nn.batches import Data, Loss
from nn.history import History
from nn.module import Module
from nn.onecycle import OneCycleLR
from nn.optimizer import Optimizer
from nn.run import Callback, Metric, Run
from nn.scheduler import LRScheduler
from nn.schedulers import SequentialLR
from nn.settings import ABOVE_0, COUNT, FROM_0, NUMBER, SWITCH, WHOLE, check, optional


def fit(
    model: Module,
    X: Any,  # noqa: N803 - as scikit-learn has it
    y: Any,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int = 100,
    batch_size: int | None = None,
    scheduler: Any = None,
    validation: tuple[Any, Any] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    stop_below: float | None = None,
    patience: int | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    shuffle: bool = True,
    seed: int = 0,
    callbacks: Iterable[Callback] = (),
    checkpoint: str | Path | None = None,
    progress: bool = True,
    compiled: bool | Literal["auto"] = "auto",
) -> History:
    """Train a model on rows of inputs X and their targets y; gives the History of the run.

    loss       : a function of a batch's predictions and targets, two lists, such as `nn.mse_loss`.
    optimizer  : made of the model's parameters, such as `nn.Adam(model.parameters())`.
    epochs     : passes over all rows, at most.
    batch_size : rows between two updates; None for all.
    scheduler  : of the learning rate; it steps once an epoch, a OneCycleLR once a batch.
    validation : (X, y) of rows to look at after each epoch, and not to train on. The weights of the
                 epoch with the lowest validation loss are the model's in the end.
    metrics    : functions like loss that give numbers, by name; of the validation rows if there are
                 any, else of all.
    stop_below : the run ends when an epoch's loss is below this threshold.
    patience   : or when the validation loss has not improved for so many epochs.
    l1, l2     : weights of the penalties on all parameters: l1 * sum|w| + l2 * sum w² is added to
                 each batch's loss, not to the losses in the History.
    clip_norm  : gradients are shrunk to this norm where theirs is larger.
    shuffle    : whether each epoch has the rows in a new order, drawn by seed.
    callbacks  : functions that get the History after each epoch; one that gives True ends the run.
    checkpoint : a file written after each epoch. A run that finds it goes on from there, and ends
                 with the very weights of a run that was never interrupted, if what its modules
                 draw at random comes from a `random.Random` that they have.
    progress   : a live bar on a terminal, elsewhere a line an epoch; False for silence.
    compiled   : whether to record the loss of a row and replay it (see `autograd.compile`): "auto"
                 does where that gives the same loss of some rows; True makes it an error where it
                 does not.

    The model is left as `eval()` has it.

    Ctrl-C ends the run after the batch at hand, and gives the History so far; pressed again, it
    interrupts as ever. Raises DivergenceError, with the epoch, the batch and the node, where a loss
    or a gradient becomes nan or infinite; the parameters are then those before that batch.
    Raises TypeError or ValueError for what cannot be trained on, and for a checkpoint of another
    run.

    >>> import random
    >>> from nn import MLP, SGD, fit, mse_loss
    >>> model = MLP(1, [1], rng=random.Random(0))
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> optimizer = SGD(model.parameters(), lr=0.1, momentum=0.5)
    >>> history = fit(
    ...     model, X, y, loss=mse_loss, optimizer=optimizer, stop_below=1e-6, progress=False
    ... )
    >>> history.stopped
    'the loss is below 1e-06'
    >>> round(model([10.0]).data, 1)
    21.0
    """
    settings = {
        "model": model,
        "loss": loss,
        "optimizer": optimizer,
        "epochs": epochs,
        "batch_size": batch_size,
        "scheduler": scheduler,
        "metrics": metrics or {},
        "stop_below": stop_below,
        "patience": patience,
        "l1": l1,
        "l2": l2,
        "clip_norm": clip_norm,
        "shuffle": shuffle,
        "seed": seed,
        "callbacks": callbacks,
        "checkpoint": None if checkpoint is None else Path(checkpoint).absolute(),
        "validation": None,
    }
    check_parts(settings)
    check_settings(settings, compiled)
    data = Data(X, y)
    if validation is not None:
        names = "validation[0]", "validation[1]"
        settings["validation"] = Data(*pair("validation", validation), names)
    elif patience is not None:
        raise ValueError("fit: patience waits for the validation loss: give validation=(X, y)")
    run = Run(data, **settings)
    check_cycle(run)
    return run(compiled, progress)


SETTINGS = {
    "epochs": COUNT,
    "batch_size": optional(COUNT),
    "stop_below": optional(NUMBER),
    "patience": optional(COUNT),
    "l1": FROM_0,
    "l2": FROM_0,
    "clip_norm": optional(ABOVE_0),
    "shuffle": SWITCH,
    "seed": WHOLE,
}
NOTED = ("epoch", "loss", "val_loss", "lr", "grad_norm", "seconds")


def check_settings(settings: Mapping[str, Any], compiled: Any) -> None:
    """Raise TypeError or ValueError for a setting that is not what it may be."""
    for name, setting in SETTINGS.items():
        check(f"fit: {name}", settings[name], setting)
    if compiled not in (True, False, "auto"):
        raise ValueError(f"fit: compiled is True, False or 'auto', not {compiled!r:.60}")
    if not isinstance(settings["metrics"], Mapping):
        raise TypeError(f"fit: metrics is a dict of functions, not {settings['metrics']!r:.60}")
    if not isinstance(settings["callbacks"], (list, tuple)):
        raise TypeError(f"fit: callbacks is a list, not {settings['callbacks']!r:.60}")
    for function in [*settings["callbacks"], *settings["metrics"].values()]:
        if not callable(function):
            raise TypeError(f"fit: metrics and callbacks are functions, not {function!r:.60}")
    for name in settings["metrics"]:
        if name in NOTED:
            raise ValueError(f"fit: a metric cannot be called {name!r}, as another column is")
    checkpoint = settings["checkpoint"]
    if checkpoint is not None and (checkpoint.is_dir() or not checkpoint.parent.is_dir()):
        what = "is a folder" if checkpoint.is_dir() else "is in no folder that exists"
        raise ValueError(f"fit: checkpoint names a file; {checkpoint} {what}")


def check_parts(settings: Mapping[str, Any]) -> None:
    """Raise TypeError or ValueError where model, loss, optimizer and scheduler do not fit."""
    model, loss, optimizer = settings["model"], settings["loss"], settings["optimizer"]
    scheduler = settings["scheduler"]
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
            "fit: the optimizer moves no parameter of this model: make it of model.parameters()"
        )
    if scheduler is None:
        return
    if not isinstance(scheduler, LRScheduler):
        raise TypeError(f"fit: scheduler is one such as nn.StepLR, not {scheduler!r:.60}")
    if scheduler.optimizer is not optimizer:
        raise ValueError("fit: the scheduler is of another optimizer than the one given")


def check_cycle(run: Run) -> None:
    """Raise ValueError for a OneCycleLR that is not as long as the run, or not alone."""
    scheduler = run.scheduler
    sequence = scheduler.schedulers if isinstance(scheduler, SequentialLR) else []
    if any(isinstance(each, OneCycleLR) for each in sequence):
        raise ValueError("fit: OneCycleLR steps once a batch; it cannot be in a SequentialLR")
    steps = run.epochs * run.batches
    if isinstance(scheduler, OneCycleLR) and scheduler.total_steps < steps:
        raise ValueError(
            f"fit: OneCycleLR has {scheduler.total_steps} steps, one for each batch; "
            f"{run.epochs} epochs of {run.batches} batches have {steps}"
        )


def pair(name: str, given: Any) -> tuple[Any, Any]:
    """Two things, given as a tuple or list of two."""
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise TypeError(f"fit: {name} is a pair, (X, y), not {given!r:.60}")
    return given[0], given[1]
