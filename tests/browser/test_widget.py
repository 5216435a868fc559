"""The page side of a stepper as a widget: its module in Chromium, with a model that asks Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import parse, step_through
from autograd.lessons.lesson import read
from autograd.lessons.widget import move, state
from autograd.stepping.stepper import Stepper

HARNESS = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Widget</title><style>{css}</style></head>
<body><main><h1>A notebook</h1><div id="cell"></div></main>
<script type="module">
{esm}
const heard = {{}};
let state = {state};
window.model = {{
  get: (name) => state[name],
  on: (name, then) => (heard[name] ??= new Set()).add(then),
  off: (name, then) => heard[name].delete(then),
  send: (message) => python(message.move),
  put: (next) => {{
    const changed = Object.keys(next).filter((name) => next[name] !== state[name]);
    state = next;
    for (const name of changed) for (const then of heard[`change:${{name}}`] ?? []) then();
  }},
}};
window.close = render({{ model, el: document.getElementById("cell") }});
window.listening = () => Object.values(heard).reduce((sum, each) => sum + each.size, 0);
</script></body></html>
"""


@pytest.fixture
def stepper() -> Stepper:
    return step_through(parse("f = (a*b)*(a+b)", a=-2, b=3))


@pytest.fixture
def cell(watched: Callable[..., Any], stepper: Stepper, tmp_path: Path) -> Any:
    """A page with the widget of a stepper; as in a notebook, each hears of the other's moves."""
    page = watched()
    page.expose_function("python", lambda how: move(stepper, how))
    stepper.listeners.append(
        lambda: page.evaluate("next => { setTimeout(() => model.put(next)) }", state(stepper))
    )
    path = tmp_path / "notebook.html"
    given = {"css": read("stepper.css"), "state": json.dumps(state(stepper))}
    given["state"] = given["state"].replace("<", "\\u003c")
    path.write_text(HARNESS.format(esm=read("stepper.js"), **given), encoding="utf-8")
    page.goto(path.as_uri())
    return page


def place(page: Any, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('output').textContent == words", arg=words
    )


def test_a_click_moves_the_gradients(cell: Any, stepper: Stepper) -> None:
    a = stepper.trace.find("a")
    place(cell, "before step 0")
    for _ in range(4):
        cell.click("text=step ▶")
    place(cell, "step 3 of 6")
    assert a.grad == -6.0
    assert "∂f/∂a += -6" in cell.inner_text("pre")
    cell.click("text=gate ▶▶")
    cell.click("text=◀ step")
    place(cell, "step 3 of 6")
    cell.click("text=▶|")
    place(cell, "step 6 of 6")
    assert a.grad == -3.0
    assert cell.locator("button:disabled").count() == 3
    cell.focus("input")
    cell.keyboard.press("Home")
    place(cell, "before step 0")
    assert a.grad == 0.0
    assert cell.locator("button:disabled").count() == 2


def test_a_move_in_python_moves_the_picture(cell: Any, stepper: Stepper) -> None:
    stepper.until("a")
    place(cell, "step 5 of 6")
    assert cell.input_value("input") == "5"
    assert "complete" in cell.inner_text("pre")
    stepper.set(notation="grad")
    cell.get_by_text("a.grad += 3").wait_for()


def test_a_cell_that_is_closed_listens_no_more(cell: Any) -> None:
    assert cell.evaluate("listening()") == 2
    cell.evaluate("close()")
    assert cell.evaluate("listening()") == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_everybody_can_use_it(cell: Any, stepper: Stepper, width: int) -> None:
    cell.set_viewport_size({"width": width, "height": 800})
    stepper.step(3)
    place(cell, "step 2 of 6")
    assert cell.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    faults = axe.run(cell).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["target"]) for fault in faults] == []
