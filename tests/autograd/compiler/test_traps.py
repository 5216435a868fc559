"""compile: what could give the number of another day, and does not, or says so."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import RecordingError, Value, grad

DEFAULT = Value(3.0)


@pytest.mark.parametrize(
    "function",
    [lambda x, s=DEFAULT: x * s, lambda x, *, s=DEFAULT: x * s],
    ids=["by position", "by name"],
)
def test_a_value_as_a_default_is_read_afresh(function: Callable[..., Any]) -> None:
    compiled = autograd.compile(function)
    before = DEFAULT.data
    try:
        for number in (3.0, 5.0):
            DEFAULT.data = number
            assert compiled(2.0).data == 2.0 * number
            assert compiled(2.0, s=7.0).data == 14.0
    finally:
        DEFAULT.data = before


def test_arguments_by_name_come_in_the_order_of_the_call() -> None:
    digits = autograd.compile(
        lambda **named: functools.reduce(lambda t, v: 10 * t + v, [*named.values()])
    )
    for _ in range(2):
        assert digits(a=1.0, b=2.0).data == 12.0
        assert digits(b=2.0, a=1.0).data == 21.0


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.append(x[0]),
        lambda x: x.reverse(),
        lambda x: x.__setitem__(0, x[0] * 2),
        lambda x: x.__setitem__(0, "text"),
    ],
)
def test_a_function_that_changes_its_argument_is_refused(change: Callable[[Any], Any]) -> None:
    @autograd.compile
    def changing(x: Any) -> Any:
        y = x[0] * x[1]
        change(x)
        return y

    for arguments in ({"args": ([1.0, 2.0],)}, {"named": {"x": [1.0, 2.0]}}):
        with pytest.raises(RecordingError, match="changing changes what is in its arguments"):
            changing(*arguments.get("args", ()), **arguments.get("named", {}))


def test_one_list_given_twice_is_two_to_a_function_that_changes_nothing() -> None:
    compiled = autograd.compile(lambda a, b: a[0] * b[1])
    x = [Value(2.0), Value(3.0)]
    y = compiled(x, x)
    y.backward()
    assert (y.data, x[0].grad, x[1].grad) == (6.0, 3.0, 2.0)
    array = np.array([2.0, 3.0])
    assert compiled(array, array).data == 6.0

    @autograd.compile
    def doubling(a: Any) -> Any:
        a *= 2
        return a[0]

    with pytest.raises(RecordingError, match="doubling changes what is in its arguments"):
        doubling(array)
    assert array.tolist() == [2.0, 3.0]


def test_an_argument_changed_between_calls_is_seen() -> None:
    compiled = autograd.compile(lambda a: a[0] * a[1])
    numbers, array = [2.0, 3.0], np.array([2.0, 3.0])
    assert compiled(numbers).data == compiled(array).data == 6.0
    numbers[0], array[0] = 5.0, 5.0
    assert compiled(numbers).data == compiled(array).data == 15.0
    numbers.append(1.0)
    assert compiled(numbers).data == 15.0


def test_what_is_no_argument_is_as_it_was_when_recorded() -> None:
    """As the documentation says; a Value in its place is read afresh."""
    scale, moved = 2.0, Value(2.0)
    plain = autograd.compile(lambda x: x * scale)
    fresh = autograd.compile(lambda x: x * moved)
    assert plain(3.0).data == fresh(3.0).data == 6.0
    scale, moved.data = 5.0, 5.0
    assert (plain(3.0).data, fresh(3.0).data) == (6.0, 15.0)


def test_a_dict_in_rows_is_an_argument_and_its_keys_are_no_numbers() -> None:
    compiled = autograd.compile(lambda p, scale=1.0: p[0] * p[1] * scale)
    assert compiled.mean([{0: 2.0, 1: 3.0}, {0: 4.0, 1: 1.0}]).data == 5.0
    with pytest.raises(TypeError, match="mean takes rows of arguments"):
        compiled.mean({0: 2.0, 1: 3.0})


class Frame:
    """A table as pandas has it, which iterates over the names of its columns."""

    def to_numpy(self) -> Any:
        return np.array([[1.0, 2.0], [3.0, 4.0]])

    def __iter__(self) -> Any:
        return iter([0, 1])


def test_a_frame_is_its_rows_not_the_names_of_its_columns() -> None:
    compiled = autograd.compile(lambda x: x * 1.0 if isinstance(x, Value) else x[0] * x[1])
    assert compiled.mean(Frame()).data == 7.0


class Tensor:
    """An array of another library."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([2.0, 3.0])

    def tolist(self) -> list[float]:
        return [2.0, 3.0]


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arrays_of_other_libraries_are_arrays_and_none_with_an_arithmetic_of_their_own() -> None:
    function = lambda x: (x + x)[0] * len(x + x)  # noqa: E731
    assert autograd.compile(function)(Tensor()).data == 8.0
    assert grad(function)(Tensor()).tolist() == [4.0, 0.0]
    masked = np.ma.masked_array([1.0, 2.0], [False, True])
    for odd in (np.matrix([[1.0, 2.0]]), masked):
        with pytest.raises(TypeError, match="argument 1: a compiled function takes numbers"):
            autograd.compile(function)(odd)
        with pytest.raises(TypeError, match="argument 0 of grad must be"):
            grad(function)(odd)
    with pytest.raises(TypeError, match="in a masked array some are left out"):
        autograd.compile(lambda x: x).mean(masked)
