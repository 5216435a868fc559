"""The tape of a compiled function: how it reads, where it can be sent, and who may use it."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sameness import gradients_of

import autograd
from autograd import RecordingError, Value
from nn import Module

# ---- the tape, pickles, threads -----------------------------------------------------------------


def test_the_tape_reads_as_a_calculation() -> None:
    w, b = Value(2.0, label="w"), Value(1.0, label="b")
    loss = autograd.compile(lambda x, y: ((w * x + b).tanh() - y) ** 2)
    loss.__name__ = "loss"
    loss(1.0, 0.5)
    assert str(loss.tape).splitlines() == [
        "loss(x, y)",
        "forward",
        "    v1 = w * x",
        "    v2 = v1 + b",
        "    v3 = tanh(v2)",
        "    v4 = v3 - y",
        "    v5 = v4 ** 2",
        "    return v5",
        "adjoint",
        "    v5.grad = 1",
        "    v4.grad += v5.grad * (2 * v4)",
        "    v3.grad += v4.grad",
        "    y.grad -= v4.grad",
        "    v2.grad += v3.grad * (1 - v3 ** 2)",
        "    v1.grad += v2.grad",
        "    b.grad += v2.grad",
        "    w.grad += v1.grad * x",
        "    x.grad += v1.grad * w",
    ]
    assert repr(loss.tape) == "<Tape of loss: 2 inputs, 2 parameters, 5 instructions>"


def test_the_tape_shows_what_is_inside_a_dot_product_too() -> None:
    w = [Value(float(k), label=f"w{k}") for k in range(3)]
    dot = autograd.compile(lambda x: w[0] * x[0] + w[1] * x[1] + w[2] * x[2])
    dot([1, 2, 3])
    forward = str(dot.tape).split("adjoint")[0].splitlines()
    assert forward[2:] == [
        "    v1 = w0 * x[0]",
        "    v2 = w1 * x[1]",
        "    v3 = v1 + v2",
        "    v4 = w2 * x[2]",
        "    v5 = v3 + v4",
        "    return v5",
    ]


def test_there_is_no_tape_before_the_first_call() -> None:
    with pytest.raises(RecordingError, match="has no tape yet: call it once"):
        autograd.compile(lambda x: x).tape  # noqa: B018


PARAMETER = Value(4.0)


@autograd.compile
def decorated(x: Value) -> Value:
    return PARAMETER * x


class Scale(Module):
    def __init__(self) -> None:
        self.w = Value(3.0)

    def forward(self, x: Value) -> Value:
        return self.w * x


def test_a_pickle_takes_its_tapes_and_parameters_along() -> None:
    decorated(1.0)
    twin = pickle.loads(pickle.dumps(decorated))
    PARAMETER.data = 5.0
    try:
        assert (twin(2.0).data, decorated(2.0).data) == (8.0, 10.0)
        assert twin.mean([1.0, 2.0]).data == 6.0
        assert twin.mean(np.array([[1.0], [2.0]])).data == 6.0
        with pytest.raises(RecordingError, match="none for arguments of this structure"):
            twin([2.0])
        assert twin.__name__ == "decorated"
        assert len(twin.tape) == 1
    finally:
        PARAMETER.data = 4.0


def test_a_pickled_module_can_still_record() -> None:
    model = Scale()
    twin, parameters = pickle.loads(pickle.dumps((autograd.compile(model), model)))
    parameters.w.data = 7.0
    assert twin(2.0).data == 14.0


def test_a_pickle_needs_something_to_send() -> None:
    with pytest.raises(pickle.PicklingError, match="call it once, so that there is a tape to send"):
        pickle.dumps(autograd.compile(lambda x: x * 2))


def test_another_process_can_use_it(tmp_path: Path) -> None:
    decorated(1.0)
    file = tmp_path / "function.pickle"
    file.write_bytes(pickle.dumps(decorated))
    code = f"import pickle; f = pickle.load(open({str(file)!r}, 'rb')); print(f(2.0).data)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert ran.stdout == "8.0\n"


def test_copies_of_a_result_move_only_the_copy() -> None:
    w = Value(3.0)
    y = autograd.compile(lambda x: w * x * x + x)(2.0)
    twin = copy.deepcopy(y)
    twin.backward()
    assert (w.grad, twin.operands[0].grad) == (0.0, 4.0)
    with pytest.raises(pickle.PicklingError, match="a result of the compiled function"):
        pickle.dumps(y)


def test_threads_may_call_one_function() -> None:
    w = [Value(k / 7) for k in range(40)]
    compiled = autograd.compile(lambda x: sum((a * x).tanh() for a in w))
    compiled(0.0)
    expected = {k: compiled(k / 10).data for k in range(50)}
    with ThreadPoolExecutor(8) as threads:
        for k, y in enumerate(threads.map(lambda k: compiled(k % 50 / 10), range(400))):
            assert y.data == expected[k % 50]
            assert gradients_of(y, w[:1])[0] == pytest.approx(k % 50 / 10)
