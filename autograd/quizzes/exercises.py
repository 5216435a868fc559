"""Expressions to practise on, by level: small numbers, and something to learn in each."""

from __future__ import annotations

from random import Random

from autograd.engine import Value
from autograd.language.parser import parse
from autograd.stepping.tracing import Trace

LEVELS = {
    1: "one gate",
    2: "gates in a chain",
    3: "forks, where gradients add up",
    4: "quotients, powers and max",
    5: "neurons and other functions",
}
GATES = {1: 1, 2: 2, 3: 3, 4: 3, 5: 3}
PATTERNS = {
    1: ["{0} + {1}", "{0} - {1}", "{0}*{1}", "{0}*{1}"],
    2: ["{0} + {1}", "{0} - {1}", "{0}*{1}", "{0}*{1}"],
    3: ["{0} + {1}", "{0} - {1}", "{0}*{1}", "{0}*{1}"],
    4: ["{0}/{1}", "{0}**2", "max({0}, {1})", "min({0}, {1})", "{0}*{1}", "{0} - {1}", "{0}**3"],
    5: ["sigmoid({0})", "tanh({0})", "exp({0})", "relu({0})", "{0}*{1}", "{0} + {1}"],
}
SUBJECTS = {
    4: ("div", "pow", "maximum", "minimum"),
    5: ("sigmoid", "tanh", "exp", "relu"),
}
LARGEST_NUMBER = 100.0  # larger ones are tedious by hand
SMALLEST_NUMBER = 1e-6
VARIABLES, RESULTS = "abc", "def"


def generate(rng: Random, level: int) -> Value:
    """An expression for a level, 1 to 5, with numbers that can be worked out by hand.

    >>> from random import Random
    >>> from autograd import to_text
    >>> from autograd.quizzes.exercises import generate
    >>> len(generate(Random(1), 1).operands)
    2
    """
    while True:
        text, values = _draw(rng, level)
        try:
            root = parse(text, **values)
        except ValueError:  # a divisor of 0, or a variable left over
            continue
        if _is_pleasant(Trace(root), level):
            return root


def _draw(rng: Random, level: int) -> tuple[str, dict[str, float]]:
    """Formulas d, e, f of variables a, b, c, each of which is used."""
    names = list(VARIABLES[: 2 if level in (1, 3) else 3])
    unused = list(names)
    formulas: list[str] = []
    for result in RESULTS[: GATES[level]]:
        pattern = rng.choice(PATTERNS[level])
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
    """Whether a gate has a derivative only by convention, as max(a, a) and relu(0) have."""
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
    if any(0 < x < SMALLEST_NUMBER for x in gradients):  # what rounding has left of 0
        return False
    most = max(abs(node.data) for node in trace.order)
    no_zeros = all(gradients) if level < 4 else all(trace.adjoint(gate) for gate in gates)
    return no_zeros and max(*gradients, most) <= LARGEST_NUMBER
