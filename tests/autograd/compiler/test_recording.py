"""What is refused while a function is recorded, and what a replay refuses."""

from __future__ import annotations

import copy
import math
import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest
from sameness import assert_same

import autograd
from autograd import DomainError, RecordingError, Value, no_grad
from nn import MLP, hinge_loss, mse_loss

# ---- what is refused while recording ------------------------------------------------------------

W = Value(2.0, label="w")


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda x: x if x > 0 else -x, "the number of the argument x"),
        (lambda x: x if x * 2 > 0.5 else -x, "the number of a result of mul"),
        (lambda x: x if x else -x, "the number of the argument x"),
        (lambda x: x * (x + 1).data, "the number of a result of add"),
        (lambda x: x * W.data, "the number of w"),
        (lambda x: x * max(x, W), "the number of (w|the argument x)"),
        (lambda x: x * x.detach(), "a constant copy of the argument x"),
        (lambda x: copy.copy(x) * 2, "a copy of the argument x"),
        (lambda x: copy.deepcopy(x * x), "a copy of a result of mul"),
        (lambda x: pickle.loads(pickle.dumps(x)), "a copy of the argument x"),
        (lambda x: x * float(f"{x:.17g}"), "the number of the argument x"),
        (lambda x: x * (x * x).local_grads[0], "the local derivatives of a result of mul"),
        (lambda x: x * W.grad, "the gradient of w"),
        (lambda x: mse_loss([x], [1.0]).backward() or x, "a gradient of"),
    ],
)
def test_a_number_that_the_tape_would_freeze_is_refused(
    function: Callable[..., Any], what: str
) -> None:
    compiled = autograd.compile(function)
    with pytest.raises(RecordingError, match=f"test_recording.py, line .*: this asks for {what}"):
        compiled(1.0)
    assert (Value(1.0) > 0) is True  # and after it all is as it was


def test_a_number_may_not_be_set_either() -> None:
    @autograd.compile
    def counted(x: Value) -> Value:
        W.data = 3.0
        return x * W

    with pytest.raises(RecordingError, match="this sets the number of w while the function is"):
        counted(1.0)
    assert W.data == 2.0

    @autograd.compile
    def changed(x: Value) -> Value:
        own = Value(1.0)
        y = x * own
        own.data = 2.0
        return y + own

    with pytest.raises(RecordingError, match="this sets the number of"):
        changed(10.0)


def test_a_constant_from_outside_is_read_afresh_too() -> None:
    scale = Value(2.0).detach()
    compiled = autograd.compile(lambda x: x * scale)
    assert compiled(3.0).data == 6.0
    scale.data = 5.0
    x = Value(3.0)
    y = compiled(x)
    y.backward()
    assert (y.data, x.grad, scale.grad) == (15.0, 5.0, 0.0)


def test_no_grad_inside_is_refused_too() -> None:
    @autograd.compile
    def scaled(x: Value) -> Value:
        with no_grad():
            scale = x * 2
        return x * scale

    with pytest.raises(RecordingError, match=r"a result inside no_grad\(\) of the argument x"):
        scaled(1.0)


def test_what_a_function_makes_for_itself_is_constant() -> None:
    @autograd.compile
    def total(x: Value) -> Value:
        start = Value(0.0)
        if start.data == 0:
            start = start + x
        return start * Value(3.0)

    assert total(2.0).data == 6.0
    assert total(5.0).data == 15.0
    assert total.tape.closures == ()


def test_choices_by_operation_follow_the_number() -> None:
    @autograd.compile
    def leaky(x: Value) -> Value:
        return autograd.where(autograd.step(x), x, x * 0.1)

    assert [leaky(x).data for x in (2.0, -2.0, 0.0)] == [2.0, -0.2, 0.0]


def test_a_hinge_loss_of_arguments() -> None:
    model = MLP(2, [4, 1], rng=random.Random(0))
    loss = autograd.compile(lambda x, y: hinge_loss([model(x)], [y]))
    x = [0.5, -1.0]
    for label in (1, -1):
        assert_same(loss(x, label), hinge_loss([model(x)], [label]), model.parameters())


# ---- numbers that are not finite ----------------------------------------------------------------


@pytest.mark.parametrize("structure", [True, False])
def test_the_instruction_and_the_row_are_named(structure: bool) -> None:
    w = Value(1.0, label="w")
    compiled = autograd.compile(lambda x: (w * x - 1).log() * 2, structure=structure)
    compiled(3.0)
    with pytest.raises(DomainError, match=r"v2\) does not exist at v2 = -0.5: log needs a number"):
        compiled(0.5)
    rows = [3.0] * 21
    rows[13] = 1.0
    with pytest.raises(DomainError, match=r"rows\[13\], v3: log\(v2\) does not exist at v2 = 0"):
        compiled.mean(rows)
    assert w.grad == 0.0
    assert compiled(3.0).data == math.log(2) * 2
    root = autograd.compile(lambda x: x**-0.5, structure=structure)
    root(3.0)
    with pytest.raises(DomainError, match=r"x \*\* -0.5 does not exist at x = -1.0: a negative"):
        root(-1.0)


def test_an_overflow_that_later_instructions_would_hide_is_found() -> None:
    compiled = autograd.compile(lambda x: 1 / (1 + x.exp()))
    compiled(1.0)
    with pytest.raises(DomainError, match=r"exp\(x\) exceeds the largest float"):
        compiled(1000.0)


def test_the_mean_may_overflow_and_a_leaf_may_be_no_number() -> None:
    w = Value(1.0)
    compiled = autograd.compile(lambda x: x * w)
    with pytest.raises(DomainError, match="the sum over 2 rows exceeds the largest float"):
        compiled.mean([1.5e308, 1.5e308])
    with no_grad(), pytest.raises(DomainError, match="the sum over 2 rows exceeds"):
        compiled.mean([1.5e308, 1.5e308])
    with pytest.raises(DomainError, match="the result is nan, since x is nan"):
        autograd.compile(lambda x: x)(math.nan)


@pytest.mark.parametrize(
    ("function", "numbers"),
    [
        (lambda x, b: x**b, (-0.5, math.inf)),
        (lambda x, b: (x / b).tanh(), (math.inf, 0.0)),
        (lambda x, b: (-(x / b)).exp(), (math.inf, 0.0)),
    ],
)
def test_what_the_eager_engine_refuses_is_refused(
    function: Callable[..., Any], numbers: tuple[float, float]
) -> None:
    compiled = autograd.compile(function)
    compiled(2.0, 3.0)
    with pytest.raises(DomainError):
        function(*map(Value, numbers))
    with pytest.raises(DomainError, match="v1: "):
        compiled(*numbers)


def test_infinities_that_were_put_in_pass_through() -> None:
    mask = [0.0, -math.inf, 0.0]

    @autograd.compile
    def softmax(x: list[Value]) -> Value:
        exponentials = [(a + m).exp() for a, m in zip(x, mask, strict=True)]
        return exponentials[0] / sum(exponentials)

    for numbers in ([0.0, 1.0, 0.0], [1.0, 1.0, 1.0]):
        assert softmax(numbers).data == 0.5
    assert softmax.mean([[1.0, k, 1.0] for k in range(20)]).data == 0.5
    with pytest.raises(DomainError, match=r"the result is nan, since x\[0\] is nan"):
        softmax([math.nan, 1.0, 1.0])
