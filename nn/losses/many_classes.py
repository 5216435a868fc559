"""Losses of many classes: `nll_loss` of log-probabilities, `cross_entropy` of logits.

They give the same numbers as their namesakes in torch.nn.functional.
"""

from __future__ import annotations

import math
from typing import Any

from autograd import Value, record_call
from nn.losses.softmax import log_of_sum, shifted_by_largest
from nn.losses.terms import Rows, as_number, reduced
from nn.rows import Number, chosen, dot, is_row, total


def nll_loss(log_probabilities: Rows, targets: Any, *, reduction: str = "mean") -> Any:
    """Minus the log-probability of the true class: the negative log-likelihood.

    log_probabilities : a row of Values, one a class, such as `log_softmax` gives; or a list of
                        rows.
    targets           : the index of the class, from 0; for a list of rows, a list of indices.
                        Inside a compiled function it may be an argument.
    reduction         : "mean" over the rows, "sum", or "none" for one number a row.

    Raises ValueError if the numbers of rows and targets differ, or an index is out of range, and
    DomainError where a compiled function is replayed with such an index.

    >>> from autograd import Value
    >>> from nn import log_softmax, nll_loss
    >>> nll_loss(log_softmax([Value(3.0), Value(3.0)]), 1).data
    0.6931471805599453
    """
    name = "nll_loss"
    rows = class_rows(name, "log_probabilities", log_probabilities, targets)
    terms = [-chosen(row, target, f"{name}: {place}") for row, target, place in rows]
    return reduced(name, terms, reduction, is_row(log_probabilities[0]))


def cross_entropy(
    logits: Rows, targets: Any, *, label_smoothing: float = 0.0, reduction: str = "mean"
) -> Any:
    """Minus the log-probability that softmax(logits) gives to the true class.

    logits          : a row of Values, one a class, of any size; or a list of rows.
    targets         : the index of the class, from 0, or the probabilities of all classes as a row;
                      for a list of rows, a list of either. Inside a compiled function they may be
                      arguments.
    label_smoothing : the share of the target, from 0 to 1, that is spread evenly over all classes.
    reduction       : "mean" over the rows, "sum", or "none" for one number a row.

    For probabilities p it is -sum(p[k] * log_softmax(logits)[k]). Raises ValueError if the numbers
    of rows and targets differ, an index is out of range, or probabilities are not from 0 to 1 or do
    not add up to 1; and DomainError where a compiled function is replayed with an index out of
    range.

    >>> from autograd import Value
    >>> from nn import cross_entropy
    >>> cross_entropy([Value(1000.0), Value(-1000.0)], 1).data
    2000.0
    >>> cross_entropy([[Value(0.0), Value(0.0)]], [[0.25, 0.75]]).data
    0.6931471805599453
    """
    name = "cross_entropy"
    smoothing = label_smoothing
    if isinstance(smoothing, Value) or not 0 <= smoothing <= 1:
        raise ValueError(f"{name}: label_smoothing is a number from 0 to 1, not {smoothing!r:.60}")
    terms = []
    for row, target, place in class_rows(name, "logits", logits, targets):
        shifted, _ = shifted_by_largest(row)
        log_sum = log_of_sum(shifted)  # so the log-probability of class k is shifted[k] - log_sum
        if is_row(target):
            weights = as_probabilities(target, len(row), f"{name}: {place}")
            term = dot([sum(weights)], [log_sum]) - dot(weights, shifted)
        else:
            term = log_sum - chosen(shifted, target, f"{name}: {place}")
        if smoothing:
            even = log_sum - total(shifted) / len(shifted)
            term = (1 - smoothing) * term + smoothing * even
        record_call(name, [row, target], term)
        terms.append(term)
    return reduced(name, terms, reduction, is_row(logits[0]))


def as_probabilities(target: Any, count: int, what: str) -> list[Number]:
    """A row of probabilities, of which plain numbers are checked; the error begins with what."""
    if len(target) != count:
        raise ValueError(f"{what} has {len(target)} probabilities for {count} classes")
    weights = [as_number(p, f"{what}[{k}]") for k, p in enumerate(target)]
    plain = [p for p in weights if not isinstance(p, Value)]
    if any(not 0 <= p <= 1 for p in plain) or (
        len(plain) == count and not math.isclose(sum(plain), 1, rel_tol=1e-3)
    ):
        raise ValueError(
            f"{what} is a row of probabilities from 0 to 1 that add up to 1, not {target!r:.60}. "
            "The index of a class is a whole number, not a list."
        )
    return weights


def class_rows(
    loss: str, left: str, scores: Any, targets: Any
) -> list[tuple[list[Value], Any, str]]:
    """Each row of scores with its target, and what errors call that target."""
    if not is_row(scores):
        raise TypeError(
            f"{loss} takes {left} as a row of Values, one a class, or as a list of rows, "
            f"not {scores!r:.60}"
        )
    if len(scores) == 0:
        raise ValueError(f"{loss} needs at least one row of {left}; the list is empty")
    if not is_row(scores[0]):
        return [(scores_of_classes(loss, left, scores), targets, "targets")]
    if not is_row(targets):
        raise TypeError(
            f"{loss} takes a target for each of {len(scores)} rows, not {targets!r:.60}"
        )
    if len(targets) != len(scores):
        raise ValueError(
            f"{loss} takes as many targets as rows; "
            f"there are {len(scores)} rows and {len(targets)} targets"
        )
    rows = []
    for position, (row, target) in enumerate(zip(scores, targets, strict=True)):
        what = f"{left}[{position}]"
        if not is_row(row) or len(row) != len(scores[0]):
            raise ValueError(
                f"{loss}: {what} is a row of {len(scores[0])} Values, like the first, "
                f"not {row!r:.60}"
            )
        rows.append((scores_of_classes(loss, what, row), target, f"targets[{position}]"))
    return rows


def scores_of_classes(loss: str, what: str, row: Any) -> list[Value]:
    """The Values of a row, each of them checked."""
    for position, score in enumerate(row):
        if not isinstance(score, Value):
            raise TypeError(f"{loss}: {what}[{position}] must be a Value, not {score!r:.60}")
    if len(row) == 0:
        raise ValueError(f"{loss}: {what} is empty; it needs a Value for each class")
    return list(row)
