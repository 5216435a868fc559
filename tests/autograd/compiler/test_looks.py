"""Each way to look at a number in a function: recorded, it says so, or is right for any number."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import RecordingError, Value

TABLE = {1.0: 5.0}


@functools.lru_cache
def cached(x: Any) -> Any:
    return 2 * x


def matched(x: Any) -> Any:
    match x:
        case 1:
            return x
        case _:
            return 2 * x


LOOKS: dict[str, Callable[[Any], Any]] = {
    "==": lambda x: x if x == 1 else 2 * x,
    "!=": lambda x: x if x != 1 else 2 * x,
    "1 ==": lambda x: x if 1 == x else 2 * x,  # noqa: SIM300
    "== of a result": lambda x: x if x * 1 == 1 else 2 * x,
    "== between the two": lambda x: x if x * x == x else 2 * x,
    "<": lambda x: x if x < 2 else 2 * x,
    ">=": lambda x: x if x >= 2 else 2 * x,
    "in a list": lambda x: x if x in [0.5, 1.0] else 2 * x,
    "a list of": lambda x: x if 1.0 in [x] else 2 * x,
    "index": lambda x: x * [0.5, 1.0].index(x),
    "count": lambda x: x * [0.5, 1.0].count(x),
    "get": lambda x: x * TABLE.get(x, 1.0),
    "get of a result": lambda x: x * TABLE.get(x * 1, 1.0),
    "in a set": lambda x: x if x in {1.0} else 2 * x,
    "hash": lambda x: x * hash(x),
    "lru_cache": lambda x: x * cached(x),
    "bool": lambda x: x if x else 2 * x,
    "not": lambda x: x if not x else 2 * x,
    "and": lambda x: x and 2 * x,
    "int": lambda x: x * int(x),
    "float": lambda x: x * float(x),
    "round": lambda x: x * round(x),
    "format": lambda x: x if f"{x:.1f}" == "1.0" else 2 * x,
    "format without a format": lambda x: x if f"{x}" == "1.0" else 2 * x,
    "isclose": lambda x: x if math.isclose(x, 1) else 2 * x,
    "isnan": lambda x: x if math.isnan(x) else 2 * x,
    "match": matched,
    "sorted": lambda x: sorted([x, 2 * x, 1.0])[0],
    "min": lambda x: min(x, 2 * x),
    "max": lambda x: max([x, 1.0]),
    "an index": lambda x: x * [0.5, 1.0, 2.0][x],
    "range": lambda x: x * sum(range(x)),
    "data": lambda x: x * x.data,
    "item": lambda x: x * x.item(),
    "requires_grad": lambda x: x if x.requires_grad else 2 * x,
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_at_a_number_is_noticed(look: str) -> None:
    with pytest.raises((RecordingError, TypeError)) as caught:
        autograd.compile(LOOKS[look])(1.0)
    if caught.type is RecordingError:
        assert "test_looks.py, line " in str(caught.value)


@pytest.mark.parametrize(
    "harmless",
    [
        lambda x: x if x is not None else 0,
        lambda x: x if x != None else 0,  # noqa: E711
        lambda x: x if x != "no" else 0,
        lambda x: 2 * x if x == x else 0,
        lambda x: x * math.floor(x + 0.5),
        lambda x: sum([x, x]) if len({"a": x}) == 1 else 0,
        lambda x: [x, 2 * x][1] + {"x": x}["x"],
        lambda x: max((x, "b"), (x, "a"), key=lambda pair: pair[1])[0],
    ],
)
def test_what_does_not_look_is_right_for_any_number(harmless: Callable[[Any], Any]) -> None:
    compiled = autograd.compile(harmless)
    for number in (1.0, -2.0, 0.0):
        assert compiled(number).data == harmless(number)


def test_a_function_may_keep_its_parameters_in_a_dictionary() -> None:
    w = Value(3.0)
    scale = {w: 2.0}
    f = autograd.compile(lambda x: w * x * scale[w])
    assert [f(x).data for x in (1.0, 5.0)] == [6.0, 30.0]


def test_hashes_and_equality_are_what_they_were_after_a_recording() -> None:
    x = Value(1.0)
    for f in (lambda x: x if x in {1.0} else 2 * x, lambda x: x * x):
        with contextlib.suppress(RecordingError):
            autograd.compile(f)(1.0)
        assert {x: 1}[x] == 1
        assert hash(x) == object.__hash__(x)


@pytest.mark.parametrize("number", [1, 1.0, True, 0.5])
def test_a_value_is_not_compared_with_a_number(number: float) -> None:
    x = Value(1.0)
    for compare in (
        lambda: x == number,
        lambda: number == x,
        lambda: x != number,
        lambda: x in [number],
        lambda: number in [x],
        lambda: [number].index(x),  # type: ignore[list-item]
        lambda: (x, 2) == (number, 2),
        lambda: autograd.grad(lambda t: t * 2 if t == number else t)(1.0),
    ):
        with pytest.raises(TypeError, match=rf"ask v\.data == {number}\."):
            compare()


def test_equality_between_values_and_with_anything_else_is_identity() -> None:
    x, y = Value(1.0), Value(1.0)
    assert x == x
    assert x != y
    assert x in [y, x]
    assert x not in [y]
    for other in (None, "1", [1.0], object()):
        assert x != other
        assert not x == other  # noqa: SIM201
