"""What `detect_anomaly()` looks for in a backward pass: gradients that are nan or infinite."""

from __future__ import annotations

from math import isfinite

from autograd.backward import checks
from autograd.engine import Value
from autograd.errors import AnomalyError
from autograd.language.expression import short_text
from autograd.modes import checking_gradients


def check_adjoints(adjoints: dict[Value, float]) -> None:
    """Raise AnomalyError for the first nan or infinite gradient that a backward pass meets.

    adjoints : the gradient of each node, in topological order.
    """
    for gate in reversed(adjoints):
        upstream = adjoints[gate]
        if not isfinite(upstream) and not gate.is_constant:
            raise AnomalyError(
                f"the gradient of {short_text(gate)} is {upstream}: the sum over its uses"
            )
        for operand, local_grad in zip(gate.operands, gate.local_grads, strict=True):
            if not isfinite(upstream * local_grad):
                name = short_text(operand)
                raise AnomalyError(
                    f"the gradient of {name} is {adjoints[operand]}: at {short_text(gate)} the "
                    f"upstream gradient is {upstream!r} and the local derivative with respect to "
                    f"{name}, at {operand.data!r}, is {local_grad!r}"
                )


def look(adjoints: dict[Value, float]) -> None:
    """Check a pass where that is asked for."""
    if checking_gradients.is_on():
        check_adjoints(adjoints)


checks.append(look)
