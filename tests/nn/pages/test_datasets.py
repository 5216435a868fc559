"""The data sets of training pages: what they promise, and that a seed gives the same points."""

from __future__ import annotations

import math

import pytest

from nn.pages.datasets import NAMES, data_set, standardised


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_gives_the_same_points(name: str) -> None:
    assert data_set(name, seed=3) == data_set(name, seed=3)
    assert data_set(name, seed=3) != data_set(name, seed=4)


@pytest.mark.parametrize("name", ["moons", "circles", "spiral", "xor"])
def test_two_classes_take_turns(name: str) -> None:
    points = data_set(name, 51)
    assert len(points.X) == 51
    assert points.y == [float(k % 2) for k in range(51)]
    assert all(len(row) == 2 for row in points.X)


def test_without_noise_the_points_are_where_they_should_be() -> None:
    for (x, y), kind in zip(*data_set("circles", 40, 0.0)[:2], strict=True):
        assert math.hypot(x, y) == pytest.approx(0.5 if kind else 1.0)
    for (x, y), kind in zip(*data_set("xor", 40, 0.0)[:2], strict=True):
        assert (x * y > 0) == (kind == 0)
        assert min(abs(x), abs(y)) >= 0.1
    for (x, y), kind in zip(*data_set("moons", 40, 0.0)[:2], strict=True):
        across, up = (x - 0.5, y - 0.25) if kind else (x + 0.5, y + 0.25)
        assert math.hypot(across, up) == pytest.approx(1.0)
        assert (up < 0) == (kind == 1)
    for (x,), y in zip(*data_set("line", 40, 0.0)[:2], strict=True):
        assert y == pytest.approx(0.8 * x - 0.1)
    for (x,), y in zip(*data_set("wave", 40, 0.0)[:2], strict=True):
        assert y == pytest.approx(math.sin(math.pi * x))
    for (x, y), kind in zip(*data_set("spiral", 40, 0.0)[:2], strict=True):
        radius = math.hypot(x, y)
        angle = 3 * math.pi * (radius - 0.1) / 1.1 + math.pi * kind
        assert (x, y) == pytest.approx((radius * math.cos(angle), radius * math.sin(angle)))


def test_irises_are_fishers() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    loaded = datasets.load_iris()
    petals = loaded.data[:, 2:]
    expected = ((petals - petals.mean(0)) / petals.std(0)).tolist()
    points = data_set("iris")
    known = sorted([*row, float(kind)] for row, kind in zip(expected, loaded.target, strict=True))
    found = sorted([*row, kind] for row, kind in zip(points.X, points.y, strict=True))
    assert [x for row in found for x in row] == pytest.approx([x for row in known for x in row])


def test_a_constant_column_is_moved_to_0() -> None:
    assert standardised([[1.0, 5.0], [3.0, 5.0]]) == [[-1.0, 0.0], [1.0, 0.0]]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="one of moons, circles, spiral, xor, line, wave, iris"):
        data_set("moon")
    with pytest.raises(ValueError, match="data_set: count is a whole number from 1, not 0"):
        data_set("moons", 0)
    with pytest.raises(ValueError, match="data_set: noise is a number from 0, not -1"):
        data_set("moons", noise=-1)
