"""Worksheets as PDF, and sheets of answers: those of the course, and of graphs of your own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograd.files import write_whole
from autograd.language.parser import parse
from autograd.lessons.book import Lessons
from autograd.lessons.writing import Graph, lesson
from autograd.teaching.paper import TITLE, Paper

SHEETS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "1-one-gate": (
        "One gate, and one more",
        {
            "A sum": "a = 2; b = 5; f = a + b",
            "A product": "a = 2; b = 5; f = a*b",
            "A sum, then a product": "a = 2; b = 1; c = -3; d = a + b; f = d*c",
            "With plain numbers": "a = 3; u = 2*a; f = u + 1",
        },
    ),
    "2-used-twice": (
        "A number that is used twice",
        {
            "A number and itself": "a = 3; f = a + a",
            "A square": "a = 3; f = a*a",
            "Two ways": "a = 2; b = 3; d = a*b; f = d + a",
            "Two ways for each": "a = -2; b = 3; d = a*b; e = a + b; f = d*e",
            "A cube": "a = 2; d = a*a; f = d*a",
        },
    ),
    "3-order": (
        "Who goes first",
        {
            "A diamond": "a = 1; b = 2; c = 4; d = a + b; e = d*c; f = d*e",
            "One after the other": "a = 2; d = a + 1; e = d*d; f = e*d",
            "Twice, and a diamond": "a = 1; d = a + a; e = d*3; f = d*e",
        },
    ),
    "4-other-gates": (
        "Other gates, and a loss",
        {
            "A quotient": "a = 3; b = 2; f = a/b",
            "A power": "a = 2; f = a**3",
            "A neuron that is silent": "w = -1; x = 2; n = w*x; y = relu(n)",
            "A squared error": "w = 2; x = 3; t = 4; p = w*x; e = p - t; L = e**2",
        },
    ),
}
"""The worksheets of the course: for each its title, and expressions by their headings."""


def write_worksheet(
    graphs: Sequence[Graph] | Mapping[str, Graph],
    path: str | Path,
    title: str,
    lang: str = "en",
) -> tuple[str, str]:
    """Write a worksheet as PDF, with several graphs on a sheet, and beside it its answers.

    graphs : a list of them, or a dict of them by their headings, as `write_lesson` takes them.
             Every gradient is to be filled in; `lesson(f, quiz=True, ask=[a])` in the list asks
             for some.
    path   : the file, such as worksheet.pdf. The answers go into worksheet-answers.pdf. Sheets
             are A4.
    title  : the heading.
    lang   : the language of what is said: "en", "de", "es" or "fr".

    Returns both paths. Raises RenderError without matplotlib: `pip install "chalkgrad[plot]"`.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from autograd import parse
    >>> from autograd.teaching import write_worksheet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     graphs = {"A product": parse("a = 2; b = 5; f = a*b")}
    ...     [Path(x).name for x in write_worksheet(graphs, f"{folder}/a.pdf", "Monday")]
    ['a.pdf', 'a-answers.pdf']
    """
    pages = lesson(graphs, title, quiz=True, lang=lang)
    if not isinstance(pages, Lessons):
        raise TypeError("a worksheet is made of a list of graphs: write_worksheet([f], ...)")
    path = Path(path)
    answers = path.with_name(f"{path.stem}-answers{path.suffix}")
    for file, content in ((path, blank_sheet(pages)), (answers, answer_sheet(pages))):
        write_whole(file, content)
    return str(path), str(answers)


def write_sheets(folder: Path) -> list[str]:
    """Write the worksheets of the course, and their answers, into a folder; returns the paths."""
    written: list[str] = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, (title, expressions) in SHEETS.items():
        graphs = {heading: parse(text) for heading, text in expressions.items()}
        written += write_worksheet(graphs, folder / f"{name}.pdf", title)
    return written


def blank_sheet(pages: Lessons) -> bytes:
    """What the students get."""
    paper = begun(pages.title)
    paper.rule(pages.words("Name:"))
    paper.write(task(pages))
    paper.down += 6
    paper.draw(
        [
            (f"{place}. {heading}", page.picture if page.asked is None else page.blanks)
            for place, (heading, page) in enumerate(pages.pages, 1)
        ]
    )
    return paper.pdf()


def answer_sheet(pages: Lessons) -> bytes:
    """What the teacher keeps."""
    paper = begun(pages.words("{0}: answers", pages.title))
    paper.draw(
        [
            (f"{place}. {heading}", page.answers)
            for place, (heading, page) in enumerate(pages.pages, 1)
            if page.asked is not None
        ]
    )
    return paper.pdf()


def begun(title: str) -> Paper:
    """Paper with a title on it."""
    paper = Paper(title, title)
    paper.write(title, TITLE, bold=True)
    return paper


def task(pages: Lessons) -> str:
    """What is to be done: what most of the graphs ask for."""
    return str(max(said := [page.task for _, page in pages.pages], key=said.count))
