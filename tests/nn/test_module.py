"""Module: how parameters are found, named, saved and restored."""

from __future__ import annotations

import copy
import gc
import pickle
import random
import weakref
from collections.abc import Callable
from typing import Any

import numpy
import pytest

from autograd import Value
from nn import MLP, IncompatibleKeys, Module, Sequential
from nn.module import Inventory, inventory_of


class Everything(Module):
    """Parameters in every place that is looked at."""

    def __init__(self) -> None:
        self.scale = Value(1.0)
        self.rows = [[Value(2.0), Value(3.0)], (Value(4.0),)]
        self.table = {"bias": Value(5.0), "layers": [MLP(1, [1])]}
        self.tied = self.scale
        self.size = 3
        self.name = "text"
        self.constant = Value(9.0).detach()
        self.result = self.scale * 2
        self.me = self

    def forward(self, x: Any) -> Any:
        return self.scale * x


def test_parameters_are_found_in_order_and_once() -> None:
    model = Everything()
    assert [name for name, _ in model.named_parameters()] == [
        "scale",
        "rows.0.0",
        "rows.0.1",
        "rows.1.0",
        "table.bias",
        "table.layers.0.layers.0.neurons.0.w.0",
        "table.layers.0.layers.0.neurons.0.b",
    ]
    assert model.parameters()[:4] == [model.scale, *model.rows[0], *model.rows[1]]


def test_names_are_pytorchs_dotted_names() -> None:
    names = [name for name, _ in MLP(2, [2, 1]).named_parameters()]
    assert names[:3] == ["layers.0.neurons.0.w.0", "layers.0.neurons.0.w.1", "layers.0.neurons.0.b"]
    assert names[-1] == "layers.1.neurons.0.b"


def test_zero_grad_clears_every_parameter() -> None:
    model = MLP(2, [2, 1])
    model([1.0, 2.0]).backward()
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 9


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(TypeError, match=r"Module has no forward\(\)"):
        Module()(1.0)


def test_state_goes_to_another_model_of_the_same_shape() -> None:
    one, two = (MLP(2, [3, 1], rng=random.Random(seed)) for seed in (1, 2))
    assert two.load_state_dict(one.state_dict()) == IncompatibleKeys([], [])
    assert two([0.3, -0.7]).data == one([0.3, -0.7]).data


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_of_a_model_are_apart(duplicate: Any) -> None:
    model = MLP(2, [3, 1], rng=random.Random(0))
    twin = duplicate(model)
    assert twin.state_dict() == model.state_dict()
    twin([1.0, 2.0]).backward()
    assert not any(p.has_grad for p in model.parameters())


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    model = MLP(2, [1])
    before = model.state_dict()
    state = {**before, "stranger": 1.0}
    del state["layers.0.neurons.0.b"]
    state["layers.0.neurons.0.w.0"] = 100.0
    with pytest.raises(KeyError) as caught:
        model.load_state_dict(state)
    assert "missing layers.0.neurons.0.b; unexpected stranger" in str(caught.value)
    with pytest.raises(TypeError, match=r"layers\.0\.neurons\.0\.w\.1: expected a real number"):
        model.load_state_dict({**before, "layers.0.neurons.0.w.1": "x"})
    with pytest.raises(TypeError, match="load_state_dict takes a dict"):
        model.load_state_dict([1.0])
    assert model.state_dict() == before


def test_a_state_may_be_loaded_in_part() -> None:
    model = MLP(2, [1])
    keys = model.load_state_dict({"layers.0.neurons.0.b": 7.0, "stranger": 1.0}, strict=False)
    assert keys.missing_keys == ["layers.0.neurons.0.w.0", "layers.0.neurons.0.w.1"]
    assert keys.unexpected_keys == ["stranger"]
    assert model.layers[0].neurons[0].b.data == 7.0


