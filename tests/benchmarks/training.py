"""How long a gradient of a network takes: `mean` beside PyTorch's tensors and NumPy by hand.

    python -m pip install torch
    python tests/benchmarks/training.py

Cross-entropy of two perceptrons over batches of 64 numbers a row, forward and backward, in float64.
PyTorch and NumPy use one thread. What is compared takes turns, and medians are quoted. It is the
gradient alone: no optimiser's step, nor setting gradients to zero.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from speed import Runs, take_turns

import autograd
from nn import MLP, cross_entropy

INPUTS, CLASSES = 64, 10
HIDDEN = ([32], [64, 32])
BATCHES = (32, 200)


def batch(count: int) -> tuple[Any, Any]:
    """Rows of inputs, and the class of each."""
    rng = np.random.default_rng(0)
    return rng.random((count, INPUTS)), rng.integers(0, CLASSES, count)


def ours(model: MLP, x: Any, targets: Any) -> Callable[[], Any]:
    """Forward and backward by a compiled function."""
    table = np.column_stack([x, targets])
    like = ([0.0] * INPUTS, 0.0)

    @autograd.compile
    def loss(x: list[Any], target: Any) -> Any:
        return cross_entropy([model(x)], [target])

    return lambda: loss.mean(table, like=like).backward()


def weights_of(model: MLP) -> list[Any]:
    """Matrices and biases in turn, as arrays."""
    found = []
    for layer in model.layers:
        found.append(np.array([[w.data for w in neuron.w] for neuron in layer.neurons]))
        found.append(np.array([neuron.b.data for neuron in layer.neurons]))
    return found


def by_torch(weights: list[Any], x: Any, targets: Any) -> Callable[[], Any]:
    """The same by PyTorch's autograd."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    tensors = [torch.tensor(w, requires_grad=True) for w in weights]
    inputs, classes = torch.tensor(x), torch.tensor(targets)

    def run() -> None:
        for tensor in tensors:
            tensor.grad = None
        h = inputs
        for k in range(0, len(tensors), 2):
            h = functional.linear(h.relu() if k else h, tensors[k], tensors[k + 1])
        functional.cross_entropy(h, classes).backward()

    return run


def by_numpy(weights: list[Any], x: Any, targets: Any) -> Callable[[], Any]:
    """The same by hand."""
    each = np.arange(len(x))

    def run() -> list[Any]:
        outputs, h = [x], x
        for k in range(0, len(weights), 2):
            h = h @ weights[k].T + weights[k + 1]
            if k + 2 < len(weights):
                h = np.maximum(h, 0)
            outputs.append(h)
        g = np.exp(h - h.max(1, keepdims=True))
        g /= g.sum(1, keepdims=True)
        g[each, targets] -= 1
        g /= len(x)
        gradients = []
        for k in range(len(weights) - 2, -1, -2):
            h = outputs[k // 2]
            gradients += [g.T @ h, g.sum(0)]
            if k:
                g = (g @ weights[k]) * (h > 0)
        return gradients

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns each (7)")
    options = parser.parse_args()
    print(f"{'ms':24} {'rows':>5} {'ours':>8} {'PyTorch':>8} {'NumPy':>8}   ours / PyTorch")
    for hidden in HIDDEN:
        widths = [INPUTS, *hidden, CLASSES]
        model = MLP(INPUTS, widths[1:], rng=random.Random(0))
        weights = weights_of(model)
        assert [w.shape for w in weights[::2]] == [(n, m) for m, n in pairwise(widths)]
        for count in BATCHES:
            x, targets = batch(count)
            runs: Runs = {
                "ours": (ours(model, x, targets), 100),
                "NumPy": (by_numpy(weights, x, targets), 100),
            }
            try:
                runs["PyTorch"] = by_torch(weights, x, targets), 100
            except ImportError as error:
                print(f"without PyTorch: {error}")
            t = {name: 1e3 * s for name, s in take_turns(runs, options.rounds).items()}
            torch = t.get("PyTorch", float("nan"))
            name = "-".join(map(str, widths))
            print(
                f"{name:24} {count:5} {t['ours']:8.3f} {torch:8.3f} {t['NumPy']:8.3f}"
                f"   {t['ours'] / torch:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
