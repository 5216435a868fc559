"""Random functions of vectors and matrices, in which the compiler finds all kinds of blocks.

Dot products in rows and columns, with operands shared, turned, taken in steps, or moved on; and
sums, softmax, maximum and where; the same vector on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import Any

from autograd import Value, maximum, minimum, where

Vector = list[Any]


def dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    total = a[0] * b[0]
    for x, y in zip(a[1:], b[1:], strict=True):
        total = total + x * y
    return total


def total(x: Vector) -> Any:
    result = x[0]
    for number in x[1:]:
        result = result + number
    return result


def softmax(x: Vector) -> Vector:
    powers = [number.tanh().exp() for number in x]
    whole = total(powers)
    return [power / whole for power in powers]


def random_function(rng: Random) -> tuple[Callable[..., Any], list[float]]:
    """A function of numbers, which gives one or several, and numbers to call it with."""
    width, count = rng.choice([2, 3, 4, 5, 8, 9, 16, 19]), rng.randint(1, 5)
    is_batch = rng.random() < 0.3  # the same for each of some vectors
    plan = [
        rng.randrange(2**30) for _ in range(rng.randint(1, 3) if is_batch else rng.randint(2, 7))
    ]
    parameters = [Value(rng.gauss(0, 0.5)) for _ in range(700)]
    results = rng.choice([1, 1, 1, 3])

    def extended(vectors: list[Vector]) -> list[Vector]:
        """Vectors, and what the plan makes of them."""
        matrix_at = 0
        for seed in plan:
            step = Random(seed)
            x, y = step.choice(vectors)[:24], step.choice(vectors)[:24]
            n = min(len(x), len(y))
            kind = step.randrange(14)
            height = step.choice([1, 2, 4, 7, 8, 12])
            if kind <= 3:  # a layer, on one vector or on all that are as long
                flat = parameters[matrix_at : matrix_at + height * len(x)]
                matrix_at = step.choice([matrix_at, (matrix_at + 37) % 300])
                rows = [flat[k * len(x) : (k + 1) * len(x)] for k in range(height)]
                if kind == 0:
                    rows = [flat[k::height] for k in range(height)]
                like = [v for v in vectors if len(v) == len(x)] if kind == 1 else [x]
                vectors += [[dot(row, v).tanh() for row in rows] for v in like]
            elif kind == 4:  # a convolution, of a vector or of parameters
                kernel = parameters[matrix_at : matrix_at + min(3, n)]
                size = len(kernel)
                vectors.append([dot(kernel, x[k : k + size]) for k in range(len(x) - size + 1)])
            elif kind == 5:  # every vector with every other; x may be the beginning of one
                like = [v for v in vectors if len(v) == len(x)] or [x]
                vectors.append([dot(v, w).tanh() for v in like for w in like])
            elif kind == 6:
                vectors.append(softmax(x[:n]))
            elif kind == 7:
                vectors.append([a * b for a, b in zip(x[:n], reversed(y[:n]), strict=True)])
            elif kind == 8:
                vectors.append([maximum(a, b) for a, b in zip(x[:n], y[:n], strict=True)])
            elif kind == 9:
                vectors.append([where(a.step(), b, minimum(a, b)) for a, b in zip(x, y)])  # noqa: B905
            elif kind == 10:  # a sum that grows, and itself twice
                sums = [total(x[: k + 1]) for k in range(n)]
                vectors.append([a.sin() * a - b for a, b in zip(sums, y[:n], strict=True)])
            elif kind == 11:  # a vector with itself, moved on
                size = max(1, len(x) - 4)
                turns = [(x[k:], x[k // 2 :]) for k in range(5) if len(x) - k >= size]
                vectors.append([dot(a[:size], b[:size]) for a, b in turns])
            elif kind == 12:
                pairs = list(pairwise([*x, x[0]]))[:: step.choice([1, -1])]
                vectors.append([(b * a).cos() - a for a, b in pairs])
            else:
                f = step.choice([Value.relu, Value.sigmoid, Value.abs, Value.square, Value.cos])
                vectors.append([f(a * 0.5) + a for a in x[:: step.choice([1, 1, 2])]])
        return vectors

    def function(*xs: Any) -> Any:
        vectors = [list(xs[k * width : (k + 1) * width]) for k in range(count)]
        if is_batch:
            return total([total(extended([x])[-1]) for x in vectors])
        last = extended(vectors)[-results:]
        found = [dot(v, v) if k % 2 else total(v) for k, v in enumerate(last)]
        return total(found) + total(last[-1]) if results == 1 else [*found, found[0]]

    return function, [rng.choice([rng.gauss(0, 1), 0.0, 0.5]) for _ in range(width * count)]
