"""`draw_dot`: a computation graph as a Graphviz picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, get_args

from autograd.engine import Value
from autograd.language.formula import Formula
from autograd.language.notation import Notation, NotationName
from autograd.pictures.columns import Arrangement, Key, arrange, size
from autograd.pictures.drawing import NODE_FIELDS, Drawing, clean
from autograd.pictures.parts import Part, as_part
from autograd.pictures.rollup import Group, RolledUp
from autograd.pictures.themes import THEMES, ThemeName
from autograd.protocols.settings import listed, one_of
from autograd.stepping.step import Step

if TYPE_CHECKING:
    from autograd.pictures.layout import Digraph

EdgeLabels = Literal["local", "formula", "contribution"]
EDGE_LABELS = get_args(EdgeLabels)
UNHURRIED = 40  # boxes; more are laid out faster, and a little less well
RANKDIRS = ("LR", "TB", "RL", "BT")


def draw_dot(
    root: Value | Iterable[Value] | Part,
    format: str = "svg",
    rankdir: str = "LR",
    *,
    engine: str = "dot",
    show: Iterable[str] = NODE_FIELDS,
    precision: int = 4,
    notation: NotationName = "grad",
    ops: Literal["fold", "separate"] = "fold",
    edge_labels: EdgeLabels | None = None,
    step: int | Step | None = None,
    blank: Iterable[Value] | Literal["grads"] = (),
    theme: ThemeName = "okabe-ito",
    heat: Literal["grad"] | None = None,
    names: Mapping[Value, str] | None = None,
    depth: int | None = None,
    collapse: Iterable[Any] = (),
    max_nodes: int = 300,
    graph_attr: Mapping[str, str] | None = None,
    node_attr: Mapping[str, str] | None = None,
    edge_attr: Mapping[str, str] | None = None,
) -> Digraph:
    """The graph below root as a `graphviz.Digraph`: each node with its name, data and gradient.

    A notebook shows it, `.render("name")` writes a file, `.pipe()` returns the picture, and
    `.source` is the DOT text. All of it works with and without Graphviz on the system.

    root     : a Value, a list of them in one picture, or what `around` or `between` cut out.
    format   : what `.render()` and `.pipe()` make. svg always works, pdf needs Graphviz, and png
               needs Graphviz or the package resvg_py.
    rankdir  : the direction of the arrows, LR (left to right), TB, RL or BT.
    engine   : Graphviz's layout engine.
    show     : which of "label", "data" and "grad" a node has.
    precision, notation : significant digits; a gradient as "grad", "leibniz" ∂f/∂a or "bar" ā.
    ops      : "fold" has an operation in its result's box, "separate" in a circle before it.
    edge_labels : what each arrow is labelled with: the derivative along it, as a "local" number or
               a "formula", or the "contribution" that flows down it in a backward pass.
    step     : a step of `trace(root)` or its index, to draw that moment of the backward pass: the
               gate and the arrow at work are thick and marked, gradients to come are "?".
    blank    : nodes with empty fields to fill in, or "grads" for all gradients.
    theme    : "okabe-ito", "cs231n", "mono", "dark", or "auto", which as SVG follows the reader.
    heat     : "grad" fills boxes by the size of their gradient, with a legend.
    names    : names by hand, for some nodes.
    depth, collapse : modules to draw as one box each: all at this depth inside others, from 1, or
               those listed. A box says how many nodes it has, their largest gradient, and zeros.
    max_nodes : a graph of more is rolled up to neurons, layers or repeated shapes, whichever shows
               most, and a line says so. So is one that would take Graphviz too long to lay out.
    graph_attr, node_attr, edge_attr : Graphviz's attributes, which replace those used here.

    Leaves are blue and constants grey, and frames are around what modules made. A gradient is a
    dash until a `backward()` has reached the node. The operands of a node come in order; `a + a`
    has two arrows.

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
    drawing = DotDrawing(part, Notation(notation, precision), theme, {} if names is None else names)
    drawing.fields = [one_of("show", name, NODE_FIELDS) for name in listed("show", show)]
    drawing.separate, drawing.edge_labels, drawing.heat = ops == "separate", edge_labels, heat
    drawing.attributes = graph_attr or {}, node_attr or {}, edge_attr or {}
    drawing.roll_up(depth, collapse, max_nodes)
    drawing.set_step(step)
    drawing.set_blank(blank)

    def picture() -> Digraph:
        dot = drawing.picture(format, engine, rankdir)
        fewer = min(drawing.boxes // 4, max_nodes)
        dot.coarser = partial(coarser, fewer) if fewer > 1 else None
        return dot

    def coarser(boxes: int) -> Digraph:
        drawing.fold(boxes, ", as Graphviz would take too long to lay out more")
        return picture()

    return picture()


class DotDrawing(Drawing):
    """A drawing in Graphviz's language.

    attributes : Graphviz's, of the graph, the nodes and the edges, which replace those used here.
    """

    edge_labels: str | None = None
    arrangement: Arrangement | None = None
    attributes: tuple[Mapping[str, str], ...] = ({}, {}, {})

    def picture(self, format: str, engine: str, rankdir: str) -> Digraph:
        """The whole picture."""
        from autograd.pictures.layout import Digraph  # late, as graphviz is slow to import

        theme = self.theme
        dot = Digraph(
            format=format,
            engine=engine,
            graph_attr={"rankdir": rankdir, "bgcolor": theme.background},
            node_attr={
                "shape": "record",
                "style": "rounded,filled",
                "fontname": "Helvetica,Arial,sans-serif",
                "fontsize": "12",
                "margin": "0.16,0.06",  # room for a font wider than the renderer expects
            },
            edge_attr={
                "arrowsize": "0.7",
                "color": theme.edge,
                "fontcolor": theme.text,
                "fontname": "Helvetica,Arial,sans-serif",
                "fontsize": "11",
            },
        )
        if self.rolled is None:
            dot.graph_attr["ordering"] = "in"  # operands in their order
        if rankdir == "LR" and engine == "dot":
            self.arrangement = self._arranged()
        if self.arrangement is not None:
            dot.graph_attr |= {"layout": "nop", "splines": "true"}
        if self.boxes > UNHURRIED:
            dot.graph_attr["nslimit"] = "0.1"  # or Graphviz may take minutes for a hundred
        if self.note:
            dot.graph_attr |= {"label": self.note, "fontname": dot.node_attr["fontname"]}
            dot.graph_attr |= {"fontcolor": theme.text, "fontsize": "12", "labeljust": "l"}
        for mine, theirs in zip(
            (dot.graph_attr, dot.node_attr, dot.edge_attr), self.attributes, strict=True
        ):
            for name, given in theirs.items():
                mine[name] = "\n".join(map(clean, str(given).split("\n")))
        body, frames = list(self._statements(rankdir)), self._frames()
        what = (body, frames, dot.graph_attr, dot.node_attr, dot.edge_attr, self.follows_reader)
        prefix = "g" + sha256(repr(what).encode(errors="replace")).hexdigest()[:8]
        for write, name, attributes in body:
            attributes = {**attributes, "id": f"{prefix}-{name.replace(' -> ', '-')}"}
            if write == "node":
                dot.node(name, _attributes=attributes)
            else:
                tail, head = name.split(" -> ")[:2]
                dot.edge(tail, head.split("#")[0], _attributes=attributes)
        dot.body += frames
        dot.meaning = self._meaning(prefix)
        dot.theme = replace(theme, data=theme.text, grad=theme.text) if self.heat else theme
        dot.follows_reader = self.follows_reader and not self.heat  # whose colours are a scale
        return dot

    def _arranged(self) -> Arrangement | None:
        """Where everything stands in a graph with modules; None where Graphviz is to say so."""
        if self.rolled is not None or self.separate or self.heat or not any(self.paths.values()):
            return None
        if any(operand not in self.ids for node in self.part.nodes for operand in node.operands):
            return None
        return arrange(self.part.nodes, self.paths, self.size_of, self.gaps, self.title_size)

    def size_of(self, node: Value) -> tuple[float, float]:
        """The width and height of a node's box, in points, with room for any font."""
        return size([line for line, _ in self.lines(node)])

    def gaps(self, module: Key) -> tuple[float, float]:
        """Points between the columns in a module, and between what stands in one."""
        return 60.0, 20.0

    def title_size(self, module: Key) -> int:
        """Points of the letters on a frame."""
        return 11

    def _statements(self, rankdir: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Each node and arrow: what it is, its name and its attributes."""
        if self.rolled is not None:
            yield from self._boxes(self.rolled, rankdir)
            return
        for node in self.part.nodes:
            place = self.arrangement.place(node) if self.arrangement else {}
            yield "node", self.ids[node], self._node(node, rankdir) | place
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

    def _boxes(self, rolled: RolledUp, rankdir: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        """A rolled-up graph: single nodes drawn as usual, and a box for each group."""
        names = []
        for place, group in enumerate(rolled.groups):
            single = self.is_single(group)
            names.append(self.ids[group.nodes[0]] if single else f"b{place}")
            yield (
                "node",
                names[-1],
                (self._node(group.nodes[0], rankdir) if single else self._group(group, rankdir)),
            )
        for (tail, head), count in rolled.arrows.items():
            label = {"label": f"×{count:,}"} if count > 1 else {}
            yield "edge", f"{names[tail]} -> {names[head]}", {"class": "edge", **label}

    def _group(self, group: Group, rankdir: str) -> dict[str, str]:
        written = "|".join(escape(line) for line in self.group_lines(group))
        return {
            "label": written if rankdir in ("LR", "RL") else f"{{{written}}}",
            "class": "result",
            "fillcolor": self.theme.result.fill,
            "color": self.theme.result.border,
            "fontcolor": self.theme.result.text,
            "penwidth": "2",
        }

    def _frames(self) -> list[str]:
        """A frame around the nodes of each module, nested as modules are."""
        if self.rolled is not None:
            return []
        inside: dict[tuple[int, ...], list[str]] = {}
        titles: dict[tuple[int, ...], str] = {}
        titles_in_full: dict[tuple[int, ...], str] = {}
        for node in self.part.nodes:
            path = self.paths[node]
            for length in range(1, len(path) + 1):
                key = tuple(map(id, path[:length]))
                title = self.title(path[:length])
                outer = f"{titles_in_full.get(key[:-1], '')}."
                titles_in_full[key] = title
                titles[key] = title[len(outer) :] if title.startswith(outer) else title
                inside.setdefault(key, [])
            if path:
                ids = [self.ids[node]]
                ids += [f"{self.ids[node]}o"] if self.separate and node.operands else []
                inside[tuple(map(id, path))] += ids
        numbers = {key: place for place, key in enumerate(inside)}
        lines: list[str] = []

        def write(key: tuple[int, ...]) -> None:
            lines.append(f"\tsubgraph cluster_{numbers[key]} {{\n")
            label = escape(titles[key]).replace("\\|", "|")
            lines.append(
                f'\t\tlabel="{label}" style=rounded color="{self.theme.edge}" '
                f'fontcolor="{self.theme.text}" fontname="Helvetica,Arial,sans-serif" '
                f"fontsize={self.title_size(key)}\n"
            )
            lines.extend(self.arrangement.frame(key, titles[key]) if self.arrangement else ())
            lines.extend(f"\t\t{name}\n" for name in inside[key])
            for inner in inside:
                if len(inner) == len(key) + 1 and inner[:-1] == key:
                    write(inner)
            lines.append("\t}\n")

        for key in inside:
            if len(key) == 1:
                write(key)
        return lines

    def _node(self, node: Value, rankdir: str) -> dict[str, str]:
        written = "|".join(escape(line) for line, _ in self.lines(node))
        colours, kind = self.colours(node)
        attributes = {
            "label": written if rankdir in ("LR", "RL") else f"{{{written}}}",
            "class": kind,
            "fillcolor": self._heat_of(node) or colours.fill,
            "color": colours.border,
            "fontcolor": colours.text,
        }
        if node in self.part.roots:
            attributes["penwidth"] = "2"
        if self.step is not None and node is self.step.node:
            attributes["penwidth"] = "3"
        return attributes

    def _circle(self, node: Value) -> dict[str, str]:
        """An operation in a circle of its own."""
        colours = self.theme.result
        return {
            "label": escape(node.op),
            "shape": "circle",
            "class": "result",
            "margin": "0.02",
            "fillcolor": colours.fill,
            "color": colours.border,
            "fontcolor": colours.text,
        }

    def _legend(self) -> dict[str, str]:
        """The scale of the heat."""
        return {
            "label": escape(f"|grad|  0 to {self.notation.number(self._hottest)}"),
            "shape": "box",
            "style": "filled",
            "fillcolor": f"{self.theme.cold}:{self.theme.hot}",
            "color": self.theme.edge,
            "fontcolor": self.theme.text,
        }

    def _edge(self, gate: Value, position: int) -> dict[str, str]:
        attributes = {"class": "edge"}
        label = self._edge_label(gate, position)
        step = self.step
        at_work = step is not None and step.node is gate and step.formula.position == position
        if at_work and step is not None and step.contribution is not None:
            label = f"+= {self.notation.number(step.contribution)}"
            attributes |= {
                "class": "active",
                "dir": "back",  # as the gradient flows
                "penwidth": "3",
                "color": self.theme.active_edge,
                "fontcolor": self.theme.text,
            }
        if label:
            attributes["label"] = escape(label, EDGE)
        return attributes

    def _edge_label(self, gate: Value, position: int) -> str:
        """The derivative along an arrow, or what flows down it."""
        operand = gate.operands[position]
        if self.edge_labels is None or operand.is_constant:
            return ""
        local = gate.local_grads[position]
        if self.edge_labels == "local":
            return self.notation.number(local)
        if self.edge_labels == "formula":
            return str(Formula(gate, position, lambda node: self.names.get(node, "…")))
        return self.notation.number(self.trace.adjoint(gate) * local)


RECORD = {character: f"\\{character}" for character in '\\{}|<>"'} | {"&": "&amp;", "\n": "\\n"}
EDGE = {"\\": "\\\\", '"': '\\"', "<": "&lt;", ">": "&gt;", "&": "&amp;", "\n": "\\n"}


def escape(text: str, special: Mapping[str, str] = RECORD) -> str:
    """Text as a field of a record, or the label of an edge, where each character is itself."""
    return "".join(special.get(c) or clean(c) for c in text)
