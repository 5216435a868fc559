"""Random programs in C beside the kernel and the eager engine; `python tests/stress.py programs`
runs more."""

from __future__ import annotations

import in_c
import pytest

PROGRAMS = 300
PARTS = 6


@pytest.mark.skipif(not in_c.has_compiler(), reason="there is no C compiler")
@pytest.mark.parametrize("part", range(PARTS))
def test_c_gives_the_numbers_of_the_kernel(part: int) -> None:
    size = PROGRAMS // PARTS
    assert in_c.differences(part * size, (part + 1) * size, "-O3" if part % 2 else "-O1") == {}
