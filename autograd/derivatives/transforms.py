"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, jvp and vjp.

Every function here takes and returns what the function it differentiates does: a number for a
number, a list for a list, a tuple for a tuple, an array for a one-dimensional array. Given
numbers, it gives numbers; given Values, or called inside another derivative, it gives Values, so
derivatives nest to any order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import index
from threading import local
from typing import Any

from autograd.graph import (
    as_value,
    gradients,
    product,
    propagate,
    symbolic_derivative,
    topological_order,
)
from autograd.modes import not_recording, taking_limits
from autograd.operation import is_real
from autograd.value import Value


def grad(f: Callable[..., Any], argnum: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The gradient of f, a function of numbers or flat sequences that gives one number.

    argnum : which argument to differentiate by, from 0; a sequence of positions gives a tuple.

    The gradient is taken when the result is called, with f's arguments. Raises TypeError where
    an argument is no number or flat sequence, or f gives anything but one number.

    >>> from autograd import grad, tanh
    >>> grad(tanh)(0.0)
    1.0
    >>> grad(lambda v: v[0] * v[1])([2.0, 3.0])
    [3.0, 2.0]
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnum)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return _describe(gradient, "grad", f)


def value_and_grad(f: Callable[..., Any], argnum: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The value of f and its gradient, as a pair, from one evaluation; see `grad`.

    >>> from autograd import value_and_grad
    >>> value_and_grad(lambda a, b: a * b, argnum=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """
    _check_function(f, "grad")
    positions = _positions(argnum)
    single = not isinstance(argnum, Sequence)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        with _evaluated(f, args, kwargs, positions, "grad") as run:
            y = run.scalar()
            gradient = run.per_argument(run.row(y))
            return run.plain(y), gradient[0] if single else gradient

    return _describe(value_and_gradient, "value_and_grad", f)


def jacobian(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The Jacobian of f: a row for each output, and in it a column for each input.

    argnum : which argument to differentiate by, from 0.

    A function of one number gives one derivative for each output; a function that gives one
    number has its gradient as its Jacobian. Raises TypeError as `grad` does.

    >>> from autograd import jacobian
    >>> jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    _check_function(f, "jacobian")
    positions = _positions([argnum])

    def matrix(*args: Any, **kwargs: Any) -> Any:
        with _evaluated(f, args, kwargs, positions, "jacobian") as run:
            return run.like_output([run.per_argument(run.row(y))[0] for y in run.outputs])

    return _describe(matrix, "jacobian", f)


def hessian(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The second derivatives of f, a function of one number or flat sequence giving one number.

    argnum : which argument to differentiate by, from 0.

    A list of n gives n lists of n, one number gives one number. Raises TypeError as `grad` does.

    >>> from autograd import hessian
    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnum), argnum)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f at primals, and the function that pulls a cotangent back to each of them.

    The meaning is that of `jax.vjp`: the cotangent has the shape of f's value, and the result is
    a tuple with the gradient of the cotangent's product with f for each argument.

    >>> from autograd import vjp
    >>> value, pull_back = vjp(lambda a, b: [a * b, a + b], 2.0, 3.0)
    >>> value, pull_back([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    with _evaluated(f, primals, {}, range(len(primals)), "vjp") as run:
        value = run.plain_output()

    def pull_back(cotangent: Any) -> tuple[Any, ...]:
        weights = _entries(cotangent, "the cotangent")
        if len(weights) != len(run.outputs) or _is_number(cotangent) != run.is_scalar:
            raise ValueError(
                f"the cotangent must be like f's value: expected {_shape(run.value)}, "
                f"got {_shape(cotangent)}"
            )
        with not_recording.switched(False):
            total = sum(y * weight for weight, y in zip(weights, run.outputs, strict=True))
        as_values = any(isinstance(weight, Value) for weight in weights)
        gradient: tuple[Any, ...] = run.per_argument(run.row(total, as_values))
        return gradient

    return value, pull_back


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of f at primals, and its derivative along tangents, in one forward pass.

    The meaning is that of `jax.jvp`: tangents are like primals, one for each argument.

    >>> from autograd import jvp
    >>> jvp(lambda a, b: a * b, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(
                f"jvp takes {name} as a tuple, one for each argument, not {given!r:.60}"
            )
        for position, entry in enumerate(given):
            _entries(entry, f"{name}[{position}]")
    if [_shape(p) for p in primals] != [_shape(t) for t in tangents]:
        raise ValueError(
            f"each tangent must be like its argument: expected {[_shape(p) for p in primals]}, "
            f"got {[_shape(t) for t in tangents]}"
        )
    with _evaluated(f, tuple(primals), {}, range(len(primals)), "jvp") as run:
        moves = [x for tangent in tangents for x in _entries(tangent, "a tangent")]
        known: dict[Value, Any] = dict(zip(run.inputs, moves, strict=True))
        return run.plain_output(), run.like_output([run.push(y, known) for y in run.outputs])


# ---- one evaluation of a function at inputs to differentiate by ---------------------------------


class _Tracing(local):
    """The inputs of the derivatives under way in this thread, outermost first."""

    def __init__(self) -> None:
        self.inputs: list[Value] = []


_tracing = _Tracing()


class _Evaluation:
    """What is known of one call of a function on inputs to differentiate by."""

    def __init__(self, purpose: str, positions: Sequence[int], args: Sequence[Any]) -> None:
        self.purpose = purpose
        self.originals = [args[position] for position in positions]
        self.groups: list[list[Value]] = []
        self.arguments = list(args)
        self.given_values = False
        for position, original in zip(positions, self.originals, strict=True):
            entries = _entries(original, f"argument {position} of {purpose}")
            self.given_values |= any(isinstance(x, Value) for x in entries)
            group = [_fresh(x) for x in entries]
            self.groups.append(group)
            self.arguments[position] = _like(original, group)
        self.inputs = [x for group in self.groups for x in group]

    def finish(self, value: Any) -> None:
        """Take what the function gave."""
        self.value = value
        self.is_scalar = _is_number(value)
        self.outputs = [as_value(y) for y in _entries(value, "what the function gives")]

    def scalar(self) -> Value:
        """The one number that the function gave."""
        if not self.is_scalar:
            raise TypeError(
                f"{self.purpose} needs a function that gives one number; "
                f"this one gave {_shape(self.value)}: use jacobian"
            )
        return self.outputs[0]

    def gives_values(self, y: Value) -> bool:
        """Whether derivatives of y may themselves be differentiated, by the caller or outside."""
        if self.given_values:
            return True
        outer = set(_tracing.inputs).difference(self.inputs)
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
                    for position, operand in enumerate(node.operands):
                        tangent = tangents[operand]
                        if isinstance(tangent, Value) or tangent:
                            slope = symbolic_derivative(node, position)
                            if isinstance(slope, Value) and not symbolic:
                                slope = slope.data
                            total = total + product(tangent, slope)
                    tangents[node] = total
        return tangents[y]

    def per_argument(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """A flat row of derivatives as one object like each argument differentiated by."""
        rest = list(row)
        results = []
        for original, group in zip(self.originals, self.groups, strict=True):
            results.append(_like(original, rest[: len(group)]))
            del rest[: len(group)]
        return tuple(results)

    def like_output(self, rows: list[Any]) -> Any:
        """Rows in the shape of the function's value."""
        return rows[0] if self.is_scalar else _like(self.value, rows)

    def plain(self, y: Value) -> Any:
        """A result as the caller should see it: a number unless it may be differentiated."""
        return y if self.gives_values(y) else y.data

    def plain_output(self) -> Any:
        """The function's value, likewise."""
        return self.like_output([self.plain(y) for y in self.outputs])


@contextmanager
def _evaluated(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    positions: Sequence[int],
    purpose: str,
) -> Iterator[_Evaluation]:
    """f called on fresh nodes in place of the arguments at positions."""
    for position in positions:
        if not 0 <= position < len(args):
            raise TypeError(
                f"{purpose} differentiates by argument {position}, "
                f"but the function was called with {len(args)} positional arguments"
            )
    # a no_grad() outside is about the caller's graph, not about the derivative asked for
    with not_recording.switched(False):
        run = _Evaluation(purpose, positions, args)
        depth = len(_tracing.inputs)
        _tracing.inputs.extend(run.inputs)
        try:
            run.finish(f(*run.arguments, **kwargs))
            yield run
        finally:
            del _tracing.inputs[depth:]


# ---- numbers and flat sequences -----------------------------------------------------------------


def _check_function(f: Any, purpose: str) -> None:
    if isinstance(f, Value) or not callable(f):
        raise TypeError(
            f"{purpose} takes a function, such as lambda x: x * x, not {f!r:.60}; "
            "for the derivatives of a Value there are backward() and gradients()"
        )


def _describe(derived: Callable[..., Any], purpose: str, f: Any) -> Callable[..., Any]:
    """Name the derived function after f."""
    name = getattr(f, "__name__", repr(f))
    derived.__name__ = derived.__qualname__ = f"{purpose}_of_{name}"
    derived.__doc__ = f"The {purpose.replace('_', ' ')} of {name}."
    return derived


def _positions(argnum: Any) -> list[int]:
    """The positions of the arguments to differentiate by."""
    given = list(argnum) if isinstance(argnum, Sequence) else [argnum]
    try:
        positions = [index(position) for position in given]
    except TypeError:
        raise TypeError(f"argnum is a position, or a sequence of them, not {argnum!r}") from None
    if min(positions, default=-1) < 0:
        raise ValueError(f"argnum counts arguments from 0, not {argnum!r}")
    if len(set(positions)) < len(positions):
        raise ValueError(f"argnum names a position twice: {argnum!r}")
    return positions


def _fresh(x: Any) -> Value:
    """A node of its own for an input: +x still depends on the Value x, a number gets a leaf."""
    if isinstance(x, Value):
        return Value(x.data) if x.is_constant else +x
    return Value(x)


def _is_number(x: Any) -> bool:
    return isinstance(x, Value) or is_real(x)


def _entries(x: Any, what: str) -> list[Any]:
    """The numbers and Values in a number, Value or flat sequence."""
    if _is_number(x):
        return [x]
    flat = isinstance(x, Sequence) or getattr(x, "ndim", 0) > 0
    if isinstance(x, (str, bytes)) or not flat:
        raise TypeError(f"{what} must be a number, a Value or a flat list of them, not {x!r:.60}")
    entries = list(x)
    for position, entry in enumerate(entries):
        if not _is_number(entry):
            raise TypeError(f"{what} must be flat, but its entry {position} is {entry!r:.60}")
    return entries


def _shape(x: Any) -> str:
    return "a number" if _is_number(x) else f"{type(x).__name__} of {len(x)}"


def _like(original: Any, entries: Sequence[Any]) -> Any:
    """The entries as what original is: a number, a list, a tuple or an array."""
    if _is_number(original):
        return entries[0]
    if isinstance(original, tuple):
        named = getattr(type(original), "_make", tuple)
        return named(entries)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(original, numpy.ndarray):
        objects = numpy.array(entries, dtype=object)
        return objects if any(isinstance(x, Value) for x in objects.flat) else objects.astype(float)
    return list(entries)
