"""How large the gradients of each layer are."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy import histogram

from autograd import Value
from nn.layers import Neuron
from nn.module import Module
from nn.plots.style import BLUE, INK, ORANGE, SMALL, axes_for, label_axes


def gradient_histogram(model: Module, *, ax: Axes | None = None, bins: int = 40) -> Axes:
    """How large the gradients of each layer are, and how many are exactly 0.

    bins : the number of bars in a row.

    Each layer is a row, on a logarithmic axis. If the rows shift to the left from the last layer to
    the first, gradients vanish; a large share of zeros means dead relus. Call it after backward().
    Raises TypeError if model is not a Module, and ValueError if it has no gradients.

    >>> from nn import MLP, plots
    >>> model = MLP(2, [4, 1])
    >>> model([1.0, 2.0]).backward()
    >>> ax = plots.gradient_histogram(model)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['layers[0]', 'layers[1]']
    """
    if not isinstance(model, Module):
        raise TypeError(f"gradient_histogram takes a Module, such as an MLP, not {model!r:.60}")
    if not isinstance(bins, Integral) or bins < 1:
        raise ValueError(f"gradient_histogram: bins is a whole number from 1, not {bins!r:.60}")
    rows = {name: _Sizes.of(parameters) for name, parameters in _by_layer(model).items()}
    if not any(sizes.reached for sizes in rows.values()):
        raise ValueError(
            f"gradient_histogram: no parameter of {model!r:.60} has a gradient; "
            "call loss.backward() first"
        )
    every = [logarithm for sizes in rows.values() for logarithm in sizes.logarithms] or [0.0]
    low, high = math.floor(min(every)), math.floor(max(every)) + 1
    low = min(low, high - 2)
    width = (high - low) / 15  # of the column of zeros on the left
    zero = low - 1.5 * width
    edges = [low + (high - low) * k / bins for k in range(bins + 1)]
    ax = axes_for("gradient_histogram", ax, (10, 2.2 + 0.9 * len(rows)))
    for position, sizes in enumerate(rows.values()):
        heights = _heights(position, sizes.logarithms, edges)
        ax.stairs(heights, edges, baseline=-position, fill=True, color=BLUE)
        _draw_zeros(ax, zero, position, width, sizes)
    label_axes(ax, "Gradients by layer", "size of the gradient", "")
    _mark_axes(ax, rows, low, high, zero)
    return ax


@dataclass
class _Sizes:
    """The gradients of a layer.

    logarithms : log10 of the size of each that is neither 0, infinite nor nan.
    zeros      : how many are 0.
    wild       : how many are nan or infinite.
    unreached  : how many parameters no backward() has reached.
    """

    logarithms: list[float]
    zeros: int
    wild: int
    unreached: int

    @classmethod
    def of(cls, parameters: Iterable[Value]) -> _Sizes:
        listed = list(parameters)
        gradients = [abs(p.grad) for p in listed if p.has_grad]
        logarithms = [math.log10(size) for size in gradients if 0 < size < math.inf]
        zeros = gradients.count(0.0)
        wild = len(gradients) - len(logarithms) - zeros
        return cls(logarithms, zeros, wild, len(listed) - len(gradients))

    @property
    def reached(self) -> int:
        return len(self.logarithms) + self.zeros + self.wild

    def words(self) -> str:
        """What the bars cannot show, in words."""
        if not self.reached:
            return "no gradient"
        share = self.zeros / self.reached
        lines = ["< 1% zero" if 0 < share < 0.01 else f"{math.floor(100 * share)}% zero"]
        if self.wild:
            lines.append(f"{self.wild} nan or inf")
        if self.unreached:
            lines.append(f"{self.unreached} without")
        return "\n".join(lines)


def _heights(position: int, logarithms: list[float], edges: list[float]) -> list[float]:
    """How high each bar of a row reaches, the highest 0.8 above its line."""
    counts, _ = histogram(logarithms, edges)
    return [0.8 * count / max(1, *counts) - position for count in counts.tolist()]


def _draw_zeros(ax: Axes, middle: float, position: int, width: float, sizes: _Sizes) -> None:
    """Draw a column, which is full if all gradients of a layer are 0."""
    share = sizes.zeros / max(1, sizes.reached)
    corner = (middle - width / 2, -position)
    ax.add_patch(Rectangle(corner, width, 0.8, facecolor="none", edgecolor=INK, linewidth=1))
    ax.add_patch(Rectangle(corner, width, 0.8 * share, facecolor=ORANGE, edgecolor=INK, hatch="//"))


def _mark_axes(ax: Axes, rows: dict[str, _Sizes], low: int, high: int, zero: float) -> None:
    """Label the axes: powers of ten and 0 below, layers on the left, and words on the right."""
    powers = [k for k in MaxNLocator(8, integer=True).tick_values(low, high) if low <= k <= high]
    ax.set_xticks([zero, *powers], ["0", *(f"$10^{{{k:.0f}}}$" for k in powers)])
    ax.set_xlim(2 * zero - low, high)
    lines = [0.4 - position for position in range(len(rows))]
    ax.set_ylim(0.9 - len(rows), 1)
    ax.set_yticks(lines, list(rows))
    ax.tick_params(axis="y", length=0)
    for label in ax.get_yticklabels():
        label.set_parse_math(False)
    right = ax.secondary_yaxis("right")
    right.set_yticks(lines, [sizes.words() for sizes in rows.values()])
    right.tick_params(labelsize=SMALL, length=0)
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)


def _by_layer(model: Module) -> dict[str, list[Value]]:
    """The parameters by the outermost module that each is in, or else by their attribute.

    A neuron is not a layer: the neurons of a Layer stay together.
    """
    layers = [
        name for name, module in model.named_modules() if name and not isinstance(module, Neuron)
    ]
    rows: dict[str, list[Value]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        within = [layer for layer in layers if name.startswith(f"{layer}.")]
        row = min(within, key=len) if within else name.split(".")[0]
        rows[re.sub(r"\.(\d+)", r"[\1]", row)].append(parameter)
    return rows
