"""Run: the epochs of a training run, and what each leads to."""

from __future__ import annotations

import math
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Real
from time import perf_counter
from typing import Any

from autograd import DomainError, Value, Vector, no_grad
from nn.optim.clipping import clip_grad_norm_
from nn.predictions import Predictor, as_values, plain_rows
from nn.training.batches import Data, EagerLoss, Penalty, choose_loss
from nn.training.checkpoint import Checkpoint, Standing
from nn.training.divergence import divergence
from nn.training.history import History
from nn.training.plan import Plan
from nn.training.progress import Progress

PROBED = 32  # rows on which the compiled loss is compared with the eager one


class Run:
    """A training run: what it is asked to do, and how far it has come."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.model, self.optimizer = plan.model, plan.optimizer
        self.eager = EagerLoss(plan.model, plan.loss)
        self.parameters = plan.model.parameters()
        self.moved = [p for group in plan.optimizer.param_groups for p in group["params"]]
        self.moving = Vector(self.moved)
        self.everything = Vector(dict.fromkeys([*self.parameters, *self.moved]))
        self.checkpoint = None if plan.checkpoint is None else Checkpoint(plan, plan.checkpoint)
        self.history = History()
        self.predictor = Predictor()
        self.best: dict[str, float] | None = None
        self.called_off = ""  # by which callback

    def __call__(self) -> History:
        """Run all epochs, from the checkpoint on if there is one."""
        plan, history = self.plan, self.history
        try:
            self.choose_losses()
            if self.checkpoint is not None and self.checkpoint.path.exists():
                self.resume(self.checkpoint.read())
            with (
                Progress(history, plan.epochs, plan.batches, plan.progress) as self.shown,
                interrupts() as stop,
            ):
                while not history.stopped and history.epochs < plan.epochs:
                    self.epoch(history.epochs + 1, stop)
        finally:
            self.model.eval()
        if not history.stopped:
            history.stopped = f"all {plan.epochs} epochs are done"
            if history.epochs > plan.epochs:
                history.stopped = f"{plan.checkpoint} has {history.epochs} epochs already"
        if self.best is not None:
            self.model.load_state_dict(self.best)
        self.shown.end()
        return history

    def choose_losses(self) -> None:
        """Choose how to compute the losses of the training rows and the validation rows."""
        plan = self.plan
        probed = plan.data.probe(PROBED)
        self.model.train()
        self.batch_loss, self.history.note = self.explained(
            "before the first epoch",
            lambda: choose_loss(self.eager, plan.data, probed, plan.compiled),
            probed,
        )
        self.history.compiled = self.batch_loss is not self.eager
        self.penalty = Penalty(self.parameters, plan.l1, plan.l2, self.history.compiled)
        if plan.validation is not None:
            self.model.eval()
            self.validation_loss = self.choose_validation_loss(plan.validation)
        self.model.train()

    def choose_validation_loss(self, data: Data) -> Any:
        """The same for the validation rows, whose loss may be infinite at first."""
        try:
            probed = data.probe(PROBED)
            if not self.plan.compiled:  # else choose_loss looks at their loss
                with no_grad():
                    self.eager(data, probed)
            return choose_loss(self.eager, data, probed, self.plan.compiled)[0]
        except DomainError:
            return self.eager
        except (TypeError, ValueError) as error:
            raise type(error)(f"validation: {error}") from None

    def epoch(self, number: int, stop: list[bool]) -> None:
        """One pass over the rows, and what follows from it unless it is interrupted."""
        plan, start = self.plan, perf_counter()
        rate = self.optimizer.param_groups[0]["lr"]
        order = self.order(number)
        self.penalty.look()
        total, norms = 0.0, []
        for position, first in enumerate(range(0, len(order), plan.rows_per_batch), 1):
            if stop[0]:
                where = f"epoch {number}, after batch {position - 1} of {plan.batches}"
                self.history.stopped = f"interrupted in {where}"
                return
            places = order[first : first + plan.rows_per_batch]
            loss, norm = self.batch(f"epoch {number}, batch {position}", places)
            total += loss * len(places)
            norms.append(norm)
            self.shown.batch(number, total / (first + len(places)))
        row: dict[str, Any] = {"epoch": number, "loss": total / len(order)}
        row |= self.look()
        row |= {"lr": rate, "grad_norm": sum(norms) / len(norms)}
        row["seconds"] = perf_counter() - start
        self.history.rows.append(row)
        self.conclude(row)
        if stop[0] and not self.history.stopped:
            self.history.stopped = f"interrupted after epoch {number}"

    def batch(self, where: str, places: list[int]) -> tuple[float, float]:
        """Forward, backward, update; gives the loss, and the norm of its gradient."""

        def gradients() -> tuple[float, float]:
            loss = self.batch_loss(self.plan.data, places)
            self.everything.zero_grad()
            loss.backward()
            self.penalty.backward()
            if not math.isfinite(loss.data):
                raise DomainError(f"the loss is {loss.data}")
            norm = self.moving.norm()
            if not math.isfinite(norm):
                raise DomainError(f"the norm of the gradients is {norm}")
            if self.plan.clip_norm is not None:
                clip_grad_norm_(self.moved, self.plan.clip_norm)
            return loss.data, norm

        result: tuple[float, float] = self.explained(where, gradients, places)
        self.optimizer.step()
        if self.plan.scheduler is not None:
            self.plan.scheduler.after_batch()
        return result

    def look(self) -> dict[str, float]:
        """The validation loss and the metrics, with the current weights."""
        plan = self.plan
        seen: dict[str, float] = {}
        if plan.validation is None and not plan.metrics:
            return seen
        self.model.eval()
        with no_grad():
            if plan.validation is not None:
                try:
                    places = range(len(plan.validation))
                    seen["val_loss"] = self.validation_loss(plan.validation, places).data
                except DomainError:
                    seen["val_loss"] = math.inf
            if plan.metrics:
                seen |= self.measure(plan.validation or plan.data)
        self.model.train()
        return seen

    def measure(self, data: Data) -> dict[str, float]:
        """The metrics of all these rows."""
        if self.history.compiled:
            predictions = as_values(plain_rows(self.predictor(self.model, data.inputs)))
        else:
            predictions = [self.model(row) for row in data.rows(range(len(data)))[0]]
        targets = plain_rows(data.targets)
        measured: dict[str, float] = {}
        for name, metric in self.plan.metrics.items():
            given = metric(predictions, targets)
            number = given.data if isinstance(given, Value) else given
            if not isinstance(number, Real):
                raise TypeError(f"fit: the metric {name!r} gave {given!r:.60}, not a number")
            measured[name] = float(number)
        return measured

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
        if self.plan.scheduler is not None:
            self.plan.scheduler.after_epoch(row.get("val_loss", row["loss"]))
        self.shown.epoch(row)
        history.stopped = self.reason_to_stop(row)
        for callback in self.plan.callbacks:
            if is_true(callback(history)) and not history.stopped:
                self.called_off = f"{getattr(callback, '__name__', 'a callback')} said so"
                history.stopped = self.called_off
        if self.checkpoint is not None:
            self.checkpoint.write(
                Standing(history.rows, self.best, history.best_epoch, self.called_off)
            )

    def reason_to_stop(self, row: dict[str, Any]) -> str:
        """Why to end the run after an epoch; "" to go on."""
        below, patience = self.plan.stop_below, self.plan.patience
        if below is not None and row["loss"] < below:
            return f"the loss is below {below:g}"
        waited = row["epoch"] - (self.history.best_epoch or 0)
        if patience is not None and waited >= patience:
            return f"the validation loss has not improved for {waited} epochs"
        return ""

    def resume(self, standing: Standing) -> None:
        """Go on from where a checkpoint was written."""
        rows = standing.rows
        self.best, self.called_off = standing.best, standing.stopped
        self.history.rows, self.history.best_epoch = rows, standing.best_epoch
        self.history.stopped = self.called_off or (self.reason_to_stop(rows[-1]) if rows else "")

    def order(self, epoch: int) -> list[int]:
        """The rows in the order of an epoch, which follows from its number and the seed alone."""
        order = list(range(len(self.plan.data)))
        if self.plan.shuffle:
            random.Random(f"{self.plan.seed}, epoch {epoch}").shuffle(order)
        return order

    def explained(self, where: str, compute: Callable[[], Any], places: list[int]) -> Any:
        """The result of compute; or DivergenceError, which says where a number was not finite."""
        try:
            return compute()
        except DomainError as error:
            self.model.zero_grad()
            self.optimizer.zero_grad()
            wrong = divergence(where, error, self.eager, self.plan.data, places)
            wrong.history = self.history
            raise wrong from None


@contextmanager
def interrupts() -> Iterator[list[bool]]:
    """A `with` block in which the first Ctrl-C is noted in the list, and the second interrupts."""
    stop = [False]

    def note(*_: Any) -> None:
        if stop[0]:
            raise KeyboardInterrupt
        stop[0] = True

    if threading.current_thread() is not threading.main_thread():  # no signals arrive here
        yield stop
        return
    usual = signal.signal(signal.SIGINT, note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, usual if usual is not None else signal.SIG_DFL)


def is_true(given: Any) -> bool:
    """Whether a callback gave True, Python's or NumPy's."""
    return given is True or (hasattr(given, "dtype") and bool(given))
