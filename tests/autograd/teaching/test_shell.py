"""`autograd teach`: what each action writes and prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograd import cli

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_slides_are_one_page(capsys: Capture) -> None:
    assert cli.main(["teach", "slides"]) == 0
    assert capsys.readouterr().out == "slides.html\n"
    assert Path("slides.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert cli.main(["teach", "slides", "-o", "monday.html"]) == 0
    assert Path("monday.html").read_bytes() == Path("slides.html").read_bytes()


def test_sheets_are_pairs_of_pdf_in_a_folder_that_is_made(capsys: Capture) -> None:
    pytest.importorskip("matplotlib")
    assert cli.main(["teach", "sheets", "-o", "new/sheets"]) == 0
    written = capsys.readouterr().out.splitlines()
    assert len(written) == 8
    for path in map(Path, written):
        assert path.read_bytes()[:5] == b"%PDF-"
        assert path.parent == Path("new/sheets")


@pytest.mark.parametrize(("tool", "count"), [("nbgrader", 9), ("otter", 8)])
def test_assignments_are_never_overwritten(tool: str, count: int, capsys: Capture) -> None:
    assert cli.main(["teach", tool]) == 0
    written = capsys.readouterr().out.splitlines()
    assert len(written) == count
    Path(written[-1]).write_text("my own", encoding="utf-8")
    assert cli.main(["teach", tool]) == 0
    assert capsys.readouterr().out == ""
    assert Path(written[-1]).read_text(encoding="utf-8") == "my own"


def test_what_is_too_much_is_told(capsys: Capture) -> None:
    assert cli.main(["teach", "slides", "now"]) == 2
    assert capsys.readouterr().err == "autograd teach: teach slides does not take 'now'\n"
