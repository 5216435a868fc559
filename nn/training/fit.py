"""`fit`: a model trained on data. Forward, backward, update; batch by batch, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from nn.module import Module
from nn.optim.base import Optimizer
from nn.schedulers.base import LRScheduler
from nn.training.batches import Data, Loss
from nn.training.history import History
from nn.training.plan import Callback, Metric, Plan
from nn.training.run import Run


def fit(
    model: Module,
    X: Any,  # noqa: N803 - as scikit-learn has it
    y: Any,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int = 100,
    batch_size: int | None = None,
    scheduler: LRScheduler | None = None,
    validation: tuple[Any, Any] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    stop_below: float | None = None,
    patience: int | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    shuffle: bool = True,
    seed: int = 0,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | Path | None = None,
    progress: bool = True,
    compiled: bool | Literal["auto"] = "auto",
) -> History:
    """Train a model on rows of inputs X and their targets y; gives the History of the run.

    X, y       : lists, or arrays of NumPy. Arrays of 64-bit floats are read where they lie.
    loss       : a function of a batch's predictions and targets, two lists, such as `nn.mse_loss`.
    optimizer  : made from the model's parameters, such as `nn.Adam(model.parameters())`.
    epochs     : the largest number of passes over all rows.
    batch_size : the number of rows between two updates; None for all.
    scheduler  : of the learning rate; it steps once an epoch, a OneCycleLR once a batch.
    validation : (X, y), rows to look at after each epoch and not to train on. At the end the model
                 has the weights of the epoch with the lowest validation loss.
    metrics    : functions like loss that give numbers, by name; of the validation rows if there are
                 any, else of all rows.
    stop_below : the run ends when an epoch's loss is below this threshold,
    patience   : or when the validation loss has not improved for this many epochs.
    l1, l2     : weights of the penalties on all parameters: l1 * sum|w| + l2 * sum w² is added to
                 each batch's loss, but not to the losses in the History.
    clip_norm  : gradients with a larger norm are scaled down to this one.
    shuffle    : whether each epoch takes the rows in a new order.
    seed       : the order of each epoch follows from this.
    callbacks  : functions that get the History after each epoch; one that gives True ends the run.
    checkpoint : a file written after each epoch. A run that finds it resumes from there, and ends
                 with exactly the weights of a run that was never interrupted, if whatever its
                 modules draw at random comes from a `random.Random` that they have.
    progress   : a live bar on a terminal, and in a notebook that has ipywidgets; elsewhere a line
                 an epoch. False for silence.
    compiled   : whether to record the loss of a row and replay it (see `autograd.compile`): "auto"
                 does so if that gives the same loss on some rows; True makes it an error if it does
                 not.

    The model is left in evaluation mode, as by `eval()`.

    Ctrl-C ends the run after the current batch, and gives the History so far; pressed again, it
    interrupts as usual. Raises DivergenceError, which names the epoch, the batch and the node, if a
    loss or a gradient becomes nan or infinite; the parameters are left as before that batch.
    Raises TypeError or ValueError for data and settings that cannot be used, and for a checkpoint
    of a different run.

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
    held_out = None
    if validation is not None:
        names = "validation[0]", "validation[1]"
        held_out = Data(*pair("fit: validation", validation), names)
    plan = Plan(
        model=model,
        data=Data(X, y),
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        batch_size=batch_size,
        scheduler=scheduler,
        validation=held_out,
        metrics=metrics or {},
        stop_below=stop_below,
        patience=patience,
        l1=l1,
        l2=l2,
        clip_norm=clip_norm,
        shuffle=shuffle,
        seed=seed,
        callbacks=callbacks,
        checkpoint=None if checkpoint is None else Path(checkpoint).absolute(),
        progress=progress,
        compiled=compiled,
    )
    return Run(plan)()


def pair(name: str, given: Any) -> tuple[Any, Any]:
    """Two things, given as a tuple or list of two."""
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise TypeError(f"{name} is a pair, (X, y), not {given!r:.60}")
    return given[0], given[1]
