"""`autograd course`: its options, and what it does."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import wrap

from autograd.course.notebook import file_name, notebook
from autograd.course.parts import PARTS, Part
from autograd.errors import ExpressionError
from autograd.files import write_whole
from autograd.language.terminal import Terminal

SECONDS = 60  # for all that a check runs
WRONG = 1  # the status of a check that found something


def add_course_options(parser: argparse.ArgumentParser) -> None:
    """What `autograd course` takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="the parts of the course")
    start = actions.add_parser("start", help="tell the story of a part, and write its stub")
    check = actions.add_parser("check", help="try what you have written")
    hint = actions.add_parser("hint", help="give a hint")
    notebooks = actions.add_parser("notebooks", help="write the course as notebooks")
    solution = actions.add_parser("solution", help="print a solution")
    for each in (start, hint, solution):
        each.add_argument("part", type=part_wanted, metavar="PART", help=f"1 to {len(PARTS)}")
    start.add_argument("-o", "--output", metavar="FILE", help="part1.py, part2.py, ...")
    notebooks.add_argument("-o", "--output", default=".", metavar="FOLDER", help="here")
    check.add_argument("file", metavar="FILE", help="which start has written")
    hint.add_argument("place", type=int, nargs="?", default=1, metavar="HINT", help="1, 2, ...")


def part_wanted(text: str) -> Part:
    """A part by its number."""
    if text not in [str(part.number) for part in PARTS]:
        raise argparse.ArgumentTypeError(f"a part is 1 to {len(PARTS)}, not {text!r:.60}")
    return PARTS[int(text) - 1]


def run_course(options: argparse.Namespace) -> int:
    """Do what is asked; 1 where a check finds something wrong."""
    if options.values:
        raise ExpressionError(f"course {options.action} does not take {options.values[0]!r:.60}")
    if options.action == "list":
        tell("\n".join(str(part) for part in PARTS))
        tell("\nBegin with: autograd course start 1")
    elif options.action == "start":
        start(options.part, Path(options.output or f"part{options.part.number}.py"))
    elif options.action == "notebooks":
        write_notebooks(Path(options.output))
    elif options.action == "check":
        return check(Path(options.file))
    elif options.action == "hint":
        hint(options.part, options.place)
    else:
        print(options.part.solution, end="")
    return 0


def start(part: Part, file: Path) -> None:
    """Write the stub, unless there is a file of this name, and tell the story."""
    is_new = written(file, part.stub)  # first: who reads on may be a pager that is closed early
    tell(f"{part}\n\n{reflowed(part.text)}\n")
    tell(f"{file} is for you to fill in, where there is a `...`." if is_new else kept(file))
    tell(f"Then: autograd course check {file}. A hint: autograd course hint {part.number}")


def write_notebooks(folder: Path) -> None:
    """Write a notebook for each part."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        file = folder / file_name(part)
        tell(str(file) if written(file, notebook(part)) else kept(file))


def written(file: Path, text: str) -> bool:
    """Write a file, unless there is one of this name, which may be somebody's work."""
    if file.exists():
        return False
    write_whole(file, text.encode())
    return True


def kept(file: Path) -> str:
    """What is said of a file that was not written."""
    return f"{file} is there already, and stays as it is."


def hint(part: Part, place: int) -> None:
    """Give one hint, and say how to get the next."""
    if not 1 <= place <= len(part.hints):
        raise ExpressionError(f"part {part.number} has the hints 1 to {len(part.hints)}")
    tell(reflowed(part.hints[place - 1]))
    if place < len(part.hints):
        tell(f"\nOne more: autograd course hint {part.number} {place + 1}")
    else:
        tell(f"\nThat was the last one. A solution: autograd course solution {part.number}")


def check(file: Path) -> int:
    """Try a file in a process of its own, and say what came of it."""
    try:
        source = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ExpressionError(f"{file} is no text in UTF-8") from None
    found = re.search(r"\bPart (\d+):", source)
    if found is None or found[1] not in [str(part.number) for part in PARTS]:
        raise ExpressionError(
            f'{file} does not say which part it is: its first line should be """Part 1: ..."""'
        )
    passed, text = tried(source, int(found[1]), file.resolve().parent)
    tell(text)
    return 0 if passed else WRONG


def tried(source: str, number: int, folder: Path) -> tuple[bool, str]:
    """Whether a file passes, and what is said; it comes back whatever the file does."""
    package = str(Path(__file__).parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-P", "-m", "autograd.course", str(number), str(folder)]
    try:
        run = subprocess.run(
            command,
            input=source,
            capture_output=True,
            encoding="utf-8",
            env=environment,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False, f"Your code does not come to an end: it was stopped after {SECONDS} seconds."
    try:
        result = json.loads(run.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return False, f"Your code ended Python before the check was done (status {run.returncode})."
    return bool(result["passed"]), str(result["text"])


# ---- in a terminal ------------------------------------------------------------------------------


def tell(text: str) -> None:
    """Print text in lines that fit, each broken at its own indent."""
    terminal = Terminal()
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip(" -")))
        pieces = wrap(line, terminal.width, subsequent_indent=indent, break_on_hyphens=False)
        for piece in pieces or [""]:
            print(terminal.plain(piece if terminal.unicode else piece.replace("×", "*")))


def reflowed(text: str) -> str:
    """Markdown for a terminal: a paragraph is one line, and code is indented."""
    told: list[str] = []
    is_code = False
    for line in text.splitlines():
        if line.startswith("```"):
            is_code = not is_code
        elif is_code:
            told.append(f"    {line}")
        elif told and told[-1].strip() and line.strip() and not line.startswith("- "):
            told[-1] += f" {line.strip()}"
        else:
            told.append(line.removeprefix("## "))
    return "\n".join(told).replace("**", "")
