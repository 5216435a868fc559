"""Small neural networks on the `autograd` engine: modules, layers, losses and SGD.

>>> import random
>>> from nn import MLP, SGD, mse_loss
>>> model = MLP(2, [4, 1], rng=random.Random(0))
>>> optimizer = SGD(model.parameters(), lr=0.1)
>>> for _ in range(20):
...     loss = mse_loss([model([1.0, -1.0])], [0.5])
...     optimizer.zero_grad()
...     loss.backward()
...     optimizer.step()
>>> loss.data < 1e-3
True
"""

from nn.layers import MLP, Layer, Neuron
from nn.losses import hinge_loss, mse_loss
from nn.module import IncompatibleKeys, Module
from nn.optim import SGD

__all__ = [
    "MLP",
    "SGD",
    "IncompatibleKeys",
    "Layer",
    "Module",
    "Neuron",
    "hinge_loss",
    "mse_loss",
]
