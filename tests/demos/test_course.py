"""The notebooks of the course: up to date, valid, and solved by running their cells in order."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from autograd.course import PARTS, Part
from autograd.course.notebook import file_name, notebook

FOLDER = Path(__file__).parents[2] / "demos" / "course"
IDS = [f"part {part.number}" for part in PARTS]


def run(cell: dict[str, Any], names: dict[str, Any]) -> Any:
    """What a notebook shows of a cell: the value of its last line, if that is an expression."""
    tree = ast.parse("".join(cell["source"]))
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def test_there_is_one_for_each_part() -> None:
    assert {path.name for path in FOLDER.glob("*.ipynb")} == {file_name(part) for part in PARTS}


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_it_is_what_the_course_says_today(part: Part) -> None:
    text = (FOLDER / file_name(part)).read_text(encoding="utf-8")
    again = "rm demos/course/*.ipynb && autograd course notebooks -o demos/course"
    assert text == notebook(part), again


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_it_is_a_notebook_of_version_4(part: Part) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.reads(notebook(part), as_version=4))


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_its_cells_run_in_order_and_the_solution_passes(part: Part) -> None:
    codes = [cell for cell in json.loads(notebook(part))["cells"] if cell["cell_type"] == "code"]
    *pictures, stub, check = codes
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in pictures:
        assert "<svg" in run(cell, names)._repr_mimebundle_()["image/svg+xml"]
    run(stub, names)
    assert not run(check, names)
    run({"source": part.solution}, names)
    result = run(check, names)
    assert result, str(result)
    assert '<li class="right">' in result._repr_html_()
