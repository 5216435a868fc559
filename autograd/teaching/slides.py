"""The slides of the ninety minutes: one page, made of `page/slides.md` and of the course itself.

A slide begins at a heading `# ` or at a line `---`. Below `+++` stands what one more press shows,
and below `???` what the teacher says. Blocks of code are made of the course: a graph of a part or
of its own, a function of a stub, a block of a story, what the check says of an answer.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from textwrap import dedent, indent

from autograd.course.parts import PARTS, PICTURE, Part, rendered
from autograd.diagnosis.mistakes import Finding
from autograd.engine import Value
from autograd.language.notation import Notation
from autograd.language.parser import parse
from autograd.language.words import ENGLISH
from autograd.lessons.book import hashes
from autograd.pictures.dot import draw_dot
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace

PAGE = Path(__file__).with_name("page")
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```\n", flags=re.M | re.S)
TIMED = re.compile(r"(\d+)–(\d+) (.*)")
ROOM = "\u00a0" * 6  # on every arrow, as wide as what one of them will say
LETTER = 13.0  # points in a picture for one em of a slide
NOTATION = Notation("leibniz")


@dataclass(frozen=True)
class Slide:
    """One slide.

    minutes : from when to when, "10–20"; "" for the first slide.
    section : what these minutes are about.
    text    : Markdown, with blocks of the course.
    notes   : Markdown: what the teacher says.
    """

    minutes: str
    section: str
    text: str
    notes: str

    @property
    def title(self) -> str:
        """Its heading, or that of the section."""
        return self.text.removeprefix("## ").split("\n")[0] if self.text[:3] == "## " else ""


def slides() -> list[Slide]:
    """The slides, as they are written."""
    found = []
    text = read("slides.md")
    for section in re.split(r"^# ", text, flags=re.M)[1:]:
        heading, _, body = section.partition("\n")
        timed = TIMED.fullmatch(heading)
        minutes, name = (f"{timed[1]}–{timed[2]}", timed[3]) if timed else ("", heading)
        for each in re.split(r"^---\n", body, flags=re.M):
            shown, _, notes = each.partition("\n???\n")
            found.append(Slide(minutes, name, f"{shown.strip()}\n", notes.strip()))
    return found


def deck() -> str:
    """The page, in one file: it opens from disk, is led by keys or a presenter, and prints."""
    style, script = read("slides.css"), '"use strict";\n\n' + read("slides.js")
    shown = [section for slide in slides() for section in sections_of(slide)]
    return Template(read("slides.html")).substitute(
        title=escape(slides()[0].section),
        style_hashes=hashes(style),
        script_hashes=hashes(script),
        style=style,
        script=script,
        slides="".join(own_names(html, place) for place, html in enumerate(shown, 1)),
    )


def own_names(html: str, place: int) -> str:
    """A slide that is called as no other is, and so are its pictures."""
    html = html.replace('aria-label="', f'aria-label="{place}. ', 1)
    return re.sub(r"\bg[0-9a-f]{8}\b", rf"\g<0>s{place}", html)


def sections_of(slide: Slide) -> Iterator[str]:
    """The slide as HTML; one for each step, where it plays a graph."""
    playing = re.search(r"^```graph\b([^\n]*)\bsteps\n(.*?)^```\n", slide.text, flags=re.M | re.S)
    if playing is None:
        yield section_of(slide, content(slide.text))
        return
    before, after = slide.text[: playing.start()], slide.text[playing.end() :]
    trace = Trace(graph_of(playing[1].split(), playing[2]))
    for step in trace:
        middle = f'{drawn(trace.root, step)}<p class="said">{said(trace, step)}</p>'
        kind = "step last" if step.index == len(trace) - 1 else "step"
        yield section_of(slide, content(before) + middle + content(after), kind)


def section_of(slide: Slide, html: str, kind: str = "") -> str:
    """One slide, with a line above it that says where in the lesson it is."""
    heading = "" if slide.title else f'<h1 class="first">{escape(slide.section)}</h1>'
    html = html.replace("<h2>", "<h1>").replace("</h2>", "</h1>")  # of the one slide on show
    where = f"{slide.minutes} min" if slide.minutes else ""
    if slide.title:
        where += f" · {slide.section}"
    return (
        f'<section class="slide {kind}" aria-label="{escape(slide.title or slide.section)}">\n'
        f'<p class="where">{escape(where)}</p>\n<div class="body">\n{heading}{html}</div>\n'
        f'<div class="notes" role="note">{rendered(slide.notes)}</div>\n</section>\n'
    )


def content(text: str) -> str:
    """Markdown with blocks of the course, as HTML; the second half waits for one more press."""
    first, _, later = text.partition("\n+++\n")
    html = "".join(pieces(first))
    return f'{html}<div class="later">{"".join(pieces(later))}</div>' if later else html


def pieces(text: str) -> Iterator[str]:
    parts = BLOCK.split(text)
    yield rendered(parts[0])
    for kind, options, body, after in zip(*(parts[k::4] for k in (1, 2, 3, 4)), strict=True):
        yield BLOCKS[kind](options.split(), body)
        yield rendered(after)


# ---- blocks -------------------------------------------------------------------------------------


def part_of(options: list[str]) -> Part:
    """The part whose number is the first option."""
    return PARTS[int(options[0]) - 1]


def text_block(options: list[str], body: str) -> str:
    return f"<pre>{escape(body)}</pre>"


def from_story(options: list[str], body: str) -> str:
    """A block of text in the story of a part: its place among them, from 1."""
    blocks = re.findall(r"^```text\n(.*?)^```$", part_of(options).story, flags=re.M | re.S)
    return text_block([], blocks[int(options[1]) - 1])


def stub(options: list[str], body: str) -> str:
    """Functions of a part's stub, by their names."""
    source = part_of(options).stub
    return text_block([], "\n\n".join(function(source, name) for name in options[1:]) + "\n")


