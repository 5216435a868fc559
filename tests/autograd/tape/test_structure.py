"""The structure pass and the kernels: what is found again, and that it computes the same."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import microgpt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import Program, programs, run
from vectors import vectors  # noqa: F401

from autograd import Value, accelerated
from autograd.compiler import recorder
from autograd.engine import propagate
from autograd.operations import OPERATIONS
from autograd.tape.kernel import Kernel, numbers_of_values
from autograd.tape.program import DOT, SEQUENCE, Block, one_by_one
from autograd.tape.program import Program as Blocks
from autograd.tape.sharing import without_copies
from autograd.tape.structure import find_structure
from autograd.tape.tape import Tape
from nn import MLP, mse_loss

KERNELS: list[tuple[Any, int]] = [(Kernel, 1)]
if accelerated:
    from autograd.native import engine as native

    KERNELS += [(native.Kernel, 1), (native.Kernel, 8), (native.Kernel, 24)]


def tape_from(function: Callable[..., Any], inputs: Sequence[Value]) -> Tape:
    result, seen = recorder.record(lambda: function(*inputs), inputs)
    return recorder.tape_of("f", result, inputs, seen)


def largest_block(blocks: Blocks, code: int) -> Block:
    found = [block for block in blocks.blocks if block.code == code]
    return max(found, key=lambda block: block.rows * block.columns * max(1, block.terms))


def check(function: Callable[..., Any], numbers: Sequence[float]) -> Blocks:
    """Every kernel, with and without structure, gives the eager engine's numbers."""
    inputs = [Value(x) for x in numbers]
    eager = function(*inputs)
    tape = tape_from(function, inputs)
    found = find_structure(tape)
    if eager.is_constant:
        return found
    adjoints = propagate(eager)
    tolerance = 1e-12 * max(map(abs, adjoints.values()))
    for program in (one_by_one(tape), found, find_structure(without_copies(tape))):
        closures = program.tape.closures
        for kind, lanes in KERNELS:
            kernel = kind(program, lanes)
            kernel.load_parameters(numbers_of_values(closures))
            kernel.forward(array("d", list(numbers) * lanes), 0)
            assert [kernel.result(lane) for lane in range(lanes)] == [eager.data] * lanes
            kernel.clear()
            kernel.backward(1.0, True)
            for closure, gradient in zip(closures, kernel.parameter_gradients(), strict=True):
                wanted = adjoints[closure] * lanes
                assert gradient == pytest.approx(wanted, rel=1e-12, abs=tolerance * lanes)
            gradients = kernel.input_gradients()
            for position, x in enumerate(inputs):
                for gradient in gradients[position * lanes : (position + 1) * lanes]:
                    assert gradient == pytest.approx(adjoints.get(x, 0.0), rel=1e-12, abs=tolerance)
    return found


def weights(*shape: int, seed: int = 0) -> Any:
    """Nested lists of leaves."""
    rng = random.Random(seed)

    def make(shape: tuple[int, ...]) -> Any:
        return [make(shape[1:]) for _ in range(shape[0])] if shape else Value(rng.uniform(-1, 1))

    return make(shape)


def dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    total = a[0] * b[0]
    for x, y in zip(a[1:], b[1:], strict=True):
        total = total + x * y
    return total


def total(values: Sequence[Any]) -> Any:
    result = values[0]
    for value in values[1:]:
        result = result + value
    return result


NUMBERS = [0.3, -1.2, 0.7, 2.0, -0.1, 0.5, 1.1, -0.9, 0.2, 1.7, -1.5, 0.4, 0.6, -0.8, 0.9, 1.3]


@given(program=programs(most=60))
def test_random_graphs(program: Program) -> None:
    check(lambda *leaves: run(program, leaves), program[0])


TERMS = st.lists(
    st.tuples(st.sampled_from("+-"), st.integers(0, 6), st.integers(0, 6), st.booleans()),
    min_size=1,
    max_size=14,
)


@given(sums=st.lists(TERMS, min_size=1, max_size=5), right=st.booleans())
def test_sums_of_every_kind_of_term(
    sums: list[list[tuple[str, int, int, bool]]], right: bool
) -> None:
    """Products and plain terms, with parameters, inputs, constants, earlier sums and themselves."""
    w = weights(3)

    def function(*x: Any) -> Any:
        things = [*w, *x, Value(2.0).detach(), 3.0]
        for terms in sums:
            result: Any = things[terms[0][1]] * 1.5
            for sign, a, b, is_product in terms:
                term = things[a] * things[b] if is_product else things[a]
                added = term + result if right else result + term
                result = result - term if sign == "-" else added
            things[terms[0][2] % 5] = result
        return total([thing for thing in things[:5] if isinstance(thing, Value)])

    check(function, NUMBERS[:2])


