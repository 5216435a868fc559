"""What is handed in after a quiz, and the table that `autograd grade` makes of it."""

from __future__ import annotations

import csv
import io
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from random import Random

import pytest

from autograd import Value, dot, mean, parse
from autograd.cli import main
from autograd.language.notation import Notation
from autograd.quizzes.exercises import generate
from autograd.quizzes.grading import COLUMNS, grade, to_csv
from autograd.quizzes.handin import DamagedCode, checksum, code_of, codes_in, read_code
from autograd.quizzes.quiz import Quiz


def taken(answers: str, *roots: Value, name: str = "Ada") -> str:
    """The code of a quiz in which these answers were typed."""
    quiz = Quiz(Notation(), io.StringIO(answers), io.StringIO())
    quiz.run(roots)
    return code_of(quiz.taken(name))


def small() -> Value:
    return parse("f = (a*b)*(a+b)", a=-2, b=3)


def graded(tmp_path: Path, *texts: str) -> list[dict[str, str]]:
    paths = []
    for turn, text in enumerate(texts):
        paths.append(tmp_path / f"{turn}.txt")
        paths[-1].write_text(text, encoding="utf-8")
    return grade(paths)


def forged(code: str, old: str, new: str) -> str:
    """A code by somebody who has read how its checksum is made."""
    mark, packed, _ = code.split(".")
    text = urlsafe_b64decode(packed).replace(old.encode(), new.encode())
    return f"{mark}.{urlsafe_b64encode(text).decode()}.{checksum(text)}"


def test_what_was_typed_is_judged_anew(tmp_path: Path) -> None:
    (row,) = graded(tmp_path, taken("1\n-36/6\n3\n-3.001\n\n", small()))
    assert (row["name"], row["right"], row["asked"], row["first try"]) == ("Ada", "3", "4", "2")
    assert row["expression"] == "f = a * b * (a + b) at a = -2, b = 3"
    assert row["answers"] == "v1: 1; v2: -36/6; a: 3, -3.001; b: skipped"
    assert row["remark"] == ""
    assert row["file"].endswith("0.txt")


def test_a_quiz_left_early_has_the_questions_that_were_asked(tmp_path: Path) -> None:
    (row,) = graded(tmp_path, taken("1\nq\n", small()))
    assert (row["right"], row["asked"]) == ("1", "1")


def test_several_expressions_are_one_row(tmp_path: Path) -> None:
    roots = [generate(Random(seed), 5) for seed in range(3)]
    (row,) = graded(tmp_path, taken("\n" * 30, *roots))
    assert row["expression"].count(" | ") == 2
    assert row["right"] == "0"


def test_rows_of_numbers_and_constants_are_made_anew(tmp_path: Path) -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    root = dot([a, b], [4.0, b]) + mean([a, b, 1.0]) - Value(5.0, label="c").detach()
    (row,) = graded(tmp_path, taken("\n" * 9, root))
    assert row["remark"] == ""
    assert row["expression"].endswith("at a = 2, b = 3")


def test_a_code_survives_line_breaks_and_text_around_it(tmp_path: Path) -> None:
    code = taken("1\n-6\n-3\n-8\n", small())
    broken = "\r\n".join(code[k : k + 60] for k in range(0, len(code), 60))
    (row,) = graded(tmp_path, f"Dear teacher,\n{broken}\n\nAda")
    assert row["right"] == "4"


def test_a_file_may_hold_a_class(tmp_path: Path) -> None:
    codes = [taken("1\n" * 9, small(), name=name) for name in ("Ada", "Émile", "张伟")]
    assert [row["name"] for row in graded(tmp_path, "\n\n".join(codes))] == ["Ada", "Émile", "张伟"]


@pytest.mark.parametrize("place", [20, 100, 200, -1])
def test_a_code_that_was_changed_or_cut_is_told(tmp_path: Path, place: int) -> None:
    code = taken("1\n-6\n-3\n-8\n", small())
    other = "1" if code[place] == "0" else "0"
    (changed,) = graded(tmp_path, code[:place] + other + code[place:][1:])
    assert changed["remark"] == "the code was changed, or a part of it is missing"
    (cut,) = graded(tmp_path, code[:100] + code[140:])
    assert cut["remark"]
    assert cut["right"] == ""


