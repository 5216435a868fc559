"""`fit`: a model trained on data. Forward, backward, update; batch by batch, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from nn.batches import Data, Loss
from nn.history import History
from nn.module import Module
from nn.optimizer import Optimizer
from nn.run import Callback, Metric, Run


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
                 with the very weights of a run that was never interrupted.
    progress   : a live bar on a terminal, elsewhere a line an epoch; False for silence.
    compiled   : whether to record the loss of a row and replay it (see `autograd.compile`): "auto"
                 does where that gives the same loss; True makes it an error where it does not.

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
    run = Run(model, Data(X, y), loss, optimizer)
    run.epochs, run.scheduler, run.clip_norm = epochs, scheduler, clip_norm
    run.batch_size = len(run.data) if batch_size is None else batch_size
    run.stop_below, run.patience = stop_below, patience
    run.l1, run.l2 = l1, l2
    run.shuffle, run.seed = shuffle, seed
    run.metrics = dict(metrics or {})
    run.callbacks = list(callbacks)
    if validation is not None:
        run.validation = Data(*pair("validation", validation), ("validation[0]", "validation[1]"))
    run.checkpoint = None if checkpoint is None else Path(checkpoint)
    run.check()
    return run(compiled, progress)


def pair(name: str, given: Any) -> tuple[Any, Any]:
    """Two things, given as a tuple or list of two."""
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise TypeError(f"fit: {name} is a pair, (X, y), not {given!r:.60}")
    return given[0], given[1]
