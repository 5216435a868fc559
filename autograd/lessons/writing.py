"""`write_lesson` and `lesson`: the pages of graphs, in a file or in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from autograd.engine import Value
from autograd.files import write_whole
from autograd.language.notation import NotationName
from autograd.lessons.book import Lessons
from autograd.lessons.lesson import Lesson
from autograd.lessons.notes import Place
from autograd.pictures.parts import Part

Graph = Value | Part | Lesson
"""What a page in a list is made of: a graph, or what `lesson` gave."""


def write_lesson(
    root: Value | Part | Sequence[Graph] | Mapping[str, Graph],
    path: str | Path = "lesson.html",
    title: str | None = None,
    notation: NotationName = "leibniz",
    quiz: bool = False,
    lang: str = "en",
    *,
    notes: Mapping[Place, str] | None = None,
    ask: Iterable[Value | str] | None = None,
    reveal: bool = False,
) -> str:
    """Write a page that plays both passes below root, one step at a time.

    root     : a Value, or what `between` or `around` cut out, if that ends in one node. What
               lies outside of a part is a given number. A list of these, or a dict of them by
               title, makes one page with an index; what `lesson` gives may be in it too.
    path     : the file, which opens from disk without a network; written whole or not at all.
    title    : the heading; the expression if left out.
    notation : a gradient as "leibniz" ∂f/∂a, "grad" a.grad or "bar" ā.
    quiz     : whether the page asks for the gradients; it prints as a worksheet, with a second
               sheet of answers.
    lang     : the language of the page: "en", "de", "es", "fr" or "zh". Numbers stay as in Python.
    notes    : words of your own, by node or by step of `trace(root)`, which the page shows there:
               with **bold**, *italic* and `code`.
    ask      : the nodes, or their names, that a quiz asks for; the other gradients are given.
    reveal   : whether each number is hidden at first, until the class has said it: then one more
               step shows it.

    Returns the path. The reader can change the inputs if every operation is one of the table.
    Raises GraphError for a constant, RenderError for a graph of more than 400 steps, and what
    `Trace.find` raises for a node that is not in the graph; IndexError for a step that is not.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from autograd import Value, write_lesson
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_lesson(a * b + a, f"{folder}/lesson.html", notes={a: "used *twice*"})
    ...     Path(path).read_text(encoding="utf-8")[:15]
    '<!DOCTYPE html>'
    """
    page = lesson(root, title, notation, quiz, lang, notes=notes, ask=ask, reveal=reveal)
    write_whole(Path(path), page.html.encode())
    return str(path)


def lesson(
    root: Value | Part | Sequence[Graph] | Mapping[str, Graph],
    title: str | None = None,
    notation: NotationName = "leibniz",
    quiz: bool = False,
    lang: str = "en",
    *,
    notes: Mapping[Place, str] | None = None,
    ask: Iterable[Value | str] | None = None,
    reveal: bool = False,
) -> Lesson | Lessons:
    """The page of `write_lesson`, shown inline where it is the last line of a notebook's cell.

    Arguments and errors as there; `.html` is the page as text.

    >>> from autograd import Value, lesson
    >>> a = Value(3.0, label="a")
    >>> lesson(a * a)
    <lesson a * a: 4 steps>
    >>> lesson({"A square": a * a, "A cube": lesson(a**3, quiz=True)}, title="Powers")
    <lessons Powers: A square, A cube>
    """
    if not isinstance(root, (list, tuple, Mapping)):
        return Lesson(root, title, notation, quiz, lang, notes, ask, reveal)  # type: ignore[arg-type]
    if notes is not None or ask is not None:
        raise TypeError(
            "notes and ask belong to one graph: in a list, give lesson(root, notes=..., ask=...)"
        )
    named = root.items() if isinstance(root, Mapping) else [(None, each) for each in root]
    pages = []
    for place, (name, each) in enumerate(named):
        if not isinstance(each, Graph):
            at = place if name is None else name
            raise TypeError(f"there is no graph at {at!r}: a page plays Values, not {each!r:.60}")
        page = each
        if not isinstance(page, Lesson):
            page = Lesson(page, name, notation, quiz, lang, None, None, reveal)
        pages.append((name or page.title, page))
    return Lessons(pages, title, lang)
