"""Losses: how far predictions are from their targets, as one Value.

For numbers `mse_loss`, `l1_loss` and `huber_loss`; for two classes `hinge_loss` and the pair of
`binary_cross_entropy`; for many classes those of `multiclass.py`. And the penalties on weights,
`l1` and `l2`. Those that torch.nn.functional has give what they give there.

reduction : "mean" over all terms, "sum", or "none" for the terms themselves, nested as they came.

Numbers among the targets are checked. Values are taken as they are: inside a compiled function
they are arguments, other numbers in every call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import Value, log, maximum, minimum, relu, softplus
from nn.rows import Number, as_number, is_row, number_of, reduced, total

Rows = Sequence[Any]
"""Numbers or Values, or rows of them."""

SMALLEST_PROBABILITY = math.exp(-100)  # PyTorch's logarithms of probabilities end at -100

# ---- numbers ------------------------------------------------------------------------------------


def mse_loss(predictions: Rows, targets: Rows, *, reduction: str = "mean") -> Any:
    """The squared error, (prediction - target)².

    predictions : Values, one a row, or rows of them.
    targets     : numbers or Values, of the same shape.
    reduction   : "mean", "sum" or "none".

    Raises ValueError if their lengths differ or are 0.

    >>> from autograd import Value
    >>> from nn import mse_loss
    >>> mse_loss([Value(1.0), Value(4.0)], [0.0, 2.0]).data
    2.5
    """
    terms = each("mse_loss", predictions, targets, lambda p, t, place: (p - t) ** 2)
    return reduced("mse_loss", terms, reduction)


def l1_loss(predictions: Rows, targets: Rows, *, reduction: str = "mean") -> Any:
    """The absolute error, |prediction - target|; its derivative at 0 is 0.

    Arguments and errors as for `mse_loss`.

    >>> from autograd import Value
    >>> from nn import l1_loss
    >>> l1_loss([Value(1.0), Value(4.0)], [0.0, 2.0]).data
    1.5
    """
    terms = each("l1_loss", predictions, targets, lambda p, t, place: abs(p - t))
    return reduced("l1_loss", terms, reduction)


def huber_loss(
    predictions: Rows, targets: Rows, *, delta: float = 1.0, reduction: str = "mean"
) -> Any:
    """Half the squared error up to delta, and straight from there on: outliers pull no harder.

    delta : the error at which the parabola becomes a line, in the units of the targets; above 0.

    With d = prediction - target, it is d²/2 where |d| < delta, else delta * (|d| - delta/2);
    Huber, 1964. The other arguments and errors as for `mse_loss`.

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

    return reduced("huber_loss", each("huber_loss", predictions, targets, huber), reduction)


# ---- two classes --------------------------------------------------------------------------------


def hinge_loss(scores: Rows, labels: Rows, *, reduction: str = "mean") -> Any:
    """The hinge loss, max(0, 1 - label * score), of a classifier with a margin.

    scores    : Values, one a row, or rows of them; the sign is the predicted class.
    labels    : -1 or 1, of the same shape.
    reduction : "mean", "sum" or "none".

    Raises ValueError if their lengths differ or are 0, or a label is neither -1 nor 1.

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

    terms = each("hinge_loss", scores, labels, hinge, ("scores", "labels"))
    return reduced("hinge_loss", terms, reduction)


def binary_cross_entropy(predictions: Rows, targets: Rows, *, reduction: str = "mean") -> Any:
    """Minus the logarithm of the probability given to the class that it was.

    predictions : the probabilities of class 1, as Values from 0 to 1, one a row, or rows of them.
    targets     : the classes, 0 or 1, or probabilities between; of the same shape.
    reduction   : "mean", "sum" or "none".

    It is -(target * log(p) + (1 - target) * log(1 - p)), where, as in PyTorch, no logarithm goes
    below -100; the gradient of one that would is 0. From a score, use
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

    terms = each("binary_cross_entropy", predictions, targets, log_loss)
    return reduced("binary_cross_entropy", terms, reduction)


