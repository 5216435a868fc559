"""draw_dot: the structure of the picture, with and without Graphviz on the system."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import graphviz
import pytest

from autograd import RenderError, Value, draw_dot
from autograd.expression import LONGEST_NAME

HOSTILE = '<b>"x"\n{|}&é∂\\'


def boxes(source: str) -> dict[str, str]:
    """The label of each node."""
    found = re.findall(r'^\t(v\d+) \[label=("(?:[^"\\]|\\.)*"|\S+)', source, flags=re.M)
    return {name: label.strip('"') for name, label in found}


def edges(source: str) -> list[tuple[str, str]]:
    return re.findall(r"^\t(v\d+) -> (v\d+)", source, flags=re.M)


def texts(svg: str) -> list[str]:
    """What a reader sees."""
    elements = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return [element.text or "" for element in elements]


def test_nodes_have_name_data_and_grad_and_edges_the_operands_order() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = b - a
    c.backward()
    source = draw_dot(c).source
    assert boxes(source) == {
        "v0": "b|data -3|grad 1",
        "v1": "a|data 2|grad -1",
        "v2": "c = b - a|data -5|grad 1",
    }
    assert edges(source) == [("v0", "v2"), ("v1", "v2")]
    assert "rankdir=LR" in source
    assert "ordering=in" in source


def test_a_sum_with_itself_shows_two_arrows() -> None:
    a = Value(2.0)
    assert edges(draw_dot(a + a).source) == [("v0", "v1"), ("v0", "v1")]


def test_grad_is_a_dash_until_backward() -> None:
    a = Value(2.0, label="a")
    y = a * 0.0
    assert boxes(draw_dot(y).source)["v0"] == "a|data 2|grad —"
    y.backward()
    assert boxes(draw_dot(y).source)["v0"] == "a|data 2|grad 0"
    y.zero_grad()
    assert boxes(draw_dot(y).source)["v0"] == "a|data 2|grad —"


def test_constants_are_grey_and_have_no_gradient() -> None:
    y = Value(2.0) * 3
    y.backward()
    line = next(line for line in draw_dot(y).source.splitlines() if line.startswith("\tv1 ["))
    assert "label=3 " in line
    assert 'fillcolor="#eeeeee"' in line


def test_a_long_title_falls_back_to_the_symbol() -> None:
    names = [Value(1.0, label="a_rather_long_name"), Value(1.0, label="another_long_name")]
    assert boxes(draw_dot(names[0] * names[1]).source)["v2"].startswith("v2 = *|")


def test_rankdir_turns_the_boxes_too() -> None:
    a = Value(2.0, label="a")
    assert boxes(draw_dot(a, rankdir="TB").source)["v0"] == r"{a|data 2|grad —}"


def test_same_graph_same_bytes() -> None:
    def picture() -> str:
        a, b = Value(2.0), Value(3.0)
        return draw_dot((a * b + a).tanh()).source

    assert picture() == picture()


@pytest.mark.parametrize(
    "label", [HOSTILE, "\x00\ud800", "\\", "->", "e\u0301 \u200dz\u00a0y", "n" * 10_000, "a&amp;b"]
)
@pytest.mark.parametrize("renderer", ["system", "wasm"])
def test_any_label_is_shown_as_text(
    label: str, renderer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if renderer == "wasm":
        monkeypatch.setenv("PATH", "")
    elif not shutil.which("dot"):
        pytest.skip("no Graphviz on this system")
    svg = draw_dot(Value(2.0, label=label) * 3).pipe(encoding="utf-8")
    shown = texts(svg)
    clean = re.sub(r"[\x00\ud800]", "�", label)
    expected = clean if len(clean) <= LONGEST_NAME else clean[: LONGEST_NAME - 1] + "…"
    assert shown[: expected.count("\n") + 1] == expected.split("\n")
    assert "<b>" not in svg


def weighted_sum(count: int) -> Value:
    """A graph of four nodes a term."""
    return sum((Value(float(k)) * k for k in range(count)), Value(0.0))


# ---- rendering ----------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("dot"), reason="no Graphviz on this system")
def test_the_systems_graphviz_serves_every_format() -> None:
    assert draw_dot(Value(2.0)).pipe("png")[:4] == b"\x89PNG"
    assert draw_dot(Value(2.0), format="pdf").pipe()[:5] == b"%PDF-"


@pytest.mark.usefixtures("no_graphviz")
class TestWithoutGraphviz:
    """On a system that has no `dot`."""

    def test_pipe_gives_bytes_or_text(self) -> None:
        dot = draw_dot(Value(2.0, label="é"))
        assert isinstance(dot, graphviz.Digraph)
        picture = dot.pipe()
        assert isinstance(picture, bytes)
        assert dot.pipe(encoding="utf-8") == picture.decode("utf-8")
        assert "é" in texts(picture.decode("utf-8"))

    def test_render_writes_source_and_picture(self, tmp_path: Path) -> None:
        path = draw_dot(Value(2.0)).render("picture", directory=tmp_path)
        assert Path(path) == tmp_path / "picture.svg"
        assert ET.parse(path).getroot().tag.endswith("svg")
        assert (tmp_path / "picture").exists()

    def test_render_cleans_up_and_takes_an_outfile(self, tmp_path: Path) -> None:
        dot = draw_dot(Value(2.0))
        path = dot.render(outfile=tmp_path / "deep" / "other.svg", cleanup=True)
        assert [p.name for p in (tmp_path / "deep").iterdir()] == ["other.svg"]
        assert Path(path).read_bytes().startswith(b"<?xml")

    def test_a_notebook_shows_it(self) -> None:
        bundle = draw_dot(Value(2.0))._repr_mimebundle_()
        assert texts(bundle["image/svg+xml"])[1:] == ["data 2", "grad —"]

    def test_a_format_that_needs_graphviz_says_what_to_install(self) -> None:
        with pytest.raises(
            RenderError,
            match=r"format 'png' needs [^:]*: install Graphviz \(https://graphviz\.org/download",
        ):
            draw_dot(Value(2.0), format="png").pipe()

    def test_three_hundred_nodes_take_no_time_to_speak_of(self) -> None:
        assert len(texts(draw_dot(weighted_sum(100)).pipe(encoding="utf-8"))) > 300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rankdir": "up"}, "rankdir is one of LR, TB, RL, BT, not 'up'"),
        ({"format": "foo"}, "unknown format: 'foo'"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw_dot(Value(1.0), **arguments)
    with pytest.raises(TypeError, match=r"draw_dot draws the graph of a Value, not float: 3\.0"):
        draw_dot(3.0)  # type: ignore[arg-type]
