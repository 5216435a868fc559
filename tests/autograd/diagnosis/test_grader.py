"""The grader: right engines of any design pass, and each planted mistake is called by its name."""

from __future__ import annotations

import pytest

from autograd.course import check_value
from tests.autograd.diagnosis.planted import WRONG, Planted, engine

AGAIN = ("no zeroing", "cleared")


@pytest.mark.parametrize("design", ["closures", "pairs", "tape"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_right_engines_of_any_design_pass(design: str, seed: int) -> None:
    report = check_value(engine(design), seed=seed)
    assert report, str(report)
    assert report.tried > 100


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
@pytest.mark.parametrize("seed", [0, 1])
def test_a_planted_mistake_is_called_by_its_name(wrong: Planted, seed: int) -> None:
    student = engine(wrong.design, *wrong.changes)
    report = check_value(student, again=wrong.mistake in AGAIN, seed=seed)
    assert not report
    assert report.finding
    assert report.finding.mistake == wrong.mistake, str(report)
