"""One evaluation of a function on fresh nodes, by which its results can be differentiated."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any

from autograd.derivatives.gradients import as_value, derivatives_of, gradients, product
from autograd.engine import Value, propagate, topological_order
from autograd.modes import not_recording, taking_limits
from autograd.primitive import is_real


class _UnderWay(local):
    """The inputs of all evaluations under way in this thread, outermost first."""

    def __init__(self) -> None:
        self.inputs: list[Value] = []


_under_way = _UnderWay()


class Evaluation:
    """One call of a function, with fresh nodes as the inputs to differentiate by.

    purpose   : the name of the public function that asked, for messages.
    positions : which of the arguments are inputs.
    """

    def __init__(self, purpose: str, positions: Sequence[int], args: Sequence[Any]) -> None:
        self.purpose = purpose
        self.originals = [args[position] for position in positions]
        self.groups: list[list[Value]] = []
        self.arguments = list(args)
        self.given_values = False
        for position, original in zip(positions, self.originals, strict=True):
            entries = entries_of(original, f"argument {position} of {purpose}")
            self.given_values |= any(isinstance(x, Value) for x in entries)
            group = [_fresh(x) for x in entries]
            self.groups.append(group)
            self.arguments[position] = like(original, group)
        self.inputs = [x for group in self.groups for x in group]

    def finish(self, value: Any) -> None:
        """Take what the function returned."""
        self.value = value
        self.gives_scalar = is_scalar(value)
        self.outputs = [as_value(y) for y in entries_of(value, "what the function gives")]

    def scalar(self) -> Value:
        """The output of a function that gives one number."""
        if not self.gives_scalar:
            raise TypeError(
                f"{self.purpose} needs a function that gives one number; "
                f"this one gave {shape_of(self.value)}: use jacobian"
            )
        return self.outputs[0]

    def gives_values(self, y: Value) -> bool:
        """Whether y may be differentiated again, by the caller or by a derivative around this."""
        if self.given_values:
            return True
        outer = set(_under_way.inputs).difference(self.inputs)
        return bool(outer) and not outer.isdisjoint(topological_order(y))

    def row(self, y: Value, as_values: bool = False) -> list[Any]:
        """The derivative of y by each input: Values where they may be differentiated again."""
        if as_values or self.gives_values(y):
            return gradients(y, self.inputs)
        adjoints = propagate(y)
        return [adjoints.get(x, 0.0) for x in self.inputs]

    def push(self, y: Value, tangents: dict[Value, Any]) -> Any:
        """The derivative of y along the inputs' tangents, forward through the graph."""
        symbolic = self.gives_values(y) or any(isinstance(t, Value) for t in tangents.values())
        with taking_limits.switched(True), not_recording.switched(False):
            for node in topological_order(y):
                if node not in tangents:
                    total: Any = 0.0
                    moving = {x for x in node.operands if _moves(tangents[x])}
                    for operand, slope in derivatives_of(node, moving):
                        if isinstance(slope, Value) and not symbolic:
                            slope = slope.data
                        total = total + product(tangents[operand], slope)
                    tangents[node] = total
        return tangents[y]

    def per_argument(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """A flat row of derivatives, cut into one object like each argument."""
        rest = list(row)
        results = []
        for original, group in zip(self.originals, self.groups, strict=True):
            results.append(like(original, rest[: len(group)]))
            del rest[: len(group)]
        return tuple(results)

    def like_output(self, rows: list[Any]) -> Any:
        """Rows in the shape of what the function returned."""
        return rows[0] if self.gives_scalar else like(self.value, rows)

    def plain(self, y: Value) -> Any:
        """An output as the caller sees it: a number, unless it may be differentiated again."""
        return y if self.gives_values(y) else y.data

    def plain_output(self) -> Any:
        """What the function returned, likewise."""
        return self.like_output([self.plain(y) for y in self.outputs])


def _moves(tangent: Any) -> bool:
    return isinstance(tangent, Value) or bool(tangent)


@contextmanager
def evaluated(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    positions: Sequence[int],
    purpose: str,
) -> Iterator[Evaluation]:
    """The evaluation of f, with fresh nodes in place of the arguments at positions.

    The derivatives are to be taken inside the block.
    """
    for position in positions:
        if not 0 <= position < len(args):
            raise TypeError(
                f"{purpose} differentiates by argument {position}, "
                f"but the function was called with {len(args)} positional arguments"
            )
    # a no_grad() around the call concerns the caller's graph, not the derivative asked for
    with not_recording.switched(False):
        run = Evaluation(purpose, positions, args)
        depth = len(_under_way.inputs)
        _under_way.inputs.extend(run.inputs)
        try:
            run.finish(f(*run.arguments, **kwargs))
            yield run
        finally:
            del _under_way.inputs[depth:]


# ---- numbers and flat sequences -----------------------------------------------------------------


def _fresh(x: Any) -> Value:
    """A fresh node for an input: +x, which still depends on the Value x, or a leaf."""
    if isinstance(x, Value):
        return Value(x.data) if x.is_constant else +x
    return Value(x)


def is_scalar(x: Any) -> bool:
    """Whether it is one number, plain or a Value."""
    return isinstance(x, Value) or is_real(x)


def entries_of(x: Any, what: str) -> list[Any]:
    """The numbers and Values in a number, Value or flat sequence."""
    if is_scalar(x):
        return [x]
    flat = isinstance(x, Sequence) or getattr(x, "ndim", 0) > 0
    if isinstance(x, (str, bytes)) or not flat:
        raise TypeError(f"{what} must be a number, a Value or a flat list of them, not {x!r:.60}")
    entries = list(x)
    for position, entry in enumerate(entries):
        if not is_scalar(entry):
            raise TypeError(f"{what} must be flat, but its entry {position} is {entry!r:.60}")
    return entries


def shape_of(x: Any) -> str:
    """What it looks like, in words: `a number`, or `list of 3`."""
    return "a number" if is_scalar(x) else f"{type(x).__name__} of {len(x)}"


def like(original: Any, entries: Sequence[Any]) -> Any:
    """The entries packed as original is: as a number, a list, a tuple or an array."""
    if is_scalar(original):
        return entries[0]
    if isinstance(original, tuple):
        named = getattr(type(original), "_make", tuple)
        return named(entries)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(original, numpy.ndarray):
        objects = numpy.array(entries, dtype=object)
        return objects if any(isinstance(x, Value) for x in objects.flat) else objects.astype(float)
    return list(entries)
