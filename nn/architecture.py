"""What a model is made of, as data that JSON can hold: `described` writes it, `built` reads it.

A description is a list of modules, each with its class and the settings of its constructor; a
module in another one stands before it and is named by its place. The last is the model itself:

    [{"class": "Linear", "in_features": 2, "out_features": 1, "bias": true},
     {"class": "Sequential", "layers": [{"module": 0}, "tanh"]}]

Reading one looks names up in the tables below and nowhere else, so that a file can run no code of
its own: no import, no eval, no pickle.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from numbers import Real
from typing import Any, NamedTuple

from autograd import OPERATIONS, Operation, Value
from nn.layers import (
    MLP,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Linear,
    ModuleList,
    Neuron,
    ReLU,
    RMSNorm,
    Sequential,
    Sigmoid,
    Tanh,
)
from nn.layers.activations import choose_activation, written
from nn.layers.dense import has_bias
from nn.losses import CrossEntropyLoss, MSELoss, Softmax
from nn.losses.softmax import log_softmax, logsumexp, softmax
from nn.module import Module
from nn.settings import check_width, plain


class UndescribedError(TypeError):
    """A model has a part that no description can name."""


def described(model: Module) -> list[dict[str, Any]]:
    """A description of a model. Raises UndescribedError where it has a part that is not of nn."""
    describer = Describer()
    describer.module(model, "")
    description = describer.entries
    try:
        twin = built(description, len(model.parameters()))
    except ValueError as error:
        raise UndescribedError(f"its constructors cannot make it: {error}") from None
    names, others = ([name for name, _ in each.named_parameters()] for each in (model, twin))
    if names != others:
        changed = min(set(names) ^ set(others), default="their order")
        raise UndescribedError(
            f"its constructors do not make it as it is: they differ in {changed:.60}"
        )
    return description


def built(description: Any, most: int) -> Module:
    """The model of a description, with parameters that are yet to be set.

    most : how many parameters it may have: those whose numbers are there.

    Raises ValueError for a description that `described` does not write.
    """
    try:
        made: list[Module] = []
        for entry in description:
            settings = {key: part_of(x, made) for key, x in entry.items()}
            kind, training = KINDS[settings.pop("class")], settings.pop("training", True)
            most -= kind.weights(settings)
            if most < 0:
                raise ValueError("it has more parameters than there are numbers")
            made.append(kind.make(**settings))
            for module in (made[-1], *getattr(made[-1], "neurons", ())):
                module.training = bool(training)
        return made[-1]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else error
        raise ValueError(f"the description of its model: {what}") from None


class Describer:
    """Describes a model, module by module."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.places: dict[int, int | None] = {}  # of modules by their ids; None while it is made

    def part(self, part: Any, path: str) -> Any:
        """The description of a module, a function, a list of them, or a plain setting."""
        if isinstance(part, Module):
            return {"module": self.module(part, path)}
        if isinstance(part, list):
            return [self.part(each, f"{path}.{place}") for place, each in enumerate(part)]
        if part is None or isinstance(part, (str, Real)):
            return plain(part)
        if isinstance(part, Operation) and OPERATIONS.get(part.name) is part:
            return {"operation": part.name}
        if FUNCTIONS.get(written(part)) is part:
            return {"function": written(part)}
        raise UndescribedError(f"{path} is {written(part):.60}, which is not one of nn's functions")

    def module(self, module: Module, path: str) -> int:
        """Describes a module, unless it is already; gives its place."""
        kind, where = type(module), path or "the model"
        if id(module) not in self.places:
            self.places[id(module)] = None
            known = KINDS.get(kind.__name__)
            if known is None or known.kind is not kind:
                raise UndescribedError(
                    f"{where} is a {kind.__qualname__}, which is not one of nn's classes"
                )
            if "forward" in vars(module):
                raise UndescribedError(f"{where} has a forward of its own")
            settings = known.settings(module).items()
            entry = {key: self.part(x, f"{path}.{key}" if path else key) for key, x in settings}
            mode = {} if module.training else {"training": False}
            self.places[id(module)] = len(self.entries)
            self.entries.append({"class": kind.__name__, **entry, **mode})
        place = self.places[id(module)]
        if place is None:
            raise UndescribedError(f"{where} contains itself")
        return place


def part_of(x: Any, made: list[Module]) -> Any:
    """The module, function, list or setting that is described; made are the modules before it."""
    if isinstance(x, list):
        return [part_of(each, made) for each in x]
    if not isinstance(x, dict):
        return x
    ((how, name),) = x.items()
    if how == "module":
        return made[name]
    tables: dict[str, Any] = {"operation": OPERATIONS, "function": FUNCTIONS}
    return tables[how][name]


# ---- what a description may name ----------------------------------------------------------------


class Kind(NamedTuple):
    """A class of nn: its settings as they are now, and how it is made from them.

    weights : a number of parameters that it has at least, by its settings.
    """

    kind: type[Module]
    settings: Callable[[Any], dict[str, Any]]
    make: Callable[..., Module]
    weights: Callable[[dict[str, Any]], int] = lambda settings: 0


