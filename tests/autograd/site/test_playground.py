"""What the playground answers, as the page is given it."""

from __future__ import annotations

import builtins
import json
import sys
from typing import Any

import pytest

from autograd import lesson, parse
from autograd.course import PARTS
from autograd.site.playground import Playground, free_names

START = "from autograd import *\nimport nn\nfrom nn import *"


class Page:
    """A playground, and what it has printed."""

    def __init__(self) -> None:
        self.said = ""
        self.playground = Playground(self.hear, START)

    def hear(self, text: str) -> None:
        self.said += text

    def ask(self, **question: Any) -> Any:
        return json.loads(self.playground.ask(json.dumps(question)))

    def draw(self, text: str, **numbers: str) -> Any:
        return self.ask(kind="draw", text=text, numbers=numbers)

    def run(self, text: str) -> Any:
        return self.ask(kind="run", text=text)

    def move(self, move: str | int) -> Any:
        return self.ask(kind="move", move=move)


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


def test_it_becomes_a_quiz_if_one_is_wanted(page: Page) -> None:
    answer = page.ask(kind="draw", text="a*b", numbers={}, quiz=True)
    assert answer["page"] == lesson(parse("a*b", a=-2, b=3), quiz=True).html


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
    [("trace(u*u)", "<table>"), ("draw_dot(u*u)", "<svg"), ("MLP(1, [1])", "<div")],
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


def test_a_training_page_is_shown_as_a_page(page: Page) -> None:
    page.run("m = MLP(1, [1]); sgd = SGD(m.parameters(), lr=0.1)")
    answer = page.run("training_page(m, [[1.0]], [2.0], loss=mse_loss, optimizer=sgd, epochs=1)")
    assert answer["title"] == "A network learns a curve"
    assert answer["page"].startswith("<!DOCTYPE html>")


def test_what_draws_with_matplotlib_says_that_it_is_not_there(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(("matplotlib", "nn.plots"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delattr("nn.plots", raising=False)
    for text in ("import matplotlib", "from nn import plots"):
        assert page.run(text)["error"].startswith("matplotlib is not in this page"), text


def test_what_asks_for_input_says_what_there_is_instead(page: Page) -> None:
    usual = builtins.input
    page.draw("a*b")
    for text in ("input('name? ')", "step_through(a*b).loop()"):
        error = page.run(text)["error"]
        assert "RuntimeError: nothing can be typed into a running program here" in error
    assert builtins.input is usual


# ---- a stepper ----------------------------------------------------------------------------------


def test_a_stepper_is_moved_by_the_page(page: Page) -> None:
    page.draw("f = (a*b)*(a+b)")
    shown = page.run("s = step_through(f)\ns")["stepper"]
    assert (shown["index"], shown["last"]) == (-1, 6)
    assert page.move("step")["moved"]["index"] == 0
    assert page.move("next")["moved"]["index"] == 2
    moved = page.move("run")["moved"]
    assert moved["index"] == 6
    assert moved["page"].startswith("<div><svg")
    assert page.run("a.grad, b.grad") == {"text": "(-3.0, -8.0)"}
    assert page.move("back")["moved"]["index"] == 5
    assert page.move(2)["moved"]["index"] == 2
    assert page.move("restart")["moved"]["index"] == page.move(-1)["moved"]["index"] == -1
    assert page.run("a.grad, b.grad") == {"text": "(0.0, 0.0)"}


def test_a_stepper_on_show_follows_the_prompt_and_one_that_is_not_does_not(page: Page) -> None:
    page.draw("f = (a*b)*(a+b)")
    page.run("s = step_through(f)\ns")
    assert page.run("t = s.step(4); k = 1")["moved"]["index"] == 3
    assert page.run("k") == {"text": "1"}
    assert page.run("other = step_through(a*b)\nother")["stepper"]["last"] == 2
    assert page.run("s.step(); None") == {}
    assert page.move("step")["moved"]["last"] == 2


# ---- the course ---------------------------------------------------------------------------------


def test_a_part_of_the_course_is_checked(page: Page) -> None:
    part = PARTS[3]
    assert page.ask(kind="check", part=4, text=part.solution)["right"] is True
    assigned = part.solution.replace("operand.grad +=", "operand.grad =")
    answer = page.ask(kind="check", part=4, text=assigned)
    assert answer["right"] is False
    assert "assigned (=) where it must be added" in answer["html"]
    assert "<svg" in answer["html"]
    assert "<pre>" not in answer["html"]  # one that scrolls is reached by the keyboard
