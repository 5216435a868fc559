"""Embedding: a table of vectors, one for each letter, word or user."""

from __future__ import annotations

import random
from typing import Any

from autograd import Value
from nn.init import Generator, check_rng
from nn.module import Module
from nn.rows import dot, is_row, selection
from nn.settings import check_width


class Embedding(Module):
    """A table of vectors of parameters, looked up by index.

    num_embeddings : how many vectors, 1 or more.
    embedding_dim  : how many numbers in each, 1 or more.
    rng            : a `random.Random`, for numbers that can be reproduced; they are normal, with
                     standard deviation 1.

    Calling it with an index, a whole number from 0, gives that vector, a list of Values; calling it
    with a list of indices gives a list of vectors. Only those looked up get a gradient, except
    inside a compiled function, where the index may be an argument: there every vector gets one, and
    for the others it is 0. Raises ValueError for an index out of range, and DomainError where a
    compiled function is replayed with one.

    >>> from nn import Embedding
    >>> letters = Embedding(26, 2)
    >>> len(letters(3)), len(letters([7, 8]))
    (2, 2)
    >>> letters(3) == letters.weight[3]
    True
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, rng: Generator = random) -> None:
        check_width(num_embeddings, "Embedding: num_embeddings")
        check_width(embedding_dim, "Embedding: embedding_dim")
        check_rng(rng)
        self.weight = [
            [Value(rng.gauss(0.0, 1.0)) for _ in range(embedding_dim)]
            for _ in range(num_embeddings)
        ]

    def forward(self, index: Any) -> list[Any]:
        """The vector at an index, or a list of vectors."""
        if is_row(index):
            return [self.forward(entry) for entry in index]
        selected = selection(index, len(self.weight), f"{self}: the index")
        if isinstance(selected, int):
            return list(self.weight[selected])
        return [dot(selected, column) for column in zip(*self.weight, strict=True)]

    def __repr__(self) -> str:
        return f"Embedding({len(self.weight)}, {len(self.weight[0])})"
