"""Functions of a row of numbers: logsumexp, softmax, log_softmax.

All three subtract the largest number first, which changes no result and keeps exp from
overflowing: exp(1000) is no float, exp(1000 - 1000) is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from autograd import Value, exp, log, maximum
from nn.rows import Number, as_row, number_of, total


def logsumexp(x: Sequence[Number]) -> Value:
    """log(exp(x[0]) + exp(x[1]) + ...), a smooth maximum; its gradient is softmax(x).

    x : one or more numbers or Values; numbers become constants.

    Right also where exp(x) overflows. Raises TypeError for what is no row of numbers, and
    ValueError for an empty one.

    >>> from autograd import Value
    >>> from nn import logsumexp
    >>> logsumexp([Value(1000.0), Value(-1000.0)]).data
    1000.0
    """
    shifted, largest = shifted_by_largest(as_row(x, "logsumexp"))
    return log_of_sum(shifted) + largest


def log_softmax(x: Sequence[Number]) -> list[Value]:
    """The logarithms of `softmax(x)`, x[k] - logsumexp(x), right also where softmax is 0.

    Arguments and errors as for `logsumexp`.

    >>> from autograd import Value
    >>> from nn import log_softmax
    >>> [v.data for v in log_softmax([Value(1000.0), Value(-1000.0)])]
    [0.0, -2000.0]
    """
    shifted, _ = shifted_by_largest(as_row(x, "log_softmax"))
    log_sum = log_of_sum(shifted)
    return [v - log_sum for v in shifted]


def softmax(x: Sequence[Number]) -> list[Value]:
    """Probabilities in proportion to exp(x[k]): above 0, and 1 together.

    Arguments and errors as for `logsumexp`. For a loss, give the logits themselves to
    `cross_entropy`: it is more accurate than the logarithm of these.

    >>> from autograd import Value
    >>> from nn import softmax
    >>> [v.data for v in softmax([Value(2.0), Value(2.0)])]
    [0.5, 0.5]
    """
    shifted, _ = shifted_by_largest(as_row(x, "softmax"))
    powers = [exp(v) for v in shifted]
    sum_of_powers = total(powers)
    return [power / sum_of_powers for power in powers]


def shifted_by_largest(values: list[Value]) -> tuple[list[Value], Value]:
    """The values less the largest of them, and the largest.

    The functions here do not depend on what is subtracted, so it needs no gradient: a constant,
    or inside a compiled function, where the largest is another in every call, maximum(...), whose
    gradients cancel.
    """
    known = [number for number in map(number_of, values) if number is not None]
    all_known = len(known) == len(values)
    largest = Value(max(known)).detach() if all_known else reduce(maximum, values)
    return [v - largest for v in values], largest


def log_of_sum(shifted: Sequence[Value]) -> Value:
    """log(sum(exp(v))) of values whose largest is 0; the sum is 1 or more."""
    return log(total([exp(v) for v in shifted]))
