"""The two engines beside each other in one process: random programs give the same, to the bit.

They use everything a Value has, at any numbers, and errors count too; `python tests/stress.py` runs
more of them. What the numbers should be is asked in `test_agreement.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from autograd import backward, operations, value
from autograd.engine import accelerated
from autograd.language import expression
from autograd.primitive import Operation

PROGRAMS = 50_000
TABLE = list(operations.OPERATIONS.values())
CUBE = Operation(
    "cube", lambda x: x * x * x, lambda out, x: 3 * x * x, summary="x * x * x; not of the table."
)
FUSED = Operation(
    "fused", lambda a, b, c, d, e: a * b + c * d - e,
    *(lambda out, *x, k=k: (x[1], x[0], x[3], x[2], -1.0)[k] for k in range(5)),
    operands="a b c d e", summary="more operands than a node has room for.",
)  # fmt: skip
NUMBERS = (0.0, -0.0, 1.0, -1.0, 2.0, 3.0, 0.5, 1e-310, 1e-300, 1e300, 710.0, -746.0, 1e16)
ODD = (float("inf"), float("-inf"), float("nan"))
OPERATORS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: a // b,
    lambda a, b: a % b,
    lambda a, b: 7.5 % a // b,
    lambda a, b: a**b,
    lambda a, b: 2 * a + b * 3,
    lambda a, b: 1 - a * (b - 2.5),
    lambda a, b: sum([a, b, a]),
)

plain = SimpleNamespace(
    Value=value.Value,
    apply=value.apply,
    propagate=backward.propagate,
    topological_order=backward.topological_order,
)


def result_of(engine: Any, seed: int) -> list[str]:
    """What a random program does with an engine, in words that tell every bit."""
    rng = random.Random(seed)

    def number() -> float:
        odd = rng.random() < 0.02
        return rng.choice(ODD) if odd else rng.choice([rng.choice(NUMBERS), rng.gauss(0, 2)])

    nodes = [engine.Value(number(), label=f"x{k}") for k in range(rng.randint(1, 4))]
    said = []
    for _ in range(rng.randint(1, 14)):
        try:
            nodes.append(step(engine, rng, nodes, number))
            nodes[-1].label = rng.choice(["", f"y{len(nodes)}"])
        except (ArithmeticError, ValueError, TypeError) as error:
            said.append(f"{type(error).__name__}: {error}")
    said += [compare(rng, nodes) for _ in range(2)]
    root = nodes[-1]
    for _ in range(rng.randint(1, 2)):
        try:
            root.backward(rng.choice([1.0, 0.5, -2.0]))
        except RuntimeError as error:
            said.append(str(error))
        root = rng.choice(nodes)
    order = engine.topological_order(nodes[-1])
    places = {node: place for place, node in enumerate(order)}
    said += [
        f"{node!r} {node.op} {[places[v] for v in node.operands]} {node.local_grads!r} "
        f"{node.has_grad} {node.is_constant}"
        for node in order
    ]
    adjoints = engine.propagate(nodes[-1], 0.25)
    said += [repr(adjoint) for node, adjoint in adjoints.items() if not node.is_constant]
    return [*said, *map(repr, nodes)]


def step(engine: Any, rng: random.Random, nodes: list[Any], number: Callable[[], float]) -> Any:
    """One more node, of any kind."""

    def operand() -> Any:
        return rng.choice(nodes) if rng.random() < 0.85 else number()

    way = rng.random()
    if way < 0.5:
        return rng.choice(OPERATORS)(rng.choice(nodes), operand())
    if way < 0.9:
        operation = rng.choice([*TABLE, CUBE, FUSED])
        others = [operand() for _ in operation.operands[1:]]
        return operation(rng.choice(nodes), *others)
    if way < 0.95:
        return rng.choice(nodes).detach()
    node = rng.choice(nodes)
    node.data = number()
    return +node


def compare(rng: random.Random, nodes: list[Any]) -> str:
    """What comparisons and conversions say."""
    a, b = rng.choice(nodes), rng.choice([*nodes, 0.5])
    return f"{a < b} {a <= b} {a > b} {a >= b} {bool(a)} {a:.3g} {a:}"


def differences(first: int, stop: int) -> list[int]:
    """The seeds of programs that the engines do not agree on."""
    from autograd.native import engine

    with patch.object(expression, "caller_names", dict):  # which knows one engine's Values only
        return [
            seed for seed in range(first, stop) if result_of(plain, seed) != result_of(engine, seed)
        ]


@pytest.mark.skipif(not accelerated, reason="there is one engine here")
@pytest.mark.parametrize("part", range(10))
def test_both_engines_give_the_same_to_the_bit(part: int) -> None:
    size = PROGRAMS // 10
    assert differences(part * size, (part + 1) * size) == []


@pytest.mark.skipif(not accelerated, reason="there is one engine here")
def test_both_have_the_same_public_attributes() -> None:
    from autograd.native import engine

    def names(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    late = {  # what NumPy asks of the one that runs is given to it in Python
        name
        for name, method in vars(engine.Value).items()
        if isinstance(method, FunctionType) or getattr(method, "__name__", name) != name
    }
    assert {"arcsin", "clip"} <= late
    assert names(engine.Value) - late == names(value.Value)
