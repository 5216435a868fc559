"""What a lesson takes for a neuron: a weighted sum, bent by one function or by none."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from autograd import Value, trace
from autograd.lessons.neurons import Neuron, neurons_of
from autograd.pictures.rollup import module_paths
from autograd.protocols.module_calls import record_call
from nn import MLP, mse_loss


def found(root: Value) -> list[Neuron]:
    order = trace(root).order
    return neurons_of(order, module_paths(order))


@pytest.mark.parametrize(
    ("activation", "formula"),
    [
        ("tanh", "tanh(Σ wᵢxᵢ + b)"),
        ("relu", "relu(Σ wᵢxᵢ + b)"),
        ("sigmoid", "sigmoid(Σ wᵢxᵢ + b)"),
        ("leaky_relu", "leaky_relu(Σ wᵢxᵢ + b, 0.01)"),
        (lambda x: x**2, "(Σ wᵢxᵢ + b) ** 2"),
        (None, "Σ wᵢxᵢ + b"),
    ],
)
def test_the_neurons_of_a_network_and_their_formulas(activation: Any, formula: str) -> None:
    net = MLP(2, [3, 1], activation=activation, rng=Random(1))
    neurons = found(mse_loss([net([0.5, -1.0])], [1.0]))
    units = [*net.layers[0].neurons, *net.layers[1].neurons]
    assert [each.formula() for each in neurons] == [formula] * 3 + ["Σ wᵢxᵢ + b"]
    for neuron, unit in zip(neurons, units, strict=True):
        assert neuron.path[-1].module is unit
        assert neuron.terms[0] == (unit.b,)
        assert [term[1] for term in neuron.terms[1:]] == list(unit.w)
        assert neuron.output.data == neuron.gates[-1].data
        total = sum(w.data * x.data for _, w, x in neuron.terms[1:]) + unit.b.data
        assert neuron.total.data == pytest.approx(total)


def test_one_neuron_alone_is_none() -> None:
    net = MLP(2, [1], activation="tanh", rng=Random(1))
    assert found(net([0.5, -1.0])) == []


class Unit:
    """A module that is no neuron of nn's."""

    def __init__(self, bent: Any) -> None:
        self.w, self.b, self.bent = Value(0.5), Value(0.25), bent

    def __call__(self, x: Value) -> Value:
        out: Value = self.bent(self, x)
        record_call(self, [x], out)
        return out


@pytest.mark.parametrize(
    ("bent", "formula"),
    [
        (lambda m, x: (x * m.w + m.b).exp(), "exp(Σ wᵢxᵢ + b)"),
        (lambda m, x: (m.w * x + m.b * x).tanh(), "tanh(Σ wᵢxᵢ)"),
        (lambda m, x: m.w * x, "Σ wᵢxᵢ"),
        (lambda m, x: m.w * x - m.b, None),  # a difference
        (lambda m, x: (m.w * x + m.b).tanh().exp(), None),  # bent twice
        (lambda m, x: x * x + m.b, None),  # no weight
        (lambda m, x: m.w * m.b + x, None),
        (lambda m, x: (m.w * x + x).tanh(), None),  # an input without a weight
        (lambda m, x: (m.w * m.w * x).tanh(), None),
    ],
)
def test_any_module_that_computes_the_same_is_one(bent: Any, formula: str | None) -> None:
    x, first, second = Value(2.0), Unit(bent), Unit(bent)
    neurons = found(second(first(x)))
    assert [each.formula() for each in neurons] == ([formula] * 2 if formula else [])


def test_a_neuron_that_another_looks_into_is_none() -> None:
    x, first, second = Value(2.0), Unit(lambda m, x: m.w * x), Unit(lambda m, x: m.w * x)
    assert len(found(second(first(x)))) == 2
    assert found(second(first(x)) + first.w) == []
