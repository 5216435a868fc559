"""Every operation of the table against mpmath at 50 digits, and at its kinks by hand."""

from __future__ import annotations

import ctypes
import inspect
import math
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import KINKS, ORACLES, UNDEFINED, Oracle

import autograd
from autograd import OPERATIONS, DomainError, Operation, Value, gradients, parse

mp = mpmath


# 1 - out**2 and the like are exact beside 1, but not beside themselves
SLOPES_THAT_CANCEL = ("expm1", "tanh", "sigmoid", "gelu", "silu")


def close(got: float, expected: Any, scale: float = 0.0) -> bool:
    """Equal to 13 digits, or to rounding beside the numbers that went in."""
    return abs(mp.mpf(got) - expected) <= 1e-13 * abs(expected) + 1e-15 * scale + mp.mpf("1e-300")


def exact_derivative(function: Oracle, operands: tuple[float, ...], position: int) -> Any:
    """A partial derivative by mpmath, with a step far below the distance to any kink."""
    exact = tuple(mp.mpf(x) for x in operands)
    size = abs(exact[position]) or mp.mpf("1e-10")
    with mp.workdps(120):
        h = size * mp.mpf("1e-30")
        moved = [list(exact), list(exact)]
        moved[0][position] += h
        moved[1][position] -= h
        return (function(*moved[0]) - function(*moved[1])) / (2 * h)


def check_against_mpmath(name: str, operands: tuple[float, ...]) -> None:
    function = ORACLES[name][0]
    operation = OPERATIONS[name]
    value = operation(*operands)
    with mp.workdps(120):
        expected = function(*(mp.mpf(x) for x in operands))
    assert close(value, expected), f"{name}{operands} = {value}, not {expected}"
    node = operation(*map(Value, operands))
    assert node.data == value
    for position, local_grad in enumerate(node.local_grads):
        slope = exact_derivative(function, operands, position)
        scale = 1.0 if name in SLOPES_THAT_CANCEL else 0.0
        assert close(local_grad, slope, scale), (
            f"the derivative {position} of {name}{operands} is {local_grad}, not {slope}"
        )


def at_kink(name: str, operands: tuple[float, ...]) -> bool:
    """Whether there may be no derivative here."""
    first, *others = operands
    if name in ("floor", "ceil", "round"):
        return (2 * first).is_integer()
    if name in ("floordiv", "mod"):
        return math.fmod(first, others[0]) == 0
    return 0.0 in operands or first in others


