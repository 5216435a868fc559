"""The picture of a lesson: with room for every number that may appear in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator

from autograd.engine import Value
from autograd.errors import GraphError
from autograd.language.notation import Notation
from autograd.pictures.dot import DotDrawing
from autograd.pictures.drawing import BLANK
from autograd.pictures.parts import Part
from autograd.pictures.svg import SVG
from autograd.stepping.tracing import Trace

ROOM = "-8.888e-88"  # the widest number, so that nothing moves when one appears


class LessonDrawing(DotDrawing):
    """The picture of a lesson: with room for every number that may appear in it."""

    attributes = ({"ranksep": "1.2"}, {}, {})  # inches, room for the += between two boxes

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
        self.hidden: set[Value] = set()
        self.prefix = ""

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

    def sheet(self, blank: Iterable[Value] = ()) -> str:
        """The picture for a sheet of paper, with room for the gradients of some nodes."""
        self.room, self.hidden = False, set(blank)
        picture = self._laid_out()
        self.hidden = set()
        return picture

    def _laid_out(self) -> str:
        text = str(self.picture("svg", "dot", "LR").pipe(encoding="utf-8"))
        return text[text.index("<svg") :]

    def lines(self, node: Value) -> Iterator[tuple[str, str]]:
        for line, kind in super().lines(node):
            if self.room and kind in ("data", "grad") and not node.is_constant:
                line = f"{'data' if kind == 'data' else self.signs[node]} {ROOM}"
            yield line, kind

    def _gradient(self, node: Value) -> str:
        if node in self.hidden:
            return BLANK
        return self.notation.number(self.adjoints.adjoint(node))


def alone(part: Part) -> tuple[Value, dict[Value, Value]]:
    """A part as a graph of its own, where everything outside of it is a given number.

    Gives its root, and for each node of the part the one that stands for it.
    """
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
    return copies[part.roots[0]], copies
