"""Neuron, Layer, MLP: what they compute, and what they say of wrong arguments."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import autograd
from autograd import Value
from nn import MLP, Layer, Module, Neuron, Sequential


def test_a_neuron_is_a_weighted_sum_bent_by_its_activation() -> None:
    neuron = Neuron(2, activation="tanh")
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 2.0, -1.0, 0.5
    out = neuron([0.3, 0.4])
    assert out.data == pytest.approx(numpy.tanh(2 * 0.3 - 0.4 + 0.5), rel=1e-15)
    out.backward()
    slope = 1 - out.data**2
    assert [neuron.w[0].grad, neuron.w[1].grad, neuron.b.grad] == pytest.approx(
        [0.3 * slope, 0.4 * slope, slope], rel=1e-14
    )


def test_an_mlp_equals_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    model = MLP(3, [4, 4, 2], activation="gelu", output_activation="sigmoid")
    steps: list[Any] = []
    for layer, bend in zip(model.layers, ("GELU", "GELU", "Sigmoid"), strict=True):
        linear = torch.nn.Linear(layer.neurons[0].nin, len(layer.neurons), dtype=torch.float64)
        with torch.no_grad():
            linear.weight[:] = torch.tensor(
                [[w.data for w in n.w] for n in layer.neurons], dtype=torch.float64
            )
            linear.bias[:] = torch.tensor([n.b.data for n in layer.neurons], dtype=torch.float64)
        steps += [linear, getattr(torch.nn, bend)()]
    x = [0.5, -1.0, 2.0]
    expected = torch.nn.Sequential(*steps)(torch.tensor(x, dtype=torch.float64))
    out = model(x)
    assert [v.data for v in out] == pytest.approx(expected.tolist(), rel=1e-12)
    (out[0] + 2 * out[1]).backward()
    (expected[0] + 2 * expected[1]).backward()
    weight = steps[0].weight.grad
    for row, neuron in enumerate(model.layers[0].neurons):
        assert [w.grad for w in neuron.w] == pytest.approx(weight[row].tolist(), rel=1e-11)


def test_mlp_means_what_it_means_in_micrograd() -> None:
    model = MLP(3, [4, 4, 1])
    assert len(model.parameters()) == 41
    assert type(model([1.0, 2.0, 3.0])) is Value
    assert [layer.neurons[0].activation for layer in model.layers] == ["relu", "relu", None]
    assert isinstance(MLP(3, [4, 2])([1.0, 2.0, 3.0]), list)


def test_hidden_layers_of_width_one_and_tuples_work() -> None:
    assert type(MLP(2, [2, 1, 1])([1.0, -1.0])) is Value
    assert repr(MLP(2, (3, 1))) == repr(MLP(2, [3, 1]))
    assert len(MLP(numpy.int64(2), [numpy.int64(3)]).parameters()) == 9  # type: ignore[arg-type]


def test_inputs_may_be_numbers_values_and_arrays() -> None:
    model = MLP(2, [3, 1])
    expected = model([0.5, 2.0]).data
    assert model((0.5, 2)).data == expected
    assert model(numpy.array([0.5, 2.0])).data == expected
    x = [Value(0.5), Value(2.0)]
    model(x).backward()
    assert all(v.has_grad for v in x)


def test_number_inputs_are_constants_shared_by_the_neurons() -> None:
    from autograd import topological_order

    out = sum(Layer(2, 3)([0.5, 2.0]))
    assert isinstance(out, Value)
    assert sum(node.is_constant for node in topological_order(out)) == 2


@pytest.mark.parametrize("model", [Neuron(3), Layer(3, 2), MLP(3, [2, 1])])
def test_an_input_of_the_wrong_length_says_what_was_expected_and_what_came(model: Any) -> None:
    with pytest.raises(ValueError, match=r"takes a sequence of 3 numbers, not 2: \[1\.0, 2\.0\]"):
        model([1.0, 2.0])
    with pytest.raises(TypeError, match=r"takes a sequence of 3 numbers, not float: 1\.0"):
        model(1.0)
    with pytest.raises(TypeError, match="takes a sequence of 3 numbers, not Value"):
        model(Value(1.0))
    with pytest.raises(TypeError, match=r"takes a sequence of 3 numbers: .*'a' is text"):
        model(["a", "b", "c"])
    with pytest.raises(TypeError, match=r"one row at a time: \[model\(row\) for row in rows\]"):
        model([[1.0, 2.0, 3.0]])
    for wrong in (numpy.array(2.0), {1.0, 2.0, 3.0}):
        with pytest.raises(TypeError, match="takes a sequence of 3 numbers, not"):
            model(wrong)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Neuron(0), "Neuron: nin is at least 1, not 0"),
        (lambda: Neuron(2.0), r"Neuron: nin is a whole number, not 2\.0"),
        (lambda: Layer("2", 1), "Layer: nin is a whole number, not '2'"),
        (lambda: MLP("2", [1]), "MLP: nin is a whole number, not '2'"),
        (lambda: Layer(2, -1), "Layer: nout is at least 1, not -1"),
        (lambda: MLP(2, []), "nouts needs at least one width"),
        (lambda: MLP(2, 3), r"nouts is a list of widths, such as \[16, 16, 1\], not 3"),
        (lambda: MLP(2, [3, "1"]), r"MLP: nouts\[1\] is a whole number, not '1'"),
        (lambda: MLP(2, [1], activation="rely"), "activation is one of relu, .* not 'rely'"),
        (lambda: MLP(2, [1], init=[1]), r"init is one of xavier_uniform, .* not \[1\]"),
        (lambda: MLP(2, [1], init="zero"), "init is one of xavier_uniform, .* not 'zero'"),
        (lambda: MLP(2, [1], rng=3), r"rng is a random\.Random, such as random\.Random\(0\)"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_activations_by_name_or_function() -> None:
    for name in ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh"):
        neuron = Neuron(1, activation=name)
        neuron.w[0].data = 0.7
        operation = autograd.OPERATIONS[name]
        assert neuron([1.0]).data == operation(0.7, *operation.defaults)
    assert Neuron(1, activation=autograd.sin)([0.0]).data == 0.0


def test_an_activation_with_parameters_has_them_counted() -> None:
    class PReLU(Module):
        def __init__(self) -> None:
            self.slope = Value(0.25)

        def forward(self, x: Value) -> Value:
            return autograd.leaky_relu(x, self.slope)

    assert len(Neuron(2, activation=PReLU()).parameters()) == 4


def test_reprs_read_well() -> None:
    assert repr(Neuron(2)) == "Neuron(2, activation='relu')"
    assert repr(Layer(2, 3, activation=autograd.sin)) == "Layer(2, 3, activation=sin)"
    assert repr(MLP(3, [4, 1])) == "MLP(3, [4, 1], activation='relu')"
    assert repr(MLP(3, [2], output_activation="tanh")) == "MLP(3, [2], output_activation='tanh')"


def test_the_same_seed_gives_the_same_weights() -> None:
    one, two, other = (MLP(2, [3, 1], rng=random.Random(seed)) for seed in (0, 0, 1))
    assert one.state_dict() == two.state_dict() != other.state_dict()


AS_A_NUMBER: list[Callable[[Any], object]] = [
    lambda out: out - 1.0,
    lambda out: 1.0 - out,
    lambda out: out + Value(1.0),
    lambda out: 1.0 + out,
    lambda out: Value(2.0) * out,
    lambda out: out * 0.5,
    lambda out: out / 2,
    lambda out: 1 / out,
    lambda out: out**2,
    lambda out: -out,
    lambda out: out.backward(),
    lambda out: out.data,
]


@pytest.mark.parametrize("use", AS_A_NUMBER)
@pytest.mark.parametrize("model", [Layer(2, 1), Sequential(Layer(2, 2), Layer(2, 1))])
def test_a_list_of_outputs_says_so_where_a_value_is_meant(
    use: Callable[[Any], object], model: Module
) -> None:
    with pytest.raises((TypeError, AttributeError), match=r"gives a list, here of 1 Value,.*\[0\]"):
        use(model([1.0, 2.0]))


def test_a_list_of_outputs_is_a_list() -> None:
    outputs = Layer(1, 2)([1.0])
    assert isinstance(outputs, list)
    more = [3]
    assert outputs + more == [*outputs, 3]
    assert more + outputs == [3, *outputs]
    assert outputs * 2 == 2 * outputs == [*outputs, *outputs]
    assert [v.data for v in copy.deepcopy(outputs)] == [v.data for v in outputs]
    assert not hasattr(outputs, "grad")
