"""The page's arithmetic and its formulas, beside Python's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from random import Random
from struct import unpack
from typing import Any

import pytest
from lessons import MATHML4, plain

import autograd
from autograd import OPERATIONS, DomainError, Value, trace
from autograd.errors import ExpressionError
from autograd.language.expression import number_text
from autograd.language.parser import parse_number
from autograd.language.typeset import mathml_number
from autograd.lessons.lesson import fitted

Open = Callable[..., Any]

EDGES = [0.0, -0.0, 5e-324, 1e-300, 1e-20, 1e-8, 0.1, 0.5, 1.0, 1.5, 1.9999, 2.0, 2.5, 3.0, 7.25]
EDGES += [20.0, 36.7, 40.0, 100.0, 700.0, 710.0, 1e5, 1e15, 1e200, 1.7e308]
GRID = sorted({*EDGES, *(-x for x in EDGES), *(k / 8 - 4 for k in range(65)), -0.0})
ROUGH = [-1e200, -40.0, -3.0, -1.5, -1.0, -0.5, -1e-9, 0.0, 1e-9, 0.3, 0.5, 1.0, 2.0, 2.5, 7.0, 1e9]


def points(count: int) -> list[tuple[float, ...]]:
    """Operands to try: on a fine grid for one, on a rough one for more."""
    if count == 1:
        return [(x,) for x in GRID]
    return list(product(ROUGH, repeat=count))


def valued(operation: Any, operands: tuple[float, ...]) -> float | None:
    try:
        return operation.evaluate(*operands)
    except DomainError:
        return None


def same(a: float, b: float, tolerance: float = 1e-12) -> bool:
    both_nan = math.isnan(a) and math.isnan(b)
    return both_nan or math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-300)


@pytest.fixture
def page(lesson_page: Open) -> Any:
    return lesson_page(Value(2.0, label="a") ** 2)


def test_every_operation_computes_as_in_python(page: Any) -> None:
    script = """([name, tried]) => tried.map((operands) => {
      const x = OPERATIONS[name](...operands);
      return [x, isUndefined(x, operands)];
    })"""
    for name, operation in OPERATIONS.items():
        tried = points(len(operation.operands))
        found = page.evaluate(script, [name, tried])
        for operands, (x, is_undefined) in zip(tried, found, strict=True):
            expected = valued(operation, operands)
            assert is_undefined == (expected is None), (name, operands)
            assert expected is None or same(x, expected), (name, operands, x, expected)


def test_sums_compute_as_in_python_to_the_last_bit(page: Any) -> None:
    random = Random(3)
    for count in (1, 2, 3, 50):
        a, b = ([random.gauss(0, 1) for _ in range(count)] for _ in range(2))
        found = page.evaluate(
            "([a, b]) => [OPERATIONS.sum(...a), OPERATIONS.mean(...a), OPERATIONS.dot(...a, ...b)]",
            [a, b],
        )
        assert found == [autograd.sum(a), autograd.mean(a), autograd.dot(a, b)]


# ---- formulas -----------------------------------------------------------------------------------

PLACES: list[dict[int, tuple[float, ...]]] = [
    {1: (0.4,), 2: (2.0, 3.0), 3: (1.0, 2.0, 3.0)},
    {1: (-0.75,), 2: (3.0, -2.0), 3: (0.0, 2.0, 3.0)},
    {1: (0.0,), 2: (2.5, 2.5), 3: (-1.0, 2.0, 2.0)},
    {1: (1.0,), 2: (-1.5, 2.0), 3: (0.0, -2.0, 1e-7)},
    {1: (12345.678,), 2: (0.0, 2.0), 3: (0.5, 1.0, 1.0)},
    {1: (-1.0,), 2: (0.0, 0.0), 3: (0.0, 0.0, 0.0)},
]


def gates(place: dict[int, tuple[float, ...]]) -> Iterator[Value]:
    """Every operation at a place where it has a value, on leaves of its own."""
    for name, operation in OPERATIONS.items():
        operands = place[len(operation.operands)]
        if valued(operation, operands) is not None:
            leaves = [Value(x, label=f"{name}_{k}") for k, x in enumerate(operands)]
            gate = operation(*leaves)
            gate.label = f"out_{name}"
            yield gate
            if len(operands) == 2:  # by a number, and of one; the same operand twice
                yield operation(Value(operands[0], label=f"{name}_x"), operands[1])
                x = Value(operands[0], label=f"{name}_y")
                if valued(operation, (x.data, x.data)) is not None:
                    yield operation(x, x)
    row = [Value(x, label=f"r{k}") for k, x in enumerate(place[3])]
    for gate in (autograd.sum(row), autograd.mean(row * 4), autograd.dot(row, row[::-1])):
        gate.label = f"out_{gate.op}"
        yield gate


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_every_local_derivative_is_as_in_python(lesson_page: Open, place: int) -> None:
    root: Any = 0
    for gate in gates(PLACES[place]):
        root = root + gate * 1e-3
    page, pass_ = lesson_page(root, title="Derivatives"), trace(root)
    written = page.evaluate(
        """() => pass.steps.slice(1).map((step) => {
          const { symbols, numbers, reason } = localDerivative(step, pass);
          return [symbols, numbers, reason];
        })"""
    )
    for step, (symbols, numbers, reason) in zip(pass_[1:], written, strict=True):
        formula = step.formula
        assert symbols == fitted(formula.symbols(MATHML4)), formula
        if formula.numbers() is not None:
            assert numbers == fitted(formula.numbers(MATHML4) or ""), formula
        assert plain(reason) == plain(formula.reason(MATHML4).replace(" < ", " &lt; ")), formula
    computed = page.evaluate("forward(LESSON, given()).local")
    for node, local in zip(pass_.order, computed, strict=True):
        for operand, x, slope in zip(node.operands, node.local_grads, local, strict=True):
            assert operand.is_constant or same(x, slope), (node.op, x, slope)


# ---- numbers ------------------------------------------------------------------------------------


@cache
def numbers() -> list[float]:
    """Floats of every size, decimals, and some that are halfway between two of four digits."""
    random = Random(20)
    patterns = (unpack("d", random.randbytes(8))[0] for _ in range(4000))
    decimals = [random.randint(-99999, 99999) / 10 ** random.randint(0, 9) for _ in range(4000)]
    ties = [sign * (k + 0.5) for k in range(1000, 3000) for sign in (1, -1)]
    ties += [k / 16 for k in range(-400, 400)] + [1.0625, 1.1875, 100050, 100150, 99995, 99985.0]
    edges = [0.0, -0.0, 1e-4, 9.9995e-5, 9.99949e-5, 9999.5, 9999.4999, 1e22, 5e-324]
    return [x for x in (*patterns, *decimals, *ties, *edges) if not math.isnan(x)]


@pytest.mark.parametrize("digits", [4, 12])
def test_numbers_are_written_as_in_python(page: Any, digits: int) -> None:
    script = "([xs, digits]) => xs.map((x) => [numberText(x, digits), ...numberMath(x, digits)])"
    found = page.evaluate(script, [numbers(), digits])
    for x, (text, markup, binding) in zip(numbers(), found, strict=True):
        assert text == number_text(x, digits)[0]
        assert (markup, binding) == mathml_number(x, digits)


TYPED = ["1", "-1", "+2", " 3 ", "0.5", ".5", "5.", "1e3", "2E-3", "1/3", "-4 / 6", "1/-2", "−0.5"]
TYPED += ["", " ", "x", "1/0", "1e999", "--1", "1/2/3", "0x10", "inf", "nan", "1,5", "½"]
TYPED += ["1 2", "1e", "e3", ".", "-", "1/", "/2", "0/5", "-0", "1.5.2", "1e3/2e2", "- 1"]


def test_typed_numbers_are_read_as_in_the_terminal(page: Any) -> None:
    for typed in TYPED:
        try:
            expected = parse_number(typed)
        except ExpressionError:
            expected = None
        assert page.evaluate("readNumber", typed) == expected, typed
