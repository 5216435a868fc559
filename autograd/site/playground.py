"""The playground's Python: what its page asks of the engine, and what it shows of the answer.

It runs in the page, by Pyodide, and just as well anywhere else. An answer is a dict for JSON:
`text` to print, `error` in its place, `page` for a frame with its `title`, `html` for a part of a
page, or a `stepper` with what it shows. `moved` is what the stepper on show shows now.
"""

from __future__ import annotations

import ast
import builtins
import codeop
import io
import json
import linecache
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from traceback import StackSummary, TracebackException
from typing import Any

from autograd.course.parts import PARTS
from autograd.engine import Value, topological_order
from autograd.errors import DomainError, ExpressionError, GraphError, RenderError
from autograd.language.expression import number_text
from autograd.language.parser import parse, parse_number
from autograd.lessons.widget import move as moving
from autograd.lessons.widget import state
from autograd.lessons.writing import lesson
from autograd.pictures.dot import draw_dot
from autograd.pictures.parts import Part
from autograd.site.template import scrolling
from autograd.stepping.stepper import Stepper

Answer = dict[str, Any]
PROMPT = "<prompt"  # how the names of what was typed begin
NO_INPUT = (
    "nothing can be typed into a running program here; a stepper has buttons instead of loop(): "
    "let step_through(f) be the last line"
)
NO_PLOTS = (
    "matplotlib is not in this page: nn.plots, and what else draws with it, does not run here"
)
NUMBERS = (-2.0, 3.0, 0.5, 1.0, 2.0, -1.0)  # for variables, until the reader gives others


class Playground:
    """A field for expressions and a prompt, whose names stay from one to the next.

    say   : is called with what is printed, as it is printed.
    start : Python that is run before the first at the prompt, such as imports; names that are there
            already stay.
    """

    def __init__(self, say: Callable[[str], object], start: str = "") -> None:
        self.output = _Output(say)
        self.start = start
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.count = 0
        self.stepper: Stepper | None = None  # that is on show
        self.moved = False

    def ask(self, question: str) -> str:
        """The answer to a question of the page; both are JSON.

        {"kind": "draw", "text": ..., "numbers": {...}, "quiz": false},
        {"kind": "run", "text": ...}, {"kind": "move", "move": ...} for the stepper on show, or
        {"kind": "check", "part": 4, "text": ...} for what a student wrote in a part of the course.
        """
        asked = json.loads(question)
        kind = asked.pop("kind")
        self.moved = False
        kinds: dict[str, Callable[..., Answer]]
        kinds = {"draw": self.draw, "run": self.run, "move": self.move, "check": self.check}
        answer = kinds[kind](**asked)
        if self.moved and self.stepper is not None and "stepper" not in answer:
            answer["moved"] = state(self.stepper)
        return json.dumps(answer)

    def move(self, move: str | int) -> Answer:
        """Move the stepper that is on show; `ask` says what it then shows."""
        if self.stepper is not None:
            moving(self.stepper, move)
        return {}

    def check(self, part: int, text: str) -> Answer:
        """Whether a student's code is right, and what the grader says of it."""
        result = PARTS[part - 1].check(text)
        return {"right": bool(result), "html": scrolling(result.html("auto"))}

    def draw(self, text: str, numbers: Mapping[str, str], quiz: bool = False) -> Answer:
        """The lesson of an expression, and the number that each of its variables has.

        numbers : what was typed for the variables; one that is not there gets a number.
        quiz    : whether it asks for the gradients.
        """
        try:
            used = {
                name: _number(name, numbers.get(name, ""), NUMBERS[place % len(NUMBERS)])
                for place, name in enumerate(free_names(text))
            }
            root = parse(text, **used)
            if root.is_constant or not root.operands:
                lacks = "variable" if root.is_constant else "operation"
                raise ExpressionError(f"{text.strip()!r:.60} has no {lacks}: there is no step back")
            answer = self._looks(root, quiz)
        except (ExpressionError, DomainError, GraphError, RenderError) as error:
            return {"error": str(error)}
        order = topological_order(root)
        self.names |= {v.label: v for v in order if v.label.isidentifier()}
        return answer | {"numbers": {name: number_text(x)[0] for name, x in used.items()}}

    def run(self, text: str) -> Answer:
        """What Python makes of text; {"more": True} where its end is still to be typed."""
        self.count += 1
        name = f"{PROMPT} {self.count}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        with redirect_stdout(self.output), redirect_stderr(self.output), _without_input():
            try:
                if codeop.compile_command(text, name, "exec") is None:
                    return {"more": True}
                return self._run(text, name)
            except (Exception, SystemExit) as error:
                return {"error": _complaint(error)}

    def _run(self, text: str, name: str) -> Answer:
        if self.start:
            given: dict[str, Any] = {}
            exec(self.start, given)
            self.names, self.start = given | self.names, ""
        tree = ast.parse(text, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), self.names)
        if not isinstance(last, ast.Expr):
            return {}
        result = eval(compile(ast.Expression(last.value), name, "eval"), self.names)
        if result is None:
            return {}
        self.names["_"] = result
        # among the names of the prompt, by which nodes are called
        return dict(eval("_looks(_)", self.names, {"_looks": self._looks}))

    def _looks(self, result: Any, quiz: bool = False) -> Answer:
        """What is shown of a result: text, and a page, a stepper or a picture if it has one."""
        text = repr(result)
        if isinstance(result, Part) or (isinstance(result, Value) and result.operands):
            with suppress(GraphError, RenderError):  # a constant, or too large for a page
                result = lesson(result, quiz=quiz)
        if isinstance(page := getattr(result, "html", None), str):
            return {"text": text, "page": page, "title": result.title}
        if isinstance(result, Stepper):
            self._mount(result)
            return {"text": text, "stepper": state(result)}
        with suppress(GraphError, RenderError):
            if isinstance(result, Value) and result.operands:
                result = draw_dot(result)
            if hasattr(result, "_repr_html_"):
                return {"text": text, "html": result._repr_html_()}
            if hasattr(result, "_repr_mimebundle_"):
                picture = result._repr_mimebundle_().get("image/svg+xml", "")
                return {"text": text, "html": picture[picture.find("<svg") :]}
        return {"text": text}

    def _mount(self, stepper: Stepper) -> None:
        """Put a stepper on show, and listen to its moves instead of those of another."""
        if self.stepper is not None:
            self.stepper.listeners.remove(self._hear)
        self.stepper = stepper
        stepper.listeners.append(self._hear)

    def _hear(self) -> None:
        self.moved = True


