"""Recorder: what `compile` knows of a function while it runs for the first time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from autograd.errors import RecordingError
from autograd.language.names import calling_frame
from autograd.modes import not_recording, writing_tape
from autograd.value import Value


class Recorder:
    """The nodes that a function makes, in order, and what it may not be told.

    arguments : the leaves that stand for the function's arguments.

    A tape is replayed with other numbers. So a number that the function asks for while it is
    recorded, to branch on or to compute with, would be the same in every replay: it is refused.
    """

    def __init__(self, arguments: Sequence[Value]) -> None:
        self.nodes: list[Value] = []
        self._arguments = set(arguments)
        self._own = set(arguments)  # made for or by the function; other leaves are parameters

    def leaf_made(self, leaf: Value) -> None:
        """Note a leaf that the function makes: the same in every call, so a constant."""
        self._own.add(leaf)

    def node_made(self, node: Value) -> None:
        """Note the result of an operation."""
        self.nodes.append(node)

    def is_own_leaf(self, node: Value) -> bool:
        """Whether the function made this leaf."""
        return node in self._own and node not in self._arguments

    def refuse_change(self, node: Value) -> None:
        """Raise RecordingError: a replay would not set a number."""
        raise RecordingError(
            f"{where()}: this sets the number of {described(node, self._arguments)} while the "
            "function is being compiled; no later call would do so. Set it outside."
        )

    def refuse(self, what: str, node: Value | None) -> None:
        """Raise RecordingError if the node has another number in the next call."""
        if node is None or self.is_own_leaf(node):
            return
        raise RecordingError(
            f"{where()}: this asks for {what} of {described(node, self._arguments)} while the "
            "function is being compiled. The tape would keep what is so today for every later "
            "call. To choose by a number, use an operation: maximum, minimum, relu, or "
            "where(condition, a, b) with step(a - b) for a > b; or leave this function uncompiled."
        )


def record(call: Callable[[], Any], arguments: Sequence[Value]) -> tuple[Any, Recorder]:
    """Run call, which calls a function with these arguments; its result, and what was seen."""
    recorder = Recorder(arguments)
    with not_recording.switched(None), writing_tape.switched(recorder):
        result = call()
    return result, recorder


def described(node: Value, arguments: set[Value]) -> str:
    """The node in a few words, without its number."""
    if node in arguments:
        return f"the argument {node.label}"
    if node.label:
        return node.label
    return f"a result of {node._operation.name}" if node.operands else "a parameter"


def where() -> str:
    """The place in the caller's code: file and line."""
    frame = calling_frame()
    while frame and frame.f_globals.get("__name__") == "copy":  # which copies for the caller
        frame = frame.f_back
    if frame is None:
        return "somewhere"
    return f"{os.path.basename(frame.f_code.co_filename)}, line {frame.f_lineno}"
