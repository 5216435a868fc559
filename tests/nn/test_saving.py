"""save and load: the same model to the last bit, and files that are none."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nn import (
    MLP,
    load,
    save,
)


def net(seed: int = 0) -> MLP:
    return MLP(2, [4, 1], activation="tanh", rng=random.Random(seed))


def test_a_saved_model_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    model = net()
    model.parameters()[0].data = 0.1 + 0.2
    model.parameters()[1].data = float("inf")
    save(model, tmp_path / "model.json")
    assert load(net(1), tmp_path / "model.json").state_dict() == model.state_dict()


def damaged(text: str) -> str:
    return text[: len(text) // 2]


def other(**changes: Any) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), **changes})


DAMAGE: list[tuple[Callable[[str], str], type[Exception], str]] = [
    (damaged, ValueError, "is damaged, or not a model file"),
    (lambda text: "", ValueError, "is damaged, or not a model file"),
    (lambda text: "\ufffd\0", ValueError, "is damaged, or not a model file"),
    (lambda text: "[1, 2]", ValueError, "has no format 'chalkgrad.model/1'"),
    (other(format="else"), ValueError, "has no format 'chalkgrad.model/1'"),
    (other(format="chalkgrad.model/2"), ValueError, "newer chalkgrad, as chalkgrad.model/2"),
    (other(format="chalkgrad.checkpoint/1"), ValueError, "is a checkpoint file, not a model file"),
    (other(state={"w": 1.0}), KeyError, "missing layers.0"),
    (other(state=[1]), ValueError, "takes a dict of numbers"),
]


@pytest.mark.parametrize(("damage", "error", "message"), DAMAGE)
def test_a_file_that_is_no_model_changes_nothing(
    damage: Callable[[str], str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.json"
    save(net(1), path)
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    model = net()
    before = model.state_dict()
    with pytest.raises(error, match=message):
        load(model, path)
    assert model.state_dict() == before


def test_a_number_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    save(net(), path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["state"]["layers.1.neurons.0.b"] = "__import__('os')"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=r"model\.json: layers\.1\.neurons\.0\.b"):
        load(net(), path)


def test_what_is_no_module_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="save takes a Module"):
        save([1], tmp_path / "x.json")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="load takes a Module"):
        load("x", tmp_path / "x.json")  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        load(net(), tmp_path / "x.json")
