"""Small data sets to watch a network learn: points of two classes, irises, a line and a wave.

Each is drawn from a `random.Random`, and the page draws the same points again from the same seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from nn.settings import COUNT, FROM_0, SEED, check


class Points(NamedTuple):
    """Rows of one or two inputs, each with its target, and what these are called."""

    X: list[list[float]]
    y: list[float]
    names: tuple[str, ...]
    classes: tuple[str, ...] = ()  # what the classes 0, 1, ... are called
    scaled: tuple[bool, ...] = (False, False)  # whether what has a name is standardised


Maker = Callable[[int, float, Random], Points]
PLANE = ("x₀", "x₁")


def moons(count: int, noise: float, rng: Random) -> Points:
    """Two half circles, each reaching into the other."""

    def point(kind: int) -> tuple[float, float]:
        angle = math.pi * rng.random()
        if kind:
            return 0.5 - math.cos(angle), 0.25 - math.sin(angle)
        return math.cos(angle) - 0.5, math.sin(angle) - 0.25

    return two_classes(count, noise, rng, point)


def circles(count: int, noise: float, rng: Random) -> Points:
    """A circle around another."""

    def point(kind: int) -> tuple[float, float]:
        angle, radius = 2 * math.pi * rng.random(), 0.5 if kind else 1.0
        return radius * math.cos(angle), radius * math.sin(angle)

    return two_classes(count, noise, rng, point)


def spiral(count: int, noise: float, rng: Random) -> Points:
    """Two arms wound around each other, one and a half turns each."""

    def point(kind: int) -> tuple[float, float]:
        along = math.sqrt(rng.random())
        angle, radius = 3 * math.pi * along + math.pi * kind, 0.1 + 1.1 * along
        return radius * math.cos(angle), radius * math.sin(angle)

    return two_classes(count, noise, rng, point)


def xor(count: int, noise: float, rng: Random) -> Points:
    """Four corners, in which opposite ones are alike: no straight line parts them."""

    def point(kind: int) -> tuple[float, float]:
        across, up = 0.1 + 0.9 * rng.random(), 0.1 + 0.9 * rng.random()
        side = 1 if rng.random() < 0.5 else -1
        return side * across, (-side if kind else side) * up

    return two_classes(count, noise, rng, point)


def two_classes(
    count: int, noise: float, rng: Random, point: Callable[[int], tuple[float, float]]
) -> Points:
    """Points of classes 0 and 1 in turn, each moved by noise."""
    rows = []
    for place in range(count):
        across, up = point(place % 2)
        rows.append([across + rng.gauss(0.0, noise), up + rng.gauss(0.0, noise)])
    return Points(rows, [float(place % 2) for place in range(count)], PLANE)


def line(count: int, noise: float, rng: Random) -> Points:
    """Numbers along a straight line."""
    return numbers(count, noise, rng, lambda x: 0.8 * x - 0.1)


def wave(count: int, noise: float, rng: Random) -> Points:
    """Numbers along one wave of a sine."""
    return numbers(count, noise, rng, lambda x: math.sin(math.pi * x))


def numbers(count: int, noise: float, rng: Random, curve: Callable[[float], float]) -> Points:
    """Inputs from -1 to 1, each with the curve's height, moved by noise."""
    rows, heights = [], []
    for _ in range(count):
        x = rng.uniform(-1.0, 1.0)
        rows.append([x])
        heights.append(curve(x) + rng.gauss(0.0, noise))
    return Points(rows, heights, ("x", "y"))


MAKERS: dict[str, Maker] = {
    "moons": moons,
    "circles": circles,
    "spiral": spiral,
    "xor": xor,
    "line": line,
    "wave": wave,
}
NAMES = (*MAKERS, "iris")
NOISE = {"moons": 0.1, "circles": 0.08, "spiral": 0.03, "xor": 0.05, "line": 0.1, "wave": 0.1}


def data_set(name: str, count: int = 200, noise: float | None = None, seed: int = 0) -> Points:
    """The data set of a name; iris is what it is, whatever the count, the noise and the seed.

    >>> from nn.pages.datasets import data_set
    >>> points = data_set("xor", count=4, noise=0.0, seed=1)
    >>> [x * y > 0 for x, y in points.X], points.y
    ([True, False, True, False], [0.0, 1.0, 0.0, 1.0])
    """
    if name == "iris":
        return iris(seed)
    if name not in MAKERS:
        raise ValueError(f"a data set is one of {', '.join(NAMES)}, not {name!r:.60}")
    check("data_set: count", count, COUNT)
    check("data_set: seed", seed, SEED)
    noise = NOISE[name] if noise is None else noise
    check("data_set: noise", noise, FROM_0)
    return MAKERS[name](count, noise, Random(seed))


# ---- irises (Fisher, 1936) ----------------------------------------------------------------------

# The petals of 50 flowers of each kind: length and width in millimetres, two digits each.
PETALS = (
    "1402 1402 1302 1502 1402 1704 1403 1502 1402 1501 1502 1602 1401 1101 1202 1504 1304 "
    "1403 1703 1503 1702 1504 1002 1705 1902 1602 1604 1502 1402 1602 1602 1504 1501 1402 "
    "1502 1202 1302 1401 1302 1502 1303 1303 1302 1606 1904 1403 1602 1402 1502 1402",
    "4714 4515 4915 4013 4615 4513 4716 3310 4613 3914 3510 4215 4010 4714 3613 4414 4515 "
    "4110 4515 3911 4818 4013 4915 4712 4313 4414 4814 5017 4515 3510 3811 3710 3912 5116 "
    "4515 4516 4715 4413 4113 4013 4412 4614 4012 3310 4213 4212 4213 4313 3011 4113",
    "6025 5119 5921 5618 5822 6621 4517 6318 5818 6125 5120 5319 5521 5020 5124 5323 5518 "
    "6722 6923 5015 5723 4920 6720 4918 5721 6018 4818 4918 5621 5816 6119 6420 5622 5115 "
    "5614 6123 5624 5518 4818 5421 5624 5123 5119 5923 5725 5223 5019 5220 5423 5118",
)
SPECIES = ("setosa", "versicolor", "virginica")


def iris(seed: int = 0) -> Points:
    """The petals of 150 irises of three kinds, standardised, in an order drawn from the seed."""
    rows = [
        [int(flower[:2]) / 10, int(flower[2:]) / 10] for kind in PETALS for flower in kind.split()
    ]
    kinds = [float(kind) for kind in range(3) for _ in range(50)]
    order = list(range(len(rows)))
    Random(seed).shuffle(order)
    scaled = standardised(rows)
    X, y = [scaled[k] for k in order], [kinds[k] for k in order]  # noqa: N806
    return Points(X, y, ("petal length", "petal width"), SPECIES, (True, True))


def standardised(rows: list[list[float]]) -> list[list[float]]:
    """Each column with mean 0 and standard deviation 1; of a constant one, all zeros."""
    columns = []
    for column in zip(*rows, strict=True):
        mean = math.fsum(column) / len(column)
        spread = math.sqrt(math.fsum((x - mean) ** 2 for x in column) / len(column)) or 1.0
        columns.append([(x - mean) / spread for x in column])
    return [list(row) for row in zip(*columns, strict=True)]
