"""Names for the data of a lesson: what modules were given, and what results are compared with."""

from __future__ import annotations

from random import Random

from autograd import Value, lesson, trace
from autograd.lessons.picture import data_names
from nn import MLP, cross_entropy, mse_loss


def names(root: Value) -> dict[str, float]:
    return {name: node.data for node, name in data_names(trace(root).order).items()}


def test_plain_numbers_are_inputs_and_targets() -> None:
    mlp = MLP(2, [3, 1], activation="tanh", rng=Random(1))
    loss = mse_loss([mlp([0.5, -1.0])], [1.0])
    assert names(loss) == {"x[0]": 0.5, "x[1]": -1.0, "target": 1.0}


def test_what_a_function_subtracts_is_no_target() -> None:
    assert names(cross_entropy([Value(1.0), Value(2.0)], 0)) == {}
    assert names(cross_entropy(MLP(1, [2], rng=Random(1))([3.0]), 0)) == {"x[0]": 3.0}


def test_the_callers_names_go_first() -> None:
    mlp = MLP(2, [1], rng=Random(1))
    row = [0.25, 4.0]
    order = trace(mlp(row) * 2).order
    assert list(data_names(order).values()) == ["row[0]", "row[1]"]
    rows = [[1.0, 2.0], [3.0, 4.0]]
    order = trace(mse_loss([mlp(each) for each in rows], [0.0, 1.0])).order
    assert sorted(data_names(order).values()) == [
        *("rows[0][0]", "rows[0][1]", "rows[1][0]", "rows[1][1]", "target[0]", "target[1]"),
    ]


def test_without_modules_numbers_stay_numbers() -> None:
    a = Value(2.0, label="a")
    assert names((a - 1) * 3) == {}


def test_the_graph_is_left_as_it_was() -> None:
    mlp = MLP(2, [2, 1], rng=Random(1))
    loss = mse_loss([mlp([0.5, -1.0])], [1.0])
    page = lesson(loss).html
    assert ">x[0]</text>" in page
    assert ">target</text>" in page
    assert not any(node.label for node in trace(loss).order)
