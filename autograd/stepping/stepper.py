"""`step_through`: a debugger for gradients, which moves over a backward pass forward and back.

Its commands have the names that pdb and gdb give them.
"""

from __future__ import annotations

from autograd.engine import Value
from autograd.language.notation import Notation, NotationName
from autograd.stepping.inspector import Inspector
from autograd.stepping.loop import Loop
from autograd.stepping.tracing import Trace


def step_through(
    root: Value,
    live: bool = True,
    *,
    notation: NotationName = "leibniz",
    precision: int = 4,
    gradient: float = 1.0,
) -> Stepper:
    """Step through the backward pass from root, one `+=` at a time, forward and back.

    live      : whether `.grad` fields fill with each step, and empty with each step back. After
                the last step they are what `backward()` leaves; at the start, what they were.
    notation  : how gradients are written: "leibniz" as ∂f/∂a, "grad" as a.grad, "bar" as ā.
    precision : significant digits of numbers.
    gradient  : the seed, as in `backward(gradient)`.

    The stepper stands before the first step. Each call that moves it returns it, so that a prompt
    shows where it is. Raises what `trace` raises.

    >>> from autograd import Value, step_through
    >>> a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    >>> s = step_through((a * b) * (a + b))
    >>> s = s.until(a)
    >>> a.grad, b.grad, s.check().agrees
    (-3.0, -6.0, True)
    >>> s = s.restart()
    >>> a.grad
    0.0
    """
    return Stepper(Trace(root, "backward", gradient), live, Notation(notation, precision))


class Stepper(Inspector):
    """A cursor over the steps of a backward pass; `step_through` makes it.

    trace : the steps.
    live  : whether `.grad` fields follow.
    """

    def loop(self) -> None:
        """Read commands until `q`: s for step, n for next, and so on; `help` lists them."""
        Loop(self).cmdloop()
