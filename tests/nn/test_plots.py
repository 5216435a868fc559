"""The pictures of networks: what is in them, where they are drawn, and what is refused."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle, StepPatch

from autograd import Value
from nn import MLP, History, Layer, Module, Neuron, plots
from nn.plots.style import BLUE, ORANGE


@pytest.fixture
def ax() -> Axes:
    """Axes that pyplot knows nothing of."""
    return Figure(layout="constrained").subplots()


@pytest.fixture(autouse=True)
def no_figure_is_left() -> Iterator[None]:
    yield
    pyplot.close("all")


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


# ---- the network --------------------------------------------------------------------------------


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
        (with_weight(math.inf), {}, ValueError, r"w\.1 is inf, for which there is no line"),
    ],
)
def test_what_cannot_be_drawn_as_a_network_is_named(
    model: Any, options: dict[str, Any], error: type[Exception], message: str, ax: Axes
) -> None:
    with pytest.raises(error, match=message):
        plots.network(model, ax=ax, **options)
    assert not ax.patches
    assert pyplot.get_fignums() == []


# ---- what it decides ----------------------------------------------------------------------------


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


# ---- how it learned -----------------------------------------------------------------------------


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
        ({}, ValueError, "needs a list of numbers beside 'epoch'"),
        ({"epoch": [1]}, ValueError, "needs a list of numbers beside 'epoch'"),
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


# ---- the gradients ------------------------------------------------------------------------------


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
