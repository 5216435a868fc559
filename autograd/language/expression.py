"""A graph written as text, with the names its nodes have and no parentheses to spare.

How names, numbers and operations are written, as Python or as another language, is a `Syntax`.
What is written, and which nodes get a line of their own, is the same in all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from math import inf, nan

from autograd import modes
from autograd.engine import Value, topological_order
from autograd.language.names import caller_names, name_nodes
from autograd.primitive import Operation

ATOM = 9  # binds tighter than any operator: a name, a number, a call
PREFIX = 3  # a leading minus
LOOSE = 0  # binds looser than any: a label that may hold operators of its own
LONGEST_NAME = 40  # characters; a longer one is cut
DEEPEST_LINE = 20  # nested operations on one line; what is nested deeper gets its own line
LARGEST_LINE = 50  # operations on one line, likewise
WIDEST = 80  # characters on one line
NUMBERS = {"inf": inf, "nan": nan}  # words that `parse` reads as numbers

Text = tuple[str, int]
"""A piece of an expression, and how tightly it binds."""


def to_text(root: Value, values: bool = False) -> str:
    """The graph below root as text that `parse` reads back to the same numbers.

    values : whether to put the variables' numbers before it, which makes the text complete.

    A constant with a label is a variable too. An operation that is not in the table, such as a
    compiled function, is written but cannot be read back.

    A node that has a label or a variable of its own, or is used more than once, gets a formula of
    its own; so do parts of what would be a long line. Names are made identifiers: `w[0]` becomes
    `w_0`. Formulas are separated by semicolons where all fit in 80 characters, else by line breaks.
    Raises TypeError if root is not a Value.

    >>> from autograd import Value, to_text
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> to_text((a + b) * (a - 1))
    '(a + b) * (a - 1)'
    >>> d = a * b
    >>> to_text(d - d.tanh(), values=True)
    'a = 2; b = 3; d = a * b; d - tanh(d)'
    """
    order = order_of(root, "to_text")
    names = identifiers(written_names(order))
    lines = []
    if values:
        variables = (v for v in order if not v.operands and not is_number(v))
        lines = [f"{names[v]} = {number_text(v._data)[0]}" for v in variables]
    written = formulas(order, names, SOURCE)
    lines += [f"{name} = {text}" if name else text for name, (text, _) in written]
    together = "; ".join(lines)
    return together if len(together) <= WIDEST else "\n".join(lines)


@dataclass(frozen=True)
class Syntax:
    """How a name, a number and an operation on written pieces are written."""

    name: Callable[[str], Text]
    number: Callable[[float], Text]
    operation: Callable[[Operation, Sequence[Text]], Text]


def name_text(name: str) -> Text:
    """A name, cut if it is long; `a + b` is a label too, and wants parentheses in a product."""
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    return short, LOOSE if re.search(r"[\s+*/-]", short) else ATOM


def number_text(x: float, digits: int | None = None) -> Text:
    """A number, exactly, or to a given number of significant digits."""
    if digits is not None:
        text = f"{x + 0.0:.{digits}g}"  # + 0.0 makes 0.0 of -0.0
    elif x.is_integer() and abs(x) < 1e16 and (x or str(x) == "0.0"):
        text = repr(int(x))
    else:
        text = repr(x)
    return text, PREFIX if text.startswith("-") else ATOM


def operation_text(operation: Operation, parts: Sequence[Text]) -> Text:
    """An operation on pieces, each in parentheses where it would be read differently."""
    return operation.write(*bracketed(operation, parts)), operation.precedence or ATOM


def bracketed(operation: Operation, parts: Sequence[Text]) -> Iterator[str]:
    """The pieces, in parentheses where the operation would take them apart."""
    for position, (text, binding) in enumerate(parts):
        # a - (b - c) and a / (b * c), but (a ** b) ** c: ** groups from the right
        groups_other_way = position == (0 if operation.symbol == "**" else 1)
        is_exponent = operation.symbol == "**" and position == 1
        looser = binding < (PREFIX if is_exponent else operation.precedence)  # a ** -b
        if looser or (groups_other_way and binding == operation.precedence):
            text = f"({text})"
        yield text


def signless(piece: str) -> str:
    """A right operand, in parentheses where it begins with a sign: a - (-b)."""
    return f"({piece})" if piece.startswith(("-", "+")) else piece


PYTHON = Syntax(name_text, number_text, operation_text)
SOURCE = Syntax(lambda name: (name, ATOM), number_text, operation_text)  # names are not cut


# ---- which nodes are written, and under which names ---------------------------------------------


def formulas(
    order: list[Value], names: Mapping[Value, str], syntax: Syntax
) -> Iterator[tuple[str, Text]]:
    """The name and the formula of each node that has a line of its own; "" for a bare result."""
    known = caller_names()
    own = own_lines(order, known)
    named = {v: names[v] for v in order if v in own or not (v.operands or is_number(v))}
    root = order[-1]
    for node in own:
        is_bare = node is root and not (root.label or root in known)
        parts = [write_node(operand, named.get, syntax) for operand in node.operands]
        if parts:
            text = syntax.operation(node._operation, parts)
        else:
            text = syntax.number(node._data) if is_number(node) else syntax.name(names[node])
            is_bare = True
        yield "" if is_bare else names[node], text


def written_names(order: list[Value]) -> dict[Value, str]:
    """What the nodes that `formulas` writes by name are called."""
    known = caller_names()
    own = own_lines(order, known)
    return name_nodes([v for v in order if v in own or not (v.operands or is_number(v))], known)


def own_lines(order: list[Value], known: Mapping[Value, str]) -> dict[Value, None]:
    """The nodes that get a line of their own, in order: named, shared, large, and the root."""
    uses = dict.fromkeys(order, 0)
    sizes = dict.fromkeys(order, 0)  # of what stands on the line, and how deep it is
    depths = dict.fromkeys(order, 0)
    for node in order:
        for operand in node.operands:
            uses[operand] += 1
    own: dict[Value, None] = {}
    for node in order:
        operands = node.operands
        if not operands:
            continue
        sizes[node] = 1 + sum([sizes[operand] for operand in operands])
        depths[node] = 1 + max([depths[operand] for operand in operands])
        too_large = sizes[node] > LARGEST_LINE or depths[node] > DEEPEST_LINE
        if node.label or node in known or uses[node] > 1 or too_large:
            own[node] = None
            sizes[node] = depths[node] = 0
    own[order[-1]] = None
    return own


def written_as(order: list[Value], names: Mapping[Value, str]) -> bool:
    """Whether `to_text` calls by these names what it names below the root."""
    written = written_names(order)
    return all(names.get(v) == name for v, name in written.items() if v is not order[-1])


def order_of(root: Value, purpose: str) -> list[Value]:
    """The graph below root in topological order, for a function that writes it."""
    if not isinstance(root, Value):
        raise TypeError(f"{purpose} writes the graph of a Value, not {root!r:.60}")
    return topological_order(root)


def is_number(node: Value) -> bool:
    """Whether a node is written as its number: a constant without a name."""
    return node.is_constant and not node._label


def identifiers(names: Mapping[Value, str]) -> dict[Value, str]:
    """The names as identifiers, no two alike: `w[0]` as w_0, a second x as x_2."""
    taken: set[str] = set()
    turns: dict[str, int] = {}
    unique = {}
    for node, name in names.items():
        plain = candidate = identifier(name)
        while candidate in taken:
            turns[plain] = turns.get(plain, 1) + 1
            candidate = f"{plain}_{turns[plain]}"
        taken.add(candidate)
        unique[node] = candidate
    return unique


def identifier(name: str) -> str:
    """A name made into an identifier, which Python's parser then leaves as it is."""
    plain = unicodedata.normalize("NFKC", name[:1000]).strip("_")
    if not plain.isidentifier():
        letters = "".join(c if f"_{c}".isidentifier() else " " for c in plain)
        plain = "_".join(letters.split()).strip("_") or "v"
    if not plain.isidentifier():
        return f"v_{plain}"
    return f"{plain}_" if iskeyword(plain) or plain in NUMBERS else plain


def write_node(
    node: Value,
    name_of: Callable[[Value], str | None],
    syntax: Syntax = PYTHON,
    depth: int = 10 * DEEPEST_LINE,
) -> Text:
    """A node as its name, its number, or what it is made of, down to a depth in operations."""
    name = name_of(node)
    if name:
        return syntax.name(name)
    if not node.operands:
        return syntax.number(node._data)
    if not depth:
        return "…", ATOM
    parts = [write_node(operand, name_of, syntax, depth - 1) for operand in node.operands]
    return syntax.operation(node._operation, parts)


# ---- nodes in messages --------------------------------------------------------------------------


def node_text(node: Value, names: Mapping[Value, str], depth: int) -> Text:
    """The text of a node: its label or name, its number, or what it is made of."""
    return write_node(node, lambda v: v.label or names.get(v), depth=depth)


def short_text(node: Value) -> str:
    """The node in a few words: its name, or what it is made of, four operations deep."""
    return node_text(node, caller_names(), depth=4)[0]


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


modes.explain = explain_domain
