"""Programs in C beside the kernel and the eager engine; `python tests/stress.py programs` runs more
random ones."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import in_c
import pytest
from structured import dot

import autograd
from autograd import Value
from autograd.tape import c_places
from autograd.tape.c_code import c_library
from autograd.tape.program import one_by_one
from autograd.tape.structure import find_structure

PROGRAMS = 300
PARTS = 6

needs_compiler = pytest.mark.skipif(not in_c.has_compiler(), reason="there is no C compiler")


@needs_compiler
@pytest.mark.parametrize("part", range(PARTS))
def test_c_gives_the_numbers_of_the_kernel(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if part > 1:  # in the order of long programs
        monkeypatch.setattr(c_places, "MANY", 0)
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
@pytest.mark.parametrize("is_long", [False, True])
def test_sums_are_made_in_the_same_order(
    function: Callable[..., Any], level: str, is_long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_long:
        monkeypatch.setattr(c_places, "MANY", 0)
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


# ---- where numbers are kept ---------------------------------------------------------------------


def many_results(*xs: Any) -> Any:
    """Results among what others are made of, inputs, and the same twice."""
    found = [xs[0], xs[1]]
    for k in range(60):
        found.append((found[-1] * found[k] + found[-2] / 3).tanh() * 1.5)
    return [found[5], found[-1], xs[1], found[20], found[-1], found[20] * -0.0]


@needs_compiler
@pytest.mark.parametrize("structure", [True, False])
def test_several_results_each_with_adjoints_of_its_own(structure: bool) -> None:
    tape = in_c.tape_of(many_results, [0.7, -1.3])
    program = find_structure(tape) if structure else one_by_one(tape)
    (code,) = in_c.codes_of([program])
    kernel, calls_c = in_c.Kernel(program), in_c.Kernel(program, 1, code)
    for numbers in ([0.7, -1.3], [math.nan, 0.1], [0.2, 0.4]):  # nothing is left of the second
        assert in_c.agree(in_c.pass_of(kernel, numbers), in_c.pass_of(calls_c, numbers))


@needs_compiler
def test_no_gradient_is_minus_zero() -> None:
    """As every sum begins with 0, which stays what it is if -0 is added."""
    weight = Value(2.0)
    program = one_by_one(in_c.tape_of(lambda x: -(x * weight) * 0.0, [3.0]))
    (code,) = in_c.codes_of([program])
    found = in_c.pass_of(in_c.Kernel(program, 1, code), [3.0])
    assert repr(found[-1]) == "[0.0, 0.0]"


@needs_compiler
def test_a_pass_goes_back_by_what_it_went_forward_by() -> None:
    """A library may come in between, and keeps its numbers elsewhere."""
    numbers = [((k * 37) % 101) / 30 - 1.7 for k in range(24)]
    program = one_by_one(in_c.tape_of(neighbours, numbers))
    kernel, late = in_c.Kernel(program), in_c.Code()
    expected = in_c.pass_of(kernel, numbers)
    surprised = in_c.Kernel(program, 1, late)
    assert surprised.forward(array("d", numbers), 0)
    addresses = in_c.addresses_of([program])[0]
    late.use(*addresses)
    surprised.clear()
    surprised.backward(1.0, True)
    found = [*surprised.parameter_gradients(), *surprised.input_gradients()]
    assert in_c.agree([[1.0], [surprised.result()], found], expected)
    assert in_c.agree(in_c.pass_of(surprised, numbers), expected)


@needs_compiler
def test_what_is_not_finite_is_seen_though_it_vanishes() -> None:
    program = one_by_one(in_c.tape_of(lambda x: 1 / (2 * x.exp() + 1) + x, [0.5]))
    (code,) = in_c.codes_of([program])
    kernel = in_c.Kernel(program, 1, code)
    assert [kernel.forward(array("d", [x]), 0) for x in (0.5, 1000.0, 0.5)] == [True, False, True]
    assert kernel.result() == pytest.approx(1 / (2 * math.exp(0.5) + 1) + 0.5, rel=1e-15)


def test_what_is_not_needed_makes_room() -> None:
    """A long chain keeps one adjoint at a time; sums begin with their first share."""

    def chain(x: Any) -> Any:
        for _ in range(500):
            x = (x + 0.5) * 0.25
        return x

    text = c_library(one_by_one(in_c.tape_of(chain, [1.0])))
    assert len(set(re.findall(r"\bdv\[\d+\]", text))) < 5
    assert len(set(re.findall(r"\bv\[\d+\]", text))) < 5
    assert len(re.findall(r"\bdv\[\d+\] = 0;", text)) == 1  # the input's


@needs_compiler
def test_in_a_long_program_a_number_is_used_at_once() -> None:
    """Though the kernel computes all products first, and goes back through all sines first."""

    def waves(*xs: Any) -> Any:
        for k in range(700):
            xs = ((xs[0] * 1.5).sin(), (xs[1] * 0.3).sin(), xs[2] * xs[k % 2])
        return autograd.sum(xs)

    program = find_structure(in_c.tape_of(waves, [0.3, 0.7, 0.9]))
    assert c_places.statements(program) > c_places.MANY
    lines = re.findall(r"^    (\S+) = (.*);$", c_library(program), re.MULTILINE)
    sines = [k for k, (_, value) in enumerate(lines) if value.startswith("chalk_sin(")]
    assert len(sines) == 1400
    assert sum(lines[k - 1][0] in lines[k][1] for k in sines) > 1390
    (code,) = in_c.codes_of([program])
    kernel, calls_c = in_c.Kernel(program), in_c.Kernel(program, 1, code)
    numbers = [0.3, 0.7, 0.9]
    assert in_c.agree(in_c.pass_of(kernel, numbers), in_c.pass_of(calls_c, numbers))
