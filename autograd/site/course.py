"""The course in the browser: a page for each part, whose check runs in the page's Python."""

from __future__ import annotations

from collections.abc import Collection
from html import escape

from autograd.course.parts import PARTS, Part, rendered
from autograd.lessons.book import hashes
from autograd.site.template import file_tags, filled, read, scrolling

ABOUT = (
    "In eight short parts you write an engine like this one, and train a network with it. You need "
    "Python, and to know what a slope is."
)


def course_pages(needed: Collection[str] = ()) -> dict[str, str]:
    """The page of each part, by its name in the folder.

    needed : the names of the files that Python in a page needs.
    """
    return {f"course/{part.number}.html": page_of(part, needed) for part in PARTS}


def course_section() -> str:
    """What the front page says of the course."""
    entries = "".join(
        f'<li><a href="course/{part.number}.html">{escape(str(part))}</a></li>\n' for part in PARTS
    )
    return (
        f"<section>\n<h2>Build the engine yourself</h2>\n<p>{escape(ABOUT)}</p>\n"
        f'<ul class="small">\n{entries}</ul>\n</section>\n'
    )


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
    return f'<li><a href="{other.number}.html" aria-label="{title}"{here}>{other.number}</a></li>'


def _next(after: tuple[Part, ...]) -> str:
    return str(after[0]) if after else "Play with the whole engine"
