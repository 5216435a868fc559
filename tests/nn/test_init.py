"""Initialisers: their spread, by the papers' formulas."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from nn import Layer, Neuron
from nn.init import GAINS, INITIALISERS, normal, uniform

WIDTHS = (300, 200)


def weights(activation: str | None, init: str | None) -> list[float]:
    layer = Layer(*WIDTHS, activation=activation, init=init, rng=random.Random(0))
    return [w.data for neuron in layer.neurons for w in neuron.w]


@pytest.mark.parametrize("name", [n for n in INITIALISERS if n.startswith(("xavier", "kaiming"))])
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


def test_plain_distributions_do_not_ask_for_the_layer() -> None:
    for activation in ("relu", None):
        drawn = weights(activation, "uniform")
        assert 0 <= min(drawn) < 0.001 < 0.999 < max(drawn) < 1
        drawn = weights(activation, "normal")
        assert statistics.fmean(drawn) == pytest.approx(0, abs=0.02)
        assert statistics.pstdev(drawn) == pytest.approx(1, rel=0.02)
        assert set(weights(activation, "zeros")) == {0.0}


def test_plain_distributions_take_their_parameters() -> None:
    layer = Layer(*WIDTHS, init=normal(3.0, 0.5), rng=random.Random(0))
    drawn = [w.data for neuron in layer.neurons for w in neuron.w]
    assert statistics.fmean(drawn) == pytest.approx(3, rel=0.01)
    assert statistics.pstdev(drawn) == pytest.approx(0.5, rel=0.02)
    layer = Layer(*WIDTHS, init=uniform(-2.0, -1.0), rng=random.Random(0))
    drawn = [w.data for neuron in layer.neurons for w in neuron.w]
    assert -2 <= min(drawn) < -1.99 < -1.01 < max(drawn) <= -1


def test_wrong_parameters_are_named() -> None:
    with pytest.raises(ValueError, match="normal: std is a number from 0, not -1"):
        normal(std=-1)
    with pytest.raises(ValueError, match="uniform: b is a number, not 'x'"):
        uniform(0.0, "x")  # type: ignore[arg-type]
