"""`autograd quiz` and `autograd grade`: their options, and what they do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random, SystemRandom

from autograd.engine import Value
from autograd.errors import ExpressionError
from autograd.files import write_whole
from autograd.language.notation import Notation
from autograd.language.terminal import Terminal
from autograd.quizzes.exercises import LEVELS, generate
from autograd.quizzes.grading import grade, to_csv
from autograd.quizzes.handin import code_of
from autograd.quizzes.quiz import HINT, Finished, Quiz, chosen
from autograd.stepping.tracing import Trace

ROUNDS = 3  # expressions to practise on, if none is given


def add_quiz_options(parser: argparse.ArgumentParser) -> None:
    """What `autograd quiz` takes besides an expression."""
    levels = "; ".join(f"{level}: {words}" for level, words in LEVELS.items())
    parser.add_argument("--level", type=int, choices=range(1, 6), default=1, help=levels)
    parser.add_argument("--seed", type=int, help="the same seed asks the same questions")
    add_ask(parser)
    parser.add_argument("--save", metavar="FILE", help="write a file to hand in")
    parser.add_argument("--name", help="your name in that file; asked for if left out")


def practise(options: argparse.Namespace, root: Value | None = None) -> int:
    """Ask about an expression, or about new ones of a level; write what is to be handed in."""
    if options.ask and root is None:
        raise ExpressionError("--ask chooses nodes of an expression, and none is given")
    if options.ask and root is not None:
        chosen(Trace(root), options.ask)  # before anything is asked
    quiz = Quiz(Notation(options.notation, options.precision))
    name = options.name
    try:
        if options.save and name is None:
            name = quiz.ask_name()
        roots: Iterable[Value] = [root] if root is not None else new_ones(options)
        print(HINT)
        quiz.run(roots, options.ask)
    except Finished:  # at the name
        return 0
    if options.save and quiz.asked:
        code = code_of(quiz.taken(name or ""))
        write_whole(Path(options.save), f"{code}\n".encode())
        print(Terminal().plain(options.save))
    return 0


def new_ones(options: argparse.Namespace) -> Iterable[Value]:
    """Expressions of a level, the same for the same seed."""
    seed = SystemRandom().randrange(10**6) if options.seed is None else options.seed
    rng = Random(seed)
    print(f"level {options.level}, seed {seed}")
    return (generate(rng, options.level) for _ in range(ROUNDS))


def add_grade_options(parser: argparse.ArgumentParser) -> None:
    """What `autograd grade` takes."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="with one code or more in each")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the table into a file")


def run_grade(options: argparse.Namespace) -> int:
    """Print the table of a class, or write it."""
    table = to_csv(grade(options.files))
    if options.output is None:
        sys.stdout.write(table)
    else:
        write_whole(Path(options.output), table.encode("utf-8-sig"))  # as spreadsheets expect it
        print(Terminal().plain(options.output))
    return 0


def add_ask(parser: argparse.ArgumentParser) -> None:
    """Which gradients to ask for."""
    parser.add_argument(
        "--ask", action="append", metavar="NODE", help="ask for this gradient; may be repeated"
    )
