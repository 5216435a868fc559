"""The arguments of compiled functions, and rows of them in many forms."""

from __future__ import annotations

import copy
import ctypes
import pickle
import random
from array import array
from typing import Any

import numpy as np
import pytest
from sameness import assert_same, gradients_of, mean

import autograd
from autograd import Value
from nn import MLP, Module, mse_loss

# ---- arguments ----------------------------------------------------------------------------------


def test_arguments_nest_and_a_new_structure_is_recorded() -> None:
    def total(x: Any, y: float, scale: float = 1.0) -> Any:
        return (x[0] * y + x[1][0] - x[1][1]) * scale if isinstance(x, tuple) else x * y * scale

    compiled = autograd.compile(total)
    assert compiled((1.0, [2, Value(5.0)]), 3.0).data == 0.0
    assert compiled((2.0, [2, 1]), 3.0, scale=2.0).data == 14.0
    assert compiled(2.0, 4).data == 8.0
    assert compiled(np.float64(3.0), np.array(4)).data == 12.0
    assert len(compiled._tapes.replays) == 3
    assert compiled.tape.inputs == ("x", "y")


@pytest.mark.parametrize("wrong", ["3", None, {"a": "x"}, 1j, object()])
def test_other_arguments_are_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"argument 2(, \['a'\])?: a compiled function takes"):
        autograd.compile(lambda x, y: x)(1.0, wrong)


class Line:
    """A class with a method compiled for each object, in both ways."""

    def __init__(self) -> None:
        self.slope = Value(2.0)
        self.fast = autograd.compile(self.slow)

    def slow(self, x: Value) -> Value:
        return self.slope * x

    @autograd.compile
    def decorated(self, x: Value) -> Value:
        return self.slope * x


def test_a_method_can_be_compiled() -> None:
    line = Line()
    assert line.fast(3.0).data == line.decorated(3.0).data == 6.0
    assert line.decorated.tape is line.decorated.tape
    for twin in (copy.deepcopy(line), pickle.loads(pickle.dumps(line))):
        twin.slope.data = 5.0
        assert [x.fast(3.0).data for x in (twin, line)] == [15.0, 6.0]
        assert [x.decorated(3.0).data for x in (twin, line)] == [15.0, 6.0]


@pytest.mark.parametrize("result", [3.0, None, [], [Value(1.0), None], {"a": "text"}])
def test_a_function_must_give_values(result: object) -> None:
    with pytest.raises(TypeError, match="a compiled function gives a Value, or Values in lists"):
        autograd.compile(lambda: result)()
    with pytest.raises(TypeError, match="compile takes a function, not 3"):
        autograd.compile(3)  # type: ignore[call-overload]


# ---- mean ---------------------------------------------------------------------------------------


def line_loss() -> tuple[Value, autograd.CompiledFunction]:
    w = Value(3.0)
    return w, autograd.compile(lambda x, y: (w * x - y) ** 2)


TABLE = [[1.0, 1.0], [2.0, 4.0], [3.0, 5.0]]


@pytest.mark.parametrize(
    "rows",
    [
        TABLE,
        [tuple(row) for row in TABLE],
        (row for row in TABLE),
        zip([1, 2, 3], [1, 4, 5], strict=True),
        np.array(TABLE),
        np.array(TABLE, dtype=np.float32),
        np.array(TABLE, dtype=np.int8),
        np.array(TABLE * 2)[:3],
        np.asfortranarray(TABLE),
        np.repeat(np.array(TABLE), 2, axis=0)[::2],
        memoryview(array("d", [1, 1, 2, 4, 3, 5])).cast("B").cast("d", (3, 2)),
        memoryview(array("i", [1, 1, 2, 4, 3, 5])).cast("B").cast("i", (3, 2)),
        np.array([[Value(x) for x in row] for row in TABLE]),
    ],
    ids=range(13),
)
def test_rows_come_in_many_forms(rows: Any) -> None:
    w, loss = line_loss()
    average = loss.mean(rows)
    average.backward()
    assert average.data == pytest.approx((4 + 4 + 16) / 3, rel=1e-15)
    assert w.grad == pytest.approx(2 * (2 * 1 + 2 * 2 + 4 * 3) / 3, rel=1e-15)


def test_a_table_of_one_argument_is_a_list_a_row() -> None:
    w = Value(3.0)
    loss = autograd.compile(lambda x: w * x[0] * x[1])
    assert loss.mean(np.array(TABLE)).data == 3 * (1 + 8 + 15) / 3
    assert loss.mean(TABLE).data == 3 * (1 + 8 + 15) / 3
    boxes = autograd.compile(lambda x: x[0][0] * x[1][1])
    assert boxes.mean(np.arange(8.0).reshape(2, 2, 2)).data == (0 * 3 + 4 * 7) / 2


def test_a_table_whose_columns_are_not_clear_is_refused_until_a_call_makes_them_so() -> None:
    loss = autograd.compile(lambda x, y: x[0] * x[1] * y)
    table = np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]])
    with pytest.raises(TypeError, match="the 3 numbers in a row are divided among the argum"):
        loss.mean(table)
    loss([1.0, 1.0], 1.0)
    assert loss.mean(table).data == 7.0


