"""Several lessons in one file: an index, each lesson whole, and the way from one to the next.

Each lesson is a page in a frame of its own. Printed, they stand together on worksheets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from string import Template

from autograd.lessons.lesson import Lesson, content_hash, framed, one_line, read


class Lessons:
    """Pages in one page; `lesson` makes it of several graphs, and `write_lesson` writes it."""

    def __init__(self, pages: Sequence[tuple[str, Lesson]], title: str | None, lang: str) -> None:
        if not pages:
            raise ValueError("there is no graph in the list: a page has one or more")
        self.pages = [(one_line(name), page) for name, page in pages]
        self.title = one_line(title or f"Lessons: {len(pages)}")
        self.lang = lang
        self.html = self._page()

    def __repr__(self) -> str:
        return f"<lessons {self.title}: {', '.join(name for name, _ in self.pages):.200}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own."""
        return framed(self.html, self.title)

    def _page(self) -> str:
        style, script = read("book.css"), '"use strict";\n\n' + read("book.js")
        lessons = [page for _, page in self.pages]
        return Template(read("book.html")).substitute(
            lang=self.lang,
            title=escape(self.title),
            # what this page forbids is forbidden in its frames
            style_hashes=hashes(style, *(page.style for page in lessons)),
            script_hashes=hashes(script, *(page.script for page in lessons)),
            style=style,
            index="".join(self._index()),
            graphs="".join(self._graphs()),
            sheets="".join(self._sheets()),
            script=script,
        )

    def _index(self) -> Iterator[str]:
        for place, (name, page) in enumerate(self.pages, 1):
            count = page.steps if page.asked is None else len(page.asked)
            what = "step" if page.asked is None else "question"
            size = f"<small>{count} {what}{'s' * (count != 1)}</small>"
            yield f'<li><a href="#graph-{place}">{escape(name)}</a> {size}</li>\n'

    def _graphs(self) -> Iterator[str]:
        last, heading = len(self.pages), escape(self.title)
        for place, (name, page) in enumerate(self.pages, 1):
            back = '◀<span class="word"> previous</span>'
            forth = '<span class="word">next </span>▶'
            yield (
                f'<section id="graph-{place}" class="graph" aria-label="{escape(name)}">\n'
                f'<header><h1>{heading}</h1><nav aria-label="Graphs"><a href="#graph-0">index</a>'
                f"{way(place - 1, 'previous', back) if place > 1 else end(back)}"
                f"<span>{place} of {last}</span>"
                f"{way(place + 1, 'next', forth) if place < last else end(forth)}</nav></header>\n"
                f'<noscript><iframe name="lesson" title="{escape(name)}" '
                f'srcdoc="{attribute(page.html)}"></iframe></noscript>\n</section>\n'
            )

    def _sheets(self) -> Iterator[str]:
        """What is printed: the graphs, with blanks where a quiz asks, and then the answers."""
        asked = [page for _, page in self.pages if page.asked is not None]
        heading = escape(self.title)
        graphs = [
            f'<div class="one"><h2>{place}. {escape(name)}</h2>'
            + (page.picture if page.asked is None else f"<p>{page.task}</p>{page.blanks}")
            + "</div>\n"
            for place, (name, page) in enumerate(self.pages, 1)
        ]
        name_line = "<p>Name:</p>" if asked else ""
        yield f'<section class="sheet"><h1>{heading}</h1>{name_line}{"".join(graphs)}</section>\n'
        answers = [
            f'<div class="one"><h2>{place}. {escape(name)}</h2>{page.answers}</div>\n'
            for place, (name, page) in enumerate(self.pages, 1)
            if page.asked is not None
        ]
        if answers:
            joined = "".join(answers)
            yield f'<section class="sheet"><h1>{heading}: answers</h1>{joined}</section>\n'


def way(place: int, label: str, words: str) -> str:
    """A link to another lesson."""
    return f'<a href="#graph-{place}" aria-label="{label}">{words}</a>'


def end(words: str) -> str:
    """The room of a link that leads nowhere, so that nothing moves."""
    return f'<span class="end" aria-hidden="true">{words}</span>'


def attribute(html: str) -> str:
    """A page as an attribute in double quotes, in which no tag ends what is around it."""
    return html.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def hashes(*texts: str) -> str:
    """The names by which a content security policy allows scripts or styles, each once."""
    return " ".join(f"'{name}'" for name in dict.fromkeys(map(content_hash, texts)))
