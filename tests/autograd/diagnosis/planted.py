"""Engines with one mistake planted: a right design, and a change to its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

DESIGNS = Path(__file__).with_name("designs")


class Planted(NamedTuple):
    """A design, the changes to its text, and the mistake that the grader should name."""

    design: str
    mistake: str
    changes: tuple[tuple[str, str], ...]


def planted(design: str, mistake: str, *changes: str) -> Planted:
    return Planted(design, mistake, tuple(zip(changes[::2], changes[1::2], strict=True)))


def engine(design: str, *changes: tuple[str, str]) -> Any:
    """The Value class of a design, with changes to its text."""
    source = (DESIGNS / f"{design}.py").read_text(encoding="utf-8")
    for old, new in changes:
        assert source.count(old) >= 1, old
        source = source.replace(old, new)
    names: dict[str, Any] = {"__name__": design}
    exec(compile(source, f"<{design}>", "exec"), names)
    return names["Value"]


WRONG = {
    "all shares assigned": planted("closures", "assignment", ".grad += ", ".grad = "),
    "shares of a product assigned": planted(
        "closures",
        "assignment",
        "self.grad += other.data * out.grad",
        "self.grad = other.data * out.grad",
        "other.grad += self.data * out.grad",
        "other.grad = self.data * out.grad",
    ),
    "shares assigned beside": planted(
        "pairs", "assignment", "own[operand] += own[node]", "own[operand] = own[node]"
    ),
    "own operand": planted(
        "pairs",
        "own operand",
        "(self, other.data), (other, self.data)",
        "(self, self.data), (other, other.data)",
    ),
    "own operand on a tape": planted(
        "tape",
        "own operand",
        "(self.place, x.data), (x.place, self.data)",
        "(self.place, self.data), (x.place, x.data)",
    ),
    "sign of a quotient": planted("pairs", "sign", "(other, -a / b**2)", "(other, a / b**2)"),
    "square of a quotient": planted("pairs", "square", "-a / b**2", "-a / b"),
    "quotient upside down": planted("pairs", "upside down", "(self, 1 / b)", "(self, b)"),
    "walks down, without an order": planted(
        "closures",
        "order",
        """            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((child, False) for child in node._prev)
""",
        """            if node not in seen:
                seen.add(node)
                order.append(node)
                stack.extend((child, False) for child in node._prev)
""",
        "reversed(order)",
        "order",
    ),
    "calls the operands' backward": planted(
        "pairs",
        "order",
        """        graph = {node: [operand for operand, _ in node.pairs] for node in self.below()}
        order = list(TopologicalSorter(graph).static_order())
        own = dict.fromkeys(order, 0.0)
        own[self] = 1.0
        for node in reversed(order):
            for operand, local in node.pairs:
                own[operand] += own[node] * local
        for node in order:
            node.grad += own[node]
""",
        """        if not called:
            self.grad = 1.0
        for operand, local in self.pairs:
            operand.grad += self.grad * local
            operand.backward(called=True)
""",
        "def backward(self)",
        "def backward(self, called=False)",
    ),
    "not reversed": planted("closures", "not reversed", "in reversed(order)", "in order"),
    "visited twice": planted(
        "closures", "visited twice", "elif node not in seen:", "elif len(order) < 10_000:"
    ),
    "recursion": planted(
        "closures",
        "recursion limit",
        """        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((child, False) for child in node._prev)
""",
        """        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for child in node._prev:
                    visit(child)
                order.append(node)

        visit(self)
""",
    ),
    "every path": planted(
        "pairs",
        "every path",
        """        graph = {node: [operand for operand, _ in node.pairs] for node in self.below()}
        order = list(TopologicalSorter(graph).static_order())
        own = dict.fromkeys(order, 0.0)
        own[self] = 1.0
        for node in reversed(order):
            for operand, local in node.pairs:
                own[operand] += own[node] * local
        for node in order:
            node.grad += own[node]
""",
        """        paths = [(self, 1.0)]
        while paths:
            node, share = paths.pop()
            node.grad += share
            paths += [(operand, share * local) for operand, local in node.pairs]
""",
    ),
    "late binding in a loop": planted(
        "pairs",
        "late binding",
        "        self.pairs = pairs\n",
        """        self.pairs = []
        for operand, local in pairs:
            self.pairs.append(lambda: (operand, local))
""",
        "for operand, _ in waiting.pop().pairs:",
        "for operand, _ in (pair() for pair in waiting.pop().pairs):",
        "for operand, _ in node.pairs]",
        "for operand, _ in (pair() for pair in node.pairs)]",
        "for operand, local in node.pairs:",
        "for operand, local in (pair() for pair in node.pairs):",
    ),
    "late binding of methods": planted(
        "tape",
        "late binding",
        "def number(x):",
        """RULES = {
    "relu": (lambda x: max(x, 0.0), lambda x, y: float(x > 0)),
    "exp": (math.exp, lambda x, y: y),
    "tanh": (math.tanh, lambda x, y: 1 - y * y),
}
for name, (value, slope) in RULES.items():

    def method(self):
        y = value(self.data)
        return Value(y, [(self.place, slope(self.data, y))])

    setattr(Value, name, method)


