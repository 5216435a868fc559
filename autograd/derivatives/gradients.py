"""The backward pass over Values instead of floats: derivatives as graphs, of any order."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from math import isclose, isnan
from typing import Any

from autograd.engine import Value, constant, propagate, topological_order
from autograd.errors import GraphError
from autograd.language.expression import short_text
from autograd.modes import checking_gradients, not_recording, taking_limits, writing_tape


def gradients(y: Value, xs: Iterable[Value] | Value) -> list[Value]:
    """The derivative of y with respect to each of xs, as Values that can be differentiated again.

    y  : the Value to differentiate.
    xs : the Values to differentiate by, leaves or results; one Value is a list of one.

    No `.grad` changes. A Value that y does not depend on has the derivative 0.

    Raises GraphError for a constant among xs, and where the `data` of a node has changed since y
    was computed, so that a local derivative would now be another.

    >>> from autograd import Value, gradients
    >>> x = Value(2.0)
    >>> first, = gradients(x**3, [x])
    >>> second, = gradients(first, [x])
    >>> first.data, second.data
    (12.0, 12.0)
    """
    wanted = list(xs) if isinstance(xs, Iterable) else [xs]
    for position, x in enumerate(wanted):
        if not isinstance(x, Value):
            raise TypeError(f"gradients differentiates by Values; xs[{position}] is {x!r:.60}")
        if x.is_constant:
            raise GraphError(
                f"xs[{position}] is a constant, made of plain numbers, by detach() or inside "
                "no_grad(): nothing depends on it. Differentiate by the Value it was made from."
            )
    if not isinstance(y, Value):
        raise TypeError(f"gradients differentiates a Value, not {type(y).__name__}: {y!r:.60}")
    is_recorded = writing_tape and writing_tape.is_on()
    if checking_gradients and checking_gradients.is_on() and not is_recorded:
        propagate(y)  # which looks for the anomaly
    order = topological_order(y)
    moving = depending_on(wanted, order)
    adjoints: dict[Value, Value | float] = {y: 1.0}
    with taking_limits.switched(True), not_recording.switched(False):
        for node in reversed(order):
            if node not in moving or node not in adjoints:
                continue
            for operand, derivative in derivatives_of(node, moving):
                if operand in moving:
                    contribution = product(adjoints[node], derivative)
                    earlier = adjoints.get(operand)
                    adjoints[operand] = contribution if earlier is None else earlier + contribution
    return [as_value(adjoints.get(x, 0.0)) for x in wanted]


def depending_on(xs: list[Value], order: list[Value]) -> set[Value]:
    """The nodes of a topological order that depend on one of xs, and these."""
    moving = set(xs)
    for node in order:
        if not moving.isdisjoint(node.operands):
            moving.add(node)
    return moving


def derivatives_of(node: Value, moving: Container[Value]) -> Iterable[tuple[Value, Any]]:
    """The operands of a node that are in moving, with the derivatives by them.

    Raises RecordingError for a node that was made outside of a function being recorded.
    """
    places = [k for k, operand in enumerate(node.operands) if operand in moving]
    if places and writing_tape and writing_tape.is_on():
        writing_tape.setting().refuse_stranger(node)
    of_tape = getattr(node._operation, "all_derivatives", None)
    if of_tape is not None:
        found: Iterable[tuple[Value, Any]] = of_tape(node, moving)
        return found
    return by_rules(node, places)


def by_rules(node: Value, places: Sequence[int]) -> list[tuple[Value, Any]]:
    """The operands at some places with the derivatives that the rules give."""
    operation, stored = node._operation, node._local_grads  # that of a constant is never asked for
    operands = [read_afresh(x) for x in node.operands]  # as a rule may look at a constant's number
    found = []
    for k in places:
        derivative = operation.derivative(k, node, operands)
        check_stored(node, derivative, stored[k])
        found.append((node.operands[k], derivative))
    return found


def check_stored(node: Value, derivative: Any, stored: float) -> None:
    """Raise GraphError where a rule gives another number than was stored when the node was made."""
    number = derivative._data if isinstance(derivative, Value) else derivative
    if not isclose(number, stored, rel_tol=1e-9, abs_tol=1e-300) and not (
        isnan(number) and isnan(stored)
    ):
        raise GraphError(
            f"the data of a node below {short_text(node)} was changed after it was computed: its "
            f"local derivative was {stored!r} then and would be {number!r} now. "
            "Compute the expression again before differentiating it."
        )


def read_afresh(x: Value) -> Value:
    """x, or where it is a constant whose number a tape reads at each call, a node that varies."""
    recorder = writing_tape.setting() if writing_tape else None
    if recorder is None or not x.is_constant or recorder.knows_all([x]):
        return x
    return x + Value(-0.0)  # which is x, to the last bit


def product(upstream: Any, slope: Any) -> Any:
    """upstream * slope, without a node for a factor of 1."""
    if not isinstance(slope, Value) and slope == 1:
        return upstream
    if not isinstance(upstream, Value) and upstream == 1:
        return slope
    return upstream * slope


def as_value(x: Any) -> Value:
    """A Value as it is, a number as a constant."""
    return x if isinstance(x, Value) else constant(float(x))
