"""`autograd quiz`: asks for gradients, and explains wrong answers with the steps that show why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from autograd.errors import ExpressionError
from autograd.expression import to_text
from autograd.mistakes import find_mistake, is_right
from autograd.parser import parse, parse_number
from autograd.render.card import Card
from autograd.render.style import Style
from autograd.render.terminal import Terminal, is_terminal
from autograd.render.text import Tree
from autograd.tracing import Trace
from autograd.value import Value

ROUNDS = 3  # expressions, where none is given
LEVELS = {
    1: "one gate",
    2: "gates in a chain",
    3: "forks, where gradients add up",
    4: "quotients, powers and max",
    5: "neurons and other functions",
}
GATES = {1: 1, 2: 2, 3: 3, 4: 3, 5: 3}
OPERATIONS = {
    1: ["{0} + {1}", "{0} - {1}", "{0}*{1}"],
    2: ["{0} + {1}", "{0} - {1}", "{0}*{1}", "{0}*{1}"],
    3: ["{0} + {1}", "{0} - {1}", "{0}*{1}", "{0}*{1}"],
    4: ["{0}/{1}", "{0}**2", "max({0}, {1})", "min({0}, {1})", "{0}*{1}", "{0} - {1}", "{0}**3"],
    5: ["sigmoid({0})", "tanh({0})", "exp({0})", "relu({0})", "{0}*{1}", "{0} + {1}"],
}
SUBJECTS = {
    4: ("div", "pow", "maximum", "minimum"),
    5: ("sigmoid", "tanh", "exp", "relu"),
}
LARGEST = 100.0  # numbers beyond it are no joy to work by hand
VARIABLES, RESULTS = "abc", "def"


class Quiz:
    """Questions on the terminal, and the score.

    Answers are read from stdin, a line each: a number or a fraction; an empty line skips.
    """

    def __init__(self, style: Style, stdin: Any = None, stdout: Any = None) -> None:
        self.stdin = sys.stdin if stdin is None else stdin
        self.stdout = sys.stdout if stdout is None else stdout
        self.style = style
        self.terminal = Terminal(self.stdout)
        self.asked = self.right = 0

    def ask_about(self, root: Value) -> bool:
        """Ask for every gradient below root, from root on; false where the answers have ended."""
        trace = Trace(root)
        self._say(f"{to_text(root)} = {self.style.number(root.data)}")
        tree = Tree(
            root, trace.name, lambda node: "1" if node is root else "?", self.style.precision
        )
        self._show(tree.lines(self.terminal, depth=12, max_nodes=40))
        nodes = [v for v in trace.order if v is not root and not v.is_constant]
        nodes.sort(key=lambda node: trace.arrivals(node)[-1])
        for turn, node in enumerate(nodes, 1):
            sign = self.style.gradient(trace, node, self.terminal.unicode)
            answer = self._read(f"{turn}/{len(nodes)}  {sign} = ")
            if answer is None:
                return False
            self.asked += 1
            self._judge(trace, node, answer)
        return True

    def run(self, roots: Iterable[Value]) -> None:
        """Ask about one expression after the other; then the score, also after Ctrl-C."""
        try:
            for root in roots:
                if not self.ask_about(root):
                    break
        except KeyboardInterrupt:
            self._say("")  # below the question
            raise
        finally:
            self._say(f"score: {self.right} of {self.asked} right")

    def _judge(self, trace: Trace, node: Value, answer: str) -> None:
        """Say whether an answer is right, and if it is not why."""
        gradient = trace.adjoint(node)
        exact = self.style.number(gradient)
        if answer and is_right(parse_number(answer), gradient):
            self.right += 1
            self._say(f"right: {exact}")
            return
        mistake = find_mistake(trace, node, parse_number(answer)) if answer else ""
        self._say(f"no, {exact}. {mistake}".rstrip() if answer else f"skipped: {exact}")
        self._show(self._why(trace, node))

    def _why(self, trace: Trace, node: Value) -> Iterator[Any]:
        """The steps that add to a node's gradient."""
        for index in trace.arrivals(node)[:3]:
            card = Card(trace, index, self.style, self.terminal)
            step = trace[index]
            yield from card.gate(step)
            yield from card.accumulation(step)
            yield self.terminal.text()

    def _read(self, prompt: str) -> str | None:
        """A line that is empty or a number; None at the end of the input."""
        while True:
            line = self._line(self.terminal.plain(prompt))
            if line is None:
                self._say("")
                return None
            try:
                return line if not line or parse_number(line) is not None else None
            except ExpressionError as error:
                self._say(f"{error}; Enter alone skips")

    def _line(self, prompt: str) -> str | None:
        if is_terminal(self.stdin) and self.stdin is sys.stdin and self.stdout is sys.stdout:
            try:
                return input(prompt).strip()
            except EOFError:
                return None
        print(prompt, end="", file=self.stdout, flush=True)
        line = self.stdin.readline() if self.stdin else ""
        if not line:
            return None
        print(self.terminal.plain(line.strip()), file=self.stdout)
        return str(line.strip())

    def _show(self, lines: Iterable[Any]) -> None:
        print(self.terminal.page(lines), file=self.stdout)

    def _say(self, text: str) -> None:
        print(self.terminal.words(text), file=self.stdout)


