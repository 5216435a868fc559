"""Random expressions with sharing, diamonds and a*a, to run on any kind of number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1.5),
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": lambda a: -a,
    "tanh": lambda a: a.tanh(),
    "sin": lambda a: a.sin(),
    "exp of tanh": lambda a: a.tanh().exp(),
    "relu": lambda a: a.relu(),
}

Program = tuple[list[float], list[tuple[str, int, int]]]


@st.composite
def programs(draw: st.DrawFn, most: int = 25) -> Program:
    """Numbers for the leaves, and steps that each combine any two earlier results."""
    leaves = draw(st.lists(st.floats(-2, 2), min_size=1, max_size=4))
    steps = []
    for position in range(draw(st.integers(1, most))):
        name = draw(st.sampled_from([*BINARY, *UNARY]))
        earlier = st.integers(0, len(leaves) + position - 1)
        steps.append((name, draw(earlier), draw(earlier)))
    return leaves, steps


def run(program: Program, leaves: Sequence[Any]) -> Any:
    """The last result, squashed so that numbers stay of one size."""
    results = list(leaves)
    for name, left, right in program[1]:
        if name in BINARY:
            result = BINARY[name](results[left], results[right])
        else:
            result = UNARY[name](results[left])
        results.append(result.tanh() if name == "*" else result)
    return results[-1]
