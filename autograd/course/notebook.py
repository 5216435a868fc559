"""A part of the course as a notebook: story, pictures, a stub to fill in, its check, and hints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from autograd.course.parts import PICTURE, WITH_GRADIENTS, Part

MARKDOWN, CODE = "markdown", "code"


def file_name(part: Part) -> str:
    """Such as `4-why-gradients-add-up.ipynb`."""
    words = re.sub("[^a-z]+", "-", part.title.lower()).strip("-")
    return f"{part.number}-{words}.ipynb"


def notebook(part: Part) -> str:
    """The notebook of a part, as JSON of nbformat 4.5; the same text for the same part.

    >>> from autograd.course import PARTS
    >>> from autograd.course.notebook import notebook
    >>> notebook(PARTS[0]).count("def slope(")
    1
    """
    texts = [*opening(part), *exercise(part), *closing(part)]
    return as_json(
        cell(kind, text, f"part-{part.number}-{place}") for place, (kind, text) in enumerate(texts)
    )


def as_json(cells: Iterable[dict[str, Any]]) -> str:
    """A notebook of its cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": list(cells),
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def cell(kind: str, text: str, name: str) -> dict[str, Any]:
    """A cell as nbformat has it."""
    made: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}}
    if kind == CODE:
        made |= {"execution_count": None, "outputs": []}
    return made | {"source": text.strip("\n").splitlines(keepends=True)}


def opening(part: Part) -> Iterator[tuple[str, str]]:
    """The kind and the text of each cell before the exercise: the story, and the pictures in it."""
    story = f"# {part}\n\n{part.story}"
    for place, piece in enumerate(PICTURE.split(story)):
        yield (CODE, picture(part, piece)) if place % 2 else (MARKDOWN, piece)
    turn = "Fill in what is missing, where there is a `...`. Then run this cell and the next."
    yield MARKDOWN, f"## Your turn\n\n{turn}"


def exercise(part: Part) -> Iterator[tuple[str, str]]:
    """The stub, and its check."""
    yield CODE, part.stub.split("\n", 1)[1]
    yield CODE, f"from autograd.course import PARTS\n\nPARTS[{part.number - 1}].check(globals())"


def closing(part: Part, with_solution: bool = True) -> Iterator[tuple[str, str]]:
    """What stands below the exercise."""
    yield MARKDOWN, "## If you are stuck\n\n" + "\n\n".join(hints(part, with_solution))
    yield MARKDOWN, f"## Next\n\n{part.next}"


def picture(part: Part, text: str) -> str:
    """Code that draws a graph."""
    expression = "; ".join(text.strip().splitlines())
    code = f'from autograd import draw_dot, parse\n\nf = parse("{expression}")\n'
    if part.number >= WITH_GRADIENTS:
        code += "f.backward()\n"
    return f"{code}draw_dot(f)"


def hints(part: Part, with_solution: bool) -> Iterator[str]:
    """Hints that open at a click, and where the solution is."""
    for place, hint in enumerate(part.hints, 1):
        yield f"<details><summary>Hint {place}</summary>\n\n{hint}\n\n</details>"
    if not with_solution:
        return
    where = f"`print(PARTS[{part.number - 1}].solution)` shows it."
    yield f"<details><summary>A solution</summary>\n\n{where}\n\n</details>"
