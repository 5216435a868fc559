"""`autograd teach`: its options, and what it does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from autograd.errors import ExpressionError
from autograd.files import write_whole
from autograd.language.terminal import Terminal
from autograd.teaching.assignments import nbgrader_files, otter_files, write_files
from autograd.teaching.sheets import write_sheets
from autograd.teaching.slides import deck


def write_slides(file: Path) -> list[str]:
    """Write the slides into a file."""
    write_whole(file, deck().encode())
    return [str(file)]


ACTIONS: dict[str, tuple[str, str, Callable[[Path], list[str]]]] = {
    "slides": ("write slides for ninety minutes, as one page", "slides.html", write_slides),
    "sheets": ("write worksheets and sheets of answers, as PDF", "sheets", write_sheets),
    "nbgrader": (
        "write the course as assignments for nbgrader",
        "nbgrader",
        lambda folder: write_files(nbgrader_files(), folder),
    ),
    "otter": (
        "write the course as assignments for otter-grader",
        "otter",
        lambda folder: write_files(otter_files(), folder),
    ),
}
"""For each action what it does, the file or the folder if none is named, and what writes it."""


def add_teach_options(parser: argparse.ArgumentParser) -> None:
    """What `autograd teach` takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, (words, usual, _) in ACTIONS.items():
        action = actions.add_parser(name, help=words, description=words)
        where = "FILE" if "." in usual else "FOLDER"
        action.add_argument("-o", "--output", default=usual, metavar=where, help=usual)


def run_teach(options: argparse.Namespace) -> int:
    """Write what is asked for, and say where it is."""
    if options.values:
        raise ExpressionError(f"teach {options.action} does not take {options.values[0]!r:.60}")
    write = ACTIONS[options.action][2]
    for path in write(Path(options.output)):
        print(Terminal().plain(path))
    return 0
