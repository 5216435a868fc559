"""The playground's Python: what its page asks of the engine, and what it shows of the answer.

It runs in the page, by Pyodide, and just as well anywhere else. An answer is a dict for JSON:
`text` to print, `error` in its place, `page` for a frame with its `title`, or `html` for a part of
a page.
"""

from __future__ import annotations

import ast
import codeop
import io
import json
import linecache
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from traceback import StackSummary, TracebackException
from typing import Any

from autograd.engine import Value, topological_order
from autograd.errors import DomainError, ExpressionError, GraphError, RenderError
from autograd.language.expression import number_text
from autograd.language.parser import parse, parse_number
from autograd.lessons.book import Lessons
from autograd.lessons.lesson import Lesson
from autograd.lessons.writing import lesson
from autograd.pictures.dot import draw_dot
from autograd.pictures.parts import Part

Answer = dict[str, Any]
PROMPT = "<prompt"  # how the names of what was typed begin
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

    def ask(self, question: str) -> str:
        """The answer to a question of the page; both are JSON.

        {"kind": "draw", "text": ..., "numbers": {...}} or {"kind": "run", "text": ...}.
        """
        asked = json.loads(question)
        if asked["kind"] == "draw":
            answer = self.draw(asked["text"], asked["numbers"])
        else:
            answer = self.run(asked["text"])
        return json.dumps(answer)

    def draw(self, text: str, numbers: Mapping[str, str]) -> Answer:
        """The lesson of an expression, and the number that each of its variables has.

        numbers : what was typed for the variables; one that is not there gets a number.
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
            answer = self._looks(root)
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
        with redirect_stdout(self.output), redirect_stderr(self.output):
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

    def _looks(self, result: Any) -> Answer:
        """What is shown of a result: text, and a page or a picture if it has one."""
        text = repr(result)
        if isinstance(result, Part) or (isinstance(result, Value) and result.operands):
            with suppress(GraphError, RenderError):  # a constant, or too large for a page
                result = lesson(result)
        if isinstance(result, (Lesson, Lessons)):
            return {"text": text, "page": result.html, "title": result.title}
        with suppress(GraphError, RenderError):
            if isinstance(result, Value) and result.operands:
                result = draw_dot(result)
            if hasattr(result, "_repr_html_"):
                return {"text": text, "html": result._repr_html_()}
            if hasattr(result, "_repr_mimebundle_"):
                picture = result._repr_mimebundle_().get("image/svg+xml", "")
                return {"text": text, "html": picture[picture.find("<svg") :]}
        return {"text": text}


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
    lines = [*(["Traceback:\n"] if typed else []), *report.stack.format()]
    return "".join([*lines, *report.format_exception_only()]).rstrip()
