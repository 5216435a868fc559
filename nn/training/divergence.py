"""DivergenceError: where and why a training run met a number that is not finite."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import AnomalyError, DomainError, Value, detect_anomaly, topological_order
from nn.training.batches import Data, EagerLoss
from nn.training.history import History

ADVICE = (
    "What usually helps: a smaller learning rate, clip_norm=1, standardised inputs, or a loss that "
    "takes logits"
)


class DivergenceError(ArithmeticError):
    """A loss or a gradient of a training run became infinite or nan.

    history : the epochs before that one.
    """

    history: History


def divergence(
    where: str, error: DomainError, loss: EagerLoss, data: Data, places: Sequence[int]
) -> DivergenceError:
    """The error for a batch that raised another one, with the node where the trouble began."""
    what = (first_wrong_node(loss, data, places) or str(error)).rstrip(".")
    advice = "" if "Usual fix" in what else f" {ADVICE}"
    return DivergenceError(f"{where}: {what}.{advice}")


def first_wrong_node(loss: EagerLoss, data: Data, places: Sequence[int]) -> str:
    """The first node of a batch whose number or gradient is not finite; "" for none."""
    result: Value | None = None
    try:
        with detect_anomaly():
            result = loss(data, places)
            for node in topological_order(result):
                if not math.isfinite(node.data):
                    return f"{name_of(node, loss)} is {node.data}"
            result.backward()
    except (DomainError, AnomalyError) as error:
        return str(error)
    finally:
        if result is not None:
            result.zero_grad()
    return ""


def name_of(node: Value, loss: EagerLoss) -> str:
    """A parameter's name in the model; else the node's label, or the operation that made it."""
    names = {parameter: name for name, parameter in loss.model.named_parameters()}
    return names.get(node) or node.label or (f"a result of {node.op}" if node.op else "an input")
