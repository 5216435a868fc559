"""The files that pages of the site are made of."""

from __future__ import annotations

from pathlib import Path
from string import Template

from autograd.lessons.lesson import read as of_lessons

PAGE = Path(__file__).with_name("page")


def read(name: str) -> str:
    """One of the files in `page/`."""
    return (PAGE / name).read_text(encoding="utf-8")


def filled(name: str, **parts: str) -> str:
    """A page of its template, with the style of the site."""
    style = read("site.css") + of_lessons("stepper.css")
    return Template(read(name)).substitute(style=style, **parts)


def allowed(is_single: bool) -> dict[str, str]:
    """What a page with Python in it has to allow: in a single file also what its worker needs."""
    return {
        "more_scripts": "blob: 'unsafe-eval'" if is_single else "",
        "worker": "data:" if is_single else "'self'",
        "asked": "blob:" if is_single else "'none'",
    }


def file_tags(files: dict[str, str]) -> str:
    """What names the files to a page that its Python needs, and holds them if they are in it."""
    return "".join(tag(f'data-file="{name}"', text) for name, text in files.items())


def tag(attribute: str, text: str) -> str:
    """A script that is not run."""
    return f'<script type="text/plain" {attribute}>{text}</script>\n'


def scrolling(html: str) -> str:
    """The same, with code that scrolls by the keyboard too."""
    return html.replace("<pre>", '<pre tabindex="0">')
