"""`draw_dot`: a computation graph as a Graphviz picture."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from autograd.expression import name_text, number_text, operation_text
from autograd.graph import topological_order
from autograd.names import name_nodes
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.render.digraph import Digraph

RANKDIRS = ("LR", "TB", "RL", "BT")
LONGEST_TITLE = 32  # characters of an operation with its operands; a longer one is its symbol

LEAF_STYLE = {"fillcolor": "#e3f0fa", "color": "#0072b2"}
RESULT_STYLE = {"fillcolor": "#ffffff", "color": "#333333"}
CONSTANT_STYLE = {"fillcolor": "#eeeeee", "color": "#999999", "fontcolor": "#595959"}


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Digraph:
    """The graph below root as a `graphviz.Digraph`: each node with its name, data and gradient.

    Shown by itself in a notebook; `.render("name")` writes a file, `.pipe()` gives the picture,
    `.source` the DOT text. Works with and without Graphviz on the system.

    format  : what `.render()` and `.pipe()` make; svg always works, png and pdf need Graphviz.
    rankdir : the direction of the arrows, LR (left to right), TB, RL or BT.

    Leaves are blue and constants grey. A gradient is a dash until a `backward()` has reached the
    node. The operands of a node come in order; `a + a` has two arrows.

    Raises TypeError if root is no Value, ValueError for an unknown format or rankdir.

    >>> from autograd import Value, draw_dot
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> picture = draw_dot(a * b)
    >>> picture.source.splitlines()[-2:]
    ['\\tv1 -> v2', '}']
    >>> picture.pipe(encoding="utf-8")[:5]
    '<?xml'
    """
    from autograd.render.digraph import Digraph

    if not isinstance(root, Value):
        raise TypeError(
            f"draw_dot draws the graph of a Value, not {type(root).__name__}: {root!r:.60}"
        )
    if rankdir not in RANKDIRS:
        raise ValueError(f"rankdir is one of {', '.join(RANKDIRS)}, not {rankdir!r}")
    nodes = topological_order(root)
    names = name_nodes(nodes)
    ids = {node: f"v{position}" for position, node in enumerate(nodes)}
    dot = Digraph(
        format=format,
        graph_attr={"rankdir": rankdir, "ordering": "in"},
        node_attr={
            "shape": "record",
            "style": "rounded,filled",
            "fontname": "Helvetica,Arial,sans-serif",
            "fontsize": "12",
            "margin": "0.16,0.06",  # room where the renderer guesses a font too narrow
        },
        edge_attr={"arrowsize": "0.7", "color": "#666666"},
    )
    for node in nodes:
        fields = "|".join(_escape(field) for field in _fields(node, names))
        label = fields if rankdir in ("LR", "RL") else f"{{{fields}}}"
        dot.node(ids[node], label, penwidth="2" if node is root else None, _attributes=_style(node))
    for node in nodes:
        for operand in node.operands:
            dot.edge(ids[operand], ids[node])
    return dot


def _fields(node: Value, names: dict[Value, str]) -> list[str]:
    """The lines of a node's box."""
    if node.is_constant:
        return ([name_text(node.label)[0]] if node.label else []) + [f"{node.data:.4g}"]
    grad = f"{node.grad:.4g}" if node.has_grad else "—"
    return [_title(node, names), f"data {node.data:.4g}", f"grad {grad}"]


def _title(node: Value, names: dict[Value, str]) -> str:
    """`d = a * b`, or `d = *` where the operands' names would make it too long."""
    name = name_text(names[node])[0]
    if not node.op:
        return name
    operands = [
        number_text(v.data, 4) if v.is_constant and not v.label else name_text(names[v])
        for v in node.operands
    ]
    written = " ".join(operation_text(node._operation, operands)[0].split())
    return f"{name} = {written if len(written) <= LONGEST_TITLE else node.op}"


def _style(node: Value) -> dict[str, str]:
    if node.is_constant:
        return CONSTANT_STYLE
    return RESULT_STYLE if node.op else LEAF_STYLE


def _escape(text: str) -> str:
    """Text as a field of a record, where every character stands for itself."""
    escaped = []
    for character in text:
        if character == "\n":
            escaped.append("\\n")
        elif character == "&":
            escaped.append("&amp;")
        elif character in '\\{}|<>"':
            escaped.append("\\" + character)
        elif unicodedata.category(character) in ("Cc", "Cs", "Cn"):  # not allowed in XML
            escaped.append("�")
        else:
            escaped.append(character)
    return "".join(escaped)
