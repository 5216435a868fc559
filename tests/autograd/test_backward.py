"""Walks over graphs: the backward pass against dual numbers and PyTorch, depth, copies."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading

import pytest
from dual import Dual
from hypothesis import given
from programs import Program, programs, run
from threads import run_in_threads

from autograd import (
    AnomalyError,
    Value,
    detect_anomaly,
    gradients,
    no_grad,
    topological_order,
    where,
)

DEEP = 1_000_000


def chain(length: int) -> tuple[Value, Value]:
    """A leaf and a result that many operations away from it, with slope 1 throughout."""
    leaf = node = Value(1.0)
    zero = Value(0.0)
    for _ in range(length):
        node = node + zero
    return leaf, node


# ---- the numbers --------------------------------------------------------------------------------


@given(programs())
def test_gradients_of_random_graphs_equal_dual_numbers(program: Program) -> None:
    leaves = [Value(x) for x in program[0]]
    result = run(program, leaves)
    result.backward()
    for position, leaf in enumerate(leaves):
        seeds = [Dual(x, float(k == position)) for k, x in enumerate(program[0])]
        expected = run(program, seeds)
        assert result.data == pytest.approx(expected.real, rel=1e-12, abs=1e-12)
        assert leaf.grad == pytest.approx(expected.tangent, rel=1e-9, abs=1e-9)


@given(programs())
def test_gradients_of_random_graphs_equal_pytorch(program: Program) -> None:
    torch = pytest.importorskip("torch")
    leaves = [Value(x) for x in program[0]]
    result = run(program, leaves)
    result.backward()
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program[0]]
    expected = run(program, tensors)
    if expected.requires_grad:
        expected.backward()
    assert result.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
    for leaf, tensor in zip(leaves, tensors, strict=True):
        slope = 0.0 if tensor.grad is None else tensor.grad.item()
        assert leaf.grad == pytest.approx(slope, rel=1e-9, abs=1e-9)


def test_the_chain_rule_by_hand() -> None:
    a, b = Value(-2.0), Value(3.0)
    d, e = a * b, a + b
    f = d * e
    f.backward()
    assert (f.data, d.grad, e.grad, a.grad, b.grad) == (-6.0, 1.0, -6.0, -3.0, -8.0)


# ---- what micrograd gets wrong ------------------------------------------------------------------


def test_backward_twice_doubles_every_gradient() -> None:
    x = Value(3.0)
    y = x * x * x
    y.backward()
    y.backward()
    assert (x.grad, y.grad) == (54.0, 2.0)


def test_zeroing_only_the_leaf_between_passes_is_enough() -> None:
    x = Value(3.0)
    y = x * x * x
    y.backward()
    x.grad = 0.0
    y.backward()
    assert x.grad == 27.0


def test_two_losses_that_share_a_node_add_up() -> None:
    x = Value(3.0)
    shared = x * x
    first, second = shared * 2, shared * 5
    first.backward()
    second.backward()
    assert (shared.grad, x.grad) == (7.0, 42.0)


# ---- backward() ---------------------------------------------------------------------------------


def test_the_seed_scales_every_gradient() -> None:
    x = Value(3.0)
    (x * x).backward(gradient=0.5)
    assert x.grad == 3.0
    with pytest.raises(TypeError, match="gradient is a real number, not str"):
        (x * x).backward("1")  # type: ignore[arg-type]


def test_zero_grad_clears_the_whole_graph() -> None:
    x = Value(3.0)
    square = x * x
    y = square * 2
    y.backward()
    y.zero_grad()
    assert [node.grad for node in (x, square, y)] == [0.0, 0.0, 0.0]
    assert not any(node.has_grad for node in (x, square, y))


def test_a_gradient_of_zero_is_still_a_gradient() -> None:
    x, y = Value(-1.0), Value(0.0)
    (x.relu() * -1 * y).backward()
    assert (x.grad, x.has_grad, y.has_grad) == (0.0, True, True)


def test_an_operation_of_three_operands() -> None:
    condition, a, b = Value(1.0), Value(2.0), Value(3.0)
    result = where(condition, a, b) + where(condition - 1, a, b * b)
    result.backward()
    assert (result.data, condition.grad, a.grad, b.grad) == (11.0, 0.0, 1.0, 6.0)
    assert where(0.0, a, float("inf")).data == float("inf")


def test_order_is_operands_first_left_before_right_and_each_node_once() -> None:
    a, b = Value(1.0), Value(2.0)
    left, right = b * a, a + b
    root = left / right
    assert topological_order(root) == [b, a, left, right, root]


def test_output_is_identical_across_runs() -> None:
    program = (
        "from autograd import Value, draw_dot, topological_order\n"
        "xs = [Value(k / 7) for k in range(20)]\n"
        "y = sum((xs[k] * xs[-k]).tanh() / (1 + xs[k // 2] ** 2) for k in range(20))\n"
        "y.backward()\n"
        "print([v.grad for v in topological_order(y)], draw_dot(y).source)\n"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(runs) == 1
    assert len(runs.pop()) > 1000


# ---- depth and memory ---------------------------------------------------------------------------


def test_a_node_is_visited_once_however_many_paths_lead_to_it() -> None:
    leaf = root = Value(1.0)
    for _ in range(60):
        root = root + root
    root.backward()
    assert len(topological_order(root)) == 61
    assert leaf.grad == 2.0**60


def test_a_chain_of_a_million_sorts_differentiates_copies_and_pickles() -> None:
    leaf, root = chain(DEEP)
    assert len(topological_order(root)) == DEEP + 2
    root.backward()
    assert leaf.grad == 1.0
    twin = copy.deepcopy(root)
    del leaf, root
    twin.zero_grad()
    restored = pickle.loads(pickle.dumps(twin))
    restored.backward()
    assert topological_order(restored)[0].grad == 1.0
    assert topological_order(twin)[0].grad == 0.0


def test_dropped_expressions_leave_nothing_to_the_cyclic_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(1000):
            x = Value(3.0)
            y = (x * x + 2 * x).tanh() / (x - 1) ** 2
            y.backward()
        del x, y
        assert gc.collect() == 0
    finally:
        gc.enable()


# ---- no_grad, detect_anomaly, interrupts, threads -----------------------------------------------


def test_no_grad_records_nothing_and_ends_with_its_block() -> None:
    x = Value(3.0)
    with no_grad():
        y = x * x + x.tanh()
        assert Value(1.0).is_constant is False
    assert y.is_constant
    assert y.operands == ()
    assert (x * x).operands == (x, x)


def test_no_grad_nests_and_decorates() -> None:
    x = Value(3.0)

    @no_grad()
    def square() -> Value:
        return x * x

    with no_grad():
        with no_grad():
            pass
        assert (x * x).is_constant
    assert square().is_constant
    assert not (x * x).is_constant


def test_an_exception_inside_no_grad_leaves_the_next_graph_right() -> None:
    x = Value(3.0)
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    (x * x).backward()
    assert x.grad == 6.0


def test_no_grad_is_of_one_thread() -> None:
    x = Value(3.0)
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        with no_grad():
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    recorded = (x * x).operands
    done.set()
    thread.join()
    assert recorded == (x, x)


def test_detect_anomaly_names_the_node_and_changes_no_gradient() -> None:
    x = Value(0.0, label="x")
    y = x.sqrt() * 3
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        y.backward()
    assert str(caught.value) == (
        "the gradient of x is inf: at sqrt(x) the upstream gradient is 3.0 "
        "and the local derivative with respect to x, at 0.0, is inf"
    )
    assert (x.grad, y.grad) == (0.0, 0.0)
    y.backward()
    assert x.grad == float("inf")


def test_detect_anomaly_blames_the_gate_that_did_it() -> None:
    x = Value(0.0, label="x")
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"at sqrt\(x\) the upstream"):
        (x.sqrt() + x * 3).backward()
    y = Value(1.0, label="y")
    with detect_anomaly(), pytest.raises(AnomalyError, match="gradient of y is inf: the sum over"):
        (y * 1.5 + y * 1.5).backward(1e308)


def test_detect_anomaly_looks_at_no_constant() -> None:
    x = Value(1e200)
    with detect_anomaly():
        (x * 1e-300).backward(1e300)
    assert x.grad == 1.0


def test_detect_anomaly_is_silent_where_all_is_well() -> None:
    x = Value(2.0)
    with detect_anomaly():
        (x * x).backward()
    assert x.grad == 4.0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no interval timer")
def test_an_interrupt_in_the_middle_of_a_pass_leaves_the_next_one_right() -> None:
    leaf, root = chain(200_000)

    def interrupt(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    def differentiate_forever() -> None:
        while True:
            root.backward()

    before = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()  # what an interrupt raises in a callback of the collector's is lost
    try:
        for delay in (0.01, 0.03, 0.05, 0.08):
            signal.setitimer(signal.ITIMER_REAL, delay)
            with pytest.raises(KeyboardInterrupt):
                differentiate_forever()
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    root.zero_grad()
    root.backward()
    assert (leaf.grad, root.grad) == (1.0, 1.0)


def test_threads_that_share_leaves_do_not_disturb_each_other() -> None:
    leaves = [Value(k / 10) for k in range(50)]
    expected = [2 * leaf.data for leaf in leaves]
    wrong: list[object] = []

    def work() -> None:
        for _ in range(20):
            total = sum(leaf * leaf for leaf in leaves)
            assert isinstance(total, Value)
            got = [g.data for g in gradients(total, leaves)]
            if got != expected or len(topological_order(total)) != 149:
                wrong.append(got)
            total.backward()

    run_in_threads(work)
    assert wrong == []
