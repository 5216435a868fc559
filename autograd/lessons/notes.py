"""The teacher's voice in a lesson: own words at a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from autograd.engine import Value
from autograd.errors import GraphError
from autograd.language.words import Words
from autograd.protocols.module_calls import calls_of
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Place = Value | Step | str | int
"""A node, by itself or by its name; or a step of `trace(root)`, by itself or by its index."""


def moments_of(trace: Trace, place: Place) -> Iterator[int]:
    """The moments of a page at which the card is about a place.

    Moment 0 is before the first; then come the gates, going forward, and then the steps back. A
    gate is spoken of where it computes, and where it hands its gradient on; a leaf where it is
    added to.
    """
    gates = [node for node in trace.order if node.operands]
    back = 1 + len(gates)
    if isinstance(place, Step):
        known = gates if place.kind == "forward" else [step.node for step in trace]
        if known[place.index : place.index + 1] != [place.node]:
            raise GraphError(
                f"notes: step {place.index} is of another graph: take it from trace(root)"
            )
        yield place.index + (1 if place.kind == "forward" else back)
    elif isinstance(place, int):
        if not 0 <= place < len(trace):
            raise IndexError(f"notes: there are steps 0 to {len(trace) - 1}, and no {place}")
        yield back + place
    else:
        yield from _moments_of_node(trace, trace.find(place), gates, back)


def _moments_of_node(trace: Trace, node: Value, gates: list[Value], back: int) -> Iterator[int]:
    if node.operands:
        yield 1 + gates.index(node)
        yield from (back + index for index in trace.steps_of(node))
        if node is trace.root:
            yield back
    elif node.is_constant:
        raise GraphError(f"notes: {trace.name(node)} is a constant: no step is about it")
    else:
        yield from (back + index for index in trace.arrivals(node))


def notes_of_calls(order: Iterable[Value], words: Words) -> dict[Place, str]:
    """What there is to say of functions that are known by their names, at their results."""
    about = {
        "cross_entropy": words(
            "**Cross-entropy.** Going back, the gradient of each logit comes to *p* − *y*: the "
            "probability that softmax gives its class, less the target, which is 1 for the right "
            "class and 0 for the others. The largest logit is subtracted first, so that exp cannot "
            "overflow; this changes neither the loss nor a gradient."
        )
    }
    titles = {node: [call.title for call in calls_of(node)] for node in order}
    return {node: about[title] for node in titles for title in titles[node] if title in about}


def as_notes(notes: Mapping[Place, str] | None) -> Mapping[Place, str]:
    """The notes given, if they are a dict of texts; else TypeError."""
    if notes is None:
        return {}
    if not isinstance(notes, Mapping):
        raise TypeError(f"notes is a dict of texts by node or step, not {notes!r:.60}")
    for place, text in notes.items():
        if not isinstance(text, str):
            raise TypeError(f"notes: a note is text, and at {place!r:.60} it is {text!r:.60}")
    return notes


def placed_notes(trace: Trace, notes: Mapping[Place, str]) -> dict[int, str]:
    """The notes as HTML, by the moment at which they are shown; several in the order given.

    Raises GraphError, IndexError or TypeError for a place that is not in the graph.
    """
    placed: dict[int, list[str]] = {}
    for place, text in notes.items():
        for moment in moments_of(trace, place):
            placed.setdefault(moment, []).append(as_html(text))
    return {moment: "<br>".join(texts) for moment, texts in placed.items()}


def as_html(text: str) -> str:
    """A note with **bold**, *italic* and `code`; anything else is shown as it is.

    >>> from autograd.lessons.notes import as_html
    >>> as_html("**Stop** & <think>: `a`")
    '<strong>Stop</strong> &amp; &lt;think&gt;: <code>a</code>'
    """
    return str(_markdown().renderInline(text.strip()))


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # late, as most of this package does without

    return MarkdownIt("zero", {"breaks": True}).enable(
        ["emphasis", "backticks", "escape", "newline"]
    )
