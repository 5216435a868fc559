"""What a trace costs, compared with `backward()`, and a move of the stepper, wherever it is.

    python tests/benchmarks/stepping.py

The graph is the random one of `workloads.py`, with about 100,000 steps. Figures are medians; what
is compared takes turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import workloads

from autograd import Value, accelerated, step_through, trace

NODES, ROUNDS = 50_000, 15


def seconds(call: Callable[[], Any]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Measure, and print ratios."""
    root = workloads.random_graph(workloads.random_leaves(Value), NODES)
    backward, build = [], []
    for _ in range(ROUNDS):
        backward.append(seconds(root.backward))
        build.append(seconds(lambda: trace(root)))
    steps = trace(root)
    print(f"{'compiled' if accelerated else 'plain Python'}, {len(steps):,} steps")
    ratio = statistics.median(build) / statistics.median(backward)
    print(f"trace(root) takes {ratio:.1f} times what backward() does")
    whole = seconds(lambda: list(steps)) / statistics.median(backward)
    print(f"and making every Step {whole:.0f} times")
    stepper = step_through(root)
    stepper.goto(stepper.last)  # so that what it looks up only once is looked up
    for name, place in (("first", 10), ("middle", len(steps) // 2), ("last", len(steps) - 20)):
        stepper.goto(place)
        moves = [seconds(stepper.step) + seconds(stepper.back) for _ in range(200)]
        shows = [seconds(lambda: str(stepper)) for _ in range(20)]
        print(
            f"at the {name:6}  step() and back() {statistics.median(moves) * 1e6:5.0f} µs,  "
            f"a card {statistics.median(shows) * 1e3:5.1f} ms"
        )


main()
