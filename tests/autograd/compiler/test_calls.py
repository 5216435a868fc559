"""Calls of a compiled function after the first: native code does by itself what the long way in
Python does, and what is unusual goes that way.
"""

from __future__ import annotations

import copy
import gc
import math
import pickle
import weakref
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest
from sameness import gradients_of

import autograd
from autograd import DomainError, Operation, Value, detect_anomaly, gradients, hessian, no_grad
from autograd.errors import AnomalyError, TooLargeError
from autograd.stepping.tracing import trace

Pair = namedtuple("Pair", ["x", "y"])


def both_ways(compiled: Any, *args: Any) -> tuple[Value, Value]:
    """A call, and the same by the long way."""
    compiled(*args)
    return compiled(*args), compiled._call(args, {})


def assert_alike(one: Value, other: Value) -> None:
    """Whether two results cannot be told apart, but for their gradients' last bits."""
    assert repr(one.data) == repr(other.data)
    assert one.is_constant == other.is_constant
    assert one.operands == other.operands
    assert one.local_grads == pytest.approx(other.local_grads, rel=1e-15)
    assert type(one._operation) is type(other._operation)


@pytest.mark.parametrize(
    "argument",
    [
        2.5, 3, -(10**15), True, Fraction(1, 3), Decimal("0.25"), numpy.float64(1.5),
        numpy.float32(0.5), numpy.int64(3), numpy.array(2.5), numpy.bool_(True), Value(2.5),
    ],
    ids=lambda x: type(x).__name__,
)  # fmt: skip
def test_a_number_may_be_of_any_kind(argument: Any) -> None:
    w = Value(3.0)
    compiled = autograd.compile(lambda x: w * x + x * x)
    compiled(1.0)
    assert_alike(*both_ways(compiled, argument))
    assert len(compiled._tapes.replays) == 1


X, Y, Z = Value(0.5), Value(-1.5), Value(2.0)


@pytest.mark.parametrize(
    "argument",
    [
        [X, 2.0, Y], (1.0, Y, Z), {"a": X, "b": 2.0, "c": Y}, OrderedDict(a=X, b=Y, c=1.0),
        [[X, Y], (Z, {"k": [1, 2, X]})], Pair(X, Y), [1, 2, 3], [], (), {}, [[], X],
        numpy.array([1.0, 2.0, 3.0]), numpy.array([1, 2, 3]), numpy.array([X, Y, 1.0], dtype="O"),
        numpy.arange(6.0).reshape(2, 3), numpy.arange(6.0).reshape(3, 2).T,
        numpy.arange(8.0)[::3], numpy.arange(3, dtype=">f8"), {1: X, 2: Y}, {(1, 2): X},
    ],
    ids=repr,
)  # fmt: skip
def test_numbers_may_lie_in_anything(argument: Any) -> None:
    def total(structure: Any) -> Any:
        if isinstance(structure, dict):
            structure = list(structure.values())
        if isinstance(structure, (list, tuple, numpy.ndarray)):
            return sum((k + 1) * total(x) for k, x in enumerate(structure))
        return structure * structure

    w = Value(3.0)
    compiled = autograd.compile(lambda x: w * (total(x) + 1))
    assert_alike(*both_ways(compiled, argument))
    assert len(compiled._tapes.replays) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0, 2.0], (1.0, 2.0)), ([1.0], numpy.array([1.0])),
        ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}), ({"a": 1.0}, {"b": 1.0}),
        (numpy.ones((2, 3)), numpy.ones((3, 2))), (numpy.ones(2), numpy.ones(3)), (1.0, [1.0]),
        (Pair(1.0, 2.0), (1.0, 2.0)), ({1: 2.0}, {1.5: 2.0}), ([[1.0], [2.0]], [[1.0, 2.0]]),
    ],
)  # fmt: skip
def test_another_structure_is_recorded_and_both_stay(first: Any, second: Any) -> None:
    def function(x: Any) -> Any:
        x = list(x.values()) if isinstance(x, dict) else x
        return sum(numpy.ravel(numpy.array(x, dtype=object)).tolist()) * Value(1.0) * 2

    compiled = autograd.compile(function)
    for argument in (first, second, first, second, second, first):
        assert compiled(argument).data == function(argument).data
    assert len(compiled._tapes.replays) == 2
    assert compiled._tapes.latest is next(iter(compiled._tapes.replays.values()))


def test_names_of_arguments_and_how_many_there_are() -> None:
    compiled = autograd.compile(lambda x, y=4.0: x * y)
    assert [compiled(2.0, 3.0).data for _ in range(3)] == [6.0] * 3
    assert compiled(2.0, y=5.0).data == compiled(y=2.0, x=5.0).data == 10.0
    assert compiled(2.0).data == 8.0
    assert compiled(2.0, 3.0).data == 6.0
    with pytest.raises(TypeError):
        compiled(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match="argument 1"):
        compiled("2", 3.0)
    with pytest.raises(TooLargeError):
        compiled(10**400, 3.0)
    assert compiled(2.0, 3.0).data == 6.0


