"""LayerNorm and RMSNorm: PyTorch's numbers, gradients and names."""

from __future__ import annotations

import math
import random
import statistics
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from nn import LayerNorm, RMSNorm, Sequential, from_torch, to_torch

ROW = [0.5, -1.0, 4.0]


def numbers(row: list[Value]) -> list[float]:
    return [v.data for v in row]


def test_a_row_has_mean_0_and_variance_1() -> None:
    out = numbers(LayerNorm(3, eps=0.0)(ROW))
    assert statistics.fmean(out) == pytest.approx(0.0, abs=1e-15)
    assert statistics.pvariance(out) == pytest.approx(1.0, rel=1e-14)
    out = numbers(RMSNorm(3, eps=0.0)(ROW))
    assert math.hypot(*out) == pytest.approx(math.sqrt(3), rel=1e-15)


def test_parameters_stretch_and_move() -> None:
    norm = LayerNorm(3)
    plain = numbers(norm(ROW))
    norm.load_state_dict(dict(zip(norm.state_dict(), [2, 3, 4, 5, 6, 7], strict=True)))
    expected = [n * w + b for n, w, b in zip(plain, (2, 3, 4), (5, 6, 7), strict=True)]
    assert numbers(norm(ROW)) == expected


def test_names_are_pytorchs() -> None:
    assert list(LayerNorm(2).state_dict()) == ["weight.0", "weight.1", "bias.0", "bias.1"]
    assert list(LayerNorm(2, bias=False).state_dict()) == ["weight.0", "weight.1"]
    assert list(RMSNorm(2).state_dict()) == ["weight.0", "weight.1"]
    for norm in (LayerNorm(2, elementwise_affine=False), RMSNorm(2, elementwise_affine=False)):
        assert norm.state_dict() == {}
        assert norm.weight is None


@pytest.mark.parametrize(
    ("norm", "shown"),
    [
        (LayerNorm(3), "LayerNorm(3)"),
        (LayerNorm(3, 0.5, bias=False), "LayerNorm(3, eps=0.5, bias=False)"),
        (LayerNorm(3, 0.5, False), "LayerNorm(3, eps=0.5, elementwise_affine=False)"),
        (RMSNorm(3), "RMSNorm(3)"),
        (RMSNorm(3, 0.5, False), "RMSNorm(3, eps=0.5, elementwise_affine=False)"),
    ],
)
def test_they_read_well(norm: Any, shown: str) -> None:
    assert repr(norm) == shown


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_norm_is_pytorchs_there_and_back(data: Any) -> None:
    torch = pytest.importorskip("torch")
    row = data.draw(st.lists(st.floats(-100, 100, allow_subnormal=False), min_size=1, max_size=5))
    given_settings = {
        "eps": data.draw(st.sampled_from([1e-5, 0.5])),
        "elementwise_affine": data.draw(st.booleans()),
    }
    kind: Any = data.draw(st.sampled_from([LayerNorm, RMSNorm]))
    if kind is LayerNorm:
        given_settings["bias"] = data.draw(st.booleans())
    norm = kind(len(row), **given_settings)
    rng = random.Random(data.draw(st.integers(0, 99)))
    for parameter in norm.parameters():
        parameter.data = rng.gauss(0.0, 1.0)
    module = to_torch(norm)
    x = [Value(number) for number in row]
    tensor = torch.tensor(row, dtype=torch.float64, requires_grad=True)
    out, expected = norm(x), module(tensor)
    assert numbers(out) == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-9)
    sum(k * v for k, v in enumerate(out, 1)).backward()
    (expected * torch.arange(1, len(row) + 1)).sum().backward()
    assert [v.grad for v in x] == pytest.approx(tensor.grad.tolist(), rel=1e-6, abs=1e-6)
    for name, parameter in module[0].named_parameters():
        assert parameter.tolist() == numbers(getattr(norm, name))
        assert parameter.grad.tolist() == pytest.approx(
            [v.grad for v in getattr(norm, name)], rel=1e-6, abs=1e-6
        )
    back = from_torch(module)
    assert repr(back) == repr(Sequential(norm))
    assert list(back.state_dict().values()) == list(norm.state_dict().values())


def test_what_pytorch_chooses_is_chosen_by_the_size_of_its_floats() -> None:
    torch = pytest.importorskip("torch")
    if not hasattr(torch.nn, "RMSNorm"):
        pytest.skip("this PyTorch has no RMSNorm")
    assert from_torch(torch.nn.RMSNorm(2))[0].eps == torch.finfo(torch.float32).eps  # type: ignore[index]
    double = torch.nn.RMSNorm(2, dtype=torch.float64)
    assert repr(from_torch(double)) == "Sequential(RMSNorm(2))"
    with pytest.raises(ValueError, match="is of a matrix; here it is of a row"):
        from_torch(torch.nn.LayerNorm((2, 3)))


def test_a_row_of_zeros_stays_zeros() -> None:
    for norm in (LayerNorm(2), RMSNorm(2)):
        assert numbers(norm([0.0, 0.0])) == [0.0, 0.0]


def test_they_work_inside_a_compiled_function() -> None:
    for norm in (LayerNorm(3), RMSNorm(3)):
        compiled = autograd.compile(lambda row, norm=norm: norm(row)[1])
        for row in (ROW, [1.0, 2.0, 3.5]):
            assert compiled(row).data == pytest.approx(norm(row)[1].data, rel=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LayerNorm(0), "LayerNorm: normalized_shape is at least 1, not 0"),
        (lambda: LayerNorm((3,)), r"LayerNorm: normalized_shape is a whole number, not \(3,\)"),
        (lambda: RMSNorm(2, eps=-1.0), r"RMSNorm: eps is a number from 0, not -1\.0"),
        (lambda: RMSNorm(2, 0.0, 1), "RMSNorm: elementwise_affine is True or False, not 1"),
        (lambda: LayerNorm(2, bias=1), "LayerNorm: bias is True or False, not 1"),
        (lambda: LayerNorm(2)([1.0]), r"LayerNorm\(2\) takes a sequence of 2 numbers, not 1"),
        (lambda: RMSNorm(2)([[1.0, 2.0]]), "one row at a time"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make()
