"""The playground as one file, opened from disk, with every host out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playgrounds import PATIENCE, accessible, built, quiz, run, step_to_the_end

from autograd.course import PARTS
from autograd.site.pages import write_single_file


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    path = tmp_path_factory.mktemp("single") / "playground.html"
    built(lambda pyodide: write_single_file(path, pyodide))
    return path


@pytest.fixture
def playground(browser: Any, path: Path) -> Iterator[Any]:
    """Its page; it may ask for nothing but what it holds."""
    asked: list[str] = []
    with browser.new_context(offline=True, reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
        page.on("pageerror", lambda error: asked.append(f"error: {error}"))
        page.on("console", lambda message: asked.append(f"console: {message.text}"))
        page.goto(path.as_uri())
        page.wait_for_selector("#shown iframe")
        yield page
    assert set(asked) <= {"file", "blob", "data"}
    assert asked.count("file") == 1


def test_it_draws_steps_quizzes_and_runs_python(playground: Any) -> None:
    step_to_the_end(playground)
    quiz(playground)
    assert run(playground, "f.backward(); a.grad").endswith("\n-3.0\n")
    run(playground, "step_through(f)")
    playground.click("#shown >> text=gate ▶▶")
    playground.get_by_text("step 0 of 6", exact=True).wait_for()
    accessible(playground)


def test_python_is_stopped_and_starts_anew(playground: Any) -> None:
    playground.fill("#prompt", "while True: pass")
    playground.press("#prompt", "Enter")
    playground.click("#stop")
    playground.wait_for_selector("#running:enabled")
    assert run(playground, "1 + 1").endswith("\n2\n")


def part_of(page: Any, number: int) -> Any:
    """The frame of a part of the course, with its Python."""
    frame = page.frame_locator("#part")
    frame.locator(f"body[data-part='{number}']").wait_for()
    frame.locator("#check:enabled").wait_for()
    return frame


def check(frame: Any, code: str) -> str:
    """What is said of a text."""
    frame.locator("#code").fill(code)
    frame.locator("#check").click()
    frame.locator("#check:enabled").wait_for()
    return str(frame.locator("#result").inner_text())


def test_the_course_is_in_it_and_checks_from_disk(playground: Any) -> None:
    run(playground, "mine = 7; step_through(f)")  # no lesson: axe sends messages to each frame
    playground.click(".parts a >> text=4")
    frame = part_of(playground, 4)
    code = PARTS[3].solution
    assert "must be added (+=)" in check(frame, code.replace("grad +=", "grad ="))
    assert frame.locator("#result svg").count() == 1
    assert "wrong" not in check(frame, code)
    frame.locator("#next a").click()
    frame = part_of(playground, 5)
    assert frame.locator("#code").input_value() == PARTS[4].stub
    done = frame.locator(".parts a.done")
    assert [done.nth(k).inner_text() for k in range(done.count())] == ["4"]
    playground.go_back()
    assert part_of(playground, 4).locator("#code").input_value() == code
    frame.locator("a.home").click()
    playground.wait_for_selector("#part", state="detached")
    assert playground.locator(".parts a.done").all_inner_texts() == ["4"]
    assert run(playground, "mine").endswith("\n7\n")
    accessible(playground)


def test_it_is_small_enough_to_be_sent(path: Path) -> None:
    assert path.stat().st_size < 15_000_000
