"""The site in a browser: the playground runs this engine in the page, and asks no other host.

These need Pyodide: from the folder that CHALKGRAD_PYODIDE names, or by npm; else they are skipped.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playgrounds import PATIENCE, accessible, quiz, run, step_to_the_end

from autograd import lesson, parse
from autograd.pictures import layout

DOT_TO_SVG = """
import {{ readFileSync }} from "node:fs";
const {{ instance }} = await import({viz!r});
const viz = await instance();
process.stdout.write(viz.renderString(readFileSync(0, "utf8"), {{ format: "svg", engine: "dot" }}));
"""


@pytest.fixture
def playground(visit: Callable[..., Any]) -> Any:
    """The playground, when it has drawn its first expression."""
    page = visit("playground.html")
    page.wait_for_selector("#shown iframe")
    return page


# ---- the playground -----------------------------------------------------------------------------


def test_an_expression_is_drawn_and_stepped(playground: Any) -> None:
    step_to_the_end(playground)


def test_other_numbers_give_another_lesson(playground: Any) -> None:
    playground.fill("#expression", "g = tanh(w*a)")
    playground.press("#expression", "Enter")
    playground.wait_for_selector("#numbers input[name=w]")
    assert playground.eval_on_selector_all("#numbers input", "all => all.map(i => i.name)") == [
        "a",
        "w",
    ]
    assert playground.locator("iframe").get_attribute("title") == "g = tanh(w * a)"
    playground.fill("#numbers input[name=w]", "two")
    playground.click("#drawing")
    playground.wait_for_selector("#wrong:not(:empty)")
    assert "w: 'two' is not a number" in playground.inner_text("#wrong")


@pytest.mark.skipif(not shutil.which("node"), reason="no node, which lays out by Viz.js too")
def test_a_lesson_made_there_is_the_one_that_is_made_here(
    playground: Any, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "dot.mjs"
    packed = (site / "run" / "viz.js.pack").read_bytes()
    (tmp_path / "viz.mjs").write_bytes(gzip.decompress(packed))
    program.write_text(DOT_TO_SVG.format(viz=(tmp_path / "viz.mjs").as_uri()))

    def draw(source: str) -> str:
        command = ["node", str(program)]
        ran = subprocess.run(command, input=source.encode(), capture_output=True, check=True)
        return ran.stdout.decode()

    monkeypatch.setattr(layout, "_handed", draw)  # the same layout; everything else is Python's
    here = lesson(parse("f = (a*b)*(a+b)", a=-2, b=3)).html
    assert playground.locator("#shown iframe").get_attribute("srcdoc") == here


def test_python_runs_at_the_prompt(playground: Any) -> None:
    assert run(playground, "f.backward()") == "f.backward()\n"
    assert run(playground, "a.grad").endswith("\n-3.0\n")
    assert "└─ v2 = a + b" in run(playground, "show(f)")
    assert "ZeroDivisionError" in run(playground, "1/0")
    run(playground, "model = MLP(2, [3, 1])")
    run(playground, "rows = [([1.0, 2.0], [1.0])]; sgd = SGD(model.parameters(), lr=0.01)")
    assert "epochs" in run(playground, "nn.fit(model, rows, sgd, epochs=3)")
    run(playground, "draw_dot(f)")
    assert playground.locator("#shown svg").count() == 1
    accessible(playground)


def test_a_stepper_has_buttons(playground: Any) -> None:
    run(playground, "s = step_through(f)\ns")
    place = playground.locator("#shown output")
    assert place.inner_text() == "before step 0"
    for _ in range(2):
        playground.click("#shown >> text=gate ▶▶")
        playground.wait_for_selector("#running:enabled")
    assert place.inner_text() == "step 2 of 6"
    assert run(playground, "f.grad, a.grad").endswith("\n(1.0, 0.0)\n")
    run(playground, "s.until(a); k = 0")
    assert place.inner_text() == "step 5 of 6"
    assert "∂f/∂a = -6 + 3 = -3" in playground.inner_text("#shown pre")
    accessible(playground)
    assert "a stepper has buttons instead" in run(playground, "s.loop()")


def test_an_expression_is_quizzed(playground: Any) -> None:
    quiz(playground)


def test_a_network_learns_in_a_page_made_there(playground: Any) -> None:
    run(playground, "model = MLP(1, [2, 1], 'tanh'); sgd = SGD(model.parameters(), lr=0.1)")
    run(
        playground,
        "training_page(model, [[0.0], [1.0]], [0.0, 1.0], loss=mse_loss, optimizer=sgd, epochs=5)",
    )
    frame = playground.frame_locator("#shown iframe")
    frame.locator("#last").click()
    frame.get_by_text("After epoch 5", exact=True).wait_for(timeout=20_000)


def test_an_unfinished_text_goes_on(playground: Any) -> None:
    run(playground, "for k in range(2):")
    assert playground.input_value("#prompt") == "for k in range(2):\n    "
    assert run(playground, "for k in range(2):\n    print(k)").endswith("print(k)\n0\n1\n")
    playground.press("#prompt", "ArrowUp")
    assert playground.input_value("#prompt") == "for k in range(2):\n    print(k)"


CHAIN = "x = y = Value(1.0)\nfor k in range({}): y = y * x\ndel y"


def test_a_long_chain_is_freed(playground: Any) -> None:
    run(playground, CHAIN.format(20_000))
    assert run(playground, "x.data").endswith("\n1.0\n")


def test_without_the_loop_a_long_chain_ends_python_and_the_page_says_so(
    browser: Any, address: str
) -> None:
    with browser.new_page() as page:  # whose console reports it
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/playground.html")
        page.wait_for_selector("#shown iframe")
        page.fill("#prompt", "del Value.__del__\n" + CHAIN.format(20_000))
        page.press("#prompt", "Enter")
        page.get_by_text("Python has ended:").wait_for()
        assert "Maximum call stack size exceeded" in page.inner_text("#log")


def test_a_loop_without_end_is_stopped(playground: Any) -> None:
    playground.fill("#prompt", "while True: pass")
    playground.press("#prompt", "Enter")
    playground.click("#stop")
    playground.wait_for_selector("#running:enabled")
    assert run(playground, "1 + 1").endswith("\n2\n")


# ---- the pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_everybody_can_read_the_front_page(visit: Any, width: int, scheme: str) -> None:
    page = visit("", color_scheme=scheme, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    accessible(page)
    page.click("text=Where paths meet")
    assert page.locator("h1").inner_text() == "Where paths meet again, gradients add up"
    page.click("text=All lessons")
    page.click("text=XOR")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    accessible(page)
    page.click("text=All lessons")
    assert page.locator("h1").inner_text() == "Where a gradient comes from"


def test_from_disk_the_lessons_open_and_the_playground_says_what_it_needs(
    watched: Callable[..., Any], site: Path
) -> None:
    page = watched()
    page.goto((site / "index.html").as_uri())
    page.click("text=A neuron's weight")
    assert page.locator("#where").inner_text() != ""
    page.goto((site / "playground.html").as_uri())
    assert "autograd site --serve" in page.inner_text("#state")
    assert page.locator("#drawing").is_disabled()


@pytest.mark.skipif(not shutil.which("node"), reason="no node, which prepares for the page")
def test_python_is_prepared_for_the_page_which_starts_the_sooner(site: Path, visit: Any) -> None:
    archive = BytesIO(gzip.decompress((site / "run" / "python.zip.pack").read_bytes()))
    names = set(zipfile.ZipFile(archive).namelist())
    assert {"autograd/value.py", "autograd/__pycache__/value.cpython-314.pyc"} <= names
    drawn = set()
    for _ in range(2):
        page = visit("playground.html")
        page.wait_for_selector("#shown iframe")
        assert run(page, "import wave; wave.__name__").endswith("\n'wave'\n")
        drawn.add(run(page, "import random; random.random()"))
    assert len(drawn) == 2  # the memory that they share was not kept from being random


def test_the_site_is_small_enough_to_be_put_anywhere(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 25_000_000
