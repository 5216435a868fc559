"""draw_dot: the structure of the picture, with and without Graphviz on the system."""

from __future__ import annotations

import re
import shutil
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import graphviz
import pytest

from autograd import RenderError, Value, around, draw_dot, trace
from autograd.language.expression import LONGEST_NAME
from autograd.pictures.drawing import BLANK
from autograd.pictures.themes import OKABE_ITO

HOSTILE = '<b>"x"\n{|}&é∂\\'


def boxes(source: str) -> dict[str, str]:
    """The label of each node."""
    found = re.findall(r'^\t(v\d+) \[.*\blabel=("(?:[^"\\]|\\.)*"|[^\s\]]+)', source, flags=re.M)
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
    assert "label=3]" in line
    assert 'fillcolor="#eeeeee"' in line


def test_a_long_title_falls_back_to_the_symbol() -> None:
    names = [Value(1.0, label="a_rather_long_name"), Value(1.0, label="another_long_name")]
    assert boxes(draw_dot(names[0] * names[1]).source)["v2"].startswith("v1 = *|")


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


# ---- options ------------------------------------------------------------------------------------


def example() -> tuple[Value, Value, Value]:
    """f = d * e with d = a * b and e = a + b, at a = -2, b = 3."""
    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    d, e = a * b, a + b
    d.label, e.label = "d", "e"
    f = d * e
    f.label = "f"
    return a, b, f


def attributes(source: str, name: str) -> dict[str, str]:
    """The attributes of a node, or of an arrow such as v0 -> v2."""
    line = next(line for line in source.splitlines() if line.startswith(f"\t{name} ["))
    found = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s\]]+)', line)
    return {key: value.strip('"') for key, value in found}


def test_show_chooses_the_lines_of_a_box() -> None:
    _, _, f = example()
    assert boxes(draw_dot(f, show=["grad", "label"]).source)["v0"] == "a|grad —"
    assert boxes(draw_dot(f, show=["data"]).source)["v4"] == "data -6"


def test_precision_and_notation() -> None:
    x = Value(1 / 3, label="x")
    y = x.exp()
    y.label = "y"
    y.backward()
    assert boxes(draw_dot(y, precision=2).source)["v0"] == "x|data 0.33|grad 1.4"
    assert boxes(draw_dot(y, notation="leibniz").source)["v0"] == "x|data 0.3333|∂y/∂x 1.396"
    assert boxes(draw_dot(y, notation="bar").source)["v1"] == "y = exp(x)|data 1.396|ȳ 1"


def test_separate_operations_are_circles_before_their_results() -> None:
    _, _, f = example()
    source = draw_dot(f, ops="separate").source
    assert boxes(source)["v4"] == "f|data -6|grad —"
    assert attributes(source, "v4o")["shape"] == "circle"
    assert attributes(source, "v4o")["label"] == "*"
    arrows = re.findall(r"^\t(v\d+o?) -> (v\d+o?)", source, flags=re.M)
    assert arrows[-3:] == [("v2", "v4o"), ("v3", "v4o"), ("v4o", "v4")]


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("local", ["3", "-2", "1", "1", "1", "-6"]),
        ("formula", ["∂d/∂a = b", "∂d/∂b = a", "∂e/∂a = 1", "∂e/∂b = 1", "∂f/∂d = e", "∂f/∂e = d"]),
        ("contribution", ["3", "-2", "-6", "-6", "1", "-6"]),
    ],
)
def test_arrows_have_derivatives(kind: Any, labels: list[str]) -> None:
    source = draw_dot(example()[2], edge_labels=kind).source
    found = re.findall(r'^\tv\d+ -> v\d+ \[.*\blabel=("[^"]*"|\S+?)[\]]', source, flags=re.M)
    assert [label.strip('"') for label in found] == labels


@pytest.mark.parametrize("without_graphviz", [False, True])
@pytest.mark.parametrize(
    "label", [HOSTILE, "<b>", "\x1b[31m", "a\0b", "\ud800", "\uffff", "\x85", "\u202e"]
)
@pytest.mark.parametrize("kind", ["local", "formula", "contribution"])
def test_any_label_is_shown_as_text_on_arrows_too(
    kind: Any, label: str, without_graphviz: bool, request: pytest.FixtureRequest
) -> None:
    if without_graphviz:
        request.getfixturevalue("no_graphviz")
    a, b = Value(2.0, label=label), Value(3.0, label="b")
    picture = draw_dot(a * b, edge_labels=kind)
    picture.source.encode()
    shown = "".join(texts(picture.pipe(encoding="utf-8")))
    if label == "<b>":
        assert shown.count("<b>") == (4 if kind == "formula" else 2)


def test_attributes_are_text_too() -> None:
    picture = draw_dot(Value(2.0, label="a"), graph_attr={"label": "\0\ud800\x1b", "fontsize": 20})
    assert "���" in texts(picture.pipe(encoding="utf-8"))
    assert "fontsize=20" in picture.source


def test_an_arrow_from_a_constant_has_no_label() -> None:
    source = draw_dot(Value(2.0, label="x") * 3, edge_labels="local").source
    assert "label" in attributes(source, "v0 -> v2")
    assert "label" not in attributes(source, "v1 -> v2")


def test_a_step_marks_its_gate_and_arrow_and_knows_no_gradient_to_come() -> None:
    a, b, f = example()
    source = draw_dot(f, step=3).source  # e → a
    assert boxes(source)["v0"] == "a|data -2|grad -6"
    assert boxes(source)["v1"] == "b|data 3|grad ?"
    assert boxes(source)["v3"].startswith("▸ e = a + b")
    assert attributes(source, "v3")["penwidth"] == "3"
    arrow = attributes(source, "v0 -> v3")
    assert (arrow["penwidth"], arrow["label"]) == ("3", "+= -6")
    assert arrow["dir"] == "back"  # the way that the gradient flows
    assert "dir" not in attributes(source, "v1 -> v3")
    assert "penwidth" not in attributes(source, "v1 -> v3")
    assert draw_dot(f, step=trace(f)[3]).source == source
    assert a.grad == b.grad == 0.0


