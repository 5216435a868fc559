"""gradient_histogram: a row for each layer, and a share of zeros."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle, StepPatch

from autograd import Value
from nn import MLP, Layer, Module, Neuron, plots


def trained(model: Any) -> Any:
    """The model, with gradients of its first output."""
    out = model([0.5, -1.0])
    (out[0] if isinstance(out, list) else out).backward()
    return model


def rows(ax: Axes) -> dict[str, str]:
    """What stands at the left of each row and at the right of it."""
    ax.figure.canvas.draw()
    (right,) = ax.child_axes
    return {
        left.get_text(): words.get_text()
        for left, words in zip(ax.get_yticklabels(), right.get_yticklabels(), strict=True)
    }


def bars(ax: Axes) -> list[list[tuple[float, float]]]:
    """For each row, the log10 at which a bar begins, and its height."""
    found = []
    for patch in ax.patches:
        if isinstance(patch, StepPatch):
            heights, edges, baseline = patch.get_data()
            found.append(
                [
                    (edge, height - baseline)
                    for edge, height in zip(edges[:-1], heights, strict=True)
                    if height > baseline
                ]
            )
    return found


def with_gradients(*gradients: float) -> Layer:
    """One layer whose parameters have these gradients, the last its bias's."""
    layer = Layer(len(gradients) - 1, 1)
    for parameter, gradient in zip(layer.parameters(), gradients, strict=True):
        parameter.grad = gradient
    return layer


def test_a_bar_stands_where_the_gradients_are_and_is_as_high_as_they_are_many(ax: Axes) -> None:
    plots.gradient_histogram(with_gradients(0.01, -0.01, 0.01, 10.0), bins=4, ax=ax)
    ((small, large),) = bars(ax)
    assert small[0] == -2
    assert large[0] == 1
    assert small[1] == pytest.approx(3 * large[1])


def test_dead_relus_are_a_share_of_zeros(ax: Axes) -> None:
    model = MLP(2, [4, 2, 1], rng=random.Random(1))
    for neuron in model.layers[0].neurons:
        neuron.b.data = -100.0
    for weight in (w for neuron in model.layers[1].neurons for w in (*neuron.w, neuron.b)):
        weight.data = 1.0
    trained(model)
    plots.gradient_histogram(model, ax=ax)
    # the first layer's outputs are 0: of the second's gradients only the biases' 2 of 10 are not
    assert rows(ax) == {
        "layers[0]": "100% zero",
        "layers[1]": "80% zero",
        "layers[2]": "0% zero",
    }
    shares = [
        patch.get_height() / 0.8
        for patch in ax.patches
        if isinstance(patch, Rectangle) and patch.get_hatch()
    ]
    assert shares == pytest.approx([1.0, 0.8, 0.0])


def test_a_share_below_one_in_a_hundred_is_not_said_to_be_none(ax: Axes) -> None:
    plots.gradient_histogram(with_gradients(*[1.0] * 200, 0.0), ax=ax)
    assert rows(ax) == {"neurons": "< 1% zero"}


def test_what_has_no_place_on_the_axis_is_counted(ax: Axes) -> None:
    layer = with_gradients(math.nan, math.inf, 0.0, 1.0)
    layer.neurons[0].w[3:] = [Value(1.0)]
    plots.gradient_histogram(layer, ax=ax)
    assert rows(ax) == {"neurons": "25% zero\n2 nan or inf\n1 without"}


def test_the_widest_range_of_gradients_is_drawn(ax: Axes) -> None:
    plots.gradient_histogram(with_gradients(5e-324, 1.7e308), ax=ax)
    ax.figure.canvas.draw()
    assert [len(row) for row in bars(ax)] == [2]


class Tower(Module):
    def __init__(self) -> None:
        self.scale = Value(1.0)
        self.table = [Value(1.0), Value(2.0)]
        self.blocks = [MLP(1, [2, 1]), Neuron(1)]

    def forward(self, x: list[float]) -> Value:
        block, neuron = self.blocks
        return neuron([block(x) * self.scale]) + self.table[0]


def test_any_module_has_a_row_for_each_outermost_part(ax: Axes) -> None:
    model = Tower()
    model([1.0]).backward()
    plots.gradient_histogram(model, ax=ax)
    assert list(rows(ax)) == ["scale", "table", "blocks[0]", "blocks"]


def test_gradients_that_are_not_there_are_an_error(ax: Axes) -> None:
    with pytest.raises(ValueError, match=r"no parameter of MLP\(2, \[1\]\) has a gradient; call"):
        plots.gradient_histogram(MLP(2, [1]), ax=ax)
    with pytest.raises(TypeError, match=r"gradient_histogram takes a Module, .*not \[\]"):
        plots.gradient_histogram([], ax=ax)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="bins is a whole number from 1, not 0"):
        plots.gradient_histogram(with_gradients(1.0, 1.0), bins=0, ax=ax)
