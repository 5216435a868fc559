"""`autograd lesson`: its options, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograd.engine import Value
from autograd.errors import ExpressionError, GraphError
from autograd.language.terminal import Terminal
from autograd.lessons.notes import Place
from autograd.lessons.writing import write_lesson
from autograd.quizzes.shell import add_ask


def add_lesson_options(parser: argparse.ArgumentParser) -> None:
    """What `autograd lesson` takes besides an expression."""
    parser.add_argument("-o", "--output", default="lesson.html", metavar="FILE", help="lesson.html")
    parser.add_argument("--title", help="the heading; the expression if left out")
    parser.add_argument("--quiz", action="store_true", help="ask for the gradients")
    parser.add_argument(
        "--note",
        action="append",
        default=[],
        metavar="PLACE=TEXT",
        help="your own words at a node, or at a step by its number; may be repeated",
    )
    add_ask(parser)
    parser.add_argument(
        "--reveal", action="store_true", help="hide each number until one more step shows it"
    )


def write_page(options: argparse.Namespace, root: Value) -> int:
    """Write the page of an expression."""
    target = Path(options.output)
    notes: dict[Place, str] = {}
    for place, text in map(note_of, options.note):
        notes[place] = f"{notes[place]}\n{text}" if place in notes else text
    try:
        write_lesson(
            root,
            target,
            options.title,
            options.notation,
            options.quiz,
            notes=notes,
            ask=options.ask,
            reveal=options.reveal,
        )
    except IndexError as error:  # of a note
        raise GraphError(str(error)) from None
    print(Terminal().plain(str(target)))
    return 0


def note_of(argument: str) -> tuple[str | int, str]:
    """A note as it is given in the shell: a=TEXT, or 5=TEXT for a step."""
    place, equals, text = argument.partition("=")
    if not equals or not place.strip():
        raise ExpressionError(f"{argument!r:.60} is not PLACE=TEXT, such as a='it is used twice'")
    place = place.strip()
    return (int(place) if place.isdecimal() else place), text
