"""The command `autograd`: step through an expression, differentiate, check, draw, teach, quiz."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, NoReturn

import graphviz

import autograd
from autograd.course.shell import add_course_options, run_course
from autograd.derivatives.gradients import gradients
from autograd.derivatives.slopes import SlopeCheck, check_slope
from autograd.engine import Value, propagate, topological_order
from autograd.errors import DomainError, ExpressionError, GraphError, RenderError
from autograd.files import write_whole
from autograd.language.expression import number_text, to_text
from autograd.language.notation import MOST_DIGITS, NOTATIONS
from autograd.language.parser import parse, parse_number
from autograd.language.terminal import Terminal, is_terminal
from autograd.lessons.shell import add_lesson_options, write_page
from autograd.quizzes.shell import add_grade_options, add_quiz_options, practise, run_grade
from autograd.site.shell import add_site_options, run_site
from autograd.teaching.shell import add_teach_options, run_teach

WRONG_INPUT, MISMATCH = 2, 1
OWN = ("step", "grad", "check", "draw", "lesson", "quiz", "grade", "course", "teach", "site")
ADDED = "chalkgrad.commands"
WITH_OUTPUT = ("draw", "lesson", "grade", "course", "teach", "site")  # the commands that have -o
INTERRUPTED, PIPE_CLOSED = 130, 141  # as a shell reports SIGINT and SIGPIPE

EXAMPLES = """\
examples:
  autograd step "f = (a*b)*(a+b)" a=-2 b=3
  autograd grad "tanh(w*x + b)" w=0.5 x=2 b=1/3 --order 2
  autograd check "log(a) / b" a=2 b=4
  autograd draw "sigmoid(w*x + b)" w=1 x=2 b=-1 -o neuron.svg
  autograd lesson "f = (a*b)*(a+b)" a=-2 b=3 -o lesson.html
  autograd quiz --level 3 --save quiz.txt
  autograd grade quiz*.txt -o class.csv
  autograd course start 1
  autograd teach slides -o slides.html
  autograd train moons -o training.html
  autograd site -o site --serve

An expression may begin with a minus, as in: autograd grad -a*b a=2 b=3. After --, nothing is an
option: autograd grad --json -- -a a=2.
"""


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        complain(self.prog, f"{message} ({self.prog} --help)")
        raise SystemExit(WRONG_INPUT)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        flush()  # for help may go into a closed pipe too
        super().exit(status, message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status.

    0 is success, 1 a gradient that finite differences contradict, 2 wrong input, with one line on
    standard error that says what is wrong.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    command, given = "autograd", sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = added_command(given) or read_options(given)
        command = f"autograd {options.command}"
        status: int = options.run(options)
        flush()
    except ExpressionError as error:
        return complain(command, error.on_one_line())
    except (DomainError, GraphError, RenderError) as error:
        return complain(command, str(error))
    except BrokenPipeError:
        discard_output()
        return PIPE_CLOSED
    except OSError as error:
        if error.filename is None:
            discard_output()
        return complain(command, f"{error.filename or 'the output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    return status


def added_command(arguments: list[str]) -> argparse.Namespace | None:
    """A command from above: a function among a distribution's entry points, imported if called."""
    if arguments and arguments[0] not in OWN and not arguments[0].startswith("-"):
        from importlib.metadata import entry_points  # late, as it is slow to import

        for found in entry_points(group=ADDED, name=arguments[0]):
            run = found.load()
            return argparse.Namespace(command=found.name, run=lambda _, run=run: run(arguments[1:]))
    return None


def flush() -> None:
    """Write out what is still to be written, where there is an output."""
    if sys.stdout is not None:
        sys.stdout.flush()


