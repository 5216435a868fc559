"""A pass that starts in the middle of another, over nodes of both: each gives what it would alone.

Python runs other code at almost any moment: debuggers, finalisers, signal handlers, the methods of
subclasses. What they differentiate may share nodes with a pass that is under way. A native engine
may leave no such moment; then the promise is easily kept.
"""

from __future__ import annotations

import copy
import gc
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from autograd import Value, accelerated, gradients, topological_order, trace, where

Work = Callable[[], object]


class Interrupting(Value):
    """A leaf that does some work whenever it is looked up in a dict or set."""

    __slots__ = ("work",)

    def __hash__(self) -> int:
        work = getattr(self, "work", None)
        if work:
            self.work = None
            work()
            self.work = work
        return super().__hash__()


class Graph:
    """Two results over the leaves a = 2 and b = 3, which share a product; and their derivatives.

    With p = a b, the outer is (p + a) p, and the inner p b - a.
    """

    def __init__(self) -> None:
        self.a, self.b = Interrupting(2.0), Value(3.0)
        shared = self.a * self.b
        self.outer = (shared + self.a) * where(1.0, shared, self.a)
        self.inner = shared * self.b - self.a
        self.inner_passes = 0

    def work(self) -> None:
        """A pass over the inner result, in the middle of whatever is under way."""
        assert self.inner_passes < 10_000, "the outer pass gets nowhere"
        self.inner_passes += 1
        self.inner.backward()
        assert [g.data for g in gradients(self.inner, [self.b])] == [12.0]
        assert len(topological_order(self.inner)) == 5

    def leaf_gradients(self, outer_passes: int) -> tuple[float, float]:
        """What the leaves have after so many passes over both; whole numbers, so exact."""
        n = self.inner_passes
        return 48.0 * outer_passes + 8.0 * n, 28.0 * outer_passes + 12.0 * n


# ---- ways into a pass ---------------------------------------------------------------------------


@contextmanager
def at_every_line(graph: Graph) -> Iterator[None]:
    """A debugger that does the work at every line of the engine."""

    def look(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_globals.get("__name__", "").startswith("autograd."):
            graph.work()  # Python traces nothing meanwhile
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def at_every_collection(graph: Graph) -> Iterator[None]:
    """A cyclic collector that runs at every chance, and does the work as a finaliser would."""

    def look(phase: str, info: object) -> None:
        graph.work()

    before = gc.get_threshold()
    gc.callbacks.append(look)
    gc.set_threshold(1)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(look)


@contextmanager
def at_every_hash(graph: Graph) -> Iterator[None]:
    """A subclass that does the work when a pass looks it up."""
    graph.a.work = graph.work
    try:
        yield
    finally:
        graph.a.work = None


WAYS = [at_every_line, at_every_collection, at_every_hash]

# ---- the promise --------------------------------------------------------------------------------


@pytest.mark.parametrize("interrupted", WAYS)
def test_a_backward_pass_and_those_inside_it_all_add_up(interrupted: Any) -> None:
    graph = Graph()
    with interrupted(graph):
        graph.outer.backward()
    if interrupted is at_every_line and not accelerated:
        assert graph.inner_passes > 10
    assert (graph.a.grad, graph.b.grad) == graph.leaf_gradients(outer_passes=1)
    graph.outer.backward()
    assert (graph.a.grad, graph.b.grad) == graph.leaf_gradients(outer_passes=2)


def shape(root: Value) -> list[object]:
    """A graph as places in its topological order, with its numbers."""
    order = topological_order(root)
    places = {node: place for place, node in enumerate(order)}
    return [(v.op, v.data, v.local_grads, [places[o] for o in v.operands]) for v in order]


WALKS: dict[str, Callable[[Graph], object]] = {
    "topological_order": lambda graph: topological_order(graph.outer),
    "gradients": lambda graph: [g.data for g in gradients(graph.outer, [graph.a, graph.b])],
    "trace": lambda graph: [(s.local, s.contribution, s.after) for s in trace(graph.outer)],
}
COPIES: dict[str, Callable[[Value], Value]] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda root: pickle.loads(pickle.dumps(root)),
}


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("interrupted", WAYS)
def test_other_walks_find_what_they_would_alone(interrupted: Any, walk: str) -> None:
    graph = Graph()
    expected = WALKS[walk](graph)
    with interrupted(graph):
        found = WALKS[walk](graph)
    assert found == expected
    assert (graph.a.grad, graph.b.grad) == graph.leaf_gradients(outer_passes=0)


@pytest.mark.parametrize("duplicate", COPIES)
@pytest.mark.parametrize("interrupted", [at_every_line, at_every_collection])
def test_copies_are_whole(interrupted: Any, duplicate: str) -> None:
    graph = Graph()
    expected = shape(graph.outer)
    with interrupted(graph):
        twin = COPIES[duplicate](graph.outer)
    assert shape(twin) == expected
    twin.zero_grad()
    twin.backward()
    assert topological_order(twin)[0].grad == 48.0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no interval timer")
def test_a_signal_handler_may_differentiate_the_graph_that_is_being_differentiated() -> None:
    leaf = root = Value(1.0)
    for _ in range(20_000):
        root = root + 1.0
    passes = 0

    def differentiate(*arguments: object) -> None:
        nonlocal passes
        root.backward()
        passes += 1

    before = signal.signal(signal.SIGALRM, differentiate)
    try:
        for delay in (0.001, 0.003, 0.007, 0.013):
            signal.setitimer(signal.ITIMER_REAL, delay)
            until = passes + 3
            while passes < until:
                differentiate()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert leaf.grad == root.grad == passes
