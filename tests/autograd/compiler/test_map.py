"""`map`: many rows in plain numbers; and rows that are read where they lie, in any layout."""

from __future__ import annotations

import random
from array import array
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, gradients, no_grad
from nn import MLP


def model_of(*widths: int) -> MLP:
    return MLP(widths[0], list(widths[1:]), activation="tanh", rng=random.Random(0))


def table(rows: int, width: int) -> Any:
    return np.random.default_rng(0).normal(size=(rows, width))


@pytest.mark.parametrize("count", [1, 7, 8, 9, 300])
def test_map_gives_the_numbers_of_the_calls_to_the_bit(count: int) -> None:
    model = model_of(3, 20, 4)
    compiled = autograd.compile(model)
    rows = table(count, 3)
    with no_grad():
        singly = [[y.data for y in compiled(row)] for row in rows.tolist()]
        eager = [[y.data for y in model(row)] for row in rows.tolist()]
    given = compiled.map(rows, like=(rows[0].tolist(),))
    assert type(given) is np.ndarray
    assert given.shape == (count, 4)
    assert given.tolist() == singly == eager
    assert compiled.map(rows.tolist()) == singly


def test_map_does_not_depend_on_how_many_cores_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd.compiler import replay

    compiled = autograd.compile(model_of(3, 8, 2))
    rows, found = table(1003, 3), []
    for cores in (1, 4):
        monkeypatch.setattr(replay, "cores", lambda cores=cores: cores)
        monkeypatch.setattr(replay, "ENOUGH", 0)
        found.append(compiled.map(rows).tolist())
    assert found[0] == found[1]


def test_the_forms_of_what_map_gives() -> None:
    one = autograd.compile(lambda x, y: x - y)
    assert one.map([(3.0, 1.0), (5.0, 2.0)]) == array("d", [2.0, 3.0])
    assert one.map(memoryview(array("d", [3, 1, 5, 2])).cast("B").cast("d", (2, 2))).tolist() == [
        2.0,
        3.0,
    ]
    given = one.map(np.array([[3.0, 1.0], [5.0, 2.0]]))
    assert given.shape == (2,)
    assert given.tolist() == [2.0, 3.0]
    boxes = autograd.compile(lambda x: [[x, 2 * x, 3.0], (4.0, x, x)])
    assert boxes.map(np.array([1.0, 2.0, 5.0])).shape == (3, 2, 3)
    assert boxes.map(np.array([1.0, 2.0]))[1].tolist() == [[2.0, 4.0, 3.0], [4.0, 2.0, 2.0]]
    assert boxes.map([1.0]) == [[[1.0, 2.0, 3.0], (4.0, 1.0, 1.0)]]
    named = autograd.compile(lambda x: {"a": x, "b": [2 * x]})
    for rows in ([1.0, 2.0], np.array([1.0, 2.0])):
        assert named.map(rows) == [{"a": 1.0, "b": [2.0]}, {"a": 2.0, "b": [4.0]}]
    ragged = autograd.compile(lambda x: [x, [x, x]])
    assert ragged.map(np.array([1.0])) == [[1.0, [1.0, 1.0]]]


def test_map_reads_parameters_afresh_and_takes_values() -> None:
    w = Value(2.0)
    compiled = autograd.compile(lambda x: w * x)
    assert compiled.map([1.0, Value(3.0)]).tolist() == [2.0, 6.0]
    w.data = 5.0
    assert compiled.map([1.0]).tolist() == [5.0]


def test_errors_of_map_name_the_row_and_the_method() -> None:
    compiled = autograd.compile(lambda x: [x, 1 / x])
    rows = np.ones(20)
    rows[13] = 0
    with pytest.raises(autograd.DomainError, match=r"rows\[13\]"):
        compiled.map(rows)
    rows[13] = np.nan
    with pytest.raises(autograd.DomainError, match=r"rows\[13\].* x is nan"):
        compiled.map(rows)
    with pytest.raises(autograd.DomainError, match=r"rows\[13\].* x is nan"):
        autograd.compile(lambda x: x).map(rows)
    for none in ([], np.zeros((0, 2))):
        with pytest.raises(ValueError, match="map needs at least one row"):
            compiled.map(none)
    with pytest.raises(TypeError, match="map takes rows of arguments"):
        compiled.map(5)
    with pytest.raises(ValueError, match=r"map: rows\[1\] differs"):
        compiled.map([1.0, [1.0]])
    with pytest.raises(TypeError, match=r"map\(table, like="):
        autograd.compile(lambda x, y: x[0] * y).map(np.ones((2, 3)))
    with pytest.raises(autograd.RecordingError, match="map gives plain numbers"):
        autograd.compile(lambda x: compiled.map([1.0])[0][0] * x)(1.0)


