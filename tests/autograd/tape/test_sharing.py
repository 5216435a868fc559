"""What a function computes twice: it is computed once, with the same numbers, where that pays."""

from __future__ import annotations

import math
import pickle
from array import array
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from random import Random
from typing import Any

import pytest
from in_c import tape_of
from programs import random_program, run
from structured import random_function

import autograd
from autograd import (
    DomainError,
    Value,
    exp,
    grad,
    gradients,
    hessian,
    log,
    maximum,
    operation,
    where,
)
from autograd.native import sweeps
from autograd.operations import OPERATIONS
from autograd.tape.program import SEQUENCE
from autograd.tape.sharing import cost, find_program, without_copies
from autograd.tape.structure import find_structure
from autograd.tape.tape import OWN, Tape
from nn import MLP

A, B, C = Value(2.0, label="a"), Value(3.0, label="b"), Value(0.5, label="c")


def softmax(xs: Sequence[Any]) -> list[Any]:
    """As it is written at first: every sum is added up for every number again."""
    return [exp(x) / sum(exp(y) for y in xs) for x in xs]


def names(tape: Tape) -> list[str]:
    return [tape.instruction(place)[0].name for place in tape.in_order()]


def distinct(tape: Tape) -> int:
    """How many different computations there are on a tape, by what each is written out as."""
    found: dict[Any, int] = {}
    numbers = {place: -1 - place for place in range(tape.leaves)}
    for place in tape.in_order():
        operation, operands = tape.instruction(place)
        key = [numbers[k] for k in operands]
        if operation.name in ("add", "mul"):
            key.sort()
        is_own = tape.codes[place - tape.leaves] >= OWN
        numbers[place] = found.setdefault((operation, *key, place * is_own), len(found))
    return len(found)


def check(function: Callable[..., Any], numbers: Sequence[float]) -> tuple[int, int]:
    """A compiled function gives the eager one's numbers; how many nodes each has."""
    both = []
    for f in (function, autograd.compile(function)):
        xs = [Value(x) for x in numbers]
        y = f(*xs)
        both.append((y.data, [g.data for g in gradients(y, xs)]))
        compiled = f
    (wanted, slopes), (found, others) = both
    assert found == wanted
    assert others == pytest.approx(slopes, rel=1e-12)
    return len(tape_of(function, numbers)), len(compiled.tape)


def test_a_softmax_as_it_is_first_written_takes_each_power_once() -> None:
    numbers = [0.1 * k for k in range(12)]
    eager, compiled = check(lambda *xs: -log(softmax(xs)[3]) * softmax(xs)[5], numbers)
    assert (
        eager == 2 * (1 + 12 + 11 + 1) + 3
    )  # powers, a sum and a quotient; log, - and the product
    assert compiled == 12 + 11 + 2 + 3


@pytest.mark.parametrize(
    ("function", "left"),
    [
        (lambda x, y: x * y + y * x, ["mul", "add"]),
        (lambda x, y: (x + y) * (y + x), ["add", "mul"]),
        (lambda x, y: (x - y) * (y - x), ["sub", "sub", "mul"]),
        (lambda x, y: (x / y) * (y / x), ["div", "div", "mul"]),
        (lambda x, y: maximum(x, y) - maximum(y, x), ["maximum", "maximum", "sub"]),
        (lambda x, y: where(x, y, 2.0) * where(x, y, 3.0), ["where", "where", "mul"]),
        (lambda x, y: where(x, y, 2.0) * where(x, y, 2.0), ["where", "mul"]),
        (lambda x, y: (x**2 + y) * 3 - 3 * (y + x**2), ["pow", "add", "mul", "sub"]),
        (lambda x, y: (x + 0.0) * (x - 0.0) * (x + -0.0), ["add", "sub", "mul", "add", "mul"]),
    ],
)  # fmt: skip
def test_operands_may_change_sides_in_sums_and_products(
    function: Callable[..., Any], left: list[str]
) -> None:
    check(function, [1.5, -0.5])
    compiled = autograd.compile(function)
    compiled(1.5, -0.5)
    assert names(compiled.tape) == left


UNARY = (
    "neg", "abs", "exp", "expm1", "exp2", "log", "log1p", "sqrt", "cbrt", "square", "sin", "cos",
    "tan", "atan", "sinh", "cosh", "tanh", "erf", "sigmoid", "relu", "gelu", "silu", "softplus",
)  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_operations_are_told_apart(name: str) -> None:
    for f, g in combinations([OPERATIONS[name], *[OPERATIONS[x] for x in UNARY if x != name]], 2):
        tape = tape_of(lambda x: f(x) * g(x) + g(x), [0.5])  # noqa: B023
        assert len(without_copies(tape)) == 4


def test_without_structure_the_tape_is_what_was_recorded() -> None:
    function = autograd.compile(lambda: A * B + B * A, structure=False)
    function()
    assert names(function.tape) == ["mul", "mul", "add"]


