"""PyTorch: a model converted to its modules and back, number for number.

One table says what corresponds to what. Both functions read a model as a flat row of parts, however
nested: an MLP is Linear, ReLU, Linear in PyTorch, and such a row is an MLP here.
"""

from nn.pytorch.reading import from_torch
from nn.pytorch.writing import to_torch

__all__ = ["from_torch", "to_torch"]
