"""`to_torch` and `from_torch`: a model converted to PyTorch's modules and back, number for number.

One table says what corresponds to what. Both functions read a model as a flat row of parts, however
nested: an MLP is Linear, ReLU, Linear in PyTorch, and such a row is an MLP here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import Value
from nn.layers import MLP, Dropout, Embedding, Layer, Neuron, Sequential
from nn.layers.activations import ACTIVATIONS, written
from nn.losses.softmax import log_softmax, softmax
from nn.module import Module
from nn.rows import flattened, is_row

if TYPE_CHECKING:
    import torch


class Counterpart(NamedTuple):
    """A module of torch.nn, and the settings with which it computes the same.

    accepted : other settings that may be read, since the results differ little or not at all.
    """

    name: str
    settings: dict[str, Any]
    accepted: tuple[dict[str, Any], ...] = ()


ELEMENTWISE = {
    "relu": Counterpart("ReLU", {}),
    "leaky_relu": Counterpart("LeakyReLU", {"negative_slope": 0.01}),
    "elu": Counterpart("ELU", {"alpha": 1.0}),
    "gelu": Counterpart("GELU", {"approximate": "none"}),
    "silu": Counterpart("SiLU", {}),
    # above its threshold it gives x itself: at PyTorch's 20 that is off by 2e-9, at 40 by nothing
    "softplus": Counterpart(
        "Softplus", {"beta": 1.0, "threshold": 40.0}, ({"beta": 1.0, "threshold": 20.0},)
    ),
    "sigmoid": Counterpart("Sigmoid", {}),
    "tanh": Counterpart("Tanh", {}),
}
"""Activations by their names here."""

OF_A_ROW: dict[Callable[[Any], Any], Counterpart] = {
    softmax: Counterpart("Softmax", {"dim": -1}, ({"dim": 1},)),  # the same for rows in a batch
    log_softmax: Counterpart("LogSoftmax", {"dim": -1}, ({"dim": 1},)),
}
"""Functions of a whole row."""

EMBEDDING = Counterpart(
    "Embedding", {"padding_idx": None, "max_norm": None, "scale_grad_by_freq": False}
)


def to_torch(model: Module) -> torch.nn.Sequential:
    """The same model in PyTorch, in double precision: it gives the same outputs and gradients.

    model : an MLP, Layer, Neuron, Embedding or Dropout, or a Sequential of these, of activations,
            `softmax` and `log_softmax`.

    Row k of a Linear's weight is the w of neuron k, so inputs may be a batch of rows. A layer whose
    biases are all the constant 0 becomes a Linear without bias. Other constants become parameters
    without a gradient, and shared weights stay shared. A Dropout drops different numbers.

    Raises TypeError for parts without a counterpart in PyTorch, such as functions of your own,
    ValueError for weights that do not form a matrix, and ImportError without PyTorch.

    >>> import torch                                              # doctest: +SKIP
    >>> from nn import MLP, to_torch
    >>> model = MLP(2, [3, 1], activation="tanh")
    >>> to_torch(model)                                           # doctest: +SKIP
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): Tanh()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    """
    library = pytorch("to_torch")
    if not isinstance(model, Module):
        raise TypeError(f"to_torch takes a Module, such as an MLP, not {model!r:.60}")
    sequential = library.nn.Sequential(*Writer(library).modules(model, "", model.training))
    sequential.training = model.training
    return sequential


def from_torch(module: torch.nn.Module) -> MLP | Sequential:
    """The same model as one of `nn`: it gives the same outputs and gradients, row by row.

    module : of torch.nn: Linear, Embedding, Dropout, an activation that has a name here, Softmax or
             LogSoftmax of the last dimension, Identity, or a Sequential of these.

    Linear layers with one kind of activation between them become an MLP, everything else a
    Sequential. A missing bias becomes constant zeros, and parameters that take no gradient become
    constants too. Shared parameters stay shared. PyTorch's Softplus gives x itself above 20, and so
    differs from that of `nn` by up to 2e-9.

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


