"""Themes of pictures: colours with contrast, which never carry a meaning alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

ThemeName = Literal["okabe-ito", "cs231n", "mono", "dark", "auto"]
THEMES = get_args(ThemeName)


@dataclass(frozen=True)
class Colours:
    """The colours of a kind of node: of its inside, its border and its text."""

    fill: str
    border: str
    text: str


@dataclass(frozen=True)
class Theme:
    """The colours of a picture.

    leaf, result, constant : kinds of nodes; active : what a step works on.
    data, grad, text       : lines of text, as SVG can colour them.
    edge, active_edge      : arrows.
    cold, hot              : the ends of the scale for magnitudes.
    """

    background: str
    leaf: Colours
    result: Colours
    constant: Colours
    active: Colours
    data: str
    grad: str
    text: str
    edge: str
    active_edge: str
    cold: str
    hot: str


OKABE_ITO = Theme(
    background="#ffffff",
    leaf=Colours("#e3f0fa", "#0072b2", "#111111"),
    result=Colours("#ffffff", "#333333", "#111111"),
    constant=Colours("#eeeeee", "#999999", "#595959"),
    active=Colours("#fff1d6", "#d55e00", "#111111"),
    data="#005a8e",
    grad="#a34700",
    text="#111111",
    edge="#666666",
    active_edge="#d55e00",
    cold="#ffffff",
    hot="#f0a860",
)
CS231N = Theme(
    background="#ffffff",
    leaf=Colours("#ffffff", "#333333", "#111111"),
    result=Colours("#ffffff", "#333333", "#111111"),
    constant=Colours("#ffffff", "#999999", "#595959"),
    active=Colours("#fff6d6", "#c00000", "#111111"),
    data="#00702a",
    grad="#c00000",
    text="#111111",
    edge="#333333",
    active_edge="#c00000",
    cold="#ffffff",
    hot="#f4b0b0",
)
MONO = Theme(
    background="#ffffff",
    leaf=Colours("#ffffff", "#000000", "#000000"),
    result=Colours("#ffffff", "#000000", "#000000"),
    constant=Colours("#ffffff", "#777777", "#444444"),
    active=Colours("#e6e6e6", "#000000", "#000000"),
    data="#000000",
    grad="#000000",
    text="#000000",
    edge="#000000",
    active_edge="#000000",
    cold="#ffffff",
    hot="#b3b3b3",
)
DARK = Theme(
    background="#16181d",
    leaf=Colours("#12334a", "#56b4e9", "#f2f2f2"),
    result=Colours("#23262d", "#b0b0b0", "#f2f2f2"),
    constant=Colours("#2b2e35", "#808080", "#b8b8b8"),
    active=Colours("#4a3208", "#e69f00", "#ffffff"),
    data="#8fd0f5",
    grad="#ffc266",
    text="#f2f2f2",
    edge="#a0a0a0",
    active_edge="#e69f00",
    cold="#23262d",
    hot="#7a4a00",
)

PALETTES: dict[str, Theme] = {
    "okabe-ito": OKABE_ITO,
    "cs231n": CS231N,
    "mono": MONO,
    "dark": DARK,
    "auto": OKABE_ITO,  # DARK where the reader's device is dark; see svg.py
}


def mixed(cold: str, hot: str, share: float) -> str:
    """A colour between two, such as #ffffff and #000000, in sRGB."""
    ends = [(int(cold[k : k + 2], 16), int(hot[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in ends)
