"""How fast, compared with what: the table in the README, measured again in one run.

    python -m pip install micrograd==0.1.0 torch casadi jax
    python tests/benchmarks/speed.py

Each workload is written once over any class of Value: a perceptron on 100 points, one training step
of a character GPT with 4,192 parameters, random graphs of 11,000 and of a million nodes, and calls
on 5 nodes and on 110, where little else is to be done, and a Hessian. What is compared takes turns,
so a machine that slows down slows all; medians are quoted. Python's cyclic collector is on, as it
is unless you turn it off. What is not installed is left out.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import statistics
import sys
import time
import tracemalloc
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import microgpt
import slots
import workloads

import autograd
import nn
from autograd import Value, accelerated

sys.setrecursionlimit(1_000_000)  # for those that need it

DOCUMENT = microgpt.document(0)
MANY = [microgpt.document(seed) for seed in range(64)]
SLABS = 0xC4A1C  # tracemalloc's domain for the memory of nodes, which stays for the next ones
Runs = dict[str, tuple[Callable[[], Any], int]]


def take_turns(runs: Runs, rounds: int) -> dict[str, float]:
    """Median seconds of one call of each; the number beside it is how many calls a turn has."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    gc.collect()
    gc.freeze()  # else all that was imported would cost those most whose nodes Python collects
    for turn in range(rounds + 1):
        for name, (call, calls) in runs.items():
            call()  # warm again after the others
            for _ in range(calls):
                start = time.perf_counter()
                call()
                if turn:  # the first is a warm-up
                    times[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def perceptron(value: Any) -> Callable[[], Any]:
    """Forward and backward on 100 points."""
    points, labels = workloads.two_moons()
    layers = workloads.mlp(value)
    return lambda: workloads.hinge_loss(layers, points, labels, value).backward()


def gpt(value: Any) -> Callable[[], Any]:
    """Forward and backward on one document."""
    parameters = microgpt.parameters(value, 0)
    return lambda: microgpt.token_loss(parameters, *DOCUMENT).backward()


def compiled_gpt(backend: str = "kernel") -> Callable[[], Any]:
    parameters = microgpt.parameters(Value, 0)
    loss = autograd.compile(lambda: microgpt.token_loss(parameters, *DOCUMENT), backend=backend)
    wait_for(loss, loss())
    return lambda: loss().backward()


def wait_for(compiled: Any, _result: Any) -> None:
    """Until the library of a function that was called is there, if it is to be there."""
    while compiled.backend.endswith("is being built"):
        time.sleep(0.01)
    if compiled.backend not in ("kernel", "c"):
        print(f"without C: {compiled.backend}")


def compiled_gpt_on_many() -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Forward and backward on the mean over 64 documents, given as one-hot rows; and with Adam."""
    parameters = microgpt.parameters(Value, 0)
    loss = autograd.compile(lambda inputs, targets: microgpt.loss(parameters, inputs, targets))
    rows = [tuple([microgpt.one_hot(t) for t in side] for side in tokens) for tokens in MANY]
    loss(*rows[0])
    width = 2 * microgpt.POSITIONS * microgpt.TOKENS
    flat = [x for row in rows for side in row for token in side for x in token]
    table = memoryview(array("d", flat)).cast("B").cast("d", (len(rows), width))
    optimizer = nn.Adam(microgpt.flat(parameters), lr=1e-3)

    def step() -> None:
        result = loss.mean(table)
        optimizer.zero_grad()
        result.backward()
        optimizer.step()

    return (lambda: loss.mean(table).backward()), step


def cores() -> list[int]:
    """Those that may be used; one, if the system does not let us choose among them."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else [0]


def on_one_core(call: Callable[[], Any], which: int = 0) -> Callable[[], Any]:
    """The same, for which this thread may use one core, as far as the system lets us say so."""
    if not hasattr(os, "sched_setaffinity"):
        return call

    def alone() -> None:
        allowed = cores()
        os.sched_setaffinity(0, {allowed[which]})
        try:
            call()
        finally:
            os.sched_setaffinity(0, allowed)

    return alone


def others(numbers: list[float]) -> tuple[Runs, Runs]:
    """The GPT by NumPy, JAX, PyTorch and C on one document and on 64: how, and how often a turn."""
    runs: Runs = {}
    on_many: Runs = {}
    try:
        from by_hand import NumpyGPT

        arrays = NumpyGPT(numbers)
        runs["NumPy"] = (lambda: arrays.token_loss(*DOCUMENT)), 200

        def numpy_on_many() -> None:
            for tokens in MANY:
                arrays.token_loss(*tokens)

        on_many["NumPy"] = numpy_on_many, 5
    except ImportError as error:
        print(f"without NumPy: {error}")
    try:
        import numpy
        from by_hand import NumpyAdam
        from in_jax import JaxGPT, of_tokens

        by_xla = JaxGPT(numbers)
        one, many = [side[0] for side in of_tokens([DOCUMENT])], of_tokens(MANY)
        runs["JAX"] = (lambda: by_xla.token_loss(*one)), 200
        on_many["JAX"] = (lambda: by_xla.mean(*many)), 20
        learning, adam = JaxGPT(numbers), NumpyAdam(numpy.array(numbers))
        on_many["JAX and Adam"] = (lambda: learning.step(adam, *many)), 20
    except ImportError as error:
        print(f"without JAX: {error}")
    try:
        import torch
        from in_torch import TorchGPT

        tensors = TorchGPT(numbers)
        tokens = [torch.tensor(side) for side in DOCUMENT]
        runs["PyTorch"] = (lambda: tensors.token_loss(*tokens)), 50
    except ImportError as error:
        print(f"without PyTorch: {error}")
    try:
        import by_hand_c

        by_c = by_hand_c.CompiledGPT(numbers)
        document = [by_hand_c.tokens(side) for side in DOCUMENT]
        runs["C"] = (lambda: by_c.token_loss(*document)), 500
    except by_hand_c.NoCompilerError as error:
        print(f"without C: {error}")
    return runs, on_many


def curve(xs: list[Any]) -> Any:
    """A smooth function of some numbers: 20 neurons on all of them."""
    rng = random.Random(4)
    errors = []
    for _ in range(20):
        total: Any = rng.uniform(-1, 1)
        for x in xs:
            total = total + rng.uniform(-1, 1) * x
        errors.append((total.tanh() - 0.3) ** 2)
    return autograd.sum(errors)


def report(what: str, ratio: float, ours: float, theirs: float, nodes: int) -> None:
    digits = 5 if ours < 1e-5 else 3
    times = f"{1e3 * theirs:10.{digits}f} ms {1e3 * ours:10.{digits}f} ms"
    print(f"{what:58} {nodes:10,} {times} {ratio:8.2f}x", flush=True)


def on_a_random_graph(rounds: int) -> None:
    """The random graph of a million nodes, eager and on a tape."""
    ours, theirs = (workloads.random_leaves(value) for value in (Value, slots.Value))
    random_nodes = workloads.count_nodes(workloads.random_graph(ours, 1_000_000))
    loss = autograd.compile(lambda: workloads.random_graph(ours, 1_000_000))
    runs = {
        "slots": (lambda: workloads.random_graph(theirs, 1_000_000).backward(), 1),
        "eager": (lambda: workloads.random_graph(ours, 1_000_000).backward(), 1),
        "compile": (lambda: loss().backward(), 3),
    }
    t = take_turns(runs, rounds)
    for name in ("eager", "compile"):
        ratio = t["slots"] / t[name]
        report(f"random graph, {name}: slots and tuples", ratio, t[name], t["slots"], random_nodes)


def calls_and_small_graphs(rounds: int, quick: bool) -> None:
    """What a call costs, forward and back, and a random graph that fits near a core."""
    a, b = Value(2.0), Value(-3.0)

    def four(a: Any, b: Any) -> Any:
        return (a * b) * (a + b)

    def graph(leaves: list[Any]) -> Any:
        return workloads.random_graph(leaves, 11_000)

    few, leaves = workloads.random_leaves(Value, 20), workloads.random_leaves(Value)
    small = autograd.compile(lambda *xs: workloads.random_graph(list(xs), 110))
    product, irregular = autograd.compile(four), autograd.compile(lambda: graph(leaves))
    in_c = autograd.compile(lambda: graph(leaves), backend="c")
    wait_for(in_c, in_c())
    calls = 2000 if accelerated else 20
    numbers = [x.data for x in few[:10]]
    curved = autograd.hessian(autograd.compile(curve))
    curved(numbers), curved(numbers)  # the first goes through the graph, the second is recorded
    runs: Runs = {
        "hessian, eager": (lambda: autograd.hessian(curve)(numbers), calls // 100 + 1),
        "hessian": (lambda: curved(numbers), calls // 10),
        "call, eager": (lambda: four(a, b).backward(), calls),
        "call": (lambda: product(a, b).backward(), calls),
        "small": (lambda: small(*few).backward(), calls),
        "irregular, eager": (lambda: graph(leaves).backward(), 1),
        "irregular": (lambda: irregular().backward(), calls // 20),
        "irregular, C": (lambda: in_c().backward(), calls // 20),
    }
    try:
        from in_casadi import value_and_gradient
    except ImportError:
        print("without CasADi: python -m pip install casadi")
    else:
        on_few = value_and_gradient(
            lambda xs: workloads.random_graph(xs, 110), [x.data for x in few]
        )
        on_many = value_and_gradient(graph, [x.data for x in leaves])
        runs["small, CasADi"], runs["irregular, CasADi"] = (on_few, calls), (on_many, calls // 20)
        if not quick:
            casadi_c = value_and_gradient(graph, [x.data for x in leaves], in_c=True)
            runs["irregular, CasADi's C"] = casadi_c, calls // 20
    t = take_turns(runs, rounds)
    curve_nodes = workloads.count_nodes(curve([Value(x) for x in numbers]))
    for ours, theirs, what, nodes in (
        ("hessian", "hessian, eager", "Hessian by 10 numbers, compile: eager", curve_nodes),
        ("call", "call, eager", "(a * b) * (a + b), compile: eager", 5),
        ("small", "small, CasADi", "random graph, compile: CasADi", 110),
        ("irregular", "irregular, eager", "random graph, compile: eager", 11_000),
        ("irregular", "irregular, CasADi", "random graph, compile: CasADi", 11_000),
        ("irregular, C", "irregular, CasADi", "random graph, compile to C: CasADi", 11_000),
        ("irregular, C", "irregular, CasADi's C", "random graph, compile to C: its C", 11_000),
    ):
        if theirs in t:
            report(what, t[theirs] / t[ours], t[ours], t[theirs], nodes)


def memory_per_node(quick: bool) -> None:
    """What a node takes, in the graph and on a tape, by Python's own account of its memory."""
    parameters = microgpt.parameters(Value, 0)
    leaves = workloads.random_leaves(Value)
    builds: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("GPT", lambda: microgpt.token_loss(parameters, *DOCUMENT)),
        ("random graph", lambda: workloads.random_graph(leaves, 1_000_000)),
    )
    for name, build in builds[: 1 if quick else 2]:
        filler = [Value(0.0) for _ in range(1_500_000)]  # takes all slabs that were kept
        gc.collect()
        tracemalloc.start()
        graphs = [build()]
        nodes = workloads.count_nodes(graphs[0])
        graphs += [build() for _ in range(1_000_000 // nodes)]  # as slabs are made many at a time
        eager = tracemalloc.get_traced_memory()[0] / len(graphs)
        graphs.clear()  # whose slabs are kept, and have room for what is now recorded
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        loss = autograd.compile(build)
        loss()
        peak = tracemalloc.get_traced_memory()[1] - before
        gc.collect()
        empty_slabs = tracemalloc.DomainFilter(False, SLABS)
        traces = tracemalloc.take_snapshot().filter_traces([empty_slabs]).traces
        tape = sum(trace.size for trace in traces)
        tracemalloc.stop()
        del filler
        print(
            f"memory per node, {name} of {nodes:,}: {eager / nodes:.0f} bytes eager, "
            f"{peak / nodes:.0f} more to make a tape, {tape / nodes:.1f} bytes on a tape"
        )
        first_call(name, build, nodes, 3)


def first_call(name: str, build: Callable[[], Any], nodes: int, rounds: int) -> None:
    """How long it takes to make a tape, with the function's own time."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        autograd.compile(build)()
        seconds.append(time.process_time() - start)
    print(
        f"first call, {name}: {min(seconds):.3f} s, "
        f"{nodes / min(seconds) / 1e6:.2f} million nodes a second",
        flush=True,
    )


def cost_by_size(rounds: int) -> None:
    """Forward and backward, per node, as graphs grow; and the first call of the largest."""
    print("\nnanoseconds per node, by nodes")
    layers = workloads.mlp(Value)

    def on_points(count: int) -> Callable[[], Any]:
        points, labels = workloads.two_moons(count)
        return lambda: workloads.hinge_loss(layers, points, labels, Value).backward()

    def random_of(count: int) -> Callable[[], Any]:
        leaves = workloads.random_leaves(Value)
        return lambda: workloads.random_graph(leaves, count).backward()

    for name, make, sizes in (
        ("perceptron, eager", on_points, (15, 150, 1_500, 15_000)),
        ("random graph, eager", random_of, (10**4, 10**5, 10**6, 10**7)),
    ):
        row = []
        for size in sizes:
            nodes = size * 651 if make is on_points else size
            calls = max(1, 1_000_000 // nodes)
            seconds = take_turns({"": (make(size), calls)}, rounds if nodes < 10**6 else 2)[""]
            row.append(1e9 * seconds / nodes)
            print(f"    {name:22} {nodes:12,} {row[-1]:8.0f}", flush=True)
        print(f"    {'grows by':22} {max(row) / row[0]:21.2f}x")
    leaves = workloads.random_leaves(Value)
    size = 10**7
    first_call(f"random graph of {size:,}", lambda: workloads.random_graph(leaves, size), size, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns each (7)")
    parser.add_argument("--sizes", action="store_true", help="also the cost from 10⁴ to 10⁷ nodes")
    parser.add_argument("--quick", action="store_true", help="one turn each, no random graph")
    options = parser.parse_args()
    rounds = 1 if options.quick else max(1, options.rounds)
    how = "compiled" if accelerated else "plain Python"
    print(f"Python {platform.python_version()}, {platform.machine()}, {how}, {rounds} rounds\n")
    memory_per_node(options.quick)
    print(f"\n{'':58} {'nodes':>10} {'theirs':>13} {'ours':>13} {'ratio':>9}")

    try:
        from micrograd.engine import Value as MicrogradValue
    except ImportError:
        print("without micrograd: python -m pip install micrograd==0.1.0")
    else:
        points, labels = workloads.two_moons()
        graph = workloads.hinge_loss(workloads.mlp(Value), points, labels, Value)
        nodes = workloads.count_nodes(graph)
        del graph
        pair: Runs = {"micrograd": (perceptron(MicrogradValue), 1), "ours": (perceptron(Value), 3)}
        t = take_turns(pair, rounds)
        ratio = t["micrograd"] / t["ours"]
        report("perceptron, eager: micrograd 0.1.0", ratio, t["ours"], t["micrograd"], nodes)

    numbers = [v.data for v in microgpt.flat(microgpt.parameters(Value, 0))]
    nodes = workloads.count_nodes(microgpt.token_loss(microgpt.parameters(Value, 0), *DOCUMENT))
    hand, on_many = others(numbers)
    runs: Runs = {
        "slots": (gpt(slots.Value), 1),
        "eager": (gpt(Value), 3),
        "compile": (compiled_gpt(), 200 if accelerated else 1),
        "compile to C": (compiled_gpt("c"), 200 if accelerated else 1),
        **hand,
    }
    t = take_turns(runs, rounds)
    report("GPT, eager: slots and tuples", t["slots"] / t["eager"], t["eager"], t["slots"], nodes)
    for name, what in (
        ("slots", "slots and tuples"),
        ("PyTorch", "PyTorch tensors, one thread"),
        ("JAX", "JAX jit, one thread"),
        ("NumPy", "NumPy by hand"),
        ("C", "C by hand"),
    ):
        if name in t:
            for ours in ("compile", "compile to C"):
                report(f"GPT, {ours}: {what}", t[name] / t[ours], t[ours], t[name], nodes)
    if on_many and accelerated:
        mean, step = compiled_gpt_on_many()
        alone: Runs = {"mean": (on_one_core(mean), 20), "step": (on_one_core(step), 20)}
        t = take_turns({**alone, **on_many}, rounds)
        for own, name, what in (
            ("mean", "NumPy", "in mean, each: NumPy by hand"),
            ("mean", "JAX", "in mean, each: JAX vmap, one thread"),
            ("step", "JAX and Adam", "and Adam, each: JAX vmap, Adam in NumPy"),
        ):
            if name in t:
                what = f"GPT, 64 documents {what}"
                report(what, t[name] / t[own], t[own] / 64, t[name] / 64, nodes)

        # in turn on each, as a neighbour of this machine may slow one of them down for a while
        each: Runs = {str(k): (on_one_core(mean, k), 100) for k in range(len(cores()))}
        t = take_turns({**each, "all": (mean, 200)}, rounds)
        one = statistics.harmonic_mean([t[name] for name in each])
        what = "GPT, 64 documents in mean, on all cores: on one"
        report(what, one / t["all"], t["all"], one, 64 * nodes)

    calls_and_small_graphs(rounds, options.quick)
    if not options.quick:
        on_a_random_graph(min(rounds, 3))
    if options.sizes:
        cost_by_size(rounds)


if __name__ == "__main__":
    main()
