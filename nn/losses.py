"""Losses: how far the predictions are from the targets, as one Value, averaged over the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value, relu


def mse_loss(predictions: Sequence[Value], targets: Sequence[float]) -> Value:
    """The mean squared error, mean((prediction - target)²).

    predictions : Values, one a row.
    targets     : numbers or Values, as many.

    Raises ValueError if their lengths differ or are 0.

    >>> from autograd import Value
    >>> from nn import mse_loss
    >>> mse_loss([Value(1.0), Value(4.0)], [0.0, 2.0]).data
    2.5
    """
    rows = _paired("mse_loss", "predictions", predictions, "targets", targets)
    return _mean([(prediction - target) ** 2 for prediction, target in rows])


def hinge_loss(scores: Sequence[Value], labels: Sequence[float]) -> Value:
    """The mean hinge loss, mean(max(0, 1 - label * score)), of a classifier with a margin.

    scores : Values, one a row; the sign is the predicted class.
    labels : -1 or 1, as many; Values, as in a compiled function, are taken as they are.

    Raises ValueError if their lengths differ or are 0, or a label is neither -1 nor 1.

    >>> from autograd import Value
    >>> from nn import hinge_loss
    >>> hinge_loss([Value(0.5), Value(-2.0)], [1, -1]).data
    0.25
    """
    rows = _paired("hinge_loss", "scores", scores, "labels", labels)
    for position, (_, label) in enumerate(rows):
        if not isinstance(label, Value) and label not in (-1, 1):
            raise ValueError(
                f"hinge_loss takes -1 and 1 as labels; labels[{position}] is {label!r:.60}. "
                "From 0 and 1, take 2 * label - 1."
            )
    return _mean([relu(1 - label * score) for score, label in rows])


def _paired(
    loss: str, left: str, predictions: Any, right: str, targets: Any
) -> list[tuple[Value, Any]]:
    """The rows of two columns, after a look at each."""
    for what, given in ((left, predictions), (right, targets)):
        if isinstance(given, Value) or not hasattr(given, "__len__"):
            raise TypeError(f"{loss} takes a sequence of {what}, one a row, not {given!r:.60}")
    if len(predictions) != len(targets):
        raise ValueError(
            f"{loss} takes as many {right} as {left}; "
            f"there are {len(predictions)} {left} and {len(targets)} {right}"
        )
    if len(predictions) == 0:
        raise ValueError(f"{loss} needs at least one row; the mean over none is undefined")
    for position, prediction in enumerate(predictions):
        if not isinstance(prediction, Value):
            raise TypeError(f"{loss}: {left}[{position}] must be a Value, not {prediction!r:.60}")
    return [
        (prediction, _number(f"{loss}: {right}[{position}]", target))
        for position, (prediction, target) in enumerate(zip(predictions, targets, strict=True))
    ]


def _number(what: str, target: Any) -> Any:
    if isinstance(target, Value):
        return target
    try:
        return Value(target).data
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from None


def _mean(terms: list[Value]) -> Value:
    total = sum(terms[1:], terms[0])
    return total / len(terms)