# ---- rows where they lie ------------------------------------------------------------------------


def layouts() -> list[Any]:
    rows = table(23, 6)
    frozen = rows.copy()
    frozen.flags.writeable = False
    record = np.zeros(23, dtype=[("odd", "i1"), ("x", "f8", 6)])
    record["x"] = rows  # not aligned
    return [
        rows,
        frozen,
        np.asfortranarray(rows),
        np.repeat(np.repeat(rows, 2, axis=0), 3, axis=1)[::2, ::3],
        rows[::-1].copy()[::-1],
        rows[:, ::-1].copy()[:, ::-1],
        record["x"],
        rows.astype(">f8"),
        memoryview(rows),
        rows.tolist(),
        autograd.Rows(rows),
        autograd.Rows(rows[::-1].copy())[range(22, -1, -1)],
    ]


@pytest.mark.parametrize("rows", layouts(), ids=range(12))
def test_rows_are_read_in_any_layout(rows: Any) -> None:
    model = model_of(6, 4, 2)
    compiled = autograd.compile(model)
    plain = table(23, 6)
    expected = compiled.map(plain.tolist())
    like = None if isinstance(rows, list) else ([0.0] * 6,)
    assert np.asarray(compiled.map(rows, like=like)).tolist() == expected
    assert [y.data for y in compiled.mean(rows, like=like)] == [
        y.data for y in compiled.mean(plain.tolist())
    ]


def test_rows_of_more_dimensions_are_read_in_any_layout() -> None:
    boxes = np.arange(5 * 2 * 3.0).reshape(5, 2, 3)
    compiled = autograd.compile(lambda x: [2 * y for row in x for y in row])
    for rows in (
        boxes,
        boxes.transpose(2, 1, 0).copy().transpose(2, 1, 0),
        boxes[::-1].copy()[::-1],
    ):
        assert compiled.map(rows).tolist() == (2 * boxes).reshape(5, 6).tolist()


def test_float_rows_are_not_copied() -> None:
    """Their numbers are read at the call, and once more for a graph of the derivative."""
    rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    w = Value(2.0)
    compiled = autograd.compile(lambda x, y: (w * x - y) ** 2)
    average = compiled.mean(rows)
    (slope,) = gradients(average, [w])
    assert slope.data == np.mean(2 * (2 * rows[:, 0] - rows[:, 1]) * rows[:, 0])
    later = compiled.mean(rows)
    rows[0, 0] = 9.0
    with pytest.raises(autograd.GraphError, match="a number in its rows"):
        gradients(later, [w])
    later.backward()  # whose derivatives were computed at the call
    assert w.grad == slope.data


def test_an_array_may_grow_while_a_mean_of_it_lives() -> None:
    numbers = array("d", [1.0, 2.0, 3.0])
    average = autograd.compile(lambda x: 2 * x * Value(1.0)).mean(numbers)
    numbers.append(4.0)
    assert average.data == 4.0


def test_rows_choose_among_columns() -> None:
    xs, ys = table(50, 3), np.arange(50)
    w = Value(2.0)
    compiled = autograd.compile(lambda x, y: w * x[0] * x[2] + y)
    expected = 2 * xs[:, 0] * xs[:, 2] + ys
    rows = autograd.Rows(xs, ys)
    like = ([0.0] * 3, 0.0)
    assert len(rows) == 50
    assert repr(rows) == "<Rows: 50 of 4 numbers>"
    assert (
        compiled.map(rows).tolist() == compiled.map(rows, like=like).tolist() == expected.tolist()
    )
    places = [3, 3, 49, 0, 7, 8, 9, 10, 11]
    assert compiled.map(rows[places], like=like).tolist() == expected[places].tolist()
    assert compiled.map(rows[places][[2, 0]], like=like).tolist() == expected[[49, 3]].tolist()
    assert compiled.mean(rows[np.array(places)]).data == pytest.approx(expected[places].mean())


def test_rows_that_are_none() -> None:
    rows = autograd.Rows(np.ones(3), np.ones((3, 2)))
    for places in ([3], [-1], [0, 1, 99]):
        with pytest.raises(IndexError, match="Rows: there is no row"):
            rows[places]
    with pytest.raises(ValueError, match="at least one row"):
        autograd.compile(lambda x, y: x * y[0]).mean(rows[[]])
    with pytest.raises(ValueError, match="differ in how many rows they have: 3, 2"):
        autograd.Rows(np.ones(3), np.ones(2))
    with pytest.raises(TypeError, match="Rows takes an array"):
        autograd.Rows([1.0, 2.0])
    with pytest.raises(TypeError, match="Rows takes an array"):
        autograd.Rows()
    with pytest.raises(TypeError, match="Rows takes rows of real numbers"):
        autograd.Rows(np.array(["a"]))
