"""Every exception that the package raises of its own; each is also the built-in it specialises."""

from __future__ import annotations


class DomainError(ValueError):
    """An operation has no finite real value at its operands: log 0, 1/0, exp 1000.

    Raised on the line that did it, so a nan or an overflow never travels on to the loss.
    """


class GraphError(RuntimeError):
    """A graph cannot be differentiated as asked: its root is a constant, or its data changed."""


class RecordingError(RuntimeError):
    """A function cannot be compiled as it is: it asks for a number that the tape would freeze."""


class AnomalyError(RuntimeError):
    """Inside `detect_anomaly()`, a backward pass met a gradient that is nan or infinite."""


class GradcheckError(AssertionError):
    """`gradcheck` found a gradient that finite differences contradict."""


class RenderError(RuntimeError):
    """A picture cannot be made in the format or with the engine asked for."""
