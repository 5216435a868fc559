"""Sequential: modules and functions in a row. ModuleList: modules to call as you like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Never, Self, overload

from autograd import Operation
from nn.layers.activations import ACTIVATIONS, choose_activation, written
from nn.module import Module
from nn.rows import applied_to_each

Part = Module | str | Callable[[Any], Any]


class Sequential(Module):
    """Modules and functions in a row, each fed the output of the one before.

    layers : Modules and functions such as `softmax`, which take the whole output of the one before;
             names of activations, and operations of autograd such as `relu`, which are applied to
             each of its numbers.

    It gives what the last part gives: of a Layer or Linear, a list even of one number. The first
    part is `model[0]`. Raises TypeError for a part that cannot be called, and ValueError for a name
    that no activation has.

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


class ModuleList(Module):
    """A list of modules, whose parameters are named by their places.

    modules : the modules to begin with.

    It has `append`, `extend`, `insert`, `len`, `in`, indices and slices as a list has, and cannot
    be called. A plain list as an attribute of a module does as well here; this is for code that
    was written for PyTorch. Raises TypeError for anything but modules.

    >>> from nn import Linear, ModuleList
    >>> steps = ModuleList([Linear(2, 2), Linear(2, 1)])
    >>> x = [0.5, -1.0]
    >>> for step in steps:
    ...     x = step(x)
    >>> len(x), steps.named_parameters()[0][0]
    (1, '0.neurons.0.w.0')
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self._modules: list[Module] = []
        self.extend(modules)

    def forward(self, *args: Any, **kwargs: Any) -> Never:
        """A list computes nothing."""
        raise TypeError(
            "a ModuleList computes nothing: call the modules in it, or make it a Sequential"
        )

    def append(self, module: Module) -> Self:
        """Add a module at the end; gives the list, as in PyTorch."""
        self.insert(len(self), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; gives the list, as in PyTorch."""
        if isinstance(modules, Module) and not isinstance(modules, ModuleList):
            raise TypeError(f"ModuleList takes a list of modules, not {modules!r:.60} alone")
        if not isinstance(modules, Iterable):
            raise TypeError(f"ModuleList takes a list of modules, not {modules!r:.60}")
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, position: int, module: Module) -> None:
        """Add a module before the one at a position."""
        self._modules.insert(position, as_module(module))

    def _held(self) -> Iterator[tuple[Any, Any]]:
        """The modules by their places."""
        return enumerate(self._modules)

    @overload
    def __getitem__(self, position: int) -> Any: ...
    @overload
    def __getitem__(self, position: slice) -> ModuleList: ...
    def __getitem__(self, position: int | slice) -> Any:
        found = self._modules[position]
        return ModuleList(found) if isinstance(found, list) else found

    def __setitem__(self, position: int, module: Module) -> None:
        self._modules[position] = as_module(module)

    def __delitem__(self, position: int | slice) -> None:
        del self._modules[position]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __repr__(self) -> str:
        return f"ModuleList({self._modules!r})"


def as_module(given: Any) -> Module:
    """A Module; TypeError for anything else."""
    if not isinstance(given, Module):
        raise TypeError(f"ModuleList holds modules, not {given!r:.60}; a plain list holds anything")
    return given
