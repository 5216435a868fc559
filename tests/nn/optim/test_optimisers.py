"""Optimisers: PyTorch's numbers over a hundred steps of every setting, and states to go on from."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value
from nn import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

OPTIMISERS = [SGD, Adagrad, RMSprop, Adam, AdamW]


def slope(step: int, position: int, at: float) -> float:
    """Some gradient, the same for both sides."""
    return math.sin(step * 0.7 + position) + 0.3 * at


def give_gradients(step: int, values: list[Value], tensors: Any = ()) -> None:
    """Set gradients; now and then a parameter has none."""
    for position, v in enumerate(values):
        v.zero_grad()
        if (step + position) % 4:
            v.grad = slope(step, position, v.data)
    for position, t in enumerate(tensors):
        t.grad = None
        if (step + position) % 4:
            t.grad = slope(step, position, t.item()) * t.new_ones(())


def run_both(make: Any) -> None:
    """A hundred steps of two groups, with a learning rate that falls on the way."""
    torch = pytest.importorskip("torch")
    ours = [Value(1.0), Value(-2.0), Value(3.0)]
    theirs = [torch.tensor(v.data, dtype=torch.float64, requires_grad=True) for v in ours]
    mine, pytorchs = make(nn, ours), make(torch.optim, theirs)
    for step in range(100):
        for optimizer in (mine, pytorchs):
            for group in optimizer.param_groups:
                group["lr"] *= 0.99
        give_gradients(step, ours, theirs)
        mine.step()
        pytorchs.step()
    assert [v.data for v in ours] == pytest.approx([t.item() for t in theirs], rel=1e-12, abs=1e-14)


decays = st.sampled_from([0.0, 0.01, 0.5])
momenta = st.sampled_from([0.0, 0.5, 0.9])
quick = settings(max_examples=40)


@quick
@given(
    lr=st.floats(0, 0.3),
    momentum=momenta,
    dampening=st.sampled_from([0.0, 0.1, 1.0]),
    weight_decay=decays,
    nesterov=st.booleans(),
)
def test_sgd_equals_pytorchs(lr: float, nesterov: bool, **options: float) -> None:
    nesterov = nesterov and options["momentum"] > 0 and options["dampening"] == 0
    run_both(lambda m, params: m.SGD(params, lr=lr, nesterov=nesterov, **options))


@quick
@given(
    lr=st.floats(1e-3, 0.5),
    lr_decay=st.sampled_from([0.0, 0.1]),
    weight_decay=decays,
    initial_accumulator_value=st.sampled_from([0.0, 0.3]),
    eps=st.sampled_from([1e-10, 1e-3]),
)
def test_adagrad_equals_pytorchs(**options: float) -> None:
    run_both(lambda m, params: m.Adagrad(params, **options))


@quick
@given(
    lr=st.floats(1e-4, 0.1),
    alpha=st.sampled_from([0.5, 0.9, 0.99]),
    eps=st.sampled_from([1e-8, 1e-3]),
    weight_decay=decays,
    momentum=momenta,
    centered=st.booleans(),
)
def test_rmsprop_equals_pytorchs(**options: Any) -> None:
    run_both(lambda m, params: m.RMSprop(params, **options))


@quick
@given(
    name=st.sampled_from(["Adam", "AdamW"]),
    lr=st.floats(1e-4, 0.3),
    betas=st.sampled_from([(0.9, 0.999), (0.5, 0.6), (0.0, 0.9)]),
    eps=st.sampled_from([1e-8, 1e-3]),
    weight_decay=decays,
    amsgrad=st.booleans(),
)
def test_adam_and_adamw_equal_pytorchs(name: str, **options: Any) -> None:
    run_both(lambda m, params: getattr(m, name)(params, **options))


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"])
def test_defaults_and_groups_are_pytorchs(name: str) -> None:
    run_both(lambda m, params: getattr(m, name)(params))

    def with_groups(module: Any, params: Any) -> Any:
        first = {"params": [params[0]], "lr": 0.2, "weight_decay": 0.1}
        optimizer = getattr(module, name)([first, {"params": [params[1]]}], lr=0.05)
        optimizer.add_param_group({"params": params[2], "lr": 0.01})
        return optimizer

    run_both(with_groups)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        # the directions are 6 + 3 = 9, then 0.5 * 9 + (4.2 + 2.1) = 10.8
        (lambda w: SGD(w, lr=0.1, momentum=0.5, weight_decay=1.0), [2.1, 1.02]),
        # 6 / 6, then 5 / √(36 + 25)
        (lambda w: Adagrad(w, lr=0.5, eps=0.0), [2.5, 2.5 - 0.5 * 5 / math.sqrt(61)]),
        # 6 / √(36/2), then the gradient 2w over √(36/4 + (2w)²/2)
        (
            lambda w: RMSprop(w, lr=math.sqrt(0.5), alpha=0.5, eps=0.0),
            [2.0, 2.0 - math.sqrt(0.5) * 4 / math.sqrt(9 + 8)],
        ),
        # m is 3, then 1.5 + 2.5; v 9, then 4.5 + 12.5; over 1 - ½ and √(1 - ¾), then ¾ and √(7/16)
        (
            lambda w: Adam(w, lr=0.5, betas=(0.5, 0.75), eps=0.0),
            [2.5, 2.5 - 0.5 * (4 / 0.75) / math.sqrt((6.75 + 6.25) / (7 / 16))],
        ),
    ],
)
def test_two_steps_by_hand(make: Any, expected: list[float]) -> None:
    w = Value(3.0)
    optimizer = make([w])
    for number in expected:
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
        assert w.data == pytest.approx(number, rel=1e-14)


def test_adamw_shrinks_before_it_steps() -> None:
    w = Value(3.0)
    (w * w).backward()
    AdamW([w], lr=0.1, weight_decay=0.5, eps=0.0).step()
    assert w.data == pytest.approx(3 - 0.15 - 0.1, rel=1e-15)


def test_groups_have_their_own_settings() -> None:
    a, b = Value(1.0), Value(1.0)
    optimizer = SGD([{"params": [a]}, {"params": [b], "lr": 1.0}], lr=0.5)
    (a + b).backward()
    optimizer.step()
    assert (a.data, b.data) == (0.5, 0.0)
    optimizer.zero_grad()
    assert not a.has_grad


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_a_parameter_without_a_gradient_stays(kind: Any) -> None:
    moving, still = Value(1.0), Value(1.0)
    optimizer = kind([moving, still], lr=0.1, weight_decay=0.1)
    moving.grad = 1.0
    optimizer.step()
    assert moving.data < 1.0
    assert still.data == 1.0
    assert still not in optimizer.state


@pytest.mark.parametrize("kind", [Adagrad, RMSprop, Adam, AdamW])
def test_a_gradient_of_0_without_eps_is_no_step(kind: Any) -> None:
    w = Value(1.0)
    optimizer = kind([w], eps=0.0, weight_decay=0.0)
    w.grad = 0.0
    optimizer.step()
    assert w.data == 1.0


def test_rounding_below_0_under_the_root_is_no_error() -> None:
    w = Value(1.0)
    optimizer = RMSprop([w], alpha=0.3, centered=True)
    for _ in range(100):  # the mean of squares becomes the square of the mean
        w.grad = 0.1
        optimizer.step()
    assert math.isfinite(w.data)


EVERY_OPTION = [
    lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    lambda p: SGD(p, lr=0.1),
    lambda p: Adagrad(p, lr_decay=0.1, initial_accumulator_value=0.1),
    lambda p: RMSprop(p, centered=True, momentum=0.5),
    lambda p: Adam(p, amsgrad=True),
    lambda p: AdamW([{"params": p[:1], "betas": (0.5, 0.9)}, {"params": p[1:]}]),
]


@pytest.mark.parametrize("make", EVERY_OPTION)
def test_a_run_resumed_through_json_is_the_same_to_the_bit(make: Any) -> None:
    unbroken, before = ([Value(1.0), Value(-2.0), Value(3.0)] for _ in range(2))
    one, two = make(unbroken), make(before)
    for step in range(100):
        give_gradients(step, unbroken)
        one.step()
    for step in range(37):
        give_gradients(step, before)
        two.step()
    saved = json.loads(json.dumps(two.state_dict(), allow_nan=False))
    after = [Value(v.data) for v in before]
    three = make(after)
    three.load_state_dict(saved)
    assert three.state_dict() == two.state_dict()
    for step in range(37, 100):
        give_gradients(step, after)
        three.step()
    assert [v.data for v in after] == [v.data for v in unbroken]


def test_a_state_numbers_parameters_as_pytorchs_does() -> None:
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    optimizer = SGD([{"params": [a]}, {"params": [b, c], "lr": 1}], lr=0.5, momentum=0.5)
    b.grad = 4.0
    optimizer.step()
    shared = {"momentum": 0.5, "dampening": 0.0, "weight_decay": 0.0, "nesterov": False}
    assert optimizer.state_dict() == {
        "state": {1: {"momentum_buffer": 4.0}},
        "param_groups": [
            {"lr": 0.5, **shared, "params": [0]},
            {"lr": 1, **shared, "params": [1, 2]},
        ],
    }


def test_a_state_is_a_copy() -> None:
    w = Value(1.0)
    optimizer = Adam([w])
    w.grad = 1.0
    optimizer.step()
    state = optimizer.state_dict()
    kept = copy.deepcopy(state)
    optimizer.step()
    assert state == kept


def test_numpys_numbers_are_saved_as_pythons() -> None:
    optimizer = SGD([Value(1.0)], lr=numpy.float32(0.5))  # type: ignore[arg-type]
    assert json.loads(json.dumps(optimizer.state_dict()))["param_groups"][0]["lr"] == 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("state"), "load_state_dict takes a dict with 'state' and 'param_groups'"),
        (lambda s: s.update(state=[]), "Adam: 'state' is a dict by parameter number, not"),
        (lambda s: s.update(param_groups=3), "Adam: param_groups is a list of dicts, not 3"),
        (
            lambda s: s["param_groups"][0].pop("params"),
            r"param_groups\[0\] is a dict with 'params'",
        ),
        (
            lambda s: s["param_groups"][0]["params"].append(2),
            r"is for parameter groups \[\[0, 1, 2\]\]; those of this optimiser are \[\[0, 1\]\]",
        ),
        (lambda s: s["param_groups"][0].pop("eps"), r"lacks 'eps'; the settings are lr, betas"),
        (
            lambda s: s["param_groups"][0].update(momentum=0.9),
            r"has 'momentum'; .*Is it from another optimiser\?",
        ),
        (lambda s: s["param_groups"][0].update(lr=-1), "Adam: lr is a number from 0, not -1"),
        (lambda s: s["state"].update({"7": {}}), r"Adam: state\[7\] belongs to no parameter"),
        (lambda s: s["state"].update({"0": 3}), r"Adam: state\[0\] is a dict, not 3"),
        (lambda s: s["state"]["0"].pop("exp_avg"), r"state\[0\] lacks 'exp_avg'; it holds step,"),
        (lambda s: s["state"]["0"].update(sum=1.0), r"state\[0\] has 'sum'; it holds step,"),
        (
            lambda s: s["state"]["1"].update(step=1.5),
            r"Adam: state\[1\]\['step'\] is a whole number from 0, not 1\.5",
        ),
        (
            lambda s: s["state"]["1"].update(exp_avg="x"),
            r"Adam: state\[1\]\['exp_avg'\] is a number, not 'x'",
        ),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change: Any, message: str) -> None:
    def trained(lr: float) -> Adam:
        values = [Value(1.0), Value(2.0)]
        optimizer = Adam(values, lr=lr)
        for v in values:
            v.grad = lr
        optimizer.step()
        return optimizer

    optimizer = trained(0.1)
    before = optimizer.state_dict()
    state = json.loads(json.dumps(trained(0.5).state_dict()))
    change(state)
    with pytest.raises((TypeError, ValueError), match=message):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before


def test_copies_of_a_model_with_its_optimiser_belong_together() -> None:
    w = Value(1.0)
    optimizer = SGD([w], lr=0.5, momentum=0.5)
    w.grad = 1.0
    optimizer.step()
    twin, other = copy.deepcopy((w, optimizer))
    other.step()
    assert (w.data, twin.data) == (0.5, -0.25)


def test_repr_shows_the_settings() -> None:
    assert repr(SGD([Value(1.0)], lr=0.1, momentum=0.9)) == (
        "SGD(lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=False)"
    )
    assert repr(Adam([Value(1.0)])) == (
        "Adam(lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0, amsgrad=False)"
    )


def test_an_optimiser_of_ones_own_is_one_method() -> None:
    class SignDescent(Optimizer):
        def move(self, parameters: list[Value], group: dict[str, Any]) -> None:
            for w in parameters:
                w.data -= math.copysign(group["lr"], w.grad)

    w = Value(3.0)
    optimizer = SignDescent([w], {"lr": 0.25})
    (w * w).backward()
    optimizer.step()
    assert w.data == 2.75
    with pytest.raises(TypeError, match=r"Optimizer has no move\(\)"):
        Optimizer([w], {"lr": 1.0}).step()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda w: SGD([], lr=0.1), "the list is empty"),
        (lambda w: SGD(w, lr=0.1), "an optimiser takes a list like model.parameters()"),
        (lambda w: SGD({w}, lr=0.1), "an optimiser takes parameters in order, not a set"),
        (lambda w: SGD([{"params": {w}}], lr=0.1), "takes parameters in order, not a set"),
        (lambda w: SGD([{"params": 3}], lr=0.1), "an optimiser takes a list like model.parameters"),
        (lambda w: SGD([w, 2.0], lr=0.1), r"params\[1\] is 2\.0"),
        (lambda w: SGD([w * 2], lr=0.1), r"an optimiser moves leaf Values; params\[0\]"),
        (lambda w: SGD([w.detach()], lr=0.1), r"an optimiser moves leaf Values; params\[0\]"),
        (lambda w: SGD([w, w], lr=0.1), r"params\[1\] is listed twice"),
        (lambda w: SGD([{"params": [w]}, {"params": [w]}]), r"params\[0\] is listed twice"),
        (lambda w: SGD([{"params": [w]}, w]), 'SGD: a parameter group is a dict with "params"'),
        (lambda w: SGD([w], lr=-0.1), r"SGD: lr is a number from 0, not -0\.1"),
        (lambda w: SGD([w], lr=float("nan")), "SGD: lr is a number from 0, not nan"),
        (lambda w: SGD([w], lr=math.inf), "SGD: lr is a number from 0, not inf"),
        (lambda w: SGD([w], momentum=-1.0), "SGD: momentum is a number from 0"),
        (lambda w: SGD([w], lr="fast"), "SGD: lr is a number from 0, not 'fast'"),
        (lambda w: SGD([w], nesterov=True), "nesterov needs a momentum above 0"),
        (lambda w: SGD([w], nesterov=1), "SGD: nesterov is True or False, not 1"),
        (lambda w: SGD([{"params": [w], "speed": 1}]), "does not know 'speed'"),
        (lambda w: SGD([{"lr": 1.0}]), "needs 'params'"),
        (lambda w: Adagrad([w], eps=-1), "Adagrad: eps is a number from 0, not -1"),
        (lambda w: RMSprop([w], alpha=1.5), r"RMSprop: alpha is a number from 0 to 1, not 1\.5"),
        (lambda w: Adam([w], betas=(0.9, 1.0)), "betas is a pair of numbers from 0 to 1, but less"),
        (lambda w: Adam([w], betas=0.9), r"Adam: betas is a pair of numbers .*, not 0\.9"),
        (lambda w: AdamW([w], weight_decay=-1), "AdamW: weight_decay is a number from 0"),
        (lambda w: SGD([w]).add_param_group([w]), 'SGD: a parameter group is a dict with "params"'),
        (lambda w: SGD([w]).add_param_group({"params": w}), r"params\[0\] is listed twice"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make(Value(1.0))
