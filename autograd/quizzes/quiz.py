"""`autograd quiz`: asks for gradients, and explains wrong answers with the steps that show why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from autograd.engine import Value
from autograd.errors import ExpressionError, GraphError
from autograd.language.expression import to_text
from autograd.language.notation import Notation
from autograd.language.parser import parse_number
from autograd.language.terminal import Terminal, is_terminal
from autograd.language.tree import Piece, Tree
from autograd.language.words import ENGLISH, Words
from autograd.protocols.settings import listed
from autograd.quizzes.handin import HandIn, Question, Round, now
from autograd.quizzes.mistakes import find_mistake, gives_away, is_right
from autograd.stepping.card import Card
from autograd.stepping.tracing import Trace

EXPLAINED = 3  # uses of a node; the first, where there are more
HINT = "a number or a fraction to 3 digits; Enter skips, q leaves"
TRIES = 2  # after which the answer is told


class Finished(Exception):  # noqa: N818
    """There are no more answers."""


class Quiz:
    """Questions on the terminal, and the score.

    Answers are read from stdin, a line each: a number or a fraction; an empty line skips.
    """

    def __init__(
        self,
        notation: Notation,
        stdin: Any = None,
        stdout: Any = None,
        words: Words = ENGLISH,
    ) -> None:
        self.stdin = sys.stdin if stdin is None else stdin
        self.stdout = sys.stdout if stdout is None else stdout
        self.notation = notation
        self.terminal = Terminal(self.stdout)
        self.words = words
        self.asked = self.right = 0
        self.began = now()
        self.rounds: list[Round] = []

    def taken(self, name: str) -> HandIn:
        """What is handed in, by whom."""
        return HandIn(name, self.began, now(), self.rounds)

    def run(self, roots: Iterable[Value], ask: Iterable[Value | str] | None = None) -> None:
        """Ask about one expression after another, then print the score, even after Ctrl-C.

        ask : the nodes to ask for, or their names; all if left out.
        """
        try:
            for root in roots:
                self.ask_about(root, ask)
        except Finished:
            pass
        except KeyboardInterrupt:
            self._say("")  # so that the score is not beside the question
            raise
        finally:
            self._say(self.words("score: {0} of {1} right", self.right, self.asked))

    def ask_about(self, root: Value, ask: Iterable[Value | str] | None = None) -> None:
        """Ask for gradients below root, from the top. Raises Finished when answers end."""
        trace = Trace(root)
        nodes = questions_of(trace) if ask is None else chosen(trace, ask)
        self._say(f"{to_text(root)} = {self.notation.number(root.data)}")
        self._show(self._tree(trace))
        self.rounds.append(Round(trace))
        for turn, node in enumerate(nodes, 1):
            place = self.words("question {0} of {1}", turn, len(nodes))
            self._say(f"{place}: {self._uses(trace, node)}")
            self._ask(trace, node)

    def _ask(self, trace: Trace, node: Value) -> None:
        """Ask for one gradient, twice if the first answer is wrong, and say how it is found."""
        question = Question(node)
        for turn in range(TRIES):
            typed = self._answer(f"  {self._sign(trace, node)} = ")
            if not turn:
                self.asked += 1
                self.rounds[-1].questions.append(question)
            if not typed:
                self._say(self.words("skipped: {0}", self._exact(trace, node)))
                break
            question.typed.append(typed)
            if is_right(parse_number(typed), trace.adjoint(node)):
                self.right += 1
                self._say(self.words("right: {0}", self._exact(trace, node)))
                return
            self._say(self._wrong(trace, node, typed, last=turn + 1 == TRIES))
        self._show(self._why(trace, node))

    def ask_name(self) -> str:
        """The name of who takes the quiz."""
        return self._line(f"{self.words('your name')}: ")

    def _tree(self, trace: Trace) -> Iterator[Any]:
        def gradient(node: Value) -> Piece:
            return (self._exact(trace, node), "grad") if node is trace.root else "?"

        tree = Tree(trace.root, self.terminal, trace.name, gradient, self.notation.precision)
        yield from tree.lines(depth=12, max_nodes=40)

    def _sign(self, trace: Trace, node: Value) -> str:
        return self.notation.sign(trace.name(trace.root), trace.name(node), self.terminal.unicode)

    def _uses(self, trace: Trace, node: Value) -> str:
        """`v1 = a · b, where ∂f/∂v1 = 1`, for each gate that a node is an operand of."""
        card = Card(trace, 0, self.notation, self.terminal)
        gates = dict.fromkeys(trace[index].node for index in trace.arrivals(node))
        uses = [
            self.words(
                "{0}, where {1}",
                card.assignment(gate),
                f"{self._sign(trace, gate)} = {self._exact(trace, gate)}",
            )
            for gate in gates
        ]
        return "; ".join(uses)

    def _exact(self, trace: Trace, node: Value) -> str:
        return self.notation.number(trace.adjoint(node))

    def _wrong(self, trace: Trace, node: Value, typed: str, last: bool) -> str:
        """What is said of a wrong answer: at first a hint that does not tell the right one."""
        mistake = find_mistake(trace, node, parse_number(typed), self.words)
        if last:
            told = self.words("no, {0}.", self._exact(trace, node))
            return f"{told} {mistake.sentence if mistake else ''}".rstrip()
        hint = mistake.hint if mistake else gate_hint(trace, node, self.words)
        return " ".join((self.words("no."), hint, self.words("Try once more.")))

    def _why(self, trace: Trace, node: Value) -> Iterator[Any]:
        """The steps that add to a node's gradient, in short, and their sum."""
        for index in trace.arrivals(node)[:EXPLAINED]:
            card = Card(trace, index, self.notation, self.terminal)
            yield from card.in_short(trace[index])
        yield from card.sum(node)

    def _answer(self, prompt: str) -> str:
        """The next line that is a number, or empty."""
        while True:
            line = self._line(self.terminal.plain(prompt))
            try:
                if line:
                    parse_number(line)
                return line
            except ExpressionError as error:
                self._say(f"{error}; {self.words('Enter skips, q leaves')}")

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