def test_rows_must_be_alike_and_there_must_be_some() -> None:
    _, loss = line_loss()
    with pytest.raises(ValueError, match=r"rows\[2\] differs in structure"):
        loss.mean([(1.0, 2.0), (1.0, 2.0), (1.0, [2.0])])
    for none in ([], np.zeros((0, 2)), np.zeros((3, 0))):
        with pytest.raises(ValueError, match="at least one row"):
            loss.mean(none)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (b"text", "not a buffer of bytes"),
        (np.array([[1 + 2j, 3j]]), "not a buffer of complex128"),
        (np.array([["1", "2"]]), "not a buffer of <U1"),
        (np.array(["2024-01-01"], dtype="datetime64[D]"), "not a buffer of datetime64"),
        (None, "mean takes rows of arguments, one for each call, not None"),
        (5, "mean takes rows of arguments"),
        (["12", "34"], "argument 1: a compiled function takes numbers"),
    ],
)
def test_other_rows_are_refused(wrong: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        line_loss()[1].mean(wrong)


def test_tables_of_other_makes() -> None:
    _, loss = line_loss()
    assert loss.mean(((ctypes.c_double * 2) * 1)((ctypes.c_double * 2)(1.0, 1.0))).data == 4.0
    double = autograd.compile(lambda x: 2 * x)
    for numbers in (array("B", [1, 2, 3]), array("d", [1, 2, 3]), np.array([1, 2, 3], np.uint8)):
        assert double.mean(numbers).data == 4.0


def test_arguments_by_name_keep_their_place() -> None:
    w = Value(1.0)
    compiled = autograd.compile(lambda y, x: (y - 2 * x) * w)
    assert compiled(x=10.0, y=1.0).data == compiled(1.0, x=10.0).data == -19.0
    assert compiled.mean(np.array([[1.0, 10.0]])).data == -19.0
    assert compiled.tape.inputs == ("y", "x")


def test_a_call_by_name_runs_on_the_tape_of_a_call_by_position() -> None:
    recorded = []

    @autograd.compile
    def difference(x: Any, y: Any) -> Any:
        recorded.append(1)
        return x * x - y

    calls = [difference(3.0, 2.0), difference(3.0, y=2.0), difference(y=2.0, x=3.0)]
    assert [call.data for call in calls] == [7.0] * 3
    assert recorded == [1]


def test_arguments_that_go_by_name_alone_come_in_any_order() -> None:
    compiled = autograd.compile(lambda *, b, a: a - 2 * b)
    assert compiled(b=1.0, a=10.0).data == compiled(a=10.0, b=1.0).data == 8.0


def test_a_table_of_another_width_than_the_last_call_is_recorded_afresh() -> None:
    compiled = autograd.compile(lambda x: x[0] + 10 * x[-1])
    assert compiled([1.0, 2.0, 3.0]).data == 31.0
    assert compiled.mean(np.array([[1.0, 2.0], [3.0, 4.0]])).data == (21 + 43) / 2


def test_a_mean_over_a_hundred_rows_counts_each_once() -> None:
    w = Value(2.0)
    average = autograd.compile(lambda x: w * x).mean([float(k) for k in range(100)])
    average.backward()
    assert (average.data, w.grad) == pytest.approx((99.0, 49.5))


def test_a_module_takes_a_list_a_row() -> None:
    model = MLP(2, [3, 1], rng=random.Random(0))
    compiled = autograd.compile(model)
    rows = [[1.0, 2.0], [3.0, 4.0]]
    eager = mean([model(row) for row in rows])
    for form in (rows, np.array(rows), [(row,) for row in rows]):
        assert_same(compiled.mean(form), eager, model.parameters())


def test_names_of_a_module_stay_its_own() -> None:
    class Normed(Module):
        def __init__(self) -> None:
            self.mean, self.function, self._latest = Value(2.0), autograd.tanh, Value(1.0)

        def forward(self, x: Value) -> Value:
            return x * self.mean

    compiled = autograd.compile(Normed())
    assert compiled(3.0).data == compiled.mean([3.0]).data == 6.0


def test_the_sum_does_not_depend_on_how_many_cores_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from autograd.compiler import replay

    model = MLP(3, [8, 1], rng=random.Random(0))
    loss = autograd.compile(lambda x, y: mse_loss([model(x)], [y]))
    rng = random.Random(1)
    rows = [([rng.random() for _ in range(3)], rng.random()) for _ in range(1003)]
    found = []
    for cores in (1, 4):
        monkeypatch.setattr(replay, "cores", lambda cores=cores: cores)
        monkeypatch.setattr(replay, "ENOUGH", 0)
        monkeypatch.setattr(replay, "SMALLEST_PART", 1)  # so that there are many
        average = loss.mean(rows)
        found.append((average.data, gradients_of(average, model.parameters())))
    assert found[0] == found[1]
    eager = mean([mse_loss([model(x)], [y]) for x, y in rows])
    assert_same(average, eager, model.parameters())


@pytest.mark.parametrize("count", [1, 7, 8, 9, 13, 64, 71])
def test_any_number_of_rows_has_the_mean_of_all(count: int) -> None:
    model = MLP(3, [8, 1], rng=random.Random(count))
    loss = autograd.compile(lambda x, y: mse_loss([model(x)], [y]))
    rng = random.Random(count)
    rows = [([rng.random() for _ in range(3)], rng.random()) for _ in range(count)]
    eager = mean([mse_loss([model(x)], [y]) for x, y in rows])
    loss(*rows[0])
    table = np.array([[*x, y] for x, y in rows])
    for given in (rows, table, table):
        assert_same(loss.mean(given), eager, model.parameters())


def test_a_row_that_is_left_over_is_named_if_it_fails() -> None:
    weight = autograd.Value(2.0)
    roots = autograd.compile(lambda x: (weight * x).log())
    roots(1.0)
    numbers = [1.0] * 21
    numbers[19] = -1.0
    with pytest.raises(autograd.DomainError, match=r"rows\[19\]"):
        roots.mean(array("d", numbers))
    average = roots.mean(array("d", [1.0] * 21))
    average.backward()
    assert weight.grad == pytest.approx(0.5)
