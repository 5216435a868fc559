"""The teacher's voice: own words, gradients chosen for a quiz, numbers hidden at first."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd import GraphError, Value, between, lesson, parse, trace
from autograd.cli import main
from autograd.language.notation import Notation
from autograd.lessons.notes import as_html, placed_notes
from autograd.quizzes.quiz import Quiz
from nn import cross_entropy, softmax
from tests.autograd.lessons.test_lesson import data

SMALL = parse("f = (a*b)*(a+b)", a=-2, b=3)  # v1 = a * b, v2 = a + b, f = v1 * v2


def notes_of(root: Any, notes: dict[Any, str]) -> dict[int, str]:
    """The notes of a page by their moments: 1 to 3 are gates, 4 is the seed, 5 to 10 steps."""
    return {int(k): text for k, text in data(lesson(root, notes=notes).html)["notes"].items()}


def test_a_note_stands_where_the_card_is_about_its_node() -> None:
    steps = trace(SMALL)
    v1, a = steps.find("v1"), steps.find("a")
    assert notes_of(SMALL, {v1: "here"}) == dict.fromkeys((1, 9, 10), "here")
    assert notes_of(SMALL, {a: "twice"}) == dict.fromkeys((7, 9), "twice")
    assert notes_of(SMALL, {"v1": "by name"}) == notes_of(SMALL, {v1: "by name"})
    assert sorted(notes_of(SMALL, {SMALL: "f"})) == [3, 4, 5, 6]


def test_a_note_may_be_at_one_step() -> None:
    steps, forward = trace(SMALL), trace(SMALL, "forward")
    assert notes_of(SMALL, {steps[5]: "x"}) == notes_of(SMALL, {5: "x"}) == {9: "x"}
    assert notes_of(SMALL, {0: "the seed"}) == {4: "the seed"}
    assert notes_of(SMALL, {forward[1]: "x"}) == {2: "x"}


def test_a_cross_entropy_says_what_its_gradients_come_to() -> None:
    scores = [Value(k, label=f"z{k}") for k in (1.0, 2.0, 0.5)]
    loss = cross_entropy(scores, 1)
    said = notes_of(loss, {loss: "mine"})
    assert set(said.values()) == {"mine"}  # own words at the same place win
    said = notes_of(loss, {})
    forward = len([node for node in trace(loss).order if node.operands])
    assert sorted(said)[:2] == [forward, forward + 1]
    assert "the gradient of each logit comes to <em>p</em> − <em>y</em>" in said[forward]
    loss.backward()
    p = [v.data for v in softmax(scores)]
    assert [z.grad for z in scores] == pytest.approx([p[0], p[1] - 1, p[2]])


def test_two_notes_at_one_step_stand_below_each_other() -> None:
    assert notes_of(SMALL, {5: "one", "a": "two"})[9] == "one<br>two"


def test_a_note_in_a_part_is_found_by_the_node_it_was_cut_from() -> None:
    steps = trace(SMALL)
    v1 = steps.find("v1")
    assert 1 in notes_of(between(v1, SMALL), {SMALL: "x"})
    with pytest.raises(GraphError, match="it is not in this graph"):
        notes_of(between(v1, SMALL), {steps.find("a"): "x"})


def test_a_note_is_escaped_and_knows_a_little_markdown() -> None:
    assert as_html("**b** *i* `c`") == "<strong>b</strong> <em>i</em> <code>c</code>"
    assert as_html("a * b * c") == "a * b * c"
    assert as_html('<script>alert("1")</script> [x](http://y) ![](z) # h') == (
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; [x](http://y) ![](z) # h"
    )
    assert as_html("one\ntwo") == "one<br>\ntwo"
    assert "<b>evil" not in lesson(SMALL, notes={"a": "</script><b>evil"}).html


@pytest.mark.parametrize(
    ("notes", "error", "message"),
    [
        (["a"], TypeError, "notes is a dict of texts by node or step, not"),
        ({"a": 3}, TypeError, "notes: a note is text, and at 'a' it is 3"),
        ({trace(SMALL, "forward")[0]._replace(index=1): "x"}, GraphError, "notes: step 1 is of an"),
        ({trace(parse("a*b", a=1, b=2))[1]: "x"}, GraphError, "notes: step 1 is of another graph"),
        ({"nobody": "x"}, GraphError, "no node of this graph is called 'nobody'"),
        ({7: "x"}, IndexError, "notes: there are steps 0 to 6, and no 7"),
        ({-1: "x"}, IndexError, "no -1"),
        ({2.5: "x"}, TypeError, "a node is given as a Value or by its name"),
    ],
)
def test_wrong_notes_are_refused(notes: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        lesson(SMALL, notes=notes)


def test_a_constant_has_no_step_to_speak_at() -> None:
    with pytest.raises(GraphError, match="notes: k is a constant: no step is about it"):
        lesson(SMALL * Value(3.0, label="k").detach(), notes={"k": "x"})


def test_without_notes_there_are_none() -> None:
    assert placed_notes(trace(SMALL), {}) == {}
    assert data(lesson(SMALL).html)["reveal"] is False


# ---- gradients chosen for a quiz ----------------------------------------------------------------


def test_only_the_nodes_chosen_are_asked_for() -> None:
    page = lesson(SMALL, ask=["b", "v2"]).html  # v2 comes first: b needs it
    assert [place for place, *_ in data(page)["quiz"]] == [3, 1]


def test_the_worksheet_has_fields_for_them_alone() -> None:
    page = lesson(SMALL, ask=[trace(SMALL).find("b")]).html
    blanks = page[page.index('<section class="sheet">') :].split("</section>")[0]
    assert "∂f/∂a -3" in blanks
    assert "∂f/∂b -8" not in blanks
    assert "Fill in the gradients that are missing." in blanks


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        ("a", TypeError, "ask is a list, not 'a'"),
        ([], ValueError, "ask: there is no node in the list"),
        (["f"], GraphError, "ask: f is where the pass begins"),
        (["nobody"], GraphError, "no node of this graph is called 'nobody'"),
    ],
)
def test_wrong_choices_are_refused(ask: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        lesson(SMALL, ask=ask)


def test_a_constant_is_not_asked_for() -> None:
    root = parse("f = a*b", a=2, b=3)
    k = Value(3.0, label="k").detach()
    with pytest.raises(GraphError, match="ask: k is a constant: it has no gradient"):
        lesson(root * k, ask=[k])


def test_a_quiz_in_the_terminal_gives_what_it_does_not_ask_for() -> None:
    output = io.StringIO()
    quiz = Quiz(Notation(), io.StringIO("-3\n"), output)
    quiz.run([SMALL], ["a"])
    assert (
        "question 1 of 1: v2 = a + b, where ∂f/∂v2 = -6; v1 = a · b, where ∂f/∂v1 = 1"
        in output.getvalue()
    )
    assert output.getvalue().endswith("score: 1 of 1 right\n")


# ---- in the shell -------------------------------------------------------------------------------


def test_all_of_it_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "lesson.html"
    expression = ["f = (a*b)*(a+b)", "a=-2", "b=3", "-o", str(target)]
    notes = ["--note", "a=used *twice*, as a = a", "--note", "5=now", "--note", "0=one"]
    notes += ["--note", "0=two"]
    assert main(["lesson", *expression, *notes, "--ask", "a", "--ask", "b", "--reveal"]) == 0
    found = data(target.read_text(encoding="utf-8"))
    assert found["notes"]["7"] == "used <em>twice</em>, as a = a"
    assert found["notes"]["9"] == "used <em>twice</em>, as a = a<br>now"
    assert found["notes"]["4"] == "one<br>\ntwo"
    assert len(found["quiz"]) == 2
    assert found["reveal"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lesson", "--note", "twice"], "'twice' is not PLACE=TEXT, such as a='it is used twice'"),
        (["lesson", "--note", "99=x"], "notes: there are steps 0 to 2, and no 99"),
        (["lesson", "--ask", "x"], "no node of this graph is called 'x'"),
        (["quiz", "--ask", "x"], "no node of this graph is called 'x'"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    command, *options = arguments
    assert main([command, "a*b", "a=2", "b=3", *options]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"autograd {command}: {message}")
    assert said.out == ""
    assert not list(tmp_path.iterdir())


def test_nodes_are_chosen_of_an_expression(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["quiz", "--ask", "a"]) == 2
    assert "--ask chooses nodes of an expression, and none is given" in capsys.readouterr().err
