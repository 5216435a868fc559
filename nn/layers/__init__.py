"""Layers: modules with parameters, and what goes between them.

>>> import random
>>> from nn.layers import Dropout, Layer, Sequential
>>> model = Sequential(Layer(2, 8, "tanh"), Dropout(0.2, rng=random.Random(0)), Layer(8, 1, None))
>>> len(model.parameters())
33
"""

from nn.layers.dense import MLP, Layer, Neuron
from nn.layers.dropout import Dropout
from nn.layers.embedding import Embedding
from nn.layers.sequential import Sequential

__all__ = ["MLP", "Dropout", "Embedding", "Layer", "Neuron", "Sequential"]
