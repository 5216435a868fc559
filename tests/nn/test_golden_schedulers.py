"""Schedulers: PyTorch's rates and momenta epoch by epoch, from the golden file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value

GOLDEN = Path(__file__).parents[1] / "golden" / "schedulers.json"
TABLE = json.loads(GOLDEN.read_text(encoding="utf-8"))
CASES = TABLE["cases"]


def described(case: dict[str, Any]) -> str:
    return f"{case['optimiser']}: {' and '.join(map(written, case['schedulers']))}"


def written(part: dict[str, Any]) -> str:
    settings = [f"{name}={setting}" for name, setting in part["settings"].items()]
    return f"{part['name']}({', '.join(settings)})"[:60]


def make_scheduler(optimiser: Any, name: str, settings: dict[str, Any]) -> Any:
    settings = dict(settings)
    if "lr_lambda" in settings:  # given as what the factors are the powers of
        bases = settings["lr_lambda"]
        settings["lr_lambda"] = [lambda epoch, base=base: base**epoch for base in bases]
    if "schedulers" in settings:
        parts = settings["schedulers"]
        settings["schedulers"] = [
            make_scheduler(optimiser, part["name"], part["settings"]) for part in parts
        ]
    return getattr(nn, name)(optimiser, **settings)


@pytest.mark.parametrize("case", CASES, ids=described)
def test_each_epoch_is_pytorchs(case: dict[str, Any]) -> None:
    groups = [{"params": [Value(1.0)], "lr": rate} for rate in TABLE["rates"]]
    optimiser = getattr(nn, case["optimiser"])(groups, **case["options"])
    parts = case["schedulers"]
    made = [make_scheduler(optimiser, part["name"], part["settings"]) for part in parts]
    for epoch, expected in enumerate(case["rates"]):
        for scheduler, part in zip(made, parts, strict=True):
            if epoch:
                scheduler.step(*part.get("metrics", [])[epoch - 1 : epoch])
        now = optimiser.param_groups
        assert [group["lr"] for group in now] == pytest.approx(expected, rel=1e-12, abs=1e-16)
        assert made[-1].get_last_lr() == [group["lr"] for group in now]
        if "momenta" in case:
            momenta = [group.get("momentum", group.get("betas", [0])[0]) for group in now]
            assert momenta == pytest.approx(case["momenta"][epoch], rel=1e-12, abs=0)


def test_every_scheduler_has_a_case() -> None:
    schedulers = {
        kind.__name__
        for kind in vars(nn).values()
        if isinstance(kind, type) and issubclass(kind, nn.LRScheduler)
    }
    named = {part["name"] for case in CASES for part in case["schedulers"]}
    assert named == schedulers - {"LRScheduler"}
