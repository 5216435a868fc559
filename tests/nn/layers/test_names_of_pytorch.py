"""Linear, ReLU, MSELoss and others: PyTorch's names for what is here."""

from __future__ import annotations

import copy
import pickle
import random
import re
from typing import Any

import pytest

import autograd
import nn
from autograd import Value, draw_dot
from nn import (
    MLP,
    SGD,
    CrossEntropyLoss,
    Layer,
    LayerNorm,
    Linear,
    MSELoss,
    ReLU,
    RMSNorm,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
    fit,
)


def network() -> Sequential:
    rng = random.Random(0)
    return Sequential(
        Linear(2, 3, rng=rng), ReLU(), LayerNorm(3), Linear(3, 3, bias=False, rng=rng), Tanh(),
        RMSNorm(3), Linear(3, 2, rng=rng), Softmax(dim=-1),
    )  # fmt: skip


def numbers(outputs: Any) -> list[float]:
    return [v.data for v in outputs]


# ---- Linear -------------------------------------------------------------------------------------


def test_a_linear_is_a_layer_without_activation() -> None:
    linear = Linear(2, 3, rng=random.Random(0))
    layer = Layer(2, 3, activation=None)
    layer.load_state_dict(linear.state_dict())
    assert numbers(linear([0.5, -2.0])) == numbers(layer([0.5, -2.0]))
    assert linear.weight[1][0] is linear.neurons[1].w[0]
    assert linear.bias is not None
    assert linear.bias[2] is linear.neurons[2].b


def test_without_biases_they_are_no_parameters() -> None:
    linear = Linear(2, 3, bias=False)
    assert linear.bias is None
    assert list(linear.state_dict()) == [f"neurons.{k}.w.{j}" for k in range(3) for j in range(2)]
    assert numbers(linear([0.0, 0.0])) == [0.0] * 3


def test_a_bias_that_is_0_or_frozen_is_one() -> None:
    linear = Linear(1, 1)
    linear.neurons[0].b.data = 0.0
    assert linear.requires_grad_(False).bias == [linear.neurons[0].b]
    assert repr(linear) == "Linear(1, 1)"


def test_without_biases_or_frozen_it_works_inside_a_compiled_function() -> None:
    for model in (Linear(2, 1, bias=False), Linear(2, 1).requires_grad_(False)):
        compiled = autograd.compile(lambda x, model=model: model(x)[0] * x[1])
        for x in ([0.5, -1.0], [2.0, 3.0]):
            assert compiled(x).data == pytest.approx(model(x)[0].data * x[1], rel=1e-14)


# ---- activations and losses ---------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), [(ReLU, "relu"), (Tanh, "tanh"), (Sigmoid, "sigmoid")])
def test_an_activation_is_that_of_its_name_for_each_number(kind: Any, name: str) -> None:
    row = [Value(-1.5), Value(0.25)]
    bend = autograd.OPERATIONS[name]
    assert numbers(kind()(row)) == [bend(v.data) for v in row]
    assert [numbers(r) for r in kind()([row, row])] == [[bend(v.data) for v in row]] * 2
    assert kind()(row[0]).data == bend(-1.5)
    layer, named = (Layer(2, 2, a, "normal", random.Random(0)) for a in (kind(), name))
    assert numbers(layer([1.0, 2.0])) == numbers(named([1.0, 2.0]))


def test_softmax_and_losses_are_the_functions() -> None:
    logits = [[Value(1.0), Value(-2.0)], [Value(0.0), Value(3.0)]]
    assert numbers(Softmax(dim=1)(logits[0])) == numbers(nn.softmax(logits[0]))
    for settings in ({}, {"reduction": "sum"}, {"label_smoothing": 0.25}):
        found = CrossEntropyLoss(**settings)(logits, [0, 1])  # type: ignore[arg-type]
        assert found.data == nn.cross_entropy(logits, [0, 1], **settings).data  # type: ignore[arg-type]
    assert MSELoss()([Value(3.0)], [1.0]).data == 4.0
    assert numbers(MSELoss(reduction="none")([Value(3.0), Value(1.0)], [1.0, 0.0])) == [4.0, 1.0]


# ---- together -----------------------------------------------------------------------------------


