"""Docstrings as they are written here, turned into reStructuredText for autodoc.

A docstring is text to read at a prompt: paragraphs with `code` in backticks, a list of arguments,

    name  : what it is, which may go on
            in the next line.

lines that are indented and to be shown as they are, and examples. Nothing else in it is markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sphinx.application import Sphinx

from autograd import Operation

ARGUMENT = re.compile(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*) *: (\S.*)")
NAME = re.compile(r"[A-Za-z_][\w.]*(?:\(\))?")


def to_rst(lines: list[str]) -> Iterator[str]:
    """The lines of a docstring as reStructuredText."""
    for is_blank, group in groupby(lines, key=lambda line: not line.strip()):
        if is_blank:
            continue
        block = list(group)
        if block[0].startswith(">>>"):
            yield from block
        elif block[0].startswith(" "):
            yield from ("::", "", *block)
        elif ARGUMENT.match(block[0]):
            yield from arguments(block)
        else:
            yield from markup("\n".join(block)).splitlines()
        yield ""


def arguments(block: list[str]) -> Iterator[str]:
    """A list of arguments as a list of terms and their definitions."""
    for line in block:
        if match := ARGUMENT.match(line):
            names = match[1].split(", ")
            yield ", ".join(f"``{name}``" for name in names)
            yield f"    {markup(match[2])}"
        else:
            yield f"    {markup(line.strip())}"


def markup(text: str) -> str:
    """Text with its `code` as links where it names something, and nothing else as markup."""
    parts = text.split("`")
    for k, part in enumerate(parts):
        if k % 2 == 0:
            parts[k] = re.sub(r"([\\*|]|_(?!\w))", r"\\\1", part)
        elif NAME.fullmatch(part):
            parts[k] = f":py:obj:`{part}`"
        else:
            parts[k] = f"``{part}``"
    return "".join(parts)


def convert(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    if isinstance(thing, Operation):  # the signature is shown already
        lines[0] = lines[0].removeprefix(f"{thing.signature}: ")
    lines[:] = to_rst(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", convert)
    return {"parallel_read_safe": True}
