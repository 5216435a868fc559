"""The parts of the course as assignments for nbgrader and otter-grader, which collect and grade.

An assignment is the notebook of a part, in which the holes of the stub are filled in, between
marks: the tool takes out what is between them, and keeps it for the teacher.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from autograd.course.checks import CHECKS
from autograd.course.notebook import CODE, as_json, cell, closing, file_name, opening
from autograd.course.parts import PARTS, Part
from autograd.files import write_whole

RAW = "raw"
CONFIG = """\
c = get_config()  # noqa: F821 - nbgrader gives it

c.CourseDirectory.course_id = "chalkgrad"
c.ClearSolutions.code_stub = {"python": "..."}  # as in the course
"""


def nbgrader_files() -> dict[str, str]:
    """A course of nbgrader by its files: its settings, and each part as an assignment."""
    made = {"nbgrader_config.py": CONFIG}
    for part in PARTS:
        name = file_name(part)
        made[f"source/{Path(name).stem}/{name}"] = nbgrader(part)
    return made


def otter_files() -> dict[str, str]:
    """The parts as notebooks for `otter assign`."""
    return {file_name(part): otter(part) for part in PARTS}


def write_files(files: dict[str, str], folder: Path) -> list[str]:
    """Write them, unless there is a file of this name; returns the paths of those written."""
    written = []
    for name, text in files.items():
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text.encode())
            written.append(str(path))
    return written


def nbgrader(part: Part) -> str:
    """The notebook of a part as nbgrader's `source` has it."""

    def made() -> Iterator[dict[str, Any]]:
        for place, (kind, text) in enumerate(opening(part)):
            yield marked(cell(kind, text, f"story-{place}"), locked=True)
        yield marked(cell(CODE, solved(part, "### "), "answer"), solution=True)
        yield marked(cell(CODE, check(part), "check"), grade=True, points=len(CHECKS[part.number]))
        for place, (kind, text) in enumerate(closing(part, with_solution=False)):
            yield marked(cell(kind, text, f"end-{place}"), locked=True)

    return as_json(made())


def marked(made: dict[str, Any], **marks: Any) -> dict[str, Any]:
    """A cell with what nbgrader wants to know of it."""
    usual = {"grade": False, "solution": False, "locked": marks.get("grade", False), "task": False}
    about = {"schema_version": 3, "grade_id": made["id"]}
    return made | {"metadata": {"nbgrader": about | usual | marks}}


def otter(part: Part) -> str:
    """The notebook of a part for `otter assign`."""
    points = len(CHECKS[part.number])
    settings = f"name: part{part.number}\npoints: {points}"
    texts = [
        (RAW, f"# ASSIGNMENT CONFIG\nname: chalkgrad{part.number}\nexport_cell: false"),
        *opening(part),
        (RAW, f"# BEGIN QUESTION\n{settings}"),
        (RAW, "# BEGIN SOLUTION"),
        (CODE, solved(part, "# ")),
        (RAW, "# END SOLUTION"),
        (RAW, "# BEGIN TESTS"),
        (CODE, check(part)),
        (RAW, "# END TESTS"),
        (RAW, "# END QUESTION"),
        *closing(part, with_solution=False),
    ]
    return as_json(
        cell(kind, text, f"part-{part.number}-{place}") for place, (kind, text) in enumerate(texts)
    )


def check(part: Part) -> str:
    """What grades an answer: it fails with all that the check of the course says."""
    return (
        "from autograd.course import PARTS\n\n"
        f"result = PARTS[{part.number - 1}].check(globals())\nassert result, result"
    )


def solved(part: Part, sign: str) -> str:
    """The stub with its holes filled in, each between marks that begin with a sign.

    What a hole gives a name to, as in `by_a = ...`, stays above it as a comment.
    """
    stub, solution = part.stub.splitlines(), part.solution.splitlines()
    lines: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, stub, solution, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += stub[i:j]
            continue
        space = " " * (len(stub[i]) - len(stub[i].lstrip()))
        lines += [f"{space}# {hole.strip()}" for hole in stub[i:j] if hole.strip() != "..."]
        lines += [f"{space}{sign}BEGIN SOLUTION", *solution[k:m], f"{space}{sign}END SOLUTION"]
    return "\n".join(lines).split("\n", 1)[1]  # without the docstring of the file