def test_every_operation_has_an_oracle() -> None:
    assert list(ORACLES) == list(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_value_and_derivatives_at_points_that_matter(name: str) -> None:
    for operands in ORACLES[name][2]:
        check_against_mpmath(name, operands)


@pytest.mark.parametrize("name", OPERATIONS)
@given(data=st.data())
def test_value_and_derivatives_at_random(name: str, data: st.DataObject) -> None:
    ranges = ORACLES[name][1]
    operands = tuple(
        data.draw(st.floats(*r).filter(lambda x: x == 0 or abs(x) > 1e-6)) for r in ranges
    )
    if not at_kink(name, operands):
        check_against_mpmath(name, operands)


@pytest.mark.parametrize(("name", "operands", "value", "derivatives"), KINKS)
def test_kinks_follow_pytorch(
    name: str, operands: tuple[float, ...], value: float, derivatives: tuple[float, ...]
) -> None:
    node = OPERATIONS[name](*map(Value, operands))
    assert node.data == pytest.approx(value, nan_ok=True, abs=0)
    assert node.local_grads == pytest.approx(derivatives, nan_ok=True, abs=0)


@pytest.mark.parametrize(("name", "operands", "message"), UNDEFINED)
def test_an_operation_without_a_value_is_an_error(
    name: str, operands: tuple[float, ...], message: str
) -> None:
    with pytest.raises(DomainError, match=message.replace("*", r"\*")):
        OPERATIONS[name](*operands)
    with pytest.raises(ValueError, match=message.replace("inf * 0.0", r"inf \* 0")):
        OPERATIONS[name](*map(Value, operands))


@pytest.mark.parametrize("name", OPERATIONS)
def test_second_derivatives_as_graphs(name: str) -> None:
    function, ranges, _ = ORACLES[name]
    operands = tuple(low + (high - low) * (0.63 - 0.1 * k) for k, (low, high) in enumerate(ranges))
    leaves = [Value(x) for x in operands]
    first = gradients(OPERATIONS[name](*leaves), leaves)
    for i, row in enumerate(first):
        for j, second in enumerate(gradients(row, leaves)):
            order = [0] * len(operands)
            order[i] += 1
            order[j] += 1
            smooth = name not in ("where", "compare", "floordiv", "clip")
            expected = mp.diff(function, operands, tuple(order)) if smooth else 0
            assert second.data == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_written_out_for_speed_says_the_same_as_the_table(name: str) -> None:
    operation = OPERATIONS[name]
    operands = tuple(low + (high - low) * 0.37 for low, high in ORACLES[name][1])
    nodes = [Value(x) for x in operands]
    spelled: dict[str, Callable[..., Value]] = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "floordiv": lambda a, b: a // b,
        "mod": lambda a, b: a % b,
        "pow": lambda a, b: a**b,
        "neg": lambda a: -a,
        "pos": lambda a: +a,
        "abs": lambda a: abs(a),
    }
    ways = [operation, spelled.get(name, operation), getattr(Value, name, operation)]
    for way in ways:
        node = way(*nodes)
        assert node.data == operation.forward(*operands)
        assert node.op == operation.symbol
        assert node.operands == tuple(nodes)
        rules = [float(rule(node.data, *operands)) for rule in operation.derivatives]
        assert node.local_grads == tuple(rules)


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if len(o.operands) == 1])
def test_unary_operations_are_methods(name: str) -> None:
    x = 2.0 if name == "acosh" else 0.5
    assert getattr(Value(x), name)().data == OPERATIONS[name](x)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_a_public_function_with_an_example(name: str) -> None:
    operation = getattr(autograd, name)
    assert operation is OPERATIONS[name]
    call, result = operation.__doc__.split(">>> ")[1].splitlines()
    assert repr(eval(call, {name: operation})) == result


def test_symbols_tell_operations_apart() -> None:
    binary = [o.symbol for o in OPERATIONS.values() if len(o.operands) == 2]
    assert len(set(binary)) == len(binary)
    assert "" not in [o.symbol for o in OPERATIONS.values()]


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6).filter(lambda b: abs(b) > 1e-290))
def test_subtraction_and_division_are_single_nodes_equal_to_the_last_bit(
    a: float, b: float
) -> None:
    x, y = Value(a), Value(b)
    assert (x - y).data == a - b
    assert (x / y).data == a / b
    assert (x - y).operands == (x / y).operands == (x, y)


def test_functions_take_any_real_number_and_named_operands() -> None:
    assert autograd.exp(0) == 1.0
    assert autograd.sqrt(Fraction(1, 4)) == 0.5
    assert autograd.leaky_relu(-2.0) == -0.02
    assert autograd.leaky_relu(-2.0, negative_slope=0.5) == -1.0
    assert autograd.elu(Value(-1.0), alpha=2.0).data == pytest.approx(2 * math.expm1(-1))


def test_signatures_are_what_editors_show() -> None:
    assert str(inspect.signature(autograd.leaky_relu)) == "(x, negative_slope=0.01)"
    assert "Raises DomainError outside its domain: log needs" in str(autograd.log.__doc__)


def test_an_operation_needs_a_derivative_for_each_operand() -> None:
    with pytest.raises(TypeError, match=r"root\(x\) needs one derivative for each operand, not 0"):
        Operation("root", math.sqrt, summary="the square root.")
    root = Operation("root", math.sqrt, lambda out, x: 1 / (2 * out), summary="the square root.")
    assert autograd.gradcheck(root, 2.0)


