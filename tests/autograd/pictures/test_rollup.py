"""Big graphs in few boxes."""

from __future__ import annotations

import random
import re
from time import perf_counter
from typing import Any

import pytest

from autograd import RenderError, Value, draw_dot, topological_order
from autograd.errors import LayoutError
from autograd.pictures.layout import lay_out
from autograd.pictures.rollup import module_paths, roll_up
from nn import MLP, mse_loss, softmax


def titles(source: str) -> list[str]:
    labels = re.findall(r'^\t[vb]\d+ \[.*\blabel=("[^"]*"|\S+?)(?: \w+=|\]$)', source, flags=re.M)
    return [label.strip('"').split("|")[0] for label in labels]


def batch_loss(model: MLP, count: int) -> Value:
    rng = random.Random(0)
    rows = [[rng.random(), rng.random()] for _ in range(count)]
    return mse_loss([model(row) for row in rows], [1.0] * count)


def test_frames_are_around_what_modules_made() -> None:
    mlp = MLP(2, [2, 1])
    out = mlp([Value(1.0, label="x0"), Value(2.0, label="x1")])
    source = draw_dot(out).source
    frames = re.findall(r'subgraph cluster_\d+ \{\n\t\tlabel="([^"]*)"', source)
    assert sorted(frames) == [
        "layers[0]", "layers[1]", "mlp", "neurons[0]", "neurons[0]", "neurons[1]",
    ]  # fmt: skip
    assert titles(source).count("w[0]") == 3  # the frame says of which neuron
    assert "x0" in titles(source)


def test_depth_draws_modules_as_boxes() -> None:
    mlp = MLP(2, [2, 1])
    out = mlp([Value(1.0, label="x0"), Value(2.0, label="x1")])
    out.backward()
    source = draw_dot(out, depth=2).source
    assert sorted(titles(source)) == ["mlp.layers[0]", "mlp.layers[1]", "x0", "x1"]
    assert "16 nodes" in source
    assert "largest |grad|".replace("|", r"\|") in source
    assert 'label="×2"' in source


def test_collapse_draws_the_listed_modules_as_boxes() -> None:
    mlp = MLP(2, [2, 1])
    out = mlp([Value(1.0, label="x0"), Value(2.0, label="x1")])
    found = titles(draw_dot(out, collapse=[mlp.layers[0]]).source)
    assert "mlp.layers[0]" in found
    assert "mlp.layers[1]" not in found
    assert any(title.startswith("out = ") for title in found)


def test_a_batch_rolls_up_to_layers_and_says_so() -> None:
    model = MLP(2, [16, 16, 1])
    loss = batch_loss(model, 20)
    loss.backward()
    picture = draw_dot(loss)
    source = picture.source
    assert {f"model.layers[{k}]" for k in range(3)} <= set(titles(source))
    assert "1,648 nodes" in source  # 20 * 16 * (2 products + 2 sums + relu), 16 * 3 parameters
    assert re.search(r"13,\d+ nodes in \d+ boxes\. To open it: max_nodes=", source)
    assert len(titles(source)) < 20
    assert isinstance(picture.pipe("svg"), bytes)


def test_a_softmax_is_one_box_and_inputs_are_called_so() -> None:
    model = MLP(2, [30, 10])
    found = sorted(titles(draw_dot(softmax(model([1.0, 2.0]))).source))
    assert found == ["inputs", "model.layers[0]", "model.layers[1]", "softmax over 10"]


def test_boxes_say_how_many_gradients_are_exactly_zero() -> None:
    model = MLP(2, [3, 1])
    for neuron in model.layers[0].neurons:
        neuron.b.data = -100.0  # no relu lets anything through
    out = model([0.1, 0.2])
    out.backward()
    assert "exactly 0" in draw_dot(out, depth=2).source


def test_a_graph_without_modules_rolls_up_to_repeated_shapes() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(1000):
        y = y * 1.01 + 0.1
    source = draw_dot(y).source
    assert re.search(r"\*\|99\d nodes", source)  # all but the first few, which differ
    assert "constants" in titles(source)
    assert len(titles(source)) < 20
    assert "4,001 nodes in" in source


@pytest.mark.parametrize("most", [5, 20, 100, 1000])
def test_there_are_never_more_boxes_than_asked_for_where_that_can_be(most: int) -> None:
    nodes = topological_order(batch_loss(MLP(2, [4, 1]), 30))
    rolled = roll_up(nodes, module_paths(nodes), max(most, 12))
    assert len(rolled.groups) <= max(most, 12)
    assert sum(len(group.nodes) for group in rolled.groups) == len(nodes)


def test_a_hundred_thousand_nodes_take_seconds() -> None:
    loss = batch_loss(MLP(2, [16, 16, 1]), 155)
    start = perf_counter()
    source = draw_dot(loss).source
    assert re.search(r"10\d,\d+ nodes in", source)
    assert perf_counter() - start < 60  # the bar is 5, on a machine with nothing else to do


def test_the_same_graph_gives_the_same_bytes() -> None:
    def source() -> str:
        model = MLP(2, [8, 1], rng=random.Random(0))
        return draw_dot(batch_loss(model, 10)).source

    assert source() == source()


def test_what_takes_too_long_to_lay_out_is_rolled_up_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []

    def slow(source: str, *_: Any, **__: Any) -> bytes:
        tried.append(len(titles(source)))
        if tried[-1] > 20:
            raise LayoutError("too slow")
        return lay_out(source, "svg", "dot")

    monkeypatch.setattr("autograd.pictures.layout.lay_out", slow)
    picture = draw_dot(batch_loss(MLP(2, [3, 1], rng=random.Random(0)), 3))
    svg = picture.pipe(encoding="utf-8")
    assert tried[0] > 20 >= tried[-1] > 1
    assert tried == sorted(tried, reverse=True)
    assert "as Graphviz would take too long to lay out more. To open it: a part, with" in svg
    assert tried[0] == len(titles(picture.source))  # the source keeps every box


def test_one_box_that_takes_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any, **__: Any) -> bytes:
        raise LayoutError("too slow")

    monkeypatch.setattr("autograd.pictures.layout.lay_out", slow)
    with pytest.raises(RenderError, match="too slow"):
        draw_dot(batch_loss(MLP(2, [3, 1], rng=random.Random(0)), 3)).pipe()
