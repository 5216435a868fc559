"""to_c: a compiled function as a C file, in which a strict compiler finds nothing to say."""

from __future__ import annotations

import math
import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from programs import random_program, run

import autograd
from autograd import OPERATIONS, Operation, Value, gradients
from autograd.engine import propagate
from autograd.errors import RecordingError
from nn import MLP, cross_entropy, mse_loss

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-O1")

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


def numbers_of(text: str, folder: Path) -> list[float]:
    """What the main of a C file prints."""
    source, program = folder / "f.c", folder / "f"
    source.write_text(text, encoding="utf-8")
    command = [str(COMPILER), *STRICT, str(source), "-o", str(program), "-lm"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, ""), text
    output = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout
    return [float(line) for line in output.split()]


def assert_c_agrees(
    function: Callable[..., Any], numbers: Sequence[float], folder: Path, structure: bool = True
) -> None:
    """The C of a function, at the numbers at which it was recorded, beside the eager engine."""
    compiled = autograd.compile(function, structure=structure)
    compiled(*numbers)
    leaves = [Value(x) for x in numbers]
    results = function(*leaves)
    results = results if isinstance(results, list) else [results]
    found = numbers_of(compiled.to_c(), folder)
    assert found[: len(results)] == pytest.approx([y.data for y in results], abs=0, rel=0)
    every = [*leaves, *compiled.tape.closures]
    rest = iter(found[len(results) :])
    for y in results:
        adjoints = propagate(y)
        largest = max(map(abs, adjoints.values()))
        for leaf in every:
            wanted = adjoints.get(leaf, 0.0)
            assert next(rest) == pytest.approx(wanted, rel=1e-12, abs=1e-12 * largest)
    assert next(rest, None) is None


