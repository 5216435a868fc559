"""Derivatives of compiled functions, `grad(f)`, `hessian(f)` and their kin: tapes of their own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd.compiler.arguments import CallStructure, structure_of_call
from autograd.compiler.function import CompiledFunction
from autograd.compiler.rows import reader_of_leaves
from autograd.compiler.tape_operation import graph_of
from autograd.derivatives import transforms
from autograd.derivatives.evaluation import is_under_way
from autograd.engine import Value
from autograd.errors import DomainError, RecordingError
from autograd.modes import checking_gradients, writing_tape
from autograd.protocols.structures import rebuilt, structure_of

Function = Callable[..., Any]


MOST = 200_000  # places, since to record a derivative takes a hundred times as long as a call


class Derivative:
    """A derivative of a compiled function, or of such a derivative.

    of   : what it is the derivative of.
    make : what makes the derivative of any function.

    A call with numbers works out what any function's derivative would, by the graph of the tape of
    `of`. From the second such call on, the derivative has a tape of its own, which is replayed,
    unless that would be long. So it is not for calls with Values, for those from inside another
    derivative or a recording, and where something is not finite: then the derivative is what it is
    of any function.
    """

    __name__: str

    def __init__(
        self, of: CompiledFunction | Derivative, make: Callable[[Function], Function]
    ) -> None:
        self._plain = make(called(of))
        functools.update_wrapper(self, self._plain, updated=())
        if isinstance(of, Derivative):
            self._base: CompiledFunction = of._base
            self._make: Callable[[Function], Function] = lambda f: make(of._make(f))
        else:
            self._base, self._make = of, make
        self._compiled = CompiledFunction(
            self._with_values, self._base.finds_structure, self._base._in_c
        )
        self._compiled.__name__ = self.__name__
        self._seen: dict[CallStructure, bool] = {}  # and whether a tape can be made
        self.derivatives: dict[Any, Derivative] = {}

    def _with_values(self, *args: Any) -> list[Any]:
        """The derivative, and what the function gave, so that all of it is on the tape: where that
        has no value, it has no derivative."""
        values: list[Any] = []
        found = self._make(source_of(self._base, values))(*args)
        return [found, *values]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        is_watched = checking_gradients and checking_gradients.is_on()
        if kwargs or is_watched or is_under_way() or (writing_tape and writing_tape.is_on()):
            return self._plain(*args, **kwargs)
        leaves: list[Any] = []
        try:
            structure = structure_of_call(args, {}, leaves)
        except TypeError:  # of which the derivative says more
            return self._plain(*args)
        if any(isinstance(x, Value) for x in leaves):
            return self._plain(*args)
        if not self._seen.get(structure):
            found = self._plain(*args)
            self._seen.setdefault(structure, self._is_worth_it(len(leaves), found))
            return found
        try:
            replay = self._compiled.replay_for(structure, leaves)
            found = replay.map(reader_of_leaves(leaves, 1))
            return rebuilt(replay.returns, iter(found))[0]
        except DomainError:
            return self._plain(*args)
        except RecordingError:
            self._seen[structure] = False
            return self._plain(*args)

    def _is_worth_it(self, inputs: int, found: Any) -> bool:
        """Whether a tape is not too long: about three places for each of those of the function, for
        as many numbers as there are derivatives of."""
        numbers: list[Any] = []
        structure_of(found, numbers)
        return 3 * self._base.tape.nodes * len(numbers) <= MOST * max(inputs, 1)

    def __repr__(self) -> str:
        return f"<{self.__name__}, compiled>"


def called(of: Function) -> Function:
    """A function that calls another, and is of no kind that has derivatives of its own."""

    @functools.wraps(of, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        return of(*args, **kwargs)

    return call


def source_of(compiled: CompiledFunction, values: list[Any]) -> Function:
    """A compiled function as one of Values, which gives the graph of its tape; values are filled
    with those of each call."""

    def source(*args: Any) -> Any:
        leaves: list[Any] = []
        structure = structure_of_call(args, {}, leaves)
        program = compiled.replay_for(structure, leaves).program
        found = graph_of(program.tape, leaves)
        values.extend(found)
        return rebuilt(program.tape.returns, iter(found))

    source.__name__ = compiled.__name__
    return source


def derivative_of(of: Any, make: Callable[[Function], Function], asked: Any) -> Derivative:
    """The derivative that is asked for, which is made once."""
    if asked not in of.derivatives:
        of.derivatives[asked] = Derivative(of, make)
    found: Derivative = of.derivatives[asked]
    return found


transforms.OF_KIND[CompiledFunction] = transforms.OF_KIND[Derivative] = derivative_of
