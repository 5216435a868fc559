"""The course in the browser: a page for each part, whose check runs in the page's Python."""

from __future__ import annotations

from collections.abc import Collection
from html import escape

from autograd.course.parts import PARTS, Part, rendered
from autograd.lessons.book import hashes
from autograd.site.template import file_tags, filled, read, scrolling
from autograd.teaching.sheets import SHEETS

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
    """The line of the front page on what a teacher needs."""
    links = ['<a href="slides.html">slides</a>']
    if with_docs:
        links.insert(0, '<a href="docs/teaching.html">the plan</a>')
    if with_sheets:
        links += [
            f'<a href="sheets/{name}.pdf">{escape(title)}</a> '
            f'(<a href="sheets/{name}-answers.pdf" aria-label="{escape(title)}: answers">'
            "answers</a>)"
            for name, (title, _) in SHEETS.items()
        ]
    said = "Ninety minutes with a class" + (", and worksheets as PDF" if with_sheets else "")
    return f"<p>{said}: {', '.join(links)}.</p>\n"


def page_of(part: Part, needed: Collection[str]) -> str:
    """The page of one part."""
    script = '"use strict";\n\n' + read("python.js") + read("course.js")
    hints = "".join(f"<li hidden>{scrolling(rendered(hint))}</li>" for hint in part.hints)
    after = PARTS[part.number : part.number + 1]
    where = f"{after[0].number}.html" if after else "../playground.html"
    return filled(
        "course.html",
        title=escape(str(part)),
        part=str(part.number),
        parts="".join(_link(other, part) for other in PARTS),
        story=scrolling(part.html),
        stub=escape(part.stub),
        hints=hints,
        solution=escape(part.solution),
        next=f'<a class="button main" href="{where}">{escape(_next(after))}</a>',
        files=file_tags(dict.fromkeys(needed, "")),
        script=script,
        script_hashes=hashes(script),
    )


def _link(other: Part, part: Part) -> str:
    here = ' aria-current="page"' if other is part else ""
    title = escape(str(other))
    said = f'title="{title}" aria-label="{title}"{here}'
    return f'<li><a href="{other.number}.html" {said}>{other.number}</a></li>'


def _next(after: tuple[Part, ...]) -> str:
    return str(after[0]) if after else "Play with the whole engine"
