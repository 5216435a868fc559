"""Checkpoint: the file from which a run resumes, as if it had never been interrupted."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from nn.saving import as_json, read_state, write_state
from nn.settings import ANY_REAL, NUMBER, WHOLE, Setting, check, is_number, is_whole, plain
from nn.training.batches import Data, numbers_in
from nn.training.plan import Plan

AT_ONCE = 1024  # rows of which a copy is made at once
FINITE = ("loss", "lr", "grad_norm", "seconds")  # columns whose numbers are never nan or inf
STATE = Setting(
    "a list of a version, words below 2**32, and a number or None",
    lambda x: (
        isinstance(x, list)
        and len(x) == 3
        and x[0] == random.Random.VERSION  # an older one would be read, and written as this
        and isinstance(x[1], list)
        and all(WHOLE.allows(word) and word < 2**32 for word in x[1])
        and (x[2] is None or is_number(x[2]))
    ),
)


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
        except ValueError as error:
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
        """Where a saved run stood, checked. Raises ValueError, naming the place."""
        rows, best, best_epoch = saved["rows"], saved["best"], saved["best_epoch"]
        check("rows", rows, Setting("a list", lambda x: isinstance(x, list)))
        for place, row in enumerate(rows):
            with naming(f"rows[{place}]"):
                self.check_row(row, place + 1)
        check("stopped", saved["stopped"], Setting("text", lambda x: isinstance(x, str)))
        if best is None or self.plan.validation is None:
            nothing = Setting("None in this run", lambda x: x is None)
            check("best", best, nothing)
            check("best_epoch", best_epoch, nothing)
        else:
            count = len(rows)
            epoch = Setting(
                f"an epoch from 1 to {count}", lambda x: is_whole(x) and 1 <= x <= count
            )
            check("best_epoch", best_epoch, epoch)
            with naming("best"):
                self.plan.model.load_state_dict(best)  # so that an error comes now
        return Standing(rows, best, best_epoch, saved["stopped"])

    def check_row(self, row: Any, epoch: int) -> None:
        """Raise ValueError for what is not the row of an epoch."""
        columns = self.plan.columns
        check("an epoch", row, Setting("a dict of numbers", lambda x: isinstance(x, dict)))
        if list(row) != columns:
            raise ValueError(f"an epoch has {', '.join(row)}, not {', '.join(columns)}")
        check("epoch", row["epoch"], Setting(f"{epoch}", lambda x: is_whole(x) and x == epoch))
        for name, number in row.items():
            check(name, number, NUMBER if name in FINITE else ANY_REAL)

    def states(self) -> dict[str, Any]:
        """The states of all that the next epoch depends on."""
        model, optimizer, scheduler = self.plan.model, self.plan.optimizer, self.plan.scheduler
        return {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": None if scheduler is None else scheduler.state_dict(),
            "random": [state_of(source) for source in self.sources()],
        }

    def set_states(self, saved: Mapping[str, Any]) -> None:
        """Set model, optimizer, scheduler and sources of random numbers as they were saved."""
        with naming("model"):
            self.plan.model.load_state_dict(saved["model"])
        with naming("optimizer"):
            self.plan.optimizer.load_state_dict(saved["optimizer"])
        if self.plan.scheduler is not None:
            with naming("scheduler"):
                self.plan.scheduler.load_state_dict(saved["scheduler"])
        sources, states = self.sources(), saved["random"]
        listed = Setting(
            f"a list of {len(sources)}", lambda x: isinstance(x, list) and len(x) == len(sources)
        )
        check("random", states, listed)
        for place, (source, state) in enumerate(zip(sources, states, strict=True)):
            with naming(f"random[{place}]"):
                set_source(source, state)

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


@contextmanager
def naming(place: str) -> Iterator[None]:
    """A `with` block whose errors, in whatever was read, become a ValueError that names the place.

    Modules, optimisers and schedulers may be the user's, and raise what they like.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        why = error.args[0] if isinstance(error, KeyError) and error.args else error
        raise ValueError(f"{place}: {why}") from None


def state_of(source: Any) -> list[Any]:
    """The state of a source of random numbers: version, words, and a normal number to spare."""
    version, words, spare = source.getstate()
    return [version, list(words), spare]


def set_source(source: Any, state: Any) -> None:
    """Set a source of random numbers as `state_of` found it."""
    check("a state", state, STATE)
    version, words, spare = state
    source.setstate((version, tuple(words), spare))


def digest(data: Data) -> str:
    """A short fingerprint of the rows: the same for an array as for the lists it stands for."""
    found = sha256()
    for rows in (data.inputs, data.targets):
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            found.update(shape_text(part).encode())
            found.update(array("d", numbers_in(part)) if isinstance(part, list) else floats(part))
    return found.hexdigest()[:16]


def shape_text(x: Any) -> str:
    """How lists or an array are nested, such as "3 of 2 of "."""
    if not isinstance(x, list):
        return "".join(f"{length} of " for length in getattr(x, "shape", ()))
    inside = [shape_text(entry) for entry in x]
    alike = len(set(inside)) == 1
    return f"{len(x)} of {inside[0]}" if alike else f"[{', '.join(inside)}]"


def floats(numbers: Any) -> bytes:
    """The numbers of an array, row after row, as floats of 64 bits."""
    return numbers.astype(float).tobytes()  # type: ignore[no-any-return]
