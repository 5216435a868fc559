"""What a notebook shows of passes, pictures, tapes and formulas; and that it never fails."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET
from html import unescape
from typing import Any

import graphviz
import pytest

import autograd.pictures.layout
from autograd import Value, draw_dot, step_through, to_latex, trace
from autograd.compiler.function import compile as record
from autograd.errors import LayoutError, RenderError


def example() -> tuple[Value, Value, Value]:
    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    return a, b, (a * b) * (a + b)


def rows(page: str) -> list[list[str]]:
    """The cells of a table, its heads first."""
    found = re.findall("<tr>(.*?)</tr>", page, flags=re.S)
    return [
        [unescape(cell) for cell in re.findall("<t[hd].*?>(.*?)</t[hd]>", row)] for row in found
    ]


def card(page: str) -> str:
    return unescape(page[page.index(">", page.index("<pre")) + 1 : page.index("</pre>")])


def boxes(page: str) -> list[list[str | None]]:
    """The lines of each node's box in the picture of a page."""
    svg = ET.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    space = "{http://www.w3.org/2000/svg}"
    groups = [g for g in svg.iter(f"{space}g") if g.get("class", "").startswith("node")]
    return [[text.text for text in group.iter(f"{space}text")] for group in groups]


@pytest.fixture
def no_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise LayoutError("too slow")

    monkeypatch.setattr(autograd.pictures.layout, "lay_out", refuse)


def test_a_trace_is_a_table_with_a_row_for_each_step() -> None:
    f = example()[2]
    steps: Any = trace(f)
    head, *body = rows(steps._repr_html_())
    assert head[:4] == ["step", "gate", "into", "upstream"]
    assert body[0][:3] == ["0", "f", "the seed"]
    assert body[5] == ["5", "v1", "a", "1", "∂v1/∂a = b = 3", "3", "-6 → -3", "2 of 2"]
    assert len(body) == len(steps)
    assert repr(steps) == "<backward trace of f: 7 steps>"


def test_a_forward_trace_is_a_table_too() -> None:
    steps: Any = trace(example()[2], "forward")
    assert rows(steps._repr_html_())[1] == ["0", "v1", "v1 = a · b", "-6"]


def test_a_long_trace_shows_its_ends() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(500):
        y = y * 1.01
    steps: Any = trace(y)
    body = rows(steps._repr_html_())[1:]
    assert len(body) == 61
    assert body[50][1] == "… 441 more"
    assert [body[0][0], body[-1][0]] == ["0", "500"]


def test_names_and_formulas_are_text() -> None:
    a = Value(2.0, label="<b>&")
    steps: Any = trace(a * a)
    assert "<b>" not in steps._repr_html_()
    assert rows(steps._repr_html_())[2][2] == "<b>&"
    stepper: Any = step_through(a * a)
    assert "<b>&" in card(stepper.step(2)._repr_html_())


def test_a_stepper_is_the_picture_at_its_step_with_the_card() -> None:
    f = example()[2]
    stepper: Any = step_through(f, gradient=2.0)
    before = stepper._repr_html_()
    assert "before the first step" in card(before)
    page = stepper.step(6)._repr_html_()
    shown = {box[0]: box[-1] for box in boxes(page)}
    assert shown["a"] == "∂f/∂a -6"  # with the seed of 2: -12, and 6 that have arrived
    assert shown["▸ v1 = a * b"] == "∂f/∂v1 2"
    assert "gradient    ∂f/∂a += 6     -12 → -6" in card(page)
    assert "└─" not in card(page)  # the tree, whose place the picture has
    assert "└─" in repr(stepper)


def test_a_stepper_on_a_large_graph_shows_the_gate_at_work_and_what_is_near() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(300):
        y = (y + 1.0) * 0.5
    stepper: Any = step_through(y)
    page = stepper.goto(300)._repr_html_()
    gate = stepper.trace.name(stepper.trace[300].node)
    first = [box[0] or "" for box in boxes(page)]
    assert len(first) < 20
    assert any(title.startswith(f"▸ {gate} = ") for title in first)
    assert any(line and line.startswith("∂y/∂") for box in boxes(page) for line in box)


@pytest.mark.usefixtures("no_layout")
def test_where_nothing_can_be_laid_out_there_is_text() -> None:
    f = example()[2]
    stepper: Any = step_through(f)
    assert card(stepper.step(2)._repr_html_()) == str(stepper)
    assert draw_dot(f)._repr_mimebundle_() == {}
    with pytest.raises(RenderError):
        draw_dot(f).pipe()


def test_a_picture_says_at_the_prompt_how_to_see_it() -> None:
    f = example()[2]
    dot = draw_dot(f)
    assert repr(dot).startswith("<computation graph of f: a notebook shows it, .view() opens it,")
    assert '.render("name", format="png")' in repr(dot)
    assert str(dot) == dot.source


def size(png: bytes | str) -> tuple[int, ...]:
    assert isinstance(png, bytes)
    return struct.unpack(">II", png[16:24])


def points(dot: Any) -> float:
    """How wide a picture is in points, of which an inch has 72."""
    width = ET.fromstring(dot.pipe("svg")).get("width")
    assert width is not None
    return float(width.removesuffix("pt"))


def enlarged(dot: Any) -> float:
    """How many pixels there are to each that Graphviz would draw."""
    return size(dot.pipe("png"))[0] / (points(dot) * 96 / 72)


@pytest.mark.parametrize("system", ["with programs", "without"])
def test_pixels_are_enough_for_a_slide(
    system: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if system == "without":
        request.getfixturevalue("no_graphviz")
        pytest.importorskip("resvg_py")
    elif not autograd_has_programs():
        pytest.skip("no Graphviz on this system")
    f = example()[2]
    assert enlarged(draw_dot(f)) == pytest.approx(3, rel=0.02)
    for _ in range(12):
        f = f * 0.5 + f
    assert enlarged(draw_dot(f)) == pytest.approx(2, rel=0.02)


def autograd_has_programs() -> bool:
    try:
        graphviz.version()
    except graphviz.ExecutableNotFound:
        return False
    return True


@pytest.mark.skipif(not autograd_has_programs(), reason="no Graphviz on this system")
def test_another_number_of_dots_is_taken() -> None:
    dot = draw_dot(example()[2], graph_attr={"dpi": "48"})
    plain = draw_dot(example()[2])
    assert size(dot.pipe("png"))[0] * 5.9 < size(plain.pipe("png"))[0]


def test_latex_is_typeset_and_stays_text() -> None:
    a, b, f = example()
    formula: Any = to_latex(a / b)
    assert formula == "\\frac{a}{b}"
    assert formula._repr_latex_() == "$\\displaystyle \\frac{a}{b}$"
    assert repr(formula) == repr(str(formula))
    worked: Any = to_latex(f, steps=True)
    assert worked._repr_latex_() == f"$${worked}$$"


def test_a_tape_is_its_listing() -> None:
    function = record(lambda a, b: (a * b).tanh())
    function(1.0, 2.0)
    tape: Any = function.tape
    page = tape._repr_html_()
    assert card(page) == str(tape)
    assert repr(tape).startswith("<Tape of <lambda>")


def test_of_a_long_tape_the_beginning_is_shown() -> None:
    def long(x: Value) -> Value:
        for _ in range(300):
            x = x * 1.01 + 0.1
        return x

    function = record(long)
    function(1.0)
    tape: Any = function.tape
    shown = card(tape._repr_html_()).splitlines()
    assert len(shown) == 201
    assert shown[:200] == str(tape).splitlines()[:200]
    assert shown[200] == "… print() shows all of its 600 instructions"
