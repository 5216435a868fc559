"""`draw_dot`: a computation graph as a Graphviz picture."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, get_args

from autograd.expression import is_number, name_text, number_text, operation_text
from autograd.formula import Formula
from autograd.names import name_nodes
from autograd.render.parts import Part, as_part
from autograd.render.style import NotationName, Style
from autograd.render.svg import Meaning
from autograd.render.themes import PALETTES, THEMES, Box, ThemeName, mixed
from autograd.tracing import Step, Trace
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.render.digraph import Digraph

EdgeLabels = Literal["local", "formula", "contribution"]
EDGE_LABELS = get_args(EdgeLabels)
FIELDS = ("label", "data", "grad")
RANKDIRS = ("LR", "TB", "RL", "BT")
LONGEST_TITLE = 32  # characters of an operation with its operands; a longer one is its symbol
BLANK = "\u2007" * 6  # figure spaces, room to write a number in


def draw_dot(
    root: Value | Iterable[Value] | Part,
    format: str = "svg",
    rankdir: str = "LR",
    *,
    engine: str = "dot",
    show: Iterable[str] = FIELDS,
    precision: int = 4,
    notation: NotationName = "grad",
    ops: Literal["fold", "separate"] = "fold",
    edge_labels: EdgeLabels | None = None,
    step: int | Step | None = None,
    blank: Iterable[Value] | Literal["grads"] = (),
    theme: ThemeName = "okabe-ito",
    heat: Literal["grad"] | None = None,
    names: Mapping[Value, str] | None = None,
    graph_attr: Mapping[str, str] | None = None,
    node_attr: Mapping[str, str] | None = None,
    edge_attr: Mapping[str, str] | None = None,
) -> Digraph:
    """The graph below root as a `graphviz.Digraph`: each node with its name, data and gradient.

    Shown by itself in a notebook; `.render("name")` writes a file, `.pipe()` gives the picture,
    `.source` the DOT text. Works with and without Graphviz on the system.

    root     : a Value, a list of them in one picture, or what `around` or `between` cut out.
    format   : what `.render()` and `.pipe()` make; svg always works, png and pdf need Graphviz.
    rankdir  : the direction of the arrows, LR (left to right), TB, RL or BT.
    engine   : Graphviz's layout engine.
    show     : which of "label", "data" and "grad" a node has.
    precision, notation : significant digits; a gradient as "grad", "leibniz" ∂f/∂a or "bar" ā.
    ops      : "fold" has an operation in its result's box, "separate" in a circle before it.
    edge_labels : on each arrow the derivative along it, as a "local" number or a "formula", or the
               "contribution" that flows down it in a backward pass.
    step     : the picture at one moment of the backward pass, a step of `trace(root)` or its index:
               the gate and the arrow at work are thick and have a sign, gradients to come are "?".
    blank    : nodes with empty fields to fill in, or "grads" for all gradients.
    theme    : "okabe-ito", "cs231n", "mono", "dark", or "auto", which as SVG follows the reader.
    heat     : "grad" fills boxes by the size of their gradient, with a legend.
    names    : names by hand, for some nodes.
    graph_attr, node_attr, edge_attr : Graphviz's attributes, over those used here.

    Leaves are blue and constants grey. A gradient is a dash until a `backward()` has reached the
    node. The operands of a node come in order; `a + a` has two arrows.

    Raises TypeError or ValueError for an argument that is none of these.

    >>> from autograd import Value, draw_dot
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> picture = draw_dot(a * b)
    >>> picture.source.splitlines()[-2].split(" [")[0]
    '\\tv1 -> v2'
    >>> picture.pipe(encoding="utf-8")[:5]
    '<?xml'
    """
    one_of("rankdir", rankdir, RANKDIRS)
    one_of("theme", theme, THEMES)
    one_of("ops", ops, ("fold", "separate"))
    one_of("edge_labels", edge_labels, (None, *EDGE_LABELS))
    one_of("heat", heat, (None, "grad"))
    part = as_part(root, "draw_dot")
    drawing = Drawing(part, Style(notation, precision), theme, names or {})
    drawing.fields = [one_of("show", name, FIELDS) for name in show]
    drawing.separate, drawing.edge_labels, drawing.heat = ops == "separate", edge_labels, heat
    drawing.set_step(step)
    drawing.set_blank(blank)
    picture = drawing.picture(format, engine, rankdir)
    picture.graph_attr.update(graph_attr or {})
    picture.node_attr.update(node_attr or {})
    picture.edge_attr.update(edge_attr or {})
    return picture


def one_of(name: str, given: Any, allowed: tuple[Any, ...]) -> Any:
    """The argument, if it is one of those allowed."""
    if given not in allowed:
        choices = ", ".join("None" if each is None else str(each) for each in allowed)
        raise ValueError(f"{name} is one of {choices}, not {given!r:.60}")
    return given


class Drawing:
    """A part of a graph with what is to be written of it."""

    def __init__(self, part: Part, style: Style, theme: str, names: Mapping[Value, str]) -> None:
        self.part, self.style, self.theme = part, style, PALETTES[theme]
        self.follows_reader = theme == "auto"
        self.names = name_nodes(part.nodes) | {v: names[v] for v in part.nodes if v in names}
        self.ids = {node: f"v{place}" for place, node in enumerate(part.nodes)}
        self.fields: list[str] = list(FIELDS)
        self.separate = False
        self.edge_labels: str | None = None
        self.heat: str | None = None
        self.step: Step | None = None
        self.blank: set[Value] = set()
        self.blank_grads = False

    def set_step(self, step: int | Step | None) -> None:
        """The moment of the backward pass to draw."""
        if step is None:
            return
        if isinstance(step, Step):
            step = step.index
        if not isinstance(step, int) or isinstance(step, bool):
            raise TypeError(f"step is a step of trace(root), or its index, not {step!r:.60}")
        self.step = self.trace[step]

    def set_blank(self, blank: Iterable[Value] | str) -> None:
        """What is left to fill in."""
        if isinstance(blank, str):
            one_of("blank", blank, ("grads",))
            self.blank_grads = True
            return
        self.blank = set(blank)
        strangers = self.blank.difference(self.part.nodes)
        if strangers:
            raise ValueError(f"blank has {strangers.pop()!r:.80}, which is not in the picture")

    @cached_property
    def trace(self) -> Trace:
        """The backward pass, where what is asked for needs one."""
        if len(self.part.roots) != 1:
            raise ValueError(
                "step and edge_labels='contribution' are of the backward pass from one root; "
                f"this picture has {len(self.part.roots)}"
            )
        return Trace(self.part.roots[0])

    def picture(self, format: str, engine: str, rankdir: str) -> Digraph:
        """The whole picture."""
        from autograd.render.digraph import Digraph

        theme = self.theme
        dot = Digraph(
            format=format,
            engine=engine,
            graph_attr={"rankdir": rankdir, "ordering": "in", "bgcolor": theme.background},
            node_attr={
                "shape": "record",
                "style": "rounded,filled",
                "fontname": "Helvetica,Arial,sans-serif",
                "fontsize": "12",
                "margin": "0.16,0.06",  # room where the renderer guesses a font too narrow
            },
            edge_attr={
                "arrowsize": "0.7",
                "color": theme.edge,
                "fontcolor": theme.text,
                "fontname": "Helvetica,Arial,sans-serif",
                "fontsize": "11",
            },
        )
        body = list(self._statements(rankdir))
        prefix = "g" + sha256(repr((body, rankdir)).encode(errors="replace")).hexdigest()[:8]
        for write, name, attributes in body:
            attributes = {**attributes, "id": f"{prefix}-{name.replace(' -> ', '-')}"}
            if write == "node":
                dot.node(name, _attributes=attributes)
            else:
                tail, head = name.split(" -> ")[:2]
                dot.edge(tail, head.split("#")[0], _attributes=attributes)
        dot.meaning = self._meaning(prefix)
        dot.theme = replace(theme, data=theme.text, grad=theme.text) if self.heat else theme
        dot.follows_reader = self.follows_reader
        return dot

    def _statements(self, rankdir: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Each node and arrow: what it is, its name and its attributes."""
        for node in self.part.nodes:
            yield "node", self.ids[node], self._node(node, rankdir)
            if self.separate and node.operands:
                yield "node", f"{self.ids[node]}o", self._circle(node)
        for node in self.part.nodes:
            target = f"{self.ids[node]}o" if self.separate else self.ids[node]
            for position, operand in enumerate(node.operands):
                if operand in self.ids:
                    name = f"{self.ids[operand]} -> {target}#{position}"
                    yield "edge", name, self._edge(node, position)
            if any(operand not in self.ids for operand in node.operands):
                yield (
                    "node",
                    f"{self.ids[node]}c",
                    {"label": "…", "shape": "plaintext", "style": ""},
                )
                yield "edge", f"{self.ids[node]}c -> {target}", {"style": "dashed"}
            if self.separate and node.operands:
                yield "edge", f"{target} -> {self.ids[node]}", {"class": "edge"}
        if self.heat:
            yield "node", "legend", self._legend()

    # ---- nodes ----------------------------------------------------------------------------------

    def _node(self, node: Value, rankdir: str) -> dict[str, str]:
        written = "|".join(escape(line) for line, _ in self.lines(node))
        box, kind = self.box(node)
        attributes = {
            "label": written if rankdir in ("LR", "RL") else f"{{{written}}}",
            "class": kind,
            "fillcolor": self._heat_of(node) or box.fill,
            "color": box.border,
            "fontcolor": box.text,
        }
        if node in self.part.roots:
            attributes["penwidth"] = "2"
        if self.step is not None and node is self.step.node:
            attributes["penwidth"] = "3"
        return attributes

    def _circle(self, node: Value) -> dict[str, str]:
        """An operation in a circle of its own."""
        box = self.theme.result
        return {
            "label": escape(node.op),
            "shape": "circle",
            "class": "result",
            "margin": "0.02",
            "fillcolor": box.fill,
            "color": box.border,
            "fontcolor": box.text,
        }

    def box(self, node: Value) -> tuple[Box, str]:
        """The colours of a node, and the class that it has in SVG."""
        if self.step is not None and node in (self.step.node, self.step.operand):
            return self.theme.active, "active"
        if node.is_constant:
            return self.theme.constant, "constant"
        return (self.theme.result, "result") if node.operands else (self.theme.leaf, "leaf")

    def lines(self, node: Value) -> Iterator[tuple[str, str]]:
        """The lines of a node's box, each with its kind."""
        digits = self.style.precision
        number = BLANK if node in self.blank else number_text(node._data, digits)[0]
        if node.is_constant:
            if node.label and "label" in self.fields:
                yield name_text(self.names[node])[0], "label"
            yield number, "data"
            return
        wanted = [field for field in FIELDS if field in self.fields]
        for field in wanted or ["label"]:
            if field == "label":
                mark = "▸ " if self.step is not None and node is self.step.node else ""
                yield mark + self._title(node), "label"
            elif field == "data":
                yield f"data {number}", "data"
            else:
                yield f"{self._sign(node)} {self._gradient(node)}", "grad"

    def _title(self, node: Value) -> str:
        """`d = a * b`, or `d = *` where the operands' names would make it too long."""
        name = name_text(self.names[node])[0]
        if not node.op or self.separate:
            return name
        operands = [
            number_text(v._data, self.style.precision)
            if is_number(v)
            else name_text(self.names.get(v, "…"))
            for v in node.operands
        ]
        written = " ".join(operation_text(node._operation, operands)[0].split())
        return f"{name} = {written if len(written) <= LONGEST_TITLE else node.op}"

    def _sign(self, node: Value) -> str:
        """What a gradient is called."""
        if self.style.notation == "grad" or not self.part.roots:
            return "grad"
        root = self.part.roots[-1]
        return self.style.sign(self.names[root], self.names[node])

    def _gradient(self, node: Value) -> str:
        """A gradient as it is, or at the step that is drawn."""
        if self.blank_grads or node in self.blank:
            return BLANK
        if self.step is not None:
            known = self.trace.gradient_after(node, self.step.index)
            return "?" if known is None else self.style.number(known)
        return self.style.number(node.grad) if node.has_grad else "—"

    def _heat_of(self, node: Value) -> str | None:
        if not self.heat or node.is_constant:
            return None
        share = abs(node.grad) / self._hottest if self._hottest else 0.0
        return mixed(self.theme.cold, self.theme.hot, min(1.0, share))

    @cached_property
    def _hottest(self) -> float:
        return max((abs(v.grad) for v in self.part.nodes if not v.is_constant), default=0.0)

    def _legend(self) -> dict[str, str]:
        """The scale of the heat."""
        return {
            "label": escape(f"|grad|  0 to {self.style.number(self._hottest)}"),
            "shape": "box",
            "style": "filled",
            "fillcolor": f"{self.theme.cold}:{self.theme.hot}",
            "color": self.theme.edge,
            "fontcolor": self.theme.text,
        }

    # ---- arrows ---------------------------------------------------------------------------------

    def _edge(self, gate: Value, position: int) -> dict[str, str]:
        attributes = {"class": "edge"}
        label = self._edge_label(gate, position)
        step = self.step
        at_work = step is not None and step.node is gate and step.formula.position == position
        if at_work and step is not None and step.contribution is not None:
            label = f"◄ += {self.style.number(step.contribution)}"
            attributes |= {
                "class": "active",
                "penwidth": "3",
                "color": self.theme.active_edge,
                "fontcolor": self.theme.text,
            }
        if label:
            attributes["label"] = label.replace("\\", "\\\\")
        return attributes

    def _edge_label(self, gate: Value, position: int) -> str:
        """The derivative along an arrow, or what flows down it."""
        operand = gate.operands[position]
        if self.edge_labels is None or operand.is_constant:
            return ""
        local = gate.local_grads[position]
        if self.edge_labels == "local":
            return self.style.number(local)
        if self.edge_labels == "formula":
            return str(Formula(gate, position, lambda node: self.names.get(node, "…")))
        return self.style.number(self.trace.adjoint(gate) * local)

    # ---- words ----------------------------------------------------------------------------------

    def _meaning(self, prefix: str) -> Meaning:
        """What the picture says to who cannot see it."""
        roots = ", ".join(name_text(self.names[root])[0] for root in self.part.roots[:3])
        nodes = {}
        sentences: list[str] = []
        for node in self.part.nodes:
            lines = list(self.lines(node))
            words = clean("; ".join(line for line, _ in lines).replace(BLANK, "blank"))
            nodes[f"{prefix}-{self.ids[node]}"] = words, [kind for _, kind in lines]
            if not node.is_constant and len(sentences) < 40:
                sentences.append(words)
        count = len(self.part.nodes)
        title = f"Computation graph of {clean(roots)}"
        more = f" And {count - len(sentences)} more." if len(sentences) < count > 40 else ""
        return Meaning(prefix, title, ". ".join(sentences) + "." + more, nodes)


def clean(text: str) -> str:
    """Text without what XML does not allow."""
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs", "Cn") else c for c in text)


def escape(text: str) -> str:
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
