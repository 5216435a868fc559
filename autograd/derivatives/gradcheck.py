"""`gradcheck`: a function's gradients beside central finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.engine import Value, propagate
from autograd.errors import GradcheckError
from autograd.modes import no_grad, not_recording
from autograd.protocols.structures import places_in, rebuilt, structure_of


def gradcheck(
    f: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
) -> bool:
    """Compare f's gradients with central finite differences; True if all agree.

    As in `torch.autograd.gradcheck`, for each output and input
    |analytic - numerical| <= atol + rtol * |numerical|.

    f      : a function of the inputs giving Values, one or in lists, tuples, dicts and arrays.
    inputs : its arguments: one, or a tuple or list of them; each a number, a Value, or lists,
             tuples, dicts and arrays of those. A Value is moved in place, by eps, and put back.
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


def agree(analytic: float, numerical: float, atol: float, rtol: float) -> bool:
    """Whether |analytic - numerical| <= atol + rtol * |numerical|; with a nan it never is."""
    return analytic == numerical or abs(analytic - numerical) <= atol + rtol * abs(numerical)


def _as_values(argument: Any, name: str, points: list[tuple[str, Value]]) -> Any:
    """The argument with its numbers as leaves, each of which is added to points."""
    entries: list[Any] = []
    structure = structure_of(argument, entries, f"gradcheck: {name}")
    leaves = [x if isinstance(x, Value) else Value(x) for x in entries]
    for place, leaf in zip(places_in(structure, name), leaves, strict=True):
        if leaf.is_constant:
            raise ValueError(f"gradcheck: {place} is a constant, which takes no gradient")
        points.append((place, leaf))
    return rebuilt(structure, iter(leaves))


def _outputs(result: Any) -> list[Value]:
    outputs: list[Any] = []
    structure_of(result, outputs, "gradcheck: what the function gives")
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"gradcheck: the function must give Values, not {output!r:.60}")
    return outputs


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
