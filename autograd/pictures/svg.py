"""Graphviz's SVG, finished for a page: described, with ids of its own, coloured line by line."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograd.pictures.themes import DARK, Colours, Theme

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

ET.register_namespace("", SVG)
ET.register_namespace("xlink", XLINK)


@dataclass(frozen=True)
class Meaning:
    """What a picture says besides its drawing.

    prefix      : what its ids begin with, so that those of two pictures on a page differ.
    title, text : for someone who cannot see it.
    nodes       : for each node's id, the words for it, and the kind of each of its last lines.
    """

    prefix: str
    title: str
    text: str
    nodes: Mapping[str, tuple[str, Sequence[str]]]


def finish(picture: bytes, meaning: Meaning, theme: Theme, auto: bool) -> bytes:
    """Graphviz's SVG with a title, a description and stable ids, without its DOCTYPE.

    auto : whether it follows the reader's light or dark mode.
    """
    root = ET.fromstring(picture)
    prefix = meaning.prefix
    root.set("id", prefix)
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title {prefix}-desc")
    style = _element("style", "".join(dark_rules(prefix)) if auto else "")
    head = [_element("title", meaning.title, id=f"{prefix}-title")]
    head += [_element("desc", meaning.text, id=f"{prefix}-desc")]
    for position, element in enumerate(head + ([style] if auto else [])):
        root.insert(position, element)
    for group in root.iter(f"{{{SVG}}}g"):
        own = group.get("id", "")
        if own in meaning.nodes:
            _colour_lines(group, *meaning.nodes[own], theme)
            continue
        if not own.startswith(prefix):  # an id of Graphviz's, which counts from 0 in each picture
            group.attrib.pop("id", None)
        title = group.find(f"{{{SVG}}}title")
        if title is not None:  # an arrow's, v0->v2, or the whole's, %3
            group.remove(title)
    finished: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return finished


def _element(name: str, text: str, **attributes: str) -> ET.Element:
    element = ET.Element(f"{{{SVG}}}{name}", attributes)
    element.text = text
    return element


def _colour_lines(group: ET.Element, words: str, kinds: Sequence[str], theme: Theme) -> None:
    """Give a node its words, and each of its lines the colour of its kind."""
    title = group.find(f"{{{SVG}}}title")
    if title is not None:
        title.text = words
    texts = list(group.iter(f"{{{SVG}}}text"))
    colours = {"data": theme.data, "grad": theme.grad}
    for text, kind in zip(reversed(texts), reversed(kinds), strict=False):
        text.set("class", kind)
        if kind in colours:
            text.set("fill", colours[kind])


def dark_rules(prefix: str) -> Iterator[str]:
    """The CSS rules that turn a light picture dark on a dark device."""
    yield "@media (prefers-color-scheme: dark) {"
    yield f"#{prefix} .graph > polygon {{ fill: {DARK.background}; }}"
    yield f"#{prefix} text {{ fill: {DARK.text}; }}"
    frame = ", ".join(f"#{prefix} .cluster {shape}" for shape in ("path", "polygon"))
    yield f"{frame} {{ fill: none; stroke: {DARK.edge}; }}"
    for name, colours in _kinds(DARK):
        shapes = ", ".join(f"#{prefix} .{name} {shape}" for shape in ("path", "polygon", "ellipse"))
        yield f"{shapes} {{ fill: {colours.fill}; stroke: {colours.border}; }}"
        yield f"#{prefix} .{name} polyline {{ stroke: {colours.border}; }}"
        yield f"#{prefix} .{name} text {{ fill: {colours.text}; }}"
    yield f"#{prefix} .node text.data {{ fill: {DARK.data}; }}"
    yield f"#{prefix} .node text.grad {{ fill: {DARK.grad}; }}"
    for name, colour in (("edge", DARK.edge), ("edge.active", DARK.active_edge)):
        yield f"#{prefix} .{name} path {{ fill: none; stroke: {colour}; }}"
        yield f"#{prefix} .{name} polygon {{ fill: {colour}; stroke: {colour}; }}"
        yield f"#{prefix} .{name} text {{ fill: {DARK.text}; }}"
    yield "}"


def _kinds(theme: Theme) -> Iterator[tuple[str, Colours]]:
    """The colours of each kind of node, by the class that it has."""
    yield "leaf", theme.leaf
    yield "result", theme.result
    yield "constant", theme.constant
    yield "node.active", theme.active
