"""Losses, softmax and its kin, clipping: PyTorch's numbers and gradients, from the golden files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value

FOLDER = Path(__file__).parents[1] / "golden"
LOSSES, ROWS, CLIPPING = (
    json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("losses", "rows", "clipping")
)


def described(case: dict[str, Any]) -> str:
    settings = ", ".join(f"{name}={setting}" for name, setting in case.get("settings", {}).items())
    return f"{case['name']}({settings or case.get('row')})"


def values(numbers: Any) -> Any:
    """The same lists with Values for the numbers."""
    return [values(x) for x in numbers] if isinstance(numbers, list) else Value(numbers)


def flat(nested: Any) -> list[Any]:
    return [x for entry in nested for x in flat(entry)] if isinstance(nested, list) else [nested]


def weighted(result: Any) -> Any:
    """1 * first + 2 * second + ..., as in the file."""
    return sum(k * term for k, term in enumerate(flat(result), 1))


def close_to(expected: Any) -> Any:
    return pytest.approx(flat(expected), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("case", LOSSES["cases"], ids=described)
def test_a_loss_is_pytorchs(case: dict[str, Any]) -> None:
    predictions, targets = values(case["predictions"]), case["targets"]
    loss = getattr(nn, case["name"])(predictions, targets, **case["settings"])
    assert [term.data for term in flat(loss)] == close_to(case["value"])
    if "gradients" in case:
        weighted(loss).backward()
        assert [v.grad for v in flat(predictions)] == close_to(case["gradients"])


@pytest.mark.parametrize(
    "case", [case for case in LOSSES["cases"] if "target_gradients" in case], ids=described
)
def test_targets_get_pytorchs_gradients_too(case: dict[str, Any]) -> None:
    predictions, targets = values(case["predictions"]), values(case["targets"])
    weighted(getattr(nn, case["name"])(predictions, targets, **case["settings"])).backward()
    assert [v.grad for v in flat(predictions)] == close_to(case["gradients"])
    assert [v.grad for v in flat(targets)] == close_to(case["target_gradients"])


@pytest.mark.parametrize("name", dict.fromkeys(case["name"] for case in LOSSES["cases"]))
def test_the_mean_is_what_one_gets_unasked(name: str) -> None:
    case = next(case for case in LOSSES["cases"] if case["name"] == name)
    assert case["settings"] == {"reduction": "mean"}
    loss = getattr(nn, name)(values(case["predictions"]), case["targets"])
    assert loss.data == pytest.approx(case["value"], rel=1e-12)


def test_a_probability_below_the_cut_gets_no_gradient() -> None:
    sure, nearly = Value(0.0), Value(1e-43)
    nn.binary_cross_entropy([sure, nearly], [1, 1], reduction="sum").backward()
    assert sure.grad == 0.0
    assert nearly.grad == pytest.approx(-1e43, rel=1e-12)


NORMS = [case for case in ROWS["cases"] if case["name"].endswith("Norm")]


@pytest.mark.parametrize("case", NORMS, ids=described)
def test_norms_begin_as_pytorchs(case: dict[str, Any]) -> None:
    row = values(case["row"])
    result = getattr(nn, case["name"])(len(row))(row)
    assert [v.data for v in result] == close_to(case["value"])
    weighted(result).backward()
    # in small gradients large ones cancel
    largest = max(abs(k / v) for k, v in enumerate(case["row"], 1))
    assert [v.grad for v in row] == pytest.approx(case["gradients"], rel=1e-11, abs=1e-12 * largest)


@pytest.mark.parametrize("case", [c for c in ROWS["cases"] if c not in NORMS], ids=described)
def test_softmax_and_its_kin_are_pytorchs(case: dict[str, Any]) -> None:
    row = values(case["row"])
    result = getattr(nn, case["name"])(row)
    assert [v.data for v in flat(result)] == close_to(case["value"])
    weighted(result).backward()
    assert [v.grad for v in row] == close_to(case["gradients"])


@pytest.mark.parametrize("case", CLIPPING["cases"], ids=described)
def test_clipping_is_pytorchs(case: dict[str, Any]) -> None:
    parameters = [Value(1.0) for _ in CLIPPING["gradients"]]
    for parameter, gradient in zip(parameters, CLIPPING["gradients"], strict=True):
        if gradient is not None:
            parameter.grad = gradient
    norm = getattr(nn, case["name"])(parameters, **case["settings"])
    assert norm == (case["norm"] and pytest.approx(case["norm"], rel=1e-12))
    for parameter, expected in zip(parameters, case["clipped"], strict=True):
        assert parameter.has_grad == (expected is not None)
        assert parameter.grad == pytest.approx(expected or 0.0, rel=1e-12, abs=0)
