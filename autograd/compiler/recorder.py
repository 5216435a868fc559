"""Recorder: what `compile` learns of a function while it runs for the first time, and its tape."""

from __future__ import annotations

import functools
import os
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress, count
from threading import Lock
from types import FrameType
from typing import TYPE_CHECKING, Any

from autograd.engine import Value, accelerated, constant
from autograd.errors import RecordingError
from autograd.language.names import calling_frame, is_ours
from autograd.modes import (
    not_recording,
    own_files,
    refuse,
    refuse_change,
    refuse_hash,
    taking_limits,
    writing_tape,
)
from autograd.operations import OPERATIONS
from autograd.primitive import is_real
from autograd.protocols.structures import structure_of
from autograd.sums import Fold
from autograd.tape.tape import MINUS_ONE, MINUS_ZERO, ONE, Tape

HOOKS = (refuse_hash.__code__.co_filename, __file__)  # through which a hash is asked for

CHOOSE = (
    "To choose by a number, use an operation: maximum, minimum, relu, or where(condition, a, b) "
    "with step(a - b) for a > b"
)
DIFFERENTIATE = (
    "For a derivative as a part of the function, use gradients(y, [x]), or grad of a function; for "
    "gradients of its result, call backward() on what it gives"
)
INSTEAD = dict.fromkeys(("a gradient", "the gradient", "the local derivatives"), DIFFERENTIATE)


class Recorder:
    """The nodes that a function makes, in order, and what it may not be told.

    arguments : the leaves that stand for the function's arguments.

    A tape is replayed with other numbers. So a number that the function asks for while it is
    recorded, to branch on or to compute with, would be the same in every replay: it is refused.
    """

    def __init__(self, arguments: Sequence[Value]) -> None:
        self.nodes: list[Value] = []
        self.leaves: list[Value] = []  # made by the function; others are parameters
        self.of_derivatives: set[int] = set()  # the nodes where inf is right at a pole
        self._arguments = {id(node): node for node in arguments}
        self._known, self._own = Identities(self.nodes), Identities(self.leaves)

    def made(self, node: Value) -> None:
        """Note a node that was just made. A leaf is the same in every call, so a constant."""
        if node._operands:
            self.nodes.append(node)
            if taking_limits and taking_limits.is_on():
                self.of_derivatives.add(id(node))
        else:
            self.leaves.append(node)

    def is_own_leaf(self, node: Value) -> bool:
        """Whether the function made this leaf."""
        return node in self._own

    def knows_all(self, operands: Iterable[Value]) -> bool:
        """Whether the function made all of these, so that they are the same in every call."""
        return all(self.is_own_leaf(operand) for operand in operands)

    def refuse_change(self, what: str, node: Value) -> None:
        """Raise RecordingError: a replay would not set it."""
        raise RecordingError(
            f"{where()}: this sets {what} of {described(node, self._arguments)} while the "
            "function is being compiled; no later call would do so. Set it outside."
        )

    def refuse_hash(self, node: Value) -> None:
        """Raise RecordingError if a dictionary or set outside this package looks the node up."""
        frame: FrameType | None = sys._getframe(1)
        while frame and frame.f_code.co_filename in HOOKS:
            frame = frame.f_back
        if frame and is_ours(frame):
            own_files.add(frame.f_code.co_filename)
        elif frame and (node.operands or id(node) in self._arguments):
            self.refuse("the hash, as of a key,", node)

    def refuse(self, what: str, node: Value | None) -> None:
        """Raise RecordingError if the node may have another number in the next call."""
        if node is None or self.is_own_leaf(node):
            return
        raise RecordingError(
            f"{where()}: this asks for {what} of {described(node, self._arguments)} while the "
            "function is being compiled. The tape would keep this answer for every later "
            f"call. {INSTEAD.get(what, CHOOSE)}; or leave this function uncompiled."
        )

    def refuse_stranger(self, node: Value) -> None:
        """Raise RecordingError for a result that a replay would not compute again."""
        if node._operands and node not in self._known:
            raise RecordingError(
                f"{where()}: this differentiates through {described(node, self._arguments)} that "
                "was computed outside of the function being compiled. No later call would compute "
                "it again: compute it inside."
            )


