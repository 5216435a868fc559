"""demos/notebooks: what their cells do, without a notebook around them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "demos" / "notebooks"


def test_the_cells_step_until_a_gradient_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads((FOLDER / "stepping.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert cells.pop(0) == '%pip install -q "chalkgrad[widget]"'
    assert cells.pop(0).startswith('import sys\n\nif sys.platform == "emscripten":')
    names: dict[str, object] = {}
    for cell in cells:
        exec(cell, names)
    assert capsys.readouterr().out == "-3.0 -6.0\n"


def test_no_cell_has_been_run() -> None:
    notebook = json.loads((FOLDER / "stepping.ipynb").read_text(encoding="utf-8"))
    assert all(not cell.get("outputs") for cell in notebook["cells"])
