"""`draw_mermaid`: a computation graph as a Mermaid flowchart, which GitHub draws in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograd.engine import Value
from autograd.errors import RenderError
from autograd.language.notation import Notation, NotationName
from autograd.pictures.dot import RANKDIRS
from autograd.pictures.drawing import Drawing
from autograd.pictures.parts import Part, as_part
from autograd.pictures.themes import Colours
from autograd.protocols.settings import one_of

MOST_ARROWS = 500  # Mermaid's limit, unless the page sets another
PLAIN = set(" .,+-*/=()_^|[]{}!?:—…∂·")  # these stand for themselves, as letters and digits do


def draw_mermaid(
    root: Value | Iterable[Value] | Part,
    rankdir: str = "LR",
    *,
    precision: int = 4,
    notation: NotationName = "grad",
) -> str:
    """The graph below root as Markdown: a fenced block that GitHub and GitLab draw.

    root    : a Value, a list of them, or what `around` or `between` cut out.
    rankdir : LR, TB, RL or BT.
    precision, notation : as in `draw_dot`.

    Raises RenderError for a graph of more than 500 arrows, which Mermaid does not draw.

    >>> from autograd import Value, draw_mermaid
    >>> print(draw_mermaid(Value(2.0, label="a").exp()).splitlines()[2])
        v0["a<br>data 2<br>grad —"]:::leaf
    """
    one_of("rankdir", rankdir, RANKDIRS)
    part = as_part(root, "draw_mermaid")
    arrows = sum(len(node.operands) for node in part.nodes)
    if arrows > MOST_ARROWS:
        raise RenderError(
            f"Mermaid draws at most {MOST_ARROWS} arrows, and this graph has {arrows:,}: cut a "
            "part out with around() or between()"
        )
    drawing = Drawing(part, Notation(notation, precision), "okabe-ito", {})
    lines = "\n".join(f"    {line}" for line in _lines(drawing))
    return f"```mermaid\nflowchart {rankdir}\n{lines}\n```\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    """Nodes, arrows, and the classes that colour them."""
    for node in drawing.part.nodes:
        words = "<br>".join(quoted(line) for line, _ in drawing.lines(node))
        yield f'{drawing.ids[node]}["{words}"]:::{drawing.colours(node)[1]}'
    for node in drawing.part.nodes:
        for operand in node.operands:
            if operand in drawing.ids:
                yield f"{drawing.ids[operand]} --> {drawing.ids[node]}"
    for name in ("leaf", "result", "constant"):
        yield _class(name, getattr(drawing.theme, name))


def _class(name: str, colours: Colours) -> str:
    return f"classDef {name} fill:{colours.fill},stroke:{colours.border},color:{colours.text}"


def quoted(text: str) -> str:
    """Text in a Mermaid label, where every character stands for itself."""
    escaped = (
        c if c.isalnum() or c in PLAIN else "<br>" if c == "\n" else f"#{_code(c)};" for c in text
    )
    return "".join(escaped)


def _code(character: str) -> int:
    """The number of a character; of one that XML does not allow, that of �."""
    return ord(character) if character.isprintable() else 0xFFFD
