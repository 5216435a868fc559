"""Derivatives of functions: grad and its kin.

Arguments and results are numbers, or structures of them: lists, tuples, dictionaries and arrays of
any shape, nested as you like. A derivative has the structure of what it is taken by: a number for a
number, a list for a list, an array for an array. Given numbers, these functions give numbers; given
Values, called inside another derivative or while `compile` records, they give Values, so
derivatives nest to any order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from operator import index
from typing import Any, TypeVar

from autograd.derivatives.evaluation import evaluated, weighted_sum
from autograd.engine import Value
from autograd.protocols.structures import leaves_like, structure_of, with_numbers

Positions = int | Sequence[int]

OF_KIND: dict[type, Callable[..., Any]] = {}
"""What makes the derivatives of a kind of function that has some of its own."""

Transform = TypeVar("Transform", bound=Callable[..., Callable[..., Any]])


def _of_any_kind(transform: Transform) -> Transform:
    """Let a transform find out whether a function is of a kind that has derivatives of its own."""

    @functools.wraps(transform)
    def derivative(f: Any, *options: Any, **named: Any) -> Callable[..., Any]:
        own = OF_KIND.get(type(f))
        if own is None:
            return transform(f, *options, **named)
        asked = transform.__name__, repr(options), repr(named)
        found: Callable[..., Any] = own(f, lambda g: transform(g, *options, **named), asked)
        return found

    return derivative  # type: ignore[return-value]


@_of_any_kind
def grad(
    f: Callable[..., Any],
    argnum: Positions = 0,
    has_aux: bool = False,
    *,
    argnums: Positions | None = None,
) -> Callable[..., Any]:
    """The gradient of f, a function that gives one number.

    argnum  : which argument to differentiate by, from 0; a sequence of positions gives a tuple.
    has_aux : whether f gives a pair, the number and something more, which is passed on: the result
              is then a pair of the gradient and that.
    argnums : JAX's name for argnum.

    The result takes f's arguments, by position or by name. It has the structure of the argument:
    a number, or lists, tuples, dicts and arrays of numbers. Calling it raises TypeError where
    something else is in there, or f gives anything but one number.

    >>> from autograd import grad, tanh
    >>> grad(tanh)(0.0)
    1.0
    >>> grad(lambda p: p["w"][0] * p["w"][1] + p["b"])({"w": [2.0, 3.0], "b": 1.0})
    {'w': [3.0, 2.0], 'b': 1.0}
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnum, has_aux, argnums=argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return _describe(gradient, "grad", f)


@_of_any_kind
def value_and_grad(
    f: Callable[..., Any],
    argnum: Positions = 0,
    has_aux: bool = False,
    *,
    argnums: Positions | None = None,
) -> Callable[..., Any]:
    """The value of f and its gradient, as a pair, from one evaluation; see `grad`.

    With has_aux, the value is the pair that f gives.

    >>> from autograd import value_and_grad
    >>> value_and_grad(lambda a, b: a * b, argnum=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    >>> value_and_grad(lambda a: (a * a, "more"), has_aux=True)(3.0)
    ((9.0, 'more'), 6.0)
    """
    _check_function(f, "grad")
    positions, unpack = _positions(argnum, argnums)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        run = evaluated(f, args, kwargs, positions, "grad", has_aux)
        y = run.scalar()
        gradient = unpack(run.per_argument(run.row(y)))
        value = run.plain(y)
        if has_aux:
            value = (value, with_numbers(run.aux, run.plain))
        return value, gradient

    return _describe(value_and_gradient, "value_and_grad", f)


@_of_any_kind
def elementwise_grad(
    f: Callable[..., Any], argnum: Positions = 0, *, argnums: Positions | None = None
) -> Callable[..., Any]:
    """The gradient of the sum of what f gives: for an elementwise f, its derivative at each number.

    argnum, argnums : as in `grad`.

    >>> from autograd import elementwise_grad, tanh
    >>> elementwise_grad(lambda v: [tanh(x) for x in v])([0.0, 0.0])
    [1.0, 1.0]
    """
    _check_function(f, "elementwise_grad")
    positions, unpack = _positions(argnum, argnums)

    def slopes(*args: Any, **kwargs: Any) -> Any:
        run = evaluated(f, args, kwargs, positions, "elementwise_grad")
        total = weighted_sum(run.outputs, [1.0] * len(run.outputs))
        return unpack(run.per_argument(run.row(total)))

    return _describe(slopes, "elementwise_grad", f)