def test_the_tape_and_its_adjoint_are_printed_as_they_run() -> None:
    function = autograd.compile(lambda: (A * B).sin() + B * A)
    function()
    assert str(function.tape) == (
        "<lambda>()\n"
        "forward\n"
        "    v1 = a * b\n"
        "    v2 = sin(v1)\n"
        "    v3 = v2 + v1\n"
        "    return v3\n"
        "adjoint\n"
        "    v3.grad = 1\n"
        "    v2.grad += v3.grad\n"
        "    v1.grad += v3.grad\n"
        "    v1.grad += v2.grad * cos(v1)\n"
        "    a.grad += v1.grad * b\n"
        "    b.grad += v1.grad * a"
    )


def test_results_that_are_copies_are_results_all_the_same() -> None:
    function = autograd.compile(lambda x: [x * A, A * x, {"again": x * A}])
    x = Value(5.0)
    first, second, third = function(x)
    assert [first.data, second.data, third["again"].data] == [10.0, 10.0, 10.0]
    third["again"].backward()
    assert x.grad == 2.0
    assert len(function.tape) == 1


def test_operations_of_your_own_run_as_often_as_they_are_called() -> None:
    calls = []

    @operation(derivatives=[lambda out, x: 2.0])
    def counted(x: float) -> float:
        calls.append(x)
        return 2 * x

    function = autograd.compile(lambda x: counted(x) * counted(x) + exp(x) * exp(x))
    function(1.0)
    del calls[:]
    assert function(2.0).data == 16.0 + math.exp(2.0) * math.exp(2.0)
    assert calls == [2.0, 2.0]
    assert names(function.tape).count("exp") == 1


@pytest.mark.parametrize("derivative_first", [False, True])
def test_a_copy_of_a_derivative_is_at_its_pole_what_the_function_is(derivative_first: bool) -> None:
    def function(x: Any) -> Any:  # the derivative of log is 1 / x too
        if derivative_first:
            (slope,) = gradients(log(x), [x])
            return slope + 1 / x
        own = 1 / x
        (slope,) = gradients(log(x), [x])
        return slope + own

    compiled = autograd.compile(function)
    x = Value(4.0)
    y = compiled(x)
    y.backward()
    assert (y.data, x.grad) == (0.5, -0.125)
    assert names(compiled.tape) == ["log", "div", "add"] or names(compiled.tape) == ["div", "add"]
    with pytest.raises(DomainError, match=r"1 / x"):
        compiled(0.0)


def test_a_derivative_alone_may_be_infinite_at_a_pole() -> None:
    def function(x: Any) -> Any:
        (slope,) = gradients(x.sqrt(), [x])
        (again,) = gradients(x.sqrt(), [x])
        return where(x.step(), slope, 7.0) + where(x.step(), again, 8.0)

    compiled = autograd.compile(function)
    assert compiled(4.0).data == 0.5
    assert names(compiled.tape).count("sqrt") <= 1
    assert compiled(0.0).data == 15.0


def test_a_hessian_shares_what_its_rows_have_in_common() -> None:
    def valley(x: Any) -> Any:
        return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))

    point = [0.1 * k for k in range(8)]
    compiled = autograd.compile(valley)
    curvature = hessian(compiled)
    curvature(point)
    for _ in range(2):
        for row, wanted in zip(curvature(point), hessian(valley)(point), strict=True):
            assert row == pytest.approx(wanted, rel=1e-12)
    tape = curvature._compiled.tape
    assert distinct(tape) == len(tape)


def test_derivatives_go_through_what_is_shared() -> None:
    def function(x: Any) -> Any:
        return sum(k * p for k, p in enumerate(softmax([x, x * x, 1 - x])))

    compiled = autograd.compile(function)
    for derivative in (grad, lambda f: grad(grad(f)), lambda f: grad(grad(grad(f)))):
        assert derivative(compiled)(0.3) == pytest.approx(derivative(function)(0.3), rel=1e-11)


def test_rows_pickles_and_c_have_it_too() -> None:
    numbers = [0.3, -0.2, 0.9]
    function = autograd.compile(lambda *xs: sum(k * p for k, p in enumerate(softmax(xs))))
    first = function(*numbers)
    rows = [tuple(x + k for x in numbers) for k in range(20)]
    assert list(function.map(rows)) == [function(*row).data for row in rows]
    assert function.mean(rows).data == sum(function(*row).data for row in rows) / 20
    twin = pickle.loads(pickle.dumps(function))
    assert twin(*numbers).data == first.data
    assert len(twin.tape) == len(function.tape)
    assert function.to_c().count("= chalk_exp(") == 3


@pytest.mark.parametrize("seed", range(150))
def test_random_programs_are_shared_to_the_last_copy(seed: int) -> None:
    if seed % 2:
        function, numbers = random_function(Random(seed))
        several = function

        def function(*xs: Any) -> Any:
            found = several(*xs)
            return sum(found) if isinstance(found, list) else found
    else:
        steps = random_program(Random(seed))
        numbers = steps[0]

        def function(*xs: Any) -> Any:
            return run(steps, xs)

    tape = tape_of(lambda *xs: function(*xs) * function(*xs).tanh(), numbers)
    shared = without_copies(tape)
    assert len(shared) == distinct(tape)
    assert distinct(shared) == len(shared)
    xs = [Value(x) for x in numbers]
    eager = function(*xs)
    eager = eager * eager.tanh()
    compiled = autograd.compile(lambda *xs: function(*xs) * function(*xs).tanh())
    found = compiled(*xs)
    assert found.data == eager.data
    wanted = [g.data for g in gradients(eager, xs)]
    scale = max(map(abs, wanted), default=0.0)
    assert [g.data for g in gradients(found, xs)] == pytest.approx(
        wanted, rel=1e-9, abs=1e-9 * scale
    )


