"""load without a model: the model made anew from its file, which runs no code."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from nn import (
    MLP,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    Neuron,
    ReLU,
    RMSNorm,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
    load,
    log_softmax,
    logsumexp,
    save,
    softmax,
)
from nn.architecture import built, described
from nn.layers.activations import ACTIVATIONS


class Net(Module):
    """A class of the user's."""

    def __init__(self) -> None:
        self.inner = Linear(2, 1)

    def forward(self, x: Any) -> Any:
        return self.inner(x)


def numbers(outputs: Any) -> list[float]:
    return [v.data for v in ([outputs] if isinstance(outputs, Value) else outputs)]


def through_json(model: Module) -> Any:
    """The model made anew of its description, as a file holds it, with its numbers."""
    state = model.state_dict()
    description = json.loads(json.dumps(described(model)))
    twin = built(description, len(state))
    twin.load_state_dict(state)
    return twin


def saved(model: Module, path: Path) -> dict[str, Any]:
    save(model, path)
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


# ---- any model of nn ----------------------------------------------------------------------------

bends = st.sampled_from(
    [None, *ACTIVATIONS, autograd.sin, autograd.tanh, ReLU(), Tanh(), Dropout(0.5)]
)


@st.composite
def rows(draw: Any, width: int, depth: int = 2) -> Any:
    """Parts in a row, of which the first takes so many numbers; and the width of the last."""
    parts: list[Any] = []
    rng = random.Random(0)
    for _ in range(draw(st.integers(1, 4))):
        out = draw(st.integers(1, 3))
        kinds = ["layer", "linear", "mlp", "norm", "bend", "dropout", "again"]
        kind = draw(st.sampled_from(kinds + ["nested"] * bool(depth)))
        if kind == "layer":
            parts.append(Layer(width, out, draw(bends), rng=rng))
        elif kind == "linear":
            parts.append(Linear(width, out, draw(st.booleans()), rng))
        elif kind == "mlp":
            widths = [*draw(st.lists(st.integers(1, 3), max_size=2)), max(out, 2)]
            parts.append(MLP(width, widths, draw(bends), draw(bends), rng=rng))
            out = widths[-1]
        elif kind == "nested":
            nested, out = draw(rows(width, depth - 1))
            parts.append(Sequential(*nested))
        else:
            out = width
            affine = draw(st.booleans())
            if kind == "norm":
                norms = [
                    LayerNorm(width, 0.5, affine, draw(st.booleans())),
                    LayerNorm(width),
                    RMSNorm(width, elementwise_affine=affine),
                ]
                parts.append(draw(st.sampled_from(norms)))
            elif kind == "dropout":
                parts.append(Dropout(draw(st.floats(0, 1))))
            elif kind == "bend":
                every = [*ACTIVATIONS, autograd.cos, softmax, log_softmax, ReLU(), Sigmoid()]
                parts.append(draw(st.sampled_from([*every, Softmax(dim=1), Softmax()])))
            else:
                parts.append(parts[-1] if parts and keeps_width(parts[-1], width) else "tanh")
        width = out
    return parts, width


def keeps_width(part: Any, width: int) -> bool:
    """Whether a part may come twice in a row."""
    linear = isinstance(part, Layer) and part.neurons[0].nin == len(part.neurons) == width
    return linear or isinstance(part, (LayerNorm, RMSNorm, Dropout))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_model_made_anew_gives_the_very_same_outputs(data: Any) -> None:
    parts, _ = data.draw(rows(2))
    model = Sequential(*parts)
    rng = random.Random(data.draw(st.integers(0, 99)))
    for parameter in model.parameters():
        parameter.data = rng.gauss(0.0, 1.0)
    for _, module in model.named_modules():
        if isinstance(module, Dropout):
            module.training = data.draw(st.booleans())
    if data.draw(st.booleans()):
        model.eval()
    twin = through_json(model)
    assert repr(twin) == repr(model)
    assert twin.state_dict() == model.state_dict()
    assert [(name, type(m)) for name, m in twin.named_modules()] == [
        (name, type(m)) for name, m in model.named_modules()
    ]
    outputs = []
    for each in (model, twin):
        random.seed(0)  # what a Dropout drops
        outputs.append(numbers(each([Value(0.5), Value(-1.25)])))
    assert outputs[0] == outputs[1]
    assert described(twin) == described(model)


def without_bias(model: Any) -> Any:
    """As `from_torch` makes a layer without bias."""
    for neuron in getattr(model, "neurons", [model]):
        neuron.b = Value(0.0).detach()
    return model


