"""Every exception that the package raises of its own; each is also the built-in it specialises."""

from __future__ import annotations


class DomainError(ValueError):
    """An operation has no finite real value at its operands: log 0, 1/0, exp 1000.

    Raised on the line that did it, so a nan or an overflow never travels on to the loss. Where
    Python's floats raise ZeroDivisionError or OverflowError, this is such an error too.
    """


class DivisionByZeroError(DomainError, ZeroDivisionError):
    """The DomainError of 1/0 and 0**-1."""


class TooLargeError(DomainError, OverflowError):
    """The DomainError of a result that exceeds the largest float."""


class ExpressionError(ValueError):
    """A text is no expression that `parse` reads.

    reason : what is wrong, without the text.
    line, column : the line that it is on, and where on it, from 0; None for the whole.
    """

    def __init__(
        self, reason: str, line: str = "", column: int | None = None, end: int | None = None
    ) -> None:
        super().__init__(reason, line, column, end)
        self.reason, self.line, self.column = reason, line, column
        self.end = end

    def __str__(self) -> str:
        if self.column is None:
            return f"{self.reason}: {self.line[:60]}" if self.line else self.reason
        return f"{self.reason}, at column {self.column + 1}{mark(self.line, self.column, self.end)}"

    def on_one_line(self) -> str:
        """The message for where there is no room for a mark below the text."""
        if self.column is None:
            return str(self)
        return f"{self.reason}, at column {self.column + 1} of {self.line[:60]!r}"


def mark(line: str, column: int, end: int | None = None) -> str:
    """Two more lines for a message: the part of a line that it is about, with a mark below."""
    first = max(0, column - 40)
    shown = "".join(c if c.isprintable() else "�" for c in line[first : first + 76])
    marks = "^" * max(1, min(end or 0, first + len(shown)) - column)
    return f"\n    {shown}\n    {' ' * (column - first)}{marks}"


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


class LayoutError(RenderError):
    """A picture takes more time or memory to lay out than it may."""
