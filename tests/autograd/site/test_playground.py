"""What the playground answers, as the page is given it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autograd import lesson, parse
from autograd.site.playground import Playground, free_names

START = "from autograd import *\nimport nn\nfrom nn import *"


class Page:
    """A playground, and what it has printed."""

    def __init__(self) -> None:
        self.said = ""
        self.playground = Playground(self.hear, START)

    def hear(self, text: str) -> None:
        self.said += text

    def draw(self, text: str, **numbers: str) -> Any:
        question = {"kind": "draw", "text": text, "numbers": numbers}
        return json.loads(self.playground.ask(json.dumps(question)))

    def run(self, text: str) -> Any:
        return json.loads(self.playground.ask(json.dumps({"kind": "run", "text": text})))


@pytest.fixture
def page() -> Page:
    return Page()


# ---- an expression ------------------------------------------------------------------------------


def test_an_expression_becomes_a_lesson_at_numbers_of_its_own(page: Page) -> None:
    answer = page.draw("f = (a*b)*(a+b)")
    assert answer["numbers"] == {"a": "-2", "b": "3"}
    assert answer["page"] == lesson(parse("f = (a*b)*(a+b)", a=-2, b=3)).html


def test_numbers_that_are_given_are_taken_and_others_forgotten(page: Page) -> None:
    answer = page.draw("f = a/c", a="1/4", b="7", c=" ")
    assert answer["numbers"] == {"a": "0.25", "c": "3"}
    assert answer["page"] == lesson(parse("f = a/c", a=0.25, c=3)).html


@pytest.mark.parametrize(
    ("text", "numbers", "words"),
    [
        ("f = a +* b", {}, "this cannot be read"),
        ("f = a*b", {"a": "two"}, "a: 'two' is not a number"),
        ("log(a)", {"a": "-1"}, "log(a) does not exist at a = -1"),
        ("", {}, "there is no expression"),
        ("1 + 2", {}, "'1 + 2' has no variable"),
        ("a", {}, "'a' has no operation"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    page: Page, text: str, numbers: dict[str, str], words: str
) -> None:
    answer = page.draw(text, **numbers)
    assert words in answer["error"]
    assert set(answer) == {"error"}


def test_a_graph_too_large_for_a_page_is_a_picture(page: Page) -> None:
    answer = page.draw(" + ".join(["a*b"] * 150))
    assert "page" not in answer
    assert answer["html"].startswith("<svg")


def test_names_of_an_expression_are_those_without_a_formula() -> None:
    assert free_names("d = a*b; f = tanh(d)\ng = f - c") == ["a", "b", "c"]
    assert free_names("(((") == free_names("\0") == []


# ---- the prompt ---------------------------------------------------------------------------------


def test_what_was_drawn_is_at_the_prompt(page: Page) -> None:
    page.draw("f = (a*b)*(a+b)")
    assert page.run("f.backward()") == {}
    assert page.run("a.grad") == {"text": "-3.0"}
    assert page.run("_ * 2") == {"text": "-6.0"}
    assert page.run("b = MLP") == {}
    assert page.draw("b*b")["numbers"] == {"b": "-2"}
    assert page.run("b.data") == {"text": "-2.0"}


def test_what_is_printed_comes_at_once_and_a_result_last(page: Page) -> None:
    assert page.run("x = 3\nprint('a', end='')\nprint('b')\nx") == {"text": "3"}
    assert page.said == "ab\n"


def test_a_value_is_shown_as_its_lesson_by_the_names_at_the_prompt(page: Page) -> None:
    page.run("u = Value(2.0); v = Value(3.0)")
    answer = page.run("u*v + u")
    assert answer["title"] == "u * v + u"
    assert answer["text"].startswith("Value(data=8.0")
    assert "page" not in page.run("u")
    assert page.run("lesson(u*v, quiz=True)")["title"] == "u * v"
    assert page.run("lesson([u*v, u + v])")["title"] == "Lessons: 2"


@pytest.mark.parametrize(
    ("text", "beginning"),
    [("trace(u*u)", "<table>"), ("draw_dot(u*u)", "<svg"), ("step_through(u*u)", "<div><svg")],
)
def test_what_a_notebook_shows_is_shown(page: Page, text: str, beginning: str) -> None:
    page.run("u = Value(2.0)")
    assert page.run(text)["html"].startswith(beginning)


def test_more_is_asked_for_until_a_text_is_complete(page: Page) -> None:
    assert page.run("for k in range(2):") == {"more": True}
    assert page.run("for k in range(2):\n    print(k)") == {}
    assert page.said == "0\n1\n"


def test_an_error_shows_only_what_was_typed(page: Page) -> None:
    page.run("def half(x):\n    return parse(x)")
    error = page.run("half('a +')")["error"]
    assert [line.strip() for line in error.splitlines() if "File" in line] == [
        'File "<prompt 2>", line 1, in <module>',
        'File "<prompt 1>", line 2, in half',
    ]
    assert "return parse(x)" in error
    assert "ExpressionError: this cannot be read: invalid syntax" in error
    assert page.run("1 +* 2")["error"].endswith("SyntaxError: invalid syntax")
    assert page.run("raise SystemExit(3)")["error"].endswith("SystemExit: 3")
    assert page.run("1 + 1") == {"text": "2"}
