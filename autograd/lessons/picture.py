"""The picture of a lesson, and the names of the data in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from autograd.engine import Value
from autograd.errors import GraphError
from autograd.language.names import caller_names, calling_frame
from autograd.language.notation import Notation
from autograd.language.words import Words
from autograd.lessons.neurons import neurons_of
from autograd.pictures.columns import Key
from autograd.pictures.dot import DotDrawing
from autograd.pictures.drawing import BLANK
from autograd.pictures.parts import Part
from autograd.pictures.rollup import ModulePath, module_paths
from autograd.pictures.svg import SVG
from autograd.protocols.module_calls import ModuleCall, calls_of
from autograd.stepping.tracing import Trace

COMPARISONS = ("sub", "maximum", "minimum")
ROOM = "-0.8888"  # as wide as most numbers, so that nothing moves when one appears
MOST_SUBJECTS = 2  # modules in the heading of a page
LARGER = 3  # times the letters in neurons are those outside, read from further away


class LessonDrawing(DotDrawing):
    """The picture of a lesson: with room for every number that may appear in it."""

    attributes = ({"ranksep": "0.9"}, {}, {})  # inches, room for the += between two boxes

    def __init__(self, trace: Trace, notation: Notation, words: Words, *, closing: bool) -> None:
        self.words = words
        super().__init__(
            Part((trace.root,), tuple(trace.order)), notation, "okabe-ito", dict(trace.names)
        )
        self.by_hand = {}
        self.names = trace.names.copy()
        self.roll_up(None, (), len(trace.order))
        self.adjoints = trace
        self.signs = {node: self._sign(node) for node in trace.order}
        self.neurons = neurons_of(trace.order, self.paths) if closing else []
        self.small = {v for neuron in self.neurons for v in (*neuron.gates, *neuron.leaves)}
        self.frames = {tuple(map(id, neuron.path)) for neuron in self.neurons}
        self.room = True
        self.hidden: set[Value] = set()
        self.prefix = ""

    def size_of(self, node: Value) -> tuple[float, float]:
        width, height = super().size_of(node)
        return (width * self._times(node), height * self._times(node))

    def gaps(self, module: Key) -> tuple[float, float]:
        return (180.0, 72.0) if self.neurons and module not in self.frames else (64.0, 32.0)

    def title_size(self, module: Key) -> int:
        if module in self.frames:
            return 18
        return 11 * LARGER if self.neurons else 11

    def _times(self, *nodes: Value) -> int:
        """How much larger what is drawn is than in a neuron; an arrow, by both of its ends."""
        return 1 if not self.neurons or self.small.intersection(nodes) else LARGER

    def _node(self, node: Value, rankdir: str) -> dict[str, str]:
        attributes = super()._node(node, rankdir)
        if self._times(node) > 1:
            attributes |= {"fontsize": f"{12 * LARGER}", "penwidth": "2.5"}
        return attributes

    def _edge(self, gate: Value, position: int) -> dict[str, str]:
        attributes = super()._edge(gate, position)
        if self._times(gate, gate.operands[position]) > 1:
            attributes |= {"arrowsize": "1.6", "penwidth": "2.5"}
        return attributes

    def module_of(self, node: Value) -> str:
        """The module that a node is in, within the one that holds all: `layers[0].neurons[1]`."""
        path = self.paths[node]
        if not path:
            return ""
        titles = [self.title(path[:length]) for length in range(1, len(path) + 1)]
        outer = f"{titles[0]}."
        if titles[-1].startswith(outer):
            return titles[-1][len(outer) :]
        return ", ".join(titles[1:]) if len(path) > 1 else titles[0]

    def subject(self) -> str:
        """What a lesson is about: the result by its own name, or else the outermost modules."""
        root = self.part.roots[0]
        outermost = (path[:1] for path in self.paths.values() if path)
        modules = dict.fromkeys(map(super().title, outermost))
        if root.label or root in caller_names() or not 0 < len(modules) <= MOST_SUBJECTS:
            return self.names[root]
        return ", ".join(modules)

    def title(self, path: ModulePath) -> str:
        return super().title(path) + self.numbers.get(tuple(map(id, path)), "")

    @cached_property
    def numbers(self) -> dict[Key, str]:
        """Numbers for modules that have the same name within another: ` 1`, ` 2`, forward."""
        alike: dict[tuple[Key, str], dict[Key, int]] = {}
        for place, node in enumerate(self.part.nodes):
            path = self.paths[node]
            for length in range(1, len(path) + 1):
                key = tuple(map(id, path[:length]))
                title = super().title(path[:length])
                alike.setdefault((key[:-1], title), {})[key] = place  # of its last node
        return {
            key: f" {number}"
            for modules in alike.values()
            if len(modules) > 1
            for number, key in enumerate(sorted(modules, key=modules.__getitem__), 1)
        }

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
                sign = self.words("data") if kind == "data" else self.signs[node]
                line = f"{sign} {max(ROOM, line.rpartition(' ')[2], key=len)}"
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


# ---- the data of a lesson -----------------------------------------------------------------------
#
# Numbers that a module was given, and those its results are compared with, are nameless constants
# of the graph where they were handed over as plain numbers. A lesson names them, draws them as
# inputs, and lets the reader change them.


@contextmanager
def named_data(order: Sequence[Value]) -> Iterator[list[Value]]:
    """A `with` block in which the data of a graph have names: `x[0]`, `target`; gives them."""
    names = data_names(order)
    try:
        for node, name in names.items():
            node.label = name
        yield list(names)
    finally:
        for node in names:
            node.label = ""


def data_names(order: Sequence[Value]) -> dict[Value, str]:
    """Names for the nameless constants that modules were given, and then for the targets."""
    calls = {node: list(calls_of(node)) for node in order if node.operands}
    if not any(calls.values()):
        return {}
    free = [v for v in order if v.is_constant and not v.operands and not v.label]
    taken = {v.label for v in order}
    paths = module_paths(order)
    rows = list(_rows(order, calls, free, paths))
    given = {v for row, _ in rows for v in row}
    names: dict[Value, str] = {}
    for number, (row, source) in enumerate(rows):
        stem = _callers_name(source) or (f"x[{number}]" if len(rows) > 1 else "x")
        names |= {node: f"{stem}[{place}]" for node, place in row.items() if node not in names}
    targets = [
        node.operands[1]
        for node in order
        if node._operation.name in COMPARISONS and not calls[node]
        if not any(call.is_function for call in paths[node])  # what it subtracts is its own
        if node.operands[1] in free and node.operands[1] not in given
    ]
    for number, target in enumerate(dict.fromkeys(targets)):
        names[target] = f"target[{number}]" if len(targets) > 1 else "target"
    return {node: name for node, name in names.items() if name not in taken}


def _rows(
    order: Sequence[Value],
    calls: dict[Value, list[ModuleCall]],
    free: Sequence[Value],
    paths: dict[Value, ModulePath],
) -> Iterator[tuple[dict[Value, int], Any]]:
    """The constants of each list that a module was given, with their places, and the list."""
    seen: set[Value] = set()
    for node in order:
        for call in calls.get(node, ()):
            listed = call.given if isinstance(call.given, (list, tuple)) else [call.given]
            row: dict[Value, int] = {}
            for place, entry in enumerate(listed):
                left = [v for v in free if v not in seen and v not in row]
                if not isinstance(entry, Value):  # a number, which became a constant in the module
                    left = [v for v in left if any(c.token is call.token for c in paths[v])]
                found = _constant_of(entry, left)
                if found is not None:
                    row[found] = place
            if row:
                seen.update(row)
                yield row, call.given


def _constant_of(entry: Any, free: Sequence[Value]) -> Value | None:
    if isinstance(entry, Value):
        return entry if entry in free else None
    if isinstance(entry, (int, float)):
        return next((v for v in free if v.data == entry), None)
    return None


def _callers_name(given: Any) -> str:
    """The caller's variable for a list, or for a list of lists that has it: `x`, `rows[1]`."""
    frame = calling_frame()
    variables = {**frame.f_globals, **frame.f_locals} if frame else {}
    for name, variable in variables.items():
        if name.startswith("_") or not isinstance(variable, (list, tuple)):
            continue
        if variable is given:
            return name
        for place, entry in enumerate(variable):
            if entry is given:
                return f"{name}[{place}]"
    return ""
