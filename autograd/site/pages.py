"""The pages of the site, and the whole of it in a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from autograd.files import write_whole
from autograd.language.parser import parse
from autograd.language.typeset import to_mathml
from autograd.lessons import book, lesson
from autograd.lessons.writing import lesson as lesson_of
from autograd.pictures.dot import draw_dot
from autograd.site.runtime import compiled, python_zip, runtime_files

PAGE = Path(__file__).with_name("page")
SCRIPT = "<script>(.*?)</script>"


@dataclass(frozen=True)
class Topic:
    """A lesson of the site: its file, its title, what there is to see, and the expression."""

    name: str
    title: str
    words: str
    text: str


TOPICS = (
    Topic(
        "product",
        "A product",
        "The derivative by one factor is the other factor.",
        "a = 2; b = 3; f = a*b",
    ),
    Topic(
        "fork",
        "Used twice",
        "Each variable goes into two gates, and what comes back adds up.",
        "a = -2; b = 3; d = a*b; e = a + b; f = d*e",
    ),
    Topic(
        "chain",
        "A chain",
        "One gate after the other: the derivatives multiply.",
        "x = 0.5; u = x**2; v = exp(u); f = sin(v)",
    ),
    Topic(
        "branch",
        "A branch",
        "Only the larger one gets the gradient of a maximum.",
        "a = 2; b = -1; f = a*b + maximum(a, b)",
    ),
    Topic(
        "neuron",
        "A neuron",
        "Two inputs, two weights, a bias and tanh.",
        "x0 = 2; x1 = 0; w0 = -3; w1 = 1; b = 6.9; n = w0*x0 + w1*x1 + b; o = tanh(n)",
    ),
    Topic(
        "loss",
        "A loss",
        "How far a prediction is off, and what each number has to do with it.",
        "x = 1.5; w = 0.8; b = -0.2; y = 1; p = sigmoid(w*x + b); loss = (p - y)**2",
    ),
)


def write_site(folder: Path, pyodide: Path | None = None) -> None:
    """Write the whole site: the pages, and what the playground runs.

    pyodide : the folder of `runtime_files`.

    Raises RenderError where Pyodide cannot be had, before anything is written.
    """
    runtime = runtime_files(pyodide)
    for name, text in pages().items():
        _write(folder / name, text.encode())
    for name, path in runtime.items():
        _write(folder / name, path.read_bytes())
    python = compiled(python_zip(), runtime["run/pyodide.mjs"])
    _write(folder / "run" / "python.zip", python)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def pages() -> dict[str, str]:
    """Every page and script of the site, by its name in the folder."""
    made = {topic.name: lesson_of(parse(topic.text), topic.title) for topic in TOPICS}
    return {
        "index.html": _front(),
        "playground.html": _playground(made["product"].html),
        "run/worker.js": _read("worker.js"),
        **{f"lessons/{name}.html": page.html for name, page in made.items()},
    }


def _front() -> str:
    root = parse("a = -2; b = 3; f = (a*b)*(a+b)")
    root.backward()
    picture = str(draw_dot(root, theme="auto").pipe(format="svg", encoding="utf-8"))
    return _filled(
        "index.html",
        picture=picture[picture.index("<svg") :],
        lessons="".join(_entries()),
    )


def _entries() -> Iterator[str]:
    for topic in TOPICS:
        yield (
            f'<li><a href="lessons/{topic.name}.html">{escape(topic.title)}</a>\n'
            f"<p>{escape(topic.words)}</p>\n"
            f"<p>{lesson.fitted(to_mathml(parse(topic.text)))}</p></li>\n"
        )


def _playground(one: str) -> str:
    """The page whose frames show lessons: a script that it forbids is forbidden in them too."""
    script = '"use strict";\n\n' + _read("playground.js")
    several = lesson_of([parse(TOPICS[0].text)]).html
    frames = [own for page in (one, several) for own in re.findall(SCRIPT, page, flags=re.S)]
    return _filled("playground.html", script=script, script_hashes=book.hashes(script, *frames))


def _filled(name: str, **parts: str) -> str:
    return Template(_read(name)).substitute(style=_read("site.css"), **parts)


def _read(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
