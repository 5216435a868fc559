"""Several lessons in one file: the index, the way among them, keys, print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lessons import Expected
from shown import SMALL, WALK, Open, check_moment, until, where

from autograd import lesson, parse, write_lesson

PRODUCT = parse("p = a*b", a=2, b=3)
Book = Callable[..., Any]


@pytest.fixture
def book(watched: Open, tmp_path: Path) -> Book:
    def opened(roots: Any, at: str = "", browser: Any = None, **options: Any) -> Any:
        path = tmp_path / "book.html"
        write_lesson(roots, path, **options)
        page = watched(**(browser or {}))
        page.goto(path.as_uri() + at)
        return page

    return opened


ROOTS = {"A product": PRODUCT, "A fork": SMALL, "Two questions": lesson(SMALL, ask=["a", "b"])}


def shown(page: Any) -> list[str]:
    sections = "[...document.querySelectorAll('main > section')]"
    return page.evaluate(f"{sections}.filter((each) => each.offsetHeight).map(({{ id }}) => id)")


def frame(page: Any) -> Any:
    """The frame that is on the screen, once it plays."""
    (place,) = shown(page)
    handle = page.locator(f"#{place} iframe").element_handle()
    found = handle.content_frame()
    found.wait_for_selector("#where")
    return found


def test_the_index_leads_to_each_and_back(book: Book) -> None:
    page = book(ROOTS, title="A unit")
    assert shown(page) == ["graph-0"]
    assert page.locator("li").all_inner_texts() == [
        "A product 4 steps",
        "A fork 10 steps",
        "Two questions 2 questions",
    ]
    page.get_by_role("link", name="A fork").click()
    assert shown(page) == ["graph-2"]
    assert page.url.endswith("#graph-2")
    assert page.locator("#graph-2 nav").inner_text().count("2 of 3") == 1
    page.get_by_role("link", name="next").click()
    assert shown(page) == ["graph-3"]
    assert page.get_by_role("link", name="next").count() == 0
    page.get_by_role("link", name="previous").click()
    page.get_by_role("link", name="previous").click()
    assert shown(page) == ["graph-1"]
    page.get_by_role("link", name="index").click()
    assert shown(page) == ["graph-0"]
    page.go_back()
    until(page, "!document.getElementById('graph-1').hidden")


def test_each_plays_as_a_whole_lesson(book: Book) -> None:
    page = book(ROOTS, at="#graph-2")
    inner = frame(page)
    for moment, seen in enumerate(inner.evaluate(WALK, ["ArrowRight", 10]), 1):
        check_moment(seen, Expected(SMALL), moment)
    page.get_by_role("link", name="next").click()
    quiz = frame(page)
    answer_in(quiz, "-3")
    assert "1 of 1 right" in quiz.locator("#quiz").inner_text()


def answer_in(inner: Any, typed: str) -> None:
    inner.locator("#answer").fill(typed)
    inner.locator("#answer").press("Enter")


def test_the_keyboard_alone_is_enough(book: Book) -> None:
    page = book(ROOTS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first in the index
    assert shown(page) == ["graph-1"]
    inner = frame(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert where(inner) == 2
    for key, at in [("n", 2), ("n", 3), ("n", 3), ("b", 2), ("i", 0), ("b", 0), ("n", 1)]:
        if at == 2 and key == "b":
            quiz = frame(page)
            quiz.locator("#answer").press("n")  # a letter of an answer
            assert quiz.locator("#answer").input_value() == "n"
            quiz.locator("#tell").focus()
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        assert shown(page) == [f"graph-{at}"], key
        if at:
            frame(page)
    page.keyboard.press("ArrowRight")
    assert where(frame(page)) == 3
    page.keyboard.press("?")
    assert "the next graph" in frame(page).locator("#help").inner_text()


def test_a_lesson_alone_knows_of_no_other(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    page.keyboard.press("n")
    page.keyboard.press("?")
    assert "the next graph" not in page.locator("#help").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("at", ["", "#graph-2"])
def test_axe_finds_nothing(book: Book, at: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    options = {"color_scheme": scheme, "bypass_csp": True}
    page = book(ROOTS, at=at, title="A unit", browser=options)
    if at:
        frame(page)  # which other tests look into
    found = axe.Axe().run(page, options={"iframes": False})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("size", [(360, 740), (1280, 800), (1920, 1080)])
def test_it_fits_the_screen(book: Book, size: tuple[int, int]) -> None:
    page = book(ROOTS, browser={"viewport": {"width": size[0], "height": size[1]}})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= size[0]
    page.get_by_role("link", name="A fork").click()
    inner = frame(page)
    for each, height in ((page, size[1]), (inner, None)):
        assert each.evaluate("document.scrollingElement.scrollWidth") <= size[0]
        if height:
            assert each.evaluate("document.scrollingElement.scrollHeight") <= height
    inner.evaluate("act('step')")
    boxes = "[...document.querySelectorAll('#map .box')].map((box) => box.width.baseVal.value)"
    assert min(inner.evaluate(boxes)) > 10
    gate = inner.locator("#picture .gate").bounding_box()
    assert 0 <= gate["x"] <= size[0] - gate["width"]
    player = inner.locator("#player").bounding_box()
    assert player["y"] + player["height"] <= size[1] + 1


def test_without_scripts_all_of_them_are_there(book: Book) -> None:
    page = book(ROOTS, browser={"java_script_enabled": False})
    assert page.locator("iframe").count() == 3
    for place in (0, 1, 2, 3):
        assert page.locator(f"#graph-{place}").is_visible()
    assert not page.locator("#print").is_visible()


def test_several_graphs_are_printed_on_one_sheet(book: Book) -> None:
    page = book([PRODUCT, SMALL, lesson(PRODUCT)], quiz=True)
    page.emulate_media(media="print")
    assert not page.locator("main").is_visible()
    assert page.locator(".sheet svg").count() == 5
    assert page.pdf().count(b"/Type /Page\n") == 2


def test_in_a_notebook_it_leads_from_one_to_the_next(watched: Open, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(lesson([PRODUCT, SMALL])._repr_html_(), encoding="utf-8")
    page = watched()
    page.goto(path.as_uri())
    outer = page.frames[1]
    outer.get_by_role("link", name="f = a * b").click()
    inner = outer.locator("#graph-2 iframe").element_handle().content_frame()
    inner.locator("#step").click()
    assert where(inner) == 1
    outer.get_by_role("link", name="previous").click()
    inner = outer.locator("#graph-1 iframe").element_handle().content_frame()
    inner.locator("#last").click()
    assert where(inner) == 5


def test_hidden_numbers_stay_hidden_in_it(book: Book) -> None:
    page = book([SMALL, PRODUCT], reveal=True, at="#graph-1")
    inner = frame(page)
    inner.locator("#step").click()
    assert inner.locator("#reveal").is_visible()
