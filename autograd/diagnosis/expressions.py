"""The expressions on which a student's class is tried: from small to large, then at random.

Each is a graph of this engine, whose gradients finite differences confirm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from autograd.derivatives.slopes import check_slope
from autograd.engine import Value, propagate, topological_order
from autograd.errors import DomainError
from autograd.language.parser import parse
from autograd.operations import OPERATIONS, relu

SYMBOLS = {
    "+": ("add",),
    "*": ("mul",),
    "-": ("sub", "neg"),
    "/": ("div",),
    "**": ("pow",),
    "exp": ("exp",),
    "tanh": ("tanh",),
    "relu": ("relu",),
}
ALL = " ".join(SYMBOLS)

# The first that fails is shown, so a mistake must show itself in the smallest one that it can.
LADDER = (
    *("a + b", "a*b", "a + a", "a*a"),
    *("a + 2", "2 + a", "a*3", "3*a"),
    *("-a", "a - b", "a - 2", "2 - a", "a - a"),
    *("a**2", "a**3", "a**-1", "a/b", "a/2", "2/a", "a/a"),
    *("exp(a)", "tanh(a)", "relu(a)"),
    *("a*b*c", "a*b + c", "(a + b)*c", "a*b + a", "a + (b + a)", "a*(a*b)", "b = 1; f = a*(a*b)"),
    *("d = a*b; f = d + d", "d = a*b; f = d*d", "(a*b)*(a + b)"),
    *("d = a + b; e = d*c; f = d*e", "d = a + b; e = d*c; f = e*d"),
    *("d = a + b; e = d*c; f = d + e", "d = a*b; e = d*c; f = e + d"),
    *("(a - b)*c", "(-a)*b", "(a - b)/c", "(a*b)**2", "(2 - a*b)*c", "2/(a*b)"),
    *("exp(a*b)", "tanh(a*b)", "relu(a*b)", "exp(a)*tanh(a)", "relu(a)*tanh(b) + exp(c)"),
)
NUMBERS = (3.0, -2.0, 0.5, 5.0, -3.0, 1.5, 4.0, -0.5, 2.5)
DRAWS = 2  # of numbers for each expression
RANDOM = 100  # expressions
LARGEST = 1e4  # beyond which a number is tedious to look at
NEAR_KINK = 0.01
DOUBLINGS, LONG = 40, 5000


def operations_of(text: str) -> frozenset[str]:
    """The names of the operations that a text of symbols asks for, such as "+ *"."""
    unknown = [symbol for symbol in text.split() if symbol not in SYMBOLS]
    if unknown or not text.strip():
        wrong = unknown[0] if unknown else text
        raise ValueError(f"operations are some of {ALL!r}, not {wrong!r:.40}")
    return frozenset(name for symbol in text.split() for name in SYMBOLS[symbol])


def battery(names: frozenset[str], seed: int) -> Iterator[Value]:
    """All expressions of these operations, the same for the same seed."""
    rng = Random(seed)
    for text in LADDER:
        for draw in range(DRAWS):
            root = with_numbers(text, rng, draw % 2 == 1, names)
            if root is not None:
                yield root
    for size in range(RANDOM):
        yield grown(rng, sorted(names), 3 + size // 12)


def with_numbers(text: str, rng: Random, negative: bool, names: frozenset[str]) -> Value | None:
    """An expression of the ladder with numbers; None if it needs other operations.

    negative : whether its first variable is.
    """
    while True:
        first = rng.choice([x for x in NUMBERS if (x < 0) is negative])
        others = rng.sample([x for x in NUMBERS if abs(x) != abs(first)], 2)
        given = dict(zip("abc", (first, *others), strict=True))
        used = {name: x for name, x in given.items() if name in text and f"{name} =" not in text}
        root = parse(text, **used)
        root.label = "f"
        if not {x._operation.name for x in topological_order(root) if x.operands} <= names:
            return None
        if is_pleasant(root):
            return root


def grown(rng: Random, names: Sequence[str], gates: int) -> Value:
    """A random expression of so many gates, each of which counts."""
    while True:
        nodes = [Value(round(rng.uniform(-3, 3), 1) or 0.7, label=name) for name in "abc"]
        try:
            for _ in range(gates):
                nodes.append(gate(rng, rng.choice(names), nodes))
        except DomainError:
            continue
        root = nodes[-1]
        root.label = "f"
        if is_pleasant(root):
            return root


def gate(rng: Random, name: str, nodes: Sequence[Value]) -> Value:
    """One random operation on nodes, of which the newest is used most often."""
    left = nodes[-1] if rng.random() < 0.6 else rng.choice(nodes)
    right: Value | float = rng.choice(nodes)
    operation = OPERATIONS[name]
    if name == "pow":
        right = rng.choice([2.0, 3.0, -1.0])
    if len(operation.operands) == 1:
        return operation(left)
    if name != "pow" and rng.random() < 0.2:
        right = rng.choice([2.0, 0.5, -3.0])
    is_turned = name != "pow" and rng.random() < 0.3
    return operation(right, left) if is_turned else operation(left, right)


def is_pleasant(root: Value) -> bool:
    """Whether the numbers are small, no kink is near, and finite differences agree."""
    adjoints = propagate(root)
    order = topological_order(root)
    if any(x._operation is relu and abs(x.operands[0].data) < NEAR_KINK for x in order):
        return False
    if max(abs(x.data) for x in order) > LARGEST or max(map(abs, adjoints.values())) > LARGEST:
        return False
    leaves = [x for x in order if not x.operands and not x.is_constant]
    return bool(leaves) and all(check_slope(root, x, adjoints[x], x.label).agrees for x in leaves)


def doubled(name: str, times: int = DOUBLINGS) -> Value:
    """x = x + x, or x = x * x, again and again: few nodes, and 2**times paths."""
    x = Value(1.0, label="a")
    for _ in range(times):
        x = OPERATIONS[name](x, x)
    return x


def chain(name: str, length: int = LONG) -> Value:
    """x = x + a, or x = x * a, again and again."""
    a = x = Value(1.0, label="a")
    for _ in range(length):
        x = OPERATIONS[name](x, a)
    return x


def smaller(root: Value) -> Iterator[Value]:
    """Expressions that are one step smaller: a part of it, or with a gate made a variable."""
    order = topological_order(root)
    gates = [node for node in order if node.operands]
    for part in gates[:-1]:
        yield rebuilt(part, None)
    for cut in gates[:-1]:
        yield rebuilt(root, cut)


def rebuilt(root: Value, cut: Value | None) -> Value:
    """The same expression of new nodes; the gate cut is a variable with its number."""
    made: dict[Value, Value | float] = {}
    free = iter("abcdeghijkl")
    for node in topological_order(root):
        if node.is_constant:
            made[node] = node.data
        elif node is cut or not node.operands:
            made[node] = Value(node.data)
        else:
            made[node] = node._operation(*(made[x] for x in node.operands))
    new = made[root]
    assert isinstance(new, Value)
    for leaf in topological_order(new):
        if not leaf.operands and not leaf.is_constant:
            leaf.label = next(free)
    new.label = "f"
    return new
