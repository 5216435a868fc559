"""compile: what a compiled function gives, what it refuses, and what it looks like."""

from __future__ import annotations

import copy
import ctypes
import math
import os
import pickle
import random
import subprocess
import sys
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import Program, programs, run

import autograd
from autograd import OPERATIONS, DomainError, Operation, RecordingError, Value, gradients, no_grad
from autograd.engine import propagate
from nn import MLP, SGD, Module, hinge_loss, mse_loss


def gradients_of(y: Value, leaves: Sequence[Value]) -> list[float]:
    """The gradients of y by leaves, leaving no `.grad` behind."""
    adjoints = propagate(y)
    return [adjoints.get(leaf, 0.0) for leaf in leaves]


def assert_same(
    compiled: Value, eager: Value, leaves: Sequence[Value], values: Sequence[Value] = ()
) -> None:
    """Equal to the last bit, and gradients to 1e-12 of the largest share that was added up."""
    assert repr(compiled.data) == repr(eager.data)
    largest = max(map(abs, propagate(eager).values()), default=1.0)
    wanted = gradients_of(eager, [*leaves, *values])
    found = gradients_of(compiled, [*leaves, *values])
    for a, b in zip(found, wanted, strict=True):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-12 * largest, nan_ok=True)


# ---- the same numbers as the eager engine -------------------------------------------------------

OPERANDS = st.floats(-3, 3) | st.sampled_from([0.0, 1.0, -1.0, 2.0, -0.0])


@pytest.mark.parametrize("structure", [True, False])
@pytest.mark.parametrize("name", OPERATIONS)
@given(numbers=st.lists(st.tuples(OPERANDS, OPERANDS, OPERANDS), min_size=1, max_size=17))
def test_every_operation_gives_what_the_eager_engine_gives(
    name: str, structure: bool, numbers: list[tuple[float, float, float]]
) -> None:
    operation = OPERATIONS[name]
    compiled = autograd.compile(lambda *xs: operation(*xs), structure=structure)
    count = len(operation.operands)
    good = []
    for row in numbers:
        xs = [Value(x) for x in row[:count]]
        try:
            eager = operation(*xs)
        except DomainError:
            continue
        assert_same(compiled(*xs), eager, xs)
        good.append(row[:count])
    if good:
        rows = [tuple(map(Value, row)) for row in good]
        leaves = [x for row in rows for x in row]
        try:
            eager = mean([operation(*row) for row in rows])
        except DomainError:
            with pytest.raises(DomainError):
                compiled.mean(rows)
        else:
            assert_same(compiled.mean(rows), eager, leaves)


def mean(values: Sequence[Value]) -> Value:
    return sum(values[1:], values[0]) / len(values) if len(values) > 1 else values[0]


@pytest.mark.parametrize("structure", [True, False])
@given(program=programs())
def test_random_graphs_give_what_the_eager_engine_gives(program: Program, structure: bool) -> None:
    numbers, _ = program
    parameters = [Value(x) for x in numbers[1:]]
    compiled = autograd.compile(lambda x: run(program, [x, *parameters]), structure=structure)
    x = Value(numbers[0])
    assert_same(compiled(x), run(program, [x, *parameters]), parameters, [x])
    parameters_moved = [0.5 - parameter.data for parameter in parameters]
    for parameter, number in zip(parameters, parameters_moved, strict=True):
        parameter.data = number
    rows = [Value(numbers[0] + k / 8) for k in range(19)]
    eager = mean([run(program, [row, *parameters]) for row in rows])
    assert_same(compiled.mean(rows), eager, parameters, rows)


def test_an_optimiser_step_is_seen() -> None:
    model = MLP(2, [8, 1], activation="tanh", rng=random.Random(0))
    twin = copy.deepcopy(model)
    rows, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    loss = autograd.compile(lambda x, y: mse_loss([model(x)], [y]))
    ours, theirs = SGD(model.parameters(), lr=0.3), SGD(twin.parameters(), lr=0.3)
    for _ in range(50):
        ours.zero_grad()
        theirs.zero_grad()
        compiled = loss.mean(list(zip(rows, targets, strict=True)))
        eager = mse_loss([twin(row) for row in rows], targets)
        compiled.backward()
        eager.backward()
        assert compiled.data == pytest.approx(eager.data, rel=1e-12)
        ours.step()
        theirs.step()
    assert compiled.data < 0.1
    assert len(loss._tapes.replays) == 1


