"""What a stream can show: nothing else reaches it, and nothing but beauty is lost."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import stream

from autograd import Value, show, step_through
from autograd.language.terminal import Printout, Terminal, can_encode, is_terminal


@pytest.fixture(autouse=True)
def usual_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("a\x00b\x7fc", "a\\x00b\\x7fc"),
        ("a\x9b31mb", "a\\x9b31mb"),  # the one-character form of the escape
        ("a\u202eb", "a\\u202eb"),  # turns the direction of what follows
        ("a\ud800b", "a\\ud800b"),
        ("α·漢", "α·漢"),
    ],
)
def test_a_label_cannot_command_the_terminal(label: str, shown: str) -> None:
    assert Terminal(stream("utf-8")).plain(label) == shown
    node = Value(2.0, label=label)
    drawn = str(step_through(node * 3).step(2))
    assert shown in drawn
    assert all(character.isprintable() for character in drawn.replace("\n", ""))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_a_narrow_encoding_gets_ascii(encoding: str) -> None:
    terminal = Terminal(stream(encoding))
    assert not terminal.unicode
    assert terminal.plain("∂f/∂α = 1 · x² → ½ …") == "df/d\\u03b1 = 1 * x**2 -> 1/2 ..."


@given(st.text())
def test_plain_text_can_be_written_and_is_one_line(text: str) -> None:
    for encoding in ("utf-8", "ascii"):
        shown = Terminal(stream(encoding)).plain(text)
        assert shown.encode(encoding).decode(encoding).isprintable()


@given(st.text(min_size=1), st.integers(40, 80))
def test_no_line_is_wider_than_the_terminal(text: str, width: int) -> None:
    from rich.cells import cell_len

    terminal = Terminal(stream("utf-8"))
    terminal.width = width
    page = terminal.page([terminal.text(text * 20, ("漢" * 20, "data"), text)])
    assert page.count("\n") == 0
    assert cell_len(page) <= width


def test_wide_characters_keep_the_columns_in_line(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.cells import cell_len

    a, b = Value(2.0, label="漢字"), Value(3.0, label="b")
    show(a * b)
    lines = capsys.readouterr().out.splitlines()
    assert len({cell_len(line) for line in lines}) == 1


def test_colours_are_for_terminals_that_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    seen = Terminal(stream("utf-8", terminal=True))
    assert "\x1b[38;5;33m" in seen.page([seen.text(("2", "data"))])
    assert seen.page([seen.text(("2", "data"))], colours=False) == "2"
    piped = Terminal(stream("utf-8"))
    assert piped.page([piped.text(("2", "data"), ("3", "grad"))]) == "23"


@pytest.mark.parametrize(("name", "setting"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_plain_ascii_without_colours_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, name: str, setting: str
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(name, setting)
    terminal = Terminal(stream("utf-8", terminal=True))
    assert terminal.page([terminal.text("∂ ", ("2", "data"), ("3", "grad"))]) == "d 23"


def test_an_empty_no_color_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert Terminal(stream("utf-8", terminal=True)).unicode


CLOSED = io.StringIO()
CLOSED.close()


@pytest.mark.parametrize("nothing", [CLOSED, None, object()], ids=["closed", "None", "object"])
def test_a_missing_or_closed_stream_shows_nothing_and_raises_nothing(
    monkeypatch: pytest.MonkeyPatch, nothing: object
) -> None:
    assert not is_terminal(nothing)
    monkeypatch.setattr(sys, "stdout", nothing)
    assert "step 0 of 2" in str(step_through(Value(2.0) * Value(3.0)).step())


def test_encodings_nobody_knows_get_ascii() -> None:
    assert can_encode(None)
    assert can_encode("utf-16")
    assert not can_encode("ascii")
    assert not can_encode("no such encoding")


def test_a_printout_is_shown_as_it_is() -> None:
    assert repr(Printout("a\n  b")) == "a\n  b"
