"""The widths of vectors that this machine has: what the kernel computes is the same with each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograd import accelerated

if accelerated:
    from autograd.native.engine import use_vectors

    WIDTHS = sorted({use_vectors(4), use_vectors(8)})
else:
    WIDTHS = [1]


@pytest.fixture(autouse=True, scope="module", params=WIDTHS)
def vectors(request: pytest.FixtureRequest) -> Iterator[int]:
    """Run every test of a module that imports this once with each width."""
    if accelerated:
        use_vectors(request.param)
    yield request.param
    if accelerated:
        use_vectors(8)
