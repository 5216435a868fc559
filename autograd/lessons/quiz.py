"""`autograd quiz`: asks for gradients, and explains wrong answers with the steps that show why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from autograd.engine import Value
from autograd.errors import ExpressionError
from autograd.language.expression import to_text
from autograd.language.notation import Notation
from autograd.language.parser import parse_number
from autograd.language.terminal import Terminal, is_terminal
from autograd.language.tree import Piece, Tree
from autograd.lessons.mistakes import find_mistake, is_right
from autograd.stepping.card import Card
from autograd.stepping.tracing import Trace

EXPLAINED = 3  # uses of a node; the first, where there are more
HINT = "a number or a fraction to 3 digits; Enter skips, q leaves"


class Finished(Exception):  # noqa: N818
    """There are no more answers."""


class Quiz:
    """Questions on the terminal, and the score.

    Answers are read from stdin, a line each: a number or a fraction; an empty line skips.
    """

    def __init__(self, notation: Notation, stdin: Any = None, stdout: Any = None) -> None:
        self.stdin = sys.stdin if stdin is None else stdin
        self.stdout = sys.stdout if stdout is None else stdout
        self.notation = notation
        self.terminal = Terminal(self.stdout)
        self.asked = self.right = 0

    def run(self, roots: Iterable[Value]) -> None:
        """Ask about one expression after another, then print the score, even after Ctrl-C."""
        try:
            for root in roots:
                self.ask_about(root)
        except Finished:
            pass
        except KeyboardInterrupt:
            self._say("")  # so that the score is not beside the question
            raise
        finally:
            self._say(f"score: {self.right} of {self.asked} right")

    def ask_about(self, root: Value) -> None:
        """Ask for every gradient below root, from the top. Raises Finished when answers end."""
        trace = Trace(root)
        known: dict[Value, float] = {root: trace.adjoint(root)}
        self._say(f"{to_text(root)} = {self.notation.number(root.data)}")
        self._show(self._tree(trace, known))
        nodes = [v for v in trace.order if v is not root and not v.is_constant]
        nodes.sort(key=lambda node: trace.arrivals(node)[-1])
        for turn, node in enumerate(nodes, 1):
            self._say(f"question {turn} of {len(nodes)}: {self._uses(trace, node, known)}")
            answer = self._answer(f"  {self._sign(trace, node)} = ")
            self.asked += 1
            self._judge(trace, node, answer)
            known[node] = trace.adjoint(node)

    def _tree(self, trace: Trace, known: dict[Value, float]) -> Iterator[Any]:
        def gradient(node: Value) -> Piece:
            return (self.notation.number(known[node]), "grad") if node in known else "?"

        tree = Tree(trace.root, self.terminal, trace.name, gradient, self.notation.precision)
        yield from tree.lines(depth=12, max_nodes=40)

    def _sign(self, trace: Trace, node: Value) -> str:
        return self.notation.sign(trace.name(trace.root), trace.name(node), self.terminal.unicode)

    def _uses(self, trace: Trace, node: Value, known: dict[Value, float]) -> str:
        """`v1 = a · b, where ∂f/∂v1 = 1`, for each gate that a node is an operand of."""
        card = Card(trace, 0, self.notation, self.terminal)
        gates = dict.fromkeys(trace[index].node for index in trace.arrivals(node))
        uses = [
            f"{card.assignment(gate)}, where {self._sign(trace, gate)} = "
            f"{self.notation.number(known[gate])}"
            for gate in gates
        ]
        return "; ".join(uses)

    def _judge(self, trace: Trace, node: Value, answer: float | None) -> None:
        """Say whether an answer is right, and if not, why; None is a question skipped."""
        gradient = trace.adjoint(node)
        exact = self.notation.number(gradient)
        if answer is not None and is_right(answer, gradient):
            self.right += 1
            self._say(f"right: {exact}")
            return
        if answer is None:
            self._say(f"skipped: {exact}")
        else:
            self._say(f"no, {exact}. {find_mistake(trace, node, answer)}".rstrip())
        self._show(self._why(trace, node))

    def _why(self, trace: Trace, node: Value) -> Iterator[Any]:
        """The steps that add to a node's gradient, in short, and their sum."""
        for index in trace.arrivals(node)[:EXPLAINED]:
            card = Card(trace, index, self.notation, self.terminal)
            yield from card.in_short(trace[index])
        yield from card.sum(node)

    def _answer(self, prompt: str) -> float | None:
        """The number on the next line that has one; None for an empty line."""
        while True:
            line = self._line(self.terminal.plain(prompt))
            if not line:
                return None
            try:
                return parse_number(line)
            except ExpressionError as error:
                self._say(f"{error}; Enter skips, q leaves")

    def _line(self, prompt: str) -> str:
        if is_terminal(self.stdin) and self.stdin is sys.stdin and self.stdout is sys.stdout:
            try:
                line = input(prompt).strip()
            except EOFError:
                self._say("")
                raise Finished from None
        else:
            print(prompt, end="", file=self.stdout, flush=True)
            line = self.stdin.readline() if self.stdin else ""
            self._say(line.strip())
            if not line:
                raise Finished
        if line.strip().lower() in ("q", "quit"):
            raise Finished
        return str(line.strip())

    def _show(self, lines: Iterable[Any]) -> None:
        print(self.terminal.page(lines), file=self.stdout)

    def _say(self, text: str) -> None:
        print(self.terminal.words(text), file=self.stdout)
