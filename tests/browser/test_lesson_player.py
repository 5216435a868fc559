"""Moving about in a lesson: keys, buttons, playing, pointing at nodes."""

from __future__ import annotations

import re

import pytest
from lessons import Expected
from shown import (
    SMALL,
    Open,
    until,
    where,
)


def test_the_keys_move_as_the_page_says(lesson_page: Open) -> None:
    page, expected = lesson_page(SMALL), Expected(SMALL)
    for moment in range(1, expected.last + 1):
        page.keyboard.press("ArrowRight")
        assert where(page) == moment
    end = expected.last + 1  # what the gradients say
    for _ in range(2):  # after which there is no more
        page.keyboard.press("ArrowRight")
        assert where(page) == end
    for moment in reversed(range(end)):
        page.keyboard.press("ArrowLeft")
        assert where(page) == moment
    for gate in (1, 2, 3, 4, 6, 8, 10):  # then the seed, and two steps to each gate
        page.keyboard.press("Shift+ArrowRight")
        assert where(page) == gate
    for gate in (8, 6, 4, 3):
        page.keyboard.press("Shift+ArrowLeft")
        assert where(page) == gate
    page.keyboard.press("End")
    assert where(page) == end
    page.keyboard.press("Home")
    assert where(page) == 0
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_the_buttons_and_the_slider_move_too(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    for name, moment in (("last", 11), ("back", 10), ("first", 0), ("step", 1), ("next gate", 2)):
        page.get_by_role("button", name=name, exact=True).click()
        assert where(page) == moment
    page.get_by_role("slider", name="step").fill("7")
    assert where(page) == 7


@pytest.mark.parametrize(
    ("address", "moment"), [("#step=7", 7), ("#step=12345", 11), ("#step=x", 0), ("#", 0)]
)
def test_the_address_says_where_it_opens(lesson_page: Open, address: str, moment: int) -> None:
    page = lesson_page(SMALL, at=address)
    assert where(page) == moment
    page.keyboard.press("End")
    assert page.url.endswith("#step=11")
    page.evaluate("location.hash = '#step=3'")
    until(page, "moment === 3")


# ---- playing ------------------------------------------------------------------------------------


def test_space_plays_and_pauses_and_playing_is_silent(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    live = page.locator("#live")
    page.keyboard.press("ArrowRight")
    said = live.inner_text()
    assert said == "Gate v1: data -6."
    page.get_by_label("speed").select_option("4")
    page.locator("body").press(" ")
    assert page.get_by_role("button", name="pause").is_visible()
    until(page, "moment > 2")
    assert live.inner_text() == said
    page.locator("body").press(" ")
    paused = where(page)
    page.wait_for_timeout(600)
    assert where(page) == paused
    assert page.get_by_role("button", name="play").is_visible()
    page.keyboard.press("End")
    assert live.inner_text() == "All gradients are known."
    page.keyboard.press("ArrowLeft")
    assert live.inner_text().startswith("Gate v1: upstream 1 times local -2 is -2.")
    page.keyboard.press("End")
    page.locator("body").press(" ")  # from the beginning
    until(page, "moment > 0 && moment < 11")


def test_it_stops_at_the_end(lesson_page: Open) -> None:
    page = lesson_page(SMALL, at="#step=9")
    page.locator("body").press(" ")
    until(page, "moment === 11")
    assert page.get_by_role("button", name="play").is_visible()
    assert page.locator("#live").inner_text() == "All gradients are known."


@pytest.mark.parametrize(("wish", "dots"), [("no-preference", 1), ("reduce", 0)])
def test_a_dot_travels_unless_the_reader_wants_no_motion(
    lesson_page: Open, wish: str, dots: int
) -> None:
    page = lesson_page(SMALL, at="#step=4", browser={"reduced_motion": wish})
    page.keyboard.press("ArrowRight")
    assert page.locator(".dot").count() == dots
    until(page, "document.querySelector('.sum')?.textContent === '+= 1'")
    assert page.locator(".dot").count() == 0


# ---- nodes --------------------------------------------------------------------------------------


def test_a_node_under_the_mouse_or_in_focus_says_what_it_is(lesson_page: Open) -> None:
    page = lesson_page(SMALL, at="#step=10")
    about, usual = page.locator("#about"), page.locator("#about").inner_text()
    for node in (page.get_by_label("b: data 3"), page.get_by_label("v1: data -6")):
        node.focus()
        by_key = about.text_content()
        node.blur()
        assert about.inner_text() == usual
        node.hover()
        assert about.text_content() == by_key
    assert re.sub(r"\s", "", by_key) == "v1=a·b;data−6;gradient1;used1time"


def test_a_nodes_paths_to_the_result_light_up(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    lit = "[...document.querySelectorAll('#picture .lit')].map((each) => each.id.slice(10)).sort()"
    page.get_by_label("v1: data").focus()
    assert page.evaluate(lit) == ["v2", "v2-v4#0", "v4"]
    page.get_by_label("a: data").focus()
    everything = ["v0", "v0-v2#0", "v0-v3#0", "v2", "v2-v4#0", "v3", "v3-v4#1", "v4"]
    assert page.evaluate(lit) == everything
    page.locator("#play").focus()
    assert page.evaluate(lit) == []


def test_every_control_and_node_is_reached_with_tab(lesson_page: Open) -> None:
    page = lesson_page(SMALL, at="#step=3")
    page.locator("summary").first.press("Enter")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "document.activeElement.id || document.activeElement.ariaLabel || "
            "document.activeElement.tagName"
        )
        if name in seen:
            break
        seen.append(name)
    nodes = page.evaluate("NODES.map(({ id }) => id)")
    controls = ["first", "back", "play", "step", "next", "last", "slider", "speed", "print", "keys"]
    controls += ["smaller", "larger", "whole", "projector"]
    assert {*nodes, *controls, "a", "a, by sliding", "reset"} <= set(seen)