def number(x):""",
    ),
    "exp of the input": planted(
        "closures",
        "exp of the input",
        "self.grad += out.data * out.grad",
        "self.grad += self.data * out.grad",
    ),
    "exp as a power": planted(
        "pairs",
        "exp as a power",
        "((self, e),)",
        "((self, self.data * math.exp(self.data - 1)),)",
    ),
    "sign of a difference": planted("pairs", "sign", "(other, -1.0)", "(other, 1.0)"),
    "sign of a number minus": planted(
        "pairs",
        "swapped operands",
        "return as_value(other) - self",
        "return self - as_value(other)",
    ),
    "changes its operand": planted(
        "closures",
        "mutated operand",
        'out = Value(self.data + other.data, (self, other), "+")',
        'self.data += other.data\n        out = Value(self.data, (self, other), "+")',
    ),
    "set of operands": planted(
        "pairs", "lost twin", "self.pairs = pairs", "self.pairs = tuple(dict(pairs).items())"
    ),
    "a number's share": planted(
        "closures",
        "number",
        """        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")
""",
        """        if not isinstance(other, Value):
            out = Value(self.data * other, (self,), "*")

            def _backward():
                self.grad += out.grad

            out._backward = _backward
            return out
        out = Value(self.data * other.data, (self, other), "*")
""",
    ),
    "gates remember an earlier pass": planted(
        "closures",
        "no zeroing",
        "    def backward(self):",
        "    def zero_grad(self):\n        self.grad = 0.0\n\n    def backward(self):",
    ),
    "zeroes the root alone": planted(
        "pairs",
        "no zeroing",
        "for node in self.below():\n            node.grad",
        "for node in [self]:\n            node.grad",
    ),
    "clears in each pass": planted(
        "pairs", "cleared", "node.grad += own[node]", "node.grad = own[node]"
    ),
    "seed": planted("closures", "seed", "self.grad = 1.0", "pass"),
    "seed of the value": planted("closures", "seed", "self.grad = 1.0", "self.grad = self.data"),
    "tanh of the input": planted(
        "closures", "tanh of the input", "(1 - t**2)", "(1 - self.data**2)"
    ),
    "rule of the sigmoid": planted("pairs", "rule of the sigmoid", "1 - t * t", "t * (1 - t)"),
    "exponent kept": planted(
        "closures", "exponent kept", "n * self.data ** (n - 1)", "n * self.data**n"
    ),
    "exponent dropped": planted(
        "tape", "exponent dropped", "n * self.data ** (n - 1)", "self.data ** (n - 1)"
    ),
    "relu passes": planted("closures", "relu passes", "(self.data > 0) * out.grad", "out.grad"),
    "relu of the value": planted(
        "tape", "relu of the value", "float(self.data > 0)", "max(self.data, 0)"
    ),
    "no operator for a number on the left": planted(
        "pairs", "reflected operator", "__rmul__", "rmul"
    ),
    "no numbers": planted(
        "closures", "number operand", "other if isinstance(other, Value) else Value(other)", "other"
    ),
    "copies its operands": planted(
        "closures",
        "nothing arrives",
        "isinstance(other, Value) else",
        "False else",
        "Value(other)\n",
        "Value(getattr(other, 'data', other))\n        self = Value(self.data)\n",
    ),
    "text for numbers": planted("pairs", "not a number", "float(data)", "str(data)"),
    "a float for a result": planted(
        "pairs", "not a Value", "return Value(e, ((self, e),))", "return e"
    ),
    "returns nothing": planted(
        "pairs",
        "no return",
        "return Value(self.data + other.data,",
        "Value(self.data + other.data,",
    ),
    "endless loop": planted(
        "closures", "endless", "while stack:", "while True:\n            pass\n        while stack:"
    ),
    "endless recursion": planted(
        "closures", "recursion", "return self + other", "return other + self"
    ),
    "raises": planted("closures", "error", "t = math.tanh(self.data)", "t = math.tanhh(self.data)"),
    "upstream forgotten": planted(
        "closures",
        "upstream forgotten",
        "other.data * out.grad",
        "other.data",
        "self.data * out.grad",
        "self.data",
    ),
    "local forgotten": planted("pairs", "local forgotten", "own[node] * local", "own[node]"),
    "one operand": planted(
        "closures", "operand forgotten", "            other.grad += self.data * out.grad\n", ""
    ),
    "equal numbers": planted(
        "closures",
        "equal numbers",
        "    def backward",
        """    def __eq__(self, other):
        return self.data == other.data

    def __hash__(self):
        return hash(self.data)

    def backward""",
    ),
    "starts at 1": planted(
        "pairs",
        "start",
        "self.grad = 0.0\n        self.pairs",
        "self.grad = 1.0\n        self.pairs",
    ),
    "wrong value": planted(
        "pairs", "wrong value", "t = math.tanh(self.data)", "t = math.atan(self.data)"
    ),
}
