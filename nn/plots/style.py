"""What the pictures share: colours, sizes of text, axes and legends."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from autograd import Value

# Okabe and Ito's colours, which colour-blind readers can tell apart; classes and series take them
# in turn, each with its own marker and dash.
BLUE, ORANGE = "#0072b2", "#d55e00"
COLOURS = (BLUE, ORANGE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":")
INK = "#333333"
TITLE, LABEL, SMALL = 16, 13, 12  # points; legible from the back row


def axes_for(function: str, ax: Axes | None, size: tuple[float, float]) -> Axes:
    """The axes given, or those of a new pyplot figure; its size is in inches."""
    if ax is None:
        from matplotlib import pyplot

        return pyplot.subplots(figsize=size, layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise TypeError(
            f"{function}: ax is one matplotlib Axes, as from figure, ax = plt.subplots(), "
            f"not {type(ax).__name__}"
        )
    return ax


def label_axes(ax: Axes, title: str, x: str, y: str) -> None:
    """Set a title, names of the axes, and numbers beside them large enough to read."""
    ax.set_title(title, fontsize=TITLE)
    ax.set_xlabel(x, fontsize=LABEL)
    ax.set_ylabel(y, fontsize=LABEL)
    ax.tick_params(labelsize=SMALL)


def legend_below(ax: Axes, points: float, **options: Any) -> None:
    """Add a legend, so many points below the axes."""
    below = ax.transAxes + ScaledTranslation(0, -points / 72, ax.figure.dpi_scale_trans)
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": below}
    add_legend(ax, borderaxespad=0, **place, **options)


def add_legend(ax: Axes, **options: Any) -> None:
    """Add a legend whose names are plain text, in which a dollar is a dollar."""
    legend = ax.legend(fontsize=SMALL, **options)
    for text in legend.get_texts():
        text.set_parse_math(False)


def as_number(what: str, x: Any) -> float:
    """The number that x is, or that the Value x holds."""
    if isinstance(x, Value):
        return x.data
    try:
        return Value(x).data
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what}: {error}") from None
