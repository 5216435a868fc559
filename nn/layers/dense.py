"""Neuron, Layer, Linear and MLP: the multilayer perceptron, one number at a time."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from typing import Any, Never

from autograd import Value
from nn.init import GAINS, Generator, Initialiser, check_rng, choose_initialiser, kaiming_uniform
from nn.layers.activations import Activation, choose_activation, written
from nn.module import Module, is_parameter
from nn.rows import Number, is_row
from nn.settings import SWITCH, check, check_width


class Neuron(Module):
    """activation(w · x + b): a weighted sum of the inputs and a bias, bent by an activation.

    nin        : number of inputs, 1 or more.
    activation : "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh", a
                 function of a Value, or None for a linear neuron.
    init       : "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
                 "uniform" from 0 to 1, "normal" with standard deviation 1, "zeros", or a function
                 as in `nn.init`; chosen to suit the activation if left out. Biases are 0.
    rng        : a `random.Random`, for weights that can be reproduced.
    nout       : width of the layer that the neuron is part of, for initialisers that ask.

    Raises TypeError or ValueError for a width that is not a whole number from 1, an unknown name,
    or an rng that is not a source of random numbers. So do `Layer` and `MLP`.

    >>> from nn import Neuron
    >>> neuron = Neuron(2, activation="tanh")
    >>> neuron
    Neuron(2, activation='tanh')
    >>> neuron.w[0].data, neuron.w[1].data = 1.0, -1.0
    >>> neuron([0.5, 0.5])
    Value(data=0.0, grad=0.0)
    """

    def __init__(
        self,
        nin: int,
        activation: Activation = "relu",
        init: str | Initialiser | None = None,
        rng: Generator = random,
        nout: int = 1,
    ) -> None:
        check_width(nin, f"{type(self).__name__}: nin")
        self.nin = nin
        self.activation = activation
        self._activate = choose_activation(activation)
        name = activation if isinstance(activation, str) else ""
        draw = choose_initialiser(init, name)
        check_rng(rng)
        self.w = [Value(draw(nin, nout, GAINS.get(name, 1.0), rng)) for _ in range(nin)]
        self.b = Value(0.0)

    def forward(self, x: Sequence[Number]) -> Value:
        """The neuron's output for nin inputs."""
        total = self.b
        for weight, value in zip(self.w, as_inputs(x, self.nin, self), strict=True):
            total = total + weight * value
        return self._activate(total)

    def __repr__(self) -> str:
        return f"Neuron({self.nin}, activation={written(self.activation)})"


class Row(list[Value]):
    """Values that a module has been given, or has given: no other needs to look at them again."""


class Outputs(Row):
    """The outputs of a layer: a list that says so where one of its Values was meant."""

    def _explain(self) -> str:
        return (
            f"a layer gives a list, here of {len(self)} Value{'s' * (len(self) != 1)}, to count "
            f"with one at a time: layer(x)[0], or [v - 1 for v in layer(x)]. (An MLP whose last "
            f"width is 1 gives the Value itself.)"
        )

    def _is_no_number(self, *others: object) -> Never:
        raise TypeError(self._explain())

    __sub__ = __rsub__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _is_no_number
    __neg__ = __abs__ = __float__ = _is_no_number

    def __add__(self, other: Any) -> Any:
        return [*self, *other] if isinstance(other, list) else self._is_no_number()

    def __radd__(self, other: Any) -> Any:
        return [*other, *self] if isinstance(other, list) else self._is_no_number()

    def __mul__(self, other: Any) -> Any:
        return list(self) * other if isinstance(other, int) else self._is_no_number()

    __rmul__ = __mul__

    def __getattr__(self, name: str) -> Never:
        known = name in ("data", "grad", "backward")
        raise AttributeError(self._explain() if known else f"a list has no attribute {name!r}")


class Layer(Module):
    """nout neurons with the same nin inputs; calling it gives the list of their outputs.

    It is a list even of one output; an `MLP` whose last width is 1 gives the Value itself.

    Arguments as for `Neuron`.

    >>> from nn import Layer
    >>> layer = Layer(3, 2)
    >>> layer
    Layer(3, 2, activation='relu')
    >>> len(layer([1.0, 2.0, 3.0]))
    2
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: Activation = "relu",
        init: str | Initialiser | None = None,
        rng: Generator = random,
    ) -> None:
        check_width(nin, "Layer: nin")
        check_width(nout, "Layer: nout")
        self.neurons = [Neuron(nin, activation, init, rng, nout) for _ in range(nout)]

    def forward(self, x: Sequence[Number]) -> list[Value]:
        """The outputs of all neurons, in order."""
        inputs = as_inputs(x, self.neurons[0].nin, self)
        return Outputs(neuron(inputs) for neuron in self.neurons)

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({first.nin}, {len(self.neurons)}, activation={written(first.activation)})"


class Linear(Layer):
    """A Layer without activation, by PyTorch's name and with PyTorch's initial weights.

    in_features  : number of inputs.
    out_features : number of outputs.
    bias         : False for biases that are the constant 0.
    rng          : as for `Neuron`. Weights and biases are drawn evenly from ±1 / sqrt(in_features).

    `weight[k]` is the row of the weights of neuron k, and `bias[k]` its bias, as in `torch.nn`;
    without biases, `bias` is None. Parameters are named as in a Layer.

    >>> from nn import Linear
    >>> linear = Linear(3, 2)
    >>> linear
    Linear(3, 2)
    >>> len(linear([1.0, 2.0, 3.0])), len(linear.weight[0]), len(Linear(3, 2, False).parameters())
    (2, 3, 6)
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, rng: Generator = random
    ) -> None:
        check_width(in_features, "Linear: in_features")
        check_width(out_features, "Linear: out_features")
        check("Linear: bias", bias, SWITCH)
        super().__init__(in_features, out_features, None, pytorchs, rng)
        self.has_bias = bias
        for neuron in self.neurons:
            b = pytorchs(in_features, out_features, 1.0, rng) if bias else 0.0
            neuron.b = Value(b) if bias else Value(b).detach()

    @property
    def weight(self) -> list[list[Value]]:
        """The weights, a row for each output."""
        return [neuron.w for neuron in self.neurons]

    @property
    def bias(self) -> list[Value] | None:
        """The biases, one for each output; None if they are the constant 0."""
        return [neuron.b for neuron in self.neurons] if self.has_bias else None

    def __repr__(self) -> str:
        bias = "" if self.has_bias else ", bias=False"
        return f"Linear({self.neurons[0].nin}, {len(self.neurons)}{bias})"


