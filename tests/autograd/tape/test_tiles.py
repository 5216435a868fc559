"""Many rows at once: layers of any size, over any number of rows, give what row after row gives.

The oracle is the kernel in plain Python.
"""

from __future__ import annotations

import math
import random
from array import array
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd
from autograd import Value, accelerated
from autograd.compiler import replay
from autograd.tape import kernel as plain
from autograd.tape.program import DOT
from autograd.tape.program import Program as Blocks
from nn import MLP, cross_entropy


def layer_loss(inputs: int, outputs: int, both_ways: bool) -> tuple[Any, list[Value]]:
    """A function of a layer's inputs, whose matrix is used turned too if asked; and its weights."""
    rng = random.Random(100 * inputs + outputs)
    matrix = [[Value(rng.uniform(-1, 1)) for _ in range(inputs)] for _ in range(outputs)]
    biases = [Value(rng.uniform(-1, 1)) for _ in range(outputs)]

    @autograd.compile
    def loss(x: list[Any]) -> Value:
        hidden = []
        for row, bias in zip(matrix, biases, strict=True):
            result: Any = bias
            for weight, number in zip(row, x, strict=True):
                result = result + weight * number
            hidden.append(result.relu())
        if both_ways:
            hidden = [
                sum(w * h for w, h in zip(column, hidden, strict=True)).tanh()  # type: ignore[union-attr]
                for column in zip(*matrix, strict=True)
            ]
        total: Value = sum(h * h for h in hidden)  # type: ignore[assignment]
        return total

    return loss, [*(weight for row in matrix for weight in row), *biases]


def by_plain_kernel(
    program: Blocks, numbers: array[float], count: int
) -> tuple[list[float], list[float]]:
    """The result of each row, and the gradients of the sum, of parameters and then of inputs."""
    one = plain.Kernel(program)
    one.load_parameters(plain.numbers_of_values(program.tape.closures))
    one.clear()
    results = array("d", bytes(8 * count))
    inputs = array("d", bytes(8 * len(numbers)))
    rows = plain.Reader((numbers,), count)
    assert one.run(rows, 0, count, 0, results, 1.0, inputs) == -1
    return list(results), [*one.parameter_gradients(), *inputs]


@given(
    inputs=st.integers(1, 40),
    outputs=st.integers(1, 70),
    rows=st.integers(1, 70),
    both_ways=st.booleans(),
)
@example(inputs=64, outputs=32, rows=200, both_ways=False)
@example(inputs=9, outputs=10, rows=31, both_ways=True)
@example(inputs=8, outputs=8, rows=33, both_ways=False)
@example(inputs=17, outputs=1, rows=9, both_ways=False)
@example(inputs=1, outputs=70, rows=8, both_ways=False)
@example(inputs=5, outputs=3, rows=7, both_ways=True)
@example(inputs=3, outputs=66, rows=64, both_ways=True)
def test_a_layer_over_rows(inputs: int, outputs: int, rows: int, both_ways: bool) -> None:
    loss, _ = layer_loss(inputs, outputs, both_ways)
    rng = random.Random(rows)
    numbers = array("d", [rng.uniform(-1, 1) for _ in range(rows * inputs)])
    loss(list(numbers[:inputs]))
    program = loss.program
    reader = replay.Reader((numbers,), rows)
    work = replay.Pass(replay.Replay(program), reader, 1.0, True)
    work.run()
    results, gradients = by_plain_kernel(program, numbers, rows)
    assert list(work.results) == results  # to the last bit
    found = [*work.parameter_gradients[0], *work.input_gradients]
    scale = max(map(abs, gradients), default=0.0)
    assert found == pytest.approx(gradients, rel=1e-12, abs=1e-12 * scale)
    assert math.isfinite(scale)


@pytest.mark.skipif(not accelerated, reason="plain Python runs on one thread")
def test_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MLP(5, [12, 3], rng=random.Random(0))

    @autograd.compile
    def loss(x: list[Any], target: Any) -> Value:
        return cross_entropy([model(x)], [target])  # type: ignore[no-any-return]

    rng = random.Random(1)
    rows = [([rng.uniform(-1, 1) for _ in range(5)], k % 3) for k in range(203)]
    monkeypatch.setattr(replay, "SMALLEST_PART", 1)
    found = []
    monkeypatch.setattr(replay, "ENOUGH", 0)
    for cores in (1, 2, 3):
        monkeypatch.setattr(replay, "cores", lambda cores=cores: cores)
        model.zero_grad()
        mean = loss.mean(rows)
        mean.backward()
        found.append((mean.data, [p.grad for p in model.parameters()]))
    assert all(other == found[0] for other in found[1:])


def test_the_outputs_of_a_layer_are_one_block_below_a_maximum() -> None:
    model = MLP(6, [5, 7], rng=random.Random(0))

    @autograd.compile
    def loss(x: list[Any], target: Any) -> Value:
        return cross_entropy([model(x)], [target])  # type: ignore[no-any-return]

    loss([0.1] * 6, 3)
    layers = [(b.rows, b.columns, b.terms) for b in loss.program.blocks if b.code == DOT]
    assert layers[:2] == [(1, 5, 6), (1, 7, 5)]
