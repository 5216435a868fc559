"""Penalties on large weights, to be added to a loss: `l1` and `l2`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd import Value
from nn.rows import total


def l1(parameters: Iterable[Value]) -> Value:
    """The sum of the absolute values, |w₁| + |w₂| + ..., which draws small weights to 0.

    parameters : Values, such as `model.parameters()`.

    Add it to a loss, multiplied by how much it should count. Raises TypeError for anything but a
    list of Values, and ValueError for an empty one. Tibshirani, 1996.

    >>> from autograd import Value
    >>> from nn import l1
    >>> l1([Value(3.0), Value(-4.0)]).data
    7.0
    """
    return total([abs(w) for w in as_parameters("l1", parameters)])


def l2(parameters: Iterable[Value]) -> Value:
    """The sum of the squares, w₁² + w₂² + ..., which keeps weights small.

    Its derivative is 2 w, so adding 0.5 * c * l2(parameters) to a loss does what weight_decay=c
    does in `SGD`. Argument and errors are as for `l1`.

    >>> from autograd import Value
    >>> from nn import l2
    >>> l2([Value(3.0), Value(-4.0)]).data
    25.0
    """
    return total([w * w for w in as_parameters("l2", parameters)])


def as_parameters(penalty: str, parameters: Any) -> list[Value]:
    """The parameters as a list, each of them checked."""
    expected = f"{penalty} takes a list of Values, such as model.parameters()"
    if isinstance(parameters, Value) or not isinstance(parameters, Iterable):
        raise TypeError(f"{expected}, not {parameters!r:.60}")
    listed = list(parameters)
    for position, parameter in enumerate(listed):
        if not isinstance(parameter, Value):
            raise TypeError(f"{expected}; number {position} is {parameter!r:.60}")
    if not listed:
        raise ValueError(f"{expected}; the list is empty")
    return listed
