"""`save` and `load` a model, and the format of its file, which a run's checkpoint shares.

Files are JSON with exact numbers, written whole or not at all. Reading one runs no code.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, overload

from autograd import write_whole
from nn.architecture import UndescribedError, built, described
from nn.module import Module

M = TypeVar("M", bound=Module)

VERSION = 1
MOST_DIGITS = 4000  # Python converts no more than 4300
DEEPEST = 20  # lists and dicts within each other; no state is nested like that
NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}  # JSON has no numbers for these

KEYS = {
    "model": ("made_by", "state"),
    "checkpoint": (
        "run",
        "rows",
        "model",
        "optimizer",
        "scheduler",
        "random",
        "best",
        "best_epoch",
        "stopped",
    ),
}
"""What a file of each kind holds."""


def save(model: Module, path: str | Path) -> None:
    """Write a model to a JSON file for `load`: what it is made of, and its numbers by their names.

    >>> import tempfile
    >>> from nn import MLP, load, save
    >>> model = MLP(2, [2, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/model.json")
    ...     load(f"{folder}/model.json").state_dict() == model.state_dict()
    True
    """
    check_module("save", model)
    content: dict[str, Any] = {"made_by": repr(model), "state": model.state_dict()}
    frozen_ones = [name for name, p in model.named_parameters() if p.is_frozen]
    if frozen_ones:
        content["frozen"] = frozen_ones
    try:
        content["architecture"] = described(model)
    except UndescribedError as error:
        content["undescribed"] = str(error)
    write_state(Path(path), "model", content)


@overload
def load(path: str | Path) -> Module: ...
@overload
def load(path: str | Path, model: M) -> M: ...
@overload
def load(path: M, model: str | Path) -> M: ...
def load(path: Any, model: Any = None) -> Any:
    """The model that `save` wrote, made anew of nn's own classes; or its numbers for a given model.

    path  : the file.
    model : a model like the one saved, whose parameters are set; it may also come first. Needed if
            a class or function in it is not of nn, for a file never runs code.

    A model made anew is in training or evaluation mode, and has frozen parameters, as it was saved.
    A Dropout in it draws from the module `random`.

    Raises ValueError for a file that is cut off or holds something else, TypeError if there is no
    model and the file has a class or function that is not of nn, and KeyError for the file of a
    different model, which then stays as it was.
    """
    if isinstance(path, Module):
        path, model = model, path
    if model is not None:
        check_module("load", model)
    content = read_state(Path(path), "model")
    if model is None:
        model = made_anew(Path(path), content)
    try:
        model.load_state_dict(content["state"])
    except KeyError as error:
        raise KeyError(
            f"{path}: {error.args[0]} (it was saved from {content['made_by']})"
        ) from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    return model


def made_anew(path: Path, content: Mapping[str, Any]) -> Module:
    """The model that a file describes, with numbers that are yet to be set."""
    state = content["state"]
    if "undescribed" in content:
        raise TypeError(
            f"{path} is of a model that load cannot make: {content['undescribed']}. "
            "Make it, then load(path, model)"
        )
    if "architecture" not in content:
        raise TypeError(
            f"{path} holds numbers alone, as older versions wrote. Make the model, "
            f"{content['made_by']}, then load(path, model)"
        )
    try:
        model = built(content["architecture"], len(state))
        model.load_state_dict(state)
        parameters = dict(model.named_parameters())
        for name in content.get("frozen", []):
            parameters[name].requires_grad = False
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error.args[0]}") from None
    return model


def check_module(function: str, model: Any) -> None:
    """Raise TypeError for anything but a Module."""
    if not isinstance(model, Module):
        raise TypeError(f"{function} takes a Module, such as an MLP, not {model!r:.60}")


def write_state(
    path: Path, kind: str, content: Mapping[str, Any], rows: Sequence[str] | None = None
) -> None:
    """Write a file of a kind; a crash leaves the old one.

    rows : an entry of that name, each row as JSON already, so that no row is converted twice.
    """
    text = as_json({"format": f"chalkgrad.{kind}/{VERSION}", **content})
    if rows is not None:
        text = f'{text[:-1]}, "rows": [{", ".join(rows)}]}}'
    write_whole(path, text.encode())


def as_json(x: Any) -> str:
    """JSON with exact numbers."""
    return json.dumps(frozen(x), allow_nan=False)


def read_state(path: Path, kind: str) -> dict[str, Any]:
    """Read a file of a kind. Raises ValueError for one that is damaged, foreign or newer."""
    try:
        text = path.read_bytes()
    except ValueError as error:  # a NUL, or not Unicode
        raise ValueError(f"{str(path)!r} cannot be the name of a file: {error}") from None
    try:
        # NaN is not JSON: it stays text, which is refused where a number is wanted
        content = thaw(json.loads(text, parse_int=whole, parse_constant=str))
    except RecursionError:
        raise damaged(path, kind, "it is nested too deeply") from None
    except ValueError as error:  # JSON's and Unicode's
        raise damaged(path, kind, f"{error}" if text else "it is empty") from None
    found = content.get("format") if isinstance(content, dict) else None
    match = re.fullmatch(r"chalkgrad\.(\w+)/([0-9]{1,9})", found if isinstance(found, str) else "")
    if match is None:
        raise ValueError(
            f"{path} is not a {kind} file: it has no format 'chalkgrad.{kind}/{VERSION}'"
        )
    if match[1] != kind:
        raise ValueError(f"{path} is a {match[1]} file, not a {kind} file")
    if int(match[2]) > VERSION:
        raise ValueError(
            f"{path} was written by a newer chalkgrad, as {found}; this one reads up to {VERSION}: "
            "pip install --upgrade chalkgrad"
        )
    missing = [name for name in KEYS[kind] if name not in content]
    if missing:
        raise ValueError(f"{path} is damaged: it has no {missing[0]!r}")
    return dict(content)


def damaged(path: Path, kind: str, why: str) -> ValueError:
    """The error of a file that cannot be read."""
    return ValueError(f"{path} is damaged, or not a {kind} file: {why}")


def whole(digits: str) -> int | str:
    """A whole number; or its digits, where there are too many; those are refused as text is."""
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def frozen(x: Any) -> Any:
    """Nested lists and dicts as JSON can hold them: numbers that it lacks become text."""
    kind = type(x)
    if kind is float:
        return x if math.isfinite(x) else str(x)
    if kind is str or kind is int:
        return x
    if isinstance(x, Mapping):
        return {str(key): frozen(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [frozen(value) for value in x]
    return x


def thaw(x: Any, levels: int = DEEPEST) -> Any:
    """What `frozen` was given. Raises RecursionError where it is nested deeper than it can be."""
    if not levels:
        raise RecursionError
    if isinstance(x, dict):
        return {key: thaw(value, levels - 1) for key, value in x.items()}
    if isinstance(x, list):
        return [thaw(value, levels - 1) for value in x]
    return NOT_FINITE.get(x, x) if isinstance(x, str) else x
