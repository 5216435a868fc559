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
from vectors import vectors  # noqa: F401

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


def attention(x: list[Any]) -> Value:
    """Every kind of block: products of results, also with themselves, sums of shares, branches."""
    rows = [[x[3 * k + j] * 0.5 + 0.1 for j in range(3)] for k in range(6)]
    mixed = []
    for query in rows:
        fits = [sum(a * b for a, b in zip(query, key, strict=True)) for key in rows]
        exps = [(fit / 1.7).exp() for fit in fits]  # type: ignore[union-attr]
        total = sum(exps)
        shares = [e / total for e in exps]
        mixed += [
            sum(s * row[j] for s, row in zip(shares, rows, strict=True)).relu()  # type: ignore[union-attr]
            for j in range(3)
        ]
    scale = sum(m * m for m in mixed) ** -0.5
    wide = [autograd.maximum(m * scale, x[0]).tanh() for m in mixed]
    return sum(w * m for w, m in zip(wide, reversed(mixed), strict=True)) - abs(x[1])  # type: ignore[return-value]


@pytest.mark.parametrize("lanes", [8, 16])
def test_every_kind_of_block_over_rows_again_and_again(
    lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if accelerated:
        monkeypatch.setattr(replay, "lanes_for", lambda program: lanes)
    weights = [Value(0.1 * k - 0.9) for k in range(20)]
    # the last input is used by nothing
    loss = autograd.compile(
        lambda x: (
            attention([a * w for a, w in zip(x[:18], weights, strict=False)])
            + weights[18] * weights[19]
        )
    )
    rng = random.Random(lanes)
    loss([rng.uniform(-1, 1) for _ in range(19)])
    program, again = loss.program, replay.Replay(loss.program)
    for count in (16, 27, 8, 40):  # what a pass leaves behind is nothing to the next
        numbers = array("d", [rng.uniform(-1, 1) for _ in range(19 * count)])
        work = replay.Pass(again, replay.Reader((numbers,), count), 1.0, True)
        work.run()
        results, gradients = by_plain_kernel(program, numbers, count)
        assert list(work.results) == results
        found = [*work.parameter_gradients[0], *work.input_gradients]
        assert found == pytest.approx(gradients, rel=1e-11, abs=1e-12)
        assert found[-1] == 0.0


def test_results_that_are_inputs_or_depend_on_different_ones() -> None:
    weight = Value(3.0)
    several = autograd.compile(lambda x, y, z: [x, weight * x * y, (y + z).exp(), weight, y])
    rows = [(0.1 * k, 1 - 0.2 * k, 0.05 * k) for k in range(21)]
    several(*rows[0])
    work = replay.Pass(
        replay.Replay(several.program),
        replay.Reader((array("d", [number for row in rows for number in row]),), len(rows)),
        1.0,
        True,
    )
    for _ in range(2):
        work.run()
    x, y, z = zip(*rows, strict=True)
    slopes = [(math.exp(b + c), math.exp(b + c)) for b, c in zip(y, z, strict=True)]
    wanted = [
        *[number for _ in rows for number in (1.0, 0.0, 0.0)],
        *[number for a, b in zip(x, y, strict=True) for number in (3 * b, 3 * a, 0.0)],
        *[number for b, c in slopes for number in (0.0, b, c)],
        *[0.0] * (3 * len(rows)),
        *[number for _ in rows for number in (0.0, 1.0, 0.0)],
    ]
    assert list(work.input_gradients) == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    assert [list(g) for g in work.parameter_gradients] == [
        [0.0],
        [pytest.approx(sum(a * b for a, b in zip(x, y, strict=True)))],
        [0.0],
        [21.0],
        [0.0],
    ]


def in_rows(numbers: list[float], width: int) -> memoryview:
    count = len(numbers) // width
    return memoryview(array("d", numbers[: count * width])).cast("B").cast("d", (count, width))


def test_exp_has_the_bits_of_the_library() -> None:
    rng = random.Random(4)
    numbers = [
        rng.uniform(-reach, reach) for reach in (1e-9, 0.01, 1, 30, 709) for _ in range(4000)
    ]
    numbers += [0.0, -0.0, 5e-324, -745.2, -740.0, 709.7, -700.0, 700.0, 1 / 3]
    block = autograd.compile(lambda x: [a.exp() for a in x])
    rows = [*block.map(in_rows(numbers, 19), like=(numbers[:19],))]
    assert [y for row in rows for y in row] == [math.exp(x) for x in numbers[: 19 * len(rows)]]
    one = autograd.compile(lambda x: x.exp())
    assert list(one.map(numbers)) == [math.exp(x) for x in numbers]


@pytest.mark.parametrize(
    "exponent", [0.5, -0.5, 1, -1, 1.5, -1.5, 2, -2, 2.5, -2.5, 3, -3, 3.5, 4, 5, 0.3, 0, 50]
)
def test_powers_and_their_slopes_have_the_bits_of_the_library(exponent: float) -> None:
    rng = random.Random(5)
    reach = int(1000 / max(1, abs(exponent), abs(exponent - 1)))  # so that all is finite
    numbers = [
        rng.uniform(0.5, 1) * 2.0 ** rng.randint(-most, most)
        for most in (0, 1, 10, reach // 2, reach)
        for _ in range(1000)
    ]
    numbers += [1.0, 2.0, 3.0, 4.0, 9.0, 0.25, 0.1, 1 / 3, 1e6]
    if exponent % 1 == 0:
        numbers = [x * rng.choice([1, -1]) for x in numbers]
        numbers += [0.0, -0.0] * (exponent >= 1)
    rng.shuffle(numbers)
    edges = [  # where a power is nearly too small for a normal number
        rng.uniform(1, 2) * 2.0 ** max(-1000, min(1000, edge / (exponent or 1)))
        for edge in (-1070, -1040, -1025, -1021, -1018)
        for _ in range(200)
    ]
    block = autograd.compile(lambda x: [a**exponent for a in x])
    rows = [*block.map(in_rows(numbers, 19), like=(numbers[:19],))]
    assert [y for row in rows for y in row] == [
        math.pow(x, exponent) for x in numbers[: 19 * len(rows)]
    ]
    one = autograd.compile(lambda x: x**exponent)
    for some in (numbers, edges):
        assert list(one.map(some)) == [math.pow(x, exponent) for x in some]

    slopes = [exponent * math.pow(x, exponent - 1) if exponent else 0.0 for x in numbers]
    total = autograd.compile(lambda x: sum(a**exponent for a in x))
    total(numbers[:19])
    one(numbers[0])
    for function, width in ((total, 19), (one, 1)):
        reader = replay.Reader((in_rows(numbers, width),), len(numbers) // width)
        work = replay.Pass(replay.Replay(function.program), reader, 1.0, True)
        work.run()
        assert list(work.input_gradients) == slopes[: reader.count * width]


def test_powers_of_numbers_each_with_an_exponent_of_its_own() -> None:
    rng = random.Random(6)
    numbers = [rng.choice([rng.uniform(0.1, 5), 2.0, 0.5]) for _ in range(38 * 32)]
    powers = autograd.compile(lambda x: [a**b for a, b in zip(x[:19], x[19:], strict=True)])
    rows = in_rows(numbers, 38)
    for found, row in zip(powers.map(rows, like=(numbers[:38],)), rows.tolist(), strict=True):
        assert list(found) == [math.pow(a, b) for a, b in zip(row[:19], row[19:], strict=True)]


@pytest.mark.parametrize("cores", [1, 3])
def test_the_first_row_that_fails_is_named_however_many_threads_there_are(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "SMALLEST_PART", 1)
    monkeypatch.setattr(replay, "ENOUGH", 0)
    monkeypatch.setattr(replay, "cores", lambda: cores)
    roots = autograd.compile(lambda x: (x + 1).log())
    numbers = [0.5] * 1000
    numbers[901] = numbers[387] = numbers[386] = -3.0
    for _ in range(5):
        with pytest.raises(autograd.DomainError, match=r"rows\[386\]"):
            roots.map(numbers)
        assert len(roots.map([0.5] * 1000)) == 1000  # the threads go on
