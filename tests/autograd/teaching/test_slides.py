"""The slides: they follow the plan of the documentation, and are made of the course."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from autograd.course import PARTS
from autograd.language.parser import parse
from autograd.stepping.tracing import Trace
from autograd.teaching.slides import Slide, content, deck, function, said, sections_of, slides

DOCS = Path(__file__).parents[3] / "docs" / "teaching.md"
DIAMOND = "```graph 5 steps\n```\n"


@pytest.fixture(scope="module")
def page() -> str:
    return deck()


def test_sections_are_those_of_the_plan() -> None:
    plan = re.findall(r"^\| (\d+–\d+) \| (.*?) \|", DOCS.read_text(encoding="utf-8"), flags=re.M)
    made = dict.fromkeys((s.minutes, s.section) for s in slides() if s.minutes)
    assert list(made) == plan
    ends = [minutes.split("–") for minutes, _ in plan]
    assert ends[0][0] == "0"
    assert ends[-1][1] == "90"
    assert all(one[1] == two[0] for one, two in pairwise(ends))


def test_every_slide_has_something_for_the_teacher_to_say() -> None:
    assert all(slide.notes for slide in slides())


def test_the_page_is_small_and_stands_alone(page: str) -> None:
    assert len(page.encode()) < 500_000
    assert set(re.findall(r"https?://[\w.]+", page)) == {"http://www.w3.org"}
    assert not re.search(r'\b(?:src|href)="', page)


def test_names_in_pictures_are_unique(page: str) -> None:
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    for name in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(name.split()) <= set(names)


def test_a_graph_is_played_a_slide_for_each_step() -> None:
    shown = list(sections_of(Slide("", "Order", DIAMOND, "")))
    order = parse("a = 1; b = 2; c = 4; d = a + b; e = d*c; f = d*e")
    assert len(shown) == len(Trace(order)) == 7
    assert "∂f/∂a 24" in shown[-1]
    assert "∂f/∂d += ∂f/∂e · ∂e/∂d = 3 · 4 = <b>12</b>, use 2 of 2" in shown[3]
    assert [s.count('class="slide step last"') for s in shown] == [0] * 6 + [1]
    sizes = [re.findall(r'width="([\d.]+)em"', s)[0] for s in shown]
    assert float(max(sizes)) - float(min(sizes)) < 1  # letter: nothing jumps


def test_a_step_is_told_in_numbers_and_in_words() -> None:
    trace = Trace(parse("a = 2; b = -3; f = a*b"))
    assert said(trace, trace[0]) == "∂f/∂f = 1: if f moves, it moves by as much"
    assert said(trace, trace[1]).startswith("∂f/∂a += ∂f/∂f · ∂f/∂a = 1 · (-3) = <b>-3</b><br>")


def test_the_finding_is_what_the_check_says_today(page: str) -> None:
    assert "A gradient is assigned (=) where it must be added (+=)." in page


def test_a_function_of_a_stub_is_shown_as_it_stands(page: str) -> None:
    shown = function(PARTS[3].stub, "push")
    assert shown == (
        "def push(self):\n"
        "    for operand, local in zip(self.operands, self.local_grads):\n"
        "        ..."
    )
    assert shown in page
    assert function("def f():\n    return 1\n\n\ndef g():\n    return 2\n", "f") == (
        "def f():\n    return 1"
    )


def test_what_is_typed_on_a_slide_is_true() -> None:
    typed = next(slide.text for slide in slides() if ">>>" in slide.text)
    lines = re.findall(r"^>>> (.*)\n([\d.]*)", typed, flags=re.M)
    names: dict[str, object] = {}
    for code, result in lines:
        if result:
            assert repr(eval(code, names)) == result
        else:
            exec(code, names)
    assert sum(1 for _, result in lines if result) == 2


def test_the_second_half_waits() -> None:
    html = content("Why?\n\n+++\n\nBecause.\n")
    assert html == '<p>Why?</p>\n<div class="later"><p>Because.</p>\n</div>'


def test_text_is_shown_as_it_is_typed() -> None:
    (shown,) = sections_of(Slide("1–2", "a < b", "x < y & `z<1`\n", "<b>no</b>"))
    root = ET.fromstring(shown.strip())
    assert root.attrib["aria-label"] == "a < b"
    assert "x < y & z<1" in "".join(root.itertext())
    assert root.find(".//b") is None


def test_pictures_of_slides_are_well_formed(page: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", page, flags=re.S)
    assert len(pictures) > 30
    for picture in pictures:
        ET.fromstring(picture)
