"""One document through a GPT of the size of microgpt, written once over any class of Value.

The class needs + - * / ** with Values or numbers on either side, and exp(), log() and relu().
The model has 4,192 parameters: one layer 16 wide with four heads, room for 16 positions, and 27
tokens. Nothing here reads .data, so the graph has the same shape whatever the numbers are.

`loss` takes the document as one-hot rows, so that it may be an argument that varies; `token_loss`
takes it as plain indexes, and builds the smaller graph.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import chain
from operator import add
from typing import Any

TOKENS, WIDTH, HEAD_SIZE, BLOCK_SIZE, HIDDEN, POSITIONS = 27, 16, 4, 16, 64, 8
EPSILON = 1e-5  # keeps rmsnorm finite at 0
SCALE = HEAD_SIZE**0.5

SHAPES = {
    "wte": (TOKENS, WIDTH),  # what a token is
    "wpe": (BLOCK_SIZE, WIDTH),  # where it stands
    "lm_head": (TOKENS, WIDTH),
    "wq": (WIDTH, WIDTH),
    "wk": (WIDTH, WIDTH),
    "wv": (WIDTH, WIDTH),
    "wo": (WIDTH, WIDTH),
    "fc1": (HIDDEN, WIDTH),
    "fc2": (WIDTH, HIDDEN),
}

Vector = Sequence[Any]  # of Values, or numbers
Matrix = Sequence[Vector]
Parameters = dict[str, list[list[Any]]]


def parameters(value: Callable[[float], Any], seed: int) -> Parameters:
    """The weight matrices, one row per output, as leaves made by value."""
    rng = random.Random(seed)
    return {
        name: [[value(rng.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in SHAPES.items()
    }


def flat(matrices: Parameters) -> list[Any]:
    """All weights in one list: matrix by matrix, as in SHAPES, and row by row."""
    return list(chain.from_iterable(chain.from_iterable(matrices[name]) for name in SHAPES))


def document(seed: int) -> tuple[list[int], list[int]]:
    """Eight tokens, and the eight that come next: those to predict."""
    rng = random.Random(seed)
    tokens = [rng.randrange(TOKENS) for _ in range(POSITIONS + 1)]
    return tokens[:-1], tokens[1:]


def one_hot(token: int) -> list[float]:
    """A row of zeros with a 1 at the token."""
    return [float(token == other) for other in range(TOKENS)]


def total(values: Iterable[Any]) -> Any:
    """The sum, from left to right, beginning with the first and not with a 0."""
    return reduce(add, values)


def dot(a: Vector, b: Vector) -> Any:
    return total([x * y for x, y in zip(a, b, strict=True)])


def plus(a: Vector, b: Vector) -> list[Any]:
    return [x + y for x, y in zip(a, b, strict=True)]


def linear(matrix: Matrix, x: Vector) -> list[Any]:
    """matrix · x"""
    return [dot(row, x) for row in matrix]


def mixture(weights: Vector, rows: Matrix) -> list[Any]:
    """The rows times their weights, added: weights · rows"""
    return [dot(weights, column) for column in zip(*rows, strict=True)]


def softmax(logits: Vector) -> list[Any]:
    """Probabilities in proportion to exp(logit); the logits are small, so none overflows."""
    exponentials = [logit.exp() for logit in logits]
    normalizer = total(exponentials)
    return [exponential / normalizer for exponential in exponentials]


def rmsnorm(x: Vector) -> list[Any]:
    """x over its root mean square."""
    scale = (dot(x, x) / len(x) + EPSILON) ** -0.5
    return [number * scale for number in x]


def head(query: Vector, keys: Matrix, values: Matrix) -> list[Any]:
    """The values, mixed by how well their keys fit the query."""
    return mixture(softmax([dot(query, key) / SCALE for key in keys]), values)


def attention(query: Vector, keys: Matrix, values: Matrix) -> list[Any]:
    """The outputs of the heads, each from its own part of the width, one after the other."""
    parts = [slice(start, start + HEAD_SIZE) for start in range(0, WIDTH, HEAD_SIZE)]
    outputs = [head(query[p], [k[p] for k in keys], [v[p] for v in values]) for p in parts]
    return list(chain.from_iterable(outputs))


def position(weights: Parameters, x: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    """The probabilities of the next token, after adding this position's key and value."""
    x = rmsnorm(x)
    normal = rmsnorm(x)
    keys.append(linear(weights["wk"], normal))
    values.append(linear(weights["wv"], normal))
    attended = attention(linear(weights["wq"], normal), keys, values)
    x = plus(x, linear(weights["wo"], attended))
    hidden = [number.relu() for number in linear(weights["fc1"], rmsnorm(x))]
    x = plus(x, linear(weights["fc2"], hidden))
    return softmax(linear(weights["lm_head"], x))


def predictions(weights: Parameters, embeddings: Matrix) -> list[Vector]:
    """The probabilities of the next token at each position, which sees those up to itself."""
    keys: list[Vector] = []
    values: list[Vector] = []
    places = weights["wpe"][: len(embeddings)]
    return [
        position(weights, plus(embedding, place), keys, values)
        for embedding, place in zip(embeddings, places, strict=True)
    ]


def cross_entropy(probabilities: Vector) -> Any:
    """The mean of -log(p) over the probabilities given to the tokens that came."""
    return total([-probability.log() for probability in probabilities]) / len(probabilities)


def loss(weights: Parameters, inputs: Matrix, targets: Matrix) -> Any:
    """The mean cross-entropy of a document given as one-hot rows, of numbers or Values."""
    predicted = predictions(weights, [mixture(row, weights["wte"]) for row in inputs])
    return cross_entropy([dot(p, row) for p, row in zip(predicted, targets, strict=True)])


def token_loss(weights: Parameters, inputs: Sequence[int], targets: Sequence[int]) -> Any:
    """The mean cross-entropy of a document given as the indexes of its tokens."""
    predicted = predictions(weights, [weights["wte"][token] for token in inputs])
    return cross_entropy([p[token] for p, token in zip(predicted, targets, strict=True)])
