"""Compiled functions that give many numbers, and `map`: many rows in plain numbers."""

from __future__ import annotations

import copy
import pickle
import random
from array import array
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, gradients, no_grad
from nn import MLP

Pair = namedtuple("Pair", "first second")


def model_of(*widths: int) -> MLP:
    return MLP(widths[0], list(widths[1:]), activation="tanh", rng=random.Random(0))


def table(rows: int, width: int) -> Any:
    return np.random.default_rng(0).normal(size=(rows, width))


# ---- many results -------------------------------------------------------------------------------


@pytest.mark.parametrize("structure", [True, False])
def test_each_result_has_the_numbers_and_gradients_of_the_graph(structure: bool) -> None:
    model = model_of(3, 5, 4)
    compiled = autograd.compile(model, structure=structure)
    x = [Value(0.3), Value(-1.2), Value(0.7)]
    leaves = [*model.parameters(), *x]
    fast, slow = compiled(x), model(x)
    assert [y.data for y in fast] == [y.data for y in slow]
    for one, other in zip(fast, slow, strict=True):
        found = []
        for y in (one, other):
            for leaf in leaves:
                leaf.grad = 0.0
            y.backward()
            found.append([leaf.grad for leaf in leaves])
        assert found[0] == pytest.approx(found[1], rel=1e-12, abs=1e-15)


def test_results_of_one_call_meet_in_one_loss() -> None:
    w, x = Value(3.0), Value(2.0)
    product, square = autograd.compile(lambda x: (w * x, x**2))(x)
    (product * square).backward()  # w x³
    assert (w.grad, x.grad) == (8.0, 36.0)


def test_structures_are_those_that_the_function_gives() -> None:
    w = Value(3.0)
    compiled = autograd.compile(
        lambda x: {"list": [w * x, [x + 1]], "pair": Pair(x, w), "none": [], "plain": (2, 0.5)}
    )
    given = compiled(2.0)
    assert list(given) == ["list", "pair", "none", "plain"]
    assert type(given["pair"]) is Pair
    assert type(given["plain"]) is tuple
    assert given["list"][0].data == 6.0
    assert given["list"][1][0].data == 3.0
    assert given["none"] == []
    assert [y.data for y in given["plain"]] == [2.0, 0.5]
    matrix = autograd.compile(lambda x: np.array([[x, w], [x * w, x]]))(2.0)
    assert matrix.shape == (2, 2)
    assert [y.data for y in matrix.flat] == [2.0, 3.0, 6.0, 2.0]


def test_results_that_are_no_computation() -> None:
    w, x, unused = Value(3.0), Value(2.0), Value(9.0)
    y, same, argument, parameter, made, plain = autograd.compile(
        lambda x, unused: [p := w * x, p, x, w, Value(5.0), 7.0]
    )(x, unused)
    assert y is same
    assert [v.data for v in (argument, parameter, made, plain)] == [2.0, 3.0, 5.0, 7.0]
    assert made.is_constant
    assert plain.is_constant
    (argument * parameter * made).backward()
    assert (w.grad, x.grad, unused.grad) == (10.0, 15.0, 0.0)


def test_a_result_is_connected_with_what_it_depends_on_alone() -> None:
    v, w, x, y = Value(2.0), Value(3.0), Value(5.0), Value(7.0)
    first, second = autograd.compile(lambda x, y: [v * x, w * y])(x, y)
    assert [set(r.operands) == want for r, want in ((first, {v, x}), (second, {w, y}))] == [
        True
    ] * 2
    first, second = autograd.compile(lambda x, y: [v * x, w * y])(x, 7.0)
    assert set(second.operands) == {w}


def test_a_result_inside_of_another_keeps_its_own_number() -> None:
    """A sum that another result adds to is not merely a part of a dot product."""
    p = [Value(float(k)) for k in range(1, 9)]

    @autograd.compile
    def partial(x: list[Any]) -> list[Any]:
        totals = [p[0] * x[0]]
        for a, b in zip(p[1:], x[1:], strict=True):
            totals.append(totals[-1] + a * b)
        return totals

    numbers = [1.5, -2.0, 0.25, 3.0, -1.0, 0.5, 2.0, 1.0]
    expected = np.cumsum([q.data * x for q, x in zip(p, numbers, strict=True)]).tolist()
    assert [y.data for y in partial(numbers)] == expected
    partial(numbers)[4].backward()
    assert [q.grad for q in p] == [*numbers[:5], 0.0, 0.0, 0.0]


def test_derivatives_of_any_order_go_through_each_result() -> None:
    w, x = Value(3.0), Value(2.0)
    compiled = autograd.compile(lambda x: {"a": w * x**3, "b": x.exp()})
    given = compiled(x)
    slope, by_w = gradients(given["a"], [x, w])
    assert gradients(slope, [x, w])[0].data == 6 * 3.0 * 2.0
    assert by_w.data == 8.0
    assert gradients(gradients(given["b"], [x])[0], [x])[0].data == pytest.approx(np.exp(2.0))
    assert autograd.jacobian(autograd.compile(lambda x: [x[0] * x[1], x[1] ** 2]))([2.0, 3.0]) == [
        [3.0, 2.0],
        [0.0, 6.0],
    ]