@pytest.mark.parametrize(
    ("model", "x"),
    [
        (MLP(3, [4, 4, 1]), [1.0, 2.0, 3.0]),
        (MLP(3, [2], output_activation="tanh").eval(), [1.0, 2.0, 3.0]),
        (Layer(3, 2, "gelu"), [1.0, 2.0, 3.0]),
        (Neuron(3, autograd.elu), [1.0, 2.0, 3.0]),
        (Linear(3, 2, bias=False), [1.0, 2.0, 3.0]),
        (without_bias(Layer(3, 2)), [1.0, 2.0, 3.0]),
        (without_bias(Neuron(3)), [1.0, 2.0, 3.0]),
        (Sequential(Embedding(5, 3), Linear(3, 1), logsumexp), 4),
        (Sequential(), [Value(1.0)]),
        (nn.Sequential(Tanh()), [Value(1.0)]),
    ],
    ids=str,
)
def test_a_file_alone_gives_the_model(model: Any, x: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    save(model, path)
    random.seed(3)
    before = random.getstate()
    twin: Any = load(path)
    assert random.getstate() == before
    assert type(twin) is type(model)
    assert numbers(twin(x)) == numbers(model(x))
    assert twin.state_dict() == model.state_dict()
    modes = [{m.training for _, m in each.named_modules()} for each in (model, twin)]
    assert modes[0] == modes[1]
    assert load(path, copy.deepcopy(model)).state_dict() == model.state_dict()
    assert load(copy.deepcopy(model), path).state_dict() == model.state_dict()
    assert load(str(path)).state_dict() == model.state_dict()


def test_lists_and_losses_are_modules_too(tmp_path: Path) -> None:
    parts = ModuleList([nn.MSELoss(reduction="sum"), nn.CrossEntropyLoss(label_smoothing=0.5)])
    parts.append(ModuleList([RMSNorm(2)]))
    save(parts, tmp_path / "model.json")
    twin = load(tmp_path / "model.json")
    assert repr(twin) == repr(parts)
    assert list(twin.state_dict()) == ["2.0.weight.0", "2.0.weight.1"]


def test_what_is_shared_stays_shared() -> None:
    shared = Linear(2, 2)
    twin = through_json(Sequential(shared, Sequential(shared), Layer(2, 2, Tanh())))
    assert twin[0] is twin[1][0]
    assert twin[2].neurons[0].activation is twin[2].neurons[1].activation


def test_deep_nesting_is_flat_in_the_file(tmp_path: Path) -> None:
    model: Module = Linear(1, 1)
    for _ in range(30):
        model = Sequential(model)
    save(model, tmp_path / "model.json")
    assert repr(load(tmp_path / "model.json")) == repr(model)


# ---- what cannot be made anew -------------------------------------------------------------------


def tied() -> Module:
    model = MLP(2, [2, 2])
    model.layers[1].neurons[0].w[0] = model.layers[0].neurons[0].w[0]
    return model


def extended() -> Module:
    model = MLP(2, [1])
    model.scale = Value(2.0)  # type: ignore[attr-defined]
    return model


def patched() -> Module:
    model = MLP(2, [1])
    model.forward = lambda x: x  # type: ignore[method-assign]
    return model


def rebent(*activations: Any) -> Module:
    model = MLP(2, [2])
    for neuron, activation in zip(model.layers[0].neurons, activations, strict=False):
        neuron.activation = activation
    return model


def mixed() -> Module:
    layer = Layer(2, 2)
    layer.neurons[1] = Neuron(2, "tanh")
    return layer


def bent() -> Module:
    linear = Linear(2, 2)
    linear.neurons = Layer(2, 2, "tanh").neurons
    return linear


def constant_bias() -> Module:
    layer = Layer(2, 1)
    layer.neurons[0].b = Value(2.0).detach()
    return layer


def constant() -> Module:
    layer = Layer(2, 1)
    layer.neurons[0].w[0] = Value(1.0).detach()
    return layer


def circular() -> Module:
    model = Sequential(Linear(1, 1))
    model.layers.append(Sequential(Tanh(), model))
    return model


class Linear2(Linear):
    """Derived from a class of nn."""


Linear2.__name__ = "Linear"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Net, "the model is a Net, which is not one of nn's classes"),
        (lambda: Sequential(Linear(2, 2), Net()), "layers.1 is a Net, which"),
        (lambda: ModuleList([Net()]), "modules.0 is a Net, which"),
        (
            lambda: Sequential(Linear2(1, 1)),
            "layers.0 is a Linear2, which is not one of nn's classes",
        ),
        (
            lambda: Sequential(lambda x: x),
            "layers.0 is <lambda>, which is not one of nn's functions",
        ),
        (lambda: MLP(2, [1, 1], lambda x: x), "layers.0.activation is <lambda>, which"),
        (lambda: Sequential(sum), "layers.0 is sum, which"),
        (tied, "they differ in layers.1.neurons.0.w.0"),
        (extended, "they differ in scale"),
        (patched, "the model has a forward of its own"),
        (lambda: rebent("tanh"), "a neuron whose activation was changed"),
        (mixed, "a layer with neurons of different kinds"),
        (constant, "they differ in neurons.0.w.0"),
        (constant_bias, "they differ in neurons.0.b"),
        (bent, "it has a Linear with an activation"),
    ],
)
def test_a_model_of_ones_own_is_named_and_loads_into_one(
    make: Any, why: str, tmp_path: Path
) -> None:
    path, model = tmp_path / "model.json", make()
    assert "architecture" not in saved(model, path)
    with pytest.raises(TypeError, match="Make it, then load") as caught:
        load(path)
    assert why in str(caught.value)
    other = copy.deepcopy(model)
    for parameter in other.parameters():
        parameter.data = 0.0
    assert load(path, other).state_dict() == model.state_dict()


