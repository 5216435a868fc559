"""A cursor over the steps of a backward pass: it moves, stops at breakpoints, and fills gradients.

Nothing is worked out here, and nothing is undone: to go back is to move the cursor.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Any, Self

from autograd.engine import Value
from autograd.language.notation import Notation
from autograd.protocols.settings import check_limits
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace

Condition = Callable[[Step], Any]
"""Whether to stop after a step."""


@dataclass(frozen=True)
class Breakpoint:
    """Where to stop: at a gate, or where the gradient of a node changes.

    number : what it is listed and cleared by, from 1.
    kind   : "break" or "watch".
    steps  : the indices of the steps at which it may stop, in order; `accepts` decides.
    """

    number: int
    kind: str
    node: Value
    steps: Sequence[int]
    when: Condition | None

    def accepts(self, step: Step) -> bool:
        """Whether to stop after a step."""
        if self.kind == "watch" and step.before == step.after:
            return False
        return self.when is None or bool(self.when(step))

    def within(self, first: int, last: int) -> Sequence[int]:
        """The indices from first to last at which it may stop."""
        return self.steps[bisect_left(self.steps, first) : bisect_right(self.steps, last)]


class Cursor:
    """A place among the steps of a backward pass.

    trace    : the steps.
    live     : whether `.grad` fields follow it.
    notation : how the numbers in its notices are written.

    `listeners` are functions that are called whenever what it shows has changed.
    """

    def __init__(self, trace: Trace, live: bool, notation: Notation) -> None:
        self.trace, self.live, self.notation = trace, bool(live), notation
        self._index = -1
        self._before = [node._grad for node in trace.order]  # without this pass, to the bit
        self._stops: list[Breakpoint] = []
        self._count = 0  # of breakpoints ever set
        self._notice = ""  # why it stopped here
        self._since: int | None = None  # the first of the steps that next() took
        self.listeners: list[Callable[[], object]] = []

    @property
    def index(self) -> int:
        """The index of the step taken last; -1 before the first."""
        return self._index

    @property
    def last(self) -> int:
        """The index of the last step."""
        return len(self.trace) - 1

    # ---- moving ---------------------------------------------------------------------------------

    def step(self, n: int = 1) -> Self:
        """Take n steps, each one `+=`; breakpoints stop it."""
        check_limits(n=n)
        return self._forward(self.index + n)

    def next(self, n: int = 1) -> Self:
        """Finish the gate at work, or the next one if that is done; n gates in all."""
        check_limits(n=n)
        target = self.index
        for _ in range(n):
            if target >= self.last:
                break
            target = self._gate_of(target + 1)[-1]
        return self._forward(target, since=self.index + 1)

    def back(self, n: int = 1) -> Self:
        """Take back n steps; breakpoints stop it."""
        check_limits(n=n)
        return self._backward(self.index - n)

    def back_gate(self, n: int = 1) -> Self:
        """Take back the steps of the gate at work; n gates in all."""
        check_limits(n=n)
        target = self.index
        for _ in range(n):
            if target < 0:
                break
            target = self._gate_of(target)[0] - 1
        return self._backward(target)

    def run(self) -> Self:
        """Go to the next breakpoint, or to the end."""
        return self._forward(self.last)

    def until(self, node: Value | str) -> Self:
        """Go on until the gradient of a node is complete: all of its uses have arrived."""
        found = self.trace.find(node)
        arrivals = self.trace.arrivals(found)
        name = self.trace.name(found)
        if not arrivals:
            return self._stay(f"{name} is a constant: nothing will arrive")
        if arrivals[-1] <= self.index:
            return self._stay(f"the gradient of {name} is complete already")
        return self._forward(arrivals[-1])

    def goto(self, index: int) -> Self:
        """Go to where this step is the last one taken, whatever breakpoints there are."""
        if not isinstance(index, int) or isinstance(index, bool):
            raise TypeError(f"goto takes the index of a step, not {index!r:.60}")
        if not 0 <= index <= self.last:
            raise IndexError(f"there are steps 0 to {self.last}, and no {index}")
        return self._move(index)

    def restart(self) -> Self:
        """Go to before the first step."""
        return self._move(-1)

    # ---- stopping -------------------------------------------------------------------------------

    def break_at(self, node: Value | str, when: Condition | None = None) -> Self:
        """Stop where a gate begins its work, or where something arrives at a leaf.

        when : a function of a `Step`; stop at each step of the gate for which it is true.
        """
        if when is not None and not callable(when):
            raise TypeError(f"when is a function of a step, not {when!r:.60}")
        found = self.trace.find(node)
        steps: Sequence[int] = self.trace.steps_of(found)
        if not found.operands:
            steps = self.trace.arrivals(found)
        elif when is None:
            steps = steps[:1]
        return self._stop_at("break", found, steps, when)

    def watch(self, node: Value | str) -> Self:
        """Stop where the gradient of a node changes."""
        found = self.trace.find(node)
        return self._stop_at("watch", found, self.trace.arrivals(found), None)

    # ---- the cursor -----------------------------------------------------------------------------

    def _gate_of(self, index: int) -> range:
        """The indices of all steps of the gate at work at one of them; the seed stands alone."""
        return self.trace.steps_of(self.trace[index].node) if index else range(1)

    def _forward(self, target: int, since: int | None = None) -> Self:
        if self.index == self.last:
            return self._stay("at the end: back, restart and goto move from here")
        return self._move_to_stop(range(self.index + 1, min(target, self.last) + 1), since)

    def _backward(self, target: int) -> Self:
        if self.index < 0:
            return self._stay("at the start: step, next and run move from here")
        return self._move_to_stop(range(self.index - 1, max(target, -1) - 1, -1))

    def _move_to_stop(self, way: range, since: int | None = None) -> Self:
        """Go the whole way, or as far as the first breakpoint on it."""
        first, last = sorted((way[0], way[-1]))
        candidates = [
            [(index, stop) for index in stop.within(first, last)[:: way.step]]
            for stop in self._stops
        ]
        for index, stop in merge(*candidates, key=lambda pair: pair[0] * way.step):
            if stop.accepts(self.trace[index]):  # and no condition beyond it is asked
                return self._move(index, self._why(stop, index), since)
        return self._move(way[-1], since=since)

    def _why(self, stop: Breakpoint, index: int) -> str:
        name = self.trace.name(stop.node)
        if stop.kind == "break":
            return f"breakpoint {stop.number}: {name}"
        step = self.trace[index]
        before, after = (self.notation.number(x or 0.0) for x in (step.before, step.after))
        return f"watch {stop.number}: the gradient of {name} changes, {before} → {after}"

    def _move(self, index: int, notice: str = "", since: int | None = None) -> Self:
        changed = self._fill(index) if self.live else []
        if changed:
            names = ", ".join(self.trace.name(node) for node in changed[:3])
            verb = "was" if len(changed) == 1 else "were"
            outside = f"the .grad of {names} {verb} changed from outside; steps now add to that"
            notice = f"{notice}; {outside}" if notice else outside
        self._notice, self._since, self._index = notice, since, index
        return self._tell()

    def _stay(self, notice: str) -> Self:
        self._notice = notice
        return self._tell()

    def _tell(self) -> Self:
        for listener in self.listeners:
            listener()
        return self

    def _fill(self, index: int) -> list[Value]:
        """Set every `.grad` that the steps between here and index change; if interrupted, none.

        Where a gradient is not as it was left, after a `backward()` say, the steps add to it from
        now on. Returns the nodes where that is so.
        """
        first, last = sorted((self.index, index))
        touched = self.trace.operands_of(first + 1, last)
        changed = [place for place in touched if not self._is_as_left(place)]
        for place in changed:
            so_far = self.trace.gradient_after(self.trace.order[place], self.index)
            self._before[place] = self.trace.order[place].grad - (so_far or 0.0)
        try:
            self._put(touched, index)
            self._index = index
        except BaseException:
            self._put(touched, self.index)
            raise
        return [self.trace.order[place] for place in changed]

    def _is_as_left(self, place: int) -> bool:
        gradient, left = self.trace.order[place]._grad, self._gradient(place, self.index)
        return gradient == left or (gradient != gradient and left != left)

    def _put(self, places: Iterable[int], index: int) -> None:
        for place in places:
            self.trace.order[place]._grad = self._gradient(place, index)

    def _gradient(self, place: int, index: int) -> float | None:
        """What `.grad` is, for the node at a place, after the step of an index."""
        so_far = self.trace.gradient_after(self.trace.order[place], index)
        before = self._before[place]
        return before if so_far is None else so_far if before is None else before + so_far

    def _stop_at(
        self, kind: str, node: Value, steps: Sequence[int], when: Condition | None
    ) -> Self:
        self._count += 1
        self._stops.append(Breakpoint(self._count, kind, node, steps, when))
        what = "breakpoint" if kind == "break" else "watch"
        return self._stay(f"{what} {self._count} set: {self.trace.name(node)}")
