"""The course in a browser: its parts are written, checked and solved in the page.

These need Pyodide, as the tests of the site do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playgrounds import accessible

from autograd.course import PARTS
from autograd.course.parts import WORDS
from tests.autograd.diagnosis.planted import DESIGNS

RELEASE = pytest.mark.release  # the others show that it works there; here, all of it
ASSIGNED = PARTS[3].solution.replace("operand.grad +=", "operand.grad =")


def check(page: Any, code: str) -> str:
    """What is said of a text."""
    page.wait_for_selector("#check:enabled")
    page.fill("#code", code)
    page.click("#check")
    page.wait_for_selector("#result li")
    return str(page.inner_text("#result"))


def without_scrolling(page: Any) -> bool:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth")) <= 0


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(PARTS[:1], id="the first"),
        pytest.param(PARTS[-1:], id="the last"),
        pytest.param(PARTS, id="all", marks=RELEASE),
    ],
)
def test_parts_are_solved_one_after_the_other(visit: Callable[..., Any], parts: Any) -> None:
    page = visit("index.html")
    page.click(f"text={parts[0]}")
    for part in parts:
        assert page.locator("h1").inner_text() == str(part)
        assert page.input_value("#code") == part.stub
        assert "wrong" in check(page, part.stub)
        assert not page.is_visible("#next")
        said = check(page, part.solution)
        words = {line.split()[0] for line in said.splitlines() if line}
        assert "right" in words
        assert not words & {"wrong", "later"}, said
        page.click("#next a")
    following = [*map(str, PARTS), "Playground"][PARTS.index(parts[-1]) + 1]
    assert page.locator("h1").inner_text() == following


LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (360, 1280)]


def test_a_mistake_is_told_by_its_name_and_drawn(visit: Callable[..., Any]) -> None:
    page = visit("course/4.html")
    page.on("dialog", lambda dialog: dialog.accept())
    accessible_in_every_look(page)
    assert "A gradient is assigned (=) where it must be added (+=)." in check(page, ASSIGNED)
    assert "f = a + a, with a = 3" in page.inner_text("#result")
    assert page.locator("#result svg").count() == 1
    while page.locator("#hint").is_enabled():
        page.click("#hint")
    page.click("#solve")
    accessible_in_every_look(page)
    check(page, PARTS[3].solution)
    accessible_in_every_look(page)


def accessible_in_every_look(page: Any) -> None:
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        accessible(page)
        assert without_scrolling(page)


@pytest.mark.parametrize(
    "name", ["closures", *(pytest.param(name, marks=RELEASE) for name in ("pairs", "tape"))]
)
def test_an_engine_of_another_design_is_told_the_same_there(
    visit: Callable[..., Any], name: str
) -> None:
    code = (DESIGNS / f"{name}.py").read_text()
    here = [WORDS[each.passed] for each in PARTS[5].check(code).tried]
    assert here[0] == "right"
    page = visit("course/6.html")
    check(page, code)
    assert page.locator("#result li > b").all_inner_texts() == here


RECURSIVE = """

def topological_order(root):
    order = []

    def visit(node):
        if node not in seen:
            seen.add(node)
            for operand in node.operands:
                visit(operand)
            order.append(node)

    seen = set()
    visit(root)
    return order
