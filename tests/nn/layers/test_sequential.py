"""Sequential: parts in a row, their parameters, and what is no part."""

from __future__ import annotations

from typing import Any

import pytest

import autograd
from autograd import Value
from nn import MLP, Dropout, Embedding, Layer, Sequential, cross_entropy, mse_loss, softmax


def test_parts_follow_each_other() -> None:
    model = Sequential(Layer(2, 3, None), "tanh", Layer(3, 2, None), softmax)
    first, second = model[0], model[2]
    assert isinstance(first, Layer)
    assert isinstance(second, Layer)
    x = [0.5, -1.0]
    expected = softmax(second([v.tanh() for v in first(x)]))
    assert [v.data for v in model(x)] == [v.data for v in expected]
    assert len(model) == 4


def test_operations_and_names_are_for_every_number_functions_for_all() -> None:
    row = [Value(-1.0), Value(2.0)]
    for bend in ("relu", autograd.relu):
        assert [v.data for v in Sequential(bend)(row)] == [0.0, 2.0]
        assert [[v.data for v in r] for r in Sequential(bend)([row, row])] == [[0.0, 2.0]] * 2
        assert Sequential(bend)(row[0]).data == 0.0
    assert Sequential(sum)(row).data == 1.0
    assert Sequential()(row) is row


def test_parameters_are_named_by_position() -> None:
    model = Sequential(Embedding(3, 2), "relu", MLP(2, [1]))
    names = [name for name, _ in model.named_parameters()]
    assert names[0] == "layers.0.weight.0.0"
    assert names[-1] == "layers.2.layers.0.neurons.0.b"
    assert len(names) == 6 + 3


def test_it_reads_well() -> None:
    model = Sequential(Layer(2, 3), autograd.tanh, "relu", Dropout(0.1), softmax)
    assert repr(model) == (
        "Sequential(Layer(2, 3, activation='relu'), tanh, 'relu', Dropout(0.1), softmax)"
    )


def test_it_learns_inside_a_compiled_function() -> None:
    model = Sequential(Layer(2, 3, "tanh"), Layer(3, 2, None))
    loss = autograd.compile(lambda x, target: cross_entropy(model(x), target))
    for x, target in (([1.0, 2.0], 1), ([-1.0, 0.5], 0)):
        assert loss(x, target).data == pytest.approx(
            cross_entropy(model(x), target).data, rel=1e-14
        )


def test_it_gives_a_list_as_its_last_layer_does_and_a_loss_says_so() -> None:
    model = Sequential(Layer(2, 3), Layer(3, 1))
    assert isinstance(model([1.0, 2.0]), list)
    assert type(Sequential(Layer(2, 3), MLP(3, [1]))([1.0, 2.0])) is Value
    with pytest.raises(
        TypeError,
        match=r"predictions\[0\] is a row.* A Layer or a Sequential gives a row even of one",
    ):
        mse_loss([model([1.0, 2.0])], [1.0])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("rely",), "activation is one of relu, .* not 'rely'"),
        (([Layer(2, 2)],), r"Sequential takes modules, functions and names.* number 0 is \[Layer"),
        ((Layer(2, 2), None), "number 1 is None"),
    ],
)
def test_wrong_parts_are_named(parts: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        Sequential(*parts)
