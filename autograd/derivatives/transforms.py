"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, jvp and vjp.

Every function here takes and returns what the function it differentiates does: a number for a
number, a list for a list, a tuple for a tuple, an array for a one-dimensional array. Given
numbers, it gives numbers; given Values, or called inside another derivative, it gives Values, so
derivatives nest to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import Any

from autograd.derivatives.evaluation import entries_of, evaluated, is_scalar, shape_of
from autograd.engine import Value
from autograd.modes import not_recording


def grad(f: Callable[..., Any], argnum: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The gradient of f, a function of numbers or flat sequences that gives one number.

    argnum : which argument to differentiate by, from 0; a sequence of positions gives a tuple.

    The result takes f's arguments. Calling it raises TypeError where an argument is neither a
    number nor a flat sequence, or f gives anything but one number.

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
        with evaluated(f, args, kwargs, positions, "grad") as run:
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
        with evaluated(f, args, kwargs, positions, "jacobian") as run:
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

    As in `jax.vjp`, the cotangent has the shape of f's value, and the result is
    a tuple with the gradient of the cotangent's product with f for each argument.

    >>> from autograd import vjp
    >>> value, pull_back = vjp(lambda a, b: [a * b, a + b], 2.0, 3.0)
    >>> value, pull_back([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    with evaluated(f, primals, {}, range(len(primals)), "vjp") as run:
        value = run.plain_output()

    def pull_back(cotangent: Any) -> tuple[Any, ...]:
        weights = entries_of(cotangent, "the cotangent")
        if len(weights) != len(run.outputs) or is_scalar(cotangent) != run.gives_scalar:
            raise ValueError(
                f"the cotangent must be like f's value: expected {shape_of(run.value)}, "
                f"got {shape_of(cotangent)}"
            )
        with not_recording.switched(False):
            total = sum(y * weight for weight, y in zip(weights, run.outputs, strict=True))
        as_values = any(isinstance(weight, Value) for weight in weights)
        gradient: tuple[Any, ...] = run.per_argument(run.row(total, as_values))
        return gradient

    return value, pull_back


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of f at primals, and its derivative along tangents, in one forward pass.

    As in `jax.jvp`, tangents are like primals, one for each argument.

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
            entries_of(entry, f"{name}[{position}]")
    if [shape_of(p) for p in primals] != [shape_of(t) for t in tangents]:
        raise ValueError(
            f"each tangent must be like its argument: expected {[shape_of(p) for p in primals]}, "
            f"got {[shape_of(t) for t in tangents]}"
        )
    with evaluated(f, tuple(primals), {}, range(len(primals)), "jvp") as run:
        moves = [x for tangent in tangents for x in entries_of(tangent, "a tangent")]
        known: dict[Value, Any] = dict(zip(run.inputs, moves, strict=True))
        return run.plain_output(), run.like_output([run.push(y, known) for y in run.outputs])


# ---- arguments ----------------------------------------------------------------------------------


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
