"""Dropout: numbers dropped at random during training."""

from __future__ import annotations

import random
from typing import Any

from autograd import RecordingError, Value
from nn.init import Generator, check_rng
from nn.module import Module
from nn.rows import is_row, number_of
from nn.settings import SHARE, check


class Dropout(Module):
    """In training, sets each number to 0 with probability p and multiplies the rest by 1 / (1 - p).

    p   : the probability, from 0 to 1.
    rng : a `random.Random`, for choices that can be reproduced.

    This keeps the mean; after `eval()` numbers pass unchanged (inverted dropout; Srivastava et
    al., 2014). Takes a number or Value, a row of them, or rows. Raises ValueError for a p out of
    range, and RecordingError inside a compiled function, which would repeat its first choice in
    every call.

    >>> import random
    >>> from autograd import Value
    >>> from nn import Dropout
    >>> dropout = Dropout(0.5, rng=random.Random(1))
    >>> [v.data for v in dropout([Value(1.0), Value(1.0), Value(1.0)])]
    [0.0, 2.0, 2.0]
    >>> [v.data for v in dropout.eval()([Value(1.0), Value(1.0), Value(1.0)])]
    [1.0, 1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, rng: Generator = random) -> None:
        check("Dropout: p", p, SHARE)
        check_rng(rng)
        self.p = p
        self.rng = rng

    def forward(self, x: Any) -> Any:
        """x; in training, with some numbers dropped and the others scaled up."""
        return self.dropped(x) if self.training and self.p else x

    def dropped(self, x: Any) -> Any:
        """A number or every number of a row, times 0 or 1 / (1 - p)."""
        if is_row(x):
            return [self.dropped(entry) for entry in x]
        if isinstance(x, Value) and number_of(x) is None:
            raise RecordingError(
                "Dropout draws anew in every call, and a compiled function would keep its first "
                "choice: call eval() on the model first, or leave the function uncompiled"
            )
        return x * (0.0 if self.rng.uniform(0.0, 1.0) < self.p else 1 / (1 - self.p))

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"
