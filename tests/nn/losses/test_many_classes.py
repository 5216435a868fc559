"""nll_loss and cross_entropy, softmax and its kin: by hand, by PyTorch, by mpmath, compiled."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import DomainError, Value, gradcheck
from nn import cross_entropy, log_softmax, logsumexp, nll_loss, softmax

LARGE = [
    [1000.0, -1000.0],
    [-1000.0, -1000.0, -1000.0],
    [1000.0, 1000.0, 999.0],
    [0.5, -1000.0, 2.0],
    [-750.0],
]

rows = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.floats(-20, 20), min_size=width, max_size=width), min_size=1, max_size=4
    )
)


def values(row: list[float]) -> list[Value]:
    return [Value(x) for x in row]


def grads(table: list[list[Value]]) -> list[float]:
    return [v.grad for row in table for v in row]


@pytest.mark.parametrize("x", [*LARGE, [0.1, 0.2, -3.0]])
def test_softmax_and_its_kin_are_right_at_any_size(x: list[float]) -> None:
    with mpmath.workdps(2000):
        powers = [mpmath.exp(mpmath.mpf(v)) for v in x]
        together = mpmath.fsum(powers)
        shares = [float(power / together) for power in powers]
        logs = [float(mpmath.log(power / together)) for power in powers]
        largest = float(mpmath.log(together))
    v = values(x)
    assert [p.data for p in softmax(v)] == pytest.approx(shares, rel=1e-13, abs=1e-300)
    assert [p.data for p in log_softmax(v)] == pytest.approx(logs, rel=1e-13, abs=1e-15)
    found = logsumexp(v)
    assert found.data == pytest.approx(largest, rel=1e-15)
    found.backward()
    assert [u.grad for u in v] == pytest.approx(shares, rel=1e-13, abs=1e-300)


@pytest.mark.parametrize("row", [[-math.inf] * 2, [-math.inf], [-math.inf, 1.0], [-math.inf, 1, 3]])
def test_logsumexp_of_nothing_is_minus_infinity_with_pytorchs_gradients(row: list[float]) -> None:
    torch = pytest.importorskip("torch")
    v = values(row)
    found = logsumexp(v)
    found.backward()
    t = torch.tensor(row, dtype=torch.float64, requires_grad=True)
    expected = torch.logsumexp(t, 0)
    expected.backward()
    assert found.data == expected.item()
    assert [u.grad for u in v] == pytest.approx(t.grad.tolist(), rel=1e-15, nan_ok=True)


def test_logsumexp_of_an_infinite_score_is_infinite() -> None:
    v = values([1.0, math.inf, 2.0])
    found = logsumexp(v)
    found.backward()
    assert (found.data, [u.grad for u in v]) == (math.inf, [0.0, 1.0, 0.0])


@given(rows)
def test_their_gradients_equal_pytorchs(table: list[list[float]]) -> None:
    torch = pytest.importorskip("torch")
    for ours, theirs in ((softmax, torch.softmax), (log_softmax, torch.log_softmax)):
        v = values(table[0])
        t = torch.tensor(table[0], dtype=torch.float64, requires_grad=True)
        found, expected = ours(v), theirs(t, dim=0)
        assert [p.data for p in found] == pytest.approx(expected.tolist(), rel=1e-12, abs=1e-14)
        sum(k * p for k, p in enumerate(found, 1)).backward()  # type: ignore[union-attr]
        (expected * torch.arange(1, len(v) + 1)).sum().backward()
        assert [u.grad for u in v] == pytest.approx(t.grad.tolist(), rel=1e-11, abs=1e-13)


@given(rows, st.data(), st.sampled_from(["mean", "sum", "none"]), st.sampled_from([0.0, 0.1, 1.0]))
def test_cross_entropy_equals_pytorchs(
    table: list[list[float]], data: st.DataObject, reduction: str, smoothing: float
) -> None:
    torch = pytest.importorskip("torch")
    width = len(table[0])
    classes = [data.draw(st.integers(0, width - 1)) for _ in table]
    weights = [[data.draw(st.floats(0.01, 1)) for _ in row] for row in table]
    shares = [[w / math.fsum(row) for w in row] for row in weights]
    options: dict[str, Any] = {"reduction": reduction, "label_smoothing": smoothing}
    for target, as_tensor in (
        (classes, torch.tensor(classes)),
        (shares, torch.tensor(shares, dtype=torch.float64)),
        ([values(row) for row in shares], torch.tensor(shares, dtype=torch.float64)),
    ):
        v = [values(row) for row in table]
        t = torch.tensor(table, dtype=torch.float64, requires_grad=True)
        found = cross_entropy(v, target, **options)
        expected = torch.nn.functional.cross_entropy(t, as_tensor, **options)
        if reduction == "none":
            assert [x.data for x in found] == pytest.approx(expected.tolist(), rel=1e-12, abs=1e-13)
            found = sum(k * x for k, x in enumerate(found, 1))
            expected = sum(k * x for k, x in enumerate(expected, 1))
        found.backward()
        expected.backward()
        assert found.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-13)
        assert grads(v) == pytest.approx(t.grad.flatten().tolist(), rel=1e-11, abs=1e-13)


@given(rows, st.data(), st.sampled_from(["mean", "sum", "none"]))
def test_nll_equals_pytorchs(table: list[list[float]], data: st.DataObject, reduction: str) -> None:
    torch = pytest.importorskip("torch")
    classes = [data.draw(st.integers(0, len(row) - 1)) for row in table]
    v = [values(row) for row in table]
    t = torch.tensor(table, dtype=torch.float64, requires_grad=True)
    found = nll_loss(v, classes, reduction=reduction)
    expected = torch.nn.functional.nll_loss(t, torch.tensor(classes), reduction=reduction)
    if reduction == "none":
        assert [x.data for x in found] == expected.tolist()
        found, expected = sum(found), expected.sum()
    found.backward()
    expected.backward()
    assert found.data == pytest.approx(expected.item(), rel=1e-14)
    assert grads(v) == pytest.approx(t.grad.flatten().tolist(), rel=1e-14)


@pytest.mark.parametrize("x", LARGE)
def test_cross_entropy_is_right_at_any_size(x: list[float]) -> None:
    with mpmath.workdps(2000):
        powers = [mpmath.exp(mpmath.mpf(v)) for v in x]
        shares = [power / mpmath.fsum(powers) for power in powers]
        losses = [float(-mpmath.log(share)) for share in shares]
    for target, expected in enumerate(losses):
        v = values(x)
        loss = cross_entropy(v, target)
        loss.backward()
        slopes = [float(share) - (k == target) for k, share in enumerate(shares)]
        assert loss.data == pytest.approx(expected, rel=1e-13, abs=1e-15)
        assert [u.grad for u in v] == pytest.approx(slopes, rel=1e-13, abs=1e-15)


def test_by_hand() -> None:
    # exp(0) : exp(log 3) is 1 : 3
    v = values([0.0, math.log(3)])
    loss = cross_entropy(v, 0)
    loss.backward()
    assert loss.data == pytest.approx(math.log(4), rel=1e-15)
    assert [u.grad for u in v] == pytest.approx([-0.75, 0.75], rel=1e-15)
    smoothed = cross_entropy(v, 0, label_smoothing=0.5)  # 0.75 and 0.25
    assert smoothed.data == pytest.approx(0.75 * math.log(4) + 0.25 * math.log(4 / 3), rel=1e-15)
    assert cross_entropy(v, [0.75, 0.25]).data == pytest.approx(smoothed.data, rel=1e-15)


def test_one_row_gives_one_value_and_many_give_a_list() -> None:
    row = values([0.0, 0.0])
    assert cross_entropy(row, 1, reduction="none").data == math.log(2)
    assert [v.data for v in cross_entropy([row], [1], reduction="none")] == [math.log(2)]
    assert nll_loss(row, 1, reduction="none").data == 0.0


def test_targets_may_come_as_numpy_has_them() -> None:
    table = [values([0.0, 1.0]), values([2.0, -1.0])]
    expected = cross_entropy(table, [1, 0]).data
    assert cross_entropy(table, numpy.array([1, 0])).data == expected
    assert cross_entropy(table, numpy.array([[0.0, 1.0], [1.0, 0.0]])).data == expected
    assert cross_entropy(table, [Value(1.0), Value(0.0)]).data == expected


def test_a_class_costs_three_nodes() -> None:
    loss = cross_entropy(values([0.1] * 10), 3)
    results = [node for node in autograd.topological_order(loss) if node.operands]
    assert len(results) == 10 + 10 + 9 + 2  # shifts, powers, their sum, its log, the difference


def test_second_derivatives_are_those_of_softmax() -> None:
    x = [0.3, -1.2, 2.0]
    p = [v.data for v in softmax(values(x))]
    expected = [[p[i] * ((i == j) - p[j]) for j in range(3)] for i in range(3)]
    found = autograd.hessian(lambda v: cross_entropy(v, 1))(x)
    for row, other in zip(found, expected, strict=True):
        assert row == pytest.approx(other, rel=1e-12, abs=1e-15)


def test_gradients_hold_up_to_finite_differences() -> None:
    assert gradcheck(lambda *v: cross_entropy(list(v), [0.2, 0.3, 0.5]), [0.3, -1.2, 2.0])
    assert gradcheck(lambda *v: nll_loss(log_softmax(list(v)), 2), [0.3, -1.2, 2.0])


# ---- inside a compiled function -----------------------------------------------------------------

CALLS = [[0.3, -1.2, 2.0], [1000.0, -1000.0, 999.0], [-5.0, 7.0, 7.0], [-1000.0, -1000.0, -1000.0]]


def agree(compiled: Any, eager: Any, x: list[float], *rest: Any) -> None:
    one, two = values(x), values(x)
    expected, found = eager(one, *rest), compiled(two, *rest)
    expected.backward()
    found.backward()
    assert found.data == pytest.approx(expected.data, rel=1e-14, abs=1e-15)
    assert [v.grad for v in two] == pytest.approx([v.grad for v in one], rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("structure", [True, False])
def test_a_compiled_row_replays_with_another_largest_number(structure: bool) -> None:
    for function in (
        logsumexp,
        lambda x: softmax(x)[1],
        lambda x: log_softmax(x)[2],
        lambda x: cross_entropy(x, 1),
        lambda x: cross_entropy(x, [0.2, 0.8, 0.0], label_smoothing=0.1),
    ):
        compiled = autograd.compile(function, structure=structure)
        for x in CALLS:
            agree(compiled, function, x)


def test_a_compiled_target_may_be_an_index_or_probabilities() -> None:
    def smooth(x: Any, t: Any) -> Any:
        return cross_entropy(x, t, label_smoothing=0.1)

    def likelihood(x: Any, t: Any) -> Any:
        return nll_loss(log_softmax(x), t)

    for function in (cross_entropy, smooth, likelihood):
        compiled = autograd.compile(function)
        for x in CALLS:
            for target in range(3):
                agree(compiled, function, x, target)
    compiled = autograd.compile(cross_entropy)
    for x in CALLS:
        for shares in ([1.0, 0.0, 0.0], [0.25, 0.25, 0.5]):
            agree(compiled, cross_entropy, x, shares)


def test_a_compiled_table_takes_a_list_of_indices() -> None:
    compiled = autograd.compile(lambda table, classes: cross_entropy(table, classes))
    for classes in ([0, 2], [1, 1]):
        table = [values(CALLS[0]), values(CALLS[2])]
        expected = cross_entropy(table, classes)
        assert compiled([CALLS[0], CALLS[2]], classes).data == pytest.approx(
            expected.data, rel=1e-14
        )
    rows = [(CALLS[0], 0), (CALLS[2], 1)]
    mean = autograd.compile(cross_entropy).mean(rows)
    assert mean.data == pytest.approx(
        cross_entropy([values(x) for x, _ in rows], [0, 1]).data, rel=1e-14
    )


@pytest.mark.parametrize("index", [3, -1, 0.5])
def test_a_compiled_index_that_is_no_class_is_an_error(index: float) -> None:
    compiled = autograd.compile(cross_entropy)
    compiled(CALLS[0], 1)
    with pytest.raises(DomainError, match="the divisor must not be 0"):
        compiled(CALLS[0], index)


# ---- wrong arguments ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda v: logsumexp([]), "logsumexp needs at least one number; the row is empty"),
        (lambda v: softmax(v[0]), "softmax takes a row of numbers, not Value"),
        (lambda v: softmax(["a"]), "softmax takes a row of numbers: .*'a' is text"),
        (lambda v: log_softmax([v]), r"one row at a time: \[log_softmax\(row\) for row in rows\]"),
        (lambda v: cross_entropy(v[0], 0), "cross_entropy takes logits as a row of Values"),
        (lambda v: cross_entropy([], 0), "cross_entropy needs at least one row of logits"),
        (lambda v: cross_entropy([[]], [0]), r"cross_entropy: logits\[0\] is empty"),
        (
            lambda v: cross_entropy([1.0, 2.0], 0),
            r"cross_entropy: logits\[0\] must be a Value, not 1\.0",
        ),
        (
            lambda v: cross_entropy([v, [v[0], 1.0]], [0, 0]),
            r"cross_entropy: logits\[1\]\[1\] must be a Value, not 1\.0",
        ),
        (
            lambda v: cross_entropy([v, v[:1]], [0, 0]),
            r"cross_entropy: logits\[1\] is a row of 2 Values, like the first",
        ),
        (lambda v: cross_entropy(v, 2), "targets is a whole number from 0 to 1, not 2"),
        (lambda v: cross_entropy(v, -1), "targets is a whole number from 0 to 1, not -1"),
        (lambda v: cross_entropy(v, 0.5), r"targets is a whole number from 0 to 1, not 0\.5"),
        (lambda v: cross_entropy(v, "cat"), "targets is a whole number from 0 to 1: .*is text"),
        (lambda v: cross_entropy([v], [5]), r"targets\[0\] is a whole number from 0 to 1, not 5"),
        (lambda v: cross_entropy([v], 1), "a target for each of 1 rows, not 1"),
        (lambda v: cross_entropy([v], [0, 1]), "there are 1 rows and 2 targets"),
        (lambda v: cross_entropy(v, [1, 1, 0]), "targets has 3 probabilities for 2 classes"),
        (lambda v: cross_entropy(v, [2, 0]), "targets is a row of probabilities from 0 to 1"),
        (lambda v: cross_entropy(v, [0.2, 0.2]), "targets is a row of probabilities.* add up to 1"),
        (lambda v: cross_entropy(v, ["a", 1]), r"targets\[0\]: .*'a' is text"),
        (
            lambda v: cross_entropy(v, 0, label_smoothing=2),
            "label_smoothing is a number from 0 to 1, not 2",
        ),
        (lambda v: cross_entropy(v, 0, reduction="max"), 'reduction is "mean", "sum" or "none"'),
        (lambda v: nll_loss(v, 3), "nll_loss: targets is a whole number from 0 to 1, not 3"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make(values([0.5, 1.5]))
