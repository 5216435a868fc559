"""What the tests of a playground share: where its Python comes from, and what is typed there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import RenderError

PATIENCE = 120_000  # milliseconds, on a busy machine


def built(write: Callable[[Path | None], None]) -> None:
    """Write a playground, by the Pyodide in CHALKGRAD_PYODIDE or the one npm brings; else skip."""
    given = os.environ.get("CHALKGRAD_PYODIDE")
    try:
        write(Path(given) if given else None)
    except RenderError as error:
        if given or os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def run(page: Any, text: str) -> str:
    """What is in the log after a text was run at the prompt."""
    page.fill("#prompt", text)
    page.press("#prompt", "Enter")
    page.wait_for_selector("#running:enabled")
    return str(page.inner_text("#log")).rpartition(">>> ")[2]


def quiz(page: Any) -> None:
    """Answer every question about f = (a*b)*(a+b) at a = -2, b = 3."""
    page.click("#quizzing")
    frame = page.frame_locator("#shown iframe")
    for count, answer in enumerate(("1", "-6", "-3", "-8"), 1):
        frame.locator("#quiz input").fill(answer)
        frame.locator("#quiz input").press("Enter")
        frame.get_by_text(f"{count} of {count} right").wait_for(timeout=20_000)


def step_to_the_end(page: Any) -> None:
    """Step through the lesson of that graph, and find its gradients."""
    frame = page.frame_locator("#shown iframe")
    assert frame.locator("h1").inner_text() == "f = a * b * (a + b)"
    for _ in range(10):
        frame.locator("#step").click()
    assert frame.locator("#where").inner_text().startswith("Step 10 of 10")
    shown = frame.locator("#picture text.grad").all_text_contents()
    assert {"∂f/∂a -3", "∂f/∂b -8"} <= set(shown)


def accessible(page: Any) -> None:
    """Nobody is left out, as far as axe can tell."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    faults = axe.run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["target"]) for fault in faults] == []
