"""Losses: how far predictions are from their targets, as one Value.

For numbers there are `mse_loss`, `l1_loss` and `huber_loss`; for two classes `hinge_loss` and the
two of `binary_cross_entropy`; for many classes `nll_loss` and `cross_entropy`. `l1` and `l2` are
penalties on weights. Those also in torch.nn.functional give the same numbers. `MSELoss`,
`CrossEntropyLoss` and `Softmax` are functions as modules.

>>> from autograd import Value
>>> from nn.losses import mse_loss
>>> mse_loss([Value(1.0), Value(4.0)], [0.0, 2.0], reduction="sum").data
5.0
"""

from nn.losses.many_classes import cross_entropy, nll_loss
from nn.losses.modules import CrossEntropyLoss, MSELoss, Softmax
from nn.losses.penalties import l1, l2
from nn.losses.regression import huber_loss, l1_loss, mse_loss
from nn.losses.two_classes import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge_loss,
)

__all__ = [
    "CrossEntropyLoss",
    "MSELoss",
    "Softmax",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge_loss",
    "huber_loss",
    "l1",
    "l1_loss",
    "l2",
    "mse_loss",
    "nll_loss",
]
