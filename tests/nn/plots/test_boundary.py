"""decision_boundary: where the class changes, and the points."""

from __future__ import annotations

import math
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from autograd import Value
from nn import MLP, plots
from nn.plots.style import ORANGE

POINTS = [[0.0, 1.0], [2.0, 1.0], [1.0, -1.0]]


def scatters(ax: Axes) -> list[PathCollection]:
    return [c for c in ax.collections if isinstance(c, PathCollection)]


def boundary(ax: Axes) -> list[Any]:
    """The corners of every boundary."""
    contours = [c for c in ax.collections if type(c).__name__ == "QuadContourSet" and not c.filled]
    return [corner for c in contours for path in c.get_paths() for corner in path.vertices]


@pytest.mark.parametrize(
    ("model", "threshold"),
    [
        (lambda x: x[0] - 0.75, 0.0),
        (lambda x: Value(x[0]) - 0.75, 0.0),
        (lambda x: [x[0] - 0.75], 0.0),
        (lambda x: x[0] - 0.25, 0.5),
        (lambda x: [0.0, Value(x[0]) - 0.75], 0.0),
    ],
)
def test_the_boundary_is_where_the_class_changes(model: Any, threshold: float, ax: Axes) -> None:
    plots.decision_boundary(model, POINTS, [0, 1, 1], threshold=threshold, ax=ax)
    corners = boundary(ax)
    assert corners
    assert all(x == pytest.approx(0.75) for x, _ in corners)


def test_of_several_classes_the_highest_score_wins(ax: Axes) -> None:
    # 0 at the left of x = -1, 2 at the right of x = 1, and 1 between
    plots.decision_boundary(
        lambda x: [-x[0] - 1, 0.0, x[0] - 1], [[-2, 0], [0, 1], [2, 2]], [0, 1, 2], ax=ax
    )
    assert {round(x, 6) for x, _ in boundary(ax)} == {-1.0, 1.0}
    regions = [c for c in ax.collections if getattr(c, "filled", False)]
    assert len({to_hex(region.get_facecolor()[0]) for region in regions}) == 3


def test_classes_differ_in_colour_and_marker(ax: Axes) -> None:
    plots.decision_boundary(lambda x: [0.0, x[0], x[1]], POINTS, [0, 1, 2], resolution=5, ax=ax)
    drawn = scatters(ax)
    assert [c.get_offsets().tolist() for c in drawn] == [[point] for point in POINTS]
    assert len({to_hex(c.get_facecolor()[0]) for c in drawn}) == 3
    assert len({c.get_paths()[0].vertices.shape for c in drawn}) == 3
    legend = ax.get_legend()
    assert legend
    assert [text.get_text() for text in legend.get_texts()] == ["class 0", "class 1", "class 2"]


def test_validation_points_are_hollow(ax: Axes) -> None:
    plots.decision_boundary(
        lambda x: x[0], POINTS, [-1, 1, 1], validation_data=([[9.0, 9.0]], [1]), ax=ax
    )
    *_, positive, hollow = scatters(ax)
    assert to_hex(positive.get_facecolor()[0]) == ORANGE
    assert to_hex(hollow.get_facecolor()[0]) == "#ffffff"
    assert to_hex(hollow.get_edgecolor()[0]) == ORANGE
    legend = ax.get_legend()
    assert legend
    assert [text.get_text() for text in legend.get_texts()] == [
        "class -1, training",
        "class +1, training",
        "class +1, validation",
    ]
    assert ax.get_xlim()[1] > 9


def test_points_without_classes_have_one_look(ax: Axes) -> None:
    plots.decision_boundary(MLP(2, [2, 1]), POINTS, ax=ax, resolution=5)
    (points,) = scatters(ax)
    assert points.get_offsets().tolist() == POINTS
    assert ax.get_legend() is None


