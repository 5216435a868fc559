"""One random program five ways, which must all give the same numbers.

The engine that runs, the plain one, and a compiled function that was recorded at other arguments;
against dual numbers; and of every tenth program the second derivatives, against mpmath.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

from dual import Dual
from precise import second_derivative
from programs import Program, random_program, run

import autograd
from autograd import Value, gradients, value
from autograd.backward import propagate as plain_propagate
from autograd.engine import accelerated, propagate

KINKS: dict[str, tuple[float, ...]] = {
    "relu": (0.0,),
    "leaky_relu": (0.0,),
    "elu": (0.0,),  # whose second derivative jumps
    "abs": (0.0,),
    "clip": (-1.25, 0.875),
}
SECOND_DERIVATIVES = 10  # of one in so many programs: numbers of fifty digits take their time
MEANS = 5  # over nine rows, eight of them side by side; of one in so many


class Outcome(NamedTuple):
    """What a program came to."""

    wrong: list[str]  # what does not agree, in words
    skipped: bool  # whether the program has a kink here, or grows too large, for an oracle


@contextmanager
def plain_methods() -> Iterator[None]:
    """What NumPy's names add to the engine that runs, lent to the plain one beside it."""
    with ExitStack() as stack:
        if accelerated:
            for name in ("hypot", "atan2", "logaddexp", "clip"):
                method = getattr(Value, name)
                stack.enter_context(patch.object(value.Value, name, method, create=True))
        yield


def outcome_of(seed: int) -> Outcome:
    """Run the program of a seed in every way."""
    rng = Random(seed)
    program = program_of(seed, rng)
    numbers = program[0]
    along, across = ([rng.uniform(-1, 1) for _ in numbers] for _ in range(2))
    wrong: list[str] = []

    leaves = [Value(x) for x in numbers]
    result = run(program, leaves)
    adjoints = propagate(result)
    slopes = [adjoints.get(leaf, 0.0) for leaf in leaves]
    scale = 1 + max(abs(adjoint * node.data) for node, adjoint in adjoints.items())
    if accelerated:
        wrong += against_plain(program, result, slopes)
    largest = max(map(abs, adjoints.values()))
    wrong += against_compiled(program, seed, rng, result, slopes, largest)
    skipped = has_a_kink(adjoints)
    if not skipped:
        try:
            wrong += against_dual(program, along, result.data, slopes, scale)
            if seed % SECOND_DERIVATIVES == 0:
                wrong += second_against_mpmath(program, along, across)
        except OverflowError:
            skipped = True
    return Outcome(wrong, skipped)


def differ(a: float, b: float, tolerance: float) -> bool:
    """Whether two numbers are further apart than that; nan, from anything."""
    return not abs(a - b) <= tolerance


def against_plain(program: Program, result: Value, slopes: list[float]) -> Iterator[str]:
    """The plain engine gives the same to the last bit."""
    leaves = [value.Value(x) for x in program[0]]
    plain = run(program, leaves)
    adjoints = plain_propagate(plain)
    theirs = [adjoints.get(leaf, 0.0) for leaf in leaves]
    if repr(result.data) != repr(plain.data):
        yield f"native {result.data!r}, plain {plain.data!r}"
    if repr(slopes) != repr(theirs):
        yield f"gradients: native {slopes}, plain {theirs}"