def test_a_file_without_a_code_is_told(tmp_path: Path) -> None:
    assert graded(tmp_path, "I forgot.")[0]["remark"] == "there is no code in this file"


def test_the_score_cannot_be_written_into_a_code(tmp_path: Path) -> None:
    code = forged(taken("1\n1\n1\nq\n", small()), '"began"', '"right":4,"began"')
    assert graded(tmp_path, code)[0]["right"] == "1"


def test_the_same_work_under_another_name_is_told(tmp_path: Path) -> None:
    code = taken("1\n-6\n-3\n-8\n", small())
    other = forged(code, '"Ada"', '"Bob"')
    first, second = graded(tmp_path, code, other)
    assert first["remark"] == ""
    assert second["remark"].startswith("the same answers at the same time as Ada in ")


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ('"mul"', '"system"', "its graph has an operation of its own, 'system'"),
        ("[0,1]", "[0,99]", "the code does not hold a quiz"),
        ("[0,1]", "[0,-1]", "the code does not hold a quiz"),
        ('"typed"', '"typo"', "the code does not hold a quiz"),
        ("-2.0,false", "-1e308,false", "its graph cannot be worked out"),
        ("-2.0,false", "-2.0,true", ""),
        ('"rounds":[', '"rounds":7,"x":[', "the code does not hold a quiz"),
        ('"began":"2', '"began":"x', "the code does not hold a quiz"),
    ],
)
def test_a_strange_code_is_a_remark_and_no_error(
    tmp_path: Path, old: str, new: str, remark: str
) -> None:
    (row,) = graded(tmp_path, forged(taken("1\n" * 9, small()), old, new))
    assert row["remark"].startswith(remark)


def test_every_code_is_found_once() -> None:
    code = taken("1\nq\n", small())
    assert list(codes_in(f"{code} {code}")) == [code, code]
    with pytest.raises(DamagedCode):
        read_code(code[:-1] + ("0" if code[-1] != "0" else "1"))


def test_no_cell_is_a_formula_for_a_spreadsheet(tmp_path: Path) -> None:
    rows = graded(tmp_path, taken("1\nq\n", small(), name='=HYPERLINK("http://x")'))
    head, row = csv.reader(io.StringIO(to_csv(rows)))
    assert tuple(head) == COLUMNS
    assert row[0] == '\'=HYPERLINK("http://x")'


# ---- in the shell -------------------------------------------------------------------------------


def typed(monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))


def test_a_quiz_is_saved_and_a_class_graded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "quiz.txt"
    typed(monkeypatch, "Ada Lovelace\n1\n-6\n-3\n-8\n")
    options = ["quiz", "f = (a*b)*(a+b)", "a=-2", "b=3", "--save", str(target)]
    assert main(options) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["score: 4 of 4 right", str(target)]
    assert main(["grade", str(target)]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head == ",".join(COLUMNS)
    assert row.startswith("Ada Lovelace,4,4,4,")
    table = tmp_path / "class.csv"
    assert main(["grade", str(target), "-o", str(table)]) == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbfname,")


def test_nothing_is_saved_of_a_quiz_without_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "quiz.txt"
    for answers in ("", "Ada\n", "Ada\nq\n"):
        typed(monkeypatch, answers)
        assert main(["quiz", "a*b", "a=2", "b=3", "--save", str(target)]) == 0
        assert not target.exists()


def test_a_name_may_be_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "quiz.txt"
    typed(monkeypatch, "3\n2\n")
    main(["quiz", "a*b", "a=2", "b=3", "--save", str(target), "--name", "Bo"])
    assert grade([target])[0]["name"] == "Bo"


def test_a_file_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["grade", str(tmp_path / "none.txt")]) == 2
    assert "No such file" in capsys.readouterr().err