def test_frozen_and_no_grad() -> None:
    v, w = Value(2.0), Value(3.0)
    compiled = autograd.compile(lambda x: [v * x, w * x])
    with no_grad():
        assert all(y.is_constant for y in compiled(Value(5.0)))
    v.requires_grad = False
    assert [y.is_constant for y in compiled(5.0)] == [True, False]
    v.requires_grad = True
    assert [y.is_constant for y in compiled(5.0)] == [False, False]


def test_no_pass_back_is_made_without_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd.compiler import replay

    asked = []
    run = replay.Pass.run
    monkeypatch.setattr(replay.Pass, "run", lambda self: (asked.append(self.gradient), run(self)))
    compiled = autograd.compile(lambda x: [x, x * x])
    with no_grad():
        compiled(Value(3.0))
    compiled.map([3.0])
    compiled(Value(3.0))
    assert asked == [0.0, 0.0, 1.0]


def test_a_function_of_many_results_inside_another() -> None:
    w = Value(3.0)
    inner = autograd.compile(lambda x: {"y": w * x, "k": 2.0})
    outer = autograd.compile(lambda x: inner(x)["y"] * inner(x)["k"] + inner.mean([x, 2 * x])["y"])
    y = outer(5.0)
    y.backward()
    assert (y.data, w.grad) == (52.5, 17.5)


def test_the_mean_of_each_result() -> None:
    model = model_of(3, 20, 4)
    compiled = autograd.compile(model)
    rows = table(35, 3)
    with autograd.no_grad():
        singly = np.array([[y.data for y in model(row)] for row in rows.tolist()])
    means = compiled.mean(rows)
    assert [y.data for y in means] == pytest.approx(singly.mean(axis=0).tolist(), rel=1e-13)
    means[2].backward()
    found = [p.grad for p in model.parameters()]
    model.zero_grad()
    third = [model(row)[2] for row in rows.tolist()]
    (sum(third[1:], third[0]) / 35).backward()
    assert found == pytest.approx([p.grad for p in model.parameters()], rel=1e-11, abs=1e-15)


def test_inputs_of_many_rows_have_gradients_by_each_result() -> None:
    xs = [Value(float(k)) for k in range(11)]
    first, second = autograd.compile(lambda x: [x**2, 3 * x]).mean(xs)
    first.backward()
    assert [x.grad for x in xs] == pytest.approx([2 * k / 11 for k in range(11)])
    for x in xs:
        x.grad = 0.0
    second.backward()
    assert [x.grad for x in xs] == pytest.approx([3 / 11] * 11)


def test_the_listing_of_many_results() -> None:
    w = Value(2.0, label="w")

    @autograd.compile
    def f(x: Any) -> Any:
        y = w * x
        return [y, (y.exp(), 1.5)]

    f(1.0)
    assert str(f.tape).splitlines() == [
        "f(x)",
        "forward",
        "    v1 = w * x",
        "    v2 = exp(v1)",
        "    return [v1, (v2, 1.5)]",
        "adjoint of each result",
        "    result.grad = 1",
        "    v1.grad += v2.grad * v2",
        "    w.grad += v1.grad * x",
        "    x.grad += v1.grad * w",
    ]


def test_results_are_shown_stepped_and_copied_like_any_other() -> None:
    w = Value(2.0, label="w")
    f = autograd.compile(lambda x: [w * x, {"b": w + x}])
    f.__name__ = "f"
    first, second = f(3.0)
    total = first * second["b"]
    text = autograd.to_text(total)
    assert "first = f(…)[0]; " in text
    assert " = f(…)[1]['b']; " in text
    assert "f" in str(autograd.step_through(total, live=False).run())
    assert len(list(autograd.trace(total))) > 3
    assert "f" in autograd.draw_text(total)
    twin = copy.deepcopy(total)
    twin.backward()
    assert w.grad == 0.0
    total.backward()
    assert w.grad == 5.0 * 3.0 + 6.0
    with pytest.raises(pickle.PicklingError, match="compiled function 'f'"):
        pickle.dumps(total)


def test_a_pickle_takes_the_structure_of_results_along() -> None:
    model = model_of(2, 3, 2)
    compiled = autograd.compile(model)
    there = pickle.loads(pickle.dumps([compiled, compiled([1.0, 2.0])[0].data, model]))
    assert there[0]([1.0, 2.0])[0].data == there[1]
    local = autograd.compile(lambda x: (x, {"y": 2 * x}))
    local(1.0)
    assert pickle.loads(pickle.dumps(local))(3.0)[1]["y"].data == 6.0


# ---- map ----------------------------------------------------------------------------------------


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
