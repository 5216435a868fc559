"""What a model gives for many rows, in plain numbers: from a recording that gives the same."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import Any

import autograd
from autograd import Value, no_grad
from nn.module import Module
from nn.predictions.plain import plain, plain_rows

FEWEST = 50
"""Rows below which a model is not recorded: that takes as long as to compute about as many."""


class Predictor:
    """Runs models on rows. It keeps the recording of the last for as long as it is the same model.

    That is: as its text, its mode and the Values that are its parameters are the same. The numbers
    of these are read afresh each time. A copy starts without a recording.
    """

    def __init__(self) -> None:
        self._function: autograd.CompiledFunction | None = None
        self._known: tuple[Any, ...] = ()
        self._parameters: list[Value] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return Predictor, ()

    def __call__(self, model: Callable[[Any], Any], rows: Any) -> Any:
        """What the model gives for each row, in plain numbers.

        rows : a list of rows, for which there is a list of what the model gives for each; or a
               NumPy array, for which there is an array if one can hold it.

        The model gets each row as a list, or as a number.
        """
        is_array = hasattr(rows, "tolist")
        function = self._recording(model, rows)
        if function is not None and is_array:
            return function.map(autograd.Rows(rows), like=(plain_rows(rows[0]),))
        if function is not None:
            return list(function.map([(row,) for row in rows]))
        with no_grad():
            return [plain(model(row)) for row in plain_rows(rows)]

    def _recording(self, model: Any, rows: Any) -> autograd.CompiledFunction | None:
        """A recording of the model; None where it cannot be had, or is not worth while."""
        if not isinstance(model, Module):
            return model if isinstance(model, autograd.CompiledFunction) else None
        parameters = model.parameters()
        known = model, model.training, repr(model)
        is_known = known == self._known and len(parameters) == len(self._parameters)
        if is_known and all(map(is_, parameters, self._parameters)):
            return self._function
        if len(rows) < FEWEST:
            return None
        self._known, self._parameters = known, parameters
        self._function = recorded(model, [rows[0], rows[len(rows) // 2], rows[-1]])
        return self._function


def recorded(model: Module, rows: list[Any]) -> autograd.CompiledFunction | None:
    """The model as a compiled function, if that gives the very same for these rows; else None."""
    function = autograd.compile(model)
    probes = [plain_rows(row) for row in rows]
    try:
        found = list(function.map([(row,) for row in probes]))
    except Exception:  # whatever is wrong with the rows, the model itself will say
        return None
    with no_grad():
        return function if found == [plain(model(row)) for row in probes] else None
