"""Layout within a time limit, by the system's Graphviz and by the one in WebAssembly."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import graphviz
import pytest

from autograd import Value, draw_dot
from autograd.errors import LayoutError, RenderError
from autograd.pictures import layout
from autograd.pictures.layout import Digraph, lay_out

SMALL = "digraph { a -> b }"


def tangle(count: int = 1500) -> str:
    """A graph that takes Graphviz minutes."""
    rng = random.Random(0)
    arrows = (f"v{rng.randrange(k)} -> v{k}" for k in range(1, count) for _ in range(2))
    return f"digraph {{ {'; '.join(arrows)} }}"


@pytest.fixture(params=["system", "wasm"])
def renderer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "wasm":
        monkeypatch.setenv("PATH", "")
    elif not shutil.which("dot"):
        pytest.skip("no Graphviz on this system")
    return str(request.param)


@pytest.mark.usefixtures("renderer")
def test_a_layout_past_its_limit_is_given_up_and_the_next_is_none_the_worse() -> None:
    lay_out(SMALL, "svg", "dot")  # loaded
    start = monotonic()
    with pytest.raises(LayoutError, match=r"did not lay 2,998 arrows out within 0\.3 seconds"):
        lay_out(tangle(), "svg", "dot", limit=0.3)
    assert monotonic() - start < 10
    assert b"<svg" in lay_out(SMALL, "svg", "dot")


@pytest.mark.usefixtures("renderer")
def test_a_picture_has_a_limit_of_its_own() -> None:
    picture = Digraph()
    picture.body.append(tangle()[9:-1])
    picture.limit = 0.2
    with pytest.raises(LayoutError):
        picture.pipe("svg")


@pytest.mark.skipif(not shutil.which("dot"), reason="no Graphviz on this system")
def test_what_graphviz_refuses_is_its_own_error() -> None:
    with pytest.raises(graphviz.CalledProcessError, match="syntax error"):
        lay_out("digraph {", "svg", "dot")


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as POSIX does")
def test_ctrl_c_ends_a_layout_at_once(renderer: str, tmp_path: Path) -> None:
    source = tmp_path / "tangle.gv"
    source.write_text(tangle())
    program = (
        "import pathlib, sys\n"
        "from autograd.pictures.layout import lay_out\n"
        f"lay_out({SMALL!r}, 'svg', 'dot')\n"
        "print('ready', flush=True)\n"
        f"lay_out(pathlib.Path({str(source)!r}).read_text(), 'svg', 'dot', limit=60)"
    )
    environment = {**os.environ, "PATH": "" if renderer == "wasm" else os.environ["PATH"]}
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    start = monotonic()
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert monotonic() - start < 15


# ---- other ways ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_graphviz")
def test_what_the_webassembly_refuses_is_an_error_with_its_reason() -> None:
    with pytest.raises(RenderError, match="laid out: Failed to parse DOT source"):
        lay_out("digraph {", "svg", "dot")
    assert b"<svg" in lay_out(SMALL, "svg", "dot")


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a function that was handed over was given, where there is no other way."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    given: list[str] = []

    def draw(source: str) -> str:
        given.append(source)
        return '<svg xmlns="http://www.w3.org/2000/svg"><g class="graph"/></svg>'

    layout.use(draw)
    yield given
    layout.use(None)


def test_a_function_that_was_handed_over_draws(handed: list[str]) -> None:
    dot = draw_dot(Value(2.0, label="a") * 3)
    assert "<svg" in str(dot.pipe(encoding="utf-8"))
    assert handed == [dot.source]


@pytest.mark.parametrize("options", [{"format": "pdf"}, {"engine": "circo"}])
def test_what_a_function_cannot_draw_is_said(handed: list[str], options: dict[str, str]) -> None:
    with pytest.raises(RenderError, match=r"gives format 'svg' by engine 'dot'"):
        draw_dot(Value(2.0) * 3).pipe(**options)
    assert handed == []


def test_what_a_function_raises_is_said(handed: list[str]) -> None:
    layout.use(lambda source: 1 / 0)  # type: ignore[arg-type, return-value]
    with pytest.raises(RenderError, match="could not be laid out: division by zero"):
        draw_dot(Value(2.0) * 3).pipe()
    with pytest.raises(TypeError, match="use takes a function of DOT source that gives SVG, not 3"):
        layout.use(3)  # type: ignore[arg-type]
    assert handed == []


def test_a_browser_without_a_function_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(RenderError, match=r"hand one over with autograd\.pictures\.layout\.use"):
        draw_dot(Value(2.0) * 3).pipe()
