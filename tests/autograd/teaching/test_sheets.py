"""Worksheets as PDF: what is on them, read by a program that is not ours, and where it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd import RenderError, Value, between, lesson, parse
from autograd.teaching import write_worksheet
from autograd.teaching.paper import pairs, read_path
from autograd.teaching.sheets import SHEETS, write_sheets

pytest.importorskip("matplotlib")
pdfium = pytest.importorskip("pypdfium2")


def pages_of(path: Path | str) -> list[Any]:
    """The text of each page of a PDF."""
    return [page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(path)]


def text_of(path: Path | str) -> str:
    return "\n".join(pages_of(path))


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the worksheets of the course."""
    folder = tmp_path_factory.mktemp("new") / "sheets"
    write_sheets(folder)
    return folder


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_of_the_course_is_one_page_with_all_its_graphs(sheets: Path, name: str) -> None:
    title, expressions = SHEETS[name]
    (page,) = pages_of(sheets / f"{name}.pdf")
    assert page.splitlines()[0] == title
    assert "Name:" in page
    assert "Fill in every gradient." in page
    for place, heading in enumerate(expressions, 1):
        assert f"{place}. {heading}" in page
    assert len(expressions) >= 3


@pytest.mark.parametrize("name", SHEETS)
def test_gradients_are_on_the_answers_alone(sheets: Path, name: str) -> None:
    blank = text_of(sheets / f"{name}.pdf")
    (answers,) = pages_of(sheets / f"{name}-answers.pdf")
    gradients = re.compile(r"∂\w/∂\w(?: -?[\d.]+)")
    assert gradients.search(blank) is None
    assert answers.splitlines()[0] == f"{SHEETS[name][0]}: answers"
    assert len(gradients.findall(answers)) == blank.count("/∂") > 5


def test_the_answers_are_those_of_finite_differences(tmp_path: Path) -> None:
    _, answers = write_worksheet(
        [parse("a = -2; b = 3; f = (a*b)*(a + b)")], tmp_path / "a.pdf", "A"
    )
    f, h = lambda a, b: (a * b) * (a + b), 1e-6
    by_a = (f(-2 + h, 3) - f(-2 - h, 3)) / (2 * h)
    by_b = (f(-2, 3 + h) - f(-2, 3 - h)) / (2 * h)
    assert f"∂f/∂a {by_a:.0f}" in text_of(answers)
    assert f"∂f/∂b {by_b:.0f}" in text_of(answers)


def test_what_is_asked_alone_is_blank(tmp_path: Path) -> None:
    page = lesson(parse("a = 2; b = 3; f = a*b"), quiz=True, ask=["a"])
    blank, _ = write_worksheet({"One": page}, tmp_path / "one.pdf", "One of them")
    text = text_of(blank)
    assert "Fill in the gradients that are missing." in text
    assert "∂f/∂b 2" in text
    assert "∂f/∂a 3" not in text


def test_it_is_in_the_language_asked_for(tmp_path: Path) -> None:
    blank, answers = write_worksheet([parse("a = 2; f = a*a")], tmp_path / "ü.pdf", "Übung", "de")
    assert "Trage alle Gradienten ein." in text_of(blank)
    assert "Lösungen" in text_of(answers)


def test_letters_that_it_lacks_are_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="no letter for '姓'"):
        write_worksheet([parse("a = 2; f = a*a")], tmp_path / "x.pdf", "X", "zh")
    assert list(tmp_path.iterdir()) == []


def test_a_graph_alone_is_refused_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"write_worksheet\(\[f\], \.\.\.\)"):
        write_worksheet(Value(2.0) * 3, tmp_path / "x.pdf", "X")  # type: ignore[arg-type]


def boxes(path: str) -> tuple[list[tuple[float, ...]], tuple[float, float]]:
    """Where the letters of the first page are: left, bottom, right, top; and its size."""
    page = pdfium.PdfDocument(path)[0]
    text = page.get_textpage()
    return [text.get_charbox(k) for k in range(text.count_chars())], page.get_size()


@pytest.mark.parametrize("width", [3, 12])
def test_nothing_leaves_the_page_whatever_its_size(width: int, tmp_path: Path) -> None:
    names = [f"weight{k}" for k in range(width)]
    root = parse(f"f = {' * '.join(names)}", **dict.fromkeys(names, 2.0))
    graphs = {f"A heading that is long, and longer, and longer still {k}": root for k in "ab"}
    blank, _ = write_worksheet(graphs, tmp_path / "wide.pdf", "Title " * 30)
    letters, (wide, high) = boxes(blank)
    for left, bottom, right, top in letters:
        assert 0 < left <= right < wide
        assert 25 < bottom <= top < high - 25  # within a US letter, too


def test_headings_side_by_side_do_not_touch(tmp_path: Path) -> None:
    square = parse("a = 2; f = a*a")
    graphs = {"A heading longer than half a page, or nearly": square, "The next one": square}
    blank, _ = write_worksheet(graphs, tmp_path / "two.pdf", "Two")
    lines = text_of(blank).splitlines()
    assert any(line.startswith("1. A heading") and "2." not in line for line in lines)


def test_the_same_graphs_give_the_same_file(tmp_path: Path) -> None:
    graphs = [parse("a = 2; f = a*a")]
    first, _ = write_worksheet(graphs, tmp_path / "a.pdf", "Same")
    second, _ = write_worksheet(graphs, tmp_path / "b.pdf", "Same")
    assert Path(first).read_bytes() == Path(second).read_bytes()


def test_of_too_large_a_graph_a_part_is_advised_and_taken(tmp_path: Path) -> None:
    a = Value(2.0, label="a")
    nodes = [a]
    for _ in range(200):
        nodes.append(nodes[-1] * 1.5 + a)
    with pytest.raises(RenderError, match="give a part of it in its place, between"):
        write_worksheet([nodes[-1]], tmp_path / "part.pdf", "Too large")
    blank, _ = write_worksheet([between(nodes[-2], nodes[-1])], tmp_path / "part.pdf", "A part")
    assert "A part" in text_of(blank)


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from autograd import parse; from autograd.teaching import write_worksheet\n"
        "write_worksheet([parse('a = 2; f = a*a')], 'x.pdf', 'X')"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    last = run.stderr.splitlines()[-1]
    assert last.startswith(
        "autograd.errors.RenderError: a PDF is drawn with matplotlib: pip install"
    )


def test_paths_of_svg_are_read() -> None:
    assert pairs("1,2 -3.5,4e-2 ") == [(1.0, 2.0), (-3.5, 0.04)]
    points, codes = read_path("M1,2C3,4 5,6 7,8L9,10")
    assert points == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]
    assert codes == [1, 4, 4, 4, 2]  # to a point, a curve with two handles, a line
