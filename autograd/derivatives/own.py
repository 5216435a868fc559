"""An operation of one's own, used like those of the table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from autograd.derivatives.gradients import as_value, gradients
from autograd.engine import Value, propagate
from autograd.modes import not_recording, taking_limits, writing_tape
from autograd.primitive import Operation, Rule, add_method


def operation(
    function: Callable[..., Any] | None = None,
    *,
    derivatives: Sequence[Rule] | None = None,
    symbol: str | None = None,
    words: str | tuple[str, ...] = "",
    domain: str = "",
    remedy: str = "",
    method: bool = False,
) -> Any:
    """Make an operation of a function: one node in a graph, which steps, draws and differentiates.

    function    : of real numbers, giving one. Its name, its arguments with their defaults and the
                  first line of its docstring become those of the operation.
    derivatives : a rule for each argument, given `(out, *arguments)`, all floats or all Values, so
                  written with arithmetic and operations of autograd. If left out, the derivatives
                  are those of the function itself, which is then written in that way too; with
                  rules it may use anything that works on floats, such as `math`.
    symbol, words, domain, remedy : as in `Operation`.
    method      : whether it becomes a method of Value as well.

    A compiled function runs it in Python; its tape says so. Raises TypeError for a function whose
    arguments cannot be given by position, and ValueError if Value has an attribute of that name.

    >>> import autograd
    >>> @autograd.operation(derivatives=[lambda out, x: 3 * x * x])
    ... def cube(x):
    ...     '''x to the third power.'''
    ...     return x * x * x
    >>> x = autograd.Value(2.0)
    >>> y = cube(x)
    >>> y.backward()
    >>> y.op, y.data, x.grad
    ('cube', 8.0, 12.0)
    """
    if function is None:
        return partial(
            operation, derivatives=derivatives, symbol=symbol, words=words, domain=domain,
            remedy=remedy, method=method,
        )  # fmt: skip
    if not callable(function) or isinstance(function, Operation):
        raise TypeError(f"operation takes a function of numbers, not {function!r:.60}")
    name = getattr(function, "__name__", "")
    if not name.isidentifier():
        raise TypeError("operation takes its name from a function written with def, not a lambda")
    names, defaults = arguments_of(function, name)
    forward = function
    if derivatives is None:
        forward = partial(number_from, function)
        derivatives = [partial(derivative_of, function, k) for k in range(len(names))]
    made = Operation(
        name,
        forward,
        *derivatives,
        summary=(inspect.getdoc(function) or "an operation of one's own.").splitlines()[0],
        symbol=symbol,
        operands=" ".join(names),
        words=words,
        domain=domain,
        remedy=remedy,
        defaults=defaults,
    )
    if method:
        if hasattr(Value, name):
            raise ValueError(f"Value has a {name} already: name the function otherwise")
        add_method(Value, made)
    return made


def arguments_of(function: Callable[..., Any], name: str) -> tuple[list[str], tuple[float, ...]]:
    """The names of a function's arguments, and the defaults of the last ones."""
    parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise TypeError(
                f"{name}: an operation has a fixed number of operands, given by position; "
                f"{parameter.name} is not"
            )
    if not parameters:
        raise TypeError(f"{name} takes no argument, so there is nothing to differentiate by")
    defaults = [p.default for p in parameters if p.default is not p.empty]
    return [p.name for p in parameters], tuple(defaults)


def number_from(function: Callable[..., Any], *operands: float) -> float:
    """What a function written in Values gives, as a number."""
    with apart():
        return as_value(function(*map(Value, operands)))._data


def derivative_of(function: Callable[..., Any], position: int, out: Any, *operands: Any) -> Any:
    """The derivative of a function written in Values: a number at floats, else a graph."""
    if not any(isinstance(x, Value) for x in operands):
        with apart():
            leaves = list(map(Value, operands))
            return propagate(as_value(function(*leaves))).get(leaves[position], 0.0)
    # copies, as one operand may depend on another, and that is not this operation's business
    copies = [+x if isinstance(x, Value) and not x.is_constant else as_value(x) for x in operands]
    if copies[position].is_constant:
        return 0.0
    result = as_value(function(*copies))
    return 0.0 if result.is_constant else gradients(result, copies[position])[0]


@contextmanager
def apart() -> Iterator[None]:
    """A graph on the side: no mode of the caller has a say in it."""
    with (
        taking_limits.switched(True),
        not_recording.switched(None),
        writing_tape.switched(None),
    ):
        yield
