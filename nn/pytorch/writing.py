"""`to_torch`: a model as PyTorch has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograd import Value
from nn.layers import (
    MLP,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Linear,
    Neuron,
    RMSNorm,
    Sequential,
)
from nn.layers.activations import ACTIVATIONS, written
from nn.layers.dense import has_bias
from nn.module import Module
from nn.pytorch.counterparts import (
    AS_MODULES,
    ELEMENTWISE,
    NOT_IN_A_ROW,
    OF_A_ROW,
    dotted,
    named,
    pytorch,
)
from nn.rows import flattened, is_row

if TYPE_CHECKING:
    import torch


def to_torch(model: Module) -> torch.nn.Sequential:
    """The same model in PyTorch, in double precision: it gives the same outputs and gradients.

    model : an MLP, Layer, Linear, Neuron, Embedding, LayerNorm, RMSNorm or Dropout, or a Sequential
            of these, of activations, `softmax` and `log_softmax`.

    Row k of a Linear's weight is the w of neuron k, so inputs may be a batch of rows. A layer whose
    biases are all the constant 0 becomes a Linear without bias. Other constants, and frozen
    parameters, take no gradient there either, and shared weights stay shared. A Dropout drops
    different numbers.

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
        if type(part) in (Layer, Linear):
            yield from self.layer(part.neurons, name)
        elif type(part) is Neuron:
            yield from self.layer([part], name)
        elif type(part) is Embedding:
            embedding = self.blank("Embedding", len(part.weight), len(part.weight[0]))
            embedding.weight = self.parameter(part.weight, dotted(name, "weight"))
            yield embedding
        elif type(part) in (LayerNorm, RMSNorm):
            yield self.norm(part, name)
        elif type(part) is Dropout:
            yield self.torch.nn.Dropout(part.p)
        else:
            yield self.function(part, name)

    def layer(self, neurons: list[Neuron], name: str) -> Iterator[Any]:
        """A Linear, and the activation behind it if there is one."""
        first = neurons[0]
        if any(neuron.activation != first.activation for neuron in neurons):
            raise ValueError(f"to_torch: {named(name)} has neurons with different activations")
        bias = has_bias(neurons)
        module = self.blank("Linear", first.nin, len(neurons), bias=bias)
        where = dotted(name, "neurons")
        module.weight = self.parameter([neuron.w for neuron in neurons], f"w of {where}")
        if bias:
            module.bias = self.parameter([neuron.b for neuron in neurons], f"b of {where}")
        yield module
        if first.activation is not None:
            yield self.function(first.activation, name)

    def norm(self, part: LayerNorm | RMSNorm, name: str) -> Any:
        """A LayerNorm or RMSNorm."""
        kind, affine = type(part).__name__, part.weight is not None
        settings = {"eps": part.eps, "elementwise_affine": affine}
        if isinstance(part, LayerNorm):
            settings["bias"] = part.bias is not None
        module = self.blank(kind, part.normalized_shape, **settings)
        for parameter in ("weight", "bias"):
            values = getattr(part, parameter, None)
            if values is not None:
                setattr(module, parameter, self.parameter(values, dotted(name, parameter)))
        return module

    def function(self, function: Any, name: str) -> Any:
        """The module that corresponds to an activation or a function."""
        if type(function) in NOT_IN_A_ROW:
            raise TypeError(
                f"to_torch: {named(name)}: {function!r:.60} makes no row of a row, and so is no "
                f"part of a Sequential; torch.nn has a {type(function).__name__} too"
            )
        function = AS_MODULES.get(type(function), function)
        names = {bend: known for known, bend in ACTIVATIONS.items()}
        try:
            counterpart = ELEMENTWISE.get(names.get(function, function)) or OF_A_ROW[function]
        except (KeyError, TypeError):  # TypeError: a module may refuse to be hashed
            shown = repr(function) if isinstance(function, Module) else written(function)
            raise TypeError(
                f"to_torch: {named(name)}: {shown:.60} has no counterpart in PyTorch. These have "
                f"one: {', '.join(ELEMENTWISE)}, softmax and log_softmax; MLP, Layer, Linear, "
                "Neuron, Embedding, LayerNorm, RMSNorm, Dropout, Sequential, ReLU, Tanh, Sigmoid "
                "and Softmax, but not classes derived from them"
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
                f"to_torch: {what} must be all parameters, or all constants, or all frozen; "
                "one is the result of an operation, or of the other kind"
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
