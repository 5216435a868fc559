"""The engine that runs: native code where it was built, else the plain Python of this folder.

Everything else in the package takes Value, and what makes and walks graphs, from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import native
from autograd.primitive import Operation

_native = native.load()

accelerated: bool = _native is not None
"""Whether the engine runs as native code. If not, everything works all the same, slower."""

if TYPE_CHECKING or not accelerated:
    from autograd.backward import propagate, topological_order
    from autograd.value import Value, apply, constant, make
else:
    from autograd.native.engine import (
        Value,
        apply,
        constant,
        make,
        propagate,
        topological_order,
    )


def runs_as_native_code(operation: Operation) -> bool:
    """Whether the kernel of tapes knows this operation by its code."""
    return operation.code >= 0 and (not accelerated or _native.has_value(operation.code))


__all__ = [
    "Value",
    "accelerated",
    "apply",
    "constant",
    "make",
    "propagate",
    "runs_as_native_code",
    "topological_order",
]
