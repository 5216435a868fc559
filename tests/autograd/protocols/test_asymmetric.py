"""Copies of gates whose operands do not play the same part: each keeps its own derivative."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from math import exp, expm1, log

import pytest

from autograd import Value, elu, gradients, leaky_relu, maximum, where

Duplicate = Callable[[Value], Value]
Make = Callable[[Value, Value], Value]

# What is made of a = 2 and b = 3, and its derivatives by them, worked out by hand.
GATES: dict[str, tuple[Make, float, float]] = {
    "a - b": (lambda a, b: a - b, 1.0, -1.0),
    "b - a": (lambda a, b: b - a, -1.0, 1.0),
    "a / b": (lambda a, b: a / b, 1 / 3, -2 / 9),
    "b / a": (lambda a, b: b / a, -3 / 4, 1 / 2),
    "a**b": (lambda a, b: a**b, 12.0, 8 * log(2)),
    "b**a": (lambda a, b: b**a, 9 * log(3), 6.0),
    "a * b": (lambda a, b: a * b, 3.0, 2.0),
    "maximum": (maximum, 0.0, 1.0),
    "leaky_relu": (lambda a, b: leaky_relu(-a, b), -3.0, -2.0),
    "elu": (lambda a, b: elu(-a, b), -3 * exp(-2), expm1(-2)),
    "where, first": (lambda a, b: where(1.0, a, b), 1.0, 0.0),
    "where, second": (lambda a, b: where(0.0, a, b), 0.0, 1.0),
    "a number on the left": (lambda a, b: 6 / a - b, -1.5, -1.0),
    "a number on the right": (lambda a, b: a**2 - b / 2, 4.0, -0.5),
}
DUPLICATES: dict[str, Duplicate] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda v: pickle.loads(pickle.dumps(v)),
    "deepcopy of a copy": lambda v: copy.deepcopy(copy.deepcopy(v)),
    "pickle of a copy": lambda v: pickle.loads(pickle.dumps(copy.deepcopy(v))),
}


def leaves(root: Value) -> dict[str, Value]:
    """The labelled leaves below a node, without a walk of the engine's."""
    found = {root.label: root} if root.label else {}
    for operand in root.operands:
        found |= leaves(operand)
    return found


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_a_copy_has_each_operands_own_derivative(gate: str, duplicate: str) -> None:
    make, by_a, by_b = GATES[gate]
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    original = make(a, b)
    twin = DUPLICATES[duplicate](original)
    assert twin.local_grads == original.local_grads
    twin.backward()
    own = leaves(twin)
    assert (own["a"].grad, own["b"].grad) == pytest.approx((by_a, by_b), rel=1e-15)
    assert (a.has_grad, b.has_grad) == (False, False)


@pytest.mark.parametrize("gate", GATES)
def test_a_copy_of_the_gate_alone_stands_on_the_same_operands(gate: str) -> None:
    make, by_a, by_b = GATES[gate]
    a, b = Value(2.0), Value(3.0)
    copy.copy(make(a, b)).backward()
    assert (a.grad, b.grad) == pytest.approx((by_a, by_b), rel=1e-15)


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_a_copy_has_its_gates_rule_too(gate: str, duplicate: str) -> None:
    make, by_a, by_b = GATES[gate]
    twin = DUPLICATES[duplicate](make(Value(2.0, label="a"), Value(3.0, label="b")))
    own = leaves(twin)
    found = [slope.data for slope in gradients(twin, [own["a"], own["b"]])]
    assert found == pytest.approx([by_a, by_b], rel=1e-15)


@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_a_chain_of_them_is_copied_gate_by_gate(duplicate: str) -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    quotient = a / b
    difference = quotient - a * b
    difference.backward()  # the copy keeps what the original has, and adds to it
    twin = DUPLICATES[duplicate](difference)
    twin.backward()
    own = leaves(twin)
    once = (1 / 3 - 3, -2 / 9 - 2)
    assert (a.grad, b.grad) == pytest.approx(once, rel=1e-15)
    assert (own["a"].grad, own["b"].grad) == pytest.approx(tuple(2 * x for x in once), rel=1e-15)


def test_a_copy_keeps_the_derivatives_of_the_moment_when_its_gate_computed() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    quotient = a / b
    b.data = 100.0
    twin = copy.deepcopy(quotient)
    twin.backward()
    assert twin.local_grads == pytest.approx((1 / 3, -2 / 9), rel=1e-15)
    assert leaves(twin)["b"].grad == pytest.approx(-2 / 9, rel=1e-15)