class Writer:
    """Makes PyTorch's modules; each list of Values becomes one Parameter."""

    def __init__(self, library: Any) -> None:
        self.torch = library
        self.made: dict[Any, Any] = {}  # Parameters by the Values in them
        self.taken: set[Value] = set()

    def modules(self, part: Any, name: str, training: bool) -> Iterator[Any]:
        """The modules that a part of a model becomes; name is its dotted name."""
        training = part.training if isinstance(part, Module) else training
        if type(part) in (Sequential, MLP):
            for position, layer in enumerate(part.layers):
                yield from self.modules(layer, dotted(name, f"layers.{position}"), training)
            return
        for module in self.counterparts(part, name):
            module.training = training
            yield module

    def counterparts(self, part: Any, name: str) -> Iterator[Any]:
        """The same for a part that has no further parts."""
        if type(part) is Layer:
            yield from self.layer(part.neurons, name)
        elif type(part) is Neuron:
            yield from self.layer([part], name)
        elif type(part) is Embedding:
            embedding = self.blank("Embedding", len(part.weight), len(part.weight[0]))
            embedding.weight = self.parameter(part.weight, dotted(name, "weight"))
            yield embedding
        elif type(part) is Dropout:
            yield self.torch.nn.Dropout(part.p)
        else:
            yield self.function(part, name)

    def layer(self, neurons: list[Neuron], name: str) -> Iterator[Any]:
        """A Linear, and the activation behind it if there is one."""
        first = neurons[0]
        if any(neuron.activation != first.activation for neuron in neurons):
            raise ValueError(f"to_torch: {named(name)} has neurons with different activations")
        without_bias = all(neuron.b.is_constant and neuron.b.data == 0 for neuron in neurons)
        module = self.blank("Linear", first.nin, len(neurons), bias=not without_bias)
        where = dotted(name, "neurons")
        module.weight = self.parameter([neuron.w for neuron in neurons], f"w of {where}")
        if not without_bias:
            module.bias = self.parameter([neuron.b for neuron in neurons], f"b of {where}")
        yield module
        if first.activation is not None:
            yield self.function(first.activation, name)

    def function(self, function: Any, name: str) -> Any:
        """The module that corresponds to an activation or a function."""
        names = {bend: known for known, bend in ACTIVATIONS.items()}
        try:
            counterpart = ELEMENTWISE.get(names.get(function, function)) or OF_A_ROW[function]
        except (KeyError, TypeError):  # TypeError: a module may refuse to be hashed
            shown = repr(function) if isinstance(function, Module) else written(function)
            raise TypeError(
                f"to_torch: {named(name)}: {shown:.60} has no counterpart in PyTorch. These have "
                f"one: {', '.join(ELEMENTWISE)}, softmax and log_softmax; MLP, Layer, Neuron, "
                "Embedding, Dropout and Sequential, but not classes derived from them"
            ) from None
        return getattr(self.torch.nn, counterpart.name)(**counterpart.settings)

    def blank(self, name: str, *sizes: int, **settings: Any) -> Any:
        """A module whose parameters are yet to be set; making it draws no random numbers."""
        kind = getattr(self.torch.nn, name)
        return kind(*sizes, **settings, device="meta", dtype=self.torch.float64)

    def parameter(self, values: Any, what: str) -> Any:
        """The Parameter that holds these Values, always the same one for the same Values."""
        row = list(flattened(values))
        key = (len(values), is_row(values[0]), *row)
        if key in self.made:
            return self.made[key]
        constant = row[0].is_constant
        if any(value.operands or value.is_constant != constant for value in row):
            raise ValueError(
                f"to_torch: {what} must be all parameters, or all constants; one is "
                "the result of an operation, or of the other kind"
            )
        if not constant and (len(set(row)) < len(row) or not self.taken.isdisjoint(row)):
            raise ValueError(
                f"to_torch: {what}: one is used twice, and PyTorch shares only whole matrices"
            )
        self.taken.update(row)
        numbers = [[v.data for v in entry] if is_row(entry) else entry.data for entry in values]
        tensor = self.torch.tensor(numbers, dtype=self.torch.float64)
        parameter = self.torch.nn.Parameter(tensor, requires_grad=not constant)
        self.made[key] = parameter
        return parameter


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
                f"one: Linear, Embedding, Dropout, Identity, Sequential, {', '.join(known)}"
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

    def values(self, parameter: Any) -> Any:
        """The Values of a Parameter, in lists, always the same ones for the same Parameter."""
        if parameter not in self.made:

            def value(number: Any) -> Any:
                if isinstance(number, list):
                    return [value(entry) for entry in number]
                return Value(number) if parameter.requires_grad else Value(number).detach()

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


def dotted(path: str, name: str) -> str:
    """The dotted name of a part, given the path of the whole."""
    return f"{path}.{name}" if path else name


def named(path: str) -> str:
    """A dotted name, or words for the model as a whole."""
    return path or "the model"


def pytorch(function: str) -> Any:
    """The package torch."""
    try:
        import torch
    except ImportError as error:
        raise ImportError(f"{function} needs PyTorch: pip install torch ({error})") from error
    return torch