def test_gradients_add_up_as_ever() -> None:
    w = Value(3.0)
    square = autograd.compile(lambda x: w * x * x)
    x = Value(2.0)
    y = square(x)
    y.backward()
    y.backward()
    assert (y.grad, x.grad, w.grad) == (2.0, 24.0, 8.0)
    (square(x) + square(x) * 2).backward()
    assert (x.grad, w.grad) == (24.0 + 36.0, 8.0 + 12.0)


def test_later_calls_leave_earlier_results_as_they_were() -> None:
    w = Value(3.0)
    product = autograd.compile(lambda x: w * x)
    first, second = product(2.0), product(5.0)
    w.data = 100.0
    (first + second).backward()
    assert w.grad == 7.0


def test_arguments_and_closures_may_be_results_of_a_graph() -> None:
    a = Value(2.0)
    scale = a * a
    compiled = autograd.compile(lambda x: scale * x + x)
    y = compiled(a * 3)
    y.backward()
    assert (y.data, a.grad) == (30.0, 4 * 6 + 12 + 3)


@pytest.mark.parametrize(
    ("function", "result", "slope"),
    [
        (lambda x: x, 2.0, 1.0),
        (lambda x: Value(7.0), 7.0, 0.0),
        (lambda x: x - x, 0.0, 0.0),
        (lambda x: x * x * x, 8.0, 12.0),
        (lambda x: Value(1.0) * x + Value(2.0), 4.0, 1.0),
    ],
)
def test_small_functions(function: Callable[..., Any], result: float, slope: float) -> None:
    compiled = autograd.compile(function)
    for _ in range(2):
        x = Value(2.0)
        y = compiled(x)
        assert (y.data, gradients_of(y, [x]) if not y.is_constant else [0.0]) == (result, [slope])
        assert compiled.mean([x, x]).data == result


def test_a_parameter_may_be_the_result() -> None:
    w = Value(3.0)
    compiled = autograd.compile(lambda: w)
    compiled().backward()
    compiled.mean([(), (), ()]).backward()
    assert w.grad == 2.0


def test_derivatives_of_any_order_go_through_a_call() -> None:
    w = Value(0.7)
    compiled = autograd.compile(lambda x: (w * x).tanh() * x)
    x = Value(0.3)
    first = [compiled(x), (w * x).tanh() * x]
    for _ in range(3):
        assert first[0].data == pytest.approx(first[1].data, rel=1e-12)
        first = [gradients(y, [x])[0] for y in first]
    both = gradients(compiled.mean([x, w]), [x, w])
    eager = gradients(mean([(w * x).tanh() * x, (w * w).tanh() * w]), [x, w])
    assert [g.data for g in both] == pytest.approx([g.data for g in eager], rel=1e-12)


def test_derivatives_through_operands_that_are_alike_or_depend_on_each_other() -> None:
    x = Value(3.0)
    product = autograd.compile(lambda a, b: a * b)
    assert gradients(product(x, x), [x])[0].data == 6.0
    assert gradients(product(x, x * x), [x])[0].data == 27.0
    assert autograd.grad(lambda t: product(t, t * t))(2.0) == 12.0
    assert gradients(autograd.compile(lambda t: t * t * x)(x), [x])[0].data == 27.0
    square = x * x
    closed = autograd.compile(lambda a: x * square * a)
    assert gradients(closed(2.0), [x])[0].data == 54.0


def test_derivatives_that_cancel_are_no_error() -> None:
    w = Value(1.0)
    compiled = autograd.compile(lambda x: x * w)
    average = compiled.mean([0.1, 0.2, -0.3, 0.7, -0.1, -0.6, 0.1, 0.2, -0.3])
    assert abs(gradients(average, [w])[0].data) < 1e-15
    w.data = 2.0
    squared = autograd.compile(lambda x: x * w * w)(3.0)
    w.data = 5.0
    with pytest.raises(autograd.GraphError, match="operand of <lambda> was changed after"):
        gradients(squared, [w])


def test_no_grad_gives_the_number_alone() -> None:
    w = Value(3.0)
    compiled = autograd.compile(lambda x: w * x)
    with no_grad():
        assert compiled(2.0).is_constant
        assert compiled.mean([1.0, 3.0]).data == 6.0
    assert not compiled(2.0).is_constant


def test_an_operation_of_ones_own_runs_by_its_python_rule() -> None:
    cube = Operation("cube", lambda x: x**3, lambda out, x: 3 * x**2, summary="x³.")
    w = Value(2.0)
    compiled = autograd.compile(lambda x: cube(w * x) + cube(x).tanh())
    for x in (Value(0.5), Value(-1.5)):
        assert_same(compiled(x), cube(w * x) + cube(x).tanh(), [w, x])
    rows = [Value(k / 10) for k in range(11)]
    eager = mean([cube(w * x) + cube(x).tanh() for x in rows])
    assert_same(compiled.mean(rows), eager, [w, *rows])


