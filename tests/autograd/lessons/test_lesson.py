"""The page of a lesson, before a browser opens it: what it holds, and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from autograd import (
    OPERATIONS,
    GraphError,
    RenderError,
    Value,
    around,
    between,
    lesson,
    parse,
    trace,
    write_lesson,
)
from autograd.primitive import Operation
from nn import MLP, Neuron, cross_entropy, mse_loss

SMALL = parse("f = (a*b)*(a+b)", a=-2, b=3)


def data(page: str) -> dict[str, Any]:
    """What the page's script is given."""
    found = re.search(r'<script type="application/json" id="lesson">(.*?)</script>', page, re.S)
    assert found
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


# ---- what is refused ----------------------------------------------------------------------------


def test_a_constant_has_no_lesson() -> None:
    with pytest.raises(GraphError, match="nothing to differentiate: this Value is a constant"):
        lesson(Value(2.0).detach() * 3)


def test_anything_but_a_value_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a Value, not 'a \\* b'"):
        lesson("a * b")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lang": "xx"}, ValueError, "lang is one of en, de, es, fr, zh, not 'xx'"),
        ({"notation": "dot"}, ValueError, "notation is one of leibniz, grad, bar, not 'dot'"),
        ({"title": 7}, TypeError, "title is text, not 7"),
    ],
)
def test_wrong_arguments_are_refused(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        write_lesson(SMALL, tmp_path / "lesson.html", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_of_400_steps_is_the_largest() -> None:
    x = Value(1.0, label="x")
    root = x
    for _ in range(199):
        root = root + Value(1.0)
    assert len(trace(root)) == 399
    assert repr(lesson(root, "Long")) == "<lesson Long: 598 steps>"
    with pytest.raises(RenderError, match=r"takes up to 400 steps, and this graph has 401: give"):
        lesson(root + x)


def test_a_part_that_ends_in_several_nodes_is_refused() -> None:
    a = SMALL.operands[0].operands[0]
    with pytest.raises(GraphError, match="a lesson ends in one node, and this part in 2"):
        lesson(around(a, 1, SMALL))


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_lesson(SMALL, tmp_path / "no" / "lesson.html")


# ---- what is written ----------------------------------------------------------------------------


def test_the_path_is_returned_and_the_file_is_the_page(tmp_path: Path) -> None:
    path = tmp_path / "lesson.html"
    path.write_text("old " * 100_000)
    assert write_lesson(SMALL, path) == str(path)
    assert path.read_text(encoding="utf-8") == lesson(SMALL).html
    assert list(tmp_path.iterdir()) == [path]


def test_the_title_is_the_expression_unless_one_is_given() -> None:
    assert "<h1>f = a * b * (a + b)</h1>" in lesson(SMALL).html
    page = lesson(SMALL, "Gradients & <paths>").html
    assert "<h1>Gradients &amp; &lt;paths&gt;</h1>" in page
    assert "<title>Gradients &amp; &lt;paths&gt;</title>" in page


def test_a_heading_has_no_name_that_the_picture_has_not() -> None:
    scores = [Value(k, label=f"z{k}") for k in (1.0, 2.0)]
    page = lesson(cross_entropy(scores, 1)).html
    assert "<h1>Backpropagation through cross_entropy</h1>" in page
    page = lesson(Neuron(2)([Value(1.0, label="x0"), Value(2.0, label="x1")])).html
    assert "<h1>Backpropagation through Neuron</h1>" in page
    model = MLP(2, [3, 1])
    page = lesson(mse_loss([model([0.5, -1.0])], [1.0])).html
    assert "<h1>Backpropagation through model</h1>" in page
    assert "<h1>v1 * v2</h1>" in lesson(Value(2.0) * Value(3.0)).html
    loss = mse_loss([model([0.5, -1.0])], [1.0])
    assert "<h1>Backpropagation through loss</h1>" in lesson(loss).html


def test_a_long_expression_is_not_a_heading() -> None:
    x = Value(1.0, label="x")
    root = sum((x ** (k + 2) for k in range(20)), start=x)
    root.label = "total"
    assert "<h1>Backpropagation through total</h1>" in lesson(root).html


@pytest.mark.parametrize("quiz", [False, True])
def test_a_small_lesson_is_small(quiz: bool) -> None:
    mlp = MLP(2, [2, 1], activation="tanh")
    loss = mse_loss([mlp([Value(1.0), Value(2.0)])], [1.0])
    assert len(lesson(SMALL, quiz=quiz).html.encode()) < 165_000
    assert len(lesson(loss, "t").html.encode()) < 200_000
    mlp = MLP(2, [3, 1], activation="tanh")
    assert len(lesson(mse_loss([mlp([0.5, -1.0])], [1.0]), "t").html.encode()) < 250_000


def test_it_loads_nothing_and_forbids_to() -> None:
    page = lesson(SMALL).html
    assert "default-src 'none'" in page
    assert not re.search(r"\b(src|href)=|@import|url\(", page)
    assert " style=" not in page
    assert not re.search(r" on\w+=", page)


def test_the_same_graph_gives_the_same_page_in_every_process() -> None:
    program = (
        "from autograd import lesson, parse; import hashlib\n"
        "page = lesson(parse('f = (a*b)*(a+b) + relu(a)', a=-2, b=3), quiz=True).html\n"
        "print(hashlib.sha256(page.encode()).hexdigest())"
    )
    command = [sys.executable, "-c", program]
    root = Path(__file__).parents[3]
    pages = {subprocess.run(command, capture_output=True, cwd=root).stdout for _ in range(2)}
    assert len(pages) == 1
    assert len(pages.pop()) > 60


def test_a_page_needs_no_graphviz(no_graphviz: None) -> None:
    page = lesson(SMALL, quiz=True).html
    assert page.count("<svg xmlns") == 3
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", page[: page.index('id="side"')])
    assert "data -2" in texts
    assert "∂f/∂a -3" in texts


def test_nothing_in_it_is_a_place_in_memory() -> None:
    page = lesson(SMALL).html
    for node in trace(SMALL).order:
        assert str(id(node)) not in page
        assert hex(id(node)) not in page


def test_each_id_appears_once() -> None:
    page = lesson(SMALL, quiz=True).html
    ids = re.findall(r'\bid="([^"]+)"', page[: page.index('id="lesson"')])
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("notation", "sign"), [("leibniz", "∂f/∂a -3"), ("grad", "grad -3"), ("bar", "ā -3")]
)
def test_the_notation_is_the_readers(notation: Any, sign: str) -> None:
    page = lesson(SMALL, notation=notation).html
    assert f">{sign}</text>" in page
    assert data(page)["notation"] == notation


def test_steps_rules_and_words_are_the_tables() -> None:
    found = data(lesson(SMALL).html)
    assert [step["operand"] for step in found["steps"]] == [4, 2, 3, 0, 1, 0, 1]
    assert found["nodes"][2]["rules"] == ["v1", "v0"]
    assert found["nodes"][2]["words"] == [OPERATIONS["mul"].sentence(0)] * 2
    assert found["nodes"][0]["data"] == -2.0
    assert found["editable"]


def test_infinite_gradients_are_written() -> None:
    x = Value(0.0, label="x")
    page = lesson(x.sqrt() * 2).html
    assert ">∂v2/∂x inf<" in page


# ---- parts --------------------------------------------------------------------------------------


def test_a_part_takes_what_lies_outside_as_given() -> None:
    root = parse("d = a*b; e = a + b; f = d*e; g = f - a", a=-2, b=3)
    f = next(node for node in trace(root).order if node.label == "f")
    d = next(node for node in trace(root).order if node.label == "d")
    found = data(lesson(between(d, f)).html)
    assert [node["text"] for node in found["nodes"]] == ["d", "e", "f"]
    assert [node["op"] for node in found["nodes"]] == ["", "", "mul"]
    assert found["nodes"][0]["data"] == -6.0
    assert found["editable"]


def test_a_neighbourhood_is_a_part_too() -> None:
    d = SMALL.operands[0]
    found = data(lesson(around(d, 1, SMALL)).html)
    names = [(node["text"], node["constant"]) for node in found["nodes"]]
    assert names == [("a", False), ("b", False), ("d", False), ("v1", True), ("f", False)]
    assert len(found["steps"]) == 4  # the seed, f to d, and d to a and b


# ---- operations that are not of the table -------------------------------------------------------


def test_an_operation_of_ones_own_is_shown_and_not_changed() -> None:
    cube = Operation("cube", lambda x: x**3, lambda out, x: 3 * x**2, summary="x cubed.")
    x = Value(-2.0, label="x")
    found = data(lesson(cube(x) * x).html)
    assert not found["editable"]
    assert found["nodes"][1]["local"] == [12.0]
    check = found["nodes"][0]["check"]
    assert check["slope"] == pytest.approx(-32, rel=1e-6)
    assert check["verdict"] == "agrees"


def test_one_that_has_the_name_of_another_is_not_taken_for_it() -> None:
    exp = Operation("exp", lambda x: 2**x, lambda out, x: 0.6931471805599453 * out, summary="2^x.")
    assert not data(lesson(exp(Value(3.0, label="x"))).html)["editable"]


# ---- quizzes ------------------------------------------------------------------------------------


def test_a_quiz_asks_for_every_gradient_from_the_result_on() -> None:
    found = data(lesson(SMALL, quiz=True).html)
    assert [place for place, *_ in found["quiz"]] == [2, 3, 0, 1]
    _, hint, sentence = next(each for each in found["quiz"][2][1] if each[0] == 3.0)
    assert "-6" not in hint
    assert sentence.endswith("its contributions add up: -6 and 3. You have one of them.")
    assert data(lesson(SMALL).html)["quiz"] is None


def test_a_quiz_has_a_sheet_with_blanks_and_one_with_answers() -> None:
    page = lesson(SMALL, "Fill in", quiz=True).html
    blanks, answers = re.findall(r'<section class="sheet">(.*?)</section>', page, re.S)
    assert "Name:" in blanks
    assert "<h1>Fill in: answers</h1>" in answers
    assert "∂f/∂b -8" not in blanks
    assert "∂f/∂b -8" in answers


# ---- notebooks and hostile names ----------------------------------------------------------------


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    shown = lesson(SMALL, 'A "title"')
    frame = shown._repr_html_()
    source = re.search(r'srcdoc="([^"]*)"', frame)
    assert source
    assert unescape(source[1]) == shown.html
    assert 'title="A &quot;title&quot;"' in frame
    assert "allow-same-origin" not in frame


@pytest.mark.parametrize("quiz", [False, True])
def test_names_cannot_leave_their_place(quiz: bool) -> None:
    name = "</script></style><img src=x onerror=alert(1)> ]]> ${x} <!--<script>"
    x = Value(2.0, label=name)
    root = x * x
    root.label = name
    page = lesson(root, name, quiz=quiz).html
    assert "<img" not in page
    assert page.count("</script>") == 2
    assert page.count("</style>") == 1
    assert data(page)["nodes"][0]["text"].startswith("…")
    start = page.index("<svg")
    ET.fromstring(page[start : page.index("</svg>", start) + len("</svg>")])
