"""Compiled functions that give many numbers."""

from __future__ import annotations

import copy
import pickle
import random
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
        compiled.mean([Value(3.0)])
    compiled.map([3.0])
    compiled.mean([Value(3.0)])
    assert asked == [0.0, 0.0, 1.0]


def test_a_function_of_many_results_inside_another() -> None:
    w = Value(3.0)
    inner = autograd.compile(lambda x: {"y": w * x, "k": 2.0})
    outer = autograd.compile(lambda x: inner(x)["y"] * inner(x)["k"] + inner.mean([x, 2 * x])["y"])
    y = outer(5.0)
    y.backward()
    assert (y.data, w.grad) == (52.5, 17.5)


@pytest.mark.parametrize("count", [35, 150])
def test_the_mean_of_each_result(count: int) -> None:
    model = model_of(3, 20, 4)
    compiled = autograd.compile(model)
    rows = table(count, 3)
    with autograd.no_grad():
        singly = np.array([[y.data for y in model(row)] for row in rows.tolist()])
    means = compiled.mean(rows)
    assert [y.data for y in means] == pytest.approx(singly.mean(axis=0).tolist(), rel=1e-13)
    means[2].backward()
    found = [p.grad for p in model.parameters()]
    model.zero_grad()
    third = [model(row)[2] for row in rows.tolist()]
    (sum(third[1:], third[0]) / count).backward()
    assert found == pytest.approx([p.grad for p in model.parameters()], rel=1e-11, abs=1e-15)


@pytest.mark.parametrize("count", [11, 83, 150])
def test_inputs_of_many_rows_have_gradients_by_each_result(count: int) -> None:
    xs = [Value(float(k)) for k in range(count)]
    first, second = autograd.compile(lambda x: [x**2, 3 * x]).mean(xs)
    first.backward()
    assert [x.grad for x in xs] == pytest.approx([2 * k / count for k in range(count)])
    for x in xs:
        x.grad = 0.0
    second.backward()
    assert [x.grad for x in xs] == pytest.approx([3 / count] * count)


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
