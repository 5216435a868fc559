"""to_torch and from_torch: the same outputs and gradients on both sides, and clear refusals."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from nn import (
    MLP,
    Dropout,
    Embedding,
    Layer,
    Linear,
    Module,
    Neuron,
    Sequential,
    Sigmoid,
    Tanh,
    from_torch,
    log_softmax,
    softmax,
    to_torch,
)
from nn.layers.activations import ACTIVATIONS

torch: Any = pytest.importorskip("torch")
theirs = torch.nn

BENDS = {
    "relu": theirs.ReLU, "leaky_relu": theirs.LeakyReLU, "elu": theirs.ELU, "gelu": theirs.GELU,
    "silu": theirs.SiLU, "softplus": theirs.Softplus, "sigmoid": theirs.Sigmoid,
    "tanh": theirs.Tanh,
}  # fmt: skip
ROWS = [[0.5, -1.0, 2.0], [-3.0, 0.25, 1.0]]


def flat(outputs: Any) -> list[Value]:
    return [outputs] if isinstance(outputs, Value) else list(outputs)


def matrices(model: Any) -> list[list[list[Value]]]:
    """Weights and biases of Layers or a Neuron in order, each as rows of Values."""
    found = []
    layers = [m.neurons for _, m in model.named_modules() if isinstance(m, Layer)]
    for neurons in layers or [[model]]:
        found.append([neuron.w for neuron in neurons])
        found.append([[neuron.b] for neuron in neurons])
    return found


def assert_same(model: Any, module: Any, rows: list[list[float]]) -> None:
    """The outputs and all gradients of a weighted sum of them are the same to 1e-12."""
    model.zero_grad()
    module.zero_grad()
    inputs = [[Value(number) for number in row] for row in rows]
    outputs = [flat(model(row)) for row in inputs]
    tensor = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    expected = module(tensor)
    assert expected.dtype == torch.float64
    assert [[v.data for v in row] for row in outputs] == [
        pytest.approx(row, rel=1e-12, abs=1e-12) for row in expected.tolist()
    ]
    factors = [[1.0 + 0.5 * k - j for k in range(len(row))] for j, row in enumerate(outputs)]
    sum(
        factor * v
        for factor_row, row in zip(factors, outputs, strict=True)
        for factor, v in zip(factor_row, row, strict=True)
    ).backward()
    (torch.tensor(factors, dtype=torch.float64) * expected).sum().backward()
    assert [[v.grad for v in row] for row in inputs] == [
        pytest.approx(row, rel=1e-12, abs=1e-12) for row in tensor.grad.tolist()
    ]
    parameters = list(module.parameters())
    lists = [rows for rows in matrices(model) if not rows[0][0].is_constant]
    assert len(parameters) == len(lists)
    for parameter, values in zip(parameters, lists, strict=True):
        shape = (-1, len(values[0]))
        assert parameter.reshape(shape).tolist() == [[v.data for v in row] for row in values]
        assert [[v.grad for v in row] for row in values] == [
            pytest.approx(row, rel=1e-11, abs=1e-11)
            for row in parameter.grad.reshape(shape).tolist()
        ]


def with_biases(model: Any, rng: random.Random) -> Any:
    """The model, its biases drawn too."""
    for parameter in model.parameters():
        parameter.data = rng.gauss(0.0, 1.0)
    return model


# ---- the same numbers ---------------------------------------------------------------------------

names = st.none() | st.sampled_from(sorted(ACTIVATIONS))
numbers = st.floats(-4, 4, allow_subnormal=False)


@st.composite
def inputs(draw: Any, width: int) -> list[list[float]]:
    return draw(st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=1, max_size=3))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_mlp_is_the_same_there_and_back(data: Any) -> None:
    widths = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    rng = random.Random(data.draw(st.integers(0, 999)))
    model = with_biases(MLP(widths[0], widths[1:], data.draw(names), data.draw(names)), rng)
    rows = data.draw(inputs(widths[0]))
    module = to_torch(model)
    assert_same(model, module, rows)
    back = from_torch(module)
    assert isinstance(back, MLP)
    assert type(back(rows[0])) is type(model(rows[0]))
    assert back.state_dict() == model.state_dict()
    assert_same(back, module, rows)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_torch_network_is_the_same_here_and_back(data: Any) -> None:
    torch.manual_seed(data.draw(st.integers(0, 999)))
    width = first = data.draw(st.integers(1, 4))
    modules: list[Any] = []
    for _ in range(data.draw(st.integers(1, 3))):
        after = data.draw(st.integers(1, 4))
        kind = {"bias": data.draw(st.booleans()), "dtype": torch.float64}
        modules.append(theirs.Linear(width, after, **kind))
        width = after
        for name in data.draw(st.lists(st.sampled_from(sorted(BENDS)), max_size=2)):
            modules.append(BENDS[name]())
        if data.draw(st.booleans()):
            modules.append(theirs.Sequential(theirs.Identity(), theirs.Dropout(0.5)))
    if data.draw(st.booleans()):
        modules.append(data.draw(st.sampled_from([theirs.Softmax, theirs.LogSoftmax]))(dim=1))
    module = theirs.Sequential(*modules).eval()
    rows = data.draw(inputs(first))
    model = from_torch(module)
    assert_same(model, module, rows)
    assert_same(from_torch(to_torch(model)), module, rows)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_are_the_same_far_out(name: str) -> None:
    module = to_torch(Sequential(name))
    places = [-700.0, -39.0, -21.0, -8.0, -1e-9, 0.0, 1e-9, 8.0, 19.0, 21.0, 39.0, 41.0, 700.0]
    tensor = torch.tensor(places, dtype=torch.float64, requires_grad=True)
    outputs = module(tensor)
    outputs.sum().backward()
    values = [Value(x) for x in places]
    for value, output, grad in zip(values, outputs.tolist(), tensor.grad.tolist(), strict=True):
        found = ACTIVATIONS[name](value)
        found.backward()
        assert found.data == pytest.approx(output, rel=1e-12, abs=1e-12)
        assert value.grad == pytest.approx(grad, rel=1e-12, abs=1e-12)


# ---- what becomes what --------------------------------------------------------------------------


def linear(nin: int, nout: int, bias: bool = True) -> Any:
    return theirs.Linear(nin, nout, bias=bias, dtype=torch.float64)


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (MLP(3, [4, 1]), "Linear(3, 4), ReLU, Linear(4, 1)"),
        (MLP(3, [2], output_activation="tanh"), "Linear(3, 2), Tanh"),
        (Layer(3, 2, "gelu"), "Linear(3, 2), GELU"),
        (Layer(3, 2, autograd.elu), "Linear(3, 2), ELU"),
        (MLP(3, [2, 2], Tanh(), Sigmoid()), "Linear(3, 2), Tanh, Linear(2, 2), Sigmoid"),
        (Linear(3, 2), "Linear(3, 2)"),
        (Neuron(3, "sigmoid"), "Linear(3, 1), Sigmoid"),
        (Sequential(), ""),
        (Sequential(Layer(3, 2, None), "silu", softmax), "Linear(3, 2), SiLU, Softmax"),
        (
            Sequential(MLP(3, [2, 2]), Dropout(0.25), Sequential(autograd.relu), log_softmax),
            "Linear(3, 2), ReLU, Linear(2, 2), Dropout, ReLU, LogSoftmax",
        ),
    ],
    ids=str,
)
def test_modules_become_one_flat_row(model: Module, shown: str) -> None:
    module = to_torch(model)
    assert type(module) is theirs.Sequential
    found = [
        f"Linear({part.in_features}, {part.out_features})"
        if type(part) is theirs.Linear
        else type(part).__name__
        for part in module
    ]
    assert ", ".join(found) == shown
    if len(module):
        assert_same(model.eval(), module.eval(), ROWS)


@pytest.mark.parametrize(
    ("modules", "shown"),
    [
        ([linear(3, 2)], "MLP(3, [2])"),
        (
            [linear(3, 4), theirs.Tanh(), linear(4, 4), theirs.Tanh(), linear(4, 1)],
            "MLP(3, [4, 4, 1], activation='tanh')",
        ),
        (
            [linear(3, 4), theirs.Tanh(), linear(4, 4), theirs.ReLU(), linear(4, 1)],
            "Sequential(Layer(3, 4, activation='tanh'), Layer(4, 4, activation='relu'), "
            "Layer(4, 1, activation=None))",
        ),
        (
            [theirs.ReLU(), linear(3, 2), theirs.SiLU(), theirs.SiLU(), theirs.Softmax(-1)],
            "Sequential('relu', Layer(3, 2, activation='silu'), 'silu', softmax)",
        ),
        (
            [theirs.Embedding(5, 2), theirs.Dropout(0.25), linear(2, 1)],
            "Sequential(Embedding(5, 2), Dropout(0.25), Layer(2, 1, activation=None))",
        ),
        ([theirs.Identity()], "Sequential()"),
    ],
    ids=lambda given: "" if isinstance(given, list) else given,
)
def test_a_row_becomes_an_mlp_or_a_sequential(modules: list[Any], shown: str) -> None:
    assert repr(from_torch(theirs.Sequential(*modules))) == shown
    if len(modules) == 1:
        assert repr(from_torch(modules[0])) == shown


def test_row_k_of_the_weight_is_neuron_k() -> None:
    layer = Layer(3, 2, None)
    for position, parameter in enumerate(layer.parameters()):
        parameter.data = float(position)
    module = to_torch(layer)[0]
    assert module.weight.tolist() == [[0.0, 1.0, 2.0], [4.0, 5.0, 6.0]]
    assert module.bias.tolist() == [3.0, 7.0]


def test_an_embedding_is_the_same_there_and_back() -> None:
    model = Sequential(Embedding(5, 3, random.Random(0)), Layer(3, 2, "tanh"))
    module = to_torch(model)
    sum(model(4)).backward()
    module(torch.tensor([4])).sum().backward()
    assert module(torch.tensor([4])).tolist()[0] == pytest.approx([v.data for v in model(4)])
    assert module[0].weight.grad.tolist()[4] == pytest.approx(
        [v.grad for v in model[0].weight[4]], rel=1e-12
    )
    assert module[0].weight.grad.tolist()[3] == [v.grad for v in model[0].weight[3]] == [0.0] * 3
    assert from_torch(module).state_dict() == model.state_dict()


def test_single_precision_is_taken_exactly() -> None:
    module = theirs.Linear(2, 1)
    model = from_torch(module)
    assert [w.data for w in model.layers[0].neurons[0].w] == module.weight.tolist()[0]


def test_what_takes_no_gradient_is_frozen_on_both_sides() -> None:
    module = theirs.Sequential(linear(3, 2), theirs.ReLU(), linear(2, 1, bias=False))
    module[0].weight.requires_grad = False
    model = from_torch(module)
    assert len(model.state_dict()) == 6 + 2 + 2
    assert [name for name, p in model.named_parameters() if p.requires_grad] == [
        "layers.0.neurons.0.b", "layers.0.neurons.1.b",
        "layers.1.neurons.0.w.0", "layers.1.neurons.0.w.1",
    ]  # fmt: skip
    again = to_torch(model)
    assert [p.requires_grad for p in again.parameters()] == [False, True, True]
    assert again[2].bias is None
    assert (
        again(torch.tensor(ROWS).double()).tolist() == module(torch.tensor(ROWS).double()).tolist()
    )


def test_a_constant_bias_that_is_not_0_counts() -> None:
    layer = Layer(2, 1, None)
    layer.neurons[0].b = Value(2.0).detach()
    module = to_torch(layer)
    assert module[0].bias.tolist() == [2.0]
    assert not module[0].bias.requires_grad


def test_shared_weights_stay_shared() -> None:
    shared = Layer(3, 3, "tanh")
    model = with_biases(Sequential(shared, shared), random.Random(0))
    module = to_torch(model)
    assert module[0].weight is module[2].weight
    assert len(list(module.parameters())) == 2
    assert_same(model, module, ROWS)
    same = linear(3, 3)
    back = from_torch(theirs.Sequential(same, theirs.ReLU(), same))
    assert len(back.parameters()) == 12
    assert back.layers[0].neurons[1].w[2] is back.layers[1].neurons[1].w[2]


@pytest.mark.parametrize("training", [True, False])
def test_dropout_is_on_or_off_as_it_was(training: bool) -> None:
    model = Sequential(Layer(3, 50), Dropout(0.5)).train(training)
    module = to_torch(model)
    assert {part.training for part in (module, module[-1])} == {training}
    assert (0.0 in module[1:](torch.ones(50)).tolist()) == training
    back = from_torch(module)
    assert {part.training for _, part in back.named_modules()} == {training}


def test_no_random_number_is_drawn() -> None:
    model = Sequential(Embedding(5, 3), Layer(3, 2))
    torch.manual_seed(0)
    before = random.getstate(), torch.get_rng_state()
    from_torch(to_torch(model))
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def test_the_copy_does_not_move_the_original() -> None:
    model = MLP(3, [2, 1])
    before = copy.deepcopy(model.state_dict())
    module = to_torch(model)
    with torch.no_grad():
        module[0].weight += 1
    assert model.state_dict() == before
