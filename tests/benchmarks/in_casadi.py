"""The scalar workloads in CasADi, whose SX functions are programs of scalar instructions, too."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import casadi
import numpy


def value_and_gradient(
    function: Callable[[list[Any]], Any], numbers: list[float], in_c: bool = False
) -> Any:
    """What computes a function of a list and its gradient, from memory to memory; in C, which takes
    a minute to compile, if asked for."""
    symbols = casadi.SX.sym("x", len(numbers))
    result = function([symbols[k] for k in range(len(numbers))])
    compiled = casadi.Function("f", [symbols], [result, casadi.gradient(result, symbols)])
    if in_c:
        compiled = built(compiled)
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


def built(function: Any) -> Any:
    """A function as the C that CasADi writes, compiled."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, library = Path(folder, "f.c"), Path(folder, "f.so")
        source.write_text(function_in_c(function), encoding="ascii")
        flags = ["-O1", "-march=native", "-shared", "-fPIC"]
        subprocess.run(["cc", *flags, str(source), "-o", str(library), "-lm"], check=True)
        return casadi.external("f", str(library))


def function_in_c(function: Any) -> str:
    """What CasADi writes."""
    generator = casadi.CodeGenerator("f")
    generator.add(function)
    return str(generator.dump())
