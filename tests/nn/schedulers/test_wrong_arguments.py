"""Schedulers: states that do not fit, and arguments that are wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest

from autograd import Value
from nn import (
    SGD,
    Adagrad,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("gamma"), "StepLR: the state lacks 'gamma'; it holds step_size, gamma"),
        (lambda s: s.update(T_max=3), r"StepLR: the state has 'T_max'.*from another scheduler\?"),
        (lambda s: s.update(step_size=0), "StepLR: step_size is a whole number from 1, not 0"),
        (lambda s: s.update(last_epoch="3"), "StepLR: last_epoch is a whole number from -1"),
        (
            lambda s: s.update(base_lrs=[1.0, 2.0]),
            "StepLR: base_lrs is a list of 1 numbers, one for each parameter group",
        ),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change: Any, message: str) -> None:
    scheduler = StepLR(SGD([Value(1.0)]), 2)
    before = scheduler.state_dict()
    other = StepLR(SGD([Value(1.0)]), 3)
    other.step()
    state = other.state_dict()
    change(state)
    with pytest.raises(ValueError, match=message):
        scheduler.load_state_dict(state)
    assert scheduler.state_dict() == before
    with pytest.raises(TypeError, match="StepLR: load_state_dict takes a dict, not 3"):
        scheduler.load_state_dict(3)  # type: ignore[arg-type]


def test_a_sequence_loads_all_states_or_none() -> None:
    def sequence() -> SequentialLR:
        optimizer = SGD([Value(1.0)])
        parts: list[LRScheduler] = [LinearLR(optimizer), ExponentialLR(optimizer, 0.5)]
        return SequentialLR(optimizer, parts, [3])

    one, other = sequence(), sequence()
    before = one.state_dict()
    for _ in range(5):
        other.step()
    state = other.state_dict()
    state["schedulers"][1]["gamma"] = "x"
    with pytest.raises(ValueError, match="ExponentialLR: gamma is a number, not 'x'"):
        one.load_state_dict(state)
    assert one.state_dict() == before
    state["schedulers"].pop()
    with pytest.raises(ValueError, match="SequentialLR: schedulers is a list of 2 states"):
        one.load_state_dict(state)


def scheduler_of_grown_optimiser(optimizer: Any) -> None:
    scheduler = LambdaLR(optimizer, lambda epoch: 1.0)
    optimizer.add_param_group({"params": [Value(1.0)]})
    scheduler.step()


def one_cycle_too_far(optimizer: Any) -> None:
    scheduler = OneCycleLR(optimizer, 1.0, total_steps=2, cycle_momentum=False)
    for _ in range(3):
        scheduler.step()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: StepLR([1.0], 2), r"StepLR takes an optimiser, such as SGD\(\.\.\.\), not \[1"),
        (lambda o: StepLR(o, 0), "StepLR: step_size is a whole number from 1, not 0"),
        (lambda o: StepLR(o, 2.5), r"StepLR: step_size is a whole number from 1, not 2\.5"),
        (lambda o: StepLR(o, 2, "x"), "StepLR: gamma is a number, not 'x'"),
        (lambda o: StepLR(o, 2, last_epoch=-2), "last_epoch is a whole number from -1, not -2"),
        (lambda o: StepLR(o, 2, last_epoch=4), r"param_groups\[0\] has no 'initial_lr'"),
        (lambda o: MultiStepLR(o, 3), "MultiStepLR: milestones is a list of epochs.*, not 3"),
        (lambda o: MultiStepLR(o, [-1]), r"milestones is a list of epochs.*, not \[-1\]"),
        (lambda o: LinearLR(o, 0.0), r"start_factor is a number above 0 and up to 1, not 0\.0"),
        (lambda o: LinearLR(o, end_factor=2), "LinearLR: end_factor is a number from 0 to 1, not"),
        (lambda o: CosineAnnealingLR(o, 0), "CosineAnnealingLR: T_max is a whole number from 1"),
        (lambda o: LambdaLR(o, 3), "LambdaLR: lr_lambda is a function of the epoch, not 3"),
        (lambda o: LambdaLR(o, [abs, abs]), "lr_lambda has 2 entries for 1 parameter groups"),
        (
            lambda o: LambdaLR(o, lambda e: math.nan),
            r"LambdaLR: the rate of param_groups\[0\] is a number, not nan",
        ),
        (scheduler_of_grown_optimiser, "rates for 1 parameter groups, but there are 2: make the"),
        (lambda o: OneCycleLR(o, 1.0), "takes total_steps, or both epochs and steps_per_epoch"),
        (
            lambda o: OneCycleLR(o, 1.0, epochs=0, steps_per_epoch=3),
            "epochs is a whole number from",
        ),
        (lambda o: OneCycleLR(o, 0, 10), r"OneCycleLR: max_lr is a number above 0, or a list"),
        (lambda o: OneCycleLR(o, [1, 2], 10), "max_lr has 2 entries for 1 parameter groups"),
        (
            lambda o: OneCycleLR(o, 1, 10, anneal_strategy="x"),
            "anneal_strategy is 'cos' or 'linear'",
        ),
        (
            lambda o: OneCycleLR(Adagrad([Value(1.0)]), 1.0, 10),
            "Adagrad has no momentum and no betas to cycle; give cycle_momentum=False",
        ),
        (one_cycle_too_far, "OneCycleLR: this is step 3 of a cycle of 2"),
        (lambda o: ReduceLROnPlateau(o, "low"), "ReduceLROnPlateau: mode is 'min' or 'max', not"),
        (lambda o: ReduceLROnPlateau(o, factor=1.0), "factor is a number from 0 to 1, but less"),
        (lambda o: ReduceLROnPlateau(o, min_lr=[1, 2]), "min_lr has 2 entries for 1 parameter"),
        (lambda o: ReduceLROnPlateau(o).step("x"), "'x' is text"),
        (
            lambda o: SequentialLR(o, [StepLR(o, 2), ReduceLROnPlateau(o)], [3]),
            r"SequentialLR: schedulers\[1\] must be one that steps by epochs alone",
        ),
        (
            lambda o: SequentialLR(o, [StepLR(SGD([Value(1.0)]), 2)], []),
            r"SequentialLR: schedulers\[0\] belongs to another optimiser",
        ),
        (lambda o: SequentialLR(o, [StepLR(o, 2)], [3]), "there are 1 milestones and 1 schedulers"),
        (lambda o: SequentialLR(o, [], []), "there are 0 milestones and 0 schedulers"),
        (lambda o: SequentialLR(o, 3, []), r"SequentialLR: schedulers is a list, not 3"),
        (lambda o: SequentialLR(o, [StepLR(o, 2)], 3), r"SequentialLR: milestones is a list"),
        (
            lambda o: SequentialLR(o, [StepLR(o, 2)] * 3, [5, 2]),
            r"SequentialLR: milestones must be in rising order, not \[5, 2\]",
        ),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError, KeyError), match=message):
        make(SGD([Value(1.0)], lr=1.0))
