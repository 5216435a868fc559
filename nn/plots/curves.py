"""Losses, and other numbers of a training run, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nn.plots.style import COLOURS, DASHES, MARKERS, add_legend, as_number, axes_for, label_axes
from nn.rows import is_row


def loss_curve(history: Any, *, ax: Axes | None = None, log: bool = False) -> Axes:
    """The loss, and any other series, epoch by epoch.

    history : the `History` of a run, whose losses are drawn; or a list of losses; or a dict of
              lists by name, such as {"loss": [0.9, 0.5], "val_loss": [1.0, 0.7]}. A list called
              "epoch" gives the axis; without one the first number is that of epoch 1.
    log     : whether the axis of losses is logarithmic.

    A number that is nan or infinite, or on a logarithmic axis not above 0, is a gap in its line,
    and the legend counts these. None is skipped, for series without a number every epoch. Raises
    TypeError or ValueError if there is nothing to draw.

    >>> from nn import plots
    >>> ax = plots.loss_curve({"loss": [0.9, 0.5, 0.3], "val_loss": [1.0, 0.7, 0.6]})
    >>> [line.get_label() for line in ax.get_lines()]
    ['loss', 'val_loss']
    """
    plain = is_row(history)
    columns = {"loss": history} if plain else _columns(history)
    series = {str(name): _series(str(name), column) for name, column in columns.items()}
    epochs = _epochs(series.pop("epoch", None))
    if not series:
        raise ValueError("loss_curve needs a list of numbers besides 'epoch'; the history has none")
    for name, numbers in series.items():
        if epochs is not None and len(numbers) != len(epochs):
            raise ValueError(
                f"loss_curve: {name!r} has {len(numbers)} numbers and 'epoch' {len(epochs)}"
            )
    ax = axes_for("loss_curve", ax, (7.5, 5.5))
    notes = [
        _draw_series(ax, position, name, epochs or range(1, len(numbers) + 1), numbers, log)
        for position, (name, numbers) in enumerate(series.items())
    ]
    if log:
        ax.set_yscale("log")
    label_axes(ax, "Training", "step" if plain else "epoch", "loss")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(alpha=0.3)
    if not plain or any(notes):
        add_legend(ax)
    return ax


def _draw_series(
    ax: Axes,
    position: int,
    name: str,
    epochs: Sequence[float],
    numbers: list[float | None],
    log: bool,
) -> str:
    """Draw one line, and give what the legend says of its gaps."""
    noted = [(k, x) for k, x in zip(epochs, numbers, strict=True) if x is not None]
    wild = sum(not math.isfinite(x) for _, x in noted)
    low = sum(math.isfinite(x) and x <= 0 for _, x in noted) if log else 0
    counts = ((wild, "not finite"), (low, "not above 0"))
    note = ", ".join(f"{count} of {len(noted)} {words}" for count, words in counts if count)
    lowest = 0.0 if log else -math.inf
    ax.plot(
        [k for k, _ in noted],
        [x if lowest < x < math.inf else math.nan for _, x in noted],
        color=COLOURS[position % len(COLOURS)],
        linestyle=DASHES[position % len(DASHES)],
        # a number between two gaps has no line: only its marker shows it
        marker=MARKERS[position % len(MARKERS)] if note or len(noted) <= 60 else None,
        linewidth=2.5,
        label=f"{name} ({note})" if note else name,
    )
    return note


def _columns(history: Any) -> Mapping[Any, Any]:
    """The series to draw, by their names."""
    if not isinstance(history, Mapping):
        raise TypeError(
            "loss_curve takes a list of losses, or a dict of lists by name, such as "
            f"{{'loss': [0.9, 0.5]}}, not {history!r:.60}"
        )
    losses: Mapping[Any, Any] = getattr(history, "losses", history)  # a History has other columns
    return losses


def _epochs(numbers: list[float | None] | None) -> list[float] | None:
    """The axis that the history gives, if it does."""
    if numbers is None:
        return None
    for position, number in enumerate(numbers):
        if number is None or not math.isfinite(number):
            raise ValueError(f"loss_curve: 'epoch'[{position}] is {number}; expected a number")
    return [number for number in numbers if number is not None]


def _series(name: str, column: Any) -> list[float | None]:
    """The numbers of a series; None where none was noted."""
    if not is_row(column):
        raise TypeError(f"loss_curve: {name!r} is a list of numbers, not {column!r:.60}")
    if len(column) == 0:
        raise ValueError(f"loss_curve: {name!r} is empty; it needs at least one number")
    return [
        None if x is None else as_number(f"loss_curve: {name!r}[{k}]", x)
        for k, x in enumerate(column)
    ]
