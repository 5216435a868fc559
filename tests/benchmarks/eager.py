"""The eager engine beside micrograd 0.1.0, in one run.

    pip install micrograd==0.1.0
    python tests/benchmarks/eager.py

An MLP(2, [16, 16, 1]) on 100 points, forward and backward, by the same code on either class of
Value. The two take turns, so a machine that slows down slows both; the medians are quoted.
micrograd's nodes form reference cycles, which Python's collector has to find; so it is measured
also with the collector off, where only the arithmetic is left to compare.
"""

from __future__ import annotations

import argparse
import gc
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import workloads

from autograd import Value


def measure(value: type) -> Callable[[], tuple[float, float, int]]:
    """What times one forward and one backward pass, in seconds, and counts the nodes."""
    points, labels = workloads.two_moons()
    layers = workloads.mlp(value)

    def once() -> tuple[float, float, int]:
        start = time.perf_counter()
        loss = workloads.hinge_loss(layers, points, labels, value)
        middle = time.perf_counter()
        loss.backward()
        end = time.perf_counter()
        return middle - start, end - middle, workloads.count_nodes(loss)

    return once


def compare(contenders: dict[str, type], count: int) -> dict[str, tuple[float, float, int]]:
    """Median seconds forward and backward, and the nodes, by name, measured in turns."""
    runs = {name: measure(value) for name, value in contenders.items()}
    times: dict[str, list[tuple[float, float, int]]] = {name: [] for name in contenders}
    for turn in range(count + 1):
        for name, once in runs.items():
            result = once()
            if turn:  # the first is a warm-up
                times[name].append(result)
    return {
        name: (
            statistics.median(t[0] for t in rows),
            statistics.median(t[1] for t in rows),
            rows[0][2],
        )
        for name, rows in times.items()
    }


def main() -> None:
    try:
        from micrograd.engine import Value as MicrogradValue
    except ImportError:
        sys.exit("eager.py: micrograd is not installed: pip install micrograd==0.1.0")
    parser = argparse.ArgumentParser(description="The eager engine beside micrograd 0.1.0.")
    parser.add_argument("--runs", type=int, default=9, metavar="N", help="how often (9)")
    runs = max(1, parser.parse_args().runs)
    print(f"Python {platform.python_version()}, {platform.machine()}, median of {runs} runs")
    contenders: dict[str, Any] = {"micrograd 0.1.0": MicrogradValue, "chalkgrad": Value}
    for collector in (True, False):
        (gc.enable if collector else gc.disable)()
        results = compare(contenders, runs)
        print(f"\ncyclic collector {'on, as usual' if collector else 'off'}")
        print(f"{'':17}{'nodes':>8}{'forward':>12}{'backward':>12}{'both':>12}")
        for name, (forward, backward, nodes) in results.items():
            row = "".join(f"{1e3 * t:9.1f} ms" for t in (forward, backward, forward + backward))
            print(f"{name:17}{nodes:8,}{row}")
        ratios = [sum(results[name][:2]) for name in contenders]
        print(f"{'ratio':17}{ratios[0] / ratios[1]:43.1f}x")


if __name__ == "__main__":
    main()