def binary_cross_entropy_with_logits(
    logits: Rows, targets: Rows, *, pos_weight: float | None = None, reduction: str = "mean"
) -> Any:
    """The binary cross-entropy of sigmoid(logit), right also where sigmoid is 0 or 1.

    logits     : scores as Values, one a row, or rows of them: above 0 for class 1.
    targets    : the classes, 0 or 1, or probabilities between; of the same shape.
    pos_weight : how many times an example of class 1 counts, from 0; 1 if left out.
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

    return reduced(loss, each(loss, logits, targets, logistic, ("logits", "targets")), reduction)


# ---- penalties ----------------------------------------------------------------------------------


def l1(parameters: Iterable[Value]) -> Value:
    """The sum of the absolute values, |w₁| + |w₂| + ..., which draws small weights to 0.

    Add it to a loss, times how much it is to count. Raises TypeError for what is no list of
    Values, and ValueError for an empty one. Tibshirani, 1996.

    >>> from autograd import Value
    >>> from nn import l1
    >>> l1([Value(3.0), Value(-4.0)]).data
    7.0
    """
    return total([abs(w) for w in as_parameters("l1", parameters)])


def l2(parameters: Iterable[Value]) -> Value:
    """The sum of the squares, w₁² + w₂² + ..., which keeps weights small.

    Its derivative is 2 w, so 0.5 * c * l2(parameters) is what weight_decay=c is for `SGD`. Errors
    as for `l1`.

    >>> from autograd import Value
    >>> from nn import l2
    >>> l2([Value(3.0), Value(-4.0)]).data
    25.0
    """
    return total([w * w for w in as_parameters("l2", parameters)])


def as_parameters(penalty: str, parameters: Any) -> list[Value]:
    """The parameters as a list, after a look at each."""
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


# ---- what they share ----------------------------------------------------------------------------


def each(
    loss: str,
    predictions: Any,
    targets: Any,
    term: Callable[[Value, Any, str], Value],
    names: tuple[str, str] = ("predictions", "targets"),
    place: str = "",
) -> list[Any]:
    """term(prediction, target, place) of each pair, nested as they are; place is like `[2][0]`."""
    left, right = names
    for what, given in ((left, predictions), (right, targets)):
        if not is_row(given):
            raise TypeError(
                f"{loss} takes a sequence of {what}, one a row, not {given!r:.60}"
                if not place
                else f"{loss}: {left}{place} is a row, so {right}{place} is one too, "
                f"not {given!r:.60}"
            )
    if len(predictions) != len(targets):
        raise ValueError(
            f"{loss} takes as many {right} as {left}; "
            f"there are {len(predictions)} {left} and {len(targets)} {right}"
            + (f" in row {place}" if place else "")
        )
    if len(predictions) == 0:
        raise ValueError(f"{loss} needs at least one row; the mean over none is undefined")
    terms: list[Any] = []
    for position, (prediction, target) in enumerate(zip(predictions, targets, strict=True)):
        here = f"{place}[{position}]"
        if is_row(prediction):
            terms.append(each(loss, prediction, target, term, names, here))
        elif isinstance(prediction, Value):
            number = as_number(target, f"{loss}: {right}{here}")
            terms.append(term(prediction, number, here))
        else:
            raise TypeError(f"{loss}: {left}{here} must be a Value, not {prediction!r:.60}")
    return terms


def check_fraction(loss: str, target: Number, place: str) -> None:
    """Refuse a plain number that is neither a class of two nor between them."""
    if not isinstance(target, Value) and not 0 <= target <= 1:
        raise ValueError(
            f"{loss} takes targets from 0 to 1; targets{place} is {target!r}. "
            "From -1 and 1, take (label + 1) / 2."
        )


def mixture(target: Number, if_one: Callable[[], Value], if_zero: Callable[[], Value]) -> Value:
    """target * if_one() + (1 - target) * if_zero(); for a plain 0 or 1 only the one that counts."""
    if not isinstance(target, Value) and target in (0, 1):
        return if_one() if target else if_zero()
    return target * if_one() + (1 - target) * if_zero()
