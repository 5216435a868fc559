"""Sequential: modules and functions in a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Operation
from nn.layers.activations import ACTIVATIONS, choose_activation, written
from nn.module import Module
from nn.rows import is_row

Part = Module | str | Callable[[Any], Any]


class Sequential(Module):
    """Modules and functions in a row, each fed the output of the one before.

    layers : Modules and functions such as `softmax`, which take the whole output of the one before;
             names of activations, and operations of autograd such as `relu`, which are applied to
             each of its numbers.

    The first part is `model[0]`. Raises TypeError for a part that cannot be called, and ValueError
    for a name that no activation has.

    >>> from nn import Layer, Sequential, softmax
    >>> model = Sequential(Layer(2, 8, None), "tanh", Layer(8, 3, None), softmax)
    >>> model
    Sequential(Layer(2, 8, activation=None), 'tanh', Layer(8, 3, activation=None), softmax)
    >>> round(sum(v.data for v in model([1.0, -1.0])), 12)
    1.0
    """

    def __init__(self, *layers: Part) -> None:
        for position, layer in enumerate(layers):
            if isinstance(layer, str):
                choose_activation(layer)
            elif not callable(layer):
                raise TypeError(
                    f"Sequential takes modules, functions and names of activations; "
                    f"number {position} is {layer!r:.60}"
                )
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        """The output of the last part; x itself if there is none."""
        for layer in self.layers:
            function: Any = ACTIVATIONS[layer] if isinstance(layer, str) else layer
            x = applied_to_each(function, x) if isinstance(function, Operation) else function(x)
        return x

    def __getitem__(self, position: int) -> Part:
        return self.layers[position]

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        shown = (
            repr(layer) if isinstance(layer, Module) else written(layer) for layer in self.layers
        )
        return f"Sequential({', '.join(shown)})"


def applied_to_each(function: Callable[[Any], Any], x: Any) -> Any:
    """The function applied to a number, or to every number in a row, however nested."""
    return [applied_to_each(function, entry) for entry in x] if is_row(x) else function(x)