@pytest.mark.parametrize("structure", [True, False])
def test_an_operation_of_ones_own_is_a_block_that_runs_in_python(structure: bool) -> None:
    cube = Operation("cube", lambda x: x**3, lambda out, x: 3 * x**2, summary="x³.")
    compiled = autograd.compile(lambda x: cube(cube(x).tanh()), structure=structure)
    compiled(0.5)
    blocks = [block.name for block in compiled.program.blocks]
    assert blocks == ["python", "sequence", "python"]


def test_the_derivative_by_a_constant_is_not_asked_for() -> None:
    def none(out: Any, x: Any, n: Any) -> Any:
        raise NotImplementedError("nobody differentiates by the number of digits")

    rounded = Operation(
        "rounded", lambda x, n: round(x, int(n)), lambda out, x, n: 1.0, none,
        operands="x n", summary="x with n digits; its derivative is that of x.",
    )  # fmt: skip
    compiled = autograd.compile(lambda x: rounded(x, 1) * x)
    x = Value(1.26)
    compiled(x).backward()
    assert x.grad == pytest.approx(1.3 + 1.26)


def test_a_compiled_function_inside_another_is_a_part_of_it() -> None:
    w = Value(2.0)
    inner = autograd.compile(lambda x: w * x)
    outer = autograd.compile(lambda x: inner(x) + inner(x * x))
    assert outer(3.0).data == 24.0
    assert len(outer.tape) == 4
    averaged = autograd.compile(lambda x: inner.mean([x, 2.0]) * x)
    assert (averaged(3.0).data, averaged(1.0).data) == (15.0, 3.0)


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
        average = loss.mean(rows)
        found.append((average.data, gradients_of(average, model.parameters())))
    assert found[0] == found[1]
    eager = mean([mse_loss([model(x)], [y]) for x, y in rows])
    assert_same(average, eager, model.parameters())


# ---- what is refused while recording ------------------------------------------------------------

W = Value(2.0, label="w")


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda x: x if x > 0 else -x, "the number of the argument x"),
        (lambda x: x if x * 2 > 0.5 else -x, "the number of a result of mul"),
        (lambda x: x if x else -x, "the number of the argument x"),
        (lambda x: x * (x + 1).data, "the number of a result of add"),
        (lambda x: x * W.data, "the number of w"),
        (lambda x: x * max(x, W), "the number of (w|the argument x)"),
        (lambda x: x * x.detach(), "a constant copy of the argument x"),
        (lambda x: copy.copy(x) * 2, "a copy of the argument x"),
        (lambda x: copy.deepcopy(x * x), "a copy of a result of mul"),
        (lambda x: pickle.loads(pickle.dumps(x)), "a copy of the argument x"),
        (lambda x: x * float(f"{x:.17g}"), "the number of the argument x"),
        (lambda x: x * (x * x).local_grads[0], "the local derivatives of a result of mul"),
        (lambda x: x * W.grad, "the gradient of w"),
        (lambda x: mse_loss([x], [1.0]).backward() or x, "a gradient of"),
    ],
)
def test_a_number_that_the_tape_would_freeze_is_refused(
    function: Callable[..., Any], what: str
) -> None:
    compiled = autograd.compile(function)
    with pytest.raises(RecordingError, match=f"test_compile.py, line .*: this asks for {what}"):
        compiled(1.0)
    assert (Value(1.0) > 0) is True  # and after it all is as it was


def test_a_number_may_not_be_set_either() -> None:
    @autograd.compile
    def counted(x: Value) -> Value:
        W.data = 3.0
        return x * W

    with pytest.raises(RecordingError, match="this sets the number of w while the function is"):
        counted(1.0)
    assert W.data == 2.0

    @autograd.compile
    def changed(x: Value) -> Value:
        own = Value(1.0)
        y = x * own
        own.data = 2.0
        return y + own

    with pytest.raises(RecordingError, match="this sets the number of"):
        changed(10.0)


def test_a_constant_from_outside_is_read_afresh_too() -> None:
    scale = Value(2.0).detach()
    compiled = autograd.compile(lambda x: x * scale)
    assert compiled(3.0).data == 6.0
    scale.data = 5.0
    x = Value(3.0)
    y = compiled(x)
    y.backward()
    assert (y.data, x.grad, scale.grad) == (15.0, 5.0, 0.0)


