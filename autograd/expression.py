"""A graph written as text, with the names its nodes have and no parentheses to spare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd.names import caller_names
from autograd.operation import Operation
from autograd.value import Value

ATOM = 9  # binds tighter than any operator: a name, a number, a call
PREFIX = 3  # a leading minus


def explain_domain(operation: Operation, operands: Sequence[Value]) -> str:
    """`Operation.explain` for Values, in the caller's names."""
    names = caller_names()
    parts = [_write(operand, names, depth=4) for operand in operands]
    written = operation.write(*(_bracketed(operation, k, *part) for k, part in enumerate(parts)))
    places = {
        f"{text} = {_number(operand.data)}": None
        for (text, _), operand in zip(parts, operands, strict=True)
        if operand.operands or text != _number(operand.data)
    }
    return operation.explain(tuple(v.data for v in operands), written, ", ".join(places))


def short_text(node: Value) -> str:
    """The node in a few words: its name, or what it is made of, four operations deep."""
    return _write(node, caller_names(), depth=4)[0]


def _write(node: Value, names: Mapping[Value, str], depth: int) -> tuple[str, int]:
    """The text of a node and how tightly it binds."""
    name = node.label or names.get(node)
    if name:
        return (name if len(name) <= 40 else name[:39] + "…"), ATOM
    if not node.operands:
        return _number(node.data), PREFIX if node.data < 0 else ATOM
    if not depth:
        return "…", ATOM
    operation = node._operation
    parts = [
        _bracketed(operation, position, *_write(operand, names, depth - 1))
        for position, operand in enumerate(node.operands)
    ]
    return operation.write(*parts), operation.precedence or ATOM


def _number(x: float) -> str:
    return repr(int(x)) if x.is_integer() and abs(x) < 1e16 else repr(x)


def _bracketed(operation: Operation, position: int, text: str, binding: int) -> str:
    """The operand's text, in parentheses where it would otherwise be read differently."""
    # a - (b - c) and a / (b * c), but (a ** b) ** c: ** groups from the right
    groups_other_way = position == (0 if operation.symbol == "**" else 1)
    if binding < operation.precedence or (groups_other_way and binding == operation.precedence):
        return f"({text})"
    return text
