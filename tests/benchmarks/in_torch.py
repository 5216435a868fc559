"""The GPT of microgpt.py in PyTorch's tensors, on one thread, with PyTorch's own backward pass.

rmsnorm and attention are written out: at this size that is quicker than PyTorch's own functions.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from microgpt import EPSILON, HEAD_SIZE, POSITIONS, SCALE, SHAPES, WIDTH
from torch.nn import functional

HEADS = WIDTH // HEAD_SIZE
NOT_YET = torch.full((POSITIONS, POSITIONS), -torch.inf, dtype=torch.float64).triu(1)


class TorchGPT:
    """The weights as tensors of float64, with those of queries, keys and values in one."""

    def __init__(self, parameters: Sequence[float]) -> None:
        torch.set_num_threads(1)
        vector = torch.tensor(parameters, dtype=torch.float64)
        sizes = [rows * columns for rows, columns in SHAPES.values()]
        parts = zip(SHAPES.items(), vector.split(sizes), strict=True)
        weights = {name: part.reshape(shape).clone() for (name, shape), part in parts}
        weights["qkv"] = torch.cat([weights.pop(name) for name in ("wq", "wk", "wv")])
        self._weights = {name: weight.requires_grad_() for name, weight in weights.items()}

    @property
    def gradients(self) -> list[float]:
        """The gradients of the last loss, in the order of microgpt.flat."""
        order = ["wte", "wpe", "lm_head", "qkv", "wo", "fc1", "fc2"]
        return torch.cat([self._weights[name].grad.flatten() for name in order]).tolist()

    def token_loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> float:
        """The loss of a document given as indexes; leaves its gradients in gradients."""
        return self._backward(functional.embedding(inputs, self._weights["wte"]), targets)

    def loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> float:
        """The loss of a document given as one-hot rows; leaves its gradients in gradients."""
        return self._backward(inputs @ self._weights["wte"], targets)

    def _backward(self, embedded: torch.Tensor, targets: torch.Tensor) -> float:
        for weight in self._weights.values():
            weight.grad = None
        loss = functional.cross_entropy(self._logits(embedded), targets)
        loss.backward()
        return loss.item()

    def _logits(self, embedded: torch.Tensor) -> torch.Tensor:
        weights = self._weights
        x = rmsnorm(embedded + weights["wpe"][:POSITIONS])
        qkv = functional.linear(rmsnorm(x), weights["qkv"])
        query, key, value = qkv.view(POSITIONS, 3, HEADS, HEAD_SIZE).permute(1, 2, 0, 3)
        attention = (query @ key.transpose(1, 2) / SCALE + NOT_YET).softmax(-1)
        attended = (attention @ value).transpose(0, 1).reshape(POSITIONS, WIDTH)
        x = x + functional.linear(attended, weights["wo"])
        hidden = functional.linear(rmsnorm(x), weights["fc1"]).relu()
        x = x + functional.linear(hidden, weights["fc2"])
        return functional.linear(x, weights["lm_head"])


def rmsnorm(x: torch.Tensor) -> torch.Tensor:
    return x * (x.square().mean(-1, keepdim=True) + EPSILON).rsqrt()