class Identities:
    """The very objects that are in a list, which grows; they are looked up only if asked for."""

    def __init__(self, listed: list[Value]) -> None:
        self.listed, self.count = listed, 0
        self.found: set[int] = set()

    def __contains__(self, node: Value) -> bool:
        if self.count < len(self.listed):
            self.found.update(map(id, self.listed[self.count :]))
            self.count = len(self.listed)
        return id(node) in self.found


def record(call: Callable[[], Any], arguments: Sequence[Value]) -> tuple[Any, Recorder]:
    """Run call, which calls a function with these arguments; its result, and what was seen."""
    recorder = Recorder(arguments)
    with not_recording.switched(None), writing_tape.switched(recorder):
        watch_hashes()
        result = call()
    writing_tape.is_on()  # which lets go of the recorder, and so in time of its nodes
    return result, recorder


def described(node: Value, arguments: Mapping[int, Value]) -> str:
    """The node in a few words, without its number."""
    if id(node) in arguments:
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


# ---- what a plain Value may not be asked meanwhile; the native one checks by itself --------------


def watch(name: str, what: str) -> None:
    """Refuse an attribute, or what a method gives, while a tape is written."""
    watched = getattr(Value, name)

    def read(node: Value) -> Any:
        refuse(what, node)
        return watched.fget(node)

    def write(node: Value, number: Any) -> None:
        refuse_change(what, node)
        watched.fset(node, number)

    def method(node: Value, *args: Any, **named: Any) -> Any:
        refuse(what, node)
        return watched(node, *args, **named)

    if isinstance(watched, property):
        setter = write if watched.fset and name != "grad" else watched.fset
        asking: Any = property(read, setter, doc=watched.__doc__)
        asking.__set_name__(Value, name)  # which errors mention
        setattr(Value, name, asking)
    else:
        setattr(Value, name, functools.wraps(watched)(method))


def equals(node: Value, other: object) -> Any:
    """`==` while a tape is written; between numbers, it would be of the numbers."""
    if is_real(other) or (isinstance(other, Value) and other is not node):
        refuse("the number", node)
        if isinstance(other, Value):
            refuse("the number", other)
    return equals_unwatched(node, other)


def hash_of(node: Value) -> int:
    """The hash while a tape is written, in which a dictionary would look the number up."""
    with _lock:
        if not writing_tape:  # any more: the backward pass needs it fast
            Value.__hash__ = object.__hash__  # type: ignore[assignment, method-assign]
    refuse_hash(node)
    return object.__hash__(node)


def watch_hashes() -> None:
    """Watch the hash of plain Values for as long as a tape is written."""
    with _lock:
        if not accelerated:
            Value.__hash__ = hash_of  # type: ignore[assignment, method-assign]


_lock = Lock()

if not accelerated:
    equals_unwatched = Value.__eq__
    Value.__eq__ = equals  # type: ignore[method-assign]
    watch("data", "the number")
    watch("requires_grad", "requires_grad")
    watch("grad", "the gradient")
    watch("local_grads", "the local derivatives")
    watch("backward", "a gradient")
    watch("detach", "a constant copy")


# ---- from nodes to a tape -----------------------------------------------------------------------


