"""Optimisers: how parameters follow their gradients, from the simplest to Adam.

Each is a few lines that move the parameters of a group; what all share is in `base.py`. They
match those of torch.optim, number for number.

>>> from autograd import Value
>>> from nn import optim
>>> w = Value(3.0)
>>> optimizer = optim.SGD([w], lr=0.1)
>>> (w * w).backward()
>>> optimizer.step()
>>> w.data
2.4
"""

from nn.optim.adagrad import Adagrad
from nn.optim.adam import Adam, AdamW
from nn.optim.base import Optimizer
from nn.optim.clipping import clip_grad_norm_, clip_grad_value_
from nn.optim.rmsprop import RMSprop
from nn.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "clip_grad_norm_",
    "clip_grad_value_",
]
