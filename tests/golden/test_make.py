"""The golden files are what the script beside them writes, wherever there is PyTorch."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
NAMES = ["clipping", "initialisers", "losses", "optimisers", "rows", "schedulers"]


def numbers_apart(x: Any, numbers: list[float]) -> Any:
    """The same with 0 for each float, which goes to numbers: other processors round otherwise."""
    if isinstance(x, dict):
        return {key: numbers_apart(entry, numbers) for key, entry in x.items()}
    if isinstance(x, list):
        return [numbers_apart(entry, numbers) for entry in x]
    if isinstance(x, float):
        numbers.append(x)
        return 0
    return x


def test_there_is_a_file_for_each_table() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == NAMES


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    pytest.importorskip("torch")
    return runpy.run_path(str(FOLDER / "make.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_what_the_script_writes(script: dict[str, Any], name: str) -> None:
    made = json.loads(script["written"](script[name]()))
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    made.pop("pytorch")
    kept.pop("pytorch")
    ours: list[float] = []
    theirs: list[float] = []
    assert numbers_apart(kept, ours) == numbers_apart(made, theirs)
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15)
