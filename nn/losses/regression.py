"""Losses of numbers: squared, absolute, and between the two.

They give the same numbers as their namesakes in torch.nn.functional.
"""

from __future__ import annotations

from typing import Any

from autograd import Value, maximum, minimum
from nn.losses.terms import Rows, reduced, terms_of
from nn.rows import Number


def mse_loss(predictions: Rows, targets: Rows, *, reduction: str = "mean") -> Any:
    """The squared error, (prediction - target)².

    predictions : Values, one a row, or rows of them.
    targets     : numbers or Values, of the same shape.
    reduction   : "mean" over all terms, "sum", or "none" for the terms themselves, nested as given.

    Raises ValueError if the lengths differ or are 0, and TypeError for anything but Values and
    numbers. Inside a compiled function the targets may be arguments.

    >>> from autograd import Value
    >>> from nn import mse_loss
    >>> mse_loss([Value(1.0), Value(4.0)], [0.0, 2.0]).data
    2.5
    """
    terms = terms_of("mse_loss", predictions, targets, lambda p, t, place: (p - t) ** 2)
    return reduced("mse_loss", terms, reduction)


def l1_loss(predictions: Rows, targets: Rows, *, reduction: str = "mean") -> Any:
    """The absolute error, |prediction - target|; its derivative at 0 is 0.

    Arguments and errors are as for `mse_loss`.

    >>> from autograd import Value
    >>> from nn import l1_loss
    >>> l1_loss([Value(1.0), Value(4.0)], [0.0, 2.0]).data
    1.5
    """
    terms = terms_of("l1_loss", predictions, targets, lambda p, t, place: abs(p - t))
    return reduced("l1_loss", terms, reduction)


def huber_loss(
    predictions: Rows, targets: Rows, *, delta: float = 1.0, reduction: str = "mean"
) -> Any:
    """Half the squared error up to delta, a straight line beyond: outliers pull no harder.

    delta : the error at which the parabola becomes a line, in the units of the targets; above 0.

    With d = prediction - target, it is d²/2 where |d| < delta, else delta * (|d| - delta/2);
    Huber, 1964. Other arguments and errors are as for `mse_loss`.

    >>> from autograd import Value
    >>> from nn import huber_loss
    >>> huber_loss([Value(0.5), Value(4.0)], [0.0, 0.0], reduction="sum").data
    3.625
    """
    if not Value(delta).data > 0:
        raise ValueError(f"huber_loss: delta is a number above 0, not {delta!r:.60}")

    def huber(prediction: Value, target: Number, place: str) -> Value:
        d = prediction - target
        clipped = maximum(-delta, minimum(d, delta))
        return clipped * (d - clipped / 2)

    return reduced("huber_loss", terms_of("huber_loss", predictions, targets, huber), reduction)
