"""`.. operations::` lists every operation of the table with its derivatives, read off the table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from autograd import OPERATIONS, Operation, Value, to_text
from autograd.language.formula import writing_rules


class Operations(SphinxDirective):
    """A table of all operations, and below it an entry for each."""

    def run(self) -> list[Node]:
        return self.parse_text_to_nodes("\n".join([*table(), "", *entries()]))


def table() -> Iterator[str]:
    yield from (".. list-table::", "    :class: operations", "    :header-rows: 1")
    yield from ("    :widths: 16 48 36", "")
    yield from row("operation", "derivative", "in words")
    infix_first = sorted(OPERATIONS.values(), key=lambda operation: operation.precedence == 0)
    for operation in infix_first:
        yield from row(
            f":py:func:`{operation.name} <autograd.{operation.name}>`",
            "\n".join(f"| {line}" for line in derivatives(operation)),
            "\n".join(f"| {line}" for line in sentences(operation)),
        )


def row(*cells: str) -> Iterator[str]:
    for k, cell in enumerate(cells):
        first, *rest = cell.splitlines()
        yield f"    {' ' if k else '*'} - {first}"
        yield from (f"        {line}" for line in rest)


def derivatives(operation: Operation) -> Iterator[str]:
    """By each operand, as the rule gives it for Values named as the operands are."""
    operands = [Value(0.5, label=name) for name in operation.operands]
    out = Value(0.5, label="out")
    for name, rule in zip(operation.operands, operation.derivatives, strict=True):
        with writing_rules():  # whatever the numbers
            derivative = rule(out, *operands)
        yield f"∂/∂{name} = ``{text(derivative)}``"


def text(derivative: Any) -> str:
    if not isinstance(derivative, Value):
        return f"{derivative:g}"
    formula = to_text(derivative).rpartition(" = ")[2]  # less the name that it may be given here
    return re.sub(r"\d+\.\d{5,}", lambda number: f"{float(number[0]):.4g}", formula)


def sentences(operation: Operation) -> list[str]:
    words = operation.words
    return [words] if isinstance(words, str) else list(words)


def entries() -> Iterator[str]:
    for name in OPERATIONS:
        yield f".. autofunction:: autograd.{name}"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("operations", Operations)
    return {"parallel_read_safe": True}
