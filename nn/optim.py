"""Optimisers: how the parameters follow their gradients."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any

from autograd import Value


class SGD:
    """Stochastic gradient descent with momentum, with the meaning of `torch.optim.SGD`.

    params       : the parameters, or dicts with "params" and settings of their own.
    lr           : learning rate, the step for a gradient of 1.
    momentum     : how much of the previous step's direction is kept, from 0.
    dampening    : how much of the gradient is left out of the direction.
    weight_decay : L2 penalty; adds weight_decay * parameter to the gradient.
    nesterov     : look ahead along the momentum; needs momentum > 0 and dampening 0.

    The settings are in `param_groups`, a list of dicts, and may be changed between steps.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> w = Value(3.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    2.4
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        self.param_groups = parameter_groups(params, settings)
        for group in self.param_groups:
            for name in ("lr", "momentum", "dampening", "weight_decay"):
                if not isinstance(group[name], Real) or not (
                    group[name] >= 0 or name == "dampening"
                ):
                    raise ValueError(f"SGD: {name} is a number from 0, not {group[name]!r}")
            if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
                raise ValueError("SGD: nesterov needs a momentum above 0 and a dampening of 0")
        self._velocity: dict[Value, float] = {}

    def zero_grad(self) -> None:
        """Clear the gradient of every parameter."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.zero_grad()

    def step(self) -> None:
        """Move every parameter against its gradient; one that no backward() reached stays."""
        for group in self.param_groups:
            lr, momentum, dampening = group["lr"], group["momentum"], group["dampening"]
            for parameter in group["params"]:
                if not parameter.has_grad:
                    continue
                direction = parameter.grad + group["weight_decay"] * parameter.data
                if momentum:
                    velocity = self._velocity.get(parameter)
                    if velocity is None:
                        velocity = direction
                    else:
                        velocity = momentum * velocity + (1 - dampening) * direction
                    self._velocity[parameter] = velocity
                    direction = direction + momentum * velocity if group["nesterov"] else velocity
                parameter.data -= lr * direction

    def __repr__(self) -> str:
        settings = {name: s for name, s in self.param_groups[0].items() if name != "params"}
        return f"SGD({', '.join(f'{name}={setting!r}' for name, setting in settings.items())})"


def parameter_groups(params: Iterable[Any], settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Parameters, or dicts of them with settings, as groups that have every setting."""
    if isinstance(params, Value) or not isinstance(params, Iterable):
        raise TypeError(f"an optimiser takes a list like model.parameters(), not {params!r:.60}")
    given = list(params)
    if not given:
        raise ValueError("an optimiser needs at least one parameter; the list is empty")
    dicts = given if all(isinstance(entry, dict) for entry in given) else [{"params": given}]
    groups = []
    seen: set[Value] = set()
    for group in dicts:
        unknown = [name for name in group if name != "params" and name not in settings]
        if unknown or "params" not in group:
            what = f"does not know {unknown[0]!r}" if unknown else "needs 'params'"
            raise ValueError(f"a parameter group {what}; it may have {', '.join(settings)}")
        listed = group["params"]
        parameters = [listed] if isinstance(listed, Value) else list(listed)
        for position, parameter in enumerate(parameters):
            if not isinstance(parameter, Value) or parameter.operands or parameter.is_constant:
                raise TypeError(
                    f"an optimiser moves leaf Values; params[{position}] is {parameter!r:.60}"
                )
            if parameter in seen:
                raise ValueError(f"params[{position}] is listed twice, and would move twice")
            seen.add(parameter)
        groups.append({**settings, **group, "params": parameters})
    return groups
