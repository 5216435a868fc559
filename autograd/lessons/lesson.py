"""A page that plays the forward and the backward pass of a graph, in one file.

What the page shows at first is worked out here, from the trace. When the reader changes an input,
the page computes everything again, by the table's rules, which are written into it. Its script and
its style are in the folder `page`.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from html import escape
from math import isfinite
from pathlib import Path
from string import Template
from typing import Any

from autograd.derivatives.slopes import check_slope
from autograd.engine import Value
from autograd.errors import RenderError
from autograd.language.expression import Syntax, name_text, number_text, to_text, written_as
from autograd.language.formula import Formula, tidy, writing_rules
from autograd.language.names import end_of_name
from autograd.language.notation import LONGEST_SIGN, Notation, NotationName
from autograd.language.typeset import (
    MATHML,
    mathml_name,
    mathml_number,
    sign_of,
    to_mathml,
)
from autograd.language.words import Words
from autograd.lessons.neurons import Neuron
from autograd.lessons.notes import Place, as_notes, notes_of_calls, placed_notes
from autograd.lessons.picture import LessonDrawing, alone, named_data
from autograd.operations import OPERATIONS
from autograd.pictures.drawing import clean
from autograd.pictures.parts import Part
from autograd.pictures.svg import dark_rules
from autograd.primitive import Operation
from autograd.protocols.settings import listed
from autograd.quizzes.mistakes import usual_mistakes
from autograd.quizzes.quiz import chosen, questions_of, rule_hint
from autograd.stepping.step import Step, json_number
from autograd.stepping.tracing import Trace
from autograd.sums import Fold

MOST_STEPS = 400  # that a browser plays without delay
LONGEST_EXPRESSION = 100  # characters of a heading

PAGE = Path(__file__).with_name("page")
SCRIPTS = (
    *("operations", "formulas", "pass", "words", "controls", "card", "chainrule", "reveal"),
    *("reading", "picture", "neurons", "view", "handin", "quiz", "ending", "inputs", "player"),
)


class Lesson:
    """A page; `lesson` makes it, and `write_lesson` writes it into a file."""

    def __init__(
        self,
        root: Value | Part,
        title: str | None,
        notation: NotationName,
        quiz: bool,
        lang: str,
        notes: Mapping[Place, str] | None,
        ask: Iterable[Value | str] | None,
        reveal: bool,
    ) -> None:
        self.words = Words(lang)
        title = None if title is None else one_line(title)
        self.notation = Notation(notation)
        copies: Mapping[Any, Any] = {}
        if isinstance(root, Part):
            root, copies = alone(root)
        self.trace = trace = Trace(root)
        if len(trace) > MOST_STEPS:
            raise RenderError(
                f"a page takes up to {MOST_STEPS} steps, and this graph has {len(trace):,}: give a "
                "part of it in its place, between(node, root), or take fewer rows"
            )
        self.lang, self.reveal = lang, bool(reveal)
        with named_data(trace.order) as self.data:
            own = {copies.get(place, place): note for place, note in as_notes(notes).items()}
            self.notes = placed_notes(trace, notes_of_calls(trace.order, self.words) | own)
            self.asked: list[Value] | None = questions_of(trace) if quiz else None
            if ask is not None:
                self.asked = chosen(trace, [copies.get(each, each) for each in listed("ask", ask)])
            self._write(title, ask is None)

    def _write(self, title: str | None, whole: bool) -> None:
        """Work the page out, while data have names."""
        trace = self.trace
        self.gates = [node for node in trace.order if node.operands]
        self.editable = all(is_computed(v._operation) for v in self.gates)
        self.drawing = drawing = LessonDrawing(
            trace, self.notation, self.words, closing=self.asked is None
        )
        text = to_text(trace.root)
        fits = len(text) <= LONGEST_EXPRESSION and "\n" not in text
        fits = fits and written_as(trace.order, trace.names)
        through = self.words("Backpropagation through {0}", drawing.subject())
        self.title = title or one_line(text if fits else through)
        self.expression = expression(trace.root, self.words) if fits and title else ""
        self.picture, self.prefix, self.signs = drawing.svg(), drawing.prefix, drawing.signs
        self.task = (
            self.words("Fill in every gradient.")
            if whole
            else self.words("Fill in the gradients that are missing.")
        )
        self.blanks = self.answers = ""
        if self.asked is not None:
            self.blanks = drawing.sheet(trace.order if whole else self.asked)
            self.answers = drawing.sheet()
        self.html = self._page()

    def __repr__(self) -> str:
        return f"<lesson {self.title}: {self.steps} steps>"

    @property
    def steps(self) -> int:
        """How many steps the page plays, forward and back."""
        return len(self.gates) + len(self.trace)

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own."""
        return framed(self.html, self.title)

    # ---- the page -------------------------------------------------------------------------------

    def _page(self) -> str:
        style = "\n".join(dark_rules(self.prefix)) + "\n" + read("lesson.css")  # which adds to them
        script = '"use strict";\n\n' + "\n".join(read(f"{name}.js") for name in SCRIPTS)
        self.style, self.script = style, script
        data = json.dumps(self._data(), ensure_ascii=False, allow_nan=False)
        return Template(self.words.markup(read("lesson.html"))).substitute(
            lang=self.lang,
            title=escape(self.title),
            style_hash=content_hash(style),
            script_hash=content_hash(script),
            style=style,
            expression=self.expression,
            picture=self.picture,
            forward="".join(self._forward_rows()),
            backward="".join(map(self._backward_row, self.trace)),
            sheets=self._sheets() if self.asked is not None else "",
            data=data.replace("<", "\\u003c"),
            script=script,
        )

    def _data(self) -> dict[str, Any]:
        """What the script needs to know."""
        trace, places = self.trace, self.trace.places
        operations = {v._operation.name: v._operation for v in self.gates} | OPERATIONS
        quiz = None
        if self.asked is not None:
            quiz = [
                [places[v], list(self._mistakes(v)), rule_hint(trace, v, self.words)]
                for v in self.asked
                if isfinite(trace.adjoint(v))  # else it could not be typed
            ]
        return {
            "notation": self.notation.name,
            "precision": self.notation.precision,
            "root": places[trace.root],
            "words": self.words.of_script(self.script),
            "singular": self.words.singular,
            "notes": self.notes,
            "reveal": self.reveal,
            "editable": self.editable,
            "quiz": quiz,
            "signs": {
                name: {
                    "symbol": escape(sign_of(operation)),
                    "precedence": operation.precedence,
                    "domain": self.words(getattr(operation, "domain", "")),
                }
                for name, operation in operations.items()
            },
            "nodes": [self._node(node) for node in trace.order],
            "neurons": [self._neuron(neuron) for neuron in self.drawing.neurons],
            "steps": [
                {
                    "gate": places[step.node],
                    "operand": places[step.operand] if step.operand is not None else None,
                    "position": None if step.kind == "seed" else step.formula.position,
                }
                for step in trace
            ],
        }

    def _node(self, node: Value) -> dict[str, Any]:
        text = self._name(node)
        markup, binding = mathml_name(text)
        entry: dict[str, Any] = {
            "id": f"{self.prefix}-v{self.trace.places[node]}",
            "text": text,
            "name": markup,
            "binding": binding,
            "sign": self.signs[node],
            "data": json_number(node.data),
            "constant": node.is_constant,
            "input": node in self.data or (not node.operands and not node.is_constant),
            "place": self.drawing.module_of(node),
            "check": None if self.editable or node.is_constant else self._check(node),
            "number": node.is_constant and not node.label,
            "op": node._operation.name if node.operands else "",
            "operands": [self.trace.places[operand] for operand in node.operands],
        }
        if node.operands:
            gates = range(len(node.operands))
            entry["local"] = [json_number(x) for x in node.local_grads]
            entry["rules"] = [self._rule(node, position, False) for position in gates]
            entry["formulas"] = [self._rule(node, position, True) for position in gates]
            entry["words"] = [self.words.rule(node._operation, place) for place in gates]
        return entry

    def _neuron(self, neuron: Neuron) -> dict[str, Any]:
        """A neuron, by the places of its nodes."""
        places = self.trace.places
        return {
            "name": self.drawing.module_of(neuron.output),
            "formula": neuron.formula(),
            "output": places[neuron.output],
            "total": places[neuron.total],
            "gates": [places[v] for v in neuron.gates],
            "leaves": [places[v] for v in neuron.leaves],
            "terms": [[places[v] for v in term] for term in neuron.terms],
        }

    def _check(self, node: Value) -> dict[str, Any]:
        """The finite difference by a node, where the page cannot work it out."""
        check = check_slope(self.trace.root, node, self.trace.adjoint(node), self.trace.name(node))
        verdict = self.words("agrees") if check.agrees else self.words("DIFFERS")
        if check.numerical is None:
            hidden = check.note.startswith("rounding")
            verdict = (
                self.words("not possible: rounding hides the difference")
                if hidden
                else self.words("not possible: there is no value close enough")
            )
        elif check.note:
            sides = re.findall(r"(\S+) to the", check.note)
            kink = self.words("a kink: {0} to the left, {1} to the right", *sides)
            verdict = self.words("{0}, at {1}", verdict, kink) if check.agrees else kink
        return {"slope": json_number(check.numerical), "verdict": verdict}

    def _rule(self, gate: Value, position: int, to_read: bool) -> Any:
        """A local derivative as a tree: to be read, without 1 * x and the like, or computed."""
        if gate.operands[position].is_constant:
            return None
        with writing_rules():
            rule, originals = Formula(gate, position, self.trace.name).rule(to_read)
            tree = tidy(rule, None) if to_read else rule
        return as_tree(tree, {s: f"v{self.trace.places[v]}" for s, v in originals.items()})

    def _name(self, node: Value) -> str:
        return name_text(end_of_name(self.drawing.names[node], LONGEST_SIGN))[0]

    def _mistakes(self, node: Value) -> Iterator[tuple[Any, str, str]]:
        """The usual wrong answers, each number once."""
        seen = set()
        for wrong, hint, sentence in usual_mistakes(self.trace, node, self.words):
            if f"{wrong:.3g}" not in seen:
                seen.add(f"{wrong:.3g}")
                yield json_number(wrong), hint, sentence

    # ---- the tables, for a reader without the picture or without scripts ------------------------

    def _forward_rows(self) -> Iterator[str]:
        for index, gate in enumerate(self.gates, 1):
            formula = Formula(gate, None, self._name)
            yield cells(index, self._math(gate), math(formula.symbols(self._syntax)), gate.data)

    def _backward_row(self, step: Step) -> str:
        index = 1 + len(self.gates) + step.index
        if step.kind == "seed":
            return cells(
                index, self._math(step.node), self.words("the seed"), "", "", 1.0, "0 → 1", ""
            )
        assert step.before is not None
        before, after = (self.notation.number(x) for x in (step.before, step.after))
        formula = Formula(step.node, step.formula.position, self._name)
        local: Any = step.local
        symbols = formula.symbols(self._syntax)
        number = mathml_number(step.local or 0.0, self.notation.precision)[0]
        if symbols != number:
            local = math(f"{symbols}<mo>=</mo>{number}")
        return cells(
            index,
            self._math(step.node),
            self._math(step.operand),
            step.upstream,
            local,
            step.contribution,
            f"{before} → {after}",
            self.words("{0} of {1}", step.use, step.uses),
        )

    def _math(self, node: Value | None) -> str:
        return math(mathml_name(self._name(node))[0]) if node is not None else ""

    @property
    def _syntax(self) -> Syntax:
        return replace(MATHML, number=partial(mathml_number, digits=self.notation.precision))

    def _sheets(self) -> str:
        """Two sheets for the printer: with blanks, and with answers."""
        heading = escape(self.title)
        return (
            f'<section class="sheet"><h1>{heading}</h1>{name_line(self.words)}<p>{self.task}</p>'
            f"{self.blanks}</section>\n"
            f'<section class="sheet"><h1>{self.words("{0}: answers", heading)}</h1>'
            f"{self.answers}</section>"
        )


