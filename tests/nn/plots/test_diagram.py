"""network: a circle for each neuron, a line for each weight."""

from __future__ import annotations

import math
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import same_color, to_hex
from matplotlib.patches import Circle

from autograd import Value
from nn import MLP, Layer, Module, Neuron, plots
from nn.plots.style import BLUE, ORANGE


def circles(ax: Axes) -> list[Circle]:
    return [patch for patch in ax.patches if isinstance(patch, Circle)]


def lines(ax: Axes) -> list[Any]:
    """The ends of every line, from left to right."""
    found = [c for c in ax.collections if isinstance(c, LineCollection)]
    return [segment for collection in found for segment in collection.get_segments()]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(
    ("model", "neurons", "weights"),
    [
        (Neuron(3), 3 + 1, 3),
        (Layer(3, 2), 3 + 2, 6),
        (MLP(2, [4, 3, 1]), 2 + 4 + 3 + 1, 8 + 12 + 3),
        (MLP(12, [12]), 24, 144),
        # 11 of each big layer are drawn, and a ⋮ in the twelfth place
        (MLP(64, [32, 10]), 11 + 11 + 10, 11 * 11 + 11 * 10),
    ],
)
def test_a_circle_for_each_neuron_and_a_line_for_each_weight(
    model: Any, neurons: int, weights: int, ax: Axes
) -> None:
    plots.network(model, ax=ax)
    assert len(circles(ax)) == neurons
    assert len(lines(ax)) == weights


def test_a_line_has_the_width_colour_and_dash_of_its_weight(ax: Axes) -> None:
    neuron = Neuron(3)
    for weight, number in zip(neuron.w, (-2.0, 1.0, 2.0), strict=True):
        weight.data = number
    plots.network(neuron, ax=ax)
    (collection,) = (c for c in ax.collections if isinstance(c, LineCollection))
    heights = [segment[0][1] for segment in collection.get_segments()]
    top, middle, bottom = (heights.index(height) for height in (1, 0, -1))  # x[0], x[1], x[2]
    colours, widths = collection.get_colors(), collection.get_linewidths()
    assert same_color(colours[top], BLUE)
    assert same_color(colours[bottom], ORANGE)
    assert not same_color(colours[middle], ORANGE)
    assert widths[top] == widths[bottom] > widths[middle] > 0
    dashes = [dash for _, dash in collection.get_linestyle()]
    assert dashes[top]
    assert not dashes[middle]
    assert not dashes[bottom]


def test_a_circle_has_the_colour_and_dash_of_its_bias(ax: Axes) -> None:
    layer = Layer(1, 3)
    for neuron, bias in zip(layer.neurons, (-50.0, 0.0, 50.0), strict=True):
        neuron.b.data = bias
    plots.network(layer, ax=ax)
    _, negative, zero, positive = circles(ax)
    assert same_color(negative.get_facecolor(), BLUE)
    assert same_color(positive.get_facecolor(), ORANGE)
    assert to_hex(zero.get_facecolor()) not in (BLUE, ORANGE)
    assert negative.get_linestyle() != positive.get_linestyle() == zero.get_linestyle()


def test_inputs_are_at_the_left_and_columns_say_what_they_are(ax: Axes) -> None:
    plots.network(MLP(2, [16, 1], output_activation="tanh"), ax=ax)
    columns = sorted({circle.center[0] for circle in circles(ax)})
    assert [sum(c.center[0] == x for c in circles(ax)) for x in columns] == [2, 11, 1]
    assert {"2 inputs", "16 neurons\n(11 drawn)\nrelu", "1 output\ntanh", "⋮"} <= set(texts(ax))
    assert {"x[0]", "x[1]", "y"} <= set(texts(ax))


def test_first_and_last_neurons_of_a_big_layer_are_named(ax: Axes) -> None:
    plots.network(Neuron(100), max_neurons=4, ax=ax)
    assert [text for text in texts(ax) if text.startswith("x")] == ["x[0]", "x[1]", "x[99]"]


def test_all_neurons_are_drawn_if_asked(ax: Axes) -> None:
    plots.network(MLP(2, [16, 16, 1]), max_neurons=16, ax=ax)
    assert len(circles(ax)) == 35
    assert "⋮" not in texts(ax)


def test_gradients_are_shown_instead(ax: Axes) -> None:
    neuron = Neuron(2, activation=None)
    neuron([3.0, -3.0]).backward()  # dy/dw is x
    plots.network(neuron, show="grad", ax=ax)
    (collection,) = (c for c in ax.collections if isinstance(c, LineCollection))
    colours = {
        segment[0][1]: colour
        for segment, colour in zip(collection.get_segments(), collection.get_colors(), strict=True)
    }
    assert same_color(colours[0.5], ORANGE)
    assert same_color(colours[-0.5], BLUE)
    assert ax.get_title() == "Gradients"


def test_inputs_and_outputs_have_the_names_given_as_text(ax: Axes) -> None:
    names = ["price in $ per $", "\\frac{}"]
    plots.network(Layer(2, 1), input_names=names, output_names=["buy"], ax=ax)
    assert {*names, "buy"} <= set(texts(ax))
    ax.figure.canvas.draw()  # a dollar begins no formula


def test_weights_of_zero_are_drawn(ax: Axes) -> None:
    neuron = Neuron(1)
    neuron.w[0].data = 0.0
    plots.network(neuron, ax=ax)
    ax.figure.canvas.draw()
    assert len(lines(ax)) == 1


class Doubled(Module):
    def __init__(self) -> None:
        self.w = Value(2.0)


def with_weight(number: float) -> MLP:
    model = MLP(2, [2, 1])
    model.layers[1].neurons[0].w[1].data = number
    return model


@pytest.mark.parametrize(
    ("model", "options", "error", "message"),
    [
        (Doubled(), {}, TypeError, r"network draws an MLP, a Layer or a Neuron, not Doubled\(\)"),
        ([1], {}, TypeError, r"network draws .*, not \[1\]; draw_dot"),
        (Neuron(2), {"show": "heat"}, ValueError, "show is 'weight' or 'grad', not 'heat'"),
        (Neuron(2), {"show": "grad"}, ValueError, r"w\.0 has no gradient; call loss\.backward"),
        (Neuron(2), {"max_neurons": 2}, ValueError, "max_neurons is a whole number from 3, not 2"),
        (Neuron(2), {"input_names": "ab"}, TypeError, "input_names is a list of texts, not 'ab'"),
        (Neuron(2), {"input_names": [1, 2]}, TypeError, "input_names is a list of texts"),
        (Neuron(2), {"input_names": ["a"]}, ValueError, r"takes 2 for Neuron\(2, .*, not 1"),
        (Neuron(2), {"output_names": []}, ValueError, r"output_names takes 1 for Neuron"),
        (with_weight(math.nan), {}, ValueError, r"network: layers\.1\.neurons\.0\.w\.1 is nan"),
        (with_weight(math.inf), {}, ValueError, r"w\.1 is inf, which cannot be drawn"),
    ],
)
def test_what_cannot_be_drawn_as_a_network_is_named(
    model: Any, options: dict[str, Any], error: type[Exception], message: str, ax: Axes
) -> None:
    with pytest.raises(error, match=message):
        plots.network(model, ax=ax, **options)
    assert not ax.patches
    assert pyplot.get_fignums() == []
