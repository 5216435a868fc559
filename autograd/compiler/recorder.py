"""Recorder: what `compile` knows of a function while it runs for the first time, and its tape."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.engine import Value, accelerated
from autograd.errors import RecordingError
from autograd.language.names import calling_frame
from autograd.modes import not_recording, refuse, refuse_change, writing_tape
from autograd.operations import OPERATIONS
from autograd.sums import Fold
from autograd.tape.tape import MINUS_ONE, MINUS_ZERO, ONE, Tape


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

    def made(self, node: Value) -> None:
        """Note a node that was just made. A leaf is the same in every call, so a constant."""
        if node._operands:
            self.nodes.append(node)
        else:
            self._own.add(node)

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


# ---- what a plain Value may not be asked meanwhile; the native one asks by itself ---------------


def watch(name: str, what: str) -> None:
    """Refuse an attribute, or what a method gives, while a tape is written."""
    watched = getattr(Value, name)

    def read(node: Value) -> Any:
        refuse(what, node)
        return watched.fget(node)

    def write(node: Value, number: Any) -> None:
        refuse_change(node)
        watched.fset(node, number)

    def method(node: Value, *args: Any, **named: Any) -> Any:
        refuse(what, node)
        return watched(node, *args, **named)

    if isinstance(watched, property):
        setter = write if name == "data" else watched.fset
        asking: Any = property(read, setter, doc=watched.__doc__)
        asking.__set_name__(Value, name)  # which errors mention
        setattr(Value, name, asking)
    else:
        setattr(Value, name, functools.wraps(watched)(method))


if not accelerated:
    watch("data", "the number")
    watch("grad", "the gradient")
    watch("local_grads", "the local derivatives")
    watch("backward", "a gradient")
    watch("detach", "a constant copy")


# ---- from nodes to a tape -----------------------------------------------------------------------


def tape_of(name: str, result: Value, arguments: Sequence[Value], recorder: Recorder) -> Tape:
    """The tape of what was recorded, without what the result does not depend on.

    Raises RecordingError where an operation took place that the recorder has not seen.
    """
    needed = {result}
    for node in reversed(recorder.nodes):
        if node in needed:
            needed.update(node.operands)
    recorded = [node for node in recorder.nodes if node in needed]
    made = {*arguments, *recorded}
    closures: dict[Value, int] = {}
    # by their digits, for 0.0 and -0.0 are two
    constants = {x.hex(): place for place, x in enumerate((ONE, MINUS_ONE, MINUS_ZERO))}
    for node in recorded:
        if isinstance(node._operation, Fold) and node._operation.name == "mean":
            constants.setdefault(float(node._operation.count).hex(), len(constants))
        for operand in node.operands:
            if operand not in made and operand not in closures:
                if recorder.is_own_leaf(operand):
                    constants.setdefault(operand._data.hex(), len(constants))
                else:
                    closures[operand] = len(closures)
    if result not in made:
        if recorder.is_own_leaf(result):
            constants.setdefault(result._data.hex(), len(constants))
        else:
            closures[result] = 0
    if not made.isdisjoint(below(closures)):
        raise RecordingError(
            f"{name} computed a part of its result in another thread: it cannot be recorded"
        )
    tape = Tape(
        name, list(closures), [float.fromhex(x) for x in constants], [v.label for v in arguments]
    )
    places = dict(closures)
    places |= {node: tape.shared + k for k, node in enumerate(arguments)}

    def place(node: Value) -> int:
        known = places.get(node)
        return len(closures) + constants[node._data.hex()] if known is None else known

    for node in recorded:
        operands = [place(x) for x in node.operands]
        if isinstance(node._operation, Fold):
            places[node] = taken_apart(node._operation, operands, tape)
        else:
            places[node] = tape.add(node._operation, operands)
    tape.result = place(result)
    tape.stored = tape.nodes
    return tape


def taken_apart(operation: Fold, operands: Sequence[int], tape: Tape) -> int:
    """The place of a sum, mean or dot product, by additions and products, in the same order."""

    def of_two(name: str) -> Callable[[int, int], int]:
        return lambda a, b: tape.add(OPERATIONS[name], [a, b])

    def over(total: int, count: float) -> int:
        return tape.add(OPERATIONS["div"], [total, tape.constant_place(count)])

    result = operation.fold(operands, of_two("add"), of_two("mul"), over)
    return tape.add(OPERATIONS["pos"], operands) if result in operands else result


def below(roots: Iterable[Value]) -> set[Value]:
    """All nodes that the roots depend on, and these."""
    nodes: set[Value] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in nodes:
            nodes.add(node)
            waiting.extend(node.operands)
    return nodes
