"""Pages in other languages: no word is left in English, and nothing is wider than the window."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from marks import OVER, READ, unmarked
from shown import SMALL, network, neuron

from autograd import Value, lesson, write_lesson
from autograd.language.words import LANGUAGES


@pytest.mark.parametrize("make", [lambda: SMALL, neuron, network])
def test_no_word_of_a_page_is_left_out(
    watched: Callable[..., Any], tmp_path: Path, marked: str, make: Callable[[], Value]
) -> None:
    path = write_lesson(make(), tmp_path / "lesson.html", title="t", lang=marked)
    page = watched()
    page.goto(Path(path).as_uri())
    for moment in range(page.evaluate("END") + 1):
        page.evaluate(f"go({moment})")
        assert unmarked(page.evaluate(READ)) == set()
    page.locator("#picture .node").first.focus()
    page.evaluate("play(true), play(false)")
    assert unmarked(page.evaluate(READ)) == set()


def test_no_word_of_neurons_is_left_out(
    watched: Callable[..., Any], tmp_path: Path, marked: str
) -> None:
    path = write_lesson(network(), tmp_path / "lesson.html", title="t", lang=marked, reveal=True)
    page = watched()
    page.goto(Path(path).as_uri())
    assert page.evaluate("picture.neurons.all.length")
    for act in ("toggle(0)", "toggle(0)", "toggleAll()", "toggleAll()"):
        page.evaluate(act)
        assert unmarked(page.evaluate(READ)) == set()
    for moment in range(1, page.evaluate("LAST") + 1):
        page.evaluate(f"go({moment}, false, true)")  # its number is hidden
        assert unmarked(page.evaluate(READ)) == set()


def test_no_word_of_a_quiz_is_left_out(
    watched: Callable[..., Any], tmp_path: Path, marked: str
) -> None:
    path = write_lesson(SMALL, tmp_path / "quiz.html", title="t", lang=marked, quiz=True)
    page = watched()
    page.goto(Path(path).as_uri())
    for answers in (["one"], ["7", "7", ""], ["-6"], ["3", "3", ""], ["-8"]):
        for answer in answers:
            if answer:
                page.fill("#answer", answer)
            page.click("#quiz button[type=submit]")
            assert unmarked(page.evaluate(READ)) == set()
    assert page.locator("#code").count() == 1  # the end


def test_no_word_of_several_lessons_is_left_out(marked: str) -> None:
    unit = {"t": SMALL, "u": lesson(SMALL, "u", quiz=True, lang=marked)}
    html = lesson(unit, "b", lang=marked).html
    for inside in ('srcdoc="[^"]*"', "<script.*?</script>", "<style.*?</style>", "<svg.*?</svg>"):
        html = re.sub(inside, "", html, flags=re.DOTALL)
    texts = re.findall(r'>([^<]+)<|aria-label="([^"]+)"', html)
    assert unmarked([each for pair in texts for each in pair]) == set()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", [(360, 740), (1280, 800)])
@pytest.mark.parametrize("make", [lambda: SMALL, network])
def test_words_fit(
    watched: Callable[..., Any],
    tmp_path: Path,
    make: Callable[[], Value],
    lang: str,
    size: tuple[int, int],
) -> None:
    page = watched(viewport={"width": size[0], "height": size[1]})
    path = write_lesson(make(), tmp_path / "lesson.html", lang=lang)
    page.goto(Path(path).as_uri())
    assert page.evaluate("document.documentElement.lang") == lang
    for moment in {*range(0, page.evaluate("END"), 3), page.evaluate("END")}:
        page.evaluate(f"go({moment})")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate(OVER) == []