"""


def test_recursion_does_not_end_python_but_is_named(visit: Callable[..., Any]) -> None:
    said = check(visit("course/5.html"), PARTS[4].solution + RECURSIVE)
    assert "right operands come before results" in said
    assert "wrong a chain of 5000 nodes" in said
    assert "recursion" in said.lower()


def test_what_is_typed_stays_until_it_is_thrown_away(visit: Callable[..., Any]) -> None:
    page = visit("course/1.html")
    page.fill("#code", "x = 1")
    page.reload()
    assert page.input_value("#code") == "x = 1"
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("#again")
    assert page.input_value("#code") == "x = 1"
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#again")
    assert page.input_value("#code") == PARTS[0].stub
    page.reload()
    assert page.input_value("#code") == PARTS[0].stub


def test_hints_come_one_at_a_time_and_the_solution_asks(visit: Callable[..., Any]) -> None:
    page = visit("course/3.html")
    for count in range(1, len(PARTS[2].hints) + 1):
        page.click("#hint")
        assert page.locator("#hints li:visible").count() == count
    assert page.locator("#hint").is_disabled()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("#solve")
    assert not page.is_visible("#solution")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#solve")
    assert page.text_content("#solution pre") == PARTS[2].solution
    assert page.input_value("#code") == PARTS[2].stub


def test_tab_indents_and_after_escape_it_leaves(visit: Callable[..., Any]) -> None:
    page = visit("course/1.html")
    page.wait_for_selector("#check:enabled")
    page.fill("#code", "")
    page.focus("#code")
    page.keyboard.type("def f(x):\nif x:\nreturn 1")
    assert page.input_value("#code") == "def f(x):\n    if x:\n        return 1"
    page.keyboard.press("Shift+Tab")
    assert page.input_value("#code") == "def f(x):\n    if x:\n    return 1"
    page.keyboard.press("Tab")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert page.input_value("#code") == "def f(x):\n    if x:\n        return 1"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "check"


def test_a_program_is_run_and_an_endless_one_stopped(visit: Callable[..., Any]) -> None:
    page = visit("course/4.html")
    page.wait_for_selector("#try:enabled")
    page.fill("#code", PARTS[3].solution)
    page.click("#try")
    page.get_by_text("Value(2.0, grad=4.0) Value(3.0, grad=2.0)").wait_for()
    page.fill("#code", "while True: pass")
    page.click("#try")
    page.click("#stop")
    page.get_by_text("Stopped.").wait_for()
    assert "Your code" not in check(page, PARTS[3].solution)
    assert page.is_visible("#next")


def done_parts(page: Any) -> list[str]:
    """What the links to the parts say of those that are done."""
    names = page.locator("nav a").evaluate_all("a => a.map((each) => each.ariaLabel)")
    return [name for name in names if name.endswith(", done")]


def test_parts_that_are_done_are_marked_until_they_are_thrown_away(
    visit: Callable[..., Any],
) -> None:
    page = visit("course/4.html")
    assert done_parts(page) == []
    check(page, ASSIGNED)
    assert done_parts(page) == []
    check(page, PARTS[3].solution)
    assert done_parts(page) == [f"{PARTS[3]}, done"]
    assert page.locator("nav a.done").all_inner_texts() == ["4"]
    accessible(page)
    check(page, ASSIGNED)
    assert done_parts(page) == [f"{PARTS[3]}, done"]  # it was right once
    page.click("nav a >> text=2")
    assert page.locator("h1").inner_text() == str(PARTS[1])
    assert done_parts(page) == [f"{PARTS[3]}, done"]
    accessible(page)
    page.click("nav a >> text=4")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#again")
    assert done_parts(page) == []
    page.reload()
    assert done_parts(page) == []


NO_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("refused", "SecurityError"); },
});"""


def test_where_the_browser_keeps_nothing_a_part_is_marked_as_long_as_it_is_open(
    visit: Callable[..., Any],
) -> None:
    page = visit("course/4.html")
    page.add_init_script(NO_STORAGE)
    page.reload()
    check(page, PARTS[3].solution)
    assert done_parts(page) == [f"{PARTS[3]}, done"]
    page.reload()
    assert done_parts(page) == []


def test_from_disk_it_is_read_and_says_what_needs_a_server(
    watched: Callable[..., Any], site: Path
) -> None:
    page = watched()
    page.goto((site / "course" / "5.html").as_uri())
    assert page.locator("article svg").count() >= 1
    assert page.input_value("#code") == PARTS[4].stub
    assert "autograd site --serve" in page.inner_text("#state")
    assert page.locator("#check").is_disabled()
    page.click("#hint")
    assert page.locator("#hints li:visible").count() == 1


def test_a_page_is_small(site: Path) -> None:
    assert all(path.stat().st_size < 500_000 for path in (site / "course").iterdir())