def discard_output() -> None:
    """Discard what could not be written, which Python would try to write again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(command: str, message: str) -> int:
    """One line that says what was wrong with the input."""
    line = " ".join(message.split("\n")[0].split())
    print(Terminal(sys.stderr).plain(f"{command}: {line}"), file=sys.stderr)
    return WRONG_INPUT


# ---- what is asked for --------------------------------------------------------------------------


def read_options(arguments: list[str]) -> argparse.Namespace:
    """The options, the expression and its values, in any order."""
    parser = make_parser()
    if not arguments:
        parser.print_help()
        parser.exit()
    options, others = parser.parse_known_args(shield(arguments))
    unknown = [argument for argument in others if argument.startswith("-")]
    if unknown:
        parser.error(f"{options.command} has no option {unknown[0]}")
    if others and options.expression is None:
        options.expression = others.pop(0)
    options.values += others
    return options


def shield(arguments: list[str]) -> list[str]:
    """The arguments, with a space before each expression such as -a*b, which is not an option."""
    option = re.compile("--|-h$|-o" if arguments[:1] and arguments[0] in WITH_OUTPUT else "--|-h$")
    names = {argument.partition("=")[0].strip(" -") for argument in arguments if "=" in argument}

    def is_expression(argument: str) -> bool:
        if not argument.startswith("-") or option.match(argument):
            return False
        return argument[1:] in names or bool(re.search(r"[-+*/^(=]", argument[1:]))

    return [f" {argument}" if is_expression(argument) else argument for argument in arguments]


def make_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = OneLineParser(
        prog="autograd",
        description="Gradients of an expression: step through them, print, check, draw, practise.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"chalkgrad {autograd.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Any, words: str, expression: str | None = None) -> Any:
        each = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
        each.set_defaults(run=run)
        each.add_argument(
            "expression",
            nargs=expression,
            metavar="EXPR",
            help='such as "f = a*b + 1" or "d = a*b; f = tanh(d)"; -- may stand before one like -a',
        )
        each.add_argument("values", nargs="*", default=[], metavar="NAME=VALUE", help=VALUES_HELP)
        return each

    step = command("step", run_step, "Step through the backward pass; print it if piped.")
    grad = command("grad", run_grad, "Print each variable's value and gradient.")
    check = command("check", run_check, "Compare every gradient with finite differences.")
    draw = command("draw", run_draw, "Draw the graph, with gradients, into a file.")
    lesson = command("lesson", run_lesson, "Write a page that plays both passes step by step.")
    quiz = command("quiz", run_quiz, "Ask for gradients, and explain wrong answers.", "?")
    for each in (step, lesson, quiz):
        each.add_argument("--notation", choices=NOTATIONS, default="leibniz", help=NOTATION_HELP)
    precision = "significant digits"
    for each, digits in ((step, 4), (grad, 6), (check, 6), (quiz, 4)):
        each.add_argument("--precision", type=digits_wanted, default=digits, help=precision)
    grad.add_argument("--json", action="store_true", help="print JSON, with exact numbers")
    grad.add_argument("--order", type=int, choices=(1, 2), default=1, help="2 adds the Hessian")
    ending = "its ending says the format"
    draw.add_argument("-o", "--output", required=True, metavar="FILE", help=ending)
    draw.add_argument("--rankdir", choices=("LR", "TB", "RL", "BT"), default="LR")
    add_lesson_options(lesson)
    add_quiz_options(quiz)
    for name, (words, run, add_options) in OTHERS.items():
        each = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
        each.set_defaults(run=run, expression="", values=[])
        add_options(each)
    return parser


GRADE = "Put what a class has handed in after a quiz into a table (CSV)."
COURSE = "Build the engine yourself, in eight parts, each with a check."
SITE = "Write a site: lessons, and a playground that runs Python in the page."
OTHERS = {  # which take no expression
    "grade": (GRADE, run_grade, add_grade_options),
    "course": (COURSE, run_course, add_course_options),
    "teach": ("Write slides, worksheets and assignments.", run_teach, add_teach_options),
    "site": (SITE, run_site, add_site_options),
}
VALUES_HELP = "a number or fraction for each variable"
NOTATION_HELP = "how a gradient is written: df/da, a.grad, or a with a bar"


def digits_wanted(text: str) -> int:
    """A precision."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DIGITS:
        wanted = f"precision is 1 to {MOST_DIGITS} digits"
        raise argparse.ArgumentTypeError(f"{wanted}, not {text!r:.60}")
    return int(text)


# ---- the expression -----------------------------------------------------------------------------


def read_expression(options: argparse.Namespace) -> Value:
    """The graph of the expression at the values given."""
    values: dict[str, float] = {}
    for argument in options.values:
        name, equals, number = argument.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            given = argument.strip()
            raise ExpressionError(f"{given!r:.60} is not NAME=VALUE, such as a=-2 or b=1/3")
        if name in values:
            raise ExpressionError(f"{name} is given two values")
        try:
            values[name] = parse_number(number)
        except ExpressionError as error:
            raise ExpressionError(f"{name}={number}: {error.reason}") from None
    root = parse(options.expression, **values)
    if root.is_constant:
        raise ExpressionError(
            f"{options.expression.strip()!r:.60} has no variable to differentiate by"
        )
    return root


def variables_of(root: Value) -> list[Value]:
    """The leaves with a name."""
    return [v for v in topological_order(root) if not v.operands and not v.is_constant]


def heading(root: Value, options: argparse.Namespace) -> str:
    """The expression and its value."""
    return f"{to_text(root)} = {number_text(root.data, options.precision)[0]}"