def test_a_network_of_them_equals_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    model = network()
    module = nn.to_torch(model)
    assert [type(part).__name__ for part in module] == [
        type(part).__name__ for part in model.layers
    ]
    x = [0.5, -2.0]
    outputs, expected = model(x), module(torch.tensor(x, dtype=torch.float64))
    assert numbers(outputs) == pytest.approx(expected.tolist(), rel=1e-12)
    criterion, theirs = CrossEntropyLoss(), torch.nn.CrossEntropyLoss()
    loss, their_loss = criterion([outputs], [1]), theirs(expected[None], torch.tensor([1]))
    assert loss.data == pytest.approx(their_loss.item(), rel=1e-12)
    loss.backward()
    their_loss.backward()
    # PyTorch has the biases of a Linear behind its weights, here each is behind its neuron's
    ours = {round(p.data, 9): p.grad for p in model.layers[0].parameters()}
    for parameter in module[0].parameters():
        grads = parameter.grad.flatten().tolist()
        for number, grad in zip(parameter.flatten().tolist(), grads, strict=True):
            assert ours[round(number, 9)] == pytest.approx(grad, rel=1e-9, abs=1e-15)
    assert [v.grad for v in model[2].weight] == pytest.approx(module[2].weight.grad.tolist())
    assert [v.grad for v in model[2].bias] == pytest.approx(module[2].bias.grad.tolist())
    assert [v.grad for v in model[5].weight] == pytest.approx(module[5].weight.grad.tolist())


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_gives_the_same_and_is_apart(duplicate: Any) -> None:
    model = network()
    twin = duplicate(model)
    assert repr(twin) == repr(model)
    assert numbers(twin([1.0, 2.0])) == numbers(model([1.0, 2.0]))
    assert set(twin.parameters()).isdisjoint(model.parameters())
    assert twin[3].bias is None


def test_it_reads_well() -> None:
    assert repr(network()) == (
        "Sequential(Linear(2, 3), ReLU(), LayerNorm(3), Linear(3, 3, bias=False), Tanh(), "
        "RMSNorm(3), Linear(3, 2), Softmax())"
    )
    assert repr(Softmax(dim=1)) == "Softmax(dim=1)"
    assert repr(MSELoss()) == "MSELoss()"
    assert repr(MSELoss(reduction="sum")) == "MSELoss(reduction='sum')"
    assert repr(CrossEntropyLoss()) == "CrossEntropyLoss()"
    assert repr(CrossEntropyLoss(reduction="none", label_smoothing=0.5)) == (
        "CrossEntropyLoss(reduction='none', label_smoothing=0.5)"
    )


def test_a_picture_has_a_frame_around_each() -> None:
    model = Sequential(Linear(1, 1), Tanh(), LayerNorm(1))
    criterion = MSELoss()
    loss = criterion(model([2.0]), [1.0])
    frames = re.findall(r'subgraph cluster_\d+ \{\n\t\tlabel="([^"]*)"', draw_dot(loss).source)
    assert {"model", "layers[0]", "layers[1]", "layers[2]", "criterion"} <= set(frames)


def test_fit_trains_such_a_network_compiled() -> None:
    rng = random.Random(0)
    model = Sequential(Linear(2, 8, rng=rng), Tanh(), LayerNorm(8), Linear(8, 1, rng=rng))
    rows, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    history = fit(
        model, rows, targets, loss=MSELoss(), optimizer=optimizer, epochs=300,
        stop_below=1e-3, progress=False,
    )  # fmt: skip
    assert history.compiled
    assert history["loss"][-1] < 1e-3


def test_a_network_picture_takes_a_linear() -> None:
    plots = pytest.importorskip("nn.plots")
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    assert plots.network(Linear(2, 2)) is not None
    mlp = MLP(2, [2, 1])
    mlp.layers[0] = Linear(2, 2, bias=False)
    assert plots.network(mlp) is not None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear(0, 1), "Linear: in_features is at least 1, not 0"),
        (lambda: Linear(1, 2.0), r"Linear: out_features is a whole number, not 2\.0"),
        (lambda: Linear(1, 1, bias="no"), "Linear: bias is True or False, not 'no'"),
        (lambda: Linear(1, 1, rng=3), r"rng is a random\.Random"),
        (lambda: Linear(3, 1)([[1.0, 2.0, 3.0]]), r"Linear\(3, 1\) takes a .*one row at a time"),
        (lambda: Softmax(dim=0), "Softmax: dim is -1, or 1 for rows .* not 0"),
        (lambda: Softmax()([[1.0]]), "softmax takes one row at a time"),
        (lambda: MSELoss(reduction="all")([Value(1.0)], [1.0]), 'mse_loss: reduction is "mean"'),
        (lambda: CrossEntropyLoss(label_smoothing=2)([Value(1.0)], 0), "label_smoothing is a"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make()