def against_compiled(
    program: Program,
    seed: int,
    rng: Random,
    result: Value,
    slopes: list[float],
    largest: float,
) -> Iterator[str]:
    """A function recorded elsewhere gives the same number here, and gradients to 1e-12.

    Some of the leaves are arguments, the others are parameters that have moved since.
    """
    numbers = program[0]
    count = rng.randint(0, len(numbers))
    parameters = [Value(rng.gauss(0, 1)) for _ in numbers[count:]]
    compiled = autograd.compile(
        lambda *arguments: run(program, [*arguments, *parameters]), structure=seed % 2 == 0
    )
    compiled(*[rng.gauss(0, 1) for _ in numbers[:count]])
    for parameter, x in zip(parameters, numbers[count:], strict=True):
        parameter.data = x
    arguments = [Value(x) for x in numbers[:count]]
    replayed = compiled(*arguments)
    adjoints = propagate(replayed)
    theirs = [adjoints.get(leaf, 0.0) for leaf in [*arguments, *parameters]]
    if repr(replayed.data) != repr(result.data):
        yield f"compiled {replayed.data!r}, eager {result.data!r}"
    if any(differ(a, b, 1e-12 * (1 + largest)) for a, b in zip(theirs, slopes, strict=True)):
        yield f"gradients: compiled {theirs}, eager {slopes}"
    if count and seed % MEANS == 0:
        rows = [[Value(x + k / 8) for x in numbers[:count]] for k in range(9)]
        eager = sum([run(program, [*row, *parameters]) for row in rows]) / 9
        average = compiled.mean([tuple(row) for row in rows])
        ours, adjoints = propagate(eager), propagate(average)
        bound = 1e-12 * (1 + max(map(abs, ours.values())))
        if differ(average.data, eager.data, 1e-13 * (1 + abs(eager.data))):
            yield f"mean: compiled {average.data!r}, eager {eager.data!r}"
        for leaf in (*parameters, *rows[0], *rows[8]):
            a, b = adjoints.get(leaf, 0.0), ours.get(leaf, 0.0)
            if differ(a, b, bound):
                yield f"gradients of the mean: compiled {a!r}, eager {b!r}"


def has_a_kink(nodes: Sequence[Value] | dict[Value, float]) -> bool:
    """Whether some function is differentiated where, give or take a rounding, it cannot be."""
    return any(
        abs(node.operands[0].data - kink) < 1e-9
        for node in nodes
        for kink in KINKS.get(node._operation.name, ())
    )


def against_dual(
    program: Program, along: list[float], data: float, slopes: list[float], scale: float
) -> Iterator[str]:
    """The value and the derivative along a direction are those of dual numbers."""
    expected = run(program, [Dual(x, u) for x, u in zip(program[0], along, strict=True)])
    slope = sum(u * g for u, g in zip(along, slopes, strict=True))
    if differ(data, expected.real, 1e-12 * scale):
        yield f"eager {data!r}, dual numbers {expected.real!r}"
    if differ(slope, expected.tangent, 1e-9 * scale):
        yield f"slope: eager {slope!r}, dual numbers {expected.tangent!r}"


def second_against_mpmath(
    program: Program, along: list[float], across: list[float]
) -> Iterator[str]:
    """The gradient of a gradient, eager and of a compiled function, along two directions."""
    numbers = program[0]

    def function(leaves: Sequence[Any]) -> Any:
        return run(program, leaves)

    expected = second_derivative(function, numbers, along, across)
    compiled = autograd.compile(function)
    for name, run_it in (("eager", function), ("compiled", compiled)):
        leaves = [Value(x) for x in numbers]
        first = gradients(run_it(leaves), leaves)
        slope = sum([u * g for u, g in zip(along, first, strict=True)])
        adjoints = propagate(slope)
        found = sum(v * adjoints.get(x, 0.0) for v, x in zip(across, leaves, strict=True))
        scale = 1 + max(abs(adjoint * node.data) for node, adjoint in adjoints.items())
        if differ(found, expected, 1e-9 * scale):
            yield f"second derivative: {name} {found!r}, mpmath {expected!r}"


def program_of(seed: int, rng: Random) -> Program:
    """The program of a seed: a small one, where mpmath is asked."""
    return random_program(rng, most=8 if seed % SECOND_DERIVATIVES == 0 else 14)


def listing(seed: int) -> str:
    """The program of a seed, to read."""
    numbers, steps = program_of(seed, Random(seed))
    lines = [f"    r{k} = {x!r}" for k, x in enumerate(numbers)]
    for k, (name, left, right) in enumerate(steps, len(numbers)):
        lines.append(f"    r{k} = {name}(r{left}, r{right})")
    return "\n".join(lines)


def disagreements(first: int, stop: int) -> tuple[dict[int, list[str]], int]:
    """What is wrong with the programs of these seeds, and how many no oracle was asked about."""
    with plain_methods():
        outcomes = {seed: outcome_of(seed) for seed in range(first, stop)}
    wrong = {seed: found.wrong for seed, found in outcomes.items() if found.wrong}
    return wrong, sum(found.skipped for found in outcomes.values())
