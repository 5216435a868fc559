"""Dropout: what it leaves out, what it keeps of the mean, and when it does nothing."""

from __future__ import annotations

import random
import statistics
from typing import Any

import pytest

import autograd
from autograd import RecordingError, Value
from nn import Dropout, Layer, Sequential


def test_numbers_are_0_or_larger_by_what_is_left_out() -> None:
    out = Dropout(0.2, rng=random.Random(0))([Value(3.0) for _ in range(1000)])
    found = [v.data for v in out]
    assert set(found) == {0.0, 3.0 / 0.8}
    assert found.count(0.0) == pytest.approx(200, abs=40)
    assert statistics.fmean(found) == pytest.approx(3.0, rel=0.05)


def test_gradients_pass_where_numbers_do() -> None:
    x = [Value(1.0) for _ in range(10)]
    out = Dropout(0.5, rng=random.Random(3))(x)
    sum(out).backward()
    assert [v.grad for v in x] == [v.data for v in out]
    assert all(v.has_grad for v in x)  # as in PyTorch: a gradient of 0, not none


def test_the_same_seed_leaves_out_the_same() -> None:
    x = [Value(1.0) for _ in range(20)]
    one, two, other = (Dropout(rng=random.Random(seed)) for seed in (0, 0, 1))
    drawn = [v.data for v in one(x)]
    assert drawn == [v.data for v in two(x)] != [v.data for v in other(x)]
    assert drawn != [v.data for v in one(x)]


def test_shapes_stay() -> None:
    dropout = Dropout(0.5, rng=random.Random(0))
    assert type(dropout(Value(1.0))) is Value
    assert [len(row) for row in dropout([[Value(1.0)], [Value(1.0), 2.0]])] == [1, 2]


def test_nothing_happens_in_use_or_without_a_probability() -> None:
    x = [Value(1.0), Value(2.0)]
    assert Dropout(0.9).eval()(x) is x
    assert Dropout(0.0)(x) is x
    assert [v.data for v in Dropout(1.0)(x)] == [0.0, 0.0]


def test_eval_of_a_model_reaches_it() -> None:
    model = Sequential(Layer(2, 8), Dropout(0.5), Layer(8, 1, None))
    model.eval()
    assert model([1.0, 2.0])[0].data == model([1.0, 2.0])[0].data


def test_a_compiled_function_may_not_keep_one_choice() -> None:
    model = Sequential(Layer(2, 4), Dropout(0.5, rng=random.Random(0)))
    compiled = autograd.compile(lambda x: sum(model(x)))
    with pytest.raises(RecordingError, match="Dropout draws anew in every call"):
        compiled([1.0, 2.0])
    model.eval()
    expected: Any = sum(model([1.0, 2.0]))
    assert compiled([1.0, 2.0]).data == expected.data


@pytest.mark.parametrize("p", [-0.1, 1.5, "half"])
def test_a_wrong_probability_is_named(p: Any) -> None:
    with pytest.raises(ValueError, match="Dropout: p is a number from 0 to 1, not"):
        Dropout(p)
    with pytest.raises(TypeError, match=r"rng is a random\.Random"):
        Dropout(0.5, rng=p)


def test_it_reads_well() -> None:
    assert repr(Dropout(0.3)) == "Dropout(0.3)"
