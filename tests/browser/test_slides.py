"""The slides in a browser: every one fits on a projector, and keys lead through all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playgrounds import accessible

from autograd.teaching.slides import deck

PLACES = "[...document.querySelectorAll('.slide')].findIndex((s) => s.classList.contains('here'))"
CUT_OFF = """() => {
  const slide = document.querySelector(".here");
  const bar = document.querySelector("nav").getBoundingClientRect();
  const covered = [...slide.querySelectorAll(".body *")].filter((each) => {
    if (each.children.length || each.closest("svg")) return false;
    const range = document.createRange();
    range.selectNodeContents(each);
    return [...range.getClientRects()].some((r) => r.right > bar.left && r.bottom > bar.top);
  });
  const wide = [slide, ...slide.querySelectorAll("pre, p, table, figure")].filter(
    (each) => each.scrollWidth > each.clientWidth,
  );
  return [slide.scrollHeight > slide.clientHeight, wide.length, covered.length];
}"""


@pytest.fixture
def shown(watched: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """The slides, opened from disk."""

    def opened(at: str = "", **options: Any) -> Any:
        path = tmp_path / "slides.html"
        path.write_text(deck(), encoding="utf-8")
        page = watched(**options)
        page.goto(path.as_uri() + at)
        return page

    return opened


def here(page: Any) -> int:
    """Which slide is shown, from 1."""
    return int(page.evaluate(PLACES)) + 1


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (1024, 768)])
def test_every_slide_fits(shown: Callable[..., Any], width: int, height: int) -> None:
    page = shown(viewport={"width": width, "height": height})
    count = page.locator(".slide").count()
    presses = 0
    while here(page) < count or page.locator(".here .later:not(.told)").count():
        assert page.evaluate(CUT_OFF) == [False, 0, 0], here(page)
        page.keyboard.press("PageDown")  # as a presenter does
        presses += 1
    assert page.evaluate(CUT_OFF) == [False, 0, 0]
    assert presses == count - 1 + page.locator(".later").count()


def test_what_waits_is_told_before_the_next_slide(shown: Callable[..., Any]) -> None:
    page = shown("#2")
    answer = page.get_by_text("It moves by 0.0601")
    assert not answer.is_visible()
    page.keyboard.press("ArrowRight")
    assert answer.is_visible()
    assert here(page) == 2
    page.keyboard.press("ArrowRight")
    assert here(page) == 3
    assert page.url.endswith("#3")
    page.keyboard.press("End")
    assert page.is_disabled("#on")
    page.keyboard.press("Home")
    assert page.is_disabled("#back")
    page.click("#on")
    assert page.inner_text("#place").startswith("2 / ")


def test_notes_are_for_who_asks(shown: Callable[..., Any]) -> None:
    page = shown("#2")
    notes = page.locator(".here .notes")
    assert not notes.is_visible()
    page.keyboard.press("s")
    assert notes.is_visible()
    page.click("#notes")
    assert not notes.is_visible()


@pytest.mark.parametrize("width", [pytest.param(360, marks=pytest.mark.release), 1280])
def test_it_is_accessible(shown: Callable[..., Any], width: int) -> None:
    for at in ("#1", "#14", "#28"):
        accessible(shown(at, viewport={"width": width, "height": 720}))


def test_without_scripts_and_on_paper_all_of_it_is_there(
    shown: Callable[..., Any], tmp_path: Path
) -> None:
    page = shown(java_script_enabled=False)
    assert page.get_by_text("It moves by 0.0601").is_visible()
    assert not page.locator("nav").is_visible()
    page = shown()
    page.emulate_media(media="print")
    assert page.locator(".later:visible").count() == page.locator(".later").count()
    assert page.locator(".step:visible").count() == page.locator(".step.last").count()
    assert not page.locator("nav").is_visible()