def test_blanks_leave_room_to_write() -> None:
    a, _, f = example()
    f.backward()
    blanked = boxes(draw_dot(f, blank="grads").source)
    assert blanked["v0"].split("|") == ["a", "data -2", f"grad {BLANK}"]
    one = boxes(draw_dot(f, blank=[a]).source)
    assert one["v0"].split("|") == ["a", f"data {BLANK}", f"grad {BLANK}"]
    assert one["v1"] == "b|data 3|grad -8"


def test_heat_fills_by_the_size_of_the_gradient_with_a_legend() -> None:
    _, _, f = example()
    f.backward()
    source = draw_dot(f, heat="grad").source
    assert attributes(source, "v1")["fillcolor"] == OKABE_ITO.hot  # -8, the largest
    assert attributes(source, "legend")["label"] == r"\|grad\|  0 to 8"


def test_names_by_hand() -> None:
    a, b, f = example()
    assert boxes(draw_dot(f, names={a: "α"}).source)["v2"] == "d = α * b|data -6|grad —"
    assert b.label == "b"


def test_several_roots_share_one_picture() -> None:
    _, _, f = example()
    d, e = f.operands
    source = draw_dot([d, e]).source
    assert list(boxes(source)) == ["v0", "v1", "v2", "v3"]
    assert attributes(source, "v2")["penwidth"] == attributes(source, "v3")["penwidth"] == "2"


def test_a_part_cut_out_shows_where_it_was_cut() -> None:
    _, _, f = example()
    source = draw_dot(around(f.operands[0], 1, f)).source
    assert [label.split("|")[0] for label in boxes(source).values()] == [
        "a", "b", "d = a * b", "f = d * …",
    ]  # fmt: skip
    assert attributes(source, "v3c")["label"] == "…"
    assert attributes(source, "v3c -> v3")["style"] == "dashed"


def test_graphviz_attributes_pass_through() -> None:
    source = draw_dot(
        example()[2],
        graph_attr={"dpi": "70"},
        node_attr={"fontsize": "9"},
        edge_attr={"minlen": "2"},
    ).source
    assert "dpi=70" in source
    assert "fontsize=9" in source
    assert "minlen=2" in source


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
            match=r"format 'pdf' needs [^:]*: install Graphviz \(conda install graphviz, or https://",
        ):
            draw_dot(Value(2.0), format="pdf").pipe()

    def test_png_needs_only_a_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert draw_dot(Value(2.0), format="png").pipe()[:4] == b"\x89PNG"
        monkeypatch.setitem(sys.modules, "resvg_py", None)
        with pytest.raises(RenderError, match=r'pip install "chalkgrad\[png\]"'):
            draw_dot(Value(2.0), format="png").pipe()

    def test_three_hundred_nodes_are_laid_out(self) -> None:
        picture = draw_dot(weighted_sum(100), max_nodes=500)
        assert len(texts(picture.pipe(encoding="utf-8"))) > 300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rankdir": "up"}, "rankdir is one of LR, TB, RL, BT, not 'up'"),
        ({"format": "foo"}, "unknown format: 'foo'"),
        ({"engine": "foo"}, "unknown engine: 'foo'"),
        ({"theme": "pink"}, "theme is one of okabe-ito, cs231n, mono, dark, auto, not 'pink'"),
        ({"ops": "boxes"}, "ops is one of fold, separate, not 'boxes'"),
        ({"edge_labels": "all"}, "edge_labels is one of None, local, formula, contribution"),
        ({"heat": "data"}, "heat is one of None, grad, not 'data'"),
        ({"show": ["value"]}, "show is one of label, data, grad, not 'value'"),
        ({"blank": "all"}, "blank is one of grads, not 'all'"),
        ({"blank": [Value(3.0)]}, r"blank has Value\(data=3.0, grad=0.0\), which is not in"),
        ({"notation": "x"}, "notation is one of leibniz, grad, bar, not 'x'"),
        ({"collapse": [3]}, "collapse has 3, which made nothing in the picture"),
        ({"precision": 0}, "precision is 1 or more, not 0"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw_dot(Value(1.0), **arguments)
    with pytest.raises(TypeError, match=r"draw_dot draws the graph of a Value, not float: 3\.0"):
        draw_dot(3.0)  # type: ignore[arg-type]
    for wrong, said in (
        ({"show": "data"}, "show is a list, not 'data'"),
        ({"blank": 3}, "blank is a list, not 3"),
        ({"collapse": 3}, "collapse is a list, not 3"),
        ({"names": 3}, "names is a dict from Values to names, not 3"),
        ({"names": {"a": "b"}}, "the keys of names are Values, not 'a'"),
        ({"names": {Value(1.0): 5}}, "the names in names are text, not 5"),
    ):
        with pytest.raises(TypeError, match=said):
            draw_dot(Value(1.0), **wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="number 1 of the list is int: 3"):
        draw_dot([Value(1.0), 3])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="at least one Value; the list is empty"):
        draw_dot([])
    with pytest.raises(
        ValueError, match="show the backward pass from one root; this picture has 2"
    ):
        draw_dot([Value(1.0), Value(2.0)], step=0)
    with pytest.raises(IndexError, match="the trace has steps 0 to 0; there is no 7"):
        draw_dot(Value(1.0), step=7)
