"""Which class a model gives to every point of the plane."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from nn.plots.style import COLOURS, INK, MARKERS, as_number, axes_for, label_axes, legend_below
from nn.predictions import Predictor
from nn.rows import is_row

SIDES = LinearSegmentedColormap.from_list("sides", ["#8fc4e4", "#ffffff", "#fdae6b"])


def decision_boundary(
    model: Callable[[list[float]], Any],
    X: Any,  # noqa: N803
    y: Any = None,
    *,
    ax: Axes | None = None,
    validation_data: tuple[Any, Any] | None = None,
    threshold: float = 0.0,
    resolution: int = 60,
) -> Axes:
    """Which class a model of two inputs gives to every point of the plane, and the points.

    model           : called with [x0, x1]; gives a score (a Value or a number), or a list of
                      scores, one a class, of which the highest wins.
    X               : the points, rows of two numbers.
    y               : their classes: -1 and 1 or 0 and 1 for one score, 0, 1, 2, … for a list.
    validation_data : another X and y, drawn hollow.
    threshold       : where one score changes class; 0.5 if it is a probability.
    resolution      : the number of points along each side at which the model is called.

    For a single score, the colour grows stronger with the distance from the threshold, up to the
    largest at any of the points. Raises TypeError or ValueError, naming the argument, for one that
    cannot be drawn.

    >>> from nn import plots
    >>> ax = plots.decision_boundary(lambda x: x[0] - x[1], [[0, 1], [2, 1]], [-1, 1])
    >>> ax.get_title()
    'Decision boundary'
    """
    if not callable(model):
        raise TypeError(
            "decision_boundary calls model([x0, x1]); "
            f"{type(model).__name__} cannot be called. For an estimator of scikit-learn, pass "
            "lambda row: estimator.predict_proba([row])[0]"
        )
    if not isinstance(resolution, Integral) or not 2 <= resolution <= 1000:
        raise ValueError(
            f"decision_boundary: resolution is a whole number from 2 to 1000, not {resolution!r}"
        )
    groups = [("training", _points("X", X), y)]
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
            raise TypeError("decision_boundary: validation_data is a pair, (X, y)")
        rows, classes = validation_data
        groups.append(("validation", _points("validation_data[0]", rows), classes))
    points = [point for _, rows, _ in groups for point in rows]
    sides = [_span([point[k] for point in points], resolution) for k in (0, 1)]
    here = _scores(model, points)
    count = len(here[0])
    labelled = [
        (kind, rows, None if labels is None else _classes(kind, labels, len(rows), count))
        for kind, rows, labels in groups
    ]
    if count == 1 and {-1, 0} <= {x for _, _, classes in labelled for x in classes or ()}:
        raise ValueError(
            "decision_boundary: of y and validation_data[1], one has -1 and 1, the other 0 and 1"
        )
    everywhere = _scores(model, [[x0, x1] for x1 in sides[1] for x0 in sides[0]])
    grid = [everywhere[k : k + resolution] for k in range(0, len(everywhere), resolution)]
    ax = axes_for("decision_boundary", ax, (7.5, 7))
    if count == 1:
        farthest = max(abs(score[0] - threshold) for score in here)
        _shade_sides(ax, sides, [[score[0] - threshold for score in row] for row in grid], farthest)
    else:
        for k in range(count):
            margins = [[_margin(scores, k) for scores in row] for row in grid]
            _fill_region(ax, sides, margins, COLOURS[k % len(COLOURS)])
    _draw_points(ax, labelled)
    label_axes(ax, "Decision boundary", "x[0]", "x[1]")
    return ax


def _points(what: str, rows: Any) -> list[list[float]]:
    """Rows of two numbers, each of them checked."""
    if hasattr(rows, "to_numpy"):  # a DataFrame
        rows = rows.to_numpy()
    if not is_row(rows) or len(rows) == 0:
        raise TypeError(
            f"decision_boundary: {what} is a list of points, [[x0, x1], …], not {rows!r:.60}"
        )
    points = []
    for position, row in enumerate(rows):
        if not is_row(row) or len(row) != 2:
            raise ValueError(
                "decision_boundary draws models of two inputs: "
                f"{what}[{position}] should be two numbers, not {row!r:.60}"
            )
        point = [as_number(f"decision_boundary: {what}[{position}]", x) for x in row]
        if not all(map(math.isfinite, point)):
            raise ValueError(f"decision_boundary: {what}[{position}] is {point}, not on the plane")
        points.append(point)
    return points


def _span(numbers: list[float], count: int) -> list[float]:
    """Evenly spaced numbers, from a little below the lowest to a little above the highest."""
    low, high = min(numbers), max(numbers)
    room = 0.12 * (high - low) or 1.0
    low, high = low - room, high + room
    return [low + (high - low) * k / (count - 1) for k in range(count)]


def _scores(model: Callable[[list[float]], Any], points: list[list[float]]) -> list[list[float]]:
    """For each point the model's score, or its scores."""
    results = Predictor()(model, [list(point) for point in points])
    return [_checked(result, point) for result, point in zip(results, points, strict=True)]


