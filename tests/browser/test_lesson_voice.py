"""Own words at a step, a quiz of chosen nodes, and numbers that are hidden at first."""

from __future__ import annotations

from typing import Any

import pytest
from shown import SMALL, Open, answer, where

GRADIENTS = "NODES.map(({ id }) => byId(id).querySelector('.grad').textContent.split(' ')[1])"
NUMBERS = "NODES.map(({ id }) => byId(id).querySelector('.data').textContent.split(' ')[1])"


def press(page: Any, key: str) -> None:
    page.locator("body").press(key)


def test_a_note_is_shown_at_its_moments_and_nowhere_else(lesson_page: Open) -> None:
    page = lesson_page(SMALL, notes={"a": "Used **twice** & <i>so</i>"})
    seen = []
    for moment in range(12):
        note = page.locator("#card .own dd")
        if note.count():
            seen.append(moment)
            assert note.inner_text() == "Used twice & <i>so</i>"
            assert page.locator("#live").inner_text().endswith(" Used twice & <i>so</i>")
            assert note.locator("strong").inner_text() == "twice"
        press(page, "ArrowRight")
    assert seen == [7, 9]


def test_the_number_of_a_step_is_hidden_until_one_more_step(lesson_page: Open) -> None:
    page = lesson_page(SMALL, reveal=True)
    press(page, "ArrowRight")
    assert where(page) == 1
    assert page.evaluate(NUMBERS)[2] == "?"
    card = page.locator("#card").inner_text()
    assert "say first" in card
    assert "6" not in card  # of v1 = -6
    assert "6" not in page.locator("#live").inner_text()
    press(page, "ArrowRight")
    assert where(page) == 1
    assert page.evaluate(NUMBERS)[2] == "-6"
    assert "say first" not in page.locator("#card").inner_text()


def test_a_gradient_is_hidden_until_it_is_shown(lesson_page: Open) -> None:
    page = lesson_page(SMALL, reveal=True, at="#step=8")
    assert page.evaluate(GRADIENTS)[:2] == ["-6", "-6"]
    press(page, "ArrowRight")  # the second share of a: 3
    assert where(page) == 9
    assert page.evaluate(GRADIENTS)[0] == "-6"
    assert page.locator("text.sum").text_content() == "+= ?"
    assert "= 3" not in page.locator("#card").inner_text().replace("−2⋅3", "")
    page.get_by_role("button", name="show it").click()
    assert page.evaluate(GRADIENTS)[0] == "-3"
    assert page.locator("text.sum").text_content() == "+= 3"


def test_a_class_is_taken_through_it_by_keyboard_alone(lesson_page: Open) -> None:
    page = lesson_page(SMALL, reveal=True)
    said = page.locator("#live")
    press(page, "ArrowRight")
    assert said.inner_text() == "Gate v1: say its data first."
    page.locator("#reveal").press("Enter")
    assert said.inner_text() == "Gate v1: data -6."
    page.keyboard.press("Enter")  # the focus is on the button that goes on
    assert said.inner_text() == "Gate v2: say its data first."
    for _ in range(5):
        page.keyboard.press("Enter")
    assert said.inner_text() == "Seed: the gradient of f is 1."
    page.keyboard.press("Enter")
    assert said.inner_text() == (
        "Gate f: upstream 1. Say first what it adds to the gradient of v1."
    )


def test_hiding_is_off_unless_it_is_asked_for(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    press(page, "ArrowRight")
    assert page.evaluate(NUMBERS)[2] == "-6"


def test_after_printing_a_number_is_still_hidden(lesson_page: Open) -> None:
    page = lesson_page(SMALL, reveal=True)
    press(page, "ArrowRight")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(GRADIENTS) == ["-3", "-8", "1", "-6", "1"]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert where(page) == 1
    assert page.evaluate(NUMBERS)[2] == "?"


def test_going_back_or_elsewhere_hides_nothing(lesson_page: Open) -> None:
    page = lesson_page(SMALL, reveal=True)
    press(page, "End")
    assert page.evaluate(GRADIENTS) == ["-3", "-8", "1", "-6", "1"]
    press(page, "ArrowLeft")
    assert page.locator("#reveal").count() == 0
    press(page, "ArrowLeft")
    assert where(page) == 9
    press(page, "ArrowRight")  # to the last step, whose number is hidden
    assert page.locator("#reveal").count() == 1
    press(page, "ArrowRight")
    assert page.evaluate(GRADIENTS)[1] == "-8"
    assert where(page) == 10
    press(page, "ArrowRight")
    assert where(page) == 11
    assert page.locator("#step").is_disabled()


@pytest.mark.parametrize("reveal", [False, True])
def test_playing_shows_all_in_the_end(lesson_page: Open, reveal: bool) -> None:
    page = lesson_page(SMALL, reveal=reveal, at="#step=9")
    page.locator("#speed").select_option("4")
    page.locator("#play").click()
    done = "moment === END && !veiled && !timer"
    for _ in range(100):
        if page.evaluate(done):
            break
        page.wait_for_timeout(100)
    assert page.evaluate(GRADIENTS) == ["-3", "-8", "1", "-6", "1"]


def test_a_quiz_of_chosen_nodes_gives_the_gradients_that_they_need(lesson_page: Open) -> None:
    page = lesson_page(SMALL, ask=["a"], notes={5: "The second share.", "a": "Twice."})
    form = page.locator("#quiz")
    assert "Question 1 of 1" in form.inner_text()
    assert page.evaluate(GRADIENTS) == ["?", "?", "1", "-6", "1"]
    answer(page, "3")
    answer(page, "3")
    notes = form.locator(".own dd")  # with the explanation, a node's own once
    assert notes.all_inner_texts() == ["Twice.", "The second share.\nTwice."]
    page.get_by_role("button", name="go on").click()
    assert "0 of 1 right" in form.inner_text()


# ---- for everyone -------------------------------------------------------------------------------

NOTE = "Used **twice**, `a`: what does that mean for its *gradient*, and how is it seen? " * 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["hidden", "shown", "projector", "quiz"])
def test_axe_finds_nothing(lesson_page: Open, kind: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    options = {"color_scheme": scheme, "bypass_csp": True}
    ask = ["a"] if kind == "quiz" else None
    at = "" if ask else "#step=6"
    page = lesson_page(
        SMALL, title="Say it", notes={"a": NOTE}, reveal=True, ask=ask, browser=options, at=at
    )
    if ask:
        answer(page, "3")
        answer(page, "3")
    else:
        press(page, "ArrowRight")
    if kind == "shown":
        press(page, "ArrowRight")
    elif kind == "projector":
        press(page, "p")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("size", [(360, 740), (1280, 800), (1920, 1080)])
def test_the_question_is_seen_below_a_long_note(lesson_page: Open, size: tuple[int, int]) -> None:
    view = {"viewport": {"width": size[0], "height": size[1]}}
    page = lesson_page(SMALL, notes={"a": NOTE}, reveal=True, at="#step=6", browser=view)
    press(page, "ArrowRight")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= size[0]
    frame, button = (page.locator(name).bounding_box() for name in ("#reading", "#reveal"))
    assert button["y"] + button["height"] <= frame["y"] + frame["height"]
    assert button["x"] + button["width"] <= frame["x"] + frame["width"]
    press(page, "p")
    button = page.locator("#reveal").bounding_box()
    assert button["y"] + button["height"] <= size[1]
