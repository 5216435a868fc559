"""The finished SVG: named, described, with ids of its own and nothing loaded from elsewhere."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET

import pytest

from autograd import Value, draw_dot
from autograd.pictures.themes import PALETTES, Theme, mixed

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=["system", "wasm"])
def svg(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ET.Element:
    if request.param == "wasm":
        monkeypatch.setenv("PATH", "")
    elif not shutil.which("dot"):
        pytest.skip("no Graphviz on this system")
    picture = draw_dot(example(), theme="auto").pipe("svg")
    assert isinstance(picture, bytes)
    return ET.fromstring(picture)


def example() -> Value:
    x = Value(2.0, label="x <&>")
    y = x * 3
    y.label = "y"
    y.backward()
    return y


def test_it_has_a_role_a_title_and_a_description(svg: ET.Element) -> None:
    title, desc = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Computation graph of y"
    assert desc.text == "x <&>; data 2; grad 3. y = (x <&>) * 3; data 6; grad 1."


def test_every_id_is_the_picture_s_own(svg: ET.Element) -> None:
    prefix = svg.get("id") or ""
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert prefix
    assert all(own and own.startswith(prefix) for own in ids)
    assert len(ids) == len(set(ids))


def test_lines_have_the_colour_of_their_kind(svg: ET.Element) -> None:
    found = {text.text: (text.get("class"), text.get("fill")) for text in svg.iter(f"{SVG}text")}
    theme = PALETTES["okabe-ito"]
    assert found["data 6"] == ("data", theme.data)
    assert found["grad 3"] == ("grad", theme.grad)


def test_it_follows_the_reader_only_when_asked(svg: ET.Element) -> None:
    style = svg.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme: dark" in (style.text or "")
    assert b"<style" not in bytes(draw_dot(example()).pipe("svg"))  # type: ignore[arg-type]


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = draw_dot(example(), theme="auto").pipe(encoding="utf-8")
    assert isinstance(text, str)
    addresses = set(re.findall(r"https?://[^\"\s]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "<!DOCTYPE" not in text


def test_the_same_graph_gives_the_same_bytes_and_another_graph_other_ids() -> None:
    assert draw_dot(example()).pipe() == draw_dot(example()).pipe()
    assert draw_dot(example()).meaning.prefix != draw_dot(Value(1.0)).meaning.prefix  # type: ignore[union-attr]


# ---- themes -------------------------------------------------------------------------------------


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1."""

    def luminance(colour: str) -> float:
        channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", PALETTES.values(), ids=PALETTES)
def test_text_has_the_contrast_of_wcag_aa(theme: Theme) -> None:
    for box in (theme.leaf, theme.result, theme.constant, theme.active):
        assert contrast(box.text, box.fill) >= 4.5
        assert contrast(box.border, theme.background) >= 2.8 or contrast(box.text, box.fill) >= 7
    for box in (theme.leaf, theme.result, theme.active):
        assert contrast(theme.data, box.fill) >= 4.5
        assert contrast(theme.grad, box.fill) >= 4.5
    assert contrast(theme.data, theme.constant.fill) >= 4.5
    for share in (0.0, 0.5, 1.0):
        assert contrast(theme.text, mixed(theme.cold, theme.hot, share)) >= 4.5
    assert contrast(theme.text, theme.background) >= 7
    assert contrast(theme.edge, theme.background) >= 3
    assert contrast(theme.active_edge, theme.background) >= 3


def test_a_mixture_lies_between_its_ends() -> None:
    assert [mixed("#000000", "#ffffff", share) for share in (0, 0.5, 1)] == [
        "#000000",
        "#808080",
        "#ffffff",
    ]
