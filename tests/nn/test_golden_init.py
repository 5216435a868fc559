"""Initialisers: the distributions that PyTorch draws from, from the golden file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nn import Layer, Linear

GOLDEN = Path(__file__).parents[1] / "golden" / "initialisers.json"
*CASES, LINEAR = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]


class Drawing:
    """A generator that writes down which distributions it was asked to draw from."""

    def __init__(self) -> None:
        self.drawn: list[tuple[str, float, float]] = []

    def uniform(self, a: float, b: float) -> float:
        self.drawn.append(("uniform", a, b))
        return 0.5

    def gauss(self, mu: float, sigma: float) -> float:
        self.drawn.append(("gauss", mu, sigma))
        return 0.5


def described(case: dict[str, Any]) -> str:
    return f"{case['name']}, {', '.join(map(str, case['settings'].values()))}"


@pytest.mark.parametrize("case", CASES, ids=described)
def test_weights_come_from_the_distribution_that_pytorch_draws_from(case: dict[str, Any]) -> None:
    generator = Drawing()
    layer = Layer(**case["settings"], init=case["name"], rng=generator)
    kind, *limits = case["drawn"]
    assert len(generator.drawn) == case["settings"]["nin"] * case["settings"]["nout"]
    assert {name for name, _, _ in generator.drawn} == {kind}
    for _, *found in generator.drawn:
        assert found == pytest.approx(limits, rel=1e-12, abs=0)
    assert {w.data for neuron in layer.neurons for w in neuron.w} == {0.5}
    assert {neuron.b.data for neuron in layer.neurons} == {0.0}


def test_a_linear_begins_as_pytorchs() -> None:
    generator = Drawing()
    nin, nout = LINEAR["settings"].values()
    linear = Linear(nin, nout, rng=generator)
    kind, *limits = LINEAR["drawn"]
    assert len(generator.drawn) == nout * (nin + 1)
    for name, *found in generator.drawn:
        assert name == kind
        assert found == pytest.approx(limits, rel=1e-12, abs=0)
    assert set(linear.state_dict().values()) == {0.5}  # the biases too
    Linear(nin, nout, bias=False, rng=generator)
    assert len(generator.drawn) == nout * (nin + 1) + nout * nin
