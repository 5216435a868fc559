"""Frozen parameters: no gradient, no step, no decay; listed, saved and converted all the same."""

from __future__ import annotations

import copy
import pickle
import random
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Value
from nn import (
    MLP,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Linear,
    Module,
    RMSprop,
    Sequential,
    fit,
    from_torch,
    l2,
    load,
    mse_loss,
    save,
    to_torch,
)

X, Y = [[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0], [0.5, -0.5]], [1.0, -1.0, 0.5, 2.0]


def net(seed: int = 0) -> MLP:
    return MLP(2, [3, 1], activation="tanh", rng=random.Random(seed))


def half_frozen() -> MLP:
    model = net()
    model.layers[0].requires_grad_(False)
    return model


def loss_of(model: Module) -> Value:
    loss: Value = mse_loss([model(row) for row in X], Y)
    return loss


# ---- the module ---------------------------------------------------------------------------------


def test_a_frozen_module_gets_no_gradient_until_it_learns_again() -> None:
    model = net()
    hidden = model.layers[0]
    assert hidden.requires_grad_(False) is hidden
    loss_of(model).backward()
    assert not any(p.has_grad for p in hidden.parameters())
    assert all(p.has_grad for p in model.layers[1].parameters())
    assert model.requires_grad_() is model
    loss_of(model).backward()
    assert all(p.has_grad for p in hidden.parameters())


def test_frozen_parameters_are_listed_and_kept() -> None:
    model, twin = net(), half_frozen()
    assert [name for name, _ in twin.named_parameters()] == [
        name for name, _ in model.named_parameters()
    ]
    assert twin.state_dict() == model.state_dict()
    twin.load_state_dict(net(1).state_dict())
    assert twin.state_dict() == net(1).state_dict()
    assert twin.layers[0].neurons[0].b.is_frozen
    for p in model.parameters():  # as PyTorch's users write it
        p.requires_grad = False
    assert len(model.parameters()) == 13
    assert len(Linear(2, 3, bias=False).requires_grad_(False).requires_grad_().parameters()) == 6


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_as_frozen(duplicate: Any) -> None:
    twin = duplicate(half_frozen())
    assert [p.requires_grad for p in twin.parameters()] == [False] * 9 + [True] * 4


def test_a_file_says_what_was_frozen(tmp_path: Path) -> None:
    save(half_frozen(), tmp_path / "model.json")
    twin = load(tmp_path / "model.json")
    assert [p.requires_grad for p in twin.parameters()] == [False] * 9 + [True] * 4
    assert twin.state_dict() == net().state_dict()
    given = load(tmp_path / "model.json", net(1))  # numbers alone, as load_state_dict
    assert given.state_dict() == net().state_dict()
    assert all(p.requires_grad for p in given.parameters())
    assert repr(load_frozen_linear(tmp_path)) == "Linear(2, 1)"


def load_frozen_linear(folder: Path) -> Module:
    linear = Linear(2, 1)
    linear.neurons[0].b.data = 0.0  # which frozen is no missing bias
    save(linear.requires_grad_(False), folder / "linear.json")
    return load(folder / "linear.json")


def test_a_compiled_penalty_inside_a_model_knows_them_too() -> None:
    model = half_frozen()
    loss = autograd.compile(lambda x: model(x) + l2(model.parameters()))
    expected = model([1.0, 2.0]) + l2(model.parameters())
    found = loss([1.0, 2.0])
    assert found.data == pytest.approx(expected.data, rel=1e-14)
    found.backward()
    assert [p.has_grad for p in model.parameters()] == [False] * 9 + [True] * 4


# ---- gradients of 0, or none --------------------------------------------------------------------


def test_zero_grad_leaves_none_or_zeros_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for through in ("module", "optimizer"):
        for set_to_none in (True, False):
            model, module = Sequential(Linear(1, 1), Linear(1, 1)), torch.nn.Linear(1, 1)
            ours: Any = model if through == "module" else SGD(model.parameters())
            theirs = module if through == "module" else torch.optim.SGD(module.parameters())
            model[0]([1.0])[0].backward()  # type: ignore[operator]
            module(torch.ones(1)).backward()
            ours.zero_grad(set_to_none=set_to_none)
            theirs.zero_grad(set_to_none=set_to_none)
            found = {p.has_grad for p in model[0].parameters()}  # type: ignore[union-attr]
            assert found == {p.grad is not None for p in module.parameters()} == {not set_to_none}
            assert {p.grad for p in model.parameters()} == {0.0}
            assert not any(p.has_grad for p in model[1].parameters())  # type: ignore[union-attr]


def test_a_gradient_of_0_decays_and_none_does_not() -> None:
    w = Value(1.0)
    optimizer = SGD([w], lr=0.1, weight_decay=0.5)
    (w * 2).backward()
    optimizer.zero_grad()
    optimizer.step()
    assert w.data == 1.0
    (w * 2).backward()
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()
    assert w.data == 0.95


# ---- optimisers ---------------------------------------------------------------------------------

OPTIMISERS: list[Any] = [
    lambda p: SGD(p, lr=0.1, momentum=0.9, weight_decay=0.5),
    lambda p: Adagrad(p, lr=0.1, weight_decay=0.5),
    lambda p: RMSprop(p, lr=0.1, momentum=0.9, weight_decay=0.5),
    lambda p: Adam(p, lr=0.1, weight_decay=0.5),
    lambda p: AdamW(p, lr=0.1, weight_decay=0.5),
]


