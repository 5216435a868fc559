"""Softmax, MSELoss and CrossEntropyLoss: the functions as modules, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value
from nn.losses.many_classes import cross_entropy
from nn.losses.regression import mse_loss
from nn.losses.softmax import softmax
from nn.losses.terms import Rows
from nn.module import Module
from nn.rows import Number
from nn.settings import Setting, check

DIMENSION = Setting(
    "-1, or 1 for rows in a batch, which is the same here",
    lambda x: type(x) is int and x in (-1, 1),
)


class Softmax(Module):
    """`softmax` as a module, for code written for PyTorch.

    dim : -1, the last dimension, which is the only one that a row has; 1 means the same.

    Calling it with a row of numbers gives the list of probabilities. Errors are as for `softmax`.

    >>> from nn import Linear, Sequential, Softmax
    >>> model = Sequential(Linear(2, 3), Softmax(dim=-1))
    >>> round(sum(v.data for v in model([1.0, -1.0])), 12)
    1.0
    """

    def __init__(self, dim: int = -1) -> None:
        check("Softmax: dim", dim, DIMENSION)
        self.dim = dim

    def forward(self, x: Sequence[Number]) -> list[Value]:
        """The probabilities."""
        return softmax(x)

    def __repr__(self) -> str:
        return f"Softmax({'' if self.dim == -1 else f'dim={self.dim}'})"


class MSELoss(Module):
    """`mse_loss` as a module, for code written for PyTorch: calling it gives the squared error.

    reduction : "mean", "sum" or "none".

    >>> from autograd import Value
    >>> from nn import MSELoss
    >>> criterion = MSELoss()
    >>> criterion([Value(1.0), Value(4.0)], [0.0, 2.0]).data
    2.5
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        self.reduction = reduction

    def forward(self, predictions: Rows, targets: Rows) -> Any:
        """The loss of predictions, given their targets."""
        return mse_loss(predictions, targets, reduction=self.reduction)

    def __repr__(self) -> str:
        return f"MSELoss({'' if self.reduction == 'mean' else f'reduction={self.reduction!r}'})"


class CrossEntropyLoss(Module):
    """`cross_entropy` as a module, for code written for PyTorch.

    reduction       : "mean", "sum" or "none".
    label_smoothing : as for `cross_entropy`, whose errors it has too.

    >>> from autograd import Value
    >>> from nn import CrossEntropyLoss
    >>> criterion = CrossEntropyLoss()
    >>> criterion([[Value(1000.0), Value(-1000.0)]], [1]).data
    2000.0
    """

    def __init__(self, *, reduction: str = "mean", label_smoothing: float = 0.0) -> None:
        self.reduction = reduction
        self.label_smoothing = label_smoothing

    def forward(self, logits: Rows, targets: Any) -> Any:
        """The loss of logits, given the true classes."""
        smoothing = self.label_smoothing
        return cross_entropy(logits, targets, label_smoothing=smoothing, reduction=self.reduction)

    def __repr__(self) -> str:
        shown = [] if self.reduction == "mean" else [f"reduction={self.reduction!r}"]
        if self.label_smoothing:
            shown.append(f"label_smoothing={self.label_smoothing!r}")
        return f"CrossEntropyLoss({', '.join(shown)})"
