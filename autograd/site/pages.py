"""The pages of the site, and the whole of it in a folder."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Collection, Iterator
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autograd.course.parts import PARTS
from autograd.files import write_whole
from autograd.language.parser import parse
from autograd.language.typeset import to_mathml
from autograd.lessons.book import hashes
from autograd.lessons.lesson import fitted
from autograd.lessons.lesson import read as of_lessons
from autograd.lessons.writing import lesson
from autograd.pictures.dot import draw_dot
from autograd.site.course import (
    course_pages,
    course_section,
    for_the_teacher,
    held_course,
    page_of,
    parts_nav,
)
from autograd.site.runtime import held_files, runtime_files
from autograd.site.template import allowed, file_tags, filled, read, tag
from autograd.teaching.sheets import write_sheets
from autograd.teaching.slides import deck

SCRIPT = "<script>(.*?)</script>"
ADDED = "chalkgrad.pages"  # entry points: each a function that gives pages, as `own_pages` does
DOCUMENTATION = "docs/index.html"  # where Sphinx may have put it

TOPICS = {
    "product": (
        "A product hands each input the other one's value",
        "a = -2; b = 3; f = a*b",
    ),
    "fork": (
        "Where paths meet again, gradients add up",
        "a = -2; b = 3; d = a*b; e = a + b; f = d*e",
    ),
    "chain": (
        "One gate after the other: the derivatives multiply",
        "x = 0.5; u = x**2; v = exp(u); f = sin(v)",
    ),
    "branch": (
        "max hands the gradient to the larger input alone",
        "a = 2; b = -1; f = a*b + maximum(a, b)",
    ),
    "sigmoid": (
        "Simple gates make a sigmoid, and its gradient",
        "w0 = 2; x0 = -1; w1 = -3; x1 = -2; w2 = -3; f = 1/(1 + exp(-(w0*x0 + w1*x1 + w2)))",
    ),
    "loss": (
        "How far a prediction is off, and what each number has to do with it",
        "x = 1.5; w = 0.8; b = -0.2; y = 1; p = sigmoid(w*x + b); loss = (p - y)**2",
    ),
}
"""The lessons of the site: what is to be seen there, and the expression."""


def write_site(folder: Path, pyodide: Path | None = None) -> None:
    """Write the whole site: the pages, and what the playground runs.

    pyodide : the folder of `runtime_files`.

    The front page links to the documentation, if that is in the folder already, and there are
    worksheets as PDF, if matplotlib is installed. Raises RenderError where Pyodide cannot be had,
    before anything is written.
    """
    held = held_files(runtime_files(pyodide))
    with_docs, with_sheets = (folder / DOCUMENTATION).exists(), bool(find_spec("matplotlib"))
    if with_sheets:
        write_sheets(folder / "sheets")
    for name, text in pages(list(held), with_docs, with_sheets).items():
        _write(folder / name, text.encode())
    for name, content in held.items():
        _write(folder / "run" / f"{name}.pack", packed(content))


def write_single_file(path: Path, pyodide: Path | None = None) -> None:
    """Write the playground and the course, with what they run, as one page that opens from disk.

    pyodide : the folder of `runtime_files`.

    Raises what `write_site` raises.
    """
    held = held_files(runtime_files(pyodide))
    held.pop("memory.bin", None)  # with which the file would be twice as large
    framed = [page.html for part in parts() for made in part.values() for page in made.values()]
    framed += [page_of(part, is_single=True) for part in PARTS]
    texts = {name: b64encode(packed(content)).decode() for name, content in held.items()}
    _write(path, playground(framed, texts, is_single=True).encode())


def packed(content: bytes) -> bytes:
    """A file in gzip, always the same."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def pages(
    needed: Collection[str] = (), with_docs: bool = False, with_sheets: bool = False
) -> dict[str, str]:
    """Every page and script of the site, by its name in the folder.

    needed : the names of the files that Python in a page needs.
    with_docs, with_sheets : whether documentation and worksheets are there to be linked to.
    """
    given = parts()
    headings = dict.fromkeys(heading for part in given for heading in part)
    sections = {
        heading: {name: page for part in given for name, page in part.get(heading, {}).items()}
        for heading in headings
    }
    made = {name: page for section in sections.values() for name, page in section.items()}
    return {
        "index.html": _front(sections, with_docs, for_the_teacher(with_sheets, with_docs)),
        "slides.html": deck(),
        "playground.html": playground([x.html for x in made.values()], dict.fromkeys(needed, "")),
        "run/worker.js": read("worker.js"),
        **course_pages(needed),
        **{f"lessons/{name}.html": _with_way_back(page.html) for name, page in made.items()},
    }