@_of_any_kind
def jacobian(
    f: Callable[..., Any], argnum: Positions = 0, *, argnums: Positions | None = None
) -> Callable[..., Any]:
    """The Jacobian of f: what f gives, with the derivatives of each number in its place.

    argnum, argnums : as in `grad`.

    A list of m by a list of n gives m lists of n. An array of shape s by an array of shape t gives
    one of shape s + t; by a list of numbers, a list of arrays of shape s. A function that gives one
    number has its gradient as its Jacobian. Raises TypeError as `grad` does.

    >>> from autograd import jacobian
    >>> jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    _check_function(f, "jacobian")
    positions, unpack = _positions(argnum, argnums)

    def matrix(*args: Any, **kwargs: Any) -> Any:
        return evaluated(f, args, kwargs, positions, "jacobian").matrix(unpack)

    return _describe(matrix, "jacobian", f)


@_of_any_kind
def hessian(
    f: Callable[..., Any], argnum: Positions = 0, *, argnums: Positions | None = None
) -> Callable[..., Any]:
    """The second derivatives of f, a function that gives one number: the Jacobian of its gradient.

    argnum, argnums : as in `grad`.

    A list of n gives n lists of n, one number gives one number. Raises TypeError as `grad` does.

    >>> from autograd import hessian
    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnum, argnums=argnums), argnum, argnums=argnums)


@_of_any_kind
def hessian_vector_product(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The product of f's Hessian with a vector, without the Hessian.

    argnum : which argument to differentiate by, from 0.

    As in HIPS autograd, the result takes f's arguments and after them the vector, which has the
    structure of the argument; so has the product. Raises TypeError as `grad` does, and ValueError
    where the vector has another structure.

    >>> from autograd import hessian_vector_product
    >>> hessian_vector_product(lambda v: v[0] ** 2 * v[1])([3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    _check_function(f, "hessian_vector_product")
    positions, _ = _positions([argnum], None)

    def along(*args: Any, **kwargs: Any) -> Any:
        if not args:
            raise TypeError("hessian_vector_product takes the vector as the last argument")
        *primals, vector = args
        run = evaluated(f, primals, kwargs, positions, "hessian_vector_product")
        weights = leaves_like(run.structures[0], vector, "the vector")
        slopes = run.row(run.scalar(), as_values=True)
        as_values = any(isinstance(weight, Value) for weight in weights)
        return run.per_argument(run.row(weighted_sum(slopes, weights), as_values))[0]

    return _describe(along, "hessian_vector_product", f)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f at primals, and the function that pulls a cotangent back to each of them.

    As in `jax.vjp`, the cotangent has the structure of f's value, and the result is
    a tuple with the gradient of the cotangent's product with f for each argument.

    >>> from autograd import vjp
    >>> value, pull_back = vjp(lambda a, b: [a * b, a + b], 2.0, 3.0)
    >>> value, pull_back([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    _check_function(f, "vjp")
    run = evaluated(f, primals, {}, range(len(primals)), "vjp")
    value = run.plain_output()

    def pull_back(cotangent: Any) -> tuple[Any, ...]:
        weights = leaves_like(run.structure, cotangent, "the cotangent must be like f's value")
        as_values = any(isinstance(weight, Value) for weight in weights)
        return run.per_argument(run.row(weighted_sum(run.outputs, weights), as_values))

    return value, pull_back


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of f at primals, and its derivative along tangents, in one forward pass.

    As in `jax.jvp`, tangents are like primals, one for each argument.

    >>> from autograd import jvp
    >>> jvp(lambda a, b: a * b, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    _check_function(f, "jvp")
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(
                f"jvp takes {name} as a tuple, one for each argument, not {given!r:.60}"
            )
    if len(primals) != len(tangents):
        raise ValueError(
            f"each tangent must be like its argument: expected {len(primals)} tangents, "
            f"got {len(tangents)}"
        )
    moves: list[Any] = []
    for position, (primal, tangent) in enumerate(zip(primals, tangents, strict=True)):
        structure = structure_of(primal, [], f"primals[{position}]")
        what = f"each tangent must be like its argument: tangents[{position}]"
        moves += leaves_like(structure, tangent, what)
    run = evaluated(f, tuple(primals), {}, range(len(primals)), "jvp")
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


def _positions(argnum: Any, argnums: Any) -> tuple[list[int], Callable[[tuple[Any, ...]], Any]]:
    """The positions to differentiate by, and what makes of a tuple of derivatives the result."""
    if argnums is not None:
        if argnum != 0:
            raise TypeError("give argnum or argnums, not both: they are two names for one thing")
        argnum = argnums
    is_one = not isinstance(argnum, Sequence)
    try:
        positions = [index(position) for position in ([argnum] if is_one else argnum)]
    except TypeError:
        raise TypeError(f"argnum is a position, or a sequence of them, not {argnum!r}") from None
    if min(positions, default=-1) < 0:
        raise ValueError(f"argnum counts arguments from 0, not {argnum!r}")
    if len(set(positions)) < len(positions):
        raise ValueError(f"argnum names a position twice: {argnum!r}")
    return positions, (lambda found: found[0]) if is_one else (lambda found: found)
