"""The picture of a lesson: with room for every number that may appear in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from autograd.engine import Value
from autograd.errors import GraphError
from autograd.language.notation import Notation
from autograd.pictures.columns import Key
from autograd.pictures.dot import DotDrawing
from autograd.pictures.parts import Part
from autograd.pictures.rollup import title_of
from autograd.pictures.svg import SVG
from autograd.stepping.tracing import Trace

ROOM = "-0.8888"  # as wide as most numbers, so that nothing moves when one appears


class LessonDrawing(DotDrawing):
    """The picture of a lesson: with room for every number that may appear in it."""

    attributes = ({"ranksep": "0.9"}, {}, {})  # inches, room for the += between two boxes

    def __init__(self, trace: Trace, notation: Notation) -> None:
        super().__init__(
            Part((trace.root,), tuple(trace.order)), notation, "okabe-ito", dict(trace.names)
        )
        self.by_hand = {}
        self.names = trace.names.copy()
        self.roll_up(None, (), len(trace.order))
        self.adjoints = trace
        self.signs = {node: self._sign(node) for node in trace.order}
        self.room = True
        self.prefix = ""

    def gaps(self, module: Key) -> tuple[float, float]:
        return 64.0, 32.0

    def module_of(self, node: Value) -> str:
        """The module that a node is in, within the one that holds all: `layers[0].neurons[1]`."""
        path = self.paths[node]
        if not path:
            return ""
        title = title_of(path, self.modules)
        outer = f"{title_of(path[:1], self.modules)}."
        return title[len(outer) :] if title.startswith(outer) else title

    def svg(self) -> str:
        """The picture with the final numbers."""
        self.room = True
        picture = ET.fromstring(self._laid_out())
        self.prefix = picture.get("id", "")
        groups = {group.get("id"): group for group in picture.iter(f"{{{SVG}}}g")}
        self.room = False
        for node, place in self.ids.items():
            texts = list(groups[f"{self.prefix}-{place}"].iter(f"{{{SVG}}}text"))
            lines = list(self.lines(node))
            first = len(texts) - len(lines)  # a title may be broken into several lines
            for text, (line, _) in zip(texts[first:], lines, strict=True):
                text.text = line
            groups[f"{self.prefix}-{place}"].find(f"{{{SVG}}}title").text = self._words(node)[0]  # type: ignore[union-attr]
        description = picture.find(f"{{{SVG}}}desc")
        if description is not None:
            description.text = self._meaning(self.prefix).text
        return ET.tostring(picture, encoding="unicode")

    def sheet(self, blank: bool) -> str:
        """The picture for a sheet of paper."""
        self.room, self.blank_grads = False, blank
        picture = self._laid_out()
        self.blank_grads = False
        return picture

    def _laid_out(self) -> str:
        text = str(self.picture("svg", "dot", "LR").pipe(encoding="utf-8"))
        return text[text.index("<svg") :]

    def lines(self, node: Value) -> Iterator[tuple[str, str]]:
        for line, kind in super().lines(node):
            if self.room and kind in ("data", "grad") and not node.is_constant:
                sign = "data" if kind == "data" else self.signs[node]
                line = f"{sign} {max(ROOM, line.rpartition(' ')[2], key=len)}"
            yield line, kind

    def _gradient(self, node: Value) -> str:
        if self.blank_grads:
            return super()._gradient(node)
        return self.notation.number(self.adjoints.adjoint(node))


def alone(part: Part) -> Value:
    """A part as a graph of its own, where everything outside of it is a given number."""
    if len(part.roots) != 1:
        raise GraphError(
            f"a lesson ends in one node, and this part in {len(part.roots)}: between(node, root) "
            "cuts out one that ends in root"
        )
    trace = Trace(part.roots[0])
    copies: dict[Value, Value] = {}

    def name(node: Value) -> None:
        copies[node].label = trace.name(node) if node.label or not node.is_constant else ""

    for node in part.nodes:
        inside = [operand for operand in node.operands if operand in copies]
        for operand in node.operands if inside else ():
            if operand not in copies:
                copies[operand] = Value(operand.data).detach()
                name(operand)
        if inside:
            copies[node] = node._operation(*(copies[v] for v in node.operands))
        else:
            copies[node] = Value(node.data)
        if node.is_constant:
            copies[node] = copies[node].detach()
        name(node)
    return copies[part.roots[0]]
