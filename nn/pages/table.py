"""Points from a CSV file: one column or two of inputs, and then the target, a number or a class."""

from __future__ import annotations

import csv
from pathlib import Path

from autograd import RenderError
from nn.pages.datasets import Points, standardised
from nn.settings import is_number

MOST_CLASSES = 6  # that are told from numbers


def read_table(path: Path) -> Points:
    """The rows of a file, with inputs (and targets that are numbers) standardised.

    A first line without numbers has the names of the columns. Targets are classes if they are
    words, or with two inputs the whole numbers from 0. Raises OSError, or RenderError, which names
    the line.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            lines = [(number, row) for number, row in enumerate(csv.reader(file), 1) if any(row)]
        except (csv.Error, UnicodeDecodeError) as error:
            raise RenderError(f"{path}: not a table of CSV: {error}") from None
    width = len(lines[0][1]) if lines else 0
    names = ["x₀", "x₁"] if width == 3 else ["x", "y"]
    if lines and not any(as_number(cell) is not None for cell in lines[0][1]):
        names = lines.pop(0)[1]
    if width not in (2, 3) or not lines:
        raise RenderError(
            f"{path}: a table has a line for each point: one input or two, and then the target; "
            f"this one has {len(lines)} line{'s' * (len(lines) != 1)} of {width}"
        )
    rows: list[list[float]] = []
    for number, row in lines:
        if len(row) != width:
            raise RenderError(f"{path}, line {number}: {len(row)} cells, where others have {width}")
        inputs = [as_number(cell) for cell in row[:-1]]
        if None in inputs:
            wrong = row[inputs.index(None)]
            raise RenderError(f"{path}, line {number}: {wrong!r:.40} is not a number")
        rows.append([x for x in inputs if x is not None])
    targets = [row[-1].strip() for _, row in lines]
    numbers = [as_number(target) for target in targets]
    known = [x for x in numbers if x is not None]
    if len(known) < len(targets) or (width == 3 and are_classes(known)):
        if width == 2:
            wrong = targets[numbers.index(None)]
            raise RenderError(f"{path}: with one input the target is a number, not {wrong!r:.40}")
        kinds = sorted(set(targets), key=lambda kind: (as_number(kind) or 0.0, kind))
        if len(kinds) < 2:
            raise RenderError(f"{path}: all points are of one class, {kinds[0]!r:.40}")
        classes = tuple(kinds) if len(known) < len(targets) else ()
        y = [float(kinds.index(target)) for target in targets]
        return Points(standardised(rows), y, tuple(names[:2]), classes, (True, True))
    y = [x for (x,) in standardised([[x] for x in known])]
    return Points(standardised(rows), y, tuple(names[:2]), scaled=(True, True))


def as_number(cell: str) -> float | None:
    """The number that a cell holds, if it does."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if is_number(number) else None


def are_classes(numbers: list[float]) -> bool:
    """Whether numbers look like classes: a few whole ones from 0, without gaps."""
    kinds = sorted(set(numbers))
    return kinds == [float(k) for k in range(len(kinds))] and 2 <= len(kinds) <= MOST_CLASSES
