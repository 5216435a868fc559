"""Layers: modules with parameters, and what goes between them.

>>> import random
>>> from nn.layers import Dropout, Layer, Sequential
>>> model = Sequential(Layer(2, 8, "tanh"), Dropout(0.2, rng=random.Random(0)), Layer(8, 1, None))
>>> len(model.parameters())
33
"""

from nn.layers.activations import ReLU, Sigmoid, Tanh
from nn.layers.dense import MLP, Layer, Linear, Neuron
from nn.layers.dropout import Dropout
from nn.layers.embedding import Embedding
from nn.layers.norms import LayerNorm, RMSNorm
from nn.layers.sequential import ModuleList, Sequential

__all__ = [
    "MLP",
    "Dropout",
    "Embedding",
    "Layer",
    "LayerNorm",
    "Linear",
    "ModuleList",
    "Neuron",
    "RMSNorm",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
