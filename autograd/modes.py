"""Switches that change how Values behave inside a `with` block, in the thread that entered it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any


class Mode(dict[int, Any]):
    """A switch that each thread has on or off: what each thread that has it on set it to.

    Being a dictionary, it is false while no thread has it on, so every operation can afford to
    ask: `if mode and mode.is_on()`. Each thread writes only its own key.
    """

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
        else:
            self.pop(thread, None)


not_recording = Mode()
"""On inside `no_grad()`."""

checking_gradients = Mode()
"""On inside `detect_anomaly()`."""

taking_limits = Mode()
"""On while derivatives are worked out: at a pole, operations give IEEE 754's inf and nan."""

writing_tape = Mode()
"""While `compile` records a function: the `Recorder` that is to know of every node made."""


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