@pytest.mark.parametrize("make", OPTIMISERS)
def test_a_frozen_parameter_does_not_move_nor_decay_and_is_not_remembered(make: Any) -> None:
    frozen, free = Value(2.0), Value(3.0)
    frozen.grad = 1.0  # left from before
    frozen.requires_grad = False
    optimizer = make([frozen, free])
    for _ in range(3):
        (free * frozen * free).backward()
        optimizer.step()
    assert frozen.data == 2.0
    assert frozen not in optimizer.state
    assert free.data != 3.0


@pytest.mark.parametrize("make", OPTIMISERS)
def test_frozen_in_between_it_goes_on_from_where_it_was(make: Any) -> None:
    w, other = Value(2.0), Value(2.0)
    optimizer, undisturbed = make([w]), make([other])
    for optimiser, v in ((optimizer, w), (undisturbed, other)):
        (v * v).backward()
        optimiser.step()
        optimiser.zero_grad()
    w.requires_grad = False
    before = w.data, copy.deepcopy(optimizer.state_dict())
    w.grad = 5.0
    optimizer.step()
    assert (w.data, optimizer.state_dict()) == before
    w.requires_grad = True
    w.zero_grad()
    for optimiser, v in ((optimizer, w), (undisturbed, other)):
        (v * v).backward()
        optimiser.step()
    assert w.data == other.data


def test_an_optimiser_takes_no_constant() -> None:
    with pytest.raises(TypeError, match=r"moves leaf Values; params\[0\]"):
        SGD([Value(1.0).detach()])


# ---- fit ----------------------------------------------------------------------------------------


def trained(model: MLP, optimizer: Any = None, **options: Any) -> Any:
    optimizer = optimizer or AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    settings = {"epochs": 20, "l2": 0.1, "batch_size": 2, "progress": False, **options}
    return fit(model, X, Y, loss=mse_loss, optimizer=optimizer, **settings)


@pytest.mark.parametrize("compiled", [True, False])
def test_fit_leaves_frozen_parameters_exactly_as_they_are(compiled: bool) -> None:
    model = half_frozen()
    before = model.state_dict()
    history = trained(model, compiled=compiled)
    assert history.compiled == compiled
    after = model.state_dict()
    changed = [name for name in before if after[name] != before[name]]
    assert changed == [name for name in before if name.startswith("layers.1")]


@pytest.mark.parametrize("at_first", [True, False])
def test_fit_is_the_same_compiled_or_not_when_freezing_changes_in_between(at_first: bool) -> None:
    states = []
    for compiled in (True, False):
        model = net()
        model.layers[0].requires_grad_(at_first)
        seen = []

        def change(history: Any, model: MLP = model, seen: list[Any] = seen) -> None:
            seen.append(model.layers[0].state_dict())
            model.layers[0].requires_grad_(at_first != (5 <= history.epochs < 10))

        trained(model, compiled=compiled, callbacks=[change])
        assert (seen[3] != seen[4]) == (seen[9] != seen[10]) == at_first
        assert (seen[4] != seen[9]) != at_first
        states.append(list(model.state_dict().values()))
    assert states[0] == pytest.approx(states[1], rel=1e-9)


@pytest.mark.parametrize("compiled", [True, False])
def test_l2_is_of_the_weights_that_learn_at_the_time_as_weight_decay_is(compiled: bool) -> None:
    states = []
    for share, decay in ((0.1, 0.0), (0.0, 0.2)):
        model = half_frozen()

        def unfreeze(history: Any, model: MLP = model) -> None:
            model.layers[0].requires_grad_(history.epochs >= 6)

        optimizer = SGD(model.parameters(), lr=0.05, weight_decay=decay)
        trained(model, optimizer, compiled=compiled, l2=share, callbacks=[unfreeze])
        states.append(list(model.state_dict().values()))
    assert states[0] == pytest.approx(states[1], rel=1e-12)


def test_fit_trains_what_the_loss_has_of_its_own_beside_a_frozen_model() -> None:
    model, factor = net().requires_grad_(False), Value(1.0)
    before = model.state_dict()

    def loss(predictions: list[Value], targets: list[float]) -> Value:
        scaled: Value = mse_loss([factor * p for p in predictions], targets)
        return scaled

    optimizer = SGD([factor, *model.parameters()], lr=0.1)
    fit(model, X, Y, loss=loss, optimizer=optimizer, epochs=3, l2=0.1, progress=False)
    assert factor.data != 1.0
    assert model.state_dict() == before


def test_fit_says_when_all_is_frozen() -> None:
    model = net()
    with pytest.raises(ValueError, match=r"are frozen: model.requires_grad_\(True\) lets them"):
        trained(model.requires_grad_(False))
    model.layers[1].requires_grad_(True)
    trained(model)


# ---- PyTorch ------------------------------------------------------------------------------------


def test_what_is_frozen_here_is_frozen_there_and_back() -> None:
    pytest.importorskip("torch")
    module = to_torch(half_frozen())
    assert [p.requires_grad for p in module.parameters()] == [False, False, True, True]
    back = from_torch(module)
    assert [p.requires_grad for p in back.parameters()] == [False] * 9 + [True] * 4
    assert back.state_dict() == net().state_dict()


def test_a_picture_of_gradients_takes_a_frozen_layer() -> None:
    plots = pytest.importorskip("nn.plots")
    pytest.importorskip("matplotlib").use("Agg")
    model = half_frozen()
    loss_of(model).backward()
    assert plots.network(model, show="grad") is not None
    assert plots.gradient_histogram(model) is not None
