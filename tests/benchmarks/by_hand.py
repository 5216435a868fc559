"""The GPT of microgpt.py and its gradients, and Adam, worked out by hand for NumPy's arrays.

All positions of the document go through together. A matrix of activations has a row per
position; `d_x` is the gradient of the loss by x.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from microgpt import EPSILON, HEAD_SIZE, POSITIONS, SCALE, SHAPES, TOKENS, WIDTH

Array = np.ndarray

IDENTITY = np.eye(TOKENS)  # its rows are the one-hot rows
CAUSAL = np.tri(POSITIONS)  # a position attends to itself and those before
HEADS = WIDTH // HEAD_SIZE


def views(vector: Array) -> dict[str, Array]:
    """The matrices in a vector of all weights, and three consecutive ones as "qkv"."""
    matrices, start = {}, 0
    for name, (rows, columns) in SHAPES.items():
        matrices[name] = vector[start : start + rows * columns].reshape(rows, columns)
        if name == "wq":
            matrices["qkv"] = vector[start : start + 3 * rows * columns].reshape(-1, columns)
        start += rows * columns
    return matrices


def rmsnorm(x: Array) -> tuple[Array, Array]:
    """x over its root mean square, and the factor that did it."""
    scale = (np.vecdot(x, x)[:, None] / WIDTH + EPSILON) ** -0.5
    return x * scale, scale


def rmsnorm_backward(d_normal: Array, normal: Array, scale: Array) -> Array:
    # d/dx = scale (d - normal mean(d normal))
    return scale * (d_normal - normal * (np.vecdot(d_normal, normal)[:, None] / WIDTH))


class NumpyAdam:
    """Adam with PyTorch's defaults."""

    def __init__(self, numbers: Array) -> None:
        self.numbers, self.steps = numbers, 0
        self.mean, self.square = np.zeros_like(numbers), np.zeros_like(numbers)

    def step(self, gradient: Array) -> None:
        """Move the numbers."""
        self.steps += 1
        self.mean = 0.9 * self.mean + 0.1 * gradient
        self.square = 0.999 * self.square + 0.001 * gradient * gradient
        root = np.sqrt(self.square / (1 - 0.999**self.steps)) + 1e-8
        self.numbers = self.numbers - 1e-3 * (self.mean / (1 - 0.9**self.steps)) / root


class NumpyGPT:
    """The weights and their gradients, each one vector in the order of microgpt.flat."""

    def __init__(self, parameters: Sequence[float]) -> None:
        self.parameters = np.array(parameters, dtype=float)
        self.gradients = np.zeros_like(self.parameters)
        self._weights = views(self.parameters)
        self._gradients = views(self.gradients)
        self._d_heads = np.empty((POSITIONS, 3, HEADS, HEAD_SIZE))

    def token_loss(self, inputs: Array, targets: Array) -> float:
        """The loss of a document given as indexes; leaves its gradients in gradients."""
        return self.loss(IDENTITY.take(inputs, axis=0), IDENTITY.take(targets, axis=0))

    def loss(self, inputs: Array, targets: Array) -> float:
        """The loss of a document given as one-hot rows; leaves its gradients in gradients."""
        weights, gradients = self._weights, self._gradients

        embedded = inputs @ weights["wte"]
        embedded += weights["wpe"][:POSITIONS]
        x, embedded_scale = rmsnorm(embedded)

        normal, scale = rmsnorm(x)
        qkv = (normal @ weights["qkv"].T).reshape(POSITIONS, 3, HEADS, HEAD_SIZE)
        query, key, value = qkv.transpose(1, 2, 0, 3)  # each (head, position, part)
        attention = np.exp(query @ key.transpose(0, 2, 1) / SCALE)
        attention *= CAUSAL
        attention /= np.add.reduce(attention, axis=2, keepdims=True)
        attended = (attention @ value).transpose(1, 0, 2).reshape(POSITIONS, WIDTH)
        middle = attended @ weights["wo"].T
        middle += x

        middle_normal, middle_scale = rmsnorm(middle)
        hidden = middle_normal @ weights["fc1"].T
        np.maximum(hidden, 0, out=hidden)
        top = hidden @ weights["fc2"].T
        top += middle

        predicted = np.exp(top @ weights["lm_head"].T)
        predicted /= np.add.reduce(predicted, axis=1, keepdims=True)
        loss = -np.add.reduce(np.log(np.vecdot(predicted, targets))) / POSITIONS

        # d/dlogits -log(softmax(logits) · target) = softmax(logits) - target
        d_logits = predicted
        d_logits -= targets
        d_logits /= POSITIONS
        np.matmul(d_logits.T, top, out=gradients["lm_head"])
        d_x = d_logits @ weights["lm_head"]

        np.matmul(d_x.T, hidden, out=gradients["fc2"])
        d_hidden = d_x @ weights["fc2"]
        d_hidden *= hidden > 0
        np.matmul(d_hidden.T, middle_normal, out=gradients["fc1"])
        d_x += rmsnorm_backward(d_hidden @ weights["fc1"], middle_normal, middle_scale)

        np.matmul(d_x.T, attended, out=gradients["wo"])
        d_attended = (d_x @ weights["wo"]).reshape(POSITIONS, HEADS, HEAD_SIZE).transpose(1, 0, 2)
        d_query, d_key, d_value = self._d_heads.transpose(1, 2, 0, 3)
        np.matmul(attention.transpose(0, 2, 1), d_attended, out=d_value)
        # d/dscores = attention (d - sum(d attention))
        d_scores = d_attended @ value.transpose(0, 2, 1)
        d_scores -= np.vecdot(d_scores, attention)[:, :, None]
        d_scores *= attention
        d_scores /= SCALE
        np.matmul(d_scores, key, out=d_query)
        np.matmul(d_scores.transpose(0, 2, 1), query, out=d_key)
        d_qkv = self._d_heads.reshape(POSITIONS, 3 * WIDTH)
        np.matmul(d_qkv.T, normal, out=gradients["qkv"])
        d_x += rmsnorm_backward(d_qkv @ weights["qkv"], normal, scale)

        d_embedded = rmsnorm_backward(d_x, x, embedded_scale)
        gradients["wpe"][:POSITIONS] = d_embedded
        np.matmul(inputs.T, d_embedded, out=gradients["wte"])
        return float(loss)
