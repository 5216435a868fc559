"""Every way to run a random program gives the same numbers; `python tests/stress.py` runs more."""

from __future__ import annotations

from unittest.mock import patch

import agreement
import pytest
from agreement import disagreements
from dual import Dual

from autograd import accelerated

PROGRAMS = 50_000 if accelerated else 5_000
PARTS = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_every_way_to_run_a_program_gives_the_same(part: int) -> None:
    size = PROGRAMS // PARTS
    wrong, skipped = disagreements(part * size, (part + 1) * size)
    assert wrong == {}
    assert skipped < size / 20


def test_a_derivative_that_is_a_little_wrong_is_noticed() -> None:
    right = Dual.tan
    with patch.object(Dual, "tan", lambda x: right(x) * (1 + 1e-7)):
        wrong, _ = disagreements(0, 500)
    assert any("dual numbers" in line for lines in wrong.values() for line in lines)
    second = agreement.second_derivative
    with patch.object(agreement, "second_derivative", lambda *a: second(*a) * (1 + 1e-7)):
        wrong, _ = disagreements(0, 500)
    assert any("mpmath" in line for lines in wrong.values() for line in lines)
