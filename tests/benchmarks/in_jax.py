"""The GPT of microgpt.py in JAX, compiled by XLA for float64 and one thread.

XLA reads how many threads it may use when it starts, so this is to be imported before JAX.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

os.environ["NPROC"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import jax
import numpy
from jax import numpy as jnp
from microgpt import EPSILON, HEAD_SIZE, POSITIONS, SCALE, SHAPES, WIDTH

jax.config.update("jax_enable_x64", True)

HEADS = WIDTH // HEAD_SIZE
SEEN = jnp.tril(jnp.ones((POSITIONS, POSITIONS), dtype=bool))
Weights = dict[str, Any]


class JaxGPT:
    """The weights as arrays, and the loss with its gradients, of one document and of many."""

    def __init__(self, parameters: Sequence[float]) -> None:
        vector = jnp.asarray(parameters)
        self.weights = views(vector)
        self._one = jax.jit(jax.value_and_grad(loss))
        self._many = jax.jit(jax.value_and_grad(mean_loss))

    def token_loss(self, inputs: Any, targets: Any) -> tuple[Any, Weights]:
        """The loss of a document, and its gradients, once they are there."""
        return done(self._one(self.weights, inputs, targets))

    def mean(self, inputs: Any, targets: Any) -> tuple[Any, Weights]:
        """The mean loss of documents, a row each, and its gradients."""
        return done(self._many(self.weights, inputs, targets))

    def step(self, adam: Any, inputs: Any, targets: Any) -> None:
        """The same, and a step of Adam, which works on one array of all weights."""
        _, gradients = self.mean(inputs, targets)
        adam.step(numpy.concatenate([numpy.asarray(gradients[name]).ravel() for name in SHAPES]))
        self.weights = views(adam.numbers)

    @staticmethod
    def flat(gradients: Weights) -> list[float]:
        """Gradients in the order of microgpt.flat."""
        return [float(x) for name in SHAPES for x in gradients[name].ravel()]


done: Callable[[Any], Any] = jax.block_until_ready


def views(vector: Any) -> Weights:
    """The matrices in a vector of all weights."""
    weights: Weights = {}
    for name, (rows, columns) in SHAPES.items():
        part, vector = vector[: rows * columns], vector[rows * columns :]
        weights[name] = part.reshape(rows, columns)
    return weights


def of_tokens(documents: Sequence[tuple[Sequence[int], Sequence[int]]]) -> tuple[Any, Any]:
    """Inputs and targets of documents, as indexes, a row each."""
    inputs, targets = (jnp.asarray(side) for side in zip(*documents, strict=True))
    return inputs, targets


def loss(weights: Weights, inputs: Any, targets: Any) -> Any:
    x = rmsnorm(weights["wte"][inputs] + weights["wpe"][:POSITIONS])
    normal = rmsnorm(x)
    query, key, value = (heads(normal @ weights[name].T) for name in ("wq", "wk", "wv"))
    fits = jnp.where(SEEN, query @ key.swapaxes(1, 2) / SCALE, -jnp.inf)
    attended = (jax.nn.softmax(fits) @ value).swapaxes(0, 1).reshape(POSITIONS, WIDTH)
    x = x + attended @ weights["wo"].T
    x = x + jax.nn.relu(rmsnorm(x) @ weights["fc1"].T) @ weights["fc2"].T
    predicted = jax.nn.log_softmax(x @ weights["lm_head"].T)
    return -jnp.take_along_axis(predicted, targets[:, None], axis=1).mean()


def mean_loss(weights: Weights, inputs: Any, targets: Any) -> Any:
    return jax.vmap(loss, (None, 0, 0))(weights, inputs, targets).mean()


def heads(x: Any) -> Any:
    """The width in its parts, a matrix for each head."""
    return x.reshape(POSITIONS, HEADS, HEAD_SIZE).swapaxes(0, 1)


def rmsnorm(x: Any) -> Any:
    return x * (jnp.square(x).mean(-1, keepdims=True) + EPSILON) ** -0.5
