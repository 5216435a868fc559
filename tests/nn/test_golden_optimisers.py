"""Optimisers: PyTorch's numbers for every setting, from the golden file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value

GOLDEN = Path(__file__).parents[1] / "golden" / "optimisers.json"
TABLE = json.loads(GOLDEN.read_text(encoding="utf-8"))
CASES = TABLE["cases"]


def described(case: dict[str, Any]) -> str:
    settings = ", ".join(f"{name}={setting}" for name, setting in case["settings"].items())
    return f"{case['name']}({settings})" + " in groups" * (len(case["groups"]) - 1)


@pytest.mark.parametrize("case", CASES, ids=described)
def test_each_step_is_pytorchs(case: dict[str, Any]) -> None:
    parameters = [Value(number) for number in TABLE["start"]]
    groups = [{**g, "params": [parameters[k] for k in g["params"]]} for g in case["groups"]]
    optimiser = getattr(nn, case["name"])(groups, **case["settings"])
    for gradients, expected in zip(TABLE["gradients"], case["parameters"], strict=True):
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.zero_grad()
            if gradient is not None:
                parameter.grad = gradient
        optimiser.step()
        found = [parameter.data for parameter in parameters]
        assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_every_optimiser_and_setting_has_a_case() -> None:
    optimisers = [kind for kind in vars(nn).values() if is_optimiser(kind)]
    assert {kind.__name__ for kind in optimisers} == {case["name"] for case in CASES}
    for kind in optimisers:
        varied = {
            name for case in CASES if case["name"] == kind.__name__ for name in settings(case)
        }
        assert varied == set(kind([Value(1.0)]).defaults), kind


def is_optimiser(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, nn.Optimizer) and kind is not nn.Optimizer


def settings(case: dict[str, Any]) -> set[str]:
    return {*case["settings"], *case["groups"][0]} - {"params"}
