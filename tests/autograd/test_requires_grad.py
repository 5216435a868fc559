"""requires_grad: a leaf that takes no gradient for now."""

from __future__ import annotations

import copy
import pickle

import pytest

import autograd
from autograd import GraphError, RecordingError, Value, exp


def frozen(number: float) -> Value:
    value = Value(number, label="w")
    value.requires_grad = False
    return value


def test_a_leaf_requires_a_gradient_until_it_is_frozen() -> None:
    w = Value(2.0)
    assert w.requires_grad
    assert not w.is_frozen
    w.requires_grad = False
    assert not w.requires_grad
    assert w.is_constant
    assert w.is_frozen
    w.requires_grad = True
    assert w.requires_grad
    assert not w.is_constant
    assert not w.is_frozen


def test_a_plain_number_is_constant_but_not_frozen() -> None:
    two = (Value(3.0) * 2).operands[1]
    assert not two.requires_grad
    assert not two.is_frozen
    two.requires_grad = False
    assert not two.is_frozen


def test_a_detached_copy_can_be_made_to_take_gradients() -> None:
    x = (Value(3.0) * 2).detach()
    x.requires_grad = True
    (x * x).backward()
    assert x.grad == 12.0


def test_a_frozen_leaf_takes_no_gradient_and_the_others_do() -> None:
    w, x = frozen(2.0), Value(3.0)
    y = w * x + exp(w)
    assert (w * w).is_constant
    y.backward()
    assert (w.grad, w.has_grad, x.grad) == (0.0, False, 2.0)


def test_freezing_keeps_the_gradient_that_is_there() -> None:
    w = Value(2.0)
    (w * w).backward()
    w.requires_grad = False
    (w * w + Value(1.0)).backward()
    assert w.grad == 4.0


@pytest.mark.parametrize(
    "compute",
    [
        lambda w, x: w * x + exp(w),
        lambda w, x: x * w,
        lambda w, x: w - x,
        lambda w, x: x / w,
        lambda w, x: x**w,
        lambda w, x: autograd.where(x, w, x),
        lambda w, x: autograd.maximum(x, w) + (w + x),
    ],
)
def test_what_was_computed_while_frozen_gives_no_gradient_later(compute) -> None:  # type: ignore[no-untyped-def]
    w, x = frozen(2.0), Value(3.0)
    y = compute(w, x)
    w.requires_grad = True
    y.backward()
    assert w.grad == 0.0  # all of it or nothing: a part of the gradient would be wrong


def test_only_a_leaf_can_be_frozen() -> None:
    y = Value(2.0) * 3
    with pytest.raises(GraphError, match="set on a leaf, and this is a result"):
        y.requires_grad = False


def test_copies_and_pickles_stay_frozen() -> None:
    w = frozen(2.0)
    y = w * Value(3.0)
    assert copy.copy(w).is_frozen
    assert copy.deepcopy(y).operands[0].is_frozen
    assert pickle.loads(pickle.dumps(w)).is_frozen


def test_a_compiled_function_sees_a_parameter_frozen_and_released() -> None:
    w = frozen(2.0)
    f = autograd.compile(lambda x: x * exp(w) + w * w)
    assert f(1.0).is_constant
    w.data = 3.0
    assert f(1.0).data == exp(3.0) + 9.0  # and not what it was when recorded
    w.requires_grad = True
    f(1.0).backward()
    assert w.grad == pytest.approx(exp(3.0) + 6.0, rel=1e-15)
    w.requires_grad = False
    assert f(1.0).is_constant


def test_a_compiled_function_sees_the_number_of_a_constant() -> None:
    c = Value(2.0).detach()
    f = autograd.compile(lambda x: x + c * c + exp(c) * 2)
    assert f(1.0).data == 1.0 + 4.0 + exp(2.0) * 2
    c.data = 3.0
    assert f(1.0).data == 1.0 + 9.0 + exp(3.0) * 2


def test_a_function_that_freezes_is_not_recorded() -> None:
    w = Value(2.0, label="w")

    def freezing(x: Value) -> Value:
        w.requires_grad = False
        return w * x

    with pytest.raises(RecordingError, match="sets requires_grad of w"):
        autograd.compile(freezing)(1.0)


def test_the_forms_of_pytorch() -> None:
    x = Value(3.0, label="x")
    assert x.item() == 3.0
    copied = x.clone()
    (copied * copied).backward(retain_graph=True)
    assert (copied.label, x.grad) == ("", 6.0)


@pytest.mark.parametrize(
    "arguments", [(2.0, (Value(1.0),)), (2.0, (Value(1.0),), "+"), (2.0, "", "+")]
)
def test_the_form_of_micrograd_says_what_makes_a_result(arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match=r"an operator, as in a \+ b, .* autograd.operation"):
        Value(*arguments)  # type: ignore[arg-type]
