"""Derivatives by lists, tuples, dicts and arrays, nested: by hand, and beside torch.func."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import autograd
from autograd import (
    Value,
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    jvp,
    tanh,
    value_and_grad,
    vjp,
)


class Line(NamedTuple):
    slope: Any
    shift: Any


def net(p: Any, x: Any) -> Any:
    """A neuron or two in a dict: weights a list of lists, biases a tuple."""
    hidden = [
        tanh(sum(w * a for w, a in zip(row, x, strict=True)) + b)
        for row, b in zip(p["w"], p["b"], strict=True)
    ]
    return sum(h * h for h in hidden) * p["scale"]


PARAMETERS = {"w": [[0.5, -1.0], [2.0, 0.25]], "b": (0.1, -0.3), "scale": 3}
X = [0.7, -0.2]


def slopes_by_hand() -> Any:
    w, b, scale = np.array(PARAMETERS["w"]), np.array(PARAMETERS["b"]), 3
    h = np.tanh(w @ X + b)
    by_sum = scale * 2 * h * (1 - h * h)
    return np.outer(by_sum, X), by_sum, h @ h, by_sum @ w


def test_a_gradient_has_the_structure_of_a_dict_of_lists() -> None:
    by_w, by_b, by_scale, by_x = slopes_by_hand()
    gradient = grad(net)(PARAMETERS, X)
    assert list(gradient) == ["w", "b", "scale"]
    assert type(gradient["w"][0]) is list
    assert type(gradient["b"]) is tuple
    assert np.array(gradient["w"]) == pytest.approx(by_w, rel=1e-14)
    assert gradient["b"] == pytest.approx(tuple(by_b), rel=1e-14)
    assert gradient["scale"] == pytest.approx(by_scale, rel=1e-14)
    value, (_, too) = value_and_grad(net, argnums=(0, 1))(PARAMETERS, X)
    assert value == pytest.approx(3 * by_scale, rel=1e-14)
    assert too == pytest.approx(list(by_x), rel=1e-14)


def test_arrays_of_any_shape_stay_arrays() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert grad(lambda a: np.sum(a * a))(x).tolist() == (2 * x).tolist()
    gradient = grad(lambda p: np.sum(p["a"] @ p["b"][0]))({"a": x, "b": [np.ones((3, 2))]})
    assert gradient["a"].tolist() == [[2.0] * 3] * 2
    assert gradient["b"][0].tolist() == [[3.0] * 2, [5.0] * 2, [7.0] * 2]
    assert grad(lambda a: a * a)(np.array(3.0)) == 6.0  # of no dimensions: a number
    assert grad(lambda a: sum(a.ravel(), 0.0))(np.zeros((0, 2))).shape == (0, 2)
    assert grad(lambda a: a[0] ** 2)(np.array([3], dtype=np.int8)).tolist() == [6.0]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # within torch
@given(arrays.arrays(np.float64, (2, 3), elements=st.floats(-2, 2)))
def test_a_jacobian_of_arrays_has_the_shapes_of_both(x: np.ndarray[Any, Any]) -> None:
    torch = pytest.importorskip("torch")

    def by(library: Any, a: Any) -> Any:
        return library.tanh(a @ a.T) * a[0, 0]

    found = jacobian(lambda a: by(np, a))(x)
    expected = torch.func.jacrev(lambda a: by(torch, a))(torch.tensor(x))
    assert found.shape == (2, 2, 2, 3)
    assert found == pytest.approx(expected.numpy(), rel=1e-12, abs=1e-12)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # within torch
def test_hessians_of_structures_equal_torch_func() -> None:
    torch = pytest.importorskip("torch")
    p = {"w": np.array([[0.5, -1.0], [2.0, 0.25]]), "b": np.array([0.1, -0.3])}

    def loss(library: Any, p: Any) -> Any:
        return library.sum(library.tanh(p["w"] @ p["b"]) ** 2) * p["b"][0]

    found = hessian(lambda p: loss(np, p))(p)
    tensors = {name: torch.tensor(x) for name, x in p.items()}
    expected = torch.func.hessian(lambda p: loss(torch, p))(tensors)
    for one in p:
        for other in p:
            assert found[one][other] == pytest.approx(expected[one][other].numpy(), rel=1e-11)
    lists = hessian(lambda q: loss(np, {k: np.array(v) for k, v in q.items()}))(
        {k: v.tolist() for k, v in p.items()}
    )
    assert lists["w"][1][0]["b"][1] == pytest.approx(found["w"]["b"][1, 0, 1], rel=1e-14)


def test_an_array_by_a_list_is_an_array_for_each_number() -> None:
    slopes = jacobian(lambda v: np.array([v[0] * v[1], v[1], 5.0]))([2.0, 3.0])
    assert [x.tolist() for x in slopes] == [[3.0, 0.0, 0.0], [2.0, 1.0, 0.0]]
    by_array = jacobian(lambda a: {"sum": a[0] + a[1], "all": [a * a]})(np.array([2.0, 3.0]))
    assert by_array["sum"].tolist() == [1.0, 1.0]
    assert by_array["all"][0].tolist() == [[4.0, 0.0], [0.0, 6.0]]
    assert jacobian(lambda a: np.array(a, ndmin=2) * 2)(1.0).tolist() == [[2.0]]


def test_jacobian_and_hessian_by_several_arguments() -> None:
    assert jacobian(lambda a, b: [a * b, b], (0, 1))(2.0, 3.0) == [(3.0, 2.0), (0.0, 1.0)]
    assert hessian(lambda a, b: a * a * b, (0, 1))(2.0, 3.0) == ((6.0, 4.0), (4.0, 0.0))
    assert hessian(lambda a, b: a * a * b, argnums=1)(2.0, 3.0) == 0.0


def test_arguments_by_name_are_found() -> None:
    def f(a: Any, b: Any, *, scale: float = 1.0) -> Any:
        return a * b * b * scale

    assert grad(f)(a=2.0, b=3.0) == 9.0
    assert grad(f, argnum=1)(2.0, scale=10.0, b=3.0) == 120.0
    assert grad(f, argnum=(1, 0))(b=3.0, a=2.0) == (12.0, 9.0)
    assert jacobian(f, argnum=1)(2.0, b=3.0) == 12.0
    with pytest.raises(TypeError, match="by argument 1, but the function was called with 1 pos"):
        grad(f, argnum=1)(a=2.0)


def test_kinds_of_containers() -> None:
    assert grad(lambda p: p.slope * 2 + p.shift)(Line(1.0, [2.0][0])) == Line(2.0, 1.0)
    nested = grad(lambda p: p["line"].slope ** 2)({"line": Line(3.0, 0.0)})
    assert nested == {"line": Line(6.0, 0.0)}
    assert grad(lambda d: d["a"] * d["b"])(OrderedDict(a=2.0, b=3.0)) == {"a": 3.0, "b": 2.0}
    assert grad(lambda v: v[0] * v[2])(range(1, 4)) == [3.0, 0.0, 1.0]
    assert grad(lambda v, w: v[0])([2.0], None) == [1.0]  # what is not differentiated by is free
    assert grad(lambda v: v[()] * 1.0 if v else Value(0.0))({}) == {}


def test_the_structure_holds_for_values_and_nested_derivatives() -> None:
    x, y = Value(2.0), Value(3.0)
    gradient = grad(lambda p: p["x"] ** 2 * p["y"][0])({"x": x, "y": [y]})
    gradient["y"][0].backward()
    assert (gradient["x"].data, x.grad) == (12.0, 4.0)
    outer = grad(lambda s: grad(lambda p: p["w"][0] ** 3 * s)({"w": [2.0]})["w"][0])
    assert outer(5.0) == 12.0


def test_has_aux_passes_on_what_comes_with_the_number() -> None:
    def f(a: Any) -> Any:
        return a * a, {"double": 2 * a, "words": "kept", "list": [a, np.array([a, 1.0])]}

    gradient, aux = grad(f, has_aux=True)(3.0)
    assert (gradient, aux["double"], aux["words"], aux["list"][0]) == (6.0, 6.0, "kept", 3.0)
    assert aux["list"][1].dtype == float
    (value, aux), gradient = value_and_grad(f, has_aux=True)(3.0)
    assert (value, aux["double"], gradient) == (9.0, 6.0, 6.0)
    assert isinstance(grad(f, has_aux=True)(Value(3.0))[1]["double"], Value)
    with pytest.raises(TypeError, match="has_aux needs a function that gives a pair"):
        grad(tanh, has_aux=True)(3.0)


def test_elementwise_grad_is_the_diagonal_of_an_elementwise_function() -> None:
    x = np.array([[0.5, -1.0], [0.0, 2.0]])
    assert elementwise_grad(tanh)(x) == pytest.approx(1 - np.tanh(x) ** 2, rel=1e-14)
    second = elementwise_grad(elementwise_grad(lambda v: v**3))
    assert second(x).tolist() == (6 * x).tolist()
    assert elementwise_grad(lambda a, b: [a * b, a], (0, 1))(2.0, 3.0) == (4.0, 2.0)
    assert elementwise_grad(lambda a: [])(2.0) == 0.0


def test_the_hessians_product_with_a_vector() -> None:
    def f(p: Any) -> Any:
        return p["a"][0] ** 3 * p["a"][1] + tanh(p["b"]) * p["a"][0]

    p, v = {"a": [2.0, 3.0], "b": 0.5}, {"b": -1.0, "a": [0.5, 4.0]}
    rows = hessian(f)(p)
    found = hessian_vector_product(f)(p, v)
    for name, k in (("a", 0), ("a", 1)):
        row = rows[name][k]
        expected = row["a"][0] * 0.5 + row["a"][1] * 4.0 - row["b"]
        assert found[name][k] == pytest.approx(expected, rel=1e-13)
    assert hessian_vector_product(lambda x: 3 * x)(2.0, 5.0) == 0.0
    assert hessian_vector_product(lambda a, b: a * b**3, argnum=1)(2.0, 3.0, 0.5) == 18.0
    assert grad(lambda s: hessian_vector_product(lambda x: x**3)(2.0, s))(1.0) == 12.0
    assert grad(lambda t: hessian_vector_product(lambda x: x**3)(t, 5.0))(1.0) == 30.0
    with pytest.raises(ValueError, match=r"the vector\['a'\]: expected list of 2, got list of 3"):
        hessian_vector_product(f)(p, {"a": [1.0, 2.0, 3.0], "b": 0.0})
    with pytest.raises(TypeError, match="takes the vector as the last argument"):
        hessian_vector_product(f)()


def test_jvp_and_vjp_of_structures() -> None:
    def f(p: Any, x: Any) -> Any:
        return {"y": [p["w"] * x, p["w"] + x], "z": np.array([p["w"], 1.0])}

    value, moved = jvp(f, ({"w": 2.0}, 3.0), ({"w": 10.0}, 1.0))
    assert value["y"] == [6.0, 5.0]
    assert moved["y"] == [32.0, 11.0]
    assert moved["z"].tolist() == [10.0, 0.0]
    value, pull_back = vjp(f, {"w": 2.0}, 3.0)
    assert pull_back({"z": [5.0, 7.0], "y": [1.0, 100.0]} | {"z": np.array([5.0, 7.0])}) == (
        {"w": 3.0 + 100.0 + 5.0},
        102.0,
    )
    with pytest.raises(ValueError, match=r"tangents\[0\]: expected dict of 'w', got dict of 'v'"):
        jvp(f, ({"w": 2.0}, 3.0), ({"v": 10.0}, 1.0))
    with pytest.raises(ValueError, match=r"like f's value\['z'\]: expected array of \(2,\), got"):
        pull_back({"y": [1.0, 1.0], "z": [1.0, 1.0]})
    with pytest.raises(ValueError, match="expected 2 tangents, got 1"):
        jvp(f, (1.0, 2.0), (1.0,))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"w": [1.0, 2.0, None]}, r"argument 0 of grad, \['w'\]\[2\] must be .* NoneType: None"),
        ([[1.0], [1j]], r"argument 0 of grad, \[1\]\[0\] must be .* complex: 1j"),
        ({"w": np.array([["a"]])}, r"argument 0 of grad, \['w'\] must be .* array"),
        ([np.array([[1.0, None]], dtype=object)], r"argument 0 of grad, \[0\]\[0\]\[1\] must be"),
        ({1.0}, r"argument 0 of grad must be .*, not set: \{1\.0\}"),
        (b"12", "argument 0 of grad must be"),
    ],
)
def test_what_is_no_number_is_named_with_its_place(argument: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        grad(lambda p: p)(argument)
    with pytest.raises(TypeError, match=r"what the function gives, \['loss'\] must be"):
        jacobian(lambda x: {"loss": None})(1.0)


def test_argnum_has_jaxs_name_too() -> None:
    assert grad(lambda a, b: a * b, argnums=1)(2.0, 3.0) == 2.0
    with pytest.raises(TypeError, match="give argnum or argnums, not both"):
        grad(tanh, 1, argnums=2)
    assert autograd.elementwise_grad(lambda a, b: a * b, argnums=1)(2.0, 3.0) == 2.0
