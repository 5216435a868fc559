"""What corresponds to what, and what both ways need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from nn.layers import ModuleList, ReLU, Sigmoid, Tanh
from nn.losses import CrossEntropyLoss, MSELoss, Softmax
from nn.losses.softmax import log_softmax, softmax
from nn.module import Module


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

AS_MODULES: dict[type[Module], Any] = {
    ReLU: "relu",
    Tanh: "tanh",
    Sigmoid: "sigmoid",
    Softmax: softmax,
}
"""Modules that are activations or functions by another name."""

NOT_IN_A_ROW = (ModuleList, MSELoss, CrossEntropyLoss)
"""Modules that PyTorch has too, but that make no row of a row."""

EMBEDDING = Counterpart(
    "Embedding", {"padding_idx": None, "max_norm": None, "scale_grad_by_freq": False}
)


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