def test_parameters_with_one_name_are_refused() -> None:
    model = Everything()
    model.table = {"a.b": Value(1.0), "a": {"b": Value(2.0)}}  # type: ignore[dict-item]
    with pytest.raises(ValueError, match=r"two parameters of Everything .* 'table\.a\.b'"):
        model.state_dict()


def test_arrays_of_values_hold_parameters() -> None:
    model = Everything()
    model.rows = numpy.array([[Value(1.0), Value(2.0)]])  # type: ignore[assignment]
    assert [name for name, _ in model.named_parameters()][1:3] == ["rows.0.0", "rows.0.1"]


def test_a_number_that_is_none_is_named() -> None:
    model = MLP(1, [1])
    with pytest.raises(ValueError, match=r"layers\.0\.neurons\.0\.b: this int exceeds"):
        model.load_state_dict({**model.state_dict(), "layers.0.neurons.0.b": 10**400})
    with pytest.raises(KeyError, match="unexpected 1"):
        model.load_state_dict({**model.state_dict(), 1: 2.0})  # type: ignore[dict-item]


def test_train_and_eval_reach_every_module() -> None:
    model = Everything()
    inner = model.table["layers"][0]
    assert model.training
    assert model.eval() is model
    assert not any(module.training for _, module in model.named_modules())
    assert not inner.layers[0].neurons[0].training
    assert model.train().training
    assert inner.layers[0].neurons[0].training
    assert Module.training


def test_the_mode_of_a_module_is_no_parameter_and_no_state() -> None:
    model = MLP(2, [2, 1])
    before = model.state_dict()
    assert model.eval().state_dict() == before
    assert not copy.deepcopy(model).training
    assert model([0.5, 1.0]).data == model.train()([0.5, 1.0]).data


def test_parameters_are_found_again_only_when_the_model_has_changed() -> None:
    model = MLP(2, [3, 2])
    first = model.layers[0].neurons[0]
    kept = inventory_of(model)
    model.eval().train()
    model(list(model.parameters()[:2]))
    model.load_state_dict(model.state_dict())
    assert inventory_of(model) is kept

    changes: list[Callable[[], object]] = [
        lambda: setattr(first, "b", Value(1.0)),
        lambda: first.w.append(Value(1.0)),
        lambda: first.w.__setitem__(0, Value(2.0)),
        lambda: first.w.reverse(),
        lambda: setattr(model, "extra", {"a": [Value(3.0)]}),
        lambda: model.extra["a"].append(Value(4.0)),  # type: ignore[attr-defined]
        lambda: model.extra.__setitem__("b", Value(5.0)),  # type: ignore[attr-defined]
        lambda: setattr(model, "number", 1.0),
        lambda: setattr(model, "number", Value(6.0)),
        lambda: model.layers.pop(),
        lambda: delattr(model, "extra"),
    ]
    for change in changes:
        change()
        fresh = Inventory(model)
        assert [(name, id(p)) for name, p in model.named_parameters()] == [
            (name, id(p)) for name, p in fresh.named
        ]


def test_a_constant_that_takes_gradients_becomes_a_parameter() -> None:
    model = Sequential(MLP(1, [1]))
    model.scale = Value(2.0).detach()  # type: ignore[attr-defined]
    before = len(model.parameters())
    model.scale.requires_grad = True  # type: ignore[attr-defined]
    assert len(model.parameters()) == before + 1
    model.scale.requires_grad = False  # type: ignore[attr-defined]
    assert len(model.parameters()) == before + 1


def test_a_list_of_parameters_is_the_callers_own() -> None:
    model = MLP(1, [1])
    model.parameters().clear()
    model.named_parameters().clear()
    assert len(model.parameters()) == len(model.named_parameters()) == 2


def test_copies_do_not_share_what_was_found() -> None:
    model = MLP(1, [1])
    model.parameters()
    for twin in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        twin.layers = twin.layers[:0]
        assert twin.parameters() == []
        assert len(model.parameters()) == 2
    assert "_inventory" not in vars(model)
    gone = weakref.ref(model)
    del model, twin
    gc.collect()
    assert gone() is None
