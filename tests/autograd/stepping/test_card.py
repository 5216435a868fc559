"""The card of a step: what it says, and that it fits wherever it is shown."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from streams import stream

from autograd import Stepper, Value, show, step_through
from autograd.language.terminal import Terminal
from nn import MLP, mse_loss


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM"):
        monkeypatch.delenv(name, raising=False)


def example() -> tuple[Value, Value, Value]:
    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    f = (a * b) * (a + b)
    f.label = "f"
    return a, b, f


def card(stepper: Stepper, to: io.TextIOWrapper) -> str:
    return stepper.render(Terminal(to))


def test_the_card_of_a_step_worked_by_hand() -> None:
    a, _, f = example()
    assert card(step_through(f).until(a), stream()).splitlines()[:11] == [
        "── step 5 of 6 ─────────────────────────────────────────────────────── v1 → a ──",
        "gate        v1 = a · b = -2 · 3 = -6",
        "rule        multiplication swaps its inputs and scales by upstream",
        "upstream    ∂f/∂v1 = 1                                      complete: 1 of 1 use",
        "local       ∂v1/∂a = b",
        "                   = 3",
        "downstream  ∂f/∂v1 · ∂v1/∂a = 1 · 3 = 3",
        "gradient    ∂f/∂a += 3     -6 → -3                                    use 2 of 2",
        "paths       f → v2 → a    -6 · 1 = -6",
        "            f → v1 → a     1 · 3 =  3",
        "sum         ∂f/∂a = -6 + 3 = -3",
    ]


def test_symbols_come_before_the_numbers_put_in() -> None:
    x = Value(1.0, label="x")
    y = x.tanh()
    y.label = "y"
    lines = card(step_through(y).step(2), stream()).splitlines()
    assert lines[4:6] == [
        "local       ∂y/∂x = 1 - y²",
        "                  = 1 - 0.7616² = 0.42",
    ]


@pytest.mark.parametrize(
    ("notation", "unicode", "plain"),
    [
        ("leibniz", "∂f/∂a += 3", "df/da += 3"),
        ("grad", "a.grad += 3", "a.grad += 3"),
        ("bar", "ā += 3", "bar(a) += 3"),
    ],
)
def test_a_gradient_is_written_in_the_notation_asked_for(
    notation: Any, unicode: str, plain: str
) -> None:
    a, _, f = example()
    s = step_through(f, notation=notation).until(a)
    assert unicode in card(s, stream())
    assert plain in card(s, stream("ascii"))


def test_a_long_path_is_shown_by_its_ends() -> None:
    x = Value(0.5, label="x")
    y = x.tanh().tanh().tanh().tanh().tanh().tanh()
    y.label = "y"
    text = card(step_through(y).run(), stream())
    assert "path        y → … → x    0.8761 · … · 0.7864 = 0.3443" in text


def test_what_earlier_passes_left_is_shown_where_grads_are_live() -> None:
    a, _, f = example()
    f.backward()
    assert "a.grad is -3 + (-3) = -6" in card(step_through(f).until(a), stream())
    assert "a.grad" not in card(step_through(f, live=False).until(a), stream())


def test_many_paths_are_a_sum_over_uses() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(5):
        y = y + y
    y = y * x
    text = card(step_through(y).run(), stream())
    assert "paths" not in text
    assert "sum         ∂y/∂x = 32 + 16 + 16 = 64" in text
    assert "over 3 uses" in text


@pytest.mark.parametrize("variable", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colour_means_plain_ascii(
    variable: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(*variable)
    a, _, f = example()
    s = step_through(f).until(a)
    show(f)
    assert (capsys.readouterr().out + repr(s) + s.where() + s.tree()).isascii()
    assert "\x1b" not in card(s, stream(terminal=True))


def test_a_narrow_encoding_gets_plain_ascii() -> None:
    α = Value(2.0, label="α")
    text = card(step_through(α * α).run(), stream("cp1252"))
    assert text.isascii()
    assert r"\u03b1" in text


def test_values_and_gradients_have_colours_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    _, _, f = example()
    text = card(step_through(f).step(), stream(terminal=True))
    assert "\x1b[38;5;33m-6" in text.replace(" ", "")
    assert "\x1b[1;38;5;166m" in text


def test_a_label_cannot_send_codes_to_the_terminal() -> None:
    evil = Value(2.0, label="\x1b[2J\r\nx\x07")
    s = step_through(evil * evil).run()
    for text in (card(s, stream()), s.where(), s.tree(), s.display(evil)):
        assert "\x1b" not in text
        assert "\r" not in text
        assert "\x07" not in text


@given(
    st.lists(st.text(max_size=60), min_size=3, max_size=3),
    st.sampled_from(["leibniz", "grad", "bar"]),
    st.sampled_from(["utf-8", "ascii"]),
    st.integers(1, 17),
)
def test_no_line_is_wider_than_80_columns(
    labels: list[str], notation: Any, encoding: str, precision: int
) -> None:
    x, y = Value(0.123456789e-7, label=labels[0]), Value(-123456.789, label=labels[1])
    z = (x * y).tanh() / (x + y) + x
    z.label = labels[2]
    s = step_through(z, notation=notation, precision=precision)
    for index in range(len(s.trace)):
        for line in card(s.goto(index), stream(encoding)).splitlines():
            assert cell_len(line) <= 80


def test_every_step_of_a_network_can_be_shown() -> None:
    mlp = MLP(2, [3, 1])
    loss = mse_loss([mlp([1.0, -2.0])], [0.5])
    s = step_through(loss)
    cards = [card(s.goto(index), stream()) for index in range(len(s.trace))]
    assert any("∂loss/∂…layers[1].neurons[0].b" in text for text in cards)
    assert all("agrees" in text for text in cards if "check " in text)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_long_names_leave_room_for_every_number(encoding: str) -> None:
    x, w = Value(1.2345, label="x"), Value(-2.3456, label="mlp.layers[2].neurons[0].w[3]")
    loss = ((x * w).tanh() * w - 1) ** 2
    loss.label = "the loss of the batch"
    s, arrow = step_through(loss), "→" if encoding == "utf-8" else "->"
    for index in range(1, len(s.trace)):
        text = card(s.goto(index), stream(encoding))
        step = s.trace[index]
        rows = text.split("left  ")[0].splitlines()
        assert not any(row.endswith("…") for row in rows)
        assert any(row.endswith(f"= {step.local:.4g}") for row in rows)
        assert any(f"{step.before:.4g} {arrow} {step.after:.4g}" in row for row in rows)


def test_a_sum_of_many_shares_has_its_result() -> None:
    x = Value(1.2345, label="x")
    root = Value(0.0, label="r")
    for k in (0.01234, 0.02345, 0.03456, 0.04567, 0.05678, 0.06789):
        root = root + x * k
    text = card(step_through(root).until(x), stream())
    assert "+ 0.03456 + 0.02345 + 0.01234\n            = 0.2407\n" in text
