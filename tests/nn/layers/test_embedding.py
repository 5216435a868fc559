"""Embedding: a table that is looked up, with and without a compiler."""

from __future__ import annotations

import random
import statistics
from typing import Any

import numpy
import pytest

import autograd
from autograd import DomainError, Value
from nn import Embedding


def numbers(row: list[Value]) -> list[float]:
    return [v.data for v in row]


def test_an_index_gives_its_vector_and_the_gradient_goes_there_alone() -> None:
    table = Embedding(4, 2, rng=random.Random(0))
    vector = table(2)
    assert vector == table.weight[2]
    (vector[0] * 3 + vector[1]).backward()
    assert [[w.grad for w in row] for row in table.weight] == [[0, 0], [0, 0], [3, 1], [0, 0]]
    assert not table.weight[0][0].has_grad


def test_many_indices_give_many_vectors() -> None:
    table = Embedding(4, 2)
    assert table([1, 1, 3]) == [table.weight[1], table.weight[1], table.weight[3]]
    assert table(numpy.array([[0], [2]])) == [[table.weight[0]], [table.weight[2]]]
    assert table(Value(3.0)) == table.weight[3]


def test_what_is_given_is_no_handle_on_the_table() -> None:
    table = Embedding(2, 2)
    table(0).clear()
    assert len(table.weight[0]) == 2


def test_numbers_are_normal_and_can_be_drawn_again() -> None:
    one, two = (Embedding(100, 100, rng=random.Random(0)) for _ in range(2))
    assert one.state_dict() == two.state_dict()
    drawn = list(one.state_dict().values())
    assert statistics.fmean(drawn) == pytest.approx(0, abs=0.03)
    assert statistics.pstdev(drawn) == pytest.approx(1, rel=0.03)


def test_a_compiled_function_may_be_given_the_index() -> None:
    table = Embedding(4, 3, rng=random.Random(0))

    def squares(index: Any) -> Any:
        return sum(v * v for v in table(index))

    compiled = autograd.compile(squares)
    for index in (0, 3, 1):
        found, expected = compiled(index), squares(index)
        assert found.data == pytest.approx(expected.data, rel=1e-15)
        found.backward()
        slopes = [w.grad for row in table.weight for w in row]
        wanted = [2 * w.data * (k == index) for k, row in enumerate(table.weight) for w in row]
        assert slopes == pytest.approx(wanted, rel=1e-15)
        table.zero_grad()
    with pytest.raises(DomainError, match="the divisor must not be 0"):
        compiled(4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Embedding(0, 2), "Embedding: num_embeddings is at least 1, not 0"),
        (lambda: Embedding(2, 2.5), r"Embedding: embedding_dim is a whole number, not 2\.5"),
        (lambda: Embedding(2, 2, rng=0), r"rng is a random\.Random"),
        (lambda: Embedding(3, 2)(3), r"Embedding\(3, 2\): the index is a whole number from 0 to 2"),
        (lambda: Embedding(3, 2)([0, -1]), "the index is a whole number from 0 to 2, not -1"),
        (lambda: Embedding(3, 2)("a"), "the index is a whole number from 0 to 2: .*is text"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make()