def test_no_grad_inside_is_refused_too() -> None:
    @autograd.compile
    def scaled(x: Value) -> Value:
        with no_grad():
            scale = x * 2
        return x * scale

    with pytest.raises(RecordingError, match=r"a result inside no_grad\(\) of the argument x"):
        scaled(1.0)


def test_what_a_function_makes_for_itself_is_constant() -> None:
    @autograd.compile
    def total(x: Value) -> Value:
        start = Value(0.0)
        if start.data == 0:
            start = start + x
        return start * Value(3.0)

    assert total(2.0).data == 6.0
    assert total(5.0).data == 15.0
    assert total.tape.closures == ()


def test_choices_by_operation_follow_the_number() -> None:
    @autograd.compile
    def leaky(x: Value) -> Value:
        return autograd.where(autograd.step(x), x, x * 0.1)

    assert [leaky(x).data for x in (2.0, -2.0, 0.0)] == [2.0, -0.2, 0.0]


def test_a_hinge_loss_of_arguments() -> None:
    model = MLP(2, [4, 1], rng=random.Random(0))
    loss = autograd.compile(lambda x, y: hinge_loss([model(x)], [y]))
    x = [0.5, -1.0]
    for label in (1, -1):
        assert_same(loss(x, label), hinge_loss([model(x)], [label]), model.parameters())


# ---- numbers that are not finite ----------------------------------------------------------------


@pytest.mark.parametrize("structure", [True, False])
def test_the_instruction_and_the_row_are_named(structure: bool) -> None:
    w = Value(1.0, label="w")
    compiled = autograd.compile(lambda x: (w * x - 1).log() * 2, structure=structure)
    compiled(3.0)
    with pytest.raises(DomainError, match=r"v2\) does not exist at v2 = -0.5: log needs a number"):
        compiled(0.5)
    rows = [3.0] * 21
    rows[13] = 1.0
    with pytest.raises(DomainError, match=r"rows\[13\], v3: log\(v2\) does not exist at v2 = 0"):
        compiled.mean(rows)
    assert w.grad == 0.0
    assert compiled(3.0).data == math.log(2) * 2


def test_an_overflow_that_later_instructions_would_hide_is_found() -> None:
    compiled = autograd.compile(lambda x: 1 / (1 + x.exp()))
    compiled(1.0)
    with pytest.raises(DomainError, match=r"exp\(x\) exceeds the largest float"):
        compiled(1000.0)


def test_the_mean_may_overflow_and_a_leaf_may_be_no_number() -> None:
    w = Value(1.0)
    compiled = autograd.compile(lambda x: x * w)
    with pytest.raises(DomainError, match="the sum over 2 rows exceeds the largest float"):
        compiled.mean([1.5e308, 1.5e308])
    with no_grad(), pytest.raises(DomainError, match="the sum over 2 rows exceeds"):
        compiled.mean([1.5e308, 1.5e308])
    with pytest.raises(DomainError, match="the result is nan, since x is nan"):
        autograd.compile(lambda x: x)(math.nan)


@pytest.mark.parametrize(
    ("function", "numbers"),
    [
        (lambda x, b: x**b, (-0.5, math.inf)),
        (lambda x, b: (x / b).tanh(), (math.inf, 0.0)),
        (lambda x, b: (-(x / b)).exp(), (math.inf, 0.0)),
    ],
)
def test_what_the_eager_engine_refuses_is_refused(
    function: Callable[..., Any], numbers: tuple[float, float]
) -> None:
    compiled = autograd.compile(function)
    compiled(2.0, 3.0)
    with pytest.raises(DomainError):
        function(*map(Value, numbers))
    with pytest.raises(DomainError, match="v1: "):
        compiled(*numbers)


def test_infinities_that_were_put_in_pass_through() -> None:
    mask = [0.0, -math.inf, 0.0]

    @autograd.compile
    def softmax(x: list[Value]) -> Value:
        exponentials = [(a + m).exp() for a, m in zip(x, mask, strict=True)]
        return exponentials[0] / sum(exponentials)

    for numbers in ([0.0, 1.0, 0.0], [1.0, 1.0, 1.0]):
        assert softmax(numbers).data == 0.5
    assert softmax.mean([[1.0, k, 1.0] for k in range(20)]).data == 0.5
    with pytest.raises(DomainError, match=r"the result is nan, since x\[0\] is nan"):
        softmax([math.nan, 1.0, 1.0])


# ---- the tape, pickles, threads -----------------------------------------------------------------