def is_computed(operation: Operation) -> bool:
    """Whether the page computes an operation by itself."""
    return isinstance(operation, Fold) or OPERATIONS.get(operation.name) is operation


def as_tree(node: Value, names: dict[Value, str]) -> Any:
    """A graph as nested lists: ["mul", "v0", 2]."""
    if node in names:
        return names[node]
    if not node.operands:
        return json_number(node.data)
    return [node._operation.name, *(as_tree(operand, names) for operand in node.operands)]


def expression(root: Value, words: Words) -> str:
    """The whole expression, in a box that scrolls where it is wider than the page."""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{words("The expression")}">'
        f"{fitted(to_mathml(root))}</div>"
    )


def name_line(words: Words) -> str:
    """Where who fills in a worksheet writes a name."""
    return f"<p>{words('Name:')}</p>"


def math(markup: str) -> str:
    """MathML in a line of text."""
    return f'<math displaystyle="true">{fitted(markup)}</math>'


def fitted(markup: str) -> str:
    """MathML for this page: with tight parentheses, and no style attributes, which it forbids.

    A browser leaves more room for a parenthesis that may stretch, even where it does not.
    """
    opening, closing = '<mo stretchy="false" rspace="0">(', '<mo stretchy="false" lspace="0">)'
    markup = markup.replace("<mo>(", opening).replace("<mo>)", closing)
    return re.sub(' style="[^"]*"', "", markup)


def cells(first: int, *others: Any) -> str:
    """A row of a table."""
    written = (number_text(x, 4)[0] if isinstance(x, float) else x for x in others)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{x}</td>" for x in written)}</tr>\n'


def one_line(title: str) -> str:
    """A title without line breaks, and without characters that a page may not have."""
    if not isinstance(title, str):
        raise TypeError(f"title is text, not {title!r:.60}")
    return clean(" ".join(title.split()))


def framed(html: str, title: str) -> str:
    """A page in a frame, which a notebook shows."""
    return (
        f'<iframe srcdoc="{escape(html)}" title="{escape(title)}" '
        'sandbox="allow-scripts allow-modals allow-forms allow-downloads" '
        'style="width: 100%; height: 46rem; border: 0"></iframe>'
    )


def read(name: str) -> str:
    """A file of the page."""
    return (PAGE / name).read_text(encoding="utf-8")


def content_hash(text: str) -> str:
    """The name by which a content security policy allows a script or a style."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