def tape_of(name: str, result: Any, arguments: Sequence[Value], recorder: Recorder) -> Tape:
    """The tape of what was recorded, without what the result does not depend on.

    result : a Value, or a structure of Values and numbers.

    Raises RecordingError if an operation took place that the recorder has not seen.
    """
    results: list[Any] = []
    returns = structure_of(result, results)
    for k, x in enumerate(results):
        if not isinstance(x, Value):
            results[k] = constant(x)
            recorder.made(results[k])
    recorded, unlisted, others, are_own, operands, at = noted(
        recorder.nodes, recorder.leaves, results
    )
    recorder.nodes.clear()
    inputs = {id(node): k for k, node in enumerate(arguments)}
    closures = [n for n, is_own in zip(others, are_own, strict=True) if not is_own]
    closures = [n for n in closures if id(n) not in inputs]
    strangers = [node for node in closures if node._operands]
    if strangers and not below(strangers).isdisjoint([*arguments, *recorded]):
        raise RecordingError(
            f"{name} computed a part of its result in another thread: it cannot be recorded"
        )
    # by their digits, since 0.0 and -0.0 are two different ones
    constants = {x.hex(): place for place, x in enumerate((ONE, MINUS_ONE, MINUS_ZERO))}
    for node in unlisted:
        if isinstance(node._operation, Fold) and node._operation.name == "mean":
            constants.setdefault(float(node._operation.count).hex(), len(constants))
    for node in compress(others, are_own):
        constants.setdefault(node._data.hex(), len(constants))
    tape = Tape(name, closures, map(float.fromhex, constants), [v.label for v in arguments])
    limits = None
    if recorder.of_derivatives:
        limits = bytes([id(node) in recorder.of_derivatives for node in recorded])
    closure = count()

    def place_of(node: Value, is_own: bool) -> int:
        if is_own:
            return len(closures) + constants[node._data.hex()]
        return tape.shared + inputs[id(node)] if id(node) in inputs else next(closure)

    def special(node: Value, places: Sequence[int]) -> int:
        limit = id(node) in recorder.of_derivatives
        if isinstance(node._operation, Fold):
            return taken_apart(node._operation, places, tape, limit)
        return tape.add(node._operation, places, limit)

    outside = array("i", map(place_of, others, are_own))
    places = append_all(tape, recorded, operands, outside, limits, special)
    tape.results = [places[k] if k >= 0 else outside[-1 - k] for k in at]
    tape.returns = returns
    tape.stored = tape.nodes
    return tape


def noted(
    nodes: list[Value], leaves: list[Value], results: list[Value]
) -> tuple[list[Value], list[Value], list[Value], list[bool], array[int], array[int]]:
    """Of nodes, in the order in which they were made, those that results depend on, and those of
    them whose operation is not in the table; the others that these use, in the order of use, and
    whether each is of the leaves, of which one number comes but once; the operands of nodes, one
    after the other; and the results. Recorded nodes are counted from 0, and others from -1 down."""
    needed = {id(node) for node in results}
    recorded = []
    for node in reversed(nodes):
        if id(node) in needed:
            needed.update(map(id, node._operands))
            recorded.append(node)
    recorded.reverse()
    index: dict[Any, int] = {id(node): k for k, node in enumerate(recorded)}
    own = {id(leaf) for leaf in leaves}
    others: list[Value] = []
    are_own: list[bool] = []

    def index_of(node: Value) -> int:
        is_own = id(node) in own
        key = node._data.hex() if is_own else id(node)
        if key not in index:
            others.append(node)
            are_own.append(is_own)
            index[key] = -len(others)
        return index[key]

    operands = array("i")
    for node in recorded:
        operands.extend([index_of(x) for x in node._operands])
    at = array("i", [index_of(x) for x in results])
    unlisted = [node for node in recorded if node._operation.code < 0]
    return recorded, unlisted, others, are_own, operands, at


def append_all(
    tape: Tape,
    recorded: list[Value],
    operands: array[int],
    others: array[int],
    limits: bytes | None,
    special: Callable[[Value, Sequence[int]], int],
) -> array[int]:
    """Add the instructions of recorded nodes to a tape; gives the places of their results.

    others  : the places of what was not recorded.
    limits  : for each whether it is of a derivative, if any is.
    special : what adds an instruction; the native engine adds those of the table by itself.
    """
    places, start = array("i"), 0
    for node in recorded:
        end = start + len(node._operands)
        at = [places[k] if k >= 0 else others[-1 - k] for k in operands[start:end]]
        places.append(special(node, at))
        start = end
    return places


if not TYPE_CHECKING and accelerated:
    from autograd.native import engine as _native

    noted, append_all = _native.noted, _native.append_all


def taken_apart(operation: Fold, operands: Sequence[int], tape: Tape, limit: bool) -> int:
    """The place of a sum, mean or dot product, by additions and products, in the same order."""

    def of_two(name: str) -> Callable[[int, int], int]:
        return lambda a, b: tape.add(OPERATIONS[name], [a, b], limit)

    def over(total: int, count: float) -> int:
        return tape.add(OPERATIONS["div"], [total, tape.constant_place(count)], limit)

    result = operation.fold(operands, of_two("add"), of_two("mul"), over)
    return tape.add(OPERATIONS["pos"], operands, limit) if result in operands else result


def below(roots: Iterable[Value]) -> set[Value]:
    """The roots, and all nodes that they depend on."""
    nodes: set[Value] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in nodes:
            nodes.add(node)
            waiting.extend(node.operands)
    return nodes
