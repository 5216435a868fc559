"""The notebooks of demos/notebooks in a browser: a stepper has buttons in marimo and JupyterLite.

marimo and JupyterLite are large, and no part of what the tests install: without them, these are
skipped. `pip install marimo jupyterlite-core jupyterlite-pyodide-kernel jupyter-server` has both.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import wheelhouse
from playgrounds import PATIENCE, built

from autograd.site.runtime import runtime_files
from autograd.site.server import server

FOLDER = Path(__file__).parents[2] / "demos" / "notebooks"
OF_CHALKGRAD = ("graphviz", "rich", "markdown-it-py", "mdurl", "pygments")
OF_THE_KERNEL = (
    *("ipython", "traitlets", "jedi", "parso", "matplotlib-inline", "prompt-toolkit", "wcwidth"),
    *("decorator", "stack-data", "executing", "asttokens", "pure-eval", "comm", "packaging", "six"),
    *("ipython-pygments-lexers", "typing-extensions"),
)
OF_THE_WIDGET = ("anywidget", "ipywidgets", "jupyterlab-widgets", "psygnal")


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page, with every other host out of reach."""
    with browser.new_context(viewport={"width": 1280, "height": 1400}) as context:

        def opened(address: str) -> Any:
            def answer(route: Any) -> None:
                if route.request.url.startswith((address, "data:", "blob:")):
                    route.continue_()
                else:
                    route.abort()

            context.route("**/*", answer)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            return page

        yield opened


def stands_at(page: Any, words: str) -> None:
    page.locator(".chalkgrad-stepper output", has_text=re.compile(f"^{words}$")).wait_for()


def test_in_marimo(visit: Callable[..., Any]) -> None:
    pytest.importorskip("marimo")
    pytest.importorskip("anywidget")
    notebook = str(FOLDER / "stepping_marimo.py")
    options = ("--headless", "--no-token", "--host", "127.0.0.1", "--port", "0")
    command = [sys.executable, "-m", "marimo", "run", *options, notebook]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = (re.search(r"http://\S+:\d+", line) for line in process.stdout)
            address = next(filter(None, found))[0].replace("localhost", "127.0.0.1")
            page = visit(address)
            page.goto(address)
            stands_at(page, "before step 0")
            for _ in range(4):
                page.click("text=step ▶")
            stands_at(page, "step 3 of 6")
            page.click("text=What are the gradients now?")
            page.get_by_text("a: -6.0, b: 0.0").wait_for()
        finally:
            process.terminate()


@pytest.fixture
def lite(tmp_path: Path) -> Path:
    """A site of JupyterLite with the notebook, this package, and all that it needs."""
    for module in ("jupyterlite_core", "jupyterlite_pyodide_kernel", "jupyter_server", "anywidget"):
        pytest.importorskip(module)
    found: dict[str, Path] = {}
    built(lambda pyodide: found.update(runtime_files(pyodide)))
    wheels, contents = tmp_path / "wheels", tmp_path / "contents"
    static = tmp_path / "static" / "pyodide"
    for folder in (wheels, contents, static):
        folder.mkdir(parents=True)
    wheelhouse.fill(wheels, ("micropip", *OF_CHALKGRAD, *OF_THE_KERNEL, *OF_THE_WIDGET))
    for name, path in found.items():
        shutil.copy(path, contents if name == "viz.js" else static)
    shutil.copy(FOLDER / "stepping.ipynb", contents)
    micropip = shutil.move(next(wheels.glob("micropip-*")), static)
    lock = json.loads((static / "pyodide-lock.json").read_text(encoding="utf-8"))
    entry = lock["packages"]["micropip"]  # Pyodide's own, where it is downloaded whole
    entry["file_name"] = Path(micropip).name
    entry["sha256"] = sha256(Path(micropip).read_bytes()).hexdigest()
    lock["packages"] = {"micropip": entry}
    (static / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    options = ["--contents", "contents", "--output-dir", "out", "--no-libarchive"]
    for wheel in wheels.glob("*.whl"):
        options += ["--piplite-wheels", str(wheel)]
    command = [sys.executable, "-m", "jupyterlite_core", "build", *options]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "out"


def test_in_jupyterlite(lite: Path, visit: Callable[..., Any]) -> None:
    with server(lite) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{running.server_address[1]}"
            page = visit(address)
            page.goto(f"{address}/notebooks/index.html?path=stepping.ipynb")
            page.locator(".jp-CodeCell .cm-content").first.click()
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_text("Run All Cells", exact=True).click()
            stands_at(page, "step 5 of 6")  # where the last cell goes
            page.get_by_text("-3.0 -6.0").first.wait_for()
            page.click(".chalkgrad-stepper >> text=▶|")
            stands_at(page, "step 6 of 6")
            assert page.locator(".chalkgrad-stepper svg").count() == 1
        finally:
            running.shutdown()
            thread.join()