def pytorchs(fan_in: int, fan_out: int, gain: float, rng: Generator) -> float:
    """A weight, or bias, as PyTorch draws it for a Linear: uniform on ±1 / sqrt(fan_in)."""
    return kaiming_uniform(fan_in, fan_out, math.sqrt(1 / 3), rng)


def has_bias(neurons: Iterable[Neuron]) -> bool:
    """Whether any bias is more than the constant 0."""
    return any(is_parameter(neuron.b) or neuron.b.data != 0 for neuron in neurons)


class MLP(Module):
    """A multilayer perceptron: layers in a row, each fed the outputs of the one before.

    nin               : number of inputs.
    nouts             : the widths of the layers, with the output layer's last.
    activation        : of the hidden layers; as for `Neuron`.
    output_activation : of the output layer; linear if left out.
    init, rng         : as for `Neuron`.

    Calling it with nin numbers gives a Value if the last width is 1, else a list of Values.

    >>> from nn import MLP
    >>> model = MLP(3, [4, 4, 1])
    >>> model
    MLP(3, [4, 4, 1], activation='relu')
    >>> len(model.parameters())
    41
    """

    def __init__(
        self,
        nin: int,
        nouts: Iterable[int],
        activation: Activation = "relu",
        output_activation: Activation = None,
        init: str | Initialiser | None = None,
        rng: Generator = random,
    ) -> None:
        check_width(nin, "MLP: nin")
        if isinstance(nouts, (int, str)) or not isinstance(nouts, Iterable):
            raise TypeError(f"MLP: nouts is a list of widths, such as [16, 16, 1], not {nouts!r}")
        widths = list(nouts)
        if not widths:
            raise ValueError("MLP: nouts needs at least one width, that of the output")
        for position, width in enumerate(widths):
            check_width(width, f"MLP: nouts[{position}]")
        choose_activation(activation)  # a wrong name is an error even without hidden layers
        self.layers = [
            Layer(fan_in, fan_out, output_activation if last else activation, init, rng)
            for fan_in, fan_out, last in zip(
                [nin, *widths], widths, [False] * (len(widths) - 1) + [True], strict=False
            )
        ]

    def forward(self, x: Sequence[Number]) -> Value | list[Value]:
        """The outputs of the last layer; the one Value if its width is 1."""
        outputs = as_inputs(x, self.layers[0].neurons[0].nin, self)
        for layer in self.layers:
            outputs = layer(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        first, last = self.layers[0].neurons[0], self.layers[-1].neurons[0]
        widths = [len(layer.neurons) for layer in self.layers]
        shown = [repr(first.nin), repr(widths)]
        if len(self.layers) > 1:
            shown.append(f"activation={written(first.activation)}")
        if last.activation is not None:
            shown.append(f"output_activation={written(last.activation)}")
        return f"MLP({', '.join(shown)})"


def as_inputs(x: Sequence[Number], nin: int, module: Module) -> list[Value]:
    """The nin inputs as Values; numbers become constants, which all the neurons share."""
    if isinstance(x, Row) and len(x) == nin:
        return x
    if not is_row(x):
        raise TypeError(f"{wanted(nin, module)}, not {type(x).__name__}: {x!r:.60}")
    if len(x) and is_row(x[0]):
        raise TypeError(f"{wanted(nin, module)}, one row at a time: [model(row) for row in rows]")
    if len(x) != nin:
        raise ValueError(f"{wanted(nin, module)}, not {len(x)}: {x!r:.60}")
    try:
        return Row([v if isinstance(v, Value) else Value(v).detach() for v in x])
    except TypeError as error:
        raise TypeError(f"{wanted(nin, module)}: {error}") from None


def wanted(nin: int, module: Module) -> str:
    """What a module takes, for errors."""
    return f"{module} takes a sequence of {nin} number{'s' if nin > 1 else ''}"
