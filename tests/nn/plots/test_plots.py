"""All pictures: where they are drawn, and that their text can be read."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib import pyplot
from matplotlib.axes import Axes

from nn import MLP, plots


def trained(model: Any) -> Any:
    """The model, with gradients of its first output."""
    out = model([0.5, -1.0])
    (out[0] if isinstance(out, list) else out).backward()
    return model


POINTS = [[0.0, 1.0], [2.0, 1.0], [1.0, -1.0]]
DRAWINGS = {
    "network": lambda **options: plots.network(MLP(2, [3, 1]), **options),
    "decision_boundary": lambda **options: plots.decision_boundary(
        lambda x: x[0] - x[1], POINTS, [0, 1, 1], resolution=5, **options
    ),
    "loss_curve": lambda **options: plots.loss_curve([3.0, 2.0], **options),
    "gradient_histogram": lambda **options: plots.gradient_histogram(
        trained(MLP(2, [3, 1])), **options
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_it_draws_into_the_axes_given_and_leaves_pyplot_alone(name: str, ax: Axes) -> None:
    assert DRAWINGS[name](ax=ax) is ax
    assert ax.get_title()
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("name", DRAWINGS)
def test_without_axes_it_makes_a_figure_that_pyplot_shows(name: str) -> None:
    drawn = DRAWINGS[name]()
    assert pyplot.get_fignums() == [1]
    assert drawn.figure is pyplot.figure(1)


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_text_can_be_read_from_the_back_row(name: str, ax: Axes) -> None:
    DRAWINGS[name](ax=ax)
    figure = ax.figure
    figure.canvas.draw()
    labels = [*ax.get_xticklabels(), *ax.get_yticklabels()] if ax.axison else []
    legend = ax.get_legend()
    texts = [ax.title, ax.xaxis.label, *ax.texts, *labels, *(legend.get_texts() if legend else [])]
    sizes = {text.get_text(): text.get_fontsize() for text in texts if text.get_text()}
    assert len(sizes) >= 3
    assert min(sizes.values()) >= 12


@pytest.mark.parametrize("name", DRAWINGS)
def test_axes_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"{name}: ax is one matplotlib Axes, .*not list"):
        DRAWINGS[name](ax=[1, 2])
    assert pyplot.get_fignums() == []


def test_nn_needs_no_matplotlib_and_its_plots_say_what_to_install() -> None:
    program = (
        "import sys; import nn; assert 'matplotlib' not in sys.modules\n"
        "sys.modules['matplotlib'] = None\n"
        "try:\n    from nn import plots\n"
        "except ImportError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stderr == ""
    assert run.stdout.startswith(
        'nn.plots draws with matplotlib: pip install "chalkgrad[plot]" (import of matplotlib'
    )
