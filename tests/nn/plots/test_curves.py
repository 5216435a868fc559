"""loss_curve: a line for each series, and gaps where there is no number."""

from __future__ import annotations

import math
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib.axes import Axes

from autograd import Value
from nn import History, plots


def series(ax: Axes) -> dict[str, tuple[list[float], list[float]]]:
    return {
        str(line.get_label()): (list(line.get_xdata()), list(line.get_ydata()))
        for line in ax.get_lines()
    }


def test_a_list_of_losses_is_one_line(ax: Axes) -> None:
    plots.loss_curve([3.0, Value(2.0), 1], ax=ax)
    assert series(ax) == {"loss": ([1, 2, 3], [3.0, 2.0, 1.0])}
    assert ax.get_legend() is None


def test_a_dict_is_a_line_for_each_name_told_apart_without_colour(ax: Axes) -> None:
    plots.loss_curve({"loss": [3, 2], "val_$loss$": [4, 3]}, ax=ax)
    assert list(series(ax)) == ["loss", "val_$loss$"]
    first, second = ax.get_lines()
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() != second.get_marker()
    legend = ax.get_legend()
    assert legend
    assert not any(text.get_parse_math() for text in legend.get_texts())


def test_a_history_gives_its_losses_and_its_epochs(ax: Axes) -> None:
    rows = [{"epoch": 10, "loss": 2.0, "lr": 0.1}, {"epoch": 20, "loss": 1.0, "lr": 0.1}]
    plots.loss_curve(History(rows), ax=ax)
    assert series(ax) == {"loss": ([10, 20], [2.0, 1.0])}


def test_what_is_not_finite_is_a_gap_that_the_legend_counts(ax: Axes) -> None:
    plots.loss_curve([1.0, math.nan, 2.0, math.inf, -math.inf], ax=ax)
    ((name, (_, numbers)),) = series(ax).items()
    assert name == "loss (3 of 5 not finite)"
    assert [math.isnan(x) for x in numbers] == [False, True, False, True, True]
    assert ax.get_lines()[0].get_marker() != "None"  # 2.0 stands alone
    assert ax.get_legend()
    ax.figure.canvas.draw()


def test_none_is_passed_over(ax: Axes) -> None:
    plots.loss_curve({"val_loss": [1.0, None, None, 0.5]}, ax=ax)
    assert series(ax) == {"val_loss": ([1, 4], [1.0, 0.5])}


def test_a_logarithmic_axis_has_gaps_at_0_and_below(ax: Axes) -> None:
    plots.loss_curve([1.0, 0.0, -1.0, math.nan, 0.1], log=True, ax=ax)
    assert ax.get_yscale() == "log"
    assert list(series(ax)) == ["loss (1 of 5 not finite, 2 of 5 not above 0)"]
    ax.figure.canvas.draw()


def test_nothing_but_nan_is_drawn_without_a_crash(ax: Axes) -> None:
    plots.loss_curve([math.nan, math.nan], log=True, ax=ax)
    ax.figure.canvas.draw()
    assert list(series(ax)) == ["loss (2 of 2 not finite)"]


@pytest.mark.parametrize(
    ("history", "error", "message"),
    [
        (3, TypeError, "loss_curve takes a list of losses, or a dict of lists .*, not 3"),
        ("loss", TypeError, "loss_curve takes a list of losses"),
        ([], ValueError, "'loss' is empty; it needs at least one number"),
        ({}, ValueError, "needs a list of numbers besides 'epoch'"),
        ({"epoch": [1]}, ValueError, "needs a list of numbers besides 'epoch'"),
        ({"loss": 3}, TypeError, "'loss' is a list of numbers, not 3"),
        ({"loss": [1, "b"]}, TypeError, r"'loss'\[1\]: "),
        ({"epoch": [1, 2], "loss": [1]}, ValueError, "'loss' has 1 numbers and 'epoch' 2"),
        ({"epoch": [1, None], "loss": [1, 2]}, ValueError, r"'epoch'\[1\] is None; expected a"),
    ],
)
def test_what_is_no_history_is_named(
    history: Any, error: type[Exception], message: str, ax: Axes
) -> None:
    with pytest.raises(error, match=message):
        plots.loss_curve(history, ax=ax)
    assert not ax.lines
