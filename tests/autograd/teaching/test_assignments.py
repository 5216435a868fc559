"""Assignments for nbgrader and otter-grader: what is in them, and that the tools grade with them.

The tools themselves are tried where they are installed.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from autograd.course import PARTS, Part
from autograd.course.notebook import file_name
from autograd.teaching.assignments import (
    nbgrader,
    nbgrader_files,
    otter,
    otter_files,
    solved,
    write_files,
)

ROOT = Path(__file__).parents[3]
DEMOS = ROOT / "demos" / "course"
IDS = [f"part {part.number}" for part in PARTS]
NAME = Path(file_name(PARTS[3])).stem
HOLE = "            ...\n"
ANSWERS = {
    "ada": "            operand.grad += self.grad * local\n",
    "bob": "            operand.grad = self.grad * local\n",
}
MISTAKE = "A gradient is assigned (=) where it must be added (+=)."


def cells_of(text: str) -> list[dict[str, Any]]:
    cells = json.loads(text)["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def between(source: str, sign: str) -> str:
    """A source with `...` for what stands between marks, as the tools make it."""
    lines: list[str] = []
    is_out = False
    for line in source.splitlines():
        if line.strip() == f"{sign}BEGIN SOLUTION":
            lines.append(line.replace(line.strip(), "..."))
            is_out = True
        elif line.strip() == f"{sign}END SOLUTION":
            is_out = False
        elif not is_out:
            lines.append(line)
    return "\n".join(lines) + "\n"


# ---- what is written ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_the_teachers_cell_passes_and_the_students_has_every_hole(part: Part) -> None:
    source = solved(part, "### ")
    assert part.check(source)
    left = between(source, "### ")
    stub = part.stub.split("\n", 1)[1]
    holes = [line.strip() for line in stub.splitlines() if "..." in line and "#" not in line]
    named = [hole for hole in holes if hole != "..." and "[0]" not in hole]
    assert all(f"# {hole}" in left for hole in named)
    assert left.count("...") >= part.stub.count("        ...\n")
    assert not part.check(left)
    for line in set(part.solution.splitlines()) - set(part.stub.splitlines()):
        assert line not in left.splitlines()


@pytest.mark.parametrize("part", PARTS, ids=IDS)
@pytest.mark.parametrize("made", [nbgrader, otter])
def test_it_is_a_notebook_without_the_solution_beside_it(part: Part, made: Any) -> None:
    nbformat = pytest.importorskip("nbformat")
    text = made(part)
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert ".solution" not in text
    assert "Hint 1" in text


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_only_the_answer_may_be_changed_and_only_the_check_gives_points(part: Part) -> None:
    marks = {cell["id"]: cell["metadata"]["nbgrader"] for cell in cells_of(nbgrader(part))}
    assert [name for name, mark in marks.items() if not mark["locked"]] == ["answer"]
    assert [name for name, mark in marks.items() if mark["solution"]] == ["answer"]
    assert [name for name, mark in marks.items() if mark["grade"]] == ["check"]
    assert marks["check"]["points"] >= 1
    assert {mark["grade_id"] for mark in marks.values()} == set(marks)


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_the_check_fails_with_what_the_course_says(part: Part) -> None:
    cells = {cell["id"]: cell["source"] for cell in cells_of(nbgrader(part))}
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(cells["answer"], names)
    exec(cells["check"], names)
    exec(between(cells["answer"], "### "), names)
    with pytest.raises(AssertionError, match="wrong  "):
        exec(cells["check"], names)


def test_those_of_the_demos_are_what_is_written_today() -> None:
    made = {f"nbgrader/{name}": text for name, text in nbgrader_files().items()}
    made |= {f"otter/{name}": text for name, text in otter_files().items()}
    for tool, count in (("nbgrader", 2), ("otter", 1)):
        kept = [path for path in (DEMOS / tool).rglob("*") if path.is_file()]
        assert len(kept) == count
        for path in kept:
            text = path.read_text(encoding="utf-8")
            assert text == made[path.relative_to(DEMOS).as_posix()], path


# ---- the tools ----------------------------------------------------------------------------------


def run(folder: Path, *command: str) -> None:
    """Run a tool, which finds this package wherever it is installed."""
    home = {name: str(folder / name) for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR")}
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, **home, "PATH": programs, "PYTHONPATH": paths}
    environment["PYTHONWARNINGS"] = "ignore"
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def handed_in(handout: Path, answer: str) -> str:
    """The student's notebook with an answer in it."""
    book = json.loads(handout.read_text(encoding="utf-8"))
    filled = 0
    for cell in book["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and HOLE in source:
            cell["source"] = source.replace(HOLE, answer)
            filled += 1
    assert filled == 1
    return json.dumps(book)


@pytest.mark.skipif(find_spec("nbgrader") is None, reason="nbgrader is not installed")
def test_nbgrader_grades_a_class_and_tells_the_mistake(tmp_path: Path) -> None:
    write_files({k: v for k, v in nbgrader_files().items() if NAME in k or "/" not in k}, tmp_path)
    run(tmp_path, "nbgrader", "generate_assignment", NAME)
    handout = tmp_path / "release" / NAME / f"{NAME}.ipynb"
    assert "BEGIN SOLUTION" not in handout.read_text(encoding="utf-8")
    for student, answer in ANSWERS.items():
        folder = tmp_path / "submitted" / student / NAME
        folder.mkdir(parents=True)
        text = handed_in(handout, answer)
        (folder / f"{NAME}.ipynb").write_text(text, encoding="utf-8")
    run(tmp_path, "nbgrader", "autograde", NAME)
    run(tmp_path, "nbgrader", "generate_feedback", NAME)
    run(tmp_path, "nbgrader", "export")
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"ada": 1.0, "bob": 0.0}
    page = (tmp_path / "feedback" / "bob" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert MISTAKE in page


@pytest.mark.skipif(find_spec("otter") is None, reason="otter-grader is not installed")
def test_otter_grades_a_class_and_tells_the_mistake(tmp_path: Path) -> None:
    write_files({k: v for k, v in otter_files().items() if NAME in k}, tmp_path)
    run(tmp_path, "otter", "assign", f"{NAME}.ipynb", "dist")
    handout = tmp_path / "dist" / "student" / f"{NAME}.ipynb"
    assert "BEGIN SOLUTION" not in handout.read_text(encoding="utf-8")
    (archive,) = (tmp_path / "dist" / "autograder").glob("*.zip")
    results = {}
    for student, answer in ANSWERS.items():
        text = handed_in(handout, answer)
        (tmp_path / f"{student}.ipynb").write_text(text, encoding="utf-8")
        (tmp_path / student).mkdir()
        run(tmp_path, "otter", "run", "-a", str(archive), "-o", student, f"{student}.ipynb")
        results[student] = json.loads((tmp_path / student / "results.json").read_text("utf-8"))
    scores = {name: [t["score"] for t in r["tests"] if "score" in t] for name, r in results.items()}
    assert scores == {"ada": [1.0], "bob": [0]}
    assert MISTAKE in json.dumps(results["bob"])