def _checked(result: Any, point: list[float]) -> list[float]:
    """The scores that the model gave for a point."""
    what = f"decision_boundary: model({point})"
    scores = [as_number(what, x) for x in (result if is_row(result) else [result])]
    if not scores or not all(map(math.isfinite, scores)):
        raise ValueError(f"{what} gives {scores or 'an empty list'}; expected finite scores")
    return scores


def _classes(kind: str, labels: Any, rows: int, count: int) -> list[int]:
    """The class of each point, checked."""
    what = "decision_boundary: y" if kind == "training" else "decision_boundary: validation_data[1]"
    if not is_row(labels) or len(labels) != rows:
        given = len(labels) if is_row(labels) else repr(labels)[:60]
        raise ValueError(f"{what} takes one class a point, {rows} in all, not {given}")
    numbers = [as_number(f"{what}[{k}]", label) for k, label in enumerate(labels)]
    if count == 1:
        if not (set(numbers) <= {-1, 1} or set(numbers) <= {0, 1}):
            raise ValueError(
                f"{what} is -1 and 1, or 0 and 1, for a model that gives one score, "
                f"not {sorted(set(numbers))!s:.60}"
            )
        return [int(x) for x in numbers]
    for position, number in enumerate(numbers):
        if number not in range(count):
            raise ValueError(
                f"{what}[{position}] is a class from 0 to {count - 1}, as the model gives {count} "
                f"scores, not {labels[position]!r:.60}"
            )
    return [int(x) for x in numbers]


def _margin(scores: list[float], k: int) -> float:
    """How far the score of class k is above the best of the others."""
    return scores[k] - max(scores[:k] + scores[k + 1 :])


def _shade_sides(ax: Axes, sides: Any, margins: list[list[float]], farthest: float) -> None:
    """Draw two colours, white where the margin is 0, and the boundary there."""
    levels = [(farthest or 1.0) * k / 8 for k in range(-8, 9)]
    ax.contourf(*sides, margins, levels=levels, cmap=SIDES, extend="both")
    _draw_boundary(ax, sides, margins)


def _fill_region(ax: Axes, sides: Any, margins: list[list[float]], colour: str) -> None:
    """Draw a pale shade of the colour where the margin is above 0, and the boundary around it."""
    highest = max(map(max, margins))
    if highest > 0:
        pale = [0.65 + 0.35 * x for x in to_rgb(colour)]
        ax.contourf(*sides, margins, levels=[0, 2 * highest], colors=[pale])
    _draw_boundary(ax, sides, margins)


def _draw_boundary(ax: Axes, sides: Any, margins: list[list[float]]) -> None:
    """Draw a line where the margin is 0, if it is anywhere."""
    if min(map(min, margins)) < 0 < max(map(max, margins)):
        ax.contour(*sides, margins, levels=[0], colors=INK, linewidths=2)


def _draw_points(ax: Axes, groups: list[tuple[str, list[list[float]], list[int] | None]]) -> None:
    """Draw the points, each class with its colour and marker, and a legend below."""
    signed = any(-1 in (classes or ()) for _, _, classes in groups)
    entries = 0
    for kind, rows, classes in groups:
        for label in [None] if classes is None else sorted(set(classes)):
            chosen = [row for k, row in enumerate(rows) if classes is None or classes[k] == label]
            look = max(0, label or 0)  # -1 and 1 look like 0 and 1
            colour = INK if label is None else COLOURS[look % len(COLOURS)]
            name = "points" if label is None else f"class {label:{'+' * signed}}"
            ax.scatter(
                [x0 for x0, _ in chosen],
                [x1 for _, x1 in chosen],
                s=55,
                marker=MARKERS[look % len(MARKERS)],
                facecolors="white" if kind == "validation" else colour,
                edgecolors=colour,
                linewidths=1.6,
                label=f"{name}, {kind}" if len(groups) > 1 else name,
            )
            entries += 1
    if entries > 1:
        legend_below(ax, 50, ncols=2 if len(groups) > 1 else min(4, entries))
