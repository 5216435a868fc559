"""Run: the epochs of a training run, what they lead to, and the file to go on from."""

from __future__ import annotations

import math
import random
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from autograd import AnomalyError, DomainError, Value, detect_anomaly, no_grad, topological_order
from autograd.expression import short_text
from nn.batches import CompiledLoss, Data, EagerLoss, Loss, choose_loss
from nn.checkpoint import read_state, write_state
from nn.clipping import clip_grad_norm_
from nn.history import History
from nn.losses import l1 as l1_penalty
from nn.losses import l2 as l2_penalty
from nn.module import Module
from nn.onecycle import OneCycleLR
from nn.optimizer import Optimizer
from nn.plateau import ReduceLROnPlateau
from nn.progress import Progress
from nn.settings import ABOVE_0, FROM_0, check, is_whole, plain

Metric = Callable[[list[Any], list[Any]], float]
Callback = Callable[[History], Any]
STEPPED_EACH_BATCH = (OneCycleLR,)


class DivergenceError(ArithmeticError):
    """A loss or a gradient of a training run became infinite or nan."""


class Run:
    """A training run: what `fit` was asked for, and how far it is."""

    scheduler: Any = None
    validation: Data | None = None
    checkpoint: Path | None = None
    batch_size: int
    epochs: int
    stop_below: float | None
    patience: int | None
    clip_norm: float | None
    l1: float
    l2: float
    shuffle: bool
    seed: int
    metrics: dict[str, Metric]
    callbacks: list[Callback]

    def __init__(self, model: Module, data: Data, loss: Loss, optimizer: Optimizer) -> None:
        self.model, self.data, self.optimizer = model, data, optimizer
        if not isinstance(model, Module):
            raise TypeError(f"fit: model is a Module, such as an MLP, not {model!r:.60}")
        if not callable(loss):
            raise TypeError(f"fit: loss is a function such as nn.mse_loss, not {loss!r:.60}")
        if not isinstance(optimizer, Optimizer):
            hint = ""
            if isinstance(optimizer, type):
                hint = f"; call it: {optimizer.__name__}(model.parameters())"
            raise TypeError(f"fit: optimizer is one such as nn.SGD, not {optimizer!r:.60}{hint}")
        self.eager = EagerLoss(model, loss)
        self.history = History()
        self.best: dict[str, float] | None = None
        self.parameters = model.parameters()
        if not self.parameters:
            raise ValueError(f"fit: {model!r:.60} has no parameters to train")

    def check(self) -> None:
        """Raise TypeError or ValueError for a setting that is not what it may be."""
        whole_from("epochs", self.epochs, 1)
        whole_from("batch_size", self.batch_size, 1)
        whole_from("seed", self.seed, 0)
        if self.patience is not None:
            whole_from("patience", self.patience, 1)
            if self.validation is None:
                raise ValueError(
                    "fit: patience waits for the validation loss: give validation=(X, y)"
                )
        check("fit: l1", self.l1, FROM_0)
        check("fit: l2", self.l2, FROM_0)
        if self.clip_norm is not None:
            check("fit: clip_norm", self.clip_norm, ABOVE_0)
        for callback in [*self.callbacks, *self.metrics.values()]:
            if not callable(callback):
                raise TypeError(f"fit: metrics and callbacks are functions, not {callback!r:.60}")
        moved = {p for group in self.optimizer.param_groups for p in group["params"]}
        if moved.isdisjoint(self.parameters):
            raise ValueError(
                "fit: the optimizer moves no parameter of this model: make it of model.parameters()"
            )
        if self.scheduler is None:
            return
        if not hasattr(self.scheduler, "step"):
            raise TypeError(f"fit: scheduler is one such as nn.StepLR, not {self.scheduler!r:.60}")
        if getattr(self.scheduler, "optimizer", None) is not self.optimizer:
            raise ValueError("fit: the scheduler is of another optimizer than the one given")

    def __call__(self, compiled: bool | str, progress: bool) -> History:
        """All epochs, from the checkpoint on if there is one."""
        history = self.history
        self.model.train()
        first = self.order(1)[: self.batch_size]
        self.batch_loss, history.note = self.explained(
            0, lambda: choose_loss(self.model, self.eager.loss, self.data, first, compiled), first
        )
        history.compiled = isinstance(self.batch_loss, CompiledLoss)
        if self.checkpoint is not None and self.checkpoint.exists():
            self.resume(self.checkpoint)
        batches = math.ceil(len(self.data) / self.batch_size)
        with Progress(history, self.epochs, batches, progress) as self.shown, interrupts() as stop:
            while not history.stopped and history.epochs < self.epochs:
                self.epoch(history.epochs + 1, stop)
        history.stopped = history.stopped or f"all {self.epochs} epochs are done"
        if self.best is not None:
            self.model.load_state_dict(self.best)
        self.model.eval()
        self.shown.end()
        return history

    def epoch(self, number: int, stop: list[bool]) -> None:
        """One pass over the rows, and what follows from it; none of that if it is interrupted."""
        start = perf_counter()
        rate = self.optimizer.param_groups[0]["lr"]
        order = self.order(number)
        total, norms = 0.0, []
        for position, first in enumerate(range(0, len(order), self.batch_size)):
            places = order[first : first + self.batch_size]
            loss, norm = self.batch(number, position, places)
            total += loss * len(places)
            norms.append(norm)
            self.shown.batch(number, total / (first + len(places)))
            if stop[0]:
                batches = math.ceil(len(order) / self.batch_size)
                self.history.stopped = (
                    f"interrupted in epoch {number}, after batch {position + 1} of {batches}"
                )
                return
        row: dict[str, Any] = {"epoch": number, "loss": total / len(order)}
        row |= self.look()
        row |= {"lr": rate, "grad_norm": sum(norms) / len(norms)}
        row["seconds"] = perf_counter() - start
        self.history.rows.append(row)
        self.conclude(row)

    def batch(self, epoch: int, position: int, places: list[int]) -> tuple[float, float]:
        """Forward, backward, update; the loss, and the norm of its gradient."""

        def gradients() -> tuple[float, float]:
            loss = self.batch_loss(self.data, places)
            self.optimizer.zero_grad()
            penalties = self.penalties()
            loss.backward()
            if penalties is not None:
                penalties.backward()
            if self.clip_norm is None:
                norm = math.hypot(*[p.grad for p in self.parameters])
            else:
                norm = clip_grad_norm_(self.parameters, self.clip_norm)
            if not (math.isfinite(loss.data) and math.isfinite(norm)):
                raise DomainError("")
            return loss.data, norm

        result: tuple[float, float] = self.explained(epoch, gradients, places, position)
        self.optimizer.step()
        if isinstance(self.scheduler, STEPPED_EACH_BATCH):
            self.scheduler.step()
        return result

    def penalties(self) -> Value | None:
        """What the weights add to the loss."""
        terms = [
            weight * penalty(self.parameters)
            for weight, penalty in ((self.l1, l1_penalty), (self.l2, l2_penalty))
            if weight
        ]
        return sum(terms[1:], terms[0]) if terms else None

    def look(self) -> dict[str, float]:
        """The validation loss and the metrics, with the weights as they are."""
        seen: dict[str, float] = {}
        self.model.eval()
        with no_grad():
            if self.validation is not None:
                places = range(len(self.validation))
                try:
                    seen["val_loss"] = self.batch_loss(self.validation, places).data
                except DomainError:
                    seen["val_loss"] = math.inf
            if self.metrics:
                data = self.validation or self.data
                inputs, targets = data.rows(range(len(data)))
                predictions = [self.model(row) for row in inputs]
                for name, metric in self.metrics.items():
                    given = metric(predictions, targets)
                    seen[name] = float(given.data if isinstance(given, Value) else given)
        self.model.train()
        return seen

    def conclude(self, row: dict[str, Any]) -> None:
        """What follows from an epoch: the best weights, the next rate, an end, a checkpoint."""
        history = self.history
        if "val_loss" in row:
            losses = history["val_loss"]
            best = history.best_epoch
            if math.isfinite(row["val_loss"]) and (
                best is None or row["val_loss"] < losses[best - 1]
            ):
                history.best_epoch, self.best = row["epoch"], self.model.state_dict()
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(row.get("val_loss", row["loss"]))
        elif self.scheduler is not None and not isinstance(self.scheduler, STEPPED_EACH_BATCH):
            self.scheduler.step()
        self.shown.epoch(row)
        history.stopped = self.reason_to_stop(row)
        for callback in self.callbacks:
            if callback(history) is True and not history.stopped:
                history.stopped = f"{getattr(callback, '__name__', 'a callback')} said so"
        if self.checkpoint is not None:
            write_state(self.checkpoint, "checkpoint", plain(self.state()))

    def reason_to_stop(self, row: dict[str, Any]) -> str:
        """Why to end the run after an epoch; "" to go on."""
        if self.stop_below is not None and row["loss"] < self.stop_below:
            return f"the loss is below {self.stop_below:g}"
        waited = row["epoch"] - (self.history.best_epoch or 0)
        if self.patience is not None and waited >= self.patience:
            return f"the validation loss has not improved for {waited} epochs"
        return ""

    def order(self, epoch: int) -> list[int]:
        """The rows in the order of an epoch, which follows from its number and the seed alone."""
        order = list(range(len(self.data)))
        if self.shuffle:
            random.Random(f"{self.seed}, epoch {epoch}").shuffle(order)
        return order

    # ---- what goes wrong ------------------------------------------------------------------------

    def explained(
        self, epoch: int, compute: Callable[[], Any], places: list[int], position: int = 0
    ) -> Any:
        """What compute gives; a DivergenceError that says where a number was not finite."""
        try:
            return compute()
        except DomainError as error:
            where = f"epoch {epoch or 1}, batch {position + 1}"
            self.optimizer.zero_grad()
            raise DivergenceError(
                f"{where}: {self.first_wrong_node(places) or error} What usually helps: a smaller "
                "learning rate, clip_norm=1, standardised inputs, or a loss that takes logits"
            ) from None

    def first_wrong_node(self, places: list[int]) -> str:
        """Which node of a batch is the first that is not finite, or has such a gradient."""
        try:
            with detect_anomaly():
                loss = self.eager(self.data, places)
                for node in topological_order(loss):
                    if not math.isfinite(node.data):
                        return f"{short_text(node)} is {node.data}."
                loss.backward()
        except (DomainError, AnomalyError) as error:
            return f"{error}."
        finally:
            self.optimizer.zero_grad()
        return ""

    # ---- going on from a file -------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that the next epoch depends on."""
        return {
            "run": self.identity(),
            "rows": self.history.rows,
            "stopped": self.history.stopped,
            "best_epoch": self.history.best_epoch,
            "best": self.best,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "random": [source.getstate() for source in self.sources()],
        }

    def identity(self) -> dict[str, Any]:
        """What a run must have in common with the one that it goes on from."""
        return {
            "model": repr(self.model),
            "data": digest(self.data),
            "validation": self.validation and digest(self.validation),
            "loss": getattr(self.eager.loss, "__name__", type(self.eager.loss).__name__),
            "optimizer": type(self.optimizer).__name__,
            "scheduler": None if self.scheduler is None else type(self.scheduler).__name__,
            "batch_size": self.batch_size,
            "l1": self.l1,
            "l2": self.l2,
            "clip_norm": self.clip_norm,
            "shuffle": self.shuffle,
            "seed": self.seed,
        }

    def sources(self) -> list[Any]:
        """The sources of random numbers that the model's modules draw from, each once."""
        found = {}
        for _, module in self.model.named_modules():
            for source in vars(module).values():
                if isinstance(source, random.Random) or source is random:
                    found[id(source)] = source
        return list(found.values())

    def resume(self, path: Path) -> None:
        """Take up the state in a file: all of it or, after an error, nothing."""
        saved = read_state(path, "checkpoint")
        for name, ours in self.identity().items():
            theirs = saved["run"].get(name) if isinstance(saved["run"], dict) else None
            if theirs != ours:
                raise ValueError(
                    f"{path} is of another run: its {name} is {theirs!r:.60}, here it is "
                    f"{ours!r:.60}. Give another file, or remove this one to begin anew"
                )
        before = self.state()
        try:
            self.take(saved)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            self.take(before)
            raise ValueError(f"{path} is damaged: {error}") from None

    def take(self, state: Mapping[str, Any]) -> None:
        """Be where a state was written."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        for source, (version, words, spare) in zip(self.sources(), state["random"], strict=True):
            source.setstate((version, tuple(words), spare))
        self.history.rows = [dict(row) for row in state["rows"]]
        self.history.stopped = str(state["stopped"])
        self.best, self.history.best_epoch = state["best"], state["best_epoch"]


@contextmanager
def interrupts() -> Iterator[list[bool]]:
    """A `with` block in which the first Ctrl-C is noted in the list, and the second interrupts."""
    stop = [False]

    def note(*_: Any) -> None:
        if stop[0]:
            raise KeyboardInterrupt
        stop[0] = True

    if threading.current_thread() is not threading.main_thread():  # where signals do not arrive
        yield stop
        return
    usual = signal.signal(signal.SIGINT, note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, usual if usual is not None else signal.SIG_DFL)


def whole_from(name: str, given: Any, least: int) -> None:
    """Refuse what is no whole number from least."""
    if not is_whole(given):
        raise TypeError(f"fit: {name} is a whole number, not {given!r:.60}")
    if given < least:
        raise ValueError(f"fit: {name} is at least {least}, not {given}")


def digest(data: Data) -> str:
    """A short text that is another one for other data."""
    return sha256(repr((data.inputs, data.targets)).encode()).hexdigest()[:16]
