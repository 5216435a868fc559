"""sum, mean and dot: one node of any number of operands."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    DomainError,
    ExpressionError,
    GraphError,
    Value,
    dot,
    draw_dot,
    gradcheck,
    gradients,
    hessian,
    jvp,
    lesson,
    mean,
    no_grad,
    parse,
    show,
    step_through,
    to_latex,
    to_mathml,
    to_text,
    trace,
)

MANY = 100_000
ROWS = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12)


def row(*numbers: float, name: str = "x") -> list[Value]:
    return [Value(x, label=f"{name}{k}") for k, x in enumerate(numbers, 1)]


def grads(values: list[Value]) -> list[float]:
    return [v.grad for v in values]


def loop(name: str, a: list[Any], b: list[Any]) -> Any:
    """The same as a user would write it, from left to right."""
    terms = [x * y for x, y in zip(a, b, strict=True)] if name == "dot" else a
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total / len(a) if name == "mean" else total


FOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda a, b: autograd.sum(a),
    "mean": lambda a, b: mean(a),
    "dot": dot,
}


# ---- numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FOLDS)
@given(a=ROWS)
def test_they_are_one_node_with_the_numbers_of_a_loop(name: str, a: list[float]) -> None:
    b = [x / 3 - 1 for x in a]
    ours, theirs = ([row(*a), row(*b)] for _ in range(2))
    node, many = FOLDS[name](*ours), loop(name, *theirs)
    assert node.data == many.data == FOLDS[name](a, b)
    assert node.operands == tuple(ours[0] + (ours[1] if name == "dot" else []))
    node.backward()
    many.backward()
    assert grads([*ours[0], *ours[1]]) == grads([*theirs[0], *theirs[1]])


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("structure", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_a_compiled_function_gives_the_same_to_the_bit(
    name: str, structure: bool, count: int
) -> None:
    a, b = row(*(k / 7 - 1 for k in range(count))), row(*(0.1 * k * k - 2 for k in range(count)))
    call = lambda x, y: FOLDS[name](x, y).tanh()  # noqa: E731
    node, compiled = call(a, b), autograd.compile(call, structure=structure)(a, b)
    assert compiled.data == node.data
    node.backward()
    expected = grads([*a, *b])
    for v in (*a, *b):
        v.zero_grad()
    compiled.backward()
    assert grads([*a, *b]) == expected


def test_gradients_and_second_derivatives_equal_pytorchs() -> None:
    torch = pytest.importorskip("torch")

    def ours(x: Any) -> Any:
        return dot(x, [v * v for v in x]) * mean(x) + autograd.sum([v.sin() for v in x]) ** 2

    def theirs(x: Any) -> Any:
        return torch.dot(x, x * x) * torch.mean(x) + torch.sum(torch.sin(x)) ** 2

    point = [0.3, -1.2, 2.0]
    tensor = torch.tensor(point, dtype=torch.float64)
    expected = torch.autograd.functional.hessian(theirs, tensor).tolist()
    for found, wanted in zip(hessian(ours)(point), expected, strict=True):
        assert found == pytest.approx(wanted, rel=1e-12)
    slope = jvp(ours, (point,), ([1.0, 0.5, -1.0],))[1]
    _, wanted_slope = torch.autograd.functional.jvp(
        theirs, tensor, torch.tensor([1.0, 0.5, -1.0], dtype=torch.float64)
    )
    assert slope == pytest.approx(wanted_slope.item(), rel=1e-12)
    assert gradcheck(lambda *x: ours(list(x)), tuple(point))


def test_one_value_may_be_many_operands() -> None:
    x = Value(3.0)
    node = dot([x, x], [x, 2.0])
    node.backward()
    assert (node.data, x.grad) == (15.0, 8.0)
    first = gradients(dot([x, x], [x, 2.0]), x)[0]
    assert (first.data, gradients(first, x)[0].data) == (8.0, 2.0)


def test_numbers_alone_give_a_number_and_empty_rows_0() -> None:
    assert (autograd.sum([1, 2.5]), mean([1, 3]), dot([1, 2], [3, 4])) == (3.5, 2.0, 11.0)
    assert (autograd.sum([]), dot([], [])) == (0.0, 0.0)
    assert math.copysign(1, autograd.sum([-0.0])) == -1
    assert autograd.sum([0.1] * 10) == 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1


def test_rows_may_be_generators_and_arrays() -> None:
    xs = row(1.0, 2.0, 3.0)
    assert autograd.sum(x for x in xs).data == 6.0
    assert mean(numpy.array([xs, xs])).data == 2.0
    assert dot(numpy.array([1.0, 0.0, 2.0]), tuple(xs)).data == 7.0


def test_constants_and_no_grad_give_constants() -> None:
    assert autograd.sum([Value(1.0).detach(), 2.0]).is_constant
    with no_grad():
        assert mean(row(1.0, 2.0)).is_constant
    x = Value(2.0)
    node = dot([1.0, x, 3.0], [1.0, 5.0, 1.0])
    assert not node.is_constant
    assert node.local_grads == (0.0, 5.0, 0.0, 0.0, 0.0, 0.0)


# ---- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda: mean([]), ValueError, "mean needs at least one number; the row is empty"),
        (lambda: dot([1], [1, 2]), ValueError, "two rows of one length; these have 1 and 2"),
        (lambda: autograd.sum(3), TypeError, "sum takes a row of numbers, not int: 3"),
        (lambda: autograd.sum("12"), TypeError, "sum takes a row of numbers, not str: '12'"),
        (lambda: mean(Value(1.0)), TypeError, "mean takes a row of numbers, not Value"),
        (lambda: autograd.sum([None]), TypeError, "sum takes a row of numbers: .* None holds no"),
        (lambda: dot([[1, 2]], [[3, 4]]), TypeError, r"one row at a time: \[dot\(x\) for x in"),
    ],
)
def test_wrong_arguments_are_named(use: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        use()


def test_a_sum_beyond_all_floats_is_an_error_in_few_words() -> None:
    a = Value(1e308, label="a")
    with pytest.raises(DomainError, match=r"^sum\(\[a, a\]\) exceeds the largest float"):
        autograd.sum([a, a])
    with pytest.raises(DomainError, match=r"^the dot of 2,000 operands exceeds") as caught:
        dot([a] * 1000, [a] * 1000)
    assert len(str(caught.value)) < 200


def test_gradients_refuses_a_changed_operand() -> None:
    a, b = row(1.0, 2.0), row(3.0, 4.0, name="y")
    node = dot(a, b)
    b[1].data = 5.0
    with pytest.raises(GraphError, match="was changed after it was computed"):
        gradients(node, a)


# ---- shown --------------------------------------------------------------------------------------


def test_they_step_with_a_rule_in_words_and_symbols() -> None:
    a, b = row(1.0, 2.0), row(3.0, 4.0, name="y")
    for node, forward, backward in [
        (autograd.sum(a), "d = Σ(x1, x2)", ["∂d/∂x1 = 1", "∂d/∂x2 = 1"]),
        (mean(a), "d = mean(x1, x2)", ["∂d/∂x1 = 0.5", "∂d/∂x2 = 0.5"]),
        (dot(a, b), "d = [x1, x2] · [y1, y2]", ["∂d/∂x1 = y1", "∂d/∂x2 = y2"]),
    ]:
        node.label = "d"
        assert str(trace(node, "forward")[0].formula) == forward
        assert [str(step.formula) for step in trace(node)[1:3]] == backward
        assert 10 < len(node._operation.sentence(0)) <= 68
    stepper = step_through(node)
    stepper.next(2)
    assert "times its partner" in str(stepper)


def test_they_are_written_and_read_back() -> None:
    a, b = row(1.0, 2.0), row(3.0, 4.0, name="y")
    text = "r = sum([x1, x2]) + 2 * dot([x1, x2], [y1, 3]) - mean([y2])"
    root = autograd.sum(a) + 2 * dot(a, [b[0], 3]) - mean([b[1]])
    root.label = "r"
    assert to_text(root) == text
    again = parse(text, x1=1, x2=2, y1=3, y2=4)
    assert (again.data, to_text(again)) == (root.data, text)
    assert parse("sum([1, 2]) * a", a=2).operands[0].is_constant
    assert to_latex(root) == (
        r"r = \sum\left(x_{1}, x_{2}\right) + 2 \cdot (\left[x_{1}, x_{2}\right] \cdot "
        r"\left[y_{1}, 3\right]) - \operatorname{mean}\left(y_{2}\right)"
    )
    assert "<mo>∑</mo><mrow><mo>(</mo>" in to_mathml(root)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sum(a)", r"sum takes a list, as in sum\(\[a, b\]\)"),
        ("mean([])", "mean takes a list"),
        ("dot([a], [a, a])", "dot takes two lists of one length"),
        ("sum([a], start=a)", "sum takes a list"),
        ("exp([a])", "a list is only for sum, mean, dot"),
        ("sum([a, [a]])", "list is not part of a formula"),
        ("[a] + 1", "list is not part of a formula"),
        ("summ(a)", "did you mean sum?"),
    ],
)
def test_what_a_list_is_not_for_is_marked(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        parse(text, a=1)


def test_they_draw_and_a_long_row_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    xs = row(*range(20))
    node = autograd.sum(xs)
    node.label = "s"
    assert "Σ" in draw_dot(node).source
    show(node, max_nodes=4)
    assert "s = Σ(x1, x2, x3, …, x20)" in capsys.readouterr().out
    assert to_latex(node) == (r"s = \sum\left(x_{1}, x_{2}, x_{3}, \dots, x_{20}\right)")
    assert "x20" in to_text(node)
    assert "sum([x1, x2, x3])" in lesson(autograd.sum(xs[:3])).html


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
@pytest.mark.parametrize("name", FOLDS)
def test_copies_are_whole(name: str, duplicate: Callable[[Any], Any]) -> None:
    a, b = row(1.0, 2.0, 5.0), row(3.0, 4.0, -1.0, name="y")
    node = FOLDS[name](a, b) ** 2
    node.label = "d"
    twin = duplicate(node)
    assert (twin.data, to_text(twin)) == (node.data, to_text(node))
    node.backward()
    twin.backward()
    inner, twins = node.operands[0], twin.operands[0]
    assert grads(list(twins.operands)) == grads(list(inner.operands))
    assert twins._operation is inner._operation
    assert copy.copy(inner).operands == inner.operands
    assert len(inspect.signature(inner._operation).parameters) == len(inner.operands)
    operation = pickle.loads(pickle.dumps(inner._operation))
    assert operation is inner._operation


# ---- large --------------------------------------------------------------------------------------


def test_a_hundred_thousand_operands_are_one_node() -> None:
    xs = [Value(k / 7) for k in range(MANY)]
    node = dot(xs, xs) / mean(xs)
    node.backward()
    total, middle = dot([v.data for v in xs], [v.data for v in xs]), mean([v.data for v in xs])
    slope = 2 * xs[5].data / middle - total / middle**2 / MANY
    assert xs[5].grad == pytest.approx(slope, rel=1e-12)
    found = gradients(autograd.sum(xs) + dot(xs, xs), xs)
    assert found[7].data == 1 + 2 * xs[7].data
    assert str(trace(dot(xs, xs))[3].formula).startswith("∂")
    assert len(pickle.loads(pickle.dumps(autograd.sum(xs))).operands) == MANY