def test_the_tape_reads_as_a_calculation() -> None:
    w, b = Value(2.0, label="w"), Value(1.0, label="b")
    loss = autograd.compile(lambda x, y: ((w * x + b).tanh() - y) ** 2)
    loss.__name__ = "loss"
    loss(1.0, 0.5)
    assert str(loss.tape).splitlines() == [
        "loss(x, y)",
        "forward",
        "    v1 = w * x",
        "    v2 = v1 + b",
        "    v3 = tanh(v2)",
        "    v4 = v3 - y",
        "    v5 = v4 ** 2",
        "    return v5",
        "adjoint",
        "    v5.grad = 1",
        "    v4.grad += v5.grad * (2 * v4)",
        "    v3.grad += v4.grad",
        "    y.grad -= v4.grad",
        "    v2.grad += v3.grad * (1 - v3 ** 2)",
        "    v1.grad += v2.grad",
        "    b.grad += v2.grad",
        "    w.grad += v1.grad * x",
        "    x.grad += v1.grad * w",
    ]
    assert repr(loss.tape) == "<Tape of loss: 2 inputs, 2 parameters, 5 instructions>"


def test_the_tape_shows_what_is_inside_a_dot_product_too() -> None:
    w = [Value(float(k), label=f"w{k}") for k in range(3)]
    dot = autograd.compile(lambda x: w[0] * x[0] + w[1] * x[1] + w[2] * x[2])
    dot([1, 2, 3])
    forward = str(dot.tape).split("adjoint")[0].splitlines()
    assert forward[2:] == [
        "    v1 = w0 * x[0]",
        "    v2 = w1 * x[1]",
        "    v3 = v1 + v2",
        "    v4 = w2 * x[2]",
        "    v5 = v3 + v4",
        "    return v5",
    ]


def test_there_is_no_tape_before_the_first_call() -> None:
    with pytest.raises(RecordingError, match="has no tape yet: call it once"):
        autograd.compile(lambda x: x).tape  # noqa: B018


PARAMETER = Value(4.0)


@autograd.compile
def decorated(x: Value) -> Value:
    return PARAMETER * x


class Scale(Module):
    def __init__(self) -> None:
        self.w = Value(3.0)

    def forward(self, x: Value) -> Value:
        return self.w * x


def test_a_pickle_takes_its_tapes_and_parameters_along() -> None:
    decorated(1.0)
    twin = pickle.loads(pickle.dumps(decorated))
    PARAMETER.data = 5.0
    try:
        assert (twin(2.0).data, decorated(2.0).data) == (8.0, 10.0)
        assert twin.mean([1.0, 2.0]).data == 6.0
        assert twin.mean(np.array([[1.0], [2.0]])).data == 6.0
        with pytest.raises(RecordingError, match="none for arguments of this structure"):
            twin([2.0])
        assert twin.__name__ == "decorated"
        assert len(twin.tape) == 1
    finally:
        PARAMETER.data = 4.0


def test_a_pickled_module_can_still_record() -> None:
    model = Scale()
    twin, parameters = pickle.loads(pickle.dumps((autograd.compile(model), model)))
    parameters.w.data = 7.0
    assert twin(2.0).data == 14.0


def test_a_pickle_needs_something_to_send() -> None:
    with pytest.raises(pickle.PicklingError, match="call it once, so that there is a tape to send"):
        pickle.dumps(autograd.compile(lambda x: x * 2))


def test_another_process_can_use_it(tmp_path: Path) -> None:
    decorated(1.0)
    file = tmp_path / "function.pickle"
    file.write_bytes(pickle.dumps(decorated))
    code = f"import pickle; f = pickle.load(open({str(file)!r}, 'rb')); print(f(2.0).data)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert ran.stdout == "8.0\n"


def test_copies_of_a_result_move_only_the_copy() -> None:
    w = Value(3.0)
    y = autograd.compile(lambda x: w * x * x + x)(2.0)
    twin = copy.deepcopy(y)
    twin.backward()
    assert (w.grad, twin.operands[0].grad) == (0.0, 4.0)
    with pytest.raises(pickle.PicklingError, match="a result of the compiled function"):
        pickle.dumps(y)


def test_threads_may_call_one_function() -> None:
    w = [Value(k / 7) for k in range(40)]
    compiled = autograd.compile(lambda x: sum((a * x).tanh() for a in w))
    compiled(0.0)
    expected = {k: compiled(k / 10).data for k in range(50)}
    with ThreadPoolExecutor(8) as threads:
        for k, y in enumerate(threads.map(lambda k: compiled(k % 50 / 10), range(400))):
            assert y.data == expected[k % 50]
            assert gradients_of(y, w[:1])[0] == pytest.approx(k % 50 / 10)
