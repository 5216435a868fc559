"""The eight parts of the course, read from their files, and what a check of one says.

Each part is one file in `parts/`: a story with pictures, a stub, hints, a solution, and what comes
next. The shell, the notebooks and pages are made of these.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from random import Random
from typing import Any

from autograd.course.asking import Failed
from autograd.course.checks import CHECKS
from autograd.diagnosis.mistakes import MISTAKES, Finding
from autograd.diagnosis.subject import SECONDS, Calls, Trouble
from autograd.engine import Value
from autograd.language.parser import parse
from autograd.language.tree import draw_text
from autograd.pictures.dot import draw_dot
from autograd.pictures.themes import ThemeName

FOLDER = Path(__file__).with_name("parts")
YOURS = "your code"  # the file that a text is, in what Python reports
WITH_GRADIENTS = 4  # the first part whose pictures have them
WORDS = {True: "right", False: "wrong", None: "later"}
PLAIN = "The functions of math take plain numbers alone. A Value has its own, such as x.tanh()."
PICTURE = re.compile(r"^```graph\n(.*?)^```\n", flags=re.M | re.S)


@dataclass(frozen=True)
class Tried:
    """One thing that a check tried: what it is, whether it is right, and if not, what is wrong.

    passed : None where it was not tried, for something before it failed.
    """

    title: str
    passed: bool | None
    said: str = ""
    finding: Finding | None = None


@dataclass(frozen=True)
class Result:
    """What came of the check of a part; true if everything is right."""

    part: Part
    tried: tuple[Tried, ...]

    def __bool__(self) -> bool:
        return all(each.passed for each in self.tried)

    def __str__(self) -> str:
        lines = [f"{self.part}", ""]
        for each in self.tried:
            lines.append(f"  {marked(each)}")
            if each.said:
                lines += ["", *(f"      {line}".rstrip() for line in each.said.splitlines()), ""]
        return "\n".join([*lines, "", self.advice])

    __repr__ = __str__

    @property
    def advice(self) -> str:
        """What to do next."""
        return self.part.next if self else "Change your code, and check it again."

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return f"<p><b>{escape(str(self.part))}</b></p>{self.html()}"

    def html(self, theme: ThemeName = "okabe-ito") -> str:
        """What was tried, with pictures in a theme of `draw_dot`, and what to do next."""
        return f"<ul>{''.join(self._items(theme))}</ul>{rendered(self.advice)}"

    def _items(self, theme: ThemeName) -> Iterator[str]:
        for each in self.tried:
            if each.finding is not None:
                said = each.finding.html(theme)
            else:
                said = f"<pre>{escape(each.said)}</pre>" if each.said else ""
            word = WORDS[each.passed]
            yield f'<li class="{word}"><b>{word}</b> {escape(each.title)}{said}</li>'


@dataclass(frozen=True)
class Part:
    """One part of the course.

    number   : 1 to 8.
    title    : of a few words.
    story    : Markdown; a block ```` ```graph ```` in it is an expression to be drawn.
    stub     : Python with `...` where the student writes.
    hints    : Markdown, from a nudge to nearly all.
    solution : Python.
    next     : Markdown: what comes after it.
    """

    number: int
    title: str
    story: str
    stub: str
    hints: tuple[str, ...]
    solution: str
    next: str

    def __str__(self) -> str:
        return f"Part {self.number}: {self.title}"

    @property
    def text(self) -> str:
        """The story for a terminal, with the graphs as trees."""

        def tree(match: re.Match[str]) -> str:
            return f"```text\n{draw_text(self.graph(match[1]))}\n```\n"

        return PICTURE.sub(tree, self.story)

    @property
    def html(self) -> str:
        """The story as HTML, with the graphs as SVG that follows a light or a dark page."""
        pieces = PICTURE.split(self.story)
        return "".join(
            drawn(self.graph(piece)) if place % 2 else rendered(piece)
            for place, piece in enumerate(pieces)
        )

    def graph(self, text: str) -> Value:
        """The graph of a picture, with gradients once the course has come to them."""
        root = parse("; ".join(text.strip().splitlines()))
        if self.number >= WITH_GRADIENTS:
            root.backward()
        return root

    def check(self, code: str | Mapping[str, Any]) -> Result:
        """Try a student's code: the text of a file, or the names of a notebook, `globals()`.

        It comes back whatever the code does, but for one call of C that takes for ever. An error in
        it is part of the result.

        >>> from autograd.course import PARTS
        >>> bool(PARTS[0].check(PARTS[0].stub)), bool(PARTS[0].check(PARTS[0].solution))
        (False, True)
        """
        tried: list[Tried] = []
        try:
            names = run(code) if isinstance(code, str) else code
        except Trouble as trouble:
            tried.append(Tried("Your code runs", False, in_words(trouble)))
            names = {}
        for title, check in CHECKS[self.number]:
            if tried and not tried[-1].passed:
                tried.append(Tried(title, None))
                continue
            try:
                check(names, Random(self.number))
                tried.append(Tried(title, True))
            except Failed as failed:
                tried.append(Tried(title, False, str(failed), failed.finding))
            except Trouble as trouble:
                tried.append(Tried(title, False, in_words(trouble)))
        return Result(self, tuple(tried))


def in_words(trouble: Trouble) -> str:
    """What is said where no answer came."""
    mistake = MISTAKES[trouble.mistake]
    why = PLAIN if "must be real number, not" in trouble.said else mistake.why
    return f"{mistake.title}\n\n{trouble.said}.\n\n{why}"


def marked(each: Tried) -> str:
    """A line of a result."""
    return f"{WORDS[each.passed]}  {each.title}"


def run(source: str) -> dict[str, Any]:
    """The names that a file makes; raises Trouble where it cannot be run."""
    names: dict[str, Any] = {"__name__": "student"}
    lines = source.splitlines(keepends=True)
    linecache.cache[YOURS] = (
        len(source),
        None,
        lines,
        YOURS,
    )  # for an error to be shown in its line
    try:
        code = compile(source, YOURS, "exec")
    except (SyntaxError, ValueError) as error:
        where = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise Trouble("syntax", f"Python cannot read your code{where}: {reason}") from None
    with Calls(SECONDS, "running your code"):
        exec(code, names)
    return names


# ---- reading the files --------------------------------------------------------------------------


def read(path: Path) -> Part:
    """A part of its file."""
    text = path.read_text(encoding="utf-8")
    sections = re.split(r"^## (Stub|Hints|Solution|Next)\n", text, flags=re.M)
    title, story = sections[0].removeprefix("# ").split("\n", 1)
    body = dict(zip(sections[1::2], sections[2::2], strict=True))
    hints = re.split(r"^\d+\. ", body["Hints"], flags=re.M)[1:]
    return Part(
        number=int(path.name[0]),
        title=title,
        story=story.strip() + "\n",
        stub=code_of(body["Stub"]),
        hints=tuple(re.sub(r"\n +", "\n", hint).strip() for hint in hints),
        solution=code_of(body["Solution"]),
        next=body["Next"].strip(),
    )


def code_of(section: str) -> str:
    """The code of a section; {engine} in it is the engine that the student has built."""
    code = section.strip().removeprefix("```python\n").removesuffix("```")
    if "{engine}" in code:
        engine = read(FOLDER / "6-backward.md").solution
        code = code.replace("{engine}\n", engine[engine.index("class Value") :])
    return code


@cache
def all_parts() -> tuple[Part, ...]:
    return tuple(read(path) for path in sorted(FOLDER.glob("*.md")))


PARTS = all_parts()


# ---- showing them -------------------------------------------------------------------------------


def drawn(root: Value) -> str:
    """A graph as SVG."""
    picture = str(draw_dot(root, theme="auto").pipe(format="svg", encoding="utf-8"))
    return f"<figure>{picture[picture.index('<svg') :]}</figure>\n"


def rendered(text: str) -> str:
    """Markdown as HTML; HTML in it is shown as it is typed."""
    from markdown_it import MarkdownIt  # late, as it is slow to import

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
