"""Initialisers: their spread, by the papers' formulas and PyTorch's gains."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from nn import Layer, Neuron
from nn.init import GAINS, INITIALISERS

WIDTHS = (300, 200)


def weights(activation: str | None, init: str | None) -> list[float]:
    layer = Layer(*WIDTHS, activation=activation, init=init, rng=random.Random(0))
    return [w.data for neuron in layer.neurons for w in neuron.w]


@pytest.mark.parametrize("name", INITIALISERS)
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", None])
def test_the_deviation_is_the_papers(name: str, activation: str | None) -> None:
    gain = GAINS.get(activation or "", 1.0)
    fan = sum(WIDTHS) / 2 if name.startswith("xavier") else WIDTHS[0]
    sample = weights(activation, name)
    assert statistics.pstdev(sample) == pytest.approx(gain / math.sqrt(fan), rel=0.02)
    if name.endswith("uniform"):
        assert max(map(abs, sample)) <= gain * math.sqrt(3 / fan)


def test_the_activation_chooses_unless_told() -> None:
    assert weights("relu", None) == weights("relu", "kaiming_uniform")
    assert weights("tanh", None) == weights("tanh", "xavier_uniform")
    assert weights(None, None) == weights(None, "xavier_uniform")


def test_biases_start_at_zero_and_a_function_may_draw_the_weights() -> None:
    neuron = Neuron(2, init=lambda fan_in, fan_out, gain, rng: 0.25)
    assert [w.data for w in neuron.w] == [0.25, 0.25]
    assert neuron.b.data == 0.0


@pytest.mark.parametrize("name", ["relu", "tanh", "leaky_relu"])
def test_gains_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert GAINS[name] == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-15)