def test_gradients_arrive_where_arguments_are_the_same_or_results() -> None:
    w, a = Value(3.0), Value(2.0)
    compiled = autograd.compile(lambda x, y: w * x * y + w)
    compiled(1.0, 1.0)
    for x, y in ((a, a), (a * a, a), (a, w), (w, w), (a, 2.0), (1.0, a)):
        fast, long = both_ways(compiled, x, y)
        assert_alike(fast, long)
        assert gradients_of(fast, [a, w]) == gradients_of(long, [a, w])
    fast = compiled(a, a)
    fast.backward()
    fast.backward(0.5)
    assert (a.grad, w.grad, fast.grad) == (1.5 * 12.0, 1.5 * 5.0, 1.5)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
def test_any_number_of_operands(count: int) -> None:
    xs = [Value(1.0 + k) for k in range(count)]
    compiled = autograd.compile(lambda *xs: math.prod(xs, start=Value(1.0)))
    fast, long = both_ways(compiled, *xs)
    assert_alike(fast, long)
    fast.backward()
    assert [x.grad for x in xs] == [math.factorial(count) / x.data for x in xs]


def test_what_is_frozen_and_what_no_grad_does() -> None:
    v, w = Value(2.0), Value(3.0)
    compiled = autograd.compile(lambda x: v * x + w * x)
    x = Value(5.0)
    for frozen in ([], [v], [w], [v, w], [x], [x, v, w], [x, v]):
        for node in (v, w, x):
            node.requires_grad = not any(node is other for other in frozen)
        for argument in (x, 5.0, Value(5.0).detach()):
            fast, long = both_ways(compiled, argument)
            assert_alike(fast, long)
            with no_grad():
                assert compiled(argument).is_constant
    for node in (v, w, x):
        node.requires_grad = True
    before = compiled(x)
    v.requires_grad = False  # frozen afterwards: it takes nothing
    before.backward()
    assert (v.has_grad, w.grad, x.grad) == (False, 5.0, 5.0)


def test_several_results_in_their_form() -> None:
    w, x = Value(3.0), Value(2.0)
    compiled = autograd.compile(lambda x: {"a": [w * x, x], "b": (w, w * w, 7.0), "c": w * x})
    compiled(1.0)
    fast, long = compiled(x), compiled._call((x,), {})
    assert list(fast) == ["a", "b", "c"]
    assert type(fast["b"]) is tuple
    for one, other in zip(
        [*fast["a"], *fast["b"], fast["c"]], [*long["a"], *long["b"], long["c"]], strict=True
    ):
        assert_alike(one, other)
    y = autograd.compile(lambda x: (lambda y: [y, y])(w * x))
    y(1.0)
    one, other = y(x)
    assert one is other
    one.backward()
    assert (w.grad, x.grad) == (2.0, 3.0)


def test_a_result_without_a_value_is_explained_and_leaves_nothing_behind() -> None:
    w = Value(2.0, label="w")
    compiled = autograd.compile(lambda x: w * x.log())
    compiled(1.0)
    for _ in range(2):
        with pytest.raises(DomainError, match=r"log\(x\) does not exist"):
            compiled(-1.0)
        with pytest.raises(DomainError, match="the result is nan, since x is nan"):
            compiled(math.nan)
        assert compiled(math.e).data == pytest.approx(2.0)
    same = autograd.compile(lambda x: x)
    same(1.0)
    with pytest.raises(DomainError):
        same(math.inf)
    w.data = math.inf
    with pytest.raises(DomainError, match="w is inf"):
        compiled(2.0)


def test_derivatives_inside_may_be_infinite_on_the_way() -> None:
    compiled = autograd.compile(lambda x: gradients(x.sqrt(), [x])[0] ** -1)
    compiled(4.0)
    for x in (4.0, 0.0, 9.0):
        assert compiled(Value(x)).data == compiled._call((x,), {}).data == 2 * math.sqrt(x)


def test_higher_derivatives_and_traces_of_a_later_call() -> None:
    w = Value(3.0)
    compiled = autograd.compile(lambda x, k: w * x**3 * k)
    compiled(1.0, 1.0)
    x = Value(2.0)
    y = compiled(x, 5.0)
    slope, by_w = gradients(y, [x, w])
    assert (slope.data, by_w.data) == (180.0, 40.0)
    assert gradients(slope, [x])[0].data == 180.0
    assert hessian(lambda x: compiled(x, 5.0))(2.0) == 180.0
    assert [step.local for step in trace(y)] == [1.0, 180.0, 40.0]
    assert y.op == "<lambda>"
    assert "<lambda>(…)" in autograd.to_text(y)
    later = compiled(x, 5.0)
    x.data = 1.0
    with pytest.raises(autograd.errors.GraphError, match="was changed after it was called"):
        gradients(later, [x])
    later.backward()
    assert w.grad == 40.0  # of the call


