"""What a picture of a graph says, whatever draws it: names, numbers, colours, and a description."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from autograd.engine import Value
from autograd.language.expression import is_number, name_text, number_text, operation_text
from autograd.language.names import module_names, name_nodes
from autograd.language.notation import Notation
from autograd.language.words import ENGLISH, Words
from autograd.pictures.parts import Part
from autograd.pictures.rollup import (
    Group,
    ModulePath,
    RolledUp,
    collapsed,
    module_paths,
    roll_up,
    shape_title,
    title_of,
)
from autograd.pictures.svg import Meaning
from autograd.pictures.themes import PALETTES, Colours, mixed
from autograd.protocols.settings import check_limits, listed, one_of
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace

NODE_FIELDS = ("label", "data", "grad")
LONGEST_TITLE = 32  # characters of an operation with its operands; else only its symbol is shown
BLANK = "\u2007" * 6  # figure spaces: room to write a number in


class Drawing:
    """A part of a graph, with what to write about it."""

    separate = False  # whether operations are drawn apart from their results
    words: Words = ENGLISH

    def __init__(
        self, part: Part, notation: Notation, theme: str, names: Mapping[Value, str]
    ) -> None:
        self.part, self.notation, self.theme = part, notation, PALETTES[theme]
        self.follows_reader = theme == "auto"
        self.names = name_nodes(part.nodes)
        if not isinstance(names, Mapping):
            raise TypeError(f"names is a dict from Values to names, not {names!r:.60}")
        for node, name in names.items():
            if not isinstance(node, Value):
                raise TypeError(f"the keys of names are Values, not {node!r:.60}")
            if not isinstance(name, str):
                raise TypeError(f"the names in names are text, not {name!r:.60}")
        self.by_hand = {v: names[v] for v in part.nodes if v in names}
        self.ids = {node: f"v{place}" for place, node in enumerate(part.nodes)}
        self.fields: list[str] = list(NODE_FIELDS)
        self.heat: str | None = None
        self.step: Step | None = None
        self.blank: set[Value] = set()
        self.blank_grads = False
        self.modules = module_names()
        self.rolled: RolledUp | None = None
        self.note = ""

    @cached_property
    def paths(self) -> dict[Value, ModulePath]:
        """The modules that each node was made in."""
        return module_paths(self.part.nodes)

    def roll_up(self, depth: int | None, collapse: Iterable[Any], max_nodes: int) -> None:
        """Draw modules as boxes, where asked to or where there are too many nodes."""
        check_limits(max_nodes=max_nodes)
        if depth is not None:
            check_limits(depth=depth)
        wanted = listed("collapse", collapse)
        for module in wanted:
            if not any(call.module is module for path in self.paths.values() for call in path):
                raise ValueError(f"collapse has {module!r:.60}, which made nothing in the picture")
        nodes = self.part.nodes
        if depth is not None or wanted:
            self.rolled = collapsed(nodes, self.paths, depth or 0, wanted)
        if self.boxes <= max_nodes and self.rolled is None:
            self.names = self._names_in_frames()
        self.names |= self.by_hand
        if self.boxes > max_nodes:
            self.fold(max_nodes)

    @property
    def boxes(self) -> int:
        """How many boxes are drawn, of single nodes or of many."""
        return len(self.part.nodes if self.rolled is None else self.rolled.groups)

    def fold(self, most: int, why: str = "") -> None:
        """Draw everything in at most `most` boxes, and say so."""
        nodes = self.part.nodes
        self.rolled = roll_up(nodes, self.paths, most)
        how = "" if why else "max_nodes=, or "
        self.note = (
            f"{len(nodes):,} nodes in {len(self.rolled.groups)} boxes{why}. "
            f"To open it: {how}a part, with around() or between()"
        )

    def _names_in_frames(self) -> dict[Value, str]:
        """Names without what the frames around them already say: w[0] in mlp.layers[0]."""
        names = {}
        for node, name in self.names.items():
            path = self.paths[node]
            outer = f"{self.modules.get(path[-1].module, '')}." if path else "."
            names[node] = name[len(outer) :] if name.startswith(outer) else name
        return names

    def title(self, path: ModulePath) -> str:
        """What the innermost module of a path is called on its frame."""
        return title_of(path, self.modules)

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
        self.blank = set(listed("blank", blank))
        strangers = self.blank.difference(self.part.nodes)
        if strangers:
            raise ValueError(f"blank has {strangers.pop()!r:.80}, which is not in the picture")

    @cached_property
    def trace(self) -> Trace:
        """The backward pass, worked out when something to be drawn needs it."""
        if len(self.part.roots) != 1:
            raise ValueError(
                "step and edge_labels='contribution' show the backward pass from one root; "
                f"this picture has {len(self.part.roots)}"
            )
        return Trace(self.part.roots[0])

    def group_lines(self, group: Group) -> Iterator[str]:
        """What a box of several nodes says."""
        constant = all(node.is_constant for node in group.nodes)
        if group.path:
            yield name_text("inputs" if constant else title_of(group.path, self.modules))[0]
        else:
            yield shape_title(group.nodes)
        kind = "constants" if constant else "nodes"
        yield f"{len(group.nodes):,} {kind}"
        if any(node.has_grad for node in group.nodes):
            yield f"largest |grad| {self.notation.number(group.largest_grad())}"
            zeros = group.zeros()
            if zeros:
                yield f"{zeros:,} exactly 0"

    def colours(self, node: Value) -> tuple[Colours, str]:
        """The colours of a node, and the class that it has in SVG."""
        if self.step is not None and node in (self.step.node, self.step.operand):
            return self.theme.active, "active"
        if node.is_constant:
            return self.theme.constant, "constant"
        return (self.theme.result, "result") if node.operands else (self.theme.leaf, "leaf")

    def lines(self, node: Value) -> Iterator[tuple[str, str]]:
        """The lines of a node's box, each with its kind."""
        digits = self.notation.precision
        number = BLANK if node in self.blank else number_text(node._data, digits)[0]
        if node.is_constant:
            if node.label and "label" in self.fields:
                yield name_text(self.names[node])[0], "label"
            yield number, "data"
            return
        wanted = [field for field in NODE_FIELDS if field in self.fields]
        for field in wanted or ["label"]:
            if field == "label":
                mark = "▸ " if self.step is not None and node is self.step.node else ""
                yield mark + self._title(node), "label"
            elif field == "data":
                yield f"{self.words('data')} {number}", "data"
            else:
                yield f"{self._sign(node)} {self._gradient(node)}", "grad"

    def _title(self, node: Value) -> str:
        """`d = a * b`, or `d = *` where the operands' names would make it too long."""
        name = name_text(self.names[node])[0]
        if not node.op or self.separate:
            return name
        operands = [
            number_text(v._data, self.notation.precision)
            if is_number(v)
            else name_text(self.names.get(v, "…"))
            for v in node.operands
        ]
        written = " ".join(operation_text(node._operation, operands)[0].split())
        return f"{name} = {written if len(written) <= LONGEST_TITLE else node.op}"

    def _sign(self, node: Value) -> str:
        """What a gradient is called."""
        if self.notation.name == "grad" or not self.part.roots:
            return "grad"
        root = self.part.roots[-1]
        return self.notation.sign(self.names[root], self.names[node])

    def _gradient(self, node: Value) -> str:
        """A gradient as it is, or at the step that is drawn."""
        if self.blank_grads or node in self.blank:
            return BLANK
        if self.step is not None:
            known = self.trace.gradient_after(node, self.step.index)
            return "?" if known is None else self.notation.number(known)
        return self.notation.number(node.grad) if node.has_grad else "—"

    def _heat_of(self, node: Value) -> str | None:
        if not self.heat or node.is_constant:
            return None
        share = abs(node.grad) / self._hottest if self._hottest else 0.0
        return mixed(self.theme.cold, self.theme.hot, min(1.0, share))

    @cached_property
    def _hottest(self) -> float:
        return max((abs(v.grad) for v in self.part.nodes if not v.is_constant), default=0.0)

    def _meaning(self, prefix: str) -> Meaning:
        """What the picture says to someone who cannot see it."""
        roots = ", ".join(name_text(self.names[root])[0] for root in self.part.roots[:3])
        nodes: dict[str, tuple[str, list[str]]] = {}
        sentences: list[str] = []
        if self.rolled is not None:
            for place, group in enumerate(self.rolled.groups):
                if self.is_single(group):
                    node = group.nodes[0]
                    nodes[f"{prefix}-{self.ids[node]}"] = self._words(node)
                    sentences.append(self._words(node)[0])
                else:
                    words = clean("; ".join(self.group_lines(group)))
                    nodes[f"{prefix}-b{place}"] = words, []
                    sentences.append(words)
            title = f"Computation graph of {clean(roots)}, rolled up"
            return Meaning(prefix, title, ". ".join([*sentences[:40], self.note]), nodes)
        for node in self.part.nodes:
            nodes[f"{prefix}-{self.ids[node]}"] = self._words(node)
            words = nodes[f"{prefix}-{self.ids[node]}"][0]
            if not node.is_constant and len(sentences) < 40:
                sentences.append(words)
        count = len(self.part.nodes)
        title = self.words("Computation graph of {0}", clean(roots))
        more = count - len(sentences) if count > 40 else 0
        last = f" {self.words('And {0} more.', more)}" if more else ""
        return Meaning(prefix, title, ". ".join(sentences) + "." + last, nodes)

    def _words(self, node: Value) -> tuple[str, list[str]]:
        """A node in words, and the kinds of its lines."""
        lines = list(self.lines(node))
        words = clean("; ".join(line for line, _ in lines).replace(BLANK, self.words("blank")))
        return words, [kind for _, kind in lines]

    @staticmethod
    def is_single(group: Group) -> bool:
        """Whether a group is drawn as the one node in it."""
        return len(group.nodes) == 1 and not group.path


def clean(text: str) -> str:
    """Text with a replacement for what XML does not allow."""
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs", "Cn") else c for c in text)
