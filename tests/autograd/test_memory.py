"""What memory is given back, and when: weak references, dropped models, and use again and again."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import random
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import autograd
from autograd import Value, detect_anomaly, gradients, no_grad, topological_order, trace, where
from autograd.compiler import function
from nn import MLP, SGD, mse_loss


def loss_by(model: Any, x: Any, y: Any) -> Any:
    return mse_loss([model(x)], [y])


# ---- weak references ----------------------------------------------------------------------------


def test_a_weak_reference_dies_with_its_value_and_says_so() -> None:
    said: list[str] = []
    x = Value(2.0, label="x")
    y = x * x
    references = [weakref.ref(v, lambda _, n=n: said.append(n)) for n, v in (("x", x), ("y", y))]
    assert [reference() for reference in references] == [x, y]
    assert weakref.getweakrefcount(x) == 1
    del x
    assert said == []  # the graph of y holds it
    del y
    assert said == ["y", "x"]
    assert [reference() for reference in references] == [None, None]


def test_a_callback_may_use_the_engine() -> None:
    found: list[float] = []

    def differentiate(reference: object) -> None:
        x = Value(3.0)
        (x * x * x).backward()
        found.append(x.grad)

    value = Value(1.0)
    for _ in range(1000):
        value = value + 1.0
    references = [weakref.ref(v, differentiate) for v in topological_order(value)[::10]]
    del value
    assert found == [27.0] * len(references)


def test_an_error_in_a_callback_leaves_what_is_freed_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[type] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda error: seen.append(error.exc_type))
    x = Value(1.0)
    y = x + 1.0
    reference = weakref.ref(y, lambda _: 1 / 0)
    del y
    assert (seen, reference()) == ([ZeroDivisionError], None)
    assert (x * 2).data == 2.0


def test_values_in_weak_dictionaries_and_sets() -> None:
    names: weakref.WeakValueDictionary[str, Value] = weakref.WeakValueDictionary()
    notes: weakref.WeakKeyDictionary[Value, str] = weakref.WeakKeyDictionary()
    members: weakref.WeakSet[Value] = weakref.WeakSet()
    kept = Value(1.0)
    for k in range(100):
        v = kept * k
        names[f"v{k}"], notes[v] = v, f"v{k}"
        members.add(v)
    assert names["v99"] is v
    assert (notes[v], v in members) == ("v99", True)
    assert len(names) == len(notes) == len(members) == 1
    names["kept"] = kept
    del v
    assert list(names) == ["kept"]
    assert not notes
    assert not members


def test_a_long_chain_is_freed_with_its_weak_references() -> None:
    dead: list[object] = []
    x = y = Value(1.0)
    references = []
    for k in range(200_000):
        y = y * x if k % 2 else where(x, y, x)
        if k % 1000 == 0:
            references.append(weakref.ref(y, dead.append))
    del y
    assert dead == references[::-1]
    assert x.data == 1.0


def test_a_copy_has_no_weak_references_of_the_original() -> None:
    x = Value(1.0)
    reference = weakref.ref(x)
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert weakref.getweakrefcount(twin) == 0
    assert reference() is x


# ---- models that are dropped --------------------------------------------------------------------


@pytest.mark.parametrize("way", ["eager", "compiled", "mean", "with Values", "derivatives"])
def test_a_model_that_is_dropped_is_freed(way: str) -> None:
    model = MLP(2, [3, 1], rng=random.Random(0))
    reference = weakref.ref(model.parameters()[0])
    loss: Any = partial(loss_by, model)
    if way != "eager":
        loss = autograd.compile(loss)
    for _ in range(3):
        if way == "mean":
            result = loss.mean([([1.0, 2.0], 3.0)] * 11)
        else:
            result = loss([Value(1.0), 2.0] if way == "with Values" else [1.0, 2.0], 3.0)
        result.backward()
        if way == "derivatives":
            gradients(gradients(result, model.parameters())[0], model.parameters())
    del model, loss, result
    gc.collect()
    assert reference() is None


# ---- again and again ----------------------------------------------------------------------------

MODEL = MLP(3, [4, 1], activation="tanh", rng=random.Random(0))
ROWS = [([k / 7, 1.0, -k / 3], float(k % 2)) for k in range(11)]


def loss_of(x: Any, y: Any) -> Any:
    return loss_by(MODEL, x, y)


COMPILED = autograd.compile(loss_of)
TIMES = 60


class Line:
    """A class with a compiled method."""

    def __init__(self) -> None:
        self.slope = Value(2.0)

    @autograd.compile
    def at(self, x: Value) -> Value:
        return self.slope * x


def attributes() -> None:
    nodes = [Value(float(k), label=f"x{k}") for k in range(50)]
    for k, node in enumerate(nodes):
        node.note = [k]  # type: ignore[attr-defined]
        node.label = f"y{k}"
        node.requires_grad = k % 2 == 0
        del node.note  # type: ignore[attr-defined]
        node.other = node.label  # type: ignore[attr-defined]


def own_operation() -> None:
    @autograd.operation
    def cube(x: Any) -> Any:
        return x**3

    y = cube(Value(2.0)) * 3
    y.backward()
    autograd.compile(lambda x: cube(x) * 2)(2.0)


def errors() -> None:
    x = Value(0.0, label="x")
    for wrong in (lambda: x.log(), lambda: x / 0, lambda: x + "1", lambda: Value(None)):
        with pytest.raises((ArithmeticError, ValueError, TypeError)):
            wrong()
    with detect_anomaly(), pytest.raises(autograd.AnomalyError):
        (x.sqrt() * 2).backward()
    with no_grad():
        loss_of([x, 1.0, 2.0], 1.0)


def training() -> None:
    optimizer = SGD(MODEL.parameters(), lr=0.0)
    optimizer.zero_grad()
    COMPILED.mean(ROWS).backward()
    optimizer.step()


def derivatives() -> None:
    x = [Value(1.0), Value(2.0), Value(3.0)]
    for y in (loss_of(x, 1.0), COMPILED(x, 1.0)):
        gradients(gradients(y, x)[0], x)


def recording() -> None:
    compiled = autograd.compile(loss_of)
    compiled([1.0, 2.0, 3.0], 1.0).backward()
    compiled.mean(ROWS).backward()
    pickle.loads(pickle.dumps(compiled))([1.0, 2.0, 3.0], 1.0)


USES: dict[str, Callable[[], object]] = {
    "nodes": lambda: loss_of([1.0, 2.0, 3.0], 1.0).backward(),
    "many operands": lambda: autograd.sum([Value(float(k)) for k in range(99)]).backward(),
    "attributes": attributes,
    "an operation of one's own": own_operation,
    "errors": errors,
    "weak references": lambda: weakref.ref(Value(1.0) * 2, lambda _: None),
    "walks": lambda: (topological_order(y := loss_of([1, 2, 3], 1)), trace(y), y.zero_grad()),
    "copies": lambda: pickle.loads(pickle.dumps(copy.deepcopy(loss_of([1.0, 2.0, 3.0], 1.0)))),
    "replays": lambda: COMPILED([1.0, Value(2.0), 3.0], 1.0).backward(),
    "training": training,
    "derivatives": derivatives,
    "recording": recording,
    "compiled methods": lambda: Line().at(3.0).backward(),
}


@pytest.mark.parametrize("use", USES)
def test_use_again_and_again_takes_no_more_memory(use: str) -> None:
    clear_caches = getattr(sys, "_clear_internal_caches", sys._clear_type_cache)  # Python's own

    def after(times: int) -> int:
        for _ in range(times):
            USES[use]()
        gc.collect()
        clear_caches()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        after(20)  # what is made once: slabs, kernels, regular expressions
        before = after(5)
        assert after(TIMES) - before < TIMES * 16  # the smallest object there is
    finally:
        tracemalloc.stop()


def test_a_recording_lets_go_of_its_nodes_before_its_program_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nodes: list[Any] = []
    alive: list[bool] = []
    find_program = function.find_program

    def look(tape: Any) -> Any:
        gc.collect()
        alive.extend(reference() is not None for reference in nodes)
        return find_program(tape)

    def product(x: Any) -> Any:
        result = x * 2.0
        nodes.append(weakref.ref(result))
        return result * x

    monkeypatch.setattr(function, "find_program", look)
    assert autograd.compile(product)(3.0).data == 18.0
    assert alive == [False]


@pytest.mark.skipif(not autograd.accelerated, reason="a float in Python is 24 bytes")
def test_to_make_a_tape_takes_little_more_memory_than_its_nodes() -> None:
    rng, leaves, count = random.Random(0), [Value(0.001 * k) for k in range(1000)], 300_000
    pairs = [(rng.randrange(1000), rng.randrange(1000)) for _ in range(count // 3)]

    def mixed() -> Any:
        pool = [*leaves]
        for i, j in pairs:
            pool[i] = (pool[i] + pool[j]) * 0.5  # with the 0.5, three nodes
        return sum(pool)

    gc.collect()
    tracemalloc.start()
    try:
        graph = mixed()
        eager = tracemalloc.get_traced_memory()[0]
        del graph
        tracemalloc.reset_peak()
        compiled = autograd.compile(mixed)
        compiled()
        assert tracemalloc.get_traced_memory()[1] - eager < 60 * count
    finally:
        tracemalloc.stop()


RESIDENT = """
import sys
sys.path[:0] = {path!r}
import test_memory
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
def repeat(times):
    for _ in range(times):
        for use in ("nodes", "many operands", "walks", "replays", "recording", "training"):
            test_memory.USES[use]()
repeat(100)
before = resident()
repeat(300)
print(resident() - before)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system does not tell")
def test_the_process_does_not_grow_by_what_python_does_not_count() -> None:
    folder = os.path.dirname(__file__)
    ran = subprocess.run(
        [sys.executable, "-c", RESIDENT.format(path=[folder])],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(ran.stdout) < 4_000_000