def generate(rng: Random, level: int) -> Value:
    """An expression of a level, 1 to 5, whose numbers can be worked by hand.

    >>> from random import Random
    >>> from autograd import to_text
    >>> from autograd.quiz import generate
    >>> len(generate(Random(1), 1).operands)
    2
    """
    while True:
        text, values = _draw(rng, level)
        try:
            root = parse(text, **values)
        except ValueError:  # a divisor of 0, or a number too many
            continue
        if _is_pleasant(Trace(root), level):
            return root


def _draw(rng: Random, level: int) -> tuple[str, dict[str, float]]:
    """Formulas d, e, f of variables a, b, c, each of which is used."""
    names = list(VARIABLES[: 2 if level in (1, 3) else 3])
    unused = list(names)
    formulas: list[str] = []
    for result in RESULTS[: GATES[level]]:
        pattern = rng.choice(OPERATIONS[level])
        if level == 5 and not formulas:
            pattern = "{0}*{1}"
        operands = []
        for place in range(2 if "{1}" in pattern else 1):
            fork = level >= 3 and place and rng.random() < 0.5
            pool = names if fork or not unused else unused
            chosen = rng.choice([name for name in pool if name not in operands] or names)
            operands.append(chosen)
            if chosen in unused:
                unused.remove(chosen)
        formulas.append(f"{result} = {pattern.format(*operands)}")
        names.append(result)
        unused.append(result)
    numbers = [x for x in range(-4, 6) if x] if level < 5 else [-2, -1, -0.5, 0.5, 1, 2]
    return "; ".join(formulas), {name: rng.choice(numbers) for name in VARIABLES if name in names}


def _is_at_kink(gate: Value) -> bool:
    """Whether a gate has no derivative but one by convention: max(a, a), relu(0)."""
    if gate._operation.name not in ("relu", "maximum", "minimum"):
        return False
    x, *others = gate.operands
    return x.data == (others[0].data if others else 0)


def _is_pleasant(trace: Trace, level: int) -> bool:
    """Whether the numbers stay small, something has a gradient, and the level has its subject."""
    gates = [node for node in trace.order if node.operands]
    leaves = [node for node in trace.order if not node.operands and not node.is_constant]
    if len(gates) != GATES[level]:
        return False
    if level == 3 and all(trace.uses(node) < 2 for node in trace.order):
        return False
    if level > 3 and not any(node._operation.name in SUBJECTS[level] for node in gates):
        return False
    if any(_is_at_kink(gate) for gate in gates):
        return False
    gradients = [abs(trace.adjoint(node)) for node in (*gates, *leaves)]
    most = max(abs(node.data) for node in trace.order)
    no_zeros = all(gradients) if level < 4 else all(trace.adjoint(gate) for gate in gates)
    return no_zeros and max(*gradients, most) <= LARGEST