def test_a_neuron_is_one_dot_product_that_begins_with_its_bias() -> None:
    w, b = weights(5), Value(0.5)

    def neuron(*x: Any) -> Any:
        result = b
        for weight, number in zip(w, x, strict=True):
            result = result + weight * number
        return result.tanh()

    program = check(neuron, NUMBERS[:5])
    tape = tape_from(neuron, [Value(x) for x in NUMBERS[:5]])
    assert len(tape) == 11
    assert find_structure(tape).tape.stored == tape.leaves + 11  # too short to be worth a block
    assert all(block.code == SEQUENCE for block in program.blocks)


def test_a_layer_is_one_block_whose_matrix_lies_along_its_columns() -> None:
    w = weights(8, 5)
    program = check(lambda *x: total([dot(row, x).tanh() for row in w]), NUMBERS[:5])
    block = largest_block(program, DOT)
    assert (block.rows, block.columns, block.terms) == (1, 8, 5)
    assert (block.a.column, block.a.term, block.b.column, block.b.term) == (1, 8, 0, 1)


@pytest.mark.parametrize("examples", [2, 5, 8])
def test_a_layer_over_many_examples_is_one_block(examples: int) -> None:
    model = MLP(2, [8, 6, 1], activation="tanh", rng=random.Random(0))

    def loss(*x: Any) -> Any:
        rows = [x[2 * k : 2 * k + 2] for k in range(examples)]
        return mse_loss([model(row) for row in rows], [0.5] * examples)

    program = check(loss, NUMBERS[: 2 * examples])
    shapes = [(b.rows, b.columns, b.terms) for b in program.blocks if b.code == DOT]
    assert (examples, 6, 8) in shapes


def test_two_matrices_whose_rows_take_turns_are_one_block() -> None:
    pair = weights(2, 8, 5)

    def function(*x: Any) -> Any:
        turns = [(w[k], j) for k in range(8) for j in (0, 5) for w in pair]
        return total([dot(row, x[j : j + 5]).tanh() for row, j in turns])

    program = check(function, NUMBERS[:10])
    shapes = [(b.rows, b.columns, b.terms) for b in program.blocks if b.code == DOT]
    assert shapes == [(2, 16, 5), (1, 1, 32)]


def test_a_matrix_used_both_ways() -> None:
    w = weights(6, 6)

    def function(*x: Any) -> Any:
        hidden = [dot(row, x).tanh() for row in w]
        columns = list(zip(*w, strict=True))
        return total([dot(column, hidden).tanh() for column in columns])

    check(function, NUMBERS[:6])


def test_a_convolution_adds_up_where_its_windows_overlap() -> None:
    w = weights(4)
    bank = weights(8, 4, seed=1)
    check(lambda *x: total([dot(w, x[k : k + 4]).tanh() for k in range(13)]), NUMBERS)
    check(lambda *x: total([dot(v, x[k : k + 4]).tanh() for k in range(13) for v in bank]), NUMBERS)
    check(lambda *x: total([dot(v, x[k : k + 4]).tanh() for v in bank for k in range(13)]), NUMBERS)
    kernel = weights(12, seed=2)
    check(lambda *x: total([dot(kernel[k : k + 4], x[:4]).tanh() for k in range(9)]), NUMBERS)


def test_products_of_inputs_and_one_number_by_many() -> None:
    check(lambda *x: dot(x[:8], x[8:]), NUMBERS)
    check(lambda *x: dot(x, x), NUMBERS)
    check(lambda *x: total([dot(x[k : k + 4], x[:4]) for k in (0, 4, 8, 12)]), NUMBERS)
    w = weights(8)
    check(lambda *x: dot(w, [x[0]] * 8), NUMBERS[:1])
    check(lambda *x: total([total([a * b for b in w]).tanh() for a in x]), NUMBERS)
    check(lambda *x: total([(a * b).tanh() for a in w for b in x]), NUMBERS)


def test_a_product_used_outside_its_sum_too_is_still_computed() -> None:
    w = weights(16)

    def function(*x: Any) -> Any:
        products = [a * b for a, b in zip(w, x, strict=True)]
        return total(products) * products[3].tanh()

    check(function, NUMBERS)


def test_terms_that_are_taken_away_keep_their_sign() -> None:
    w = weights(20)

    def less(x: Any, terms: Sequence[Any]) -> Any:
        for term in terms:
            x = x - term
        return x

    program = check(lambda x: less(x, w), NUMBERS[:1])
    assert largest_block(program, DOT).terms == 20
    # a sum is followed into the right operand of an addition, but not of a subtraction
    check(lambda x: w[0] - less(x, w[1:]), NUMBERS[:1])
    check(lambda x: w[0] + less(x, w[1:]), NUMBERS[:1])


def test_a_filter_over_a_row_and_over_its_mirror_image() -> None:
    w = weights(16)
    check(lambda *x: dot(w, x).tanh() * dot(w, x[::-1]).exp(), NUMBERS)


def test_windows_at_irregular_places() -> None:
    w = weights(4)
    places = (0, 1, 4, 5, 10, 11)
    check(lambda *x: total([dot(w, x[k : k + 4]).tanh() for k in places]), NUMBERS)


