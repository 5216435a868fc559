"""Random programs in C beside the kernel, many of them in one library, which is built faster."""

from __future__ import annotations

import ctypes
import math
import re
import tempfile
from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from programs import random_program, run
from structured import random_function

from autograd import Value
from autograd.building.compiler import NoLibraryError, build, find_compiler
from autograd.compiler import recorder
from autograd.engine import accelerated, propagate
from autograd.tape.c_code import c_library
from autograd.tape.program import Program, one_by_one
from autograd.tape.sharing import find_program
from autograd.tape.tape import Tape

if accelerated:
    from autograd.native.engine import Code, Kernel, numbers_of_values
else:
    from autograd.tape.kernel import Code, Kernel, numbers_of_values

AWKWARD = (0.0, -0.0, 1.0, 0.5, -2.0, 1e-308, 1e308, math.inf, -math.inf, math.nan)


def has_compiler() -> bool:
    """Whether there is a C compiler that answers."""
    try:
        find_compiler()
    except NoLibraryError:
        return False
    return True


def codes_of(programs: Sequence[Program], level: str = "-O1") -> list[Any]:
    """Programs in machine code."""
    found = []
    for addresses in addresses_of(programs, level):
        found.append(Code())
        found[-1].use(*addresses)
    return found


def addresses_of(programs: Sequence[Program], level: str = "-O1") -> list[list[int]]:
    """Where the functions of each program are in memory."""
    parts = [
        re.sub(r"\b(forward|backward|chalk_)", rf"of_{k}_\1", c_library(program))
        for k, program in enumerate(programs)
    ]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = build(find_compiler(), "\n".join(parts), level, Path(folder))
        library = ctypes.CDLL(str(path))
    return [
        [
            ctypes.cast(library[f"of_{k}_{x}"], ctypes.c_void_p).value or 0
            for x in ("forward", "backward")
        ]
        for k in range(len(programs))
    ]


def tape_of(function: Callable[..., Any], numbers: Sequence[float]) -> Tape:
    """A function as it is recorded with these numbers."""
    inputs = [Value(x) for x in numbers]
    result, seen = recorder.record(lambda: function(*inputs), inputs)
    return recorder.tape_of("f", result, inputs, seen)


def program_of(seed: int) -> tuple[Any, Program, list[float]]:
    """A function, its program, and numbers to run it on. Some of its numbers are parameters."""
    rng = Random(seed)
    if seed % 2:
        function, numbers = random_function(rng)
    else:
        steps = random_program(rng)
        count = rng.randint(0, len(steps[0]))
        numbers = steps[0][:count]
        parameters = [Value(x) for x in steps[0][count:]]

        def function(*xs: Any) -> Any:
            return run(steps, [*xs, *parameters])

    tape = tape_of(function, numbers)
    return function, (one_by_one if seed % 3 == 0 else find_program)(tape), numbers


def pass_of(kernel: Any, numbers: Sequence[float]) -> list[list[float]]:
    """Whether all is finite, the results, and the gradients by parameters and by inputs."""
    tape = kernel.program.tape
    kernel.load_parameters(numbers_of_values(tape.closures))
    found = [[float(kernel.forward(array("d", numbers), 0))]]
    for which in range(len(tape.results)):
        kernel.clear()
        kernel.backward(1.0, True, which)
        found.append([kernel.result(0, which)])
        found.append([*kernel.parameter_gradients(which), *kernel.input_gradients()])
    return found


def agree(a: list[list[float]], b: list[list[float]]) -> bool:
    """To the last bit, but for the plain kernel, which adds shares up in an order of its own."""
    if accelerated or repr(a) == repr(b):
        return repr(a) == repr(b)
    if a[0] != b[0] or repr(a[1::2]) != repr(b[1::2]):
        return False
    pairs = list(zip(chain(*a[2::2]), chain(*b[2::2]), strict=True))
    largest = max((abs(x) for x, _ in pairs if math.isfinite(x)), default=0.0)
    return a[0] == [0.0] or all(abs(x - y) <= 1e-10 * (largest + 1) for x, y in pairs)


def differences(first: int, stop: int, level: str = "-O1") -> dict[int, list[str]]:
    """What the programs of these seeds give otherwise in C than by the kernel, or eagerly."""
    made = {seed: program_of(seed) for seed in range(first, stop)}
    codes = codes_of([program for _, program, _ in made.values()], level)
    wrong: dict[int, list[str]] = {}
    for code, (seed, (function, program, numbers)) in zip(codes, made.items(), strict=True):
        rng = Random(seed)
        awkward = [rng.choice(AWKWARD) for _ in numbers]
        one, in_c = Kernel(program), Kernel(program, 1, code)
        for given in (numbers, awkward, [x * 0.75 for x in numbers]):
            by_kernel, by_c = pass_of(one, given), pass_of(in_c, given)
            if not agree(by_kernel, by_c):
                wrong.setdefault(seed, []).append(f"at {given}: kernel {by_kernel}, C {by_c}")
        eager = function(*[Value(x) for x in numbers])
        results = eager if isinstance(eager, list) else [eager]
        found = pass_of(in_c, numbers)
        if repr([y.data for y in results]) != repr([x for (x,) in found[1::2]]):
            wrong.setdefault(seed, []).append(f"eager {eager}, C {found[1::2]}")
        adjoints = propagate(results[0])
        scale = max(map(abs, adjoints.values()))
        for v, grad in zip(program.tape.closures, found[2], strict=False):
            if not abs(grad - adjoints.get(v, 0.0)) <= 1e-12 * (1 + scale):
                wrong.setdefault(seed, []).append(f"gradient: eager {adjoints.get(v)}, C {grad}")
    return wrong
