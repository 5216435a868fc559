"""The course in the browser: a page for each part, whose check runs in the page's Python."""

from __future__ import annotations

import json
from collections.abc import Collection
from html import escape

from autograd.course.parts import PARTS, Part, rendered
from autograd.lessons.book import hashes
from autograd.site.template import allowed, file_tags, filled, read, scrolling
from autograd.teaching.sheets import SHEETS

WAY_OUT = {True: ' target="_parent"', False: ""}  # of a frame
ABOUT = (
    "In eight short parts you write an engine like this one, and train a network with it. You need "
    "Python, and to know what a slope is."
)


def course_pages(needed: Collection[str] = ()) -> dict[str, str]:
    """The page of each part, by its name in the folder.

    needed : the names of the files that Python in a page needs.
    """
    return {f"course/{part.number}.html": page_of(part, needed) for part in PARTS}


def course_section(more: str = "") -> str:
    """What the front page says of the course, and more below it."""
    entries = "".join(
        f'<li><a href="course/{part.number}.html">{escape(str(part))}</a></li>\n' for part in PARTS
    )
    return (
        f"<section>\n<h2>Build the engine yourself</h2>\n<p>{escape(ABOUT)}</p>\n"
        f'<ul class="small">\n{entries}</ul>\n{more}</section>\n'
    )


def for_the_teacher(with_sheets: bool, with_docs: bool) -> str:
    """The line of the front page on what there is for a class."""
    said = '<a href="slides.html">slides for ninety minutes</a>'
    if with_docs:
        said += ' and <a href="docs/teaching.html">how they are meant</a>'
    if with_sheets:
        said += "; worksheets as PDF: " + ", ".join(
            f'<a href="sheets/{name}.pdf">{escape(title)}</a> '
            f'(<a href="sheets/{name}-answers.pdf" aria-label="{escape(title)}: answers">'
            "answers</a>)"
            for name, (title, _) in SHEETS.items()
        )
    return f'<p class="class">For a class: {said}.</p>\n'


def held_course() -> str:
    """The pages of the parts, for a single file that shows them in frames."""
    pages = {str(part.number): page_of(part, is_single=True) for part in PARTS}
    text = json.dumps(pages, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="course">{text}</script>\n'


def page_of(part: Part, needed: Collection[str] = (), is_single: bool = False) -> str:
    """The page of one part.

    needed    : the names of the files that Python in the page needs.
    is_single : whether it is shown in a frame of a single file, which holds these, and where all
                links lead to places of the page around it.
    """
    script = '"use strict";\n\n' + read("python.js") + read("parts.js") + read("course.js")
    hints = "".join(f"<li hidden>{scrolling(rendered(hint))}</li>" for hint in part.hints)
    after = PARTS[part.number : part.number + 1]
    playground = "#" if is_single else "../playground.html"
    where = address(after[0], is_single) if after else playground
    home = "#" if is_single else "../index.html"
    return filled(
        "course.html",
        title=escape(str(part)),
        part=str(part.number),
        parts=parts_nav(is_single, part),
        home=f'<a class="home" href="{home}"{WAY_OUT[is_single]}>'
        f"{'Playground' if is_single else 'All lessons'}</a>",
        story=scrolling(part.html),
        stub=escape(part.stub),
        hints=hints,
        solution=escape(part.solution),
        next=f'<a class="button main" href="{where}"{WAY_OUT[is_single]}>'
        f"{escape(_next(after))}</a>",
        place="" if is_single else "../run/worker.js",
        files=file_tags(dict.fromkeys(needed, "")),
        script=script,
        script_hashes=hashes(script),
        **allowed(is_single),
    )


def address(part: Part, is_single: bool) -> str:
    """Where the page of a part is, seen from another."""
    return f"#part-{part.number}" if is_single else f"{part.number}.html"


def parts_nav(is_single: bool, part: Part | None = None) -> str:
    """The links to all parts; part : the one on show."""
    links = "".join(_link(other, part, is_single) for other in PARTS)
    return f'<nav class="parts" aria-label="Parts of the course"><ol>{links}</ol></nav>'


def _link(other: Part, part: Part | None, is_single: bool) -> str:
    here = ' aria-current="page"' if other is part else ""
    title = escape(str(other))
    said = f'title="{title}" aria-label="{title}"{here}{WAY_OUT[is_single]}'
    return f'<li><a href="{address(other, is_single)}" {said}>{other.number}</a></li>'


def _next(after: tuple[Part, ...]) -> str:
    return str(after[0]) if after else "Play with the whole engine"
