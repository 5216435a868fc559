"""Checkpoint: the file from which a run resumes, as if it had never been interrupted."""

from __future__ import annotations

import random
from array import array
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from nn.saving import as_json, read_state, write_state
from nn.settings import ANY_REAL, Setting, check, is_whole, plain
from nn.training.batches import Data, numbers_in, shape_of
from nn.training.plan import Plan


class Standing(NamedTuple):
    """How far a run has come.

    rows       : those of its History.
    best       : the weights with the lowest validation loss, if there are any.
    best_epoch : the epoch that they come from.
    stopped    : which callback ended the run; "" for none.
    """

    rows: list[dict[str, Any]]
    best: dict[str, float] | None
    best_epoch: int | None
    stopped: str


class Checkpoint:
    """The file of a run: where it stands, and the states of everything that its plan names."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self.plan, self.path = plan, path
        self.written: list[str] = []  # the rows as JSON

    def write(self, standing: Standing) -> None:
        """Write the file; a crash leaves the old one."""
        self.written += [as_json(row) for row in standing.rows[len(self.written) :]]
        content = {
            "run": self.identity,
            "stopped": standing.stopped,
            "best_epoch": standing.best_epoch,
            "best": standing.best,
            **self.states(),
        }
        write_state(self.path, "checkpoint", content, self.written)

    def read(self) -> Standing:
        """Set everything that the plan names as it was saved; gives where the run stood.

        Raises ValueError, and changes nothing, if the file is damaged or from a different run.
        """
        saved = read_state(self.path, "checkpoint")
        self.check_identity(saved["run"])
        before = self.states()
        try:
            standing = self.standing(saved)
            self.set_states(saved)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            self.set_states(before)
            raise ValueError(f"{self.path} is damaged: {error}") from None
        if self.plan.scheduler is not None:
            try:
                self.plan.scheduler.check_run(self.plan.epochs, self.plan.batches)
            except ValueError as error:
                self.set_states(before)
                raise ValueError(f"{self.path} is from a shorter run: {error}") from None
        self.written = [as_json(row) for row in standing.rows]
        return standing

    def check_identity(self, saved: Any) -> None:
        """Raise ValueError for the identity of a different run."""
        for name, ours in self.identity.items():
            theirs = saved.get(name) if isinstance(saved, dict) else None
            if theirs != ours:
                raise ValueError(
                    f"{self.path} is from another run: its {name} is {theirs!r:.60}, here it is "
                    f"{ours!r:.60}. Give another file, or remove this one to start again"
                )

    def standing(self, saved: Mapping[str, Any]) -> Standing:
        """Where a saved run stood, checked."""
        rows = [dict(row) for row in saved["rows"]]
        columns = self.plan.columns
        for row in rows:
            if list(row) != columns:
                raise ValueError(f"an epoch has {', '.join(row)}, not {', '.join(columns)}")
            for name, number in row.items():
                check(name, number, ANY_REAL)
        best, best_epoch = saved["best"], None
        if best is not None:
            count, best_epoch = len(rows), saved["best_epoch"]
            epoch = Setting(
                f"an epoch from 1 to {count}", lambda x: is_whole(x) and 1 <= x <= count
            )
            check("best_epoch", best_epoch, epoch)
            self.plan.model.load_state_dict(best)  # so that an error comes now
        return Standing(rows, best, best_epoch, str(saved["stopped"]))

    def states(self) -> dict[str, Any]:
        """The states of all that the next epoch depends on."""
        model, optimizer, scheduler = self.plan.model, self.plan.optimizer, self.plan.scheduler
        return {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": None if scheduler is None else scheduler.state_dict(),
            "random": [source.getstate() for source in self.sources()],
        }

    def set_states(self, saved: Mapping[str, Any]) -> None:
        """Set model, optimizer, scheduler and sources of random numbers as they were saved."""
        self.plan.model.load_state_dict(saved["model"])
        self.plan.optimizer.load_state_dict(saved["optimizer"])
        if self.plan.scheduler is not None:
            self.plan.scheduler.load_state_dict(saved["scheduler"])
        for source, (version, words, spare) in zip(self.sources(), saved["random"], strict=True):
            source.setstate((version, tuple(words), spare))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What a run has in common with one that resumes it."""
        plan = self.plan
        settings = {
            "model": repr(plan.model),
            "parameters": [name for name, _ in plan.model.named_parameters()],
            "metrics": list(plan.metrics),
            "data": digest(plan.data),
            "validation": plan.validation and digest(plan.validation),
            "loss": getattr(plan.loss, "__name__", type(plan.loss).__name__),
            "optimizer": type(plan.optimizer).__name__,
            "scheduler": None if plan.scheduler is None else type(plan.scheduler).__name__,
            "batch_size": plan.rows_per_batch,
            "l1": plan.l1,
            "l2": plan.l2,
            "clip_norm": plan.clip_norm,
            "shuffle": plan.shuffle,
            "seed": plan.seed,
        }
        return dict(plain(settings))

    def sources(self) -> list[Any]:
        """The sources of random numbers that the model's modules draw from, each once."""
        found = {}
        for _, module in self.plan.model.named_modules():
            for source in vars(module).values():
                if isinstance(source, random.Random) or source is random:
                    found[id(source)] = source
        return list(found.values())


def digest(data: Data) -> str:
    """A short fingerprint of the rows."""
    shape = shape_of((data.inputs, data.targets))
    numbers = array("d", numbers_in((data.inputs, data.targets)))
    return sha256(repr(shape).encode() + numbers.tobytes()).hexdigest()[:16]