@contextmanager
def _without_input() -> Iterator[None]:
    """No keyboard: what asks for input is told so, where Python would wait or end."""

    def refuse(prompt: object = "") -> str:
        raise RuntimeError(NO_INPUT)  # and no EOFError, which may end a loop without a word

    usual, builtins.input = builtins.input, refuse
    try:
        yield
    finally:
        builtins.input = usual


class _Output(io.TextIOBase):
    """A stream whose text goes to a function at once."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self.say = say

    def write(self, text: str) -> int:
        self.say(text)
        return len(text)


def free_names(text: str) -> list[str]:
    """The names in an expression that it gives no formula for, in order; none if it is not Python.

    >>> from autograd.site.playground import free_names
    >>> free_names("d = a*b; f = tanh(d + c)")
    ['a', 'b', 'c']
    """
    try:
        tree = ast.parse("\n".join(line.strip() for line in text.splitlines()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # `parse` says what is wrong
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    names.sort(key=lambda name: (name.lineno, name.col_offset))
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    own |= {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return list(dict.fromkeys(name.id for name in names if name.id not in own))


def _number(name: str, typed: str, otherwise: float) -> float:
    try:
        return parse_number(typed) if typed.strip() else otherwise
    except ExpressionError as error:
        raise ExpressionError(f"{name}: {error.reason}") from None


def _complaint(error: BaseException) -> str:
    """An error as Python reports it, with the lines that were typed and no others."""
    report = TracebackException.from_exception(error)
    typed = [frame for frame in report.stack if frame.filename.startswith(PROMPT)]
    report.stack = StackSummary.from_list(typed)
    if isinstance(error, ImportError) and "matplotlib" in str(error):
        return NO_PLOTS
    lines = [*(["Traceback:\n"] if typed else []), *report.stack.format()]
    return "".join([*lines, *report.format_exception_only()]).rstrip()
