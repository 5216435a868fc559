"""A compiled function beside the eager engine: what both give."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autograd import Value
from autograd.engine import propagate


def gradients_of(y: Value, leaves: Sequence[Value]) -> list[float]:
    """The gradients of y by leaves, leaving no `.grad` behind."""
    adjoints = propagate(y)
    return [adjoints.get(leaf, 0.0) for leaf in leaves]


def assert_same(
    compiled: Value, eager: Value, leaves: Sequence[Value], values: Sequence[Value] = ()
) -> None:
    """Equal to the last bit, and gradients to 1e-12 of the largest share that was added up."""
    assert repr(compiled.data) == repr(eager.data)
    largest = max(map(abs, propagate(eager).values()), default=1.0)
    wanted = gradients_of(eager, [*leaves, *values])
    found = gradients_of(compiled, [*leaves, *values])
    for a, b in zip(found, wanted, strict=True):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-12 * largest, nan_ok=True)


def mean(values: Sequence[Value]) -> Value:
    return sum(values[1:], values[0]) / len(values) if len(values) > 1 else values[0]
