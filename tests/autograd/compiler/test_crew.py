"""The threads that share the rows of a pass: many passes at once, Ctrl-C, and a fork."""

from __future__ import annotations

import gc
import os
import random
import signal
import threading
import time
from array import array
from collections.abc import Callable

import pytest

import autograd
from autograd import Value, accelerated
from autograd.compiler import replay
from tests.autograd.threads import run_in_threads

pytestmark = pytest.mark.skipif(not accelerated, reason="plain Python runs on one thread")


@pytest.fixture(autouse=True)
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "cores", lambda: 3)
    monkeypatch.setattr(replay, "ENOUGH", 0)


def chain(length: int) -> tuple[Value, Callable[[array[float]], Value]]:
    weight = Value(0.5)

    @autograd.compile
    def f(x: Value) -> Value:
        for k in range(length):
            x = (weight * x + 0.01 * k).tanh()
        return x

    return weight, lambda rows: f.mean(rows)


def numbers(count: int) -> array[float]:
    rng = random.Random(count)
    return array("d", [rng.uniform(-1, 1) for _ in range(count)])


def test_many_passes_at_once_give_what_each_gives_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SMALLEST_PART", 1_000)
    _, mean = chain(30)
    given = [numbers(8 * k) for k in range(20, 30)]
    expected = [mean(rows).data for rows in given]
    wrong: list[int] = []

    def work() -> None:
        for _ in range(5):
            wrong.extend(k for k, rows in enumerate(given) if mean(rows).data != expected[k])

    def switch(*_: object) -> None:  # as any finalizer may, wherever memory is allocated
        time.sleep(0)

    gc.callbacks.append(switch)
    threshold = gc.get_threshold()
    gc.set_threshold(7)
    try:
        run_in_threads(work)
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(switch)
    assert not wrong


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no alarm on Windows")
def test_ctrl_c_ends_a_pass_and_the_next_one_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SMALLEST_PART", 100_000)
    weight, mean = chain(300)
    rows = numbers(60_000)
    mean(rows[:800]).backward()
    expected = (mean(rows[:800]).data, weight.grad)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    def go_on() -> None:
        while True:
            mean(rows)

    before = signal.signal(signal.SIGALRM, stop)
    try:
        for delay in (0.01, 0.02, 0.05):
            signal.setitimer(signal.ITIMER_REAL, delay)
            start = time.perf_counter()
            with pytest.raises(KeyboardInterrupt):
                go_on()
            assert time.perf_counter() - start < 5
            weight.zero_grad()
            mean(rows[:800]).backward()
            assert (mean(rows[:800]).data, weight.grad) == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_process_has_threads_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SMALLEST_PART", 1_000)
    _, mean = chain(30)
    rows = numbers(400)
    expected = mean(rows).data
    child = os.fork()
    if child == 0:
        os._exit(0 if mean(rows).data == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert mean(rows).data == expected


def test_a_pass_does_without_threads_that_do_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SMALLEST_PART", 1_000)
    _, mean = chain(30)
    expected = mean(numbers(400)).data

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(replay, "_crews", {})
    monkeypatch.setattr(threading.Thread, "start", start)
    assert mean(numbers(400)).data == expected


def test_threads_that_wait_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SMALLEST_PART", 1_000)
    _, mean = chain(30)
    for _ in range(3):
        mean(numbers(400))
    assert any(thread.name == "autograd" for thread in threading.enumerate())
    time.sleep(0.05)
    start = time.process_time()
    time.sleep(0.2)
    assert time.process_time() - start < 0.05