def parts() -> list[dict[str, dict[str, Any]]]:
    """The pages of each package."""
    return [own_pages(), *added_pages()]


def own_pages() -> dict[str, dict[str, Any]]:
    """Pages by their names, under the headings that they stand below on the front page.

    A page has a `title` and its `html`.
    """
    return {"Lessons": {name: lesson(parse(text), title) for name, (title, text) in TOPICS.items()}}


def added_pages() -> Iterator[dict[str, dict[str, Any]]]:
    """Those of packages from above, as `own_pages` gives them."""
    from importlib.metadata import entry_points  # late, as it is slow to import

    for found in entry_points(group=ADDED):
        yield found.load()()


def _with_way_back(page: str) -> str:
    link = '<a class="home" href="../index.html">All lessons</a>'
    return page.replace("<header>\n", f"<header>\n{link}\n", 1)


# ---- the front page -----------------------------------------------------------------------------


def _front(sections: dict[str, dict[str, Any]], with_docs: bool, for_teacher: str) -> str:
    root = parse(TOPICS["fork"][1])
    root.backward()
    picture = str(draw_dot(root, theme="auto").pipe(format="svg", encoding="utf-8"))
    docs = f'<a class="button" href="{DOCUMENTATION}">Documentation</a>' if with_docs else ""
    return filled(
        "index.html",
        picture=picture[picture.index("<svg") :],
        docs=docs,
        course=course_section(for_teacher),
        sections="".join(_section(*section) for section in sections.items()),
    )


def _section(heading: str, made: dict[str, Any]) -> str:
    entries = "".join(
        f'<li><a href="lessons/{name}.html">{escape(page.title)}</a>\n{_formula(name)}</li>\n'
        for name, page in made.items()
    )
    return f"<section>\n<h2>{escape(heading)}</h2>\n<ul>\n{entries}</ul>\n</section>\n"


def _formula(name: str) -> str:
    if name not in TOPICS:
        return ""
    return f"<p>{fitted(to_mathml(parse(TOPICS[name][1])))}</p>"


# ---- the playground -----------------------------------------------------------------------------


def playground(framed: list[str], files: dict[str, str], is_single: bool = False) -> str:
    """The page of the playground.

    framed    : pages such as it shows in frames, where a script that it forbids is forbidden too.
    files     : the files that Python needs, by name, in gzip and base64; empty if they are in run/.
    is_single : whether the page stands alone, and its worker has to be in it.
    """
    mounting = of_lessons("stepper.js").replace("export default", "//")
    script = '"use strict";\n\n' + "\n".join(
        [mounting, read("python.js"), read("parts.js"), read("playground.js")]
    )
    several = lesson([parse(text) for _, text in TOPICS.values()]).html
    scripts = [own for page in (*framed, several) for own in re.findall(SCRIPT, page, flags=re.S)]
    return filled(
        "playground.html",
        script=script,
        script_hashes=hashes(script, *scripts),
        home="" if is_single else '<a href="index.html">Lessons</a>',
        parts=f"<p>Build the engine:</p> {parts_nav(is_single)}" if is_single else "",
        course=held_course() if is_single else "",
        files=file_tags(files) + (tag('id="worker"', read("worker.js")) if is_single else ""),
        **allowed(is_single),
    )
