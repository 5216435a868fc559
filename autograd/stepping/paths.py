"""The paths along which a gradient comes down from the root: what the chain rule sums over."""

from __future__ import annotations

from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace
from autograd.value import Value

MOST_PATHS = 6  # are listed; there may be more than could be counted
LONGEST_PATH = 8  # gates


def paths_to(trace: Trace, node: Value) -> list[list[Step]]:
    """Every path from the root to a node, as the steps along it; none if they are many or long."""
    paths: list[list[Step]] = []
    waiting: list[tuple[Value, list[Step]]] = [(node, [])]
    while waiting:
        end, below = waiting.pop()
        if end is trace.root:
            paths.append(below)
            continue
        arrivals = trace.arrivals(end)
        if len(below) == LONGEST_PATH or len(waiting) + len(paths) + len(arrivals) > MOST_PATHS:
            return []
        for index in reversed(arrivals):
            step = trace[index]
            waiting.append((step.node, [step, *below]))
    return [path for path in paths if path]
