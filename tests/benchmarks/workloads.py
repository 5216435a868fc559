"""What the benchmarks compute, written once over any Value class with micrograd's interface."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import Any

Layers = list[list[tuple[list[Any], Any]]]


def two_moons(count: int = 100) -> tuple[list[list[float]], list[int]]:
    """Points on two interleaved half circles, without a library, and labels of -1 and 1."""
    rng = random.Random(0)
    points, labels = [], []
    for k in range(count):
        angle = math.pi * rng.random()
        x, y = math.cos(angle), math.sin(angle)
        points.append([x, y] if k % 2 else [1 - x, 0.5 - y])
        labels.append(1 if k % 2 else -1)
    return [[c + rng.gauss(0, 0.1) for c in point] for point in points], labels


def mlp(value: type, widths: tuple[int, ...] = (2, 16, 16, 1)) -> Layers:
    """The weights and biases of a perceptron, as leaves of the given class."""
    rng = random.Random(1)
    return [
        [([value(rng.uniform(-1, 1)) for _ in range(fan_in)], value(0.0)) for _ in range(fan_out)]
        for fan_in, fan_out in pairwise(widths)
    ]


def hinge_loss(layers: Layers, points: list[list[float]], labels: list[int], value: type) -> Any:
    """The mean hinge loss of the perceptron: the graph that one epoch differentiates."""
    total: Any = value(0.0)
    for point, label in zip(points, labels, strict=True):
        x = [value(number) for number in point]
        for depth, layer in enumerate(layers):
            out = []
            for weights, bias in layer:
                total_in = bias
                for weight, number in zip(weights, x, strict=True):
                    total_in = total_in + weight * number
                out.append(total_in if depth == len(layers) - 1 else total_in.relu())
            x = out
        total = total + (1 + -label * x[0]).relu()
    return total * (1 / len(points))


def random_leaves(value: Any, count: int = 1000) -> list[Any]:
    """Leaves between -1 and 1."""
    rng = random.Random(2)
    return [value(rng.uniform(-1, 1)) for _ in range(count)]


def random_graph(leaves: list[Any], count: int) -> Any:
    """The result of about count nodes, each combining two of the latest at random.

    All numbers stay between -1 and 1, except for the sum at the end, and no node is left out.
    """
    rng = random.Random(3)
    pool = list(leaves)
    size = len(pool)
    made = 2 * size  # these, and the sum of them at the end
    while made < count:
        i, j = int(rng.random() * size), int(rng.random() * size)
        if rng.random() < 0.5:
            pool[i] = pool[i] * pool[j]
            made += 1
        else:
            pool[i] = (pool[i] + pool[j]) * 0.5
            made += 3  # with the 0.5
    total = pool[0]
    for node in pool[1:]:
        total = total + node
    return total


def count_nodes(root: Any) -> int:
    """How many nodes are below root, by micrograd's names, so for either class."""
    seen = {root}
    stack = [root]
    while stack:
        for operand in stack.pop()._prev:
            if operand not in seen:
                seen.add(operand)
                stack.append(operand)
    return len(seen)