def test_an_operation_may_have_any_number_of_operands() -> None:
    fused = Operation(
        "fused",
        lambda a, b, c, d: a * b + c * d,
        lambda out, a, b, c, d: b,
        lambda out, a, b, c, d: a,
        lambda out, a, b, c, d: d,
        lambda out, a, b, c, d: c,
        operands="a b c d",
        summary="a * b + c * d.",
    )
    leaves = [Value(float(k)) for k in range(1, 5)]
    fused(*leaves).backward()
    assert [leaf.grad for leaf in leaves] == [2.0, 1.0, 4.0, 3.0]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(TypeError, match=r"where\(condition, a, b\) needs b"):
        autograd.where(1.0, 2.0)
    with pytest.raises(TypeError, match=r"leaky_relu.* cannot take argument 'slope'"):
        autograd.leaky_relu(1.0, slope=0.1)
    with pytest.raises(TypeError, match=r"exp\(x\) cannot take 2 operands"):
        autograd.exp(1.0, 2.0)
    with pytest.raises(TypeError, match=r"'x' is text"):
        autograd.exp("x")


def test_nan_passes_through_as_in_ieee_arithmetic() -> None:
    for name, operation in OPERATIONS.items():
        if name not in ("where", "pow"):
            assert math.isnan(operation(*[math.nan] * len(operation.operands))), name
    for name in ("add", "sub", "mul", "div", "compare", "maximum", "minimum"):
        for operands in ((math.nan, 2.0), (2.0, math.nan)):
            assert math.isnan(OPERATIONS[name](*operands)), f"{name}{operands}"


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        *[("div", (a, b)) for a in (2.0, -2.0, 0.0, -0.0) for b in (0.0, -0.0)],
        *[("pow", (a, b)) for a in (0.0, -0.0) for b in (-1.0, -2.0, -3.0, -0.5)],
        *[(name, (x,)) for name in ("sinh", "cosh") for x in (1000.0, -1000.0)],
    ],
)
def test_limits_at_poles_are_those_of_ieee_arithmetic(
    name: str, operands: tuple[float, ...]
) -> None:
    function = {"div": numpy.divide, "pow": numpy.power}.get(name) or getattr(numpy, name)
    with numpy.errstate(all="ignore"):
        expected = float(function(*operands))
    assert OPERATIONS[name].limit(*operands) == pytest.approx(expected, nan_ok=True, abs=0)


def test_a_derivative_at_a_pole_has_the_sign_of_what_comes_near_it() -> None:
    # beside 0 the root has the derivatives 1 / (2 x ** 0.5) and -1 / (4 x ** 1.5)
    x = Value(0.0)
    (first,) = gradients(autograd.sqrt(x), [x])
    (second,) = gradients(first, [x])
    assert (first.data, second.data) == (math.inf, -math.inf)


@pytest.mark.parametrize("name", [name for name, o in OPERATIONS.items() if o.remedy])
def test_the_remedy_gives_a_value_and_a_gradient_where_there_was_none(name: str) -> None:
    operation = OPERATIONS[name]
    mended = re.split(r" as in |; ", operation.remedy)[1]
    points = [
        operands
        for other, operands, message in UNDEFINED
        if other == name and "exceeds" not in message and all(map(math.isfinite, operands))
    ]
    assert points
    for operands in points:
        leaves = dict(zip(operation.operands, map(Value, operands), strict=True))
        result = parse(mended, **leaves)
        result.backward()
        assert math.isfinite(result.data), (mended, operands)
        assert all(math.isfinite(leaf.grad) for leaf in leaves.values()), (mended, operands)


def test_what_has_a_domain_of_operands_that_one_can_mend_has_a_remedy() -> None:
    without = [name for name, o in OPERATIONS.items() if o.domain and not o.remedy]
    assert without == ["sin", "cos", "tan"]  # of inf


@pytest.mark.skipif(sys.platform == "win32", reason="asks C's library by its POSIX name")
def test_a_length_beside_nan_is_not_of_what_overflowed_before() -> None:
    overflow = ctypes.CDLL(None).strtod  # which leaves errno at ERANGE, and abs(complex) reads it
    x, nan = Value(2.0), Value(math.nan)
    overflow(b"1e999", None)
    assert math.isnan(OPERATIONS["hypot"](x, nan).data)
    overflow(b"1e999", None)
    assert math.isnan(OPERATIONS["hypot"].forward(2.0, math.nan))
    assert OPERATIONS["hypot"].forward(-math.inf, math.nan) == math.inf