def test_a_model_in_itself_is_named() -> None:
    with pytest.raises(TypeError, match=r"layers\.1\.layers\.1 contains itself"):
        described(circular())


def test_a_file_of_numbers_alone_says_so_and_loads_into_a_model(tmp_path: Path) -> None:
    path, model = tmp_path / "model.json", MLP(2, [2, 1])
    content = saved(model, path)
    del content["architecture"]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(
        TypeError, match=r"numbers alone.* MLP\(2, \[2, 1\].*then load\(path, model"
    ):
        load(path)
    assert load(path, MLP(2, [2, 1])).state_dict() == model.state_dict()


# ---- files that were tampered with --------------------------------------------------------------

LINEAR = {"class": "Linear", "in_features": 2, "out_features": 1, "bias": True}


@pytest.mark.parametrize(
    ("description", "why"),
    [
        ([], "list index out of range"),
        (None, "NoneType"),
        ("Linear", "has no attribute"),
        ([{}], "there is no 'class'"),
        ([{"class": "os"}], "there is no 'os'"),
        ([{"class": ["Linear"]}], "unhashable"),
        ([{**LINEAR, "out_features": -1}], "out_features is at least 1"),
        ([{**LINEAR, "out_features": [0]}], "out_features is a whole number"),
        ([{**LINEAR, "out_features": 10**9}], "more parameters than there are numbers"),
        ([{"class": "LayerNorm", "normalized_shape": 10**9, "elementwise_affine": True}], "more p"),
        ([{"class": "Embedding", "num_embeddings": 10**9, "embedding_dim": 9}], "more parameters"),
        ([{**LINEAR, "rng": 3}], "rng"),
        ([{**LINEAR, "strange": 3}], "strange"),
        ([{"class": "Linear"}], "in_features"),
        ([{"class": "Sequential", "layers": [{"module": 0}]}], "out of range"),
        ([{"class": "Sequential", "layers": [{"module": "x"}]}], "indices"),
        ([{"class": "Sequential", "layers": [{"function": "eval"}]}], "there is no 'eval'"),
        ([{"class": "Sequential", "layers": [{"operation": "__class__"}]}], "there is no '__cl"),
        ([{"class": "Sequential", "layers": [{"import": "os"}]}], "there is no 'import'"),
        ([{"class": "Sequential", "layers": [{}]}], "not enough values"),
        ([{"class": "Sequential", "layers": ["rely"]}], "activation is one of"),
        ([{"class": "Sequential", "layers": 3}], "must be an iterable"),
        ([{"class": "MLP", "layers": []}], "an MLP is made of layers"),
        ([LINEAR, {"class": "MLP", "layers": ["tanh"]}], "an MLP is made of layers"),
        ([{"class": "Dropout", "p": "much"}], "Dropout: p is"),
        ([LINEAR, LINEAR], "more parameters than there are numbers"),
        ([{**LINEAR, "bias": False}], "unexpected neurons.0.b"),
    ],
)
def test_a_description_that_nn_did_not_write_is_refused(
    description: Any, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.json"
    content = saved(Linear(2, 1), path)
    path.write_text(json.dumps({**content, "architecture": description}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"model\.json is damaged") as caught:
        load(path)
    assert why in str(caught.value)


def test_what_is_no_path_or_model_is_named(tmp_path: Path) -> None:
    save(Linear(2, 1), tmp_path / "model.json")
    with pytest.raises(TypeError, match=r"load takes a Module, such as an MLP, not 3"):
        load(tmp_path / "model.json", 3)  # type: ignore[call-overload]
    with pytest.raises(KeyError, match=r"it was saved from Linear\(2, 1\)"):
        load(tmp_path / "model.json", MLP(1, [1]))
