"""draw_mermaid: Markdown that GitHub draws."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import RenderError, Value, draw_mermaid


def labels(markdown: str) -> list[str]:
    """What a reader sees in each box."""
    found = re.findall(r'^    v\d+\["(.*)"\]:::\w+$', markdown, flags=re.M)
    entities = (re.sub(r"#(\d+);", r"&#\1;", label) for label in found)
    return [html.unescape(label).replace("<br>", "\n") for label in entities]


def test_nodes_arrows_and_classes() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = b - a
    c.label = "c"
    c.backward()
    assert draw_mermaid(c) == (
        "```mermaid\n"
        "flowchart LR\n"
        '    v0["b<br>data -3<br>grad 1"]:::leaf\n'
        '    v1["a<br>data 2<br>grad -1"]:::leaf\n'
        '    v2["c = b - a<br>data -5<br>grad 1"]:::result\n'
        "    v0 --> v2\n"
        "    v1 --> v2\n"
        "    classDef leaf fill:#e3f0fa,stroke:#0072b2,color:#111111\n"
        "    classDef result fill:#ffffff,stroke:#333333,color:#111111\n"
        "    classDef constant fill:#eeeeee,stroke:#999999,color:#595959\n"
        "```\n"
    )


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_any_label_is_shown_as_text(label: str) -> None:
    markdown = draw_mermaid(Value(2.0, label=label))
    shown = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in label)
    assert labels(markdown) == [f"{shown}\ndata 2\ngrad —"]
    assert len(markdown.splitlines()) == 7


def test_a_graph_too_large_for_mermaid_says_what_to_do() -> None:
    y = Value(1.0)
    for _ in range(300):
        y = y + y
    with pytest.raises(RenderError, match="at most 500 arrows, and this graph has 600"):
        draw_mermaid(y)
