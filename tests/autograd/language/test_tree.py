"""The tree that `show` prints."""

from __future__ import annotations

from typing import Any

import pytest
from streams import stream

from autograd import Value, show
from autograd.language.terminal import Terminal
from autograd.language.tree import Tree


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM"):
        monkeypatch.delenv(name, raising=False)


def shown(root: Value, capsys: pytest.CaptureFixture[str], **limits: Any) -> list[str]:
    show(root, **limits)
    return capsys.readouterr().out.splitlines()


def example() -> tuple[Value, Value, Value]:
    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    f = (a * b) * (a + b)
    f.label = "f"
    return a, b, f


def test_a_graph_is_a_tree_with_shared_nodes_once(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, f = example()
    f.backward()
    assert shown(f, capsys) == [
        "                     data       grad",
        "f = v1 · v2            -6          1",
        "├─ v1 = a · b          -6          1",
        "│  ├─ a                -2         -3",
        "│  └─ b                 3         -8",
        "└─ v2 = a + b           1         -6",
        "   ├─ a ↑",
        "   └─ b ↑",
    ]


def test_a_gradient_that_has_not_arrived_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(Value(2.0, label="x"), capsys)[1] == "x                     2          —"


def test_constants_stand_in_their_gate_alone(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(Value(2.0, label="x") * 3, capsys)
    assert [line.split("  ")[0] for line in lines[1:]] == ["root = x · 3", "└─ x"]


def test_limits_leave_the_nearest_nodes_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(100_000):
        y = y + x
    lines = shown(y, capsys, depth=3)
    assert len(lines) <= 12
    assert lines[-1] == "5 of 100,001 nodes; more with show(…, depth=, max_nodes=)"
    assert any("…" in line for line in lines[:-1])
    assert shown(y, capsys, max_nodes=2)[-1].startswith("2 of 100,001 nodes")


def test_wrong_limits_and_roots_are_refused() -> None:
    _, _, f = example()
    with pytest.raises(ValueError, match="depth is 1 or more, not 0"):
        show(f, depth=0)
    with pytest.raises(TypeError, match="max_nodes is a whole number, not 'x'"):
        show(f, max_nodes="x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a tree shows the graph of a Value, not 3"):
        show(3)  # type: ignore[arg-type]


def test_a_tree_in_ascii_is_not_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    x = Value(3.0, label="x")
    y = x**2
    assert "y = x**2" in "\n".join(shown(y, capsys)).replace("root", "y")


def test_a_deep_tree_is_indented_no_further_than_the_width() -> None:
    y = Value(1.0)
    for _ in range(1000):
        y = y.sin()
    tree = Tree(y, Terminal(stream()), lambda node: "v", lambda node: "?", 4)
    assert max(len(stem) for stem, _, _ in tree._rows(1000, 1000, 40)) < 90
