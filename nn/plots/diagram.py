"""A network as columns of neurons, with a line for every weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from autograd import Value
from nn.layers import MLP, Layer, Neuron
from nn.layers.activations import written
from nn.module import Module
from nn.plots.style import BLUE, INK, LABEL, ORANGE, SMALL, TITLE, axes_for, legend_below
from nn.rows import is_row

Show = Literal["weight", "grad"]

SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "#e4e4e4", ORANGE])
NEGATIVE = (0, (3, 1.5))  # dashes
RADIUS = 0.33  # of a neuron, where the next is 1 below


def network(
    model: MLP | Layer | Neuron,
    *,
    ax: Axes | None = None,
    show: Show = "weight",
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    max_neurons: int = 12,
) -> Axes:
    """The neurons in columns, with the inputs on the left, and a line for every weight.

    A line's colour and width are its weight; a circle's colour is its neuron's bias. Dashed is
    negative.

    show         : "weight", or "grad" for the gradients that backward() left.
    input_names  : a name for each input; x[0], x[1], … if left out.
    output_names : a name for each output; y, or y[0], y[1], … if left out.
    max_neurons  : the number of places in a column, 3 or more; of a layer with more neurons only
                   the first and the last are drawn.

    Raises TypeError if model is not an MLP, Layer or Neuron, and ValueError if one of its numbers
    is nan or infinite, or there is no gradient to show.

    >>> from nn import MLP, plots
    >>> ax = plots.network(MLP(2, [4, 1]), input_names=["height", "width"])
    >>> ax.get_title()
    'Weights'
    """
    layers = _neurons(model)
    if show not in ("weight", "grad"):
        raise ValueError(f"network: show is 'weight' or 'grad', not {show!r:.60}")
    if not isinstance(max_neurons, Integral) or max_neurons < 3:
        raise ValueError(f"network: max_neurons is a whole number from 3, not {max_neurons!r:.60}")
    widths = [layers[0][0].nin, *map(len, layers)]
    inputs = _names("input_names", input_names, widths[0], "x", model)
    outputs = _names("output_names", output_names, widths[-1], "y", model)
    numbers = _numbers(model, layers, show)
    tallest = min(max(widths), max_neurons)
    spacing = max(2.6, 1.5 * tallest / len(layers))
    columns = [_Column.of(k * spacing, width, max_neurons) for k, width in enumerate(widths)]
    inch = min(1.0, 5.5 / tallest, 13 / columns[-1].x)
    size = (inch * (columns[-1].x + 2) + 2.5, max(4.0, inch * tallest + 2))
    ax = axes_for("network", ax, size)
    limit = max(map(abs, numbers.values())) or 1.0
    widest = 5.0 if tallest <= 6 else 3.0
    for (left, right), neurons in zip(pairwise(columns), layers, strict=True):
        _draw_weights(ax, left, right, neurons, numbers, limit, widest)
    for column, layer in zip(columns, [None, *layers], strict=True):
        _draw_circles(ax, column, layer, numbers, limit)
    _name_circles(ax, columns[0], inputs, -1)
    _name_circles(ax, columns[-1], outputs, 1)
    lines = _describe_columns(ax, columns, layers)
    ax.margins(0.02)
    # circles stay round and the axes keep their size, so that no text is cut off
    ax.set_aspect("equal", adjustable="datalim")
    ax.axis("off")
    ax.set_title("Weights" if show == "weight" else "Gradients", fontsize=TITLE)
    _explain_colours(ax, limit, show, lines)
    return ax


@dataclass
class _Column:
    """Where the neurons of one layer stand.

    places : the height of each neuron that is drawn, by its number.
    gap    : the height of the gap for neurons that are not drawn, if there are any.
    """

    x: float
    count: int
    places: dict[int, float]
    gap: float | None = None

    @classmethod
    def of(cls, x: float, count: int, most: int) -> _Column:
        if count <= most:
            return cls(x, count, {k: (count - 1) / 2 - k for k in range(count)})
        heights = [(most - 1) / 2 - k for k in range(most)]
        first = most // 2
        last = most - first - 1
        drawn = [*range(first), *range(count - last, count)]
        gap = heights.pop(first)
        return cls(x, count, dict(zip(drawn, heights, strict=True)), gap)


def _draw_weights(
    ax: Axes,
    left: _Column,
    right: _Column,
    neurons: list[Neuron],
    numbers: dict[Value, float],
    limit: float,
    widest: float,
) -> None:
    """Draw the lines into one layer, the strongest on top."""
    lines = sorted(
        (
            (numbers[neurons[k].w[j]], [(left.x, start), (right.x, end)])
            for j, start in left.places.items()
            for k, end in right.places.items()
        ),
        key=lambda line: abs(line[0]),
    )
    weights = [weight for weight, _ in lines]
    ax.add_collection(
        LineCollection(
            [line for _, line in lines],
            colors=[_colour(weight, limit) for weight in weights],
            linewidths=[0.7 + (widest - 0.7) * abs(weight) / limit for weight in weights],
            linestyles=[NEGATIVE if weight < 0 else "-" for weight in weights],
            zorder=1,
        )
    )


def _draw_circles(
    ax: Axes,
    column: _Column,
    neurons: list[Neuron] | None,
    numbers: dict[Value, float],
    limit: float,
) -> None:
    """Draw the neurons of one layer, filled by their biases, or the inputs."""
    for index, height in column.places.items():
        bias = 0.0 if neurons is None else numbers[neurons[index].b]
        ax.add_patch(
            Circle(
                (column.x, height),
                RADIUS,
                facecolor="white" if neurons is None else _colour(bias, limit),
                edgecolor=INK,
                linewidth=1.5,
                linestyle=NEGATIVE if bias < 0 else "-",
                zorder=2,
            )
        )
    if column.gap is not None:
        ax.text(column.x, column.gap, "⋮", ha="center", va="center", size=24)


def _colour(number: float, limit: float) -> tuple[float, float, float, float]:
    """Blue at -limit, orange at limit."""
    return SIGNED(0.5 + number / limit / 2)


def _name_circles(ax: Axes, column: _Column, names: list[str], side: int) -> None:
    """Write names beside a column: on the left if side is -1, on the right if it is 1."""
    for index, height in column.places.items():
        ax.annotate(
            names[index],
            (column.x + side * RADIUS, height),
            xytext=(7 * side, 0),
            textcoords="offset points",
            ha="right" if side < 0 else "left",
            va="center",
            size=LABEL,
            parse_math=False,
        )


def _describe_columns(ax: Axes, columns: list[_Column], layers: list[list[Neuron]]) -> int:
    """Write what each column is below it; gives the number of lines that this needs."""
    most = 0
    for column, neurons in zip(columns, [None, *layers], strict=True):
        what = "input" if neurons is None else "output" if neurons is layers[-1] else "neuron"
        lines = [f"{column.count} {what}{'' if column.count == 1 else 's'}"]
        if column.gap is not None:
            lines.append(f"({len(column.places)} drawn)")
        if neurons is not None:
            activation = neurons[0].activation
            lines.append("linear" if activation is None else written(activation).strip("'"))
        text = "\n".join(lines)
        ax.text(
            column.x,
            -0.01,
            text,
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="top",
            size=LABEL,
            parse_math=False,
        )
        most = max(most, len(lines))
    return most


def _explain_colours(ax: Axes, limit: float, show: Show, lines: int) -> None:
    """Add a colour scale on the right, and the two signs below the text under the columns."""
    colours = ScalarMappable(Normalize(-limit, limit), SIGNED)
    bar = ax.figure.colorbar(colours, ax=ax, shrink=0.85, pad=0.03)
    bar.set_label(f"{'gradient of ' * (show == 'grad')}weight; in a circle, bias", fontsize=LABEL)
    bar.ax.tick_params(labelsize=SMALL)
    signs = [
        Line2D([], [], color=ORANGE, linewidth=3, label="positive"),
        Line2D([], [], color=BLUE, linewidth=3, linestyle=NEGATIVE, label="negative"),
    ]
    height = 8 + 1.35 * LABEL * lines
    legend_below(ax, height, handles=signs, ncols=2, frameon=False, handlelength=3)


def _neurons(model: object) -> list[list[Neuron]]:
    """The neurons of a model, layer by layer."""
    if isinstance(model, Neuron):
        return [[model]]
    if isinstance(model, Layer):
        return [model.neurons]
    if isinstance(model, MLP) and all(isinstance(layer, Layer) for layer in model.layers):
        return [layer.neurons for layer in model.layers]
    raise TypeError(
        f"network draws an MLP, a Layer or a Neuron, not {model!r:.60}; "
        "draw_dot(model(x)) draws the graph of any model"
    )


def _numbers(model: Module, layers: list[list[Neuron]], show: Show) -> dict[Value, float]:
    """The number to show for every weight and bias."""
    parameters = [p for neurons in layers for neuron in neurons for p in (*neuron.w, neuron.b)]
    numbers = {p: p.data if show == "weight" else p.grad for p in parameters}
    for parameter, number in numbers.items():
        missing = show == "grad" and parameter.requires_grad and not parameter.has_grad
        if missing or not math.isfinite(number):
            names = {p: name for name, p in model.named_parameters()}
            name = names.get(parameter, "a weight")
            if missing:
                raise ValueError(f"network: {name} has no gradient; call loss.backward() first")
            what = "" if show == "weight" else "the gradient of "
            raise ValueError(f"network: {what}{name} is {number}, which cannot be drawn")
    return numbers


def _names(
    argument: str, given: Sequence[str] | None, count: int, letter: str, model: Module
) -> list[str]:
    """A name for each input or output."""
    if given is None:
        return (
            [letter] if letter == "y" and count == 1 else [f"{letter}[{k}]" for k in range(count)]
        )
    if not is_row(given) or not all(isinstance(name, str) for name in given):
        raise TypeError(f"network: {argument} is a list of texts, not {given!r:.60}")
    if len(given) != count:
        raise ValueError(f"network: {argument} takes {count} for {model}, not {len(given)}")
    return list(given)