def function(source: str, name: str) -> str:
    """A function or a method as it stands in the source, without its docstring."""
    found = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef))
    node = next(each for each in found if each.name == name)
    lines = source.splitlines()
    shown = range(node.lineno, (node.end_lineno or 0) + 1)
    first = node.body[0]
    told = range(first.lineno, (first.end_lineno or 0) + 1) if ast.get_docstring(node) else ()
    return dedent("\n".join(lines[line - 1] for line in shown if line not in told))


def finding(options: list[str], body: str) -> str:
    """What the check of a part says, where the body stands in place of the hole in its stub."""
    part = part_of(options)
    code = re.sub(r"^( *)\.\.\.\n", lambda hole: indent(body, hole[1]), part.stub, flags=re.M)
    tried = next(each for each in part.check(code).tried if each.finding)
    assert isinstance(tried.finding, Finding)
    return f'<pre>{escape(body)}</pre><div class="finding">{tried.finding.html()}</div>'


def graph(options: list[str], body: str) -> str:
    """A graph: "plain" without gradients, or with all of them."""
    root = graph_of(options, body)
    if "plain" in options:
        return drawn(root)
    root.backward()
    return drawn(root, grads=True)


def graph_of(options: list[str], body: str) -> Value:
    """The graph of an expression, or the first one of a part."""
    if options and options[0].isdecimal():
        found = PICTURE.search(part_of(options).story)
        assert found is not None
        body = found[1]
    return parse("; ".join(body.strip().splitlines()))


def drawn(root: Value, step: Step | None = None, grads: bool = False) -> str:
    """A picture, whose boxes stay where they are from step to step."""
    shown = ("label", "data", "grad") if grads or step is not None else ("label", "data")
    picture = draw_dot(
        root,
        step=None if step is None else step.index,
        notation=NOTATION.name,
        show=shown,
        node_attr={"width": "1.3"},
        graph_attr={"nodesep": "0.4"},
        edge_attr={"label": ROOM} if step is not None else {"minlen": "2"},
    )
    svg = str(picture.pipe(format="svg", encoding="utf-8"))
    svg = svg[svg.index("<svg") :]
    return f"<figure>{re.sub(SIZE, in_letters, svg, count=1)}</figure>"