def test_the_same_dot_product_twice_hands_on_twice() -> None:
    w = weights(8)
    check(lambda *x: total([dot(w, x).tanh() for _ in range(8)]), NUMBERS[:8])


def test_steps_that_feed_on_each_other() -> None:
    w, u = weights(4, 4), weights(4, 2, seed=1)

    def recurrent(*x: Any) -> Any:
        state: list[Any] = [Value(0.1).detach()] * 4
        for k in range(8):
            state = [
                (dot(row, state) + dot(column, x[2 * k : 2 * k + 2])).tanh()
                for row, column in zip(w, u, strict=True)
            ]
        return dot(state, state)

    check(recurrent, NUMBERS)


def test_sums_of_growing_length() -> None:
    def ragged(*x: Any) -> Any:
        rows = []
        for k in range(1, 17):
            exponentials = [a.exp() for a in x[:k]]
            whole = total(exponentials)
            rows.append(dot([a / whole for a in exponentials], x[:k]))
        return total(rows)

    check(ragged, NUMBERS)


@pytest.mark.parametrize("one_hot", [False, True])
def test_a_small_transformer_is_some_seventy_blocks(one_hot: bool) -> None:
    parameters = microgpt.parameters(Value, 0)
    tokens = microgpt.document(0)
    numbers = [x for side in tokens for token in side for x in microgpt.one_hot(token)]
    inputs = [Value(x) for x in numbers] if one_hot else []

    def loss(*x: Any) -> Any:
        if not one_hot:
            return microgpt.token_loss(parameters, *tokens)
        rows = [x[k : k + microgpt.TOKENS] for k in range(0, len(x), microgpt.TOKENS)]
        return microgpt.loss(parameters, rows[: len(rows) // 2], rows[len(rows) // 2 :])

    tape = tape_from(loss, inputs)
    program = find_structure(tape)
    assert len(tape) > 59_000
    assert len(program.blocks) < 80
    assert program.tape.stored - len(inputs) < 9_000
    if accelerated:
        eager = loss(*inputs)
        adjoints = propagate(eager)
        kernel = native.Kernel(program)
        kernel.load_parameters(numbers_of_values(program.tape.closures))
        kernel.forward(array("d", numbers if one_hot else []), 0)
        kernel.backward(1.0, False)
        assert kernel.result() == eager.data
        gradients = kernel.parameter_gradients()
        for closure, gradient in zip(program.tape.closures, gradients, strict=True):
            assert gradient == pytest.approx(adjoints[closure], rel=1e-12, abs=1e-15)


def test_a_layer_is_one_block_on_whichever_side_its_weights_stand() -> None:
    w = weights(8, 5)
    program = check(
        lambda *x: total([dot(*((row, x) if k % 2 else (x, row))) for k, row in enumerate(w)]),
        NUMBERS[:5],
    )
    block = largest_block(program, DOT)
    assert (block.rows * block.columns, block.terms) == (8, 5)


def test_a_product_with_a_parameter_and_one_with_a_constant_are_no_dot_product() -> None:
    w = weights(8)
    program = check(
        lambda *x: total([(w[k] * x[k] + (k + 0.5) * x[k + 8]).tanh() for k in range(8)]), NUMBERS
    )
    assert [block.columns for block in program.blocks if block.code == DOT] == [1]  # of the sum


def test_sums_of_two_are_additions() -> None:
    program = check(lambda *x: total([(a + b).tanh() for a, b in pairwise(x)]), NUMBERS)
    block = largest_block(program, OPERATIONS["add"].code)
    assert (block.rows, block.columns) == (1, 15)


def test_parameters_are_numbered_as_the_first_level_uses_them() -> None:
    w = weights(12)
    mixed = random.Random(0).sample(range(12), 12)

    def function(*x: Any) -> Any:
        late = [x[k] * w[k] for k in mixed]  # by which they are known first
        early = [(number - weight).tanh().exp().sin() for number, weight in zip(x, w, strict=True)]
        return total([*late, *early])

    program = check(function, NUMBERS[:12])
    block = largest_block(program, OPERATIONS["sub"].code)
    assert (block.rows, block.columns) == (1, 12)


def test_a_chain_of_a_hundred_thousand() -> None:
    w = Value(1.0 + 1e-9)

    def chain(x: Any) -> Any:
        for k in range(100_000):
            x = x * w if k % 2 else x - w
        return x

    tape = tape_from(chain, [Value(2.0)])
    program = find_structure(tape)
    assert program.blocks == [Block(SEQUENCE, 1, 100_000, 0, tape.leaves)]


def test_every_place_comes_after_what_it_is_made_of() -> None:
    model = MLP(3, [5, 4, 1], rng=random.Random(0))
    tape = find_structure(tape_from(lambda *x: model(x), [Value(x) for x in NUMBERS[:3]])).tape
    done = set(range(tape.leaves))
    for place in tape.in_order():
        assert done.issuperset(tape.instruction(place)[1])
        done.add(place)
    assert len(done) == tape.nodes
