"""What a page must know of a run to take it up: the network, the data and the settings, checked.

The page computes by rules of its own, so what it does not know is refused here: it would show
other numbers than Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from autograd import RenderError
from nn.init import INITIALISERS
from nn.layers import MLP
from nn.layers.activations import ACTIVATIONS
from nn.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
)
from nn.module import Module
from nn.optim import SGD, Adam
from nn.optim.base import Optimizer
from nn.training.batches import Data

MOST_ROWS, MOST_PARAMETERS, MOST_RUNS = 2_000, 4_000, 4
OF_NUMBERS = {"mse_loss": mse_loss, "huber_loss": huber_loss, "l1_loss": l1_loss}
OF_CLASSES = {
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
    "hinge_loss": hinge_loss,
}
LOSSES: dict[str, Any] = OF_NUMBERS | OF_CLASSES | {"cross_entropy": cross_entropy}

RULES: dict[str, Any] = {
    **ACTIVATIONS,
    "mse_loss": lambda x, t: mse_loss([x], [t]),
    "huber_loss": lambda x, t: huber_loss([x], [t]),
    "l1_loss": lambda x, t: l1_loss([x], [t]),
    "binary_cross_entropy_with_logits": lambda x, t: binary_cross_entropy_with_logits([x], [t]),
    "hinge_loss": lambda x, t: hinge_loss([x], [t]),
}
"""Written into the page; the cross-entropy of many classes takes a whole row, and is there."""


def name_of_loss(loss: Any) -> str:
    """The name of a loss that the page knows."""
    for name, known in LOSSES.items():
        if loss is known:
            return name
    raise TypeError(f"a training page knows the losses {', '.join(LOSSES)}, not {loss!r:.60}")


def side_by_side(caller: str, model: Any, optimizer: Any) -> dict[str, tuple[Any, Any]]:
    """Each model with its optimizer, by its name; a single one is called "".

    Raises TypeError or ValueError where models and optimizers do not belong together, or two models
    cannot be seen side by side.
    """
    if not isinstance(model, Mapping):
        return {"": (model, optimizer)}
    if not isinstance(optimizer, Mapping) or list(optimizer) != list(model):
        raise TypeError(
            f"{caller}: with a dict of models, optimizer is a dict with the same names in the same "
            f"order, not {optimizer!r:.60}"
        )
    named = all(isinstance(name, str) and name.strip() for name in model)
    if not 1 < len(model) <= MOST_RUNS or not named:
        raise ValueError(
            f"{caller}: model is a dict of 2 to {MOST_RUNS} models by their names, not of "
            f"{', '.join(map(repr, model)) or 'none'}"
        )
    known: dict[tuple[int, int], str] = {}
    owners: dict[Any, str] = {}
    for name, each in model.items():
        widths = network_of(each)["widths"]
        ends = known.setdefault((widths[0], widths[-1]), name)
        if len(known) > 1:
            first = next(iter(known.values()))
            raise ValueError(
                f"{caller}: models side by side have as many inputs and outputs; {ends!r:.40} has "
                f"others than {first!r:.40}"
            )
        for parameter in each.parameters():
            if (other := owners.setdefault(parameter, name)) != name:
                raise ValueError(
                    f"{caller}: {other!r:.40} and {name!r:.40} share parameters; make a model for "
                    "each, such as copy.deepcopy(model)"
                )
    return {name: (model[name], optimizer[name]) for name in model}


def network_of(model: Any) -> dict[str, Any]:
    """The widths, activations and parameters of an MLP."""
    if type(model) is not MLP:
        raise TypeError(f"a training page draws an MLP, not {model!r:.60}")
    parameters = model.parameters()
    if len(parameters) > MOST_PARAMETERS:
        raise RenderError(
            f"a training page draws up to {MOST_PARAMETERS:,} parameters; "
            f"this network has {len(parameters):,}"
        )
    if not all(p.requires_grad for p in parameters):
        raise RenderError(
            "a training page moves every parameter, and some here are frozen: "
            "model.requires_grad_(True) lets them learn"
        )
    inputs = model.layers[0].neurons[0].nin
    if inputs > 2:
        raise RenderError(
            f"a training page draws one input or two; this network has {inputs}: train one on two "
            "of the columns"
        )
    names = []
    for layer in model.layers:
        kinds = {neuron.activation for neuron in layer.neurons}
        name = kinds.pop()
        if kinds or (name is not None and name not in ACTIVATIONS):
            raise TypeError(
                f"a training page knows the activations {', '.join(ACTIVATIONS)} and None, one a "
                f"layer, not {name!r:.60}"
            )
        names.append(name or "")
    hidden = set(names[:-1])
    if len(hidden) > 1:
        several = " and ".join(sorted(name or "None" for name in hidden))
        raise TypeError(f"hidden layers of a training page have one activation, not {several}")
    return {
        "widths": [inputs, *(len(layer.neurons) for layer in model.layers)],
        "activation": hidden.pop() if hidden else "tanh",
        "output": names[-1],
        "weights": [p.data for p in parameters],
    }


def data_of(
    data: Data, held_out: Data | None, network: dict[str, Any], loss: str
) -> dict[str, Any]:
    """The rows as flat lists, and what kind of picture they make."""
    inputs, outputs = network["widths"][0], network["widths"][-1]
    x, y = columns_of(data, inputs)
    valid_x, valid_y = columns_of(held_out, inputs) if held_out is not None else ([], [])
    count = len(y) + len(valid_y)
    if count > MOST_ROWS:
        raise RenderError(
            f"{data.caller}: a training page draws up to {MOST_ROWS:,} rows; there are {count:,}"
        )
    kind, labels = kind_of(inputs, outputs, loss, [*y, *valid_y])
    return {
        "kind": kind,
        "labels": labels,
        "inputs": inputs,
        "loss": loss,
        "x": x,
        "y": y,
        "validX": valid_x,
        "validY": valid_y,
    }


def columns_of(data: Data, inputs: int) -> tuple[list[float], list[float]]:
    """All inputs in a row, and the targets.

    Raises ValueError or RenderError, which names the row, for one that the network cannot take.
    """
    name, of_targets = data.names
    rows, targets = data.rows(range(len(data)))
    flat: list[float] = []
    for place, (row, target) in enumerate(zip(rows, targets, strict=True)):
        numbers = row if isinstance(row, list) else [row]
        if (count := len(numbers)) != inputs:
            raise ValueError(
                f"{data.caller}: {name}[{place}] has {count} number{'s' * (count != 1)}, "
                f"and the network has {inputs} input{'s' * (inputs > 1)}"
            )
        if isinstance(target, list):
            raise RenderError(
                f"a training page draws one target a row; {of_targets}[{place}] is a row of them"
            )
        flat += numbers
    return flat, targets


def kind_of(
    inputs: int, outputs: int, loss: str, targets: Sequence[float]
) -> tuple[str, list[int]]:
    """The picture: "curve", "sides", "classes" or "surface"; and the classes, if there are any."""
    if loss == "cross_entropy":
        if inputs != 2 or outputs < 2:
            raise RenderError(
                "with cross_entropy a training page draws two inputs and a score for each class; "
                f"this network has {inputs} input{'s' * (inputs > 1)} and {outputs} "
                f"output{'s' * (outputs > 1)}"
            )
        return "classes", list(range(outputs))
    if outputs > 1:
        raise RenderError(f"with {loss} a training page draws one output, not {outputs}")
    if inputs == 1:
        return "curve", []
    for labels in ([0, 1], [-1, 1]):
        if set(targets) <= set(labels) and (len(set(targets)) > 1 or loss in OF_CLASSES):
            return "sides", labels
    return "surface", []


def optimiser_of(optimizer: Any, model: Module) -> dict[str, Any]:
    """The settings of an optimiser that the page knows."""
    if type(optimizer) not in (SGD, Adam):
        is_class = isinstance(optimizer, type)
        hint = "; call it: it is made from model.parameters()" if is_class else ""
        raise TypeError(f"a training page knows SGD and Adam, not {optimizer!r:.60}{hint}")
    assert isinstance(optimizer, Optimizer)
    groups = optimizer.param_groups
    if len(groups) > 1 or set(groups[0]["params"]) != set(model.parameters()):
        raise RenderError(
            "a training page moves all parameters of the model, in one group: make the optimizer "
            "from model.parameters()"
        )
    if optimizer.state:
        raise RenderError("a training page begins with a new optimizer; this one has taken steps")
    group = groups[0]
    for name in ("dampening", "amsgrad"):
        if group.get(name):
            raise RenderError(f"a training page does not know {name}={group[name]!r}")
    shared = {"rate": group["lr"], "decay": group["weight_decay"]}
    usual = {"momentum": 0.0, "nesterov": False, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    if isinstance(optimizer, Adam):
        beta1, beta2 = group["betas"]
        own = {"optimizer": "adam", "beta1": beta1, "beta2": beta2, "eps": group["eps"]}
    else:
        name = "momentum" if group["momentum"] else "sgd"
        own = {
            "optimizer": name,
            "momentum": group["momentum"],
            "nesterov": group["nesterov"],
        }
    return {**usual, **shared, **own}


def drawn_by(network: dict[str, Any], seed: int) -> str:
    """The initialiser that draws exactly these weights from this seed; "given" if none does."""
    nin, *nouts = network["widths"]
    for init in (None, *INITIALISERS):
        model = MLP(
            nin,
            nouts,
            network["activation"],
            network["output"] or None,
            init,
            Random(seed),
        )
        if [p.data for p in model.parameters()] == network["weights"]:
            return init or "suited"
    return "given"