def test_a_result_is_copied_and_not_pickled() -> None:
    compiled = autograd.compile(lambda x, y, z: x * y * z)
    compiled(1.0, 1.0, 1.0)
    for y in (compiled(Value(2.0), 3.0, 4.0), compiled(Value(2.0), Value(3.0), Value(4.0))):
        twin = copy.deepcopy(y)
        assert (twin.data, twin.local_grads) == (y.data, y.local_grads)
        with pytest.raises(pickle.PicklingError, match="cannot be pickled"):
            pickle.dumps(y)
        assert pickle.loads(pickle.dumps(compiled))(2.0, 3.0, 4.0).data == 24.0


def test_it_is_recorded_as_a_part_of_another() -> None:
    w = Value(3.0)
    inner = autograd.compile(lambda x: w * x)
    assert inner(2.0).data == inner(2.0).data == 6.0
    outer = autograd.compile(lambda x: inner(x) * inner(2 * x))
    for x in (1.0, 2.0):
        assert outer(Value(x)).data == 18.0 * x * x
    assert len(outer.tape) == 4


def test_own_operations_and_modes_of_the_pass_back() -> None:
    double = Operation("double", lambda x: 2 * x, lambda out, x: 2.0, summary="twice x.")
    compiled = autograd.compile(lambda x: double(x) * x)
    assert [compiled(Value(3.0)).data for _ in range(3)] == [18.0] * 3
    root = autograd.compile(lambda x: x.sqrt())
    root(1.0)
    with detect_anomaly(), pytest.raises(AnomalyError):
        root(Value(0.0, label="x")).backward()


@pytest.mark.parametrize("count", [1, 3, 8, 24, 29])
def test_the_mean_over_a_table(count: int) -> None:
    v, w = Value(2.0), Value(3.0)
    compiled = autograd.compile(lambda x, y: (v * x - w * y) ** 2)
    table = numpy.array([[0.1 * k, 1 - 0.2 * k] for k in range(count)])
    singly = sum([compiled(*row) for row in table]) / count
    for frozen in (False, True, False):
        v.requires_grad = not frozen
        mean = compiled.mean(table)
        assert repr(mean.data) == repr(singly.data)
        wanted = [0.0 if frozen else gradients_of(singly, [v])[0], *gradients_of(singly, [w])]
        assert list(mean.local_grads) == pytest.approx(wanted, rel=1e-12)
        assert [x.data for x in gradients(mean, [w])] == pytest.approx(wanted[1:], rel=1e-12)
        with no_grad():
            assert compiled.mean(table).is_constant
    w.requires_grad = v.requires_grad = False
    assert compiled.mean(table).is_constant
    bad = table.copy()
    bad[-1, 1] = math.inf
    place = rf", rows\[{count - 1}\]" if count > 1 else ""
    with pytest.raises(DomainError, match=f"^<lambda>{place}: the result is inf"):
        compiled.mean(bad)
    assert compiled.mean(table).data == mean.data


class Odd(Value):
    """A Value of a user's own."""


def test_values_of_a_derived_class_and_attributes() -> None:
    compiled = autograd.compile(lambda x: x * x)
    compiled(1.0)
    x = Odd(3.0)
    y = compiled(x)
    y.note = "mine"
    y.backward()
    assert (y.data, x.grad, y.note) == (9.0, 6.0, "mine")


def test_a_result_keeps_what_it_needs_and_lets_go_of_it() -> None:
    compiled = autograd.compile(lambda *xs: sum(xs) * Value(2.0))
    for count in (1, 2, 30):
        xs = [Value(float(k)) for k in range(count)]
        compiled(*xs)
        y = compiled(*xs)
        alive = weakref.ref(xs[0])
        del xs
        gc.collect()
        assert alive() is not None
        assert len(y.operands) == count
        del y
        assert alive() is None


def test_many_threads_call_one_function() -> None:
    w = Value(1.5)

    @autograd.compile
    def long(x: Any, steps: Any) -> Any:
        for step in steps:
            x = (x * w).tanh() + step
        return x

    steps = [0.001 * k for k in range(2000)]  # long enough for threads to run meanwhile
    long(0.0, steps)
    wanted = [
        (long(0.1 * k, steps).data, long(Value(0.1 * k), steps).local_grads) for k in range(8)
    ]

    def found(k: int) -> tuple[float, tuple[float, ...]]:
        y = long(Value(0.1 * k), list(steps))
        return y.data, y.local_grads

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(found, [k % 8 for k in range(64)])) == wanted * 8


@pytest.mark.parametrize("make", [lambda f: f, copy.copy, copy.deepcopy])
def test_a_method_is_called_for_each_object(make: Callable[[Any], Any]) -> None:
    class Line:
        def __init__(self, slope: float) -> None:
            self.slope = Value(slope)

        @autograd.compile
        def at(self, x: Any) -> Any:
            return self.slope * x

    one, other = Line(2.0), Line(3.0)
    assert [line.at(k).data for k in (1.0, 2.0) for line in (one, other)] == [2.0, 3.0, 4.0, 6.0]
    bound = make(one.at)
    assert [bound(x).data for x in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
