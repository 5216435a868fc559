"""Several lessons in one file."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, between, lesson, parse, trace, write_lesson
from tests.autograd.lessons.test_lesson import data

PRODUCT = parse("p = a*b", a=2, b=3)
FORK = parse("f = (a*b)*(a+b)", a=-2, b=3)


def frames(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'srcdoc="([^"]*)"', page)]


def index(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<li><a href="#graph-\d+">([^<]*)</a> <small>([^<]*)</small>', page)


def test_each_lesson_is_whole_in_it(tmp_path: Path) -> None:
    path = write_lesson([PRODUCT, FORK], tmp_path / "both.html", title="Two graphs", reveal=True)
    page = Path(path).read_text(encoding="utf-8")
    assert frames(page) == [lesson(root, reveal=True).html for root in (PRODUCT, FORK)]
    assert index(page) == [("p = a * b", "4 steps"), ("f = a * b * (a + b)", "10 steps")]
    assert "<title>Two graphs</title>" in page


def test_a_dict_names_them() -> None:
    page = lesson({"First <b>": PRODUCT, "Then": FORK}, quiz=True).html
    assert index(page) == [("First &lt;b&gt;", "2 questions"), ("Then", "4 questions")]
    assert ["<h1>First &lt;b&gt;</h1>" in frames(page)[0], "<h1>Then</h1>" in frames(page)[1]]
    assert "<title>Lessons: 2</title>" in page


def test_a_lesson_in_the_list_keeps_what_it_was_given() -> None:
    a = trace(FORK).find("a")
    own = lesson(FORK, "Twice", notes={a: "used twice"}, ask=[a])
    page = lesson([PRODUCT, own, between(trace(FORK).find("v1"), FORK)], reveal=True).html
    first, second, third = map(data, frames(page))
    assert (first["notes"], first["reveal"], first["quiz"]) == ({}, True, None)
    assert set(second["notes"].values()) == {"used twice"}
    assert (second["reveal"], len(second["quiz"])) == (False, 1)
    assert len(third["nodes"]) < len(second["nodes"])
    assert index(page)[1] == ("Twice", "1 question")


def test_the_worksheet_holds_them_together() -> None:
    page = lesson({"P": lesson(PRODUCT, ask=["a"]), "F": lesson(FORK), "G": FORK}, quiz=True).html
    sheets = re.findall(r'<section class="sheet">.*?</section>', page, re.DOTALL)
    blanks, answers = sheets
    assert re.findall("<h2>(.*?)</h2>", blanks) == ["1. P", "2. F", "3. G"]
    assert re.findall("<h2>(.*?)</h2>", answers) == ["1. P", "3. G"]
    assert blanks.count("<svg") == 3
    assert blanks.count("Name:") == 1
    assert "∂p/∂a 3" not in blanks
    assert "∂p/∂b 2" in blanks  # which is not asked for
    assert "∂p/∂a 3" in answers


def test_without_a_quiz_there_are_no_answers_and_no_name() -> None:
    page = lesson([PRODUCT, FORK]).html
    assert page.count('<section class="sheet">') == 1
    assert "Name:" not in page[page.index('<section class="sheet">') :]


def test_it_shows_itself_in_a_notebook() -> None:
    pages = lesson([PRODUCT], title="One")
    assert repr(pages) == "<lessons One: p = a * b>"
    assert 'title="One" sandbox="allow-scripts' in pages._repr_html_()


@pytest.mark.parametrize(
    ("roots", "options", "error", "message"),
    [
        ([], {}, ValueError, "there is no graph in the list: a page has one or more"),
        ({}, {}, ValueError, "there is no graph in the list"),
        ([PRODUCT], {"title": 3}, TypeError, "title is text, not 3"),
        ({3: PRODUCT}, {}, TypeError, "title is text, not 3"),
        ({3: lesson(PRODUCT)}, {}, TypeError, "title is text, not 3"),
        ([PRODUCT], {"notes": {"a": "x"}}, TypeError, r"in a list, give lesson\(root, notes="),
        ([PRODUCT], {"ask": ["a"]}, TypeError, "notes and ask belong to one graph"),
        ([PRODUCT], {"lang": "xx"}, ValueError, "lang is one of"),
        ([PRODUCT, 3.0], {}, TypeError, "there is no graph at 1: a page plays Values, not 3.0"),
        ({"A": [PRODUCT]}, {}, TypeError, "there is no graph at 'A'"),
    ],
)
def test_what_is_wrong_is_refused(
    roots: Any, options: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        write_lesson(roots, tmp_path / "x.html", **options)
    assert not list(tmp_path.iterdir())


def test_a_hostile_title_stays_a_title() -> None:
    bad = '"></iframe><script>alert(1)</script>'
    page = lesson({bad: Value(1.0, label=bad) * 2.0}, title=bad).html
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(page)
    assert (tags.count("script"), tags.count("iframe")) == (1, 1)
