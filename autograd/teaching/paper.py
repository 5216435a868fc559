"""Sheets of A4 as a PDF file: lines of text, and the pictures of `draw_dot` as they are in SVG.

It needs matplotlib, and neither a browser nor the programs of Graphviz.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

from autograd.errors import RenderError
from autograd.pictures.svg import SVG

WIDTH, HEIGHT = 595.0, 842.0  # points; all that is drawn stays within a US letter, too
LEFT, TOP, BOTTOM = 50.0, 56.0, 60.0
ROOM = WIDTH - 2 * LEFT
GAP = 18.0  # between two pictures
SCALE = 0.85  # of a picture, so that two of one gate stand side by side
TEXT = 0.92  # of Graphviz's size, as the letters here are wider
INK, SOFT = "#111111", "#595959"
LINE, TITLE, HEADING = 10.5, 17.0, 12.0  # sizes of letters
MOVE, STROKE, CURVE = 1, 2, 4  # matplotlib's codes of a path
TRANSLATED = re.compile(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)")
PATH_PIECE = re.compile(r"([MLC])([^MLC]*)")


class Paper:
    """Pages that fill from the top.

    title  : of the file, for a reader's list of files.
    footer : at the foot of a page, of its number and the number of all.
    """

    def __init__(self, title: str, footer: str) -> None:
        try:
            import matplotlib  # noqa: F401 - late, as it is optional and slow
        except ImportError as error:
            raise RenderError(
                f'a PDF is drawn with matplotlib: pip install "chalkgrad[plot]" ({error}); or '
                "open the page of write_lesson(..., quiz=True), and print it"
            ) from None
        self.title, self.footer = title, footer
        self.pages: list[Any] = []
        self.down = 0.0  # where the next thing goes, from the top
        self.turn()

    def turn(self) -> None:
        """Begin a new page."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
        axes.set_axis_off()
        self.pages.append(axes)
        self.down = TOP

    def need(self, height: float) -> None:
        """Begin a new page, unless there is so much room on this one."""
        if self.down > TOP and self.down + height > HEIGHT - BOTTOM:
            self.turn()

    def write(self, text: str, size: float = LINE, *, bold: bool = False) -> None:
        """A line of text."""
        self.down += size
        self._text(self.pages[-1], LEFT, self.down, text, size, bold=bold)
        self.down += size * 0.7

    def rule(self, text: str) -> None:
        """A line to write on, after a word."""
        self.down += LINE
        self._text(self.pages[-1], LEFT, self.down, text, LINE)
        right = LEFT + 300
        self.pages[-1].plot((LEFT + 40, right), (self.down + 2, self.down + 2), color=SOFT, lw=0.6)
        self.down += LINE

    def draw(self, pictures: Sequence[tuple[str, str]]) -> None:
        """Pictures with their headings, as many beside each other as there is room for.

        pictures : headings, and SVG as Graphviz writes it. A pair stands in two columns.
        """
        row: list[tuple[str, ET.Element]] = []
        for heading, svg in pictures:
            picture = ET.fromstring(svg)
            if row and self._width([*row, (heading, picture)]) > ROOM:
                self._row(row)
                row = []
            row.append((heading, picture))
        if row:
            self._row(row)

    def pdf(self) -> bytes:
        """The file; the same for the same pages."""
        from matplotlib import rc_context
        from matplotlib.backends.backend_pdf import PdfPages

        for number, axes in enumerate(self.pages, 1):
            text = f"{self.footer}  {number} / {len(self.pages)}"
            self._text(axes, LEFT, HEIGHT - 44, text, 8, colour=SOFT)
        content = BytesIO()
        about = {"Title": self.title, "Creator": "chalkgrad", "CreationDate": None}
        with rc_context({"pdf.fonttype": 42}), PdfPages(content, metadata=about) as file:
            for axes in self.pages:
                file.savefig(axes.figure)
        return content.getvalue()

    # ---- pictures -------------------------------------------------------------------------------

    def _width(self, row: Sequence[tuple[str, ET.Element]]) -> float:
        widths = [max(length(h, HEADING), SCALE * size_of(picture)[0]) for h, picture in row]
        return sum(widths) + GAP * (len(row) - 1)

    def _row(self, row: Sequence[tuple[str, ET.Element]]) -> None:
        sizes = [size_of(picture) for _, picture in row]
        wide, tall = (max(each) * SCALE for each in zip(*sizes, strict=True))
        scale = SCALE * min(1.0, ROOM / wide, (HEIGHT - TOP - BOTTOM - 2 * HEADING) / tall)
        column = (ROOM + GAP) / 2
        height = max(tall for _, tall in sizes) * scale
        self.need(height + 2 * HEADING)
        self.down += HEADING
        x = LEFT
        for heading, picture in row:
            self._text(self.pages[-1], x, self.down, heading, HEADING, bold=True)
            self._picture(picture, x, self.down + HEADING * 0.7, scale)
            x += max(column, size_of(picture)[0] * scale + GAP)
        self.down += HEADING * 0.7 + height + GAP

    def _picture(self, picture: ET.Element, x: float, y: float, scale: float) -> None:
        """Draw SVG with its corner at a place."""
        group = picture.find(f"{{{SVG}}}g")
        moved = TRANSLATED.search(group.get("transform", "")) if group is not None else None
        right, down = (float(moved[1]), float(moved[2])) if moved else (0.0, 0.0)

        def at(point: Sequence[float]) -> tuple[float, float]:
            return x + (point[0] + right) * scale, y + (point[1] + down) * scale

        for element in picture.iter():
            kind = element.tag.removeprefix(f"{{{SVG}}}")
            if kind in ("polygon", "polyline", "path"):
                self._shape(element, kind, at, scale)
            elif kind == "text" and element.text:
                size = float(element.get("font-size", 12)) * scale * TEXT
                place = at((float(element.get("x", 0)), float(element.get("y", 0))))
                colour = element.get("fill", INK)
                align = {"middle": "center", "end": "right"}.get(element.get("text-anchor", ""))
                self._text(
                    self.pages[-1], *place, element.text, size, colour=colour, align=align or "left"
                )

    def _shape(self, element: ET.Element, kind: str, at: Any, scale: float) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        points, codes = read_path(element.get("d", ""))
        if kind != "path":
            points = pairs(element.get("points", ""))
            codes = [MOVE, *[STROKE] * (len(points) - 1)]
        stroke, fill = element.get("stroke", "none"), element.get("fill", "none")
        patch = PathPatch(
            Path([at(point) for point in points], codes),
            facecolor=fill,
            edgecolor="none" if stroke == "transparent" else stroke,
            linewidth=float(element.get("stroke-width", 1)) * scale,
            linestyle="--" if element.get("stroke-dasharray") else "-",
        )
        self.pages[-1].add_patch(patch)

    def _text(
        self,
        axes: Any,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: str = INK,
        align: str = "left",
    ) -> None:
        weight = "bold" if bold else "normal"
        lacking = next((letter for letter in text if ord(letter) not in letters()), None)
        if lacking is not None:
            raise RenderError(
                f"a PDF has no letter for {lacking!r} here: open the page of "
                "write_lesson(..., quiz=True) instead, and print it"
            )
        size *= min(1.0, ROOM / max(ROOM, length(text, size)))
        style = {"size": size, "color": colour, "ha": align, "weight": weight}
        axes.text(x, y, text, family="DejaVu Sans", parse_math=False, **style)


@cache
def letters() -> frozenset[int]:
    """What the font of matplotlib has."""
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def length(text: str, size: float) -> float:
    """About how long a text is in bold, in points."""
    return len(text) * size * 0.66


def size_of(picture: ET.Element) -> tuple[float, float]:
    """The width and the height of SVG, in points."""
    return float(picture.get("width", "0pt")[:-2]), float(picture.get("height", "0pt")[:-2])


def pairs(text: str) -> list[tuple[float, float]]:
    """The points of `1,2 3,4`."""
    found = [float(x) for x in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]
    return list(zip(found[::2], found[1::2], strict=True))


def read_path(text: str) -> tuple[list[tuple[float, float]], list[int]]:
    """The points of a path in SVG, and what leads to each, as matplotlib writes it."""
    points: list[tuple[float, float]] = []
    codes: list[int] = []
    for letter, numbers in PATH_PIECE.findall(text):
        piece = pairs(numbers)
        points += piece
        codes += [{"M": MOVE, "L": STROKE, "C": CURVE}[letter]] * len(piece)
    return points, codes
