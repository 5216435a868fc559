"""What a terminal can show, and lines of text with colours where it can."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

WIDTH = 80  # columns at most: a projector is read from the back row
NARROWEST = 40

# Every eye tells blue from orange, and both are legible on black and on white.
STYLES = {
    "data": "color(33)",
    "grad": "bold color(166)",
    "head": "bold",
    "here": "bold reverse",
    "dim": "dim",
    "": "",
}

# All of these signs are in the fonts of Windows consoles.
ASCII = str.maketrans(
    {
        "∂": "d",
        "·": "*",
        "→": "->",
        "←": "<-",
        "≤": "<=",
        "≠": "!=",
        "─": "-",
        "│": "|",
        "├": "|",
        "└": "`",
        "◄": "<--",
        "↑": "(above)",
        "…": "...",
        "—": "-",
        "½": "1/2",
        "²": "**2",
        "³": "**3",
    }
)


class Terminal:
    """What a stream can show: how many columns, only ASCII or more, colours or none.

    It is plain ASCII where NO_COLOR is set, on a dumb terminal, and in an encoding that lacks the
    signs of mathematics. Colours need a terminal that has them.
    """

    def __init__(self, stream: Any = None) -> None:
        from rich.console import Console

        stream = sys.stdout if stream is None else stream
        console = Console(file=stream or io.StringIO())  # there is no stdout under pythonw
        no_colour = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        self.unicode = not no_colour and can_encode(getattr(stream, "encoding", None))
        self.width = max(NARROWEST, min(WIDTH, console.width)) if console.is_terminal else WIDTH
        has_colours = console.is_terminal and not no_colour and not console.legacy_windows
        self.colours = console.color_system if has_colours else None

    def plain(self, text: str) -> str:
        """Text as the terminal can show it, on one line."""
        if not self.unicode:
            text = text.translate(ASCII)
        if text.isascii() and text.isprintable():
            return text
        return "".join(map(self._character, text))

    def words(self, text: str) -> str:
        """Sentences as the terminal can show them, in lines that break between words."""
        lines = [
            wrap(self.plain(line), self.width, break_on_hyphens=False) or [""]
            for line in text.split("\n")
        ]
        return "\n".join("\n".join(line) for line in lines)

    def _character(self, character: str) -> str:
        """A character, or its code where it is invisible or could do harm."""
        if character.isprintable() and (self.unicode or character.isascii()):
            return character
        return character.encode("unicode_escape").decode()

    def text(self, *parts: str | tuple[str, str]) -> Text:
        """A line of pieces, each plain or with a role: data, grad, head, here, dim."""
        from rich.text import Text

        line = Text()
        for part in parts:
            words, role = (part, "") if isinstance(part, str) else part
            line.append(self.plain(words), STYLES[role])
        return line

    def shorten(self, line: Text, width: int) -> None:
        """Cut a line that is too wide, and mark the cut."""
        mark = self.plain("…")
        if line.cell_len > width:
            line.truncate(width - len(mark), overflow="crop")
            line.append(mark)

    def page(self, lines: Iterable[Text], colours: bool = True) -> str:
        """Lines as one string, each cut at the width; with colours where the terminal has them."""
        from rich.console import Console

        system: Any = self.colours if colours else None
        console = Console(
            file=io.StringIO(),
            width=self.width,
            force_terminal=bool(system),
            color_system=system,
            no_color=not system,
            legacy_windows=False,
            highlight=False,
            emoji=False,
            markup=False,
        )
        with console.capture() as captured:
            for line in lines:
                self.shorten(line, self.width)
                line.rstrip()
                console.print(line, soft_wrap=True)
        return captured.get().rstrip("\n")


class Printout(str):
    """Text that a prompt shows as it is, rather than in quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def is_terminal(stream: Any) -> bool:
    """Whether somebody is watching."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # no file, or a closed one
        return False


def can_encode(encoding: str | None) -> bool:
    """Whether an encoding has the signs used here."""
    try:
        "∂·→├◄²".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
