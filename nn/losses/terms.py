"""The terms of a loss: one for each prediction and its target, and their mean or sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value
from nn.rows import Number, flattened, is_row, total

Rows = Sequence[Any]
"""Values or numbers, or rows of them."""


def terms_of(
    loss: str,
    predictions: Any,
    targets: Any,
    term: Callable[[Value, Any, str], Value],
    names: tuple[str, str] = ("predictions", "targets"),
    place: str = "",
) -> list[Any]:
    """term(prediction, target, place) of each pair, nested as they are; place is like `[2][0]`.

    loss, names : what the errors call the function, the predictions and the targets.
    """
    left, right = names
    for what, given in ((left, predictions), (right, targets)):
        if not is_row(given):
            raise TypeError(
                f"{loss} takes a sequence of {what}, one a row, not {given!r:.60}"
                if not place
                else f"{loss}: {left}{place} is a row, so {right}{place} must be one too, "
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
            if len(prediction) == 1 and not is_row(target):
                raise TypeError(
                    f"{loss}: {left}{here} is a row, so {right}{here} must be one too, "
                    f"not {target!r:.60}. A Layer or a Sequential gives a row even of one number: "
                    "take its [0], or end with an MLP, which gives the number"
                )
            terms.append(terms_of(loss, prediction, target, term, names, here))
        elif isinstance(prediction, Value):
            number = as_number(target, f"{loss}: {right}{here}")
            terms.append(term(prediction, number, here))
        else:
            raise TypeError(f"{loss}: {left}{here} must be a Value, not {prediction!r:.60}")
    return terms


def as_number(target: Any, what: str) -> Number:
    """A target as a float, or the Value that it is; the error begins with what.

    Inside a compiled function targets are Values, with a different number in every call, so they
    are taken unchecked.
    """
    if isinstance(target, Value):
        return target
    try:
        return Value(target).data
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from None


def reduced(loss: str, terms: list[Any], reduction: str, nested: bool = True) -> Any:
    """The terms' mean or sum, or the terms themselves.

    reduction : "mean", "sum" or "none".
    nested    : False where a row was given alone, so that "none" gives its term without a list.
    """
    if reduction == "none":
        return terms if nested else terms[0]
    if reduction not in ("mean", "sum"):
        raise ValueError(f'{loss}: reduction is "mean", "sum" or "none", not {reduction!r:.60}')
    flat = list(flattened(terms))
    return total(flat) if reduction == "sum" or len(flat) == 1 else total(flat) / len(flat)