def attributes(*names: str) -> Callable[[Any], dict[str, Any]]:
    """The settings of a module that keeps them as attributes of the same names."""
    return lambda module: {name: getattr(module, name) for name in names}


def of_neuron(neuron: Neuron) -> dict[str, Any]:
    """The settings of a Neuron."""
    if neuron._activate is not choose_activation(neuron.activation):
        raise UndescribedError("it has a neuron whose activation was changed after it was made")
    bias = has_bias([neuron])
    return {"nin": neuron.nin, "activation": neuron.activation, "bias": bias}


def of_layer(layer: Layer) -> dict[str, Any]:
    """The settings of a Layer."""
    first, *others = ({**of_neuron(neuron), "bias": None} for neuron in layer.neurons)
    if any(other != first for other in others):
        raise UndescribedError("it has a layer with neurons of different kinds")
    bias = has_bias(layer.neurons)
    return {**first, "nout": len(layer.neurons), "bias": bias}


def of_linear(linear: Linear) -> dict[str, Any]:
    """The settings of a Linear."""
    settings = of_layer(linear)
    if settings["activation"] is not None:
        raise UndescribedError("it has a Linear with an activation")
    nin, nout = settings["nin"], settings["nout"]
    return {"in_features": nin, "out_features": nout, "bias": linear.has_bias}


def of_norm(norm: LayerNorm | RMSNorm) -> dict[str, Any]:
    """The settings of a LayerNorm or RMSNorm."""
    affine = norm.weight is not None
    bias = {"bias": norm.bias is not None} if isinstance(norm, LayerNorm) else {}
    return {**attributes("normalized_shape", "eps")(norm), "elementwise_affine": affine, **bias}


def of_embedding(embedding: Embedding) -> dict[str, Any]:
    """The settings of an Embedding."""
    weight = embedding.weight
    return {"num_embeddings": len(weight), "embedding_dim": len(weight[0])}


def make_neuron(nin: int, activation: Any, bias: bool) -> Neuron:
    """A Neuron."""
    neuron = Neuron(nin, activation, "zeros")
    return neuron if bias else without_biases(neuron, [neuron])


def make_layer(nin: int, nout: int, activation: Any, bias: bool) -> Layer:
    """A Layer."""
    layer = Layer(nin, nout, activation, "zeros")
    return layer if bias else without_biases(layer, layer.neurons)


def without_biases(module: Any, neurons: list[Neuron]) -> Any:
    """The module, its neurons with the constant 0 for a bias."""
    for neuron in neurons:
        neuron.b = Value(0.0).detach()
    return module


def make_mlp(layers: list[Any]) -> MLP:
    """An MLP of these layers."""
    if not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise ValueError("an MLP is made of layers")
    model = MLP(layers[0].neurons[0].nin, [1], init="zeros")
    model.layers = layers
    return model


def quietly(kind: Callable[..., Module]) -> Callable[..., Module]:
    """How to make a module that draws numbers, without taking any from the user's."""
    return lambda **settings: kind(**settings, rng=random.Random(0))


def weights(*names: str) -> Callable[[dict[str, Any]], int]:
    """The number of weights of a layer that has this many times that many."""

    def count(settings: dict[str, Any]) -> int:
        for name in names:
            check_width(settings[name], name)
        return math.prod(settings[name] for name in names)

    return count


def norm_weights(settings: dict[str, Any]) -> int:
    """The number of weights of a norm."""
    return weights("normalized_shape")(settings) if settings["elementwise_affine"] else 0


KINDS = {
    kind.kind.__name__: kind
    for kind in (
        Kind(Neuron, of_neuron, make_neuron, weights("nin")),
        Kind(Layer, of_layer, make_layer, weights("nin", "nout")),
        Kind(Linear, of_linear, quietly(Linear), weights("in_features", "out_features")),
        Kind(MLP, attributes("layers"), make_mlp),
        Kind(Sequential, attributes("layers"), lambda layers: Sequential(*layers)),
        Kind(ModuleList, lambda modules: {"modules": list(modules)}, ModuleList),
        Kind(Dropout, attributes("p"), Dropout),
        Kind(
            Embedding,
            of_embedding,
            quietly(Embedding),
            weights("num_embeddings", "embedding_dim"),
        ),
        Kind(LayerNorm, of_norm, LayerNorm, norm_weights),
        Kind(RMSNorm, of_norm, RMSNorm, norm_weights),
        Kind(ReLU, attributes(), ReLU),
        Kind(Tanh, attributes(), Tanh),
        Kind(Sigmoid, attributes(), Sigmoid),
        Kind(Softmax, attributes("dim"), Softmax),
        Kind(MSELoss, attributes("reduction"), MSELoss),
        Kind(CrossEntropyLoss, attributes("reduction", "label_smoothing"), CrossEntropyLoss),
    )
}
"""The classes by their names."""

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "softmax": softmax,
    "log_softmax": log_softmax,
    "logsumexp": logsumexp,
}
"""The functions by their names; operations are those of autograd's table."""
