"""Penalty: what the size of the weights adds to the loss of each batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import autograd
from autograd import Value
from nn.losses.penalties import l1, l2


class Penalty:
    """l1 * sum|w| + l2 * sum w² over the weights that learn; a frozen one would not change it."""

    def __init__(
        self, parameters: Sequence[Value], l1: float, l2: float, is_compiled: bool
    ) -> None:
        self.parameters = parameters if l1 or l2 else ()
        self.l1, self.l2, self.is_compiled = l1, l2, is_compiled
        self.learning: list[Value] = []
        self.of_weights: Callable[[], Value]

    def look(self) -> None:
        """See which weights learn, as they do from now on."""
        learning = [w for w in self.parameters if w.requires_grad]
        if learning != self.learning:
            self.learning = learning
            compiled = self.is_compiled
            self.of_weights = autograd.compile(self.eager) if compiled else self.eager

    def eager(self) -> Value:
        """Computed on Values."""
        terms = [
            weight * penalty(self.learning)
            for weight, penalty in ((self.l1, l1), (self.l2, l2))
            if weight
        ]
        return sum(terms[1:], terms[0])

    def backward(self) -> None:
        """Add its gradient to those of the weights."""
        if self.learning:
            self.of_weights().backward()