def print_table(title: str, rows: Sequence[Sequence[str]]) -> None:
    """A title, and rows in columns: names on the left, numbers on the right."""
    terminal = Terminal()
    cells = [[terminal.plain(cell) for cell in row] for row in rows]
    widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
    print(terminal.plain(title))
    for name, *numbers in cells:
        columns = [name.ljust(widths[0])]
        columns += [x.rjust(width) for x, width in zip(numbers, widths[1:], strict=True)]
        print("  ".join(columns).rstrip())


# ---- the commands -------------------------------------------------------------------------------


def run_step(options: argparse.Namespace) -> int:
    """Open the command loop, or print every step where nobody is at a terminal."""
    root = read_expression(options)
    style = {"notation": options.notation, "precision": options.precision}
    stepper = autograd.step_through(root, **style)
    if is_terminal(sys.stdin) and is_terminal(sys.stdout):
        stepper.loop()
        return 0
    for index in range(len(stepper.trace)):
        print(stepper.goto(index).render(Terminal()), end="\n\n")
    return 0


def run_grad(options: argparse.Namespace) -> int:
    """Print the gradient, and the Hessian if it is asked for."""
    root = read_expression(options)
    variables = variables_of(root)
    first = gradients(root, variables) if options.order == 2 else []
    adjoints = propagate(root)
    second = [[x.data for x in gradients(each, variables)] for each in first]
    if options.json:
        print(json.dumps(as_json(root, variables, adjoints, second), allow_nan=False))
        return 0

    def number(x: float) -> str:
        return number_text(x + 0.0, options.precision)[0]  # -0 is 0 to whoever reads a table

    rows = [(v.label, number(v.data), number(adjoints[v])) for v in variables]
    print_table(heading(root, options), [("variable", "value", "gradient"), *rows])
    if second:
        names = [v.label for v in variables]
        lines = [(name, *map(number, row)) for name, row in zip(names, second, strict=True)]
        print_table("", [("Hessian", *names), *lines])
    return 0


def as_json(
    root: Value,
    variables: list[Value],
    adjoints: dict[Value, float],
    second: list[list[float]],
) -> dict[str, Any]:
    """What `grad --json` prints."""
    from autograd.stepping.step import json_number

    names = [v.label for v in variables]
    result: dict[str, Any] = {
        "expression": to_text(root),
        "value": json_number(root.data),
        "variables": {
            v.label: {"value": json_number(v.data), "gradient": json_number(adjoints[v])}
            for v in variables
        },
    }
    if second:
        result["hessian"] = {
            name: dict(zip(names, map(json_number, row), strict=True))
            for name, row in zip(names, second, strict=True)
        }
    return result


def run_check(options: argparse.Namespace) -> int:
    """Compare with finite differences; 1 if one differs or cannot be compared."""
    root = read_expression(options)
    adjoints = propagate(root)
    checks = [check_slope(root, v, adjoints[v], v.label) for v in variables_of(root)]

    def row(check: SlopeCheck) -> tuple[str, ...]:
        numbers = (check.at, check.backward, check.numerical)
        shown = ("-" if x is None else number_text(x, options.precision)[0] for x in numbers)
        kink = check.note and check.numerical is not None
        return check.name, *shown, "a kink" if kink else check.verdict

    head = ("variable", "value", "gradient", "finite difference", "")
    print_table(heading(root, options), [head, *map(row, checks)])
    for check in checks:
        if check.note:
            print(Terminal().plain(f"{check.name}: {check.note}"))
    return 0 if all(checks) else MISMATCH


def run_draw(options: argparse.Namespace) -> int:
    """Draw the graph into a file, which a failure leaves as it was."""
    root = read_expression(options)
    target = Path(options.output)
    ending = target.suffix[1:].lower()
    if ending not in graphviz.FORMATS:
        raise RenderError(
            f"{options.output}: the ending says the format: svg, png, dot, json, or with "
            "Graphviz installed pdf and more"
        )
    root.backward()
    try:
        drawing = autograd.draw_dot(root, format=ending, rankdir=options.rankdir)
        picture = drawing.pipe(quiet=True)
    except CalledProcessError:  # this Graphviz was built without the format
        raise RenderError(f"{options.output}: the Graphviz here cannot draw {ending}") from None
    write_whole(target, picture.encode() if isinstance(picture, str) else picture)
    print(Terminal().plain(str(target)))
    return 0


def run_lesson(options: argparse.Namespace) -> int:
    """Write the page."""
    return write_page(options, read_expression(options))


def run_quiz(options: argparse.Namespace) -> int:
    """Ask about the expression given, or about new ones."""
    if options.expression is None:
        return practise(options)
    root = read_expression(options)
    if not root.operands:
        raise ExpressionError(f"{options.expression.strip()!r:.60} has no gradient to ask for")
    return practise(options, root)
