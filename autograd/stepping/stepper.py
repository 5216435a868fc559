"""`step_through`: a debugger for gradients, which moves over a backward pass forward and back.

Its commands have the names that pdb and gdb give them.
"""

from __future__ import annotations

from typing import Self

from autograd.derivatives.slopes import SlopeCheck
from autograd.engine import Value
from autograd.language.notation import Notation, NotationName
from autograd.language.terminal import Printout, Terminal
from autograd.protocols.settings import check_limits
from autograd.stepping.card import Card
from autograd.stepping.cursor import Cursor
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


class Stepper(Cursor):
    """A cursor over the steps of a backward pass; `step_through` makes it.

    trace : the steps.
    live  : whether `.grad` fields follow.
    """

    def __init__(self, trace: Trace, live: bool, notation: Notation) -> None:
        super().__init__(trace, live, notation)
        self._displayed: dict[Value, None] = {}

    def loop(self) -> None:
        """Read commands until `q`: s for step, n for next, and so on; `help` lists them."""
        Loop(self).cmdloop()

    # ---- looking --------------------------------------------------------------------------------

    def where(self) -> Printout:
        """The gates from the root down to the current step, as a path."""
        terminal = Terminal()
        return Printout(terminal.page(self._card(terminal).where()))

    def tree(self, depth: int = 12, max_nodes: int = 100) -> Printout:
        """The graph as a tree, with the gradients so far and the current step marked."""
        check_limits(depth=depth, max_nodes=max_nodes)
        terminal = Terminal()
        card = self._card(terminal)
        return Printout(terminal.page(card.tree_below(self.trace.root, depth, max_nodes)))

    def display(self, node: Value | str) -> Printout:
        """Show a node's gradient now, and with every step from here on; see `undisplay`."""
        self._displayed[self.trace.find(node)] = None
        return self.look(node)

    def look(self, node: Value | str) -> Printout:
        """A node's gradient so far, and how many of its uses have arrived."""
        terminal = Terminal()
        return Printout(terminal.page(self._card(terminal).display(self.trace.find(node))))

    def undisplay(self, node: Value | str) -> Printout:
        """Stop showing a node with every step."""
        self._displayed.pop(self.trace.find(node), None)
        names = ", ".join(self.trace.name(each) for each in self._displayed)
        return self._page(f"displayed: {names or 'none'}")

    def check(self, node: Value | str | None = None) -> SlopeCheck:
        """The finite difference of a node beside its complete gradient; true if they agree.

        Without a node, it is the one whose gradient the current step adds to.
        """
        found = self.here if node is None else self.trace.find(node)
        return self._card(Terminal()).check(found)

    @property
    def here(self) -> Value:
        """The node whose gradient the current step adds to; before the first, the root."""
        step = self.trace[max(self.index, 0)]
        return step.node if step.operand is None else step.operand

    def set(self, notation: NotationName | None = None, precision: int | None = None) -> Self:
        """Change how gradients are written, or how many significant digits numbers have."""
        self.notation = Notation(
            self.notation.name if notation is None else notation,
            self.notation.precision if precision is None else precision,
        )
        return self._stay("")

    def breakpoints(self) -> Printout:
        """The breakpoints and watches, by their numbers."""
        lines = [
            f"{stop.number}  {stop.kind}  {self.trace.name(stop.node)}"
            + (f" if {stop.when.__doc__ or 'a condition holds'}" if stop.when else "")
            for stop in self._stops
        ]
        return self._page("\n".join(lines) or "no breakpoints")

    def clear(self, which: int | Value | str | None = None) -> Printout:
        """Remove a breakpoint, given by its number or its node; by default, all."""
        if which is None:
            gone = list(self._stops)
        elif isinstance(which, int):
            gone = [stop for stop in self._stops if stop.number == which]
        else:
            node = self.trace.find(which)
            gone = [stop for stop in self._stops if stop.node is node]
        if not gone and which is not None:
            name = which if isinstance(which, int) else self.trace.name(self.trace.find(which))
            raise ValueError(f"there is no breakpoint {name}: breakpoints lists them")
        self._stops = [stop for stop in self._stops if stop not in gone]
        return self._page(f"{len(gone)} removed, {len(self._stops)} left")

    # ---- the card -------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return self.render(Terminal())

    def __str__(self) -> str:
        return self.render(Terminal(), colours=False)

    def render(self, terminal: Terminal, colours: bool = True, tree: bool = True) -> str:
        """The card of the current step, below the reason for stopping there, for a terminal."""
        notices = [terminal.text((self._notice, "head"))] if self._notice else []
        card = self._card(terminal)
        lines = card.lines() if tree else card.words()
        displayed = (line for node in self._displayed for line in card.display(node))
        return terminal.page([*notices, *lines, *displayed], colours)

    def _card(self, terminal: Terminal) -> Card:
        return Card(self.trace, self.index, self.notation, terminal, self._earlier, self._since)

    def _earlier(self, node: Value) -> float:
        """What earlier passes left in a node's `.grad`, if `.grad` fields follow the cursor."""
        return self._before[self.trace.places[node]] or 0.0 if self.live else 0.0

    def _page(self, text: str) -> Printout:
        terminal = Terminal()
        return Printout(terminal.page(terminal.text(line) for line in text.split("\n")))
