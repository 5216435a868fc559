"""Predictions for many rows: those of the model, to the bit, and of the model as it is now."""

from __future__ import annotations

import copy
import pickle
import random
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from nn import MLP, Module
from nn.predictions import FEWEST, Predictor

Pair = namedtuple("Pair", "first second")
ROWS = np.random.default_rng(0).normal(size=(FEWEST + 5, 3))


def model_of(*widths: int) -> MLP:
    return MLP(3, list(widths), activation="tanh", rng=random.Random(0))


def one_by_one(model: Any, rows: Any = ROWS) -> Any:
    found = [model(row) for row in rows.tolist()]
    return [[y.data for y in row] if isinstance(row, list) else row.data for row in found]


@pytest.mark.parametrize("widths", [(4, 1), (4, 2)])
@pytest.mark.parametrize("count", [1, len(ROWS)])
def test_predictions_are_those_of_the_model(widths: tuple[int, ...], count: int) -> None:
    model, rows = model_of(*widths), ROWS[:count]
    expected = one_by_one(model, rows)
    assert np.asarray(Predictor()(model, rows)).tolist() == expected
    assert Predictor()(model, rows.tolist()) == expected
    assert np.asarray(Predictor()(model, np.asfortranarray(rows))).tolist() == expected


def test_a_model_is_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[Any] = []
    compile_ = autograd.compile
    monkeypatch.setattr(autograd, "compile", lambda f: (recorded.append(f), compile_(f))[1])
    model, predictor = model_of(4, 2), Predictor()
    for _ in range(3):
        predictor(model, ROWS)
    for p in model.parameters():
        p.data *= 1.5
    assert predictor(model, ROWS).tolist() == one_by_one(model)
    assert recorded == [model]


def test_another_structure_is_recorded_again() -> None:
    model, predictor = model_of(4, 2), Predictor()
    predictor(model, ROWS)
    model.layers[1].neurons[0].w[2] = Value(9.0)
    assert predictor(model, ROWS).tolist() == one_by_one(model)
    other = model_of(5, 2)
    assert predictor(other, ROWS).tolist() == one_by_one(other)
    assert predictor(model, ROWS).tolist() == one_by_one(model)


def test_a_model_that_cannot_be_recorded_runs_as_it_is() -> None:
    class Branching(MLP):
        def forward(self, x: Any) -> Any:
            out = super().forward(x)
            return out if out.data > 0 else -out

    class Counting(Module):
        def __init__(self) -> None:
            self.w, self.calls = Value(2.0), 0

        def forward(self, x: Any) -> Any:
            self.calls += 1
            return self.w * self.calls

    model = Branching(3, [2, 1], rng=random.Random(0))
    assert Predictor()(model, ROWS) == one_by_one(model)
    given = Predictor()(Counting(), ROWS)
    assert np.diff(given).tolist() == [2.0] * (len(ROWS) - 1)
    assert Predictor()(lambda row: row[0], ROWS) == ROWS[:, 0].tolist()


def test_models_may_give_their_numbers_in_tuples_and_dicts() -> None:
    class Both(MLP):
        def forward(self, x: Any) -> Any:
            first, second = super().forward(x)
            return {"pair": Pair(first, -second), "tuple": (first,)}

    model = Both(3, [2], rng=random.Random(0))
    for count in (1, len(ROWS)):
        found = Predictor()(model, ROWS[:count])
        for row, given in zip(ROWS.tolist(), found, strict=False):
            first, second = MLP.forward(model, row)
            expected = {"pair": Pair(first.data, -second.data), "tuple": (first.data,)}
            assert given == expected
            assert type(given["pair"]) is Pair


def test_a_copy_starts_without_a_recording() -> None:
    model, predictor = model_of(2, 1), Predictor()
    predictor(model, ROWS)
    for twin in (copy.deepcopy(predictor), pickle.loads(pickle.dumps(predictor))):
        assert twin._function is None
        assert twin(model, ROWS).tolist() == one_by_one(model)
