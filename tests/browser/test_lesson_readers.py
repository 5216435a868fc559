"""Lessons for everyone: on any screen, without scripts, with hostile names, in notebooks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lessons import Expected, plain
from shown import (
    SMALL,
    WALK,
    Open,
    answer,
    check_moment,
    network,
    openable,
    where,
)

from autograd import Value, lesson, parse

# ---- who reads it, and on what ------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "kind", ["lesson", "opened", "end", "projector", "quiz", "explained", "help"]
)
def test_axe_finds_nothing(lesson_page: Open, kind: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    is_quiz = kind in ("quiz", "explained")
    options = {"color_scheme": scheme, "bypass_csp": True}
    at = "" if is_quiz else "#step=7"
    page = lesson_page(SMALL, title="Gradients", quiz=is_quiz, browser=options, at=at)
    if kind == "opened":
        openable(page)
        page.get_by_label("a", exact=True).fill("x")
        page.keyboard.press("Enter")
    elif kind == "explained":
        answer(page, "3")
        answer(page, "3")
    elif kind == "end":
        page.keyboard.press("End")
        page.keyboard.press("+")
    elif kind == "projector":
        page.keyboard.press("p")
    elif kind == "help":
        page.keyboard.press("?")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


CONTRASTS = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map((x) => x / 255)
      .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const paper = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll("#picture text")].map((text) => {
    const shape = text.closest(".node")?.querySelector("path");
    const behind = light(shape ? getComputedStyle(shape).fill : paper);
    const front = light(getComputedStyle(text).fill);
    return Math.max(behind, front) / Math.min(behind, front);
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_in_the_picture_has_contrast_in_every_state(lesson_page: Open, scheme: str) -> None:
    page = lesson_page(parse("f = a*2 + relu(a)", a=3), browser={"color_scheme": scheme})
    for _ in range(9):
        page.keyboard.press("ArrowRight")
        assert min(page.evaluate(CONTRASTS)) >= 4.5


@pytest.mark.parametrize("quiz", [False, True])
def test_without_scripts_the_picture_and_the_tables_are_there(
    lesson_page: Open, quiz: bool
) -> None:
    page = lesson_page(SMALL, quiz=quiz, browser={"java_script_enabled": False})
    expected = Expected(SMALL)
    prefix = page.locator("#picture svg").get_attribute("id")
    for place, numbers in enumerate(expected.picture(expected.last)):
        texts = page.locator(f"#{prefix}-v{place} text:is(.data, .grad)").all_text_contents()
        assert [text.split(" ")[-1] for text in texts] == numbers
    for name in ("forward", "backward"):
        rows = page.locator(f"#{name} tr").all()
        cells = [[plain(c) for c in row.locator("th, td").all_text_contents()] for row in rows]
        assert cells == getattr(expected, name)
        assert page.locator(f"#{name}").is_visible()
    for control in ("#player", "#side", "#about"):
        assert not page.locator(control).is_visible()


@pytest.mark.parametrize("size", [(360, 640), (640, 400)])  # a telephone; a screen at 200% zoom
@pytest.mark.parametrize("kind", ["lesson", "quiz", "network"])
def test_nothing_is_wider_than_the_screen(
    lesson_page: Open, size: tuple[int, int], kind: str
) -> None:
    root = network() if kind == "network" else SMALL
    title = "loss " * 3 if kind == "network" else None
    width, height = size
    view = {"width": width, "height": height}
    page = lesson_page(root, title=title, quiz=kind == "quiz", browser={"viewport": view})
    openable(page)
    for key in ("Home", "End", "ArrowLeft"):
        page.keyboard.press(key)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    for control in page.locator("button, input, select").all():
        if control.is_visible():
            control.scroll_into_view_if_needed()
            box = control.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height + 1


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_stepping(lesson_page: Open, width: int) -> None:
    page = lesson_page(SMALL, browser={"viewport": {"width": width, "height": 800}})
    names = ("#step", "#picture", "#side", "#about", "#map", "#inputs", "#tables")
    page.keyboard.press("End")  # the longest card
    places = set()
    for _ in range(11):
        places.add(str([page.locator(name).bounding_box() for name in names]))
        page.keyboard.press("ArrowLeft")
    assert len(places) == 1


# ---- names that mean harm -----------------------------------------------------------------------

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    '<b>"x"\n{|}&é∂\\',
    "",
    "x" * 10_000,
    "]]>",
    "${x} `${alert(1)}`",
    "</style><script>alert(1)</script>",
    "<!--<script>",
    "\u2028\u202e\0\x1b[31m",
]


@pytest.mark.parametrize(
    ("label", "quiz"), [*((label, False) for label in HOSTILE), (HOSTILE[0], True)]
)
def test_a_hostile_name_is_shown_as_text(lesson_page: Open, label: str, quiz: bool) -> None:
    harmless = lesson_page(named("a"), title="t", quiz=quiz)
    page = lesson_page(named(label), title=label or None, quiz=quiz)
    count = """Object.fromEntries(["script", "img", "b", "style", "iframe", "title"].map(
        (name) => [name, document.querySelectorAll(name).length]))"""
    assert page.evaluate(count) == harmless.evaluate(count)
    if quiz:
        answer(page, "<img src=x onerror=alert(1)>")
        answer(page, "7")
        answer(page, "7")
    else:
        openable(page)
        page.evaluate(WALK, ["ArrowRight", 12])
        for node in page.locator("#picture .node").all():
            node.focus()
    assert page.locator("img, iframe").count() == 0
    if label:
        shown = re.sub(r"\s+", " ", label.split("\0")[0])
        assert shown[:20].strip() in re.sub(r"\s+", " ", page.locator("h1").first.text_content())
        assert page.title()
        texts = " ".join(page.locator("#picture text").all_text_contents())
        assert label.split("\n")[0][:12].strip("\u2028\u202e\0\x1b") in texts


def named(label: str) -> Value:
    a, b = Value(2.0, label=label), Value(3.0, label=label + "2" if label else "")
    root = a * b + a
    root.label = label
    return root


def test_the_picture_is_described_with_its_numbers(lesson_page: Open) -> None:
    page = lesson_page(SMALL, browser={"java_script_enabled": False})
    source = page.content()
    assert "8.888" not in source
    assert "a; data -2; ∂f/∂a -3" in source


def test_keys_scroll_a_frame_that_has_the_focus_and_overflows(lesson_page: Open) -> None:
    page = lesson_page(network(), browser={"viewport": {"width": 360, "height": 600}})
    page.keyboard.press("End")
    last = where(page)
    page.locator("#reading").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert where(page) == last


def test_two_lessons_in_one_notebook_do_not_disturb_each_other(
    watched: Open, tmp_path: Path
) -> None:
    frames = "".join(lesson(root)._repr_html_() for root in (SMALL, SMALL, named("a")))
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><html><body>{frames}</body></html>", encoding="utf-8")
    page = watched()
    page.goto(path.as_uri())
    page.wait_for_timeout(300)
    first, second, third = page.frames[1:]
    for frame in (first, second, third):
        frame.wait_for_selector("#step")
    for _ in range(5):
        first.locator("#step").click()
    second.locator("#last").click()
    third.locator("#step").press("ArrowRight")
    assert [where(frame) for frame in (first, second, third)] == [5, 11, 1]
    expected = Expected(SMALL)
    check_moment(first.evaluate(WALK, ["ArrowRight", 1])[0], expected, 6)
    check_moment(second.evaluate(WALK, ["ArrowLeft", 2])[1], expected, 9)
