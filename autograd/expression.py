"""A graph written as text, with the names its nodes have and no parentheses to spare."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autograd.names import caller_names
from autograd.operation import Operation
from autograd.value import Value

ATOM = 9  # binds tighter than any operator: a name, a number, a call
PREFIX = 3  # a leading minus
LOOSE = 0  # binds looser than any: a label that may hold operators of its own
LONGEST_NAME = 40  # characters; the rest of a longer one is cut

Text = tuple[str, int]
"""A piece of an expression, and how tightly it binds."""


def explain_domain(operation: Operation, operands: Sequence[Value]) -> str:
    """`Operation.explain` for Values, in the caller's names."""
    names = caller_names()
    parts = [node_text(operand, names, depth=4) for operand in operands]
    places = {
        f"{text} = {number_text(operand.data)[0]}": None
        for (text, _), operand in zip(parts, operands, strict=True)
        if operand.operands or text != number_text(operand.data)[0]
    }
    written = operation_text(operation, parts)[0]
    return operation.explain(tuple(v.data for v in operands), written, ", ".join(places))


def short_text(node: Value) -> str:
    """The node in a few words: its name, or what it is made of, four operations deep."""
    return node_text(node, caller_names(), depth=4)[0]


def name_text(name: str) -> Text:
    """A name, cut if it is long; `a + b` is a label too, and wants parentheses in a product."""
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    return short, LOOSE if re.search(r"[\s+*/-]", short) else ATOM


def number_text(x: float, digits: int | None = None) -> Text:
    """A number, to so many significant digits or exactly."""
    if digits is not None:
        text = f"{x:.{digits}g}"
    else:
        text = repr(int(x)) if x.is_integer() and abs(x) < 1e16 else repr(x)
    return text, PREFIX if text.startswith("-") else ATOM


def operation_text(operation: Operation, parts: Sequence[Text]) -> Text:
    """An operation on pieces, each in parentheses where it would be read differently."""
    bracketed = []
    for position, (text, binding) in enumerate(parts):
        # a - (b - c) and a / (b * c), but (a ** b) ** c: ** groups from the right
        groups_other_way = position == (0 if operation.symbol == "**" else 1)
        looser = binding < operation.precedence
        if looser or (groups_other_way and binding == operation.precedence):
            text = f"({text})"
        bracketed.append(text)
    return operation.write(*bracketed), operation.precedence or ATOM


def node_text(node: Value, names: Mapping[Value, str], depth: int) -> Text:
    """The text of a node: its name, its number, or what it is made of."""
    name = node.label or names.get(node)
    if name:
        return name_text(name)
    if not node.operands:
        return number_text(node.data)
    if not depth:
        return "…", ATOM
    parts = [node_text(operand, names, depth - 1) for operand in node.operands]
    return operation_text(node._operation, parts)
