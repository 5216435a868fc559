"""Programs in C beside the kernel and the eager engine; `python tests/stress.py programs` runs more
random ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import in_c
import pytest
from structured import dot

import autograd
from autograd import Value
from autograd.tape.c_code import c_library
from autograd.tape.structure import find_structure

PROGRAMS = 300
PARTS = 6

needs_compiler = pytest.mark.skipif(not in_c.has_compiler(), reason="there is no C compiler")


@needs_compiler
@pytest.mark.parametrize("part", range(PARTS))
def test_c_gives_the_numbers_of_the_kernel(part: int) -> None:
    size = PROGRAMS // PARTS
    assert in_c.differences(part * size, (part + 1) * size, "-O3" if part % 2 else "-O1") == {}


WEIGHTS = [[Value((7 * j + 3 * k) % 11 - 5.3) for k in range(6)] for j in range(9)]


def neighbours(*xs: Any) -> Any:
    """Multiplied: each number has shares by both of its sides, and one of its own."""
    pairs = list(pairwise(xs))
    up = [(b * a).cos() - a for a, b in pairs]
    down = [(b / a).sin() - a for a, b in reversed(pairs)]
    return autograd.sum([*up, *down])


def few_neighbours(*xs: Any) -> Any:
    return neighbours(*xs[:9])


def matrix(*xs: Any) -> Any:
    """A matrix times several vectors."""
    vectors = [xs[k : k + 6] for k in range(0, 24, 6)]
    return autograd.sum([dot(row, vector).tanh() for vector in vectors for row in WEIGHTS])


def moved(*xs: Any) -> Any:
    """Parts of a vector with a part that they overlap."""
    return autograd.sum([dot(xs[k : k + 5], xs[3 : 3 + 5]).tanh() for k in range(9)])


def ends(*xs: Any) -> Any:
    """Few results, of which the kernel hands on each before the next."""
    return [xs[0] / xs[1], xs[1] / xs[0], xs[0] * xs[0] * xs[1], xs[2], xs[2]]


@needs_compiler
@pytest.mark.parametrize("function", [neighbours, few_neighbours, matrix, moved, ends])
@pytest.mark.parametrize("level", ["-O1", "-O3"])
def test_sums_are_made_in_the_same_order(function: Callable[..., Any], level: str) -> None:
    numbers = [((k * 37) % 101) / 30 - 1.7 for k in range(24)]
    program = find_structure(in_c.tape_of(function, numbers))
    (code,) = in_c.codes_of([program], level)
    kernel, calls_c = in_c.Kernel(program), in_c.Kernel(program, 1, code)
    assert in_c.agree(in_c.pass_of(kernel, numbers), in_c.pass_of(calls_c, numbers))


@needs_compiler
@pytest.mark.parametrize(("height", "width"), [(257, 9), (5, 600), (300, 40), (2500, 5)])
def test_large_matrices_take_little_room_on_the_stack(height: int, width: int) -> None:
    weights = [
        [Value(((7 * j + 3 * k) % 101) / 70 - 0.7) for k in range(width)] for j in range(height)
    ]

    def function(*xs: Any) -> Any:
        vectors = [[x.sin() for x in xs[k::3]] for k in range(3)]
        return autograd.sum([dot(row, vector).tanh() for vector in vectors for row in weights])

    numbers = [((k * 37) % 101) / 30 - 1.7 for k in range(3 * width)]
    program = find_structure(in_c.tape_of(function, numbers))
    text = c_library(program)
    rooms = re.findall(r"double \w+\[(\d+)\](?:\[(\d+)\])?;", text)
    assert rooms
    assert max(int(rows) * int(columns or 1) for rows, columns in rooms) <= 2048
    assert text.count("\n") < 400
    (code,) = in_c.codes_of([program], "-O3")
    kernel, calls_c = in_c.Kernel(program), in_c.Kernel(program, 1, code)
    assert in_c.agree(in_c.pass_of(kernel, numbers), in_c.pass_of(calls_c, numbers))
