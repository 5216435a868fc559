"""`autograd grade`: what a class has handed in, as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograd.language.expression import number_text, to_text
from autograd.quizzes.handin import (
    DamagedCode,
    HandIn,
    Question,
    Round,
    codes_in,
    is_answer,
    read_code,
    written,
)

COLUMNS = (
    "name",
    "right",
    "asked",
    "first try",
    "minutes",
    "ended",
    "expression",
    "answers",
    "remark",
    "file",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for one, at the beginning


def grade(paths: Iterable[str | Path]) -> list[dict[str, str]]:
    """A row for each code in the files, with the columns of `COLUMNS`, all of them text.

    Every answer is judged anew. A code that is damaged, or that somebody else has handed in too,
    is told in the column "remark", and so is a file without one. Raises OSError for a file that
    cannot be read.
    """
    rows: list[dict[str, str]] = []
    seen: dict[str, str] = {}
    for path in paths:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
        codes = list(dict.fromkeys(codes_in(text)))
        if not codes:
            rows.append(_row(file=str(path), remark="there is no code in this file"))
        for code in codes:
            try:
                taken = read_code(code)
            except DamagedCode as error:
                rows.append(_row(file=str(path), remark=str(error)))
                continue
            row = _graded(taken)
            work = f"{row['answers']} {row['ended']} {written(taken.began)}"
            twin = seen.setdefault(work, f"{taken.name or 'no name'} in {path}")
            if twin != f"{taken.name or 'no name'} in {path}":
                row["remark"] = f"the same answers at the same time as {twin}"
            rows.append({**row, "file": str(path)})
    return rows


def to_csv(rows: Iterable[dict[str, str]]) -> str:
    """The table for a spreadsheet, in which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_harmless(row[column]) for column in COLUMNS])
    return text.getvalue()


def _row(**cells: str) -> dict[str, str]:
    return {column: cells.get(column, "") for column in COLUMNS}


def _graded(taken: HandIn) -> dict[str, str]:
    questions = [(each, question) for each in taken.rounds for question in each.questions]
    tries = [
        [is_answer(each.trace, question.node, typed) for typed in question.typed[:2]]
        for each, question in questions
    ]
    minutes = (taken.ended - taken.began).total_seconds() / 60
    return _row(
        name=" ".join(taken.name.split()),
        right=str(sum(any(each) for each in tries)),
        asked=str(len(questions)),
        **{"first try": str(sum(each[:1] == [True] for each in tries))},
        minutes=f"{minutes:.1f}",
        ended=written(taken.ended),
        expression=" | ".join(map(_expression, taken.rounds)),
        answers="; ".join(_answers(each, question) for each, question in questions),
    )


def _expression(each: Round) -> str:
    """The formula with its numbers: `f = a * b at a = 2, b = 3`."""
    leaves = [v for v in each.trace.order if not v.operands and not v.is_constant]
    values = ", ".join(f"{each.trace.name(v)} = {number_text(v.data, 6)[0]}" for v in leaves)
    formula = " ".join(to_text(each.trace.root).split())
    return f"{formula} at {values}"


def _answers(each: Round, question: Question) -> str:
    typed: Iterator[str] = (" ".join(text.split()) for text in question.typed)
    return f"{each.trace.name(question.node)}: {', '.join(typed) or 'skipped'}"


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
