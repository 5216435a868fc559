"""Clipping: gradients kept from growing too large, between `backward()` and `step()`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import Value, Vector, elementwise, maximum, minimum
from nn.settings import ABOVE_0, FROM_0, check


def clip_grad_value_(parameters: Iterable[Value], clip_value: float) -> None:
    """Clip every gradient to the range from -clip_value to clip_value.

    parameters : Values; those without a gradient are passed over.
    clip_value : the largest size of a gradient, from 0.

    It works like `torch.nn.utils.clip_grad_value_`. Raises ValueError for a clip_value below 0, and
    TypeError for anything but Values.

    >>> from autograd import Value
    >>> from nn import clip_grad_value_
    >>> w = Value(3.0)
    >>> (w * w).backward()
    >>> clip_grad_value_([w], 5.0)
    >>> w.grad
    5.0
    """
    check("clip_grad_value_: clip_value", clip_value, FROM_0)
    vector = with_gradients("clip_grad_value_", parameters)
    if len(vector):
        (vector.grad,) = clipped(vector.grad, clip_value)


def clip_grad_norm_(
    parameters: Iterable[Value],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients down alike if their norm exceeds max_norm; gives the norm they had.

    parameters         : Values; those without a gradient are passed over.
    max_norm           : the largest norm, from 0.
    norm_type          : p of the p-norm, (|g₁|ᵖ + |g₂|ᵖ + ...)^(1/p), above 0; inf for the largest.
    error_if_nonfinite : whether a norm of inf or nan is an error. If not, it makes the gradients 0
                         or nan.

    As in `torch.nn.utils.clip_grad_norm_`, they are multiplied by max_norm / (norm + 1e-6) if that
    is below 1. Raises ValueError for settings out of range, and RuntimeError if error_if_nonfinite
    and the norm is not finite; the gradients then stay as they were.

    >>> from autograd import Value
    >>> from nn import clip_grad_norm_
    >>> a, b = Value(1.5), Value(2.0)
    >>> (a * a + b * b).backward()
    >>> clip_grad_norm_([a, b], max_norm=1.0)
    5.0
    >>> round(a.grad, 6), round(b.grad, 6)
    (0.6, 0.8)
    """
    check("clip_grad_norm_: max_norm", max_norm, FROM_0)
    if norm_type != math.inf:
        check("clip_grad_norm_: norm_type", norm_type, ABOVE_0)
    vector = with_gradients("clip_grad_norm_", parameters)
    total = vector.norm() if norm_type == 2 else norm(vector.grad, norm_type)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"clip_grad_norm_: the norm of the gradients is {total}, so they cannot be clipped; "
            "detect_anomaly() finds where that began"
        )
    share = max_norm / (total + 1e-6)
    if len(vector) and not share >= 1:  # so that nan spreads
        (vector.grad,) = scaled(vector.grad, share)
    return total


@elementwise
def clipped(gradient: Any, size: Any) -> Any:
    """A gradient within the range from -size to size."""
    return [minimum(maximum(gradient, -size), size)]


@elementwise
def scaled(gradient: Any, share: Any) -> Any:
    """A share of a gradient."""
    return [gradient * share]


def norm(numbers: Sequence[float], p: float) -> float:
    """The p-norm; it overflows only where the result itself does."""
    sizes = [abs(number) for number in numbers]
    if any(math.isnan(size) for size in sizes):
        return math.nan
    largest = max(sizes, default=0.0)
    if p == math.inf or largest in (0.0, math.inf):
        return largest
    return float(largest * math.fsum((size / largest) ** p for size in sizes) ** (1 / p))


def with_gradients(name: str, parameters: Any) -> Vector:
    """The parameters that have a gradient."""
    listed = [parameters] if isinstance(parameters, Value) else parameters
    if not isinstance(listed, Iterable):
        raise TypeError(f"{name} takes a list like model.parameters(), not {parameters!r:.60}")
    found = list(listed)
    try:
        vector = Vector(found)
    except TypeError:
        place, other = next((k, x) for k, x in enumerate(found) if not isinstance(x, Value))
        raise TypeError(f"{name} takes Values; parameters[{place}] is {other!r:.60}") from None
    *_, places = vector.moving()
    return vector if places is None else Vector([p for p in found if p.has_grad])
