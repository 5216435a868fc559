"""Random expressions with sharing, diamonds and a*a, to run on any kind of number.

They draw from all operations that Values, PyTorch's tensors and `Dual` have as methods, each kept
where it is tame. What jumps (step, floor, //, %) is left to `test_twins.py`, for the last bit of an
operand would decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1.5),
    "hypot": lambda a, b: a.hypot(b + 3.5).tanh(),
    "atan2": lambda a, b: a.atan2(b * b + 0.5),
    "logaddexp": lambda a, b: a.logaddexp(b),
    "**": lambda a, b: (a * a + 0.5) ** b.tanh(),
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": lambda a: -a,
    "tanh": lambda a: a.tanh(),
    "sin": lambda a: a.sin(),
    "exp of tanh": lambda a: a.tanh().exp(),
    "relu": lambda a: a.relu(),
    "abs": lambda a: a.abs(),
    "clip": lambda a: (a * 1.3).clip(-1.25, 0.875),
    "square": lambda a: a.tanh().square(),
    "roots": lambda a: (a * a + 0.5).sqrt(),
    "logarithms": lambda a: (a * a + 0.5).log() - (a * a + 0.5).log2() + (a * a + 0.5).log10(),
    "near 1": lambda a: a.tanh().expm1() + (a * a).log1p(),
    "exp2": lambda a: a.tanh().exp2(),
    "cos": lambda a: a.cos(),
    "tan": lambda a: a.tanh().tan(),
    "inverse": lambda a: (a.tanh() * 0.5).asin() + (a.tanh() * 0.5).acos() - a.atan(),
    "hyperbolic": lambda a: a.tanh().sinh() - a.tanh().cosh(),
    "inverse hyperbolic": lambda a: a.asinh() + (a * a + 1.5).acosh() + (a.tanh() * 0.5).atanh(),
    "erf": lambda a: a.erf(),
    "sigmoid": lambda a: a.sigmoid(),
}

MORE: dict[str, Callable[[Any], Any]] = {  # which PyTorch's tensors do not have as methods
    "cbrt": lambda a: (a * a + 0.5).cbrt(),
    "gelu": lambda a: a.gelu(),
    "silu": lambda a: a.silu(),
    "softplus": lambda a: a.softplus(),
    "leaky_relu": lambda a: a.leaky_relu(0.25),
    "elu": lambda a: a.elu(0.5),
}

Program = tuple[list[float], list[tuple[str, int, int]]]


@st.composite
def programs(draw: st.DrawFn, most: int = 25) -> Program:
    """Numbers for the leaves, and steps that each combine any two earlier results."""
    numbers = st.lists(st.floats(-2, 2), min_size=1, max_size=4)
    leaves = [0.0 if abs(x) < 1e-9 else x for x in draw(numbers)]  # whose last bit decides at kinks
    steps = []
    for position in range(draw(st.integers(1, most))):
        name = draw(st.sampled_from([*BINARY, *UNARY]))
        earlier = st.integers(0, len(leaves) + position - 1)
        steps.append((name, draw(earlier), draw(earlier)))
    return leaves, steps


def random_program(rng: Random, most: int = 14) -> Program:
    """As `programs`, and with `MORE`, but a hundred times as fast."""
    leaves = [
        rng.choice([0.0, 1.0, -1.0, 0.5, 2.0, 1e-9]) if rng.random() < 0.1 else rng.gauss(0, 1)
        for _ in range(rng.randint(1, 4))
    ]
    names = [*BINARY, *UNARY, *MORE]
    steps = []
    for position in range(rng.randint(1, most)):
        earlier = len(leaves) + position
        steps.append((rng.choice(names), rng.randrange(earlier), rng.randrange(earlier)))
    return leaves, steps


def run(program: Program, leaves: Sequence[Any]) -> Any:
    """The last result, squashed so that numbers stay of one size."""
    results = list(leaves)
    for name, left, right in program[1]:
        if name in BINARY:
            result = BINARY[name](results[left], results[right])
        else:
            result = (UNARY.get(name) or MORE[name])(results[left])
        results.append(result.tanh() if name == "*" else result)
    return results[-1]
