"""Losses of two classes: hinge loss, and cross-entropy of probabilities or of logits.

The two cross-entropies give the same numbers as their namesakes in torch.nn.functional.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd import Value, log, maximum, relu, softplus
from nn.losses.terms import Rows, reduced, terms_of
from nn.rows import Number, number_of

SMALLEST_PROBABILITY = math.exp(-100)  # PyTorch's logarithms of probabilities stop at -100


def hinge_loss(scores: Rows, labels: Rows, *, reduction: str = "mean") -> Any:
    """The hinge loss, max(0, 1 - label * score), of a classifier with a margin.

    scores    : Values, one a row, or rows of them; the sign is the predicted class.
    labels    : -1 or 1, of the same shape.
    reduction : "mean", "sum" or "none".

    Raises ValueError if the lengths differ or are 0, or a label is neither -1 nor 1.

    >>> from autograd import Value
    >>> from nn import hinge_loss
    >>> hinge_loss([Value(0.5), Value(-2.0)], [1, -1]).data
    0.25
    """

    def hinge(score: Value, label: Number, place: str) -> Value:
        if not isinstance(label, Value) and label not in (-1, 1):
            raise ValueError(
                f"hinge_loss takes -1 and 1 as labels; labels{place} is {label!r:.60}. "
                "From 0 and 1, take 2 * label - 1."
            )
        return relu(1 - label * score)

    terms = terms_of("hinge_loss", scores, labels, hinge, ("scores", "labels"))
    return reduced("hinge_loss", terms, reduction)


def binary_cross_entropy(predictions: Rows, targets: Rows, *, reduction: str = "mean") -> Any:
    """Minus the logarithm of the probability given to the true class.

    predictions : the probabilities of class 1, as Values from 0 to 1, one a row, or rows of them.
    targets     : the classes, 0 or 1, or probabilities between them; of the same shape.
    reduction   : "mean", "sum" or "none".

    It is -(target * log(p) + (1 - target) * log(1 - p)), where, as in PyTorch, no logarithm falls
    below -100, and one at that limit has gradient 0. For scores there is
    `binary_cross_entropy_with_logits`, which needs no such limit. Raises ValueError if the lengths
    differ or are 0, or a probability or target is not from 0 to 1.

    >>> from autograd import Value
    >>> from nn import binary_cross_entropy
    >>> binary_cross_entropy([Value(0.5)], [1]).data
    0.6931471805599453
    """

    def log_loss(prediction: Value, target: Number, place: str) -> Value:
        number = number_of(prediction)
        if number is not None and not 0 <= number <= 1:
            raise ValueError(
                "binary_cross_entropy takes probabilities from 0 to 1; "
                f"predictions{place} is {number!r}. For a score, or logit, there is "
                "binary_cross_entropy_with_logits."
            )
        check_fraction("binary_cross_entropy", target, place)
        return mixture(
            target,
            lambda: -log(maximum(prediction, SMALLEST_PROBABILITY)),
            lambda: -log(maximum(1 - prediction, SMALLEST_PROBABILITY)),
        )

    terms = terms_of("binary_cross_entropy", predictions, targets, log_loss)
    return reduced("binary_cross_entropy", terms, reduction)


def binary_cross_entropy_with_logits(
    logits: Rows, targets: Rows, *, pos_weight: float | None = None, reduction: str = "mean"
) -> Any:
    """The binary cross-entropy of sigmoid(logit), accurate even where that rounds to 0 or 1.

    logits     : scores as Values, one a row, or rows of them: above 0 for class 1.
    targets    : the classes, 0 or 1, or probabilities between them; of the same shape.
    pos_weight : how many times each example of class 1 counts, from 0; 1 if left out.
    reduction  : "mean", "sum" or "none".

    It is target * softplus(-logit) + (1 - target) * softplus(logit), since -log(sigmoid(x)) is
    softplus(-x). Raises ValueError if the lengths differ or are 0, or a target is not from 0 to 1.

    >>> from autograd import Value
    >>> from nn import binary_cross_entropy_with_logits
    >>> binary_cross_entropy_with_logits([Value(-1000.0), Value(0.0)], [1, 0]).data
    500.34657359027995
    """
    loss = "binary_cross_entropy_with_logits"
    if pos_weight is not None and not Value(pos_weight).data >= 0:
        raise ValueError(f"{loss}: pos_weight is a number from 0, not {pos_weight!r:.60}")

    def logistic(logit: Value, target: Number, place: str) -> Value:
        check_fraction(loss, target, place)
        return mixture(
            target,
            lambda: softplus(-logit) if pos_weight is None else pos_weight * softplus(-logit),
            lambda: softplus(logit),
        )

    return reduced(
        loss, terms_of(loss, logits, targets, logistic, ("logits", "targets")), reduction
    )


def check_fraction(loss: str, target: Number, place: str) -> None:
    """Raise ValueError for a plain number that is not from 0 to 1."""
    if not isinstance(target, Value) and not 0 <= target <= 1:
        raise ValueError(
            f"{loss} takes targets from 0 to 1; targets{place} is {target!r}. "
            "From -1 and 1, take (label + 1) / 2."
        )


def mixture(target: Number, if_one: Callable[[], Value], if_zero: Callable[[], Value]) -> Value:
    """target * if_one() + (1 - target) * if_zero(); for a plain 0 or 1, just the one."""
    if not isinstance(target, Value) and target in (0, 1):
        return if_one() if target else if_zero()
    return target * if_one() + (1 - target) * if_zero()
