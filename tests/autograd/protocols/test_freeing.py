"""Long chains freed in a loop, as in a browser; in a browser itself it is tested with the site."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from autograd import Value
from autograd.protocols.freeing import free_in_a_loop


class Node:
    """What is freed as a Value is in a browser, and how deep the descent was."""

    depth = deepest = 0

    def __init__(self, *operands: Node) -> None:
        self._operands = operands

    def __del__(self) -> None:
        Node.depth += 1
        Node.deepest = max(Node.deepest, Node.depth)
        free_in_a_loop(self)
        Node.depth -= 1


@pytest.mark.parametrize("width", [1, 2])
def test_a_chain_is_freed_without_a_descent(width: int) -> None:
    Node.deepest = 0
    node = Node()
    last = weakref.ref(node)
    for _ in range(1000):
        node = Node(*[node] * width)
    del node
    gc.collect()
    assert last() is None
    assert Node.deepest <= 2


def test_operands_that_are_in_use_stay() -> None:
    kept = Node()
    node = Node(Node(kept), kept)
    del node
    assert kept._operands == ()
    other = Node(kept)
    assert other._operands == (kept,)


def test_only_a_browser_pays_for_it() -> None:
    assert not hasattr(Value, "__del__")


def test_in_a_browser_values_are_freed_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd.protocols import freeing

    class Engine:
        _operands: Any = ()

    freeing.protect(Engine)
    assert not hasattr(Engine, "__del__")
    monkeypatch.setattr("sys.platform", "emscripten")
    freeing.protect(Engine)
    assert Engine.__del__ is free_in_a_loop  # type: ignore[attr-defined]