SIZE = r'width="([\d.]+)pt" height="([\d.]+)pt"'


def in_letters(size: re.Match[str]) -> str:
    """The size of a picture in letters of the slide, which it grows with."""
    return f'width="{float(size[1]) / LETTER:.2f}em" height="{float(size[2]) / LETTER:.2f}em"'


def said(trace: Trace, step: Step) -> str:
    """A step in one line: `∂f/∂a += ∂f/∂d · ∂d/∂a = 1 · 3 = 3`."""
    number, name, root = NOTATION.number, trace.name, trace.name(trace.root)
    if step.kind == "seed":
        return f"{NOTATION.sign(root, root)} = 1: if {escape(root)} moves, it moves by as much"
    assert step.operand is not None
    assert step.upstream is not None
    gate, operand = name(step.node), name(step.operand)
    signs = f"{NOTATION.sign(root, gate)} · {NOTATION.sign(gate, operand)}"
    factors = f"{number(step.upstream)} · {bracketed(number(step.local or 0.0))}"
    use = f", use {step.use} of {step.uses}" if step.uses != 1 else ""
    rule = ENGLISH.rule(step.node._operation, step.formula.position or 0)
    sum_so_far = f"{NOTATION.sign(root, operand)} += {signs} = {factors} = "
    return f"{escape(sum_so_far)}<b>{number(step.contribution or 0.0)}</b>{use}<br>{escape(rule)}"


def bracketed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def curve(options: list[str], body: str) -> str:
    """A parabola with the rise and the run of a slope."""

    def at(x: float) -> tuple[float, float]:
        return 40 + 190 * x, 215 - 45 * x * x

    low, high, middle = at(0.9), at(1.9), at(1.4)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(k / 20) for k in range(43)))
    ink, lit, bad = "#111111", "#005a8e", "#a34700"
    texts = (
        (low[0], 240, "x − h", ink, "middle"),
        (middle[0], 240, "x", ink, "middle"),
        (high[0], 240, "x + h", ink, "middle"),
        (middle[0] + 46, low[1] + 20, "2h, the run", lit, "middle"),
        (high[0] + 10, middle[1] - 10, "f(x + h) − f(x − h), the rise", bad, "start"),
    )
    written = "".join(
        f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}" text-anchor="{anchor}">{text}</text>'
        for x, y, text, colour, anchor in texts
    )
    dashes = "".join(
        f'<path d="M{x:.1f},{y:.1f}V220" stroke="#8a8a8a" stroke-dasharray="4 4"/>'
        for x, y in (low, middle, high)
    )
    return (
        '<figure><svg viewBox="20 0 650 250" width="36em" height="13.8em" role="img" '
        'aria-label="A curve: from x minus h to x plus h the run is 2h, and the rise is how much '
        'f grows" fill="none" stroke-width="2">'
        f'<path d="M30,220H440" stroke="{ink}"/>{dashes}'
        f'<polyline points="{line}" stroke="{ink}" stroke-width="3"/>'
        f'<path d="M{low[0]:.1f},{low[1]:.1f}H{high[0]:.1f}" stroke="{lit}"/>'
        f'<path d="M{high[0]:.1f},{low[1]:.1f}V{high[1]:.1f}" stroke="{bad}"/>'
        f'<path d="M{low[0]:.1f},{low[1]:.1f}L{high[0]:.1f},{high[1]:.1f}" stroke="{lit}" '
        f'stroke-dasharray="7 5"/><g stroke="none" font-size="17">{written}</g></svg></figure>'
    )


BLOCKS: dict[str, Callable[[list[str], str], str]] = {
    "text": text_block,
    "from": from_story,
    "stub": stub,
    "finding": finding,
    "graph": graph,
    "curve": curve,
}


def read(name: str) -> str:
    """One of the files in `page/`."""
    return (PAGE / name).read_text(encoding="utf-8")
