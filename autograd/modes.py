"""Switches that change how Values behave inside a `with` block, in the thread that entered it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from threading import get_ident
from typing import TYPE_CHECKING, Any

from autograd.operations import CONSTANT, FROZEN

if TYPE_CHECKING:
    from autograd.primitive import Operation
    from autograd.value import Value

altered: set[tuple[int, str]] = set()
"""The threads that are inside `no_grad()` or write a tape: there, a new node is settled."""


class Mode(dict[int, Any]):
    """A switch that each thread has on or off: what each thread that has it on set it to.

    name : what to call it in `altered`, if it changes how nodes are made.

    Being a dictionary, it is false while no thread has it on, so every operation can afford to
    ask: `if mode and mode.is_on()`. Each thread writes only its own key.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self._name = name

    def is_on(self) -> bool:
        """Whether the calling thread has it on."""
        return get_ident() in self

    def setting(self) -> Any:
        """What the calling thread set it to, or None."""
        return self.get(get_ident())

    @contextmanager
    def switched(self, on: Any) -> Iterator[None]:
        """On or off inside the block; afterwards as it was before, also after an exception."""
        thread = get_ident()
        before = self.get(thread)
        try:
            self._set(thread, on)
            yield
        finally:
            self._set(thread, before)

    def _set(self, thread: int, on: Any) -> None:
        if on:
            self[thread] = on
            if self._name:
                altered.add((thread, self._name))
        else:
            self.pop(thread, None)
            altered.discard((thread, self._name))


not_recording = Mode("no_grad")
"""On inside `no_grad()`."""

writing_tape = Mode("tape")
"""While `compile` records a function: the `Recorder` that is to know of every node made."""

taking_limits = Mode()
"""On while derivatives are worked out: at a pole, operations give IEEE 754's inf and nan."""

checking_gradients = Mode()
"""On inside `detect_anomaly()`."""


# ---- the seam: what is not simply a new node ----------------------------------------------------


def settle(node: Value) -> None:
    """A node just made, as the modes of this thread want it.

    The one thing that hangs on the making of a node. The engine calls it where a mode is on, where
    all operands may be constants, and where the number is not finite. Raises DomainError where the
    operation has no value at its operands.
    """
    operands = node._operands
    recorder = writing_tape.setting() if writing_tape else None
    if not isfinite(node._data) and not taking_limits.is_on():
        check_defined(node._operation, node._data, operands)
    if operands and not_recording.is_on():
        for operand in operands:
            refuse("a result inside no_grad()", operand)
        node._made_by(CONSTANT, (), ())
    elif operands and all(operand.is_constant for operand in operands):
        if not recorder or recorder.knows_all(operands):
            node._made_by(CONSTANT, (), ())
    elif any(operand._operation is FROZEN for operand in operands):
        pairs = zip(operands, node._local_grads, strict=True)  # 0 also once it is frozen no more
        grads = [0.0 if operand.is_constant else grad for operand, grad in pairs]
        node._made_by(node._operation, operands, grads)
    if recorder:
        recorder.made(node)


def check_defined(operation: Operation, data: float, operands: Sequence[Value]) -> None:
    """Raise DomainError where a number that is not finite came of operands that are."""
    numbers = tuple(v._data for v in operands)
    if operands and operation.is_undefined(data, numbers):
        with writing_tape.switched(None):  # so that a message may show numbers
            raise operation.kind_of_error(numbers)(explain(operation, operands))


def explain(operation: Operation, operands: Sequence[Value]) -> str:
    """The text of a DomainError; `language.expression` puts in its place one that knows names."""
    return operation.explain(tuple(v._data for v in operands))


def refuse(what: str, node: Value) -> None:
    """Raise RecordingError where a tape would freeze what is asked of the node."""
    if writing_tape and writing_tape.is_on():
        writing_tape.setting().refuse(what, node)


def refuse_hash(node: Value) -> None:
    """Raise RecordingError where a dictionary or set looks a number up, as it would a float."""
    if writing_tape and writing_tape.is_on():
        writing_tape.setting().refuse_hash(node)


def refuse_change(what: str, node: Value) -> None:
    """Raise RecordingError where a replay would not set what is set of a node."""
    if writing_tape and writing_tape.is_on():
        writing_tape.setting().refuse_change(what, node)


# ---- for users ----------------------------------------------------------------------------------


@contextmanager
def no_grad() -> Iterator[None]:
    """Stop recording: results are constants, with no operands and no gradient.

    A context manager and a decorator, for the calling thread only.

    >>> from autograd import Value, no_grad
    >>> a = Value(2.0)
    >>> with no_grad():
    ...     b = a * 3
    >>> b.operands
    ()
    """
    with not_recording.switched(True):
        yield


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Turn a nan or infinite gradient in `backward()` into an `AnomalyError` naming the node.

    A context manager and a decorator, for the calling thread only. No `.grad` has changed when
    the error is raised.

    >>> from autograd import Value, detect_anomaly
    >>> x = Value(0.0, label="x")
    >>> with detect_anomaly():
    ...     x.sqrt().backward()
    Traceback (most recent call last):
        ...
    autograd.errors.AnomalyError: the gradient of x is inf: ...
    """
    with checking_gradients.switched(True):
        yield