def questions_of(trace: Trace) -> list[Value]:
    """The nodes whose gradients are asked for, from the root down, each when it can be known."""
    nodes = [v for v in trace.order if v is not trace.root and not v.is_constant]
    return sorted(nodes, key=lambda node: trace.arrivals(node)[-1])


def chosen(trace: Trace, ask: Iterable[Value | str]) -> list[Value]:
    """The nodes to ask for, in the order in which their gradients can be known.

    Raises TypeError for anything but a list, and GraphError for a node that is not in the graph, or
    that has no gradient to ask for.
    """
    wanted = [trace.find(each) for each in listed("ask", ask)]
    questions = questions_of(trace)
    for node in wanted:
        if node not in questions:
            why = "is where the pass begins" if node is trace.root else "is a constant"
            raise GraphError(f"ask: {trace.name(node)} {why}: it has no gradient to ask for")
    if not wanted:
        raise ValueError("ask: there is no node in the list")
    return [node for node in questions if node in wanted]


def gate_hint(trace: Trace, node: Value, words: Words) -> str:
    """Which gate to look at, and its rule, where that may be told."""
    name, rule = trace.name(trace[trace.arrivals(node)[0]].node), rule_hint(trace, node, words)
    if not rule:
        return words("Look at the gate {0}.", name)
    return words("Look at the gate {0}: {1}.", name, rule)


def rule_hint(trace: Trace, node: Value, words: Words) -> str:
    """The rule of the first gate that adds to a gradient; "" if it has that very number in it."""
    step = trace[trace.arrivals(node)[0]]
    rule = words.rule(step.node._operation, step.formula.position or 0)
    return "" if gives_away(rule, trace.adjoint(node)) else rule
