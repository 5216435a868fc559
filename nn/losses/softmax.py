"""Functions of a row of scores: logsumexp, log_softmax, softmax.

All three first subtract the largest score, which changes no result and keeps exp from overflowing:
exp(1000) is too large for a float, exp(1000 - 1000) is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import inf, isinf
from typing import Any

from autograd import Value, exp, log, logaddexp, maximum, record_call
from nn.rows import Number, is_row, number_of, total


def logsumexp(x: Sequence[Number]) -> Value:
    """log(exp(x[0]) + exp(x[1]) + ...), a smooth maximum; its gradient is softmax(x).

    x : one or more numbers or Values; numbers become constants.

    Accurate even where exp(x) overflows. Of nothing but -inf it is -inf, with gradients of nan, as
    in PyTorch (but a compiled function raises DomainError). Raises TypeError for anything but a row
    of numbers, and ValueError for an empty one.

    >>> from autograd import Value
    >>> from nn import logsumexp
    >>> logsumexp([Value(1000.0), Value(-1000.0)]).data
    1000.0
    """
    values = as_row(x, "logsumexp")
    known = [number for number in map(number_of, values) if number is not None]
    if len(known) == len(values) and isinf(max(known)):  # nothing to subtract
        return reduce(logaddexp, values, Value(-inf).detach())
    shifted, largest = shifted_by_largest(values)
    result = log_of_sum(shifted) + largest
    record_call(f"logsumexp over {len(values)}", values, result)
    return result


def log_softmax(x: Sequence[Number]) -> list[Value]:
    """The logarithms of `softmax(x)`, x[k] - logsumexp(x), accurate even where that rounds to 0.

    Arguments and errors are as for `logsumexp`.

    >>> from autograd import Value
    >>> from nn import log_softmax
    >>> [v.data for v in log_softmax([Value(1000.0), Value(-1000.0)])]
    [0.0, -2000.0]
    """
    values = as_row(x, "log_softmax")
    shifted, _ = shifted_by_largest(values)
    log_sum = log_of_sum(shifted)
    results = [v - log_sum for v in shifted]
    record_call(f"log_softmax over {len(values)}", values, results)
    return results


def softmax(x: Sequence[Number]) -> list[Value]:
    """Probabilities in proportion to exp(x[k]): all above 0, and their sum is 1.

    Arguments and errors are as for `logsumexp`. For a loss, give the logits themselves to
    `cross_entropy`: it is more accurate than a logarithm of these.

    >>> from autograd import Value
    >>> from nn import softmax
    >>> [v.data for v in softmax([Value(2.0), Value(2.0)])]
    [0.5, 0.5]
    """
    values = as_row(x, "softmax")
    shifted, _ = shifted_by_largest(values)
    powers = [exp(v) for v in shifted]
    sum_of_powers = total(powers)
    results = [power / sum_of_powers for power in powers]
    record_call(f"softmax over {len(values)}", values, results)
    return results


def as_row(x: Any, what: str) -> list[Value]:
    """The Values of a row; numbers become constants. The error begins with what."""
    if not is_row(x):
        raise TypeError(f"{what} takes a row of numbers, not {type(x).__name__}: {x!r:.60}")
    if len(x) == 0:
        raise ValueError(f"{what} needs at least one number; the row is empty")
    if is_row(x[0]):
        raise TypeError(f"{what} takes one row at a time: [{what}(row) for row in rows]")
    try:
        return [v if isinstance(v, Value) else Value(v).detach() for v in x]
    except TypeError as error:
        raise TypeError(f"{what} takes a row of numbers: {error}") from None


def shifted_by_largest(values: list[Value]) -> tuple[list[Value], Value]:
    """Each value minus the largest of them, and the largest.

    The functions here do not depend on what is subtracted, so it needs no gradient and is a
    constant. A compiled function cannot know which value will be largest, so there it is
    maximum(...), whose gradients cancel.
    """
    known = [number for number in map(number_of, values) if number is not None]
    all_known = len(known) == len(values)
    largest = Value(max(known)).detach() if all_known else reduce(maximum, values)
    return [v - largest for v in values], largest


def log_of_sum(shifted: Sequence[Value]) -> Value:
    """log(sum(exp(v))) of values of which the largest is 0, so that the sum is at least 1."""
    return log(total([exp(v) for v in shifted]))