# ---- whether it pays ----------------------------------------------------------------------------


def rows_of(count: int, width: int, values: int) -> list[list[float]]:
    rng = Random(0)
    return [[float(rng.randrange(values)) for _ in range(width)] for _ in range(count)]


def test_rows_that_come_twice_are_computed_once() -> None:
    model = MLP(2, [4, 1], activation="tanh", rng=Random(0))
    once = [[0, 0], [0, 1], [1, 0], [1, 1]]
    tapes = [
        autograd.compile(lambda rows=rows: sum(model(row) ** 2 for row in rows))
        for rows in (once, once * 25)
    ]
    few, many = (len(f().operands) and len(f.tape) for f in tapes)
    assert many == few + 96  # the squares are the same too, and 96 of them are added


def test_rows_that_run_side_by_side_are_left_as_they_are() -> None:
    model = MLP(30, [20, 1], activation="relu", rng=Random(0))
    rows = rows_of(20, 30, 17)
    function = autograd.compile(lambda: sum(model(row) ** 2 for row in rows))
    function()
    plain = tape_of(function.function, [])
    shared = without_copies(plain)
    assert len(shared) < len(plain) == len(function.tape)
    assert cost(find_structure(shared)) > cost(find_structure(plain)) == cost(function.program)


class Counted(list[int]):
    """A list that counts how often it is looked into."""

    looks = 0

    def __getitem__(self, k: Any) -> Any:
        self.looks += 1
        return super().__getitem__(k)


MANY = 100_000
SHAPES = {
    "one number times each": lambda k: (0, k + 1),
    "two numbers in turn": lambda k: (k % 2, k + 1),
    "from both ends": lambda k: (k, MANY - 1 - k),
    "neighbours": lambda k: (MANY + k - 2, MANY + k - 1),
    "a table of all pairs": lambda k: (k // 300, 300 + k % 300),
    "at random": lambda k: (Random(k).randrange(MANY), Random(-k - 1).randrange(MANY)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_copies_are_found_without_a_search(shape: str) -> None:
    """However operands are numbered, an instruction looks at hardly more than one other."""
    operands = [SHAPES[shape](k) for k in range(1, MANY)]
    count = len(operands)
    pool = array("i", [place for pair in operands for place in pair])
    begins, ends = array("i", range(0, 2 * count, 2)), array("i", range(2, 2 * count + 2, 2))
    table = Counted([0] * (1 << (2 * count).bit_length()))
    first, order = array("i", [0]) * (2 * MANY), array("i", [0]) * count
    codes, limits = array("H", [OPERATIONS["mul"].code]) * count, bytearray(count)
    sweeps.find_copies(
        codes, limits, begins, ends, pool, MANY, -1, codes[0], OWN, table, first, order
    )
    assert table.looks < 2 * count


def test_a_few_copies_among_many_instructions_are_not_looked_into() -> None:
    def function(count: int) -> Any:
        x = A
        for k in range(count):
            x = (x * 0.5 + k).sin()
        return x * (A * B) * (B * A)

    for count, saved in ((31, 1), (40, 0)):  # of 97 instructions, and of 124
        tape = tape_of(lambda: function(count), [])  # noqa: B023
        assert len(tape) - len(without_copies(tape)) == saved
        assert len(tape) == 3 * count + 4


def test_there_may_be_nothing_to_share() -> None:
    for function in (lambda x: x, lambda x: Value(3.0), lambda x: x + 1):
        tape = tape_of(function, [1.0])
        assert without_copies(tape) is tape
        assert len(find_program(tape).tape) == len(tape)


def test_a_program_costs_what_its_blocks_do() -> None:
    tape = tape_of(lambda *xs: sum(xs).exp(), [0.1] * 40)
    program = find_structure(tape)
    alone = sum(block.columns for block in program.blocks if block.code == SEQUENCE)
    assert cost(program) == 20 * alone + 40 + 40  # and a dot with forty terms
    rows = find_structure(tape_of(lambda *xs: [x.exp() for x in xs], [0.1] * 40))
    assert cost(rows) == 40 + 10 * 40
    rows = find_structure(tape_of(lambda *xs: [-x for x in xs], [0.1] * 40))
    assert cost(rows) == 40 + 2 * 40


def test_what_is_quick_is_in_the_table() -> None:
    from autograd.tape.sharing import QUICK

    slow = {name for name, entry in OPERATIONS.items() if entry.code not in QUICK}
    assert {"exp", "tanh", "div", "pow", "sqrt"} <= slow
    assert not {"add", "mul", "relu", "maximum"} & slow