@needs_compiler
@pytest.mark.parametrize("structure", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_random_programs(seed: int, structure: bool, tmp_path: Path) -> None:
    program = random_program(random.Random(seed))
    numbers = program[0]
    parameters = [Value(x) for x in numbers[2:]]
    assert_c_agrees(lambda *xs: run(program, [*xs, *parameters]), numbers[:2], tmp_path, structure)


@needs_compiler
def test_every_operation_of_the_table(tmp_path: Path) -> None:
    """All in one file: each is one of the results."""
    points = (0.25, 0.625, 1.5)
    outside = {"acosh": (1.5,)}

    def everything(*xs: Any) -> list[Any]:
        found = []
        for name, operation in OPERATIONS.items():
            first = len(xs) - len(operation.operands) if name in outside else 0
            found.append(operation(*xs[first : first + len(operation.operands)]))
        return [y * 1.0 for y in found]

    assert_c_agrees(everything, points, tmp_path)


@needs_compiler
def test_layers_become_loops(tmp_path: Path) -> None:
    model = MLP(5, [16, 16, 3], activation="tanh", rng=random.Random(0))
    rng = random.Random(1)
    rows = [[rng.uniform(-1, 1) for _ in range(5)] for _ in range(6)]

    def loss(*xs: Any) -> Any:
        outputs = [model([x + k for x in xs]) for k in range(6)]
        return cross_entropy(outputs, [0, 1, 2, 0, 1, 2])

    compiled = autograd.compile(loss)
    compiled(*rows[0])
    text = compiled.to_c()
    assert "double t = " in text
    assert text.count("\n") < 400 + len(model.parameters())
    assert_c_agrees(loss, rows[0], tmp_path)


@needs_compiler
def test_a_row_may_be_read_backwards(tmp_path: Path) -> None:
    def palindrome(*xs: Any) -> Any:
        return sum((x * y).sin() for x, y in zip(xs, reversed(xs), strict=True))

    numbers = [0.1 * k - 0.7 for k in range(20)]
    assert_c_agrees(palindrome, numbers, tmp_path)
    compiled = autograd.compile(palindrome)
    compiled(*numbers)
    assert " - j]" in compiled.to_c()


@needs_compiler
def test_what_is_subtracted_in_a_row(tmp_path: Path) -> None:
    def rest(*xs: Any) -> Any:
        left = xs[0]
        for x in xs[1:]:
            left = left - x
        return left

    assert_c_agrees(rest, [0.3 * k * k for k in range(20)], tmp_path)


@needs_compiler
def test_a_long_chain_is_cut_into_pieces(tmp_path: Path) -> None:
    w = Value(0.5)

    def chain(x: Any) -> Any:
        for k in range(900):
            x = (x * w + 0.01 * k).sin() if k % 3 else x - w
        return x

    assert_c_agrees(chain, [0.3], tmp_path)
    compiled = autograd.compile(chain)
    compiled(0.3)
    assert "static void forward_3(" in compiled.to_c()


@needs_compiler
def test_results_that_are_leaves_constants_or_twice_the_same(tmp_path: Path) -> None:
    w = Value(-0.0)

    def several(x: Any, y: Any) -> list[Any]:
        product = x * y
        return [product, x, w, Value(7.5), product, -w, x * 0 + math.inf if False else x - x]

    compiled = autograd.compile(several)
    compiled(2.0, 3.0)
    found = numbers_of(compiled.to_c(), tmp_path)
    assert list(map(repr, found[:7])) == ["6.0", "2.0", "-0.0", "7.5", "6.0", "0.0", "0.0"]
    assert found[7:10] == [3.0, 2.0, 0.0]  # of the product, by x, y and w
    assert found[10:13] == [1.0, 0.0, 0.0]
    assert found[13:16] == [0.0, 0.0, 1.0]
    assert found[16:19] == [0.0, 0.0, 0.0]


@needs_compiler
def test_derivatives_inside_and_infinite_numbers(tmp_path: Path) -> None:
    w = Value(2.0)

    def penalised(x: Any) -> Any:
        (slope,) = gradients((w * x).sin(), [w])
        return slope * slope + autograd.where(x - x, math.nan, w) + autograd.minimum(x, math.inf)

    assert_c_agrees(penalised, [0.7], tmp_path)


@needs_compiler
def test_a_function_without_arguments_or_parameters(tmp_path: Path) -> None:
    w = Value(2.0)
    assert_c_agrees(lambda: w * w, [], tmp_path)
    assert_c_agrees(lambda x: x * x, [3.0], tmp_path)
    assert_c_agrees(lambda: w, [], tmp_path)


@needs_compiler
def test_parameters_have_the_numbers_of_now(tmp_path: Path) -> None:
    w = Value(2.0, label="weight */ ??/ \\")
    compiled = autograd.compile(lambda x: w * x)
    compiled(3.0)
    w.data = 5.0
    assert numbers_of(compiled.to_c(), tmp_path) == [15.0, 5.0, 3.0]


def test_a_name_ends_no_comment() -> None:
    w = Value(2.0, label="a*/b\n??/")
    compiled = autograd.compile(lambda x: w * x)
    compiled(3.0)
    assert "* parameters: a__b____\n" in compiled.to_c()


def test_what_cannot_be_written() -> None:
    double = Operation("double", lambda x: 2 * x, lambda out, x: 2.0, summary="twice x.")
    compiled = autograd.compile(lambda x: double(x))
    with pytest.raises(RecordingError, match="call it once"):
        compiled.to_c()
    compiled(1.0)
    with pytest.raises(RecordingError, match=r"are Python functions.*: double"):
        compiled.to_c()


def test_it_is_the_tape_that_ran_last() -> None:
    w = Value(2.0)
    compiled = autograd.compile(lambda xs: mse_loss(xs, [w] * len(xs)))
    compiled([1.0])
    one = compiled.to_c()
    compiled([1.0, 2.0])
    assert "INPUTS = 2" in compiled.to_c()
    compiled([1.0])
    assert compiled.to_c() == one
