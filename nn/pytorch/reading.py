"""`from_torch`: a module of PyTorch as a model here."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd import Value
from nn.layers import MLP, Dropout, Embedding, Layer, LayerNorm, RMSNorm, Sequential
from nn.pytorch.counterparts import (
    ELEMENTWISE,
    EMBEDDING,
    OF_A_ROW,
    Counterpart,
    dotted,
    named,
    pytorch,
)

if TYPE_CHECKING:
    import torch


def from_torch(module: torch.nn.Module) -> MLP | Sequential:
    """The same model as one of `nn`: it gives the same outputs and gradients, row by row.

    module : of torch.nn: Linear, Embedding, LayerNorm or RMSNorm of a row, Dropout, an activation
             that has a name here, Softmax or LogSoftmax of the last dimension, Identity, or a
             Sequential of these.

    Linear layers with one kind of activation between them become an MLP, everything else a
    Sequential. A missing bias becomes constant zeros, and parameters that take no gradient are
    frozen here too. Shared parameters stay shared. PyTorch's Softplus gives x itself above 20, and
    so differs from that of `nn` by up to 2e-9.

    Raises TypeError for modules without a counterpart, such as Conv2d, ValueError for settings
    without one, and ImportError without PyTorch.

    >>> from torch.nn import Linear, ReLU, Sequential             # doctest: +SKIP
    >>> from nn import from_torch
    >>> from_torch(Sequential(Linear(2, 8), ReLU(), Linear(8, 1)))  # doctest: +SKIP
    MLP(2, [8, 1], activation='relu')
    """
    library = pytorch("from_torch")
    if not isinstance(module, library.nn.Module):
        raise TypeError(f"from_torch takes a torch.nn.Module, not {module!r:.60}")
    parts = Reader(library).parts(module)
    model = as_mlp(parts) or Sequential(*parts)
    model.training = module.training
    return model


class Reader:
    """Makes the parts of a model from PyTorch's modules; each Parameter becomes lists of Values."""

    def __init__(self, library: Any) -> None:
        self.torch = library
        self.made: dict[Any, Any] = {}  # lists of Values by their Parameter

    def parts(self, module: Any) -> list[Any]:
        """The parts in a row; an activation behind a Linear becomes part of its Layer."""
        nn = self.torch.nn
        modules = list(self.row(module, ""))
        names = [self.counterpart(ELEMENTWISE, *each) for each in modules]
        parts: list[Any] = []
        for position, (each, path) in enumerate(modules):
            name = names[position]
            if name is not None:
                if position == 0 or type(modules[position - 1][0]) is not nn.Linear:
                    parts.append(name)
            elif type(each) is nn.Linear:
                following = names[position + 1 : position + 2]
                parts.append(self.layer(each, following[0] if following else None))
            elif type(each) is nn.Embedding:
                self.same(EMBEDDING, each, path)
                sizes = each.num_embeddings, each.embedding_dim
                embedding = Embedding(*sizes, random.Random(0))  # draws none of the user's
                embedding.weight = self.values(each.weight)
                parts.append(embedding.train(each.training))
            elif type(each) in (nn.LayerNorm, getattr(nn, "RMSNorm", None)):
                parts.append(self.norm(each, path))
            elif type(each) is nn.Dropout:
                parts.append(Dropout(each.p).train(each.training))
            else:
                parts.append(self.function(each, path))
        return parts

    def row(self, module: Any, path: str) -> Iterator[tuple[Any, str]]:
        """The modules in a Sequential, however nested, with their dotted names."""
        if type(module) is self.torch.nn.Sequential:
            for position, child in enumerate(module):
                yield from self.row(child, dotted(path, str(position)))
        elif type(module) is not self.torch.nn.Identity:
            yield module, path

    def counterpart(self, table: dict[Any, Counterpart], module: Any, path: str) -> Any:
        """What corresponds to a module in a table; None if it is not there."""
        for ours, counterpart in table.items():
            if type(module) is getattr(self.torch.nn, counterpart.name):
                self.same(counterpart, module, path)
                return ours
        return None

    def same(self, counterpart: Counterpart, module: Any, path: str) -> None:
        """Raise ValueError for settings of a module that `nn` does not have."""
        found = {name: getattr(module, name) for name in counterpart.settings}
        if found != counterpart.settings and found not in counterpart.accepted:
            wanted = ", ".join(f"{name}={value!r}" for name, value in counterpart.settings.items())
            raise ValueError(
                f"from_torch: {named(path)}: {module!r:.60} has no counterpart here; "
                f"{counterpart.name}({wanted}) has one"
            )

    def function(self, module: Any, path: str) -> Any:
        """The function of a row that corresponds to a module."""
        function = self.counterpart(OF_A_ROW, module, path)
        if function is None:
            known = [each.name for each in (*ELEMENTWISE.values(), *OF_A_ROW.values())]
            raise TypeError(
                f"from_torch: {named(path)}: {module!r:.60} has no counterpart here. These have "
                f"one: Linear, Embedding, LayerNorm, RMSNorm, Dropout, Identity, Sequential, "
                f"{', '.join(known)}"
            )
        return function

    def layer(self, module: Any, activation: str | None) -> Layer:
        """The Layer of a Linear, with the activation that follows."""
        layer = Layer(module.in_features, module.out_features, activation, "zeros")
        weights = self.values(module.weight)
        biases = [Value(0.0).detach() for _ in weights]
        if module.bias is not None:
            biases = self.values(module.bias)
        for neuron, w, b in zip(layer.neurons, weights, biases, strict=True):
            neuron.w, neuron.b = w, b
        return layer.train(module.training)

    def norm(self, module: Any, path: str) -> LayerNorm | RMSNorm:
        """The LayerNorm or RMSNorm of one of a row."""
        if len(module.normalized_shape) != 1:
            raise ValueError(
                f"from_torch: {named(path)}: {module!r:.60} is of a matrix; here it is of a row"
            )
        width, affine = module.normalized_shape[0], module.elementwise_affine
        norm: LayerNorm | RMSNorm
        if type(module) is self.torch.nn.LayerNorm:
            norm = LayerNorm(width, module.eps, affine, module.bias is not None)
        else:
            # PyTorch's own choice goes by the precision of its numbers
            eps = self.torch.finfo(module.weight.dtype).eps if affine else None
            norm = RMSNorm(width, eps if module.eps is None else module.eps, affine)
        for parameter in ("weight", "bias"):
            if getattr(module, parameter, None) is not None:
                setattr(norm, parameter, self.values(getattr(module, parameter)))
        return norm.train(module.training)

    def values(self, parameter: Any) -> Any:
        """The Values of a Parameter, in lists, always the same ones for the same Parameter."""
        if parameter not in self.made:

            def value(number: Any) -> Any:
                if isinstance(number, list):
                    return [value(entry) for entry in number]
                made = Value(number)
                made.requires_grad = parameter.requires_grad
                return made

            self.made[parameter] = value(parameter.tolist())
        return self.made[parameter]


def as_mlp(parts: list[Any]) -> MLP | None:
    """Layers in a row as an MLP, if they fit together as one; else None."""
    if not parts or not all(isinstance(part, Layer) for part in parts):
        return None
    first, last = parts[0].neurons[0], parts[-1].neurons[0]
    widths = [len(layer.neurons) for layer in parts]
    bends = {layer.neurons[0].activation for layer in parts[:-1]}
    if len(bends) > 1 or any(
        len(left.neurons) != right.neurons[0].nin for left, right in pairwise(parts)
    ):
        return None
    hidden = bends.pop() if bends else "relu"
    model = MLP(first.nin, widths, hidden, last.activation, "zeros")
    model.layers = parts
    return model