def test_a_model_of_one_opinion_has_no_boundary(ax: Axes) -> None:
    for model in (lambda x: 1.0, lambda x: 0.0, lambda x: [0.0, 1.0], lambda x: [1.0, 1.0]):
        plots.decision_boundary(model, POINTS, [0, 1, 1], resolution=3, ax=ax)
    assert boundary(ax) == []


def test_arrays_are_points_too_and_one_point_has_room(ax: Axes) -> None:
    numpy = pytest.importorskip("numpy")
    X, y = numpy.array([[3.0, 4.0]]), numpy.array([True])  # noqa: N806
    plots.decision_boundary(MLP(2, [1]), X, y, resolution=3, ax=ax)
    assert ax.get_xlim() == (2.0, 4.0)


def test_the_model_is_asked_without_recording() -> None:
    asked: list[Value] = []
    weight = Value(1.0)

    def model(x: list[float]) -> Value:
        asked.append(weight * x[0])
        return asked[-1]

    plots.decision_boundary(model, POINTS, resolution=2)
    assert asked
    assert not any(score.operands for score in asked)


class Estimator:
    def predict_proba(self, rows: Any) -> Any:
        return rows


@pytest.mark.parametrize(
    ("model", "X", "y", "options", "error", "message"),
    [
        (Estimator(), POINTS, None, {}, TypeError, "Estimator cannot be called.*predict_proba"),
        (min, [], None, {}, TypeError, r"X is a list of points, \[\[x0, x1\], …\], not \[\]"),
        (min, 3, None, {}, TypeError, "X is a list of points"),
        (min, [[1, 2], [1, 2, 3]], None, {}, ValueError, r"two inputs: X\[1\] should be two"),
        (min, [[1, "b"]], None, {}, TypeError, r"X\[0\]: .*'b'|X\[0\]: .*str"),
        (min, [[1, math.nan]], None, {}, ValueError, r"X\[0\] is \[1.0, nan\]"),
        (min, POINTS, [0, 1], {}, ValueError, "y takes one class a point, 3 in all, not 2"),
        (min, POINTS, 1, {}, ValueError, "y takes one class a point, 3 in all, not 1"),
        (min, POINTS, [1, 2, 3], {}, ValueError, "y is -1 and 1, or 0 and 1, .*not .1.0, 2.0, 3"),
        (min, POINTS, [-1, 0, 1], {}, ValueError, "y is -1 and 1, or 0 and 1"),
        (list, POINTS, [0, 1, 2], {}, ValueError, r"y\[2\] is a class from 0 to 1, .*not 2"),
        (min, POINTS, None, {"resolution": 1}, ValueError, "resolution is .* from 2 to 1000, not"),
        (min, POINTS, None, {"resolution": 9.5}, ValueError, "resolution is .*, not 9.5"),
        (min, POINTS, None, {"validation_data": 3}, TypeError, r"is a pair, \(X, y\)"),
        (
            min,
            POINTS,
            [0, 1, 1],
            {"validation_data": ([[0, 0]], [2])},
            ValueError,
            r"validation_data\[1\] is -1 and 1, or 0 and 1",
        ),
        (
            min,
            POINTS,
            [-1, 1, 1],
            {"validation_data": ([[0, 0]], [0])},
            ValueError,
            "one has -1 and 1, the other 0 and 1",
        ),
        (lambda x: "a", POINTS, None, {}, TypeError, r"model\(\[0.0, 1.0\]\): "),
        (lambda x: [], POINTS, None, {}, ValueError, "gives an empty list; expected finite"),
        (lambda x: math.nan, POINTS, None, {}, ValueError, r"gives \[nan\]; expected finite"),
        (MLP(3, [1]), POINTS, None, {}, ValueError, "takes a sequence of 3 numbers, not 2"),
    ],
)
def test_what_has_no_boundary_is_named(
    model: Any,
    X: Any,  # noqa: N803
    y: Any,
    options: dict[str, Any],
    error: type[Exception],
    message: str,
    ax: Axes,
) -> None:
    with pytest.raises(error, match=message):
        plots.decision_boundary(model, X, y, ax=ax, **options)
    assert not ax.collections
