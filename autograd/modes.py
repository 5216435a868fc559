"""Switches that change how Values behave inside a `with` block, in its thread or asyncio task."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ContextDecorator, nullcontext
from contextvars import ContextVar, copy_context
from functools import partial
from math import isfinite
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any

from autograd.operations import CONSTANT, FROZEN

if TYPE_CHECKING:
    from autograd.primitive import Operation
    from autograd.value import Value


class by_lookup:  # noqa: N801, a decorator
    """A method of a context manager that gives what `with` is to call."""

    def __init__(self, method: Callable[[Any], Callable[..., None]]) -> None:
        self.method = method

    def __get__(self, instance: Any, owner: Any = None) -> Callable[..., None]:
        if instance is None:  # from contextlib.ExitStack
            return lambda instance, *args: self.method(instance)(*args)
        return self.method(instance)


class Mode(dict[Lock, Any]):
    """A switch with a setting for each thread, and in asyncio for each task.

    It maps the lock of each block that has switched it to the setting there; a block has left it
    once its lock is free. Being a dictionary, it is false while no block has switched it, so every
    operation can afford to ask: `if mode and mode.is_on()`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.blocks: ContextVar[Any] = ContextVar("blocks", default=())  # innermost, outer ones

    def is_on(self) -> bool:
        """Whether it is on here."""
        return bool(self.setting())

    def setting(self) -> Any:
        """What the innermost block around the caller set it to; None outside of any."""
        blocks = self.around()
        return self.get(blocks[0]) if blocks else None

    def around(self) -> Any:
        """The blocks around the caller: the lock of the innermost, and those around that one."""
        blocks = self.blocks.get()
        while blocks and not (blocks[0].locked() and blocks[0] in self):
            blocks = blocks[1]
        if len(self) > 1 or not blocks:
            for lock in list(self):
                if not lock.locked():  # its block was left
                    self.pop(lock, None)
        return blocks

    def switched(self, setting: Any) -> Switch | nullcontext[None]:
        """On or off inside the block; afterwards as it was before."""
        return Switch(self, setting) if setting or self.is_on() else nullcontext()


class Switch(ContextDecorator):
    """The context manager that switches a mode.

    Ctrl-C may come between any two steps of Python, so also at the first step of a Python function
    `__exit__`, which would leave the mode on for good. What `with` calls here is C, as it is for a
    lock: entering puts the lock into the mode, and leaving frees it.
    """

    def __init__(self, mode: Mode, setting: Any) -> None:
        self.mode, self.setting = mode, setting
        self.waiting: dict[tuple[str, int], Lock] = {}  # by what each was taken for, and thread

    def _recreate_cm(self) -> Switch:  # of ContextDecorator: for each call of the function
        return Switch(self.mode, self.setting)

    def lock_for(self, this: str, other: str) -> Lock:
        """The lock of a block; `with` asks for it twice, in an order that depends on Python."""
        lock = self.waiting.pop((other, get_ident()), None)
        if lock is None:
            lock = self.waiting[this, get_ident()] = Lock()
            lock.acquire()
            around = self.mode.around()
            held = copy_context()  # a finaliser that sets meanwhile would free it: CPython 3.11
            self.mode.blocks.set((lock, around))
            del held
        return lock

    @by_lookup
    def __enter__(self) -> Callable[[], None]:
        return partial(self.mode.__setitem__, self.lock_for("enter", "exit"), self.setting)

    @by_lookup
    def __exit__(self) -> Callable[..., None]:
        return self.lock_for("exit", "enter").__exit__


not_recording = Mode()
"""On inside `no_grad()`."""

writing_tape = Mode()
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
    if operands and not_recording and not_recording.is_on():
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


own_files: set[str] = set()
"""Files of this package that are known to ask for hashes, of which thousands are asked for."""


def refuse_hash(node: Value) -> None:
    """Raise RecordingError where a dictionary or set looks a number up, as it would a float."""
    if sys._getframe(1).f_code.co_filename in own_files:
        return
    if writing_tape and writing_tape.is_on():
        writing_tape.setting().refuse_hash(node)


def refuse_change(what: str, node: Value) -> None:
    """Raise RecordingError where a replay would not set what is set of a node."""
    if writing_tape and writing_tape.is_on():
        writing_tape.setting().refuse_change(what, node)


# ---- for users ----------------------------------------------------------------------------------


def no_grad() -> Switch:
    """Stop recording: results are constants, with no operands and no gradient.

    A context manager and a decorator, for the calling thread or asyncio task only. (A generator
    that yields inside the block has it on meanwhile for whoever runs the generator.)

    >>> from autograd import Value, no_grad
    >>> a = Value(2.0)
    >>> with no_grad():
    ...     b = a * 3
    >>> b.operands
    ()
    """
    return Switch(not_recording, True)


def detect_anomaly() -> Switch:
    """Turn a nan or infinite gradient in `backward()` into an `AnomalyError` naming the node.

    A context manager and a decorator, for the calling thread or asyncio task only. No `.grad` has
    changed when the error is raised.

    >>> from autograd import Value, detect_anomaly
    >>> x = Value(0.0, label="x")
    >>> with detect_anomaly():
    ...     x.sqrt().backward()
    Traceback (most recent call last):
        ...
    autograd.errors.AnomalyError: the gradient of x is inf: ...
    """
    return Switch(checking_gradients, True)
