"""The native engine: whether it runs, that it says what the table says, that memory stays whole."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import OPERATIONS, DomainError, Value, accelerated

PACKAGE = Path(autograd.__file__).parent
compiled_only = pytest.mark.skipif(not accelerated, reason="runs as plain Python here")


def python(code: str, folder: Path = PACKAGE.parent, **environment: str) -> str:
    """What a new interpreter prints that runs the code with autograd from the folder."""
    ran = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr


SHOW = "import autograd; print(autograd.accelerated, autograd.__file__)"
OPERANDS = st.one_of(
    st.floats(-30, 30),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, 1e-300, 710.0, -746.0, 1e300, math.inf, math.nan]),
)


@pytest.mark.parametrize("name", OPERATIONS)
@given(operands=st.tuples(OPERANDS, OPERANDS, OPERANDS))
def test_what_is_written_out_for_speed_says_what_the_table_says(
    name: str, operands: tuple[float, float, float]
) -> None:
    operation = OPERATIONS[name]
    numbers = operands[: len(operation.operands)]
    values = [Value(x) for x in numbers]
    try:
        expected = operation.evaluate(*numbers)
    except DomainError:
        with pytest.raises(DomainError):
            operation(*values)
        return
    result = operation(*values)
    assert repr(result.data) == repr(expected)  # to the last bit, and -0.0 is not 0.0
    for rule, local_grad in zip(operation.derivatives, result.local_grads, strict=True):
        try:
            slope = float(rule(expected, *numbers))
        except (ArithmeticError, ValueError):  # a pole; test_operations.py says what holds there
            continue
        assert local_grad == pytest.approx(slope, rel=1e-14, abs=1e-300, nan_ok=True)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "floordiv", "mod", "pow"])
def test_operators_say_what_the_table_says(name: str) -> None:
    operator = OPERATIONS[name].symbol
    a, b = Value(1.7), Value(0.3)
    written = eval(f"a {operator} b")
    by_name = OPERATIONS[name](a, b)
    assert (written.op, written.data) == (by_name.op, by_name.data)
    assert written.local_grads == by_name.local_grads


def test_plain_python_can_be_asked_for() -> None:
    assert python(SHOW, CHALKGRAD_PURE="1").split() == ["False", str(PACKAGE / "__init__.py")]


@compiled_only
def test_what_was_compiled_runs() -> None:
    assert python(SHOW).startswith("True ")


@compiled_only
@pytest.mark.parametrize("name", ["value.py", "operations.py", "native/nodes.h"])
def test_compiled_code_never_hides_an_edit(tmp_path: Path, name: str) -> None:
    copy = tmp_path / "autograd"
    shutil.copytree(PACKAGE, copy)
    assert python(SHOW, tmp_path).startswith("True ")
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    output = python(SHOW, tmp_path)
    assert output.startswith(f"False {copy / '__init__.py'}")
    assert "autograd was edited after it was compiled" in output
    assert "warn" not in python(SHOW, tmp_path, CHALKGRAD_PURE="1").lower()


def test_a_copy_that_was_never_compiled_runs(tmp_path: Path) -> None:
    ignore = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "autograd", ignore=ignore)
    assert python(SHOW, tmp_path) == f"False {tmp_path / 'autograd' / '__init__.py'}\n"


STRAIN = """
import random
from autograd import Value, where
from nn import MLP, SGD, mse_loss

x = Value(1.0)
for combine in (lambda y: y + x, lambda y: x + y, lambda y: where(x, x, y)):  # all three operands
    y = x
    for _ in range(chain):
        y = combine(y)
    y.backward()
    del y

rng = random.Random(0)
model = MLP(2, [8, 1], rng=rng)
optimizer = SGD(model.parameters(), lr=0.01)
kept = []
for step in range(300):
    loss = mse_loss([model([rng.random(), rng.random()]) for _ in range(3)], [0, 1, 0])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    kept.append(loss if step % 50 == 0 else loss.detach())

for _ in range(20):
    nodes = [Value(rng.random()) for _ in range(5)]
    for _ in range(2000):
        a, b = rng.choice(nodes), rng.choice(nodes)
        nodes.append(rng.choice([a + b, a * b, a - b, (a * a).tanh(), where(a, b, a)]).tanh())
    nodes[-1].backward()
    rng.shuffle(nodes)
    while nodes:
        nodes.pop()
print("whole")
"""


def test_memory_stays_whole_under_a_debug_allocator() -> None:
    assert python(f"chain = 100_000\n{STRAIN}", PYTHONMALLOC="debug") == "whole\n"


@compiled_only
def test_a_chain_of_a_million_is_freed_without_recursion() -> None:
    assert python(f"chain = 1_000_000\n{STRAIN}") == "whole\n"


@compiled_only
def test_kept_nodes_do_not_keep_the_memory_of_their_neighbours() -> None:
    code = """
import tracemalloc
from autograd import Value
tracemalloc.start()
x, kept = Value(1.0), []
for _ in range(40):
    y = x
    for k in range(20_000):
        y = y + x
        if k % 100 == 0:
            kept.append(y.detach())
print(tracemalloc.get_traced_memory()[0] < 2_240_000 + 40 * 200 * 96 * 4 + 2_000_000)
"""
    assert python(code) == "True\n"  # without gaps filled again, it would be 90 MB


class Tagged(Value):
    """A subclass with attributes of its own."""

    def __init__(self, data: float, tag: str) -> None:
        super().__init__(data, label=tag)
        self.tag = tag

    def doubled(self) -> Value:
        return self * 2


def test_a_subclass_written_in_python_works() -> None:
    a = Tagged(3.0, "a")
    b = a.doubled() * a
    b.backward()
    assert (b.data, a.grad, a.tag, a.label) == (18.0, 12.0, "a", "a")
    assert type(b) is Value
    assert type(b.operands[1]) is Tagged
    assert len({a, b, a}) == 2
