"""NumPy on either side of an operator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value


def numbers(array: np.ndarray) -> list[float]:
    return [v.data for v in array.flat]


@pytest.mark.parametrize("scalar", [np.float64(2), np.float32(2), np.int64(2), np.True_ + 1])
def test_a_numpy_scalar_on_either_side_gives_a_value(scalar: np.generic) -> None:
    v = Value(4.0)
    for result, expected in [
        (scalar * v, 8.0),
        (v * scalar, 8.0),
        (scalar - v, -2.0),
        (v**scalar, 16.0),
        (scalar / v, 0.5),
    ]:
        assert type(result) is Value
        assert result.data == expected
    assert Value(scalar).data == 2.0


def test_a_numpy_bool_is_a_number() -> None:
    assert (np.bool_(True) * Value(3.0)).data == 3.0


def test_arrays_of_numbers_and_of_values_work_elementwise() -> None:
    v, row = Value(4.0), np.array([1.0, 2.0])
    assert numbers(v * row) == numbers(row * v) == [4.0, 8.0]
    assert numbers(row - v) == [-3.0, -2.0]
    values = np.array([Value(1.0), Value(2.0)])
    assert numbers(values * row + v) == [5.0, 8.0]
    assert (v * np.ones((2, 3))).shape == (2, 3)


def test_gradients_flow_through_arrays() -> None:
    w = np.array([Value(1.0), Value(2.0)])
    x = np.array([3.0, 4.0])
    loss = (np.dot(w, x) - 1) ** 2 + np.sum(np.tanh(w) * 0)
    loss.backward()
    assert [v.grad for v in w] == [60.0, 80.0]


@pytest.mark.parametrize(
    ("numpys", "ours"),
    [
        ("exp", "exp"),
        ("log", "log"),
        ("sqrt", "sqrt"),
        ("arctan", "atan"),
        ("arcsin", "asin"),
        ("absolute", "abs"),
        ("fabs", "abs"),
        ("negative", "neg"),
        ("tanh", "tanh"),
        ("expm1", "expm1"),
        ("exp2", "exp2"),
        ("log2", "log2"),
        ("log10", "log10"),
        ("cbrt", "cbrt"),
        ("square", "square"),
        ("arcsinh", "asinh"),
        ("arctanh", "atanh"),
        ("floor", "floor"),
        ("ceil", "ceil"),
        ("rint", "round"),
        ("sign", "sign"),
    ],
)
def test_numpys_functions_are_the_values_own(numpys: str, ours: str) -> None:
    v = Value(0.5)
    result = getattr(np, numpys)(v)
    assert result.op == autograd.OPERATIONS[ours].symbol
    assert result.operands == (v,)


def test_numpys_functions_of_two() -> None:
    a, b = Value(2.0), Value(3.0)
    assert np.maximum(a, b).op == "max"
    assert np.maximum(a, 2.0).local_grads == (0.5, 0.0)
    assert np.power(a, b).data == 8.0
    assert [np.mod(b, a).op, np.remainder(b, 2.0).op, np.floor_divide(b, a).op] == ["%", "%", "//"]
    for numpys, ours in [("arctan2", "atan2"), ("hypot", "hypot"), ("logaddexp", "logaddexp")]:
        node = getattr(np, numpys)(a, b)
        assert (node.op, node.operands) == (ours, (a, b))
    assert np.reciprocal(a).data == 0.5


def test_comparisons_with_numpy_scalars() -> None:
    v = Value(3.0)
    assert (np.float64(2) < v) is True
    assert (v >= np.float64(3)) is True
    for compare in (np.float64(3).__eq__, np.array([3.0]).__ne__):
        with pytest.raises(TypeError, match=r"ask v.data == 3.0"):
            compare(v)
    assert (np.array([v, None]) == v).tolist() == [True, False]
    assert (np.array([1.0, 5.0]) < v).tolist() == [True, False]


def test_functions_of_autograd_take_arrays() -> None:
    plain = autograd.sigmoid(np.array([0.0, 0.0]))
    assert plain.dtype == float
    assert plain.tolist() == [0.5, 0.5]
    mixed = autograd.maximum(np.array([1.0, 5.0]), Value(3.0))
    assert numbers(mixed) == [3.0, 5.0]


def test_a_function_without_a_derivative_here_is_named() -> None:
    with pytest.raises(TypeError, match=r"numpy\.copysign has no derivative here"):
        np.copysign(Value(1.0), Value(2.0))


ROW, OTHER = [0.75, 1.5, -2.25], [0.5, -1.25, 3.0]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.log2(x * x),
        lambda x: np.arcsinh(x) + np.arctanh(x / 4) + np.arccosh(x * x + 2),
        lambda x: np.exp2(x) + np.cbrt(x) + np.square(x),
        lambda x: np.arctan2(x, np.array(OTHER)),
        lambda x: np.hypot(x, np.array(OTHER)),
        lambda x: np.floor(x) + np.ceil(x) + np.rint(x),
        lambda x: np.mod(x, np.array(OTHER)) + x % 2 + np.floor_divide(7, x) + x // 0.4,
        lambda x: np.round(x, 1),
        np.round,
        np.sinc,
        np.mean,
        np.var,
        np.std,
        lambda x: np.std(x, ddof=1),
        np.linalg.norm,
        lambda x: np.linalg.norm(x, 1),
        lambda x: np.dot(x, OTHER),
    ],
)
@pytest.mark.parametrize("container", [np.array, list])
def test_numpys_functions_of_arrays_and_lists_of_values(function: Any, container: Any) -> None:
    xs = [Value(x) for x in ROW]
    row = container(xs) if container is np.array or function in LISTED else np.array(xs)
    result, expected = function(row), function(np.array(ROW))
    found = [v.data for v in np.ravel(result)]
    assert found == pytest.approx(list(np.ravel(expected)), rel=1e-14)


LISTED = (np.round, np.sinc, np.mean, np.var, np.std, np.linalg.norm)


def test_the_gradients_of_numpys_statistics() -> None:
    torch = pytest.importorskip("torch")
    for ours, theirs in [
        (np.mean, torch.mean),
        (lambda x: np.std(x, ddof=1), torch.std),
        (np.linalg.norm, torch.linalg.norm),
        (lambda x: np.sum(np.sinc(x)), lambda x: torch.sum(torch.sinc(x))),
    ]:
        xs = [Value(x) for x in ROW]
        ours(np.array(xs)).backward()
        tensor = torch.tensor(ROW, dtype=torch.float64, requires_grad=True)
        theirs(tensor).backward()
        assert [x.grad for x in xs] == pytest.approx(tensor.grad.tolist(), rel=1e-13)


def test_numpys_predicates_look_at_the_number() -> None:
    v = Value(1.5)
    assert [np.isfinite(v), np.isnan(v), np.isinf(v)] == [True, False, False]
    for compare in (lambda: np.isclose(v, 1.5), lambda: np.allclose(np.array([v, v]), [1.5, 2])):
        with pytest.raises(TypeError, match=r"ask v\.data == 1\.5"):  # as v == 1.5 says
            compare()


def test_clip_of_a_value_is_a_node_by_either_name() -> None:
    v = Value(3.0)
    for node in (np.clip(v, 0, 2), v.clip(0, 2), v.clamp(min=0, max=2), v.clamp(max=2)):
        assert (node.op, node.data) == ("clip", 2.0)
    assert np.clip(v, 0, None).local_grads[0] == v.clamp(min=0).local_grads[0] == 1.0
    assert numbers(autograd.clip(np.array([v, 5.0]), 0.0, Value(4.0))) == [3.0, 4.0]
    with pytest.raises(TypeError, match="clip of a Value takes no out"):
        v.clip(0, 2, out=np.empty(()))


def test_what_numpys_other_functions_cannot_do_with_a_value_is_explained() -> None:
    v = Value(1.5)
    for function in (np.sinc, np.var, lambda x: np.isclose(x, x)):
        with pytest.raises(TypeError, match=r"cannot do with a Value .* as in numpy\.array\(\[v"):
            function(v)
    with pytest.raises(TypeError, match=r"^a Value does not become a float"):
        np.interp(v, [0, 1], [1, 2])


def test_no_silent_detach_into_an_array() -> None:
    with pytest.raises(TypeError, match=r"use v\.data"):
        np.array([Value(1.0)], dtype=float)
    row = np.array([1.0, 2.0])
    with pytest.raises(TypeError):
        row += Value(1.0)


def test_numpy_is_not_imported_by_the_engine() -> None:
    import subprocess
    import sys

    program = "import sys, autograd, nn; print('numpy' in sys.modules, 'graphviz' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert output.stdout.split() == ["False", "False"]


def test_in_place_operations_work_on_arrays_of_objects() -> None:
    array = np.array([Value(1.0), Value(2.0)])
    array *= Value(3.0)
    assert numbers(array) == [3.0, 6.0]
    assert numbers(np.arcsin(np.array([Value(0.0)]))) == [0.0]


def test_what_numpy_cannot_do_with_a_value_is_named() -> None:
    row = np.array([1.0, 2.0])
    with pytest.raises(TypeError, match=r"numpy\.add with a Value takes no out"):
        row += Value(1.0)
    with pytest.raises(TypeError, match=r"numpy\.add with a Value .* reduction"):
        np.sum(Value(1.0))


@pytest.mark.parametrize("kind", [np.longdouble, np.float16, np.int8])
def test_comparisons_with_any_numpy_scalar(kind: type) -> None:
    assert (kind(2) < Value(3.0)) is True
    assert (kind(2) * Value(3.0)).data == 6.0
