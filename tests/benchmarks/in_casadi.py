"""The scalar workloads in CasADi, whose SX functions are programs of scalar instructions, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import casadi
import numpy


def value_and_gradient(function: Callable[[list[Any]], Any], numbers: list[float]) -> Any:
    """What computes a function of a list and its gradient, from memory to memory."""
    symbols = casadi.SX.sym("x", len(numbers))
    result = function([symbols[k] for k in range(len(numbers))])
    compiled = casadi.Function("f", [symbols], [result, casadi.gradient(result, symbols)])
    inputs, value, gradient = numpy.array(numbers), numpy.zeros(1), numpy.zeros(len(numbers))
    memory, run = compiled.buffer()
    memory.set_arg(0, memoryview(inputs))
    memory.set_res(0, memoryview(value))
    memory.set_res(1, memoryview(gradient))

    def call() -> float:
        run()
        return float(value[0])

    call.kept = memory, inputs, gradient  # type: ignore[attr-defined]  # memory has no reference
    return call
