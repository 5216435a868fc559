"""The playground as one file, opened from disk, with every host out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playgrounds import PATIENCE, accessible, built, quiz, run, step_to_the_end

from autograd.site.pages import write_single_file

pytestmark = pytest.mark.xdist_group("single file")  # which is built once


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


def test_it_is_small_enough_to_be_sent(path: Path) -> None:
    assert path.stat().st_size < 15_000_000
