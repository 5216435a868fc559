"""Checks of gradients: against finite differences, and for nan and infinity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from autograd.errors import AnomalyError, DomainError, GradcheckError, GraphError
from autograd.graph import depending_on, propagate, topological_order
from autograd.language.expression import short_text
from autograd.modes import no_grad, not_recording
from autograd.operation import is_real
from autograd.value import Value


def gradcheck(
    f: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
) -> bool:
    """Compare f's gradients with central finite differences; True if all agree.

    The meaning is that of `torch.autograd.gradcheck`: for each output and input,
    |analytic - numerical| <= atol + rtol * |numerical|.

    f      : a function of the inputs giving a Value or a flat sequence of them.
    inputs : its arguments: one, or a tuple or list of them; each a number, a Value or a flat
             list of those. A Value is moved in place, by eps, and put back.
    eps    : the step, in the units of the input.

    Raises GradcheckError with the input, both slopes and their difference.

    >>> from autograd import gradcheck, sigmoid
    >>> gradcheck(lambda a, b: sigmoid(a) * b, (0.5, -2.0))
    True
    """
    if not eps > 0:
        raise ValueError(f"gradcheck: eps is a step above 0, not {eps!r}")
    arguments = list(inputs) if isinstance(inputs, (tuple, list)) else [inputs]
    points: list[tuple[str, Value]] = []
    for position, argument in enumerate(arguments):
        arguments[position] = _as_values(argument, f"inputs[{position}]", points)
    if not points:
        raise ValueError("gradcheck needs at least one number among the inputs; there is none")
    with not_recording.switched(False):
        outputs = _outputs(f(*arguments))
    if not outputs:
        raise ValueError("gradcheck needs a function that gives at least one number; got none")
    slopes = [propagate(output) for output in outputs]
    for name, x in points:
        numerical = _central_differences(f, arguments, x, eps)
        for position, (adjoints, numeric) in enumerate(zip(slopes, numerical, strict=True)):
            analytic = adjoints.get(x, 0.0)
            if not agree(analytic, numeric, atol, rtol):
                output = f"output {position}" if len(outputs) > 1 else "the output"
                raise GradcheckError(
                    f"the derivative of {output} with respect to {x.label or name} at {x.data!r} "
                    f"is {analytic!r} by backward(), but {numeric!r} by finite differences: "
                    f"they differ by {abs(analytic - numeric):.3g}, "
                    f"more than atol + rtol * |numerical| = {atol + rtol * abs(numeric):.3g}"
                )
    return True


@dataclass(frozen=True)
class SlopeCheck:
    """A gradient beside the finite difference that should be equal to it; true if they agree.

    name, at : the node, and its number.
    backward : its gradient.
    numerical : the central difference; None where the root has no value around this point.
    note : that it is at a kink, or why there is no difference.
    """

    name: str
    at: float
    backward: float
    numerical: float | None
    agrees: bool
    note: str

    def __bool__(self) -> bool:
        return self.agrees

    @property
    def verdict(self) -> str:
        """In a few words: agrees, DIFFERS, or a kink, where no derivative is the right one."""
        if self.numerical is None:
            return "not checked"
        if self.note:
            return f"agrees, at {self.note}" if self.agrees else self.note
        return "agrees" if self.agrees else "DIFFERS"

    def __str__(self) -> str:
        if self.numerical is None:
            return f"the gradient of {self.name} cannot be checked: {self.note}"
        return (
            f"{self.name} = {self.at:.6g}: gradient {self.backward:.6g}, finite difference "
            f"{self.numerical:.6g}: {self.verdict}"
        )

    __repr__ = __str__


def check_slope(
    root: Value, node: Value, backward: float, name: str, seed: float = 1.0
) -> SlopeCheck:
    """Compare a node's gradient with how root changes when only this node is moved.

    backward : the derivative of root, times seed, with respect to node.
    name     : what to call the node.

    The graph is computed again, as floats, with the node moved by 6e-6 times its size each way,
    and less where the function is too steep for that. They agree as in `gradcheck`. Raises
    GraphError where the `data` of a node was changed since root was computed.
    """
    order = topological_order(root)
    above = depending_on([node], order)
    path = [v for v in order if v in above and v is not node]
    x = node._data
    if not _same(_moved(root, node, path, x), root._data):
        raise GraphError(
            "the data of a node was changed after the graph was computed, so that its gradients "
            "are those of other numbers. Compute the expression again before checking it."
        )
    result = SlopeCheck(name, x, backward, None, False, "")
    largest = max(abs(v._data) for v in (node, *path))
    large, small = max(1.0, abs(x)), abs(x) or 1.0
    for size in dict.fromkeys((large, small, 1e-3 * large)):
        step = DIFFERENCE * size
        try:
            low, high = (_moved(root, node, path, x + move) for move in (-step, step))
        except DomainError as error:
            if result.numerical is None:
                result = replace(result, note=result.note or str(error))
            continue
        left, right = (seed * (root._data - low) / step, seed * (high - root._data) / step)
        numerical = (left + right) / 2
        noise = 4 * abs(seed * root._data) * EPSILON / step
        agrees = agree(backward, numerical, 1e-5 + min(noise, abs(numerical) / 10), 1e-3)
        hidden = 4 * abs(seed) * largest * EPSILON / step
        if not agrees and agree(backward, numerical, 1e-5 + hidden, 1e-3):
            if result.numerical is None:
                result = replace(result, note="rounding hides the difference")
            continue
        between = min(left, right) - noise <= backward <= max(left, right) + noise
        apart = abs(right - left) > 0.01 * max(abs(left), abs(right)) + 1e-5 + 2 * noise
        kink = between and apart
        note = f"a kink: {left:.4g} to the left, {right:.4g} to the right" if kink else ""
        result = SlopeCheck(name, x, backward, numerical, agrees, note)
        if agrees:
            break
    return result


DIFFERENCE = 6e-6  # the cube root of EPSILON, at which a central difference is most exact
EPSILON = 2.0**-52


def _moved(root: Value, node: Value, path: list[Value], x: float) -> float:
    """What root would be with x in node; path has what lies between, in order."""
    numbers = {node: x}
    for gate in path:
        operands = (numbers.get(operand, operand._data) for operand in gate.operands)
        numbers[gate] = gate._operation.evaluate(*operands)
    return numbers[root]


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def agree(analytic: float, numerical: float, atol: float, rtol: float) -> bool:
    """Whether |analytic - numerical| <= atol + rtol * |numerical|, which nan never is."""
    return analytic == numerical or abs(analytic - numerical) <= atol + rtol * abs(numerical)


def check_adjoints(adjoints: dict[Value, float]) -> None:
    """Raise AnomalyError for the first nan or infinite gradient that a backward pass met.

    adjoints : the gradient of each node, in topological order.
    """
    for gate in reversed(adjoints):
        upstream = adjoints[gate]
        if not isfinite(upstream) and not gate.is_constant:
            raise AnomalyError(
                f"the gradient of {short_text(gate)} is {upstream}: the sum over its uses"
            )
        for operand, local_grad in zip(gate.operands, gate.local_grads, strict=True):
            if not isfinite(upstream * local_grad):
                name = short_text(operand)
                raise AnomalyError(
                    f"the gradient of {name} is {adjoints[operand]}: at {short_text(gate)} the "
                    f"upstream gradient is {upstream!r} and the local derivative with respect to "
                    f"{name}, at {operand.data!r}, is {local_grad!r}"
                )


def _as_values(argument: Any, name: str, points: list[tuple[str, Value]]) -> Any:
    """The argument with numbers as leaves; each leaf is added to points."""
    if isinstance(argument, (tuple, list)):
        entries = [_as_values(x, f"{name}[{k}]", points) for k, x in enumerate(argument)]
        return type(argument)(entries)
    if not isinstance(argument, Value):
        if not is_real(argument):
            raise TypeError(f"gradcheck: {name} must be a number or a Value, not {argument!r:.60}")
        argument = Value(argument)
    if argument.is_constant:
        raise ValueError(f"gradcheck: {name} is a constant, which takes no gradient")
    points.append((name, argument))
    return argument


def _outputs(result: Any) -> list[Value]:
    outputs: Sequence[Any] = result if isinstance(result, (tuple, list)) else [result]
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"gradcheck: the function must give Values, not {output!r:.60}")
    return list(outputs)


def _central_differences(
    f: Callable[..., Any], arguments: list[Any], x: Value, eps: float
) -> list[float]:
    """(f(x + eps) - f(x - eps)) / 2 eps for each output, with x back where it was."""
    centre = x.data
    try:
        with no_grad():
            x.data = centre + eps
            after = [output.data for output in _outputs(f(*arguments))]
            x.data = centre - eps
            before = [output.data for output in _outputs(f(*arguments))]
    finally:
        x.data = centre
    return [(high - low) / (2 * eps) for high, low in zip(after, before, strict=True)]
