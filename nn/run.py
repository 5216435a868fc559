"""Run: the epochs of a training run, what they lead to, and the file to go on from."""

from __future__ import annotations

import math
import random
import signal
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256
from numbers import Real
from pathlib import Path
from time import perf_counter
from typing import Any

from autograd import DomainError, Value, no_grad
from nn.batches import Data, EagerLoss, choose_loss, numbers_in, shape_of
from nn.checkpoint import as_json, read_state, write_state
from nn.clipping import clip_grad_norm_
from nn.divergence import divergence
from nn.history import History
from nn.losses import l1 as l1_penalty
from nn.losses import l2 as l2_penalty
from nn.module import Module
from nn.onecycle import OneCycleLR
from nn.optimizer import Optimizer
from nn.plateau import ReduceLROnPlateau
from nn.progress import Progress
from nn.scheduler import LRScheduler
from nn.settings import COUNT, check, plain

Metric = Callable[[list[Any], list[Any]], float]
Callback = Callable[[History], Any]
STEPPED_EACH_BATCH = (OneCycleLR,)
PROBED = 32  # rows on which the compiled loss is compared with the other


class Run:
    """A training run: what `fit` was asked for, and how far it is.

    Its settings are those arguments of `fit`, which has looked at them.
    """

    def __init__(self, data: Data, **settings: Any) -> None:
        self.data = data
        self.model: Module = settings["model"]
        self.optimizer: Optimizer = settings["optimizer"]
        self.scheduler: LRScheduler | None = settings["scheduler"]
        self.validation: Data | None = settings["validation"]
        self.epochs: int = settings["epochs"]
        self.batch_size: int = settings["batch_size"] or len(data)
        self.stop_below: float | None = settings["stop_below"]
        self.patience: int | None = settings["patience"]
        self.clip_norm: float | None = settings["clip_norm"]
        self.l1: float = settings["l1"]
        self.l2: float = settings["l2"]
        self.shuffle: bool = settings["shuffle"]
        self.seed: int = settings["seed"]
        self.metrics: dict[str, Metric] = settings["metrics"]
        self.callbacks: list[Callback] = settings["callbacks"]
        self.checkpoint: Path | None = settings["checkpoint"]
        self.eager = EagerLoss(self.model, settings["loss"])
        self.batches = math.ceil(len(data) / self.batch_size)  # of an epoch
        self.parameters = self.model.parameters()
        self.moved = [p for group in self.optimizer.param_groups for p in group["params"]]
        self.history = History()
        self.best: dict[str, float] | None = None
        self.written: list[str] = []  # the rows of the history, as JSON
        self.called_off = ""  # by which callback

    def __call__(self, compiled: bool | str, progress: bool) -> History:
        """All epochs, from the checkpoint on if there is one."""
        history = self.history
        try:
            self.choose_losses(compiled)
            if self.checkpoint is not None and self.checkpoint.exists():
                self.resume(self.checkpoint)
            with (
                Progress(history, self.epochs, self.batches, progress) as self.shown,
                interrupts() as stop,
            ):
                while not history.stopped and history.epochs < self.epochs:
                    self.epoch(history.epochs + 1, stop)
        finally:
            self.model.eval()
        if not history.stopped:
            history.stopped = f"all {self.epochs} epochs are done"
            if history.epochs > self.epochs:
                history.stopped = f"{self.checkpoint} has {history.epochs} epochs already"
        if self.best is not None:
            self.model.load_state_dict(self.best)
        self.shown.end()
        return history

    def choose_losses(self, compiled: bool | str) -> None:
        """How the loss is computed of rows to train on, and of rows to look at."""
        probed = self.data.probe(PROBED)
        self.model.train()
        self.batch_loss, self.history.note = self.explained(
            "before the first epoch",
            lambda: choose_loss(self.eager, self.data, probed, compiled),
            probed,
        )
        self.history.compiled = self.batch_loss is not self.eager
        if self.validation is not None:
            self.model.eval()
            self.looked_at = self.choose_validation_loss(self.validation, compiled)
        self.model.train()

    def choose_validation_loss(self, data: Data, compiled: bool | str) -> Any:
        """The same for the validation rows; a loss that is infinite at first may fall."""
        try:
            with no_grad():
                self.eager(data, data.probe(PROBED))
            return choose_loss(self.eager, data, data.probe(PROBED), compiled)[0]
        except DomainError:
            return self.eager
        except (TypeError, ValueError) as error:
            raise type(error)(f"fit: validation: {error}") from None

    def epoch(self, number: int, stop: list[bool]) -> None:
        """One pass over the rows, and what follows from it; none of that if it is interrupted."""
        start = perf_counter()
        rate = self.optimizer.param_groups[0]["lr"]
        order = self.order(number)
        total, norms = 0.0, []
        for position, first in enumerate(range(0, len(order), self.batch_size), 1):
            if stop[0]:
                where = f"epoch {number}, after batch {position - 1} of {self.batches}"
                self.history.stopped = f"interrupted in {where}"
                return
            places = order[first : first + self.batch_size]
            loss, norm = self.batch(f"epoch {number}, batch {position}", places)
            total += loss * len(places)
            norms.append(norm)
            self.shown.batch(number, total / (first + len(places)))
        row: dict[str, Any] = {"epoch": number, "loss": total / len(order)}
        row |= self.look()
        row |= {"lr": rate, "grad_norm": sum(norms) / len(norms)}
        row["seconds"] = perf_counter() - start
        self.history.rows.append(row)
        self.written.append(as_json(row))
        self.conclude(row)
        if stop[0] and not self.history.stopped:
            self.history.stopped = f"interrupted after epoch {number}"

    def batch(self, where: str, places: list[int]) -> tuple[float, float]:
        """Forward, backward, update; the loss, and the norm of its gradient."""

        def gradients() -> tuple[float, float]:
            loss = self.batch_loss(self.data, places)
            self.model.zero_grad()
            self.optimizer.zero_grad()
            penalties = self.penalties()
            loss.backward()
            if penalties is not None:
                penalties.backward()
            if not math.isfinite(loss.data):
                raise DomainError(f"the loss is {loss.data}")
            norm = math.hypot(*[p.grad for p in self.moved])
            if not math.isfinite(norm):
                raise DomainError(f"the norm of the gradients is {norm}")
            if self.clip_norm is not None:
                clip_grad_norm_(self.moved, self.clip_norm)
            return loss.data, norm

        result: tuple[float, float] = self.explained(where, gradients, places)
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
        if self.validation is None and not self.metrics:
            return seen
        self.model.eval()
        with no_grad():
            if self.validation is not None:
                try:
                    places = range(len(self.validation))
                    seen["val_loss"] = self.looked_at(self.validation, places).data
                except DomainError:
                    seen["val_loss"] = math.inf
            if self.metrics:
                data = self.validation or self.data
                inputs, targets = data.rows(range(len(data)))
                predictions = [self.model(row) for row in inputs]
                for name, metric in self.metrics.items():
                    given = metric(predictions, targets)
                    number = given.data if isinstance(given, Value) else given
                    if not isinstance(number, Real):
                        raise TypeError(f"fit: the metric {name!r} gave {given!r:.60}, no number")
                    seen[name] = float(number)
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
            if is_true(callback(history)) and not history.stopped:
                self.called_off = f"{getattr(callback, '__name__', 'a callback')} said so"
                history.stopped = self.called_off
        if self.checkpoint is not None:
            write_state(self.checkpoint, "checkpoint", self.state(), self.written)

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

    def explained(self, where: str, compute: Callable[[], Any], places: list[int]) -> Any:
        """What compute gives; a DivergenceError that says where a number was not finite."""
        try:
            return compute()
        except DomainError as error:
            self.model.zero_grad()
            self.optimizer.zero_grad()
            wrong = divergence(where, error, self.eager, self.data, places)
            wrong.history = self.history
            raise wrong from None

    # ---- going on from a file -------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that the next epoch depends on."""
        return {
            "run": self.identity,
            "stopped": self.called_off,
            "best_epoch": self.history.best_epoch,
            "best": self.best,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "random": [source.getstate() for source in self.sources()],
        }

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What a run must have in common with the one that it goes on from."""
        settings = {
            "model": repr(self.model),
            "parameters": [name for name, _ in self.model.named_parameters()],
            "metrics": list(self.metrics),
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
        return dict(plain(settings))

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
        for name, ours in self.identity.items():
            theirs = saved["run"].get(name) if isinstance(saved["run"], dict) else None
            if theirs != ours:
                raise ValueError(
                    f"{path} is of another run: its {name} is {theirs!r:.60}, here it is "
                    f"{ours!r:.60}. Give another file, or remove this one to begin anew"
                )
        before = {**self.state(), "rows": []}
        try:
            self.take(saved)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            self.take(before)
            raise ValueError(f"{path} is damaged: {error}") from None

    def take(self, state: Mapping[str, Any]) -> None:
        """Be where a state was written."""
        rows = [dict(row) for row in state["rows"]]
        for row in rows:
            if list(row) != self.columns:
                raise ValueError(f"an epoch has {', '.join(row)}, not {', '.join(self.columns)}")
        if state["best"] is not None:
            self.model.load_state_dict(state["best"])  # or an error, now rather than in the end
            check("best_epoch", state["best_epoch"], COUNT)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        for source, (version, words, spare) in zip(self.sources(), state["random"], strict=True):
            source.setstate((version, tuple(words), spare))
        self.best, self.history.best_epoch = state["best"], state["best_epoch"]
        self.history.rows, self.written = rows, [as_json(row) for row in rows]
        self.called_off = str(state["stopped"])
        self.history.stopped = self.called_off or (self.reason_to_stop(rows[-1]) if rows else "")

    @property
    def columns(self) -> list[str]:
        """What is noted of each epoch."""
        looked = ["val_loss"] if self.validation is not None else []
        return ["epoch", "loss", *looked, *self.metrics, "lr", "grad_norm", "seconds"]


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


def is_true(given: Any) -> bool:
    """Whether a callback said True, as Python or as NumPy has it."""
    return given is True or (hasattr(given, "dtype") and bool(given))


def digest(data: Data) -> str:
    """A short text that is another one for other data."""
    shape = shape_of((data.inputs, data.targets))
    numbers = array("d", numbers_in((data.inputs, data.targets)))
    return sha256(repr(shape).encode() + numbers.tobytes()).hexdigest()[:16]
