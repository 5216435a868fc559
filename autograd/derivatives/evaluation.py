"""One evaluation of a function on fresh nodes, by which its results can be differentiated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import local
from typing import Any

from autograd.derivatives.gradients import as_value, derivatives_of, gradients, product, read_afresh
from autograd.engine import Value, propagate, topological_order
from autograd.modes import not_recording, taking_limits, writing_tape
from autograd.protocols.structures import (
    Structure,
    array_of,
    in_order,
    in_words,
    positional_parameters,
    rebuilt,
    structure_of,
)


class _UnderWay(local):
    """The inputs of all evaluations under way in this thread, outermost first."""

    def __init__(self) -> None:
        self.inputs: list[Value] = []


_under_way = _UnderWay()


def is_under_way() -> bool:
    """Whether this is called inside another derivative."""
    return bool(_under_way.inputs)


class Evaluation:
    """One call of a function, with fresh nodes as the inputs to differentiate by.

    purpose   : the name of the public function that asked, for messages.
    positions : which of the arguments are inputs.
    """

    def __init__(self, purpose: str, positions: Sequence[int], args: Sequence[Any]) -> None:
        self.purpose = purpose
        self.arguments = list(args)
        self.structures: list[Structure] = []
        self.inputs: list[Value] = []
        self.given_values = False
        for position in positions:
            entries: list[Any] = []
            what = f"argument {position} of {purpose}"
            structure = structure_of(args[position], entries, what)
            self.given_values |= any(isinstance(x, Value) for x in entries)
            fresh = [_fresh(x) for x in entries]
            self.structures.append(structure)
            self.inputs += fresh
            self.arguments[position] = rebuilt(structure, iter(fresh))

    def finish(self, value: Any, has_aux: bool) -> None:
        """Take what the function returned; with has_aux, that and something more."""
        if has_aux:
            if not isinstance(value, tuple) or len(value) != 2:
                raise TypeError(
                    f"{self.purpose} with has_aux needs a function that gives a pair, a number and "
                    f"something more, not {value!r:.60}"
                )
            value, self.aux = value
        entries: list[Any] = []
        self.structure = structure_of(value, entries, "what the function gives")
        self.outputs = [as_value(y) for y in entries]

    def scalar(self) -> Value:
        """The output of a function that gives one number."""
        if self.structure is not None:
            raise TypeError(
                f"{self.purpose} needs a function that gives one number; "
                f"this one gave {in_words(self.structure)}: use jacobian"
            )
        return self.outputs[0]

    def gives_values(self, y: Value) -> bool:
        """Whether y may be differentiated again, by the caller or by a derivative around this."""
        if self.given_values or (writing_tape and writing_tape.is_on()):
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
        moving = {x for x, tangent in tangents.items() if isinstance(tangent, Value) or tangent}
        with taking_limits.switched(True), not_recording.switched(False):
            for node in topological_order(y):
                if node in tangents:
                    continue
                tangents[node] = 0.0
                if not moving.isdisjoint(node.operands):
                    moving.add(node)
                    slopes = derivatives_of if symbolic else numbers_of
                    for operand, slope in slopes(node, moving):
                        tangents[node] = tangents[node] + product(tangents[operand], slope)
        return tangents[y]

    def per_argument(self, leaves: Iterable[Any], **makers: Any) -> tuple[Any, ...]:
        """A flat row of derivatives, cut into one object like each argument; see `rebuilt`."""
        rest = iter(leaves)
        return tuple([rebuilt(structure, rest, **makers) for structure in self.structures])

    def like_output(self, entries: Sequence[Any]) -> Any:
        """A number for each output, in the structure of what the function returned."""
        return rebuilt(self.structure, iter(entries))

    def matrix(self, unpack: Callable[[tuple[Any, ...]], Any]) -> Any:
        """The Jacobian: what the function returned, with derivatives in the place of numbers.

        An array of outputs has for each array or number among the inputs one array.
        """

        def by_number(rows: Iterator[list[Any]]) -> Any:
            return unpack(self.per_argument(next(rows)))

        def by_array(rows: list[list[Any]], outer: tuple[int, ...]) -> Any:
            columns = [[row[k] for row in rows] for k in range(len(self.inputs))]
            return unpack(
                self.per_argument(
                    columns,
                    number=lambda columns: array_of(next(columns), outer),
                    array=lambda columns, inner: array_of(
                        [column[k] for k in range(len(rows)) for column in columns],
                        (*outer, *inner),
                    ),
                )
            )

        rows = iter([self.row(y) for y in self.outputs])
        return rebuilt(self.structure, rows, by_number, by_array)

    def plain(self, y: Value) -> Any:
        """An output as the caller sees it: a number, unless it may be differentiated again."""
        return y if self.gives_values(y) else y.data

    def plain_output(self) -> Any:
        """What the function returned, likewise."""
        return self.like_output([self.plain(y) for y in self.outputs])


def evaluated(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    positions: Sequence[int],
    purpose: str,
    has_aux: bool = False,
) -> Evaluation:
    """The evaluation of f, with fresh nodes in place of the arguments at positions."""
    if kwargs and max(positions, default=0) >= len(args):
        args, kwargs = in_order(positional_parameters(f), tuple(args), dict(kwargs))
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
            run.finish(f(*run.arguments, **kwargs), has_aux)
        finally:
            del _under_way.inputs[depth:]
    return run


def weighted_sum(values: Sequence[Value], weights: Sequence[Any]) -> Value:
    """The sum of values times weights, as a node to differentiate."""
    with taking_limits.switched(True), not_recording.switched(False):
        return as_value(sum([product(y, w) for y, w in zip(values, weights, strict=True)]))


def numbers_of(node: Value, moving: set[Value]) -> Iterator[tuple[Value, float]]:
    """The operands of a node that are in moving, with the derivatives by them as numbers."""
    for operand, slope in zip(node.operands, node._local_grads, strict=True):
        if operand in moving:
            yield operand, slope


def _fresh(x: Any) -> Value:
    """A fresh node for an input: +x, which still depends on the Value x, or a leaf."""
    if not isinstance(x, Value):
        return Value(x)
    varying = read_afresh(x)
    return Value(x.data) if varying.is_constant else +varying
