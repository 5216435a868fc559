"""no_grad() and its kin: on in the block, in its thread or task, and never afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

import autograd
from autograd import AnomalyError, Value, detect_anomaly, no_grad
from autograd.modes import Mode, not_recording, taking_limits, writing_tape


def is_recording() -> bool:
    return bool((Value(2.0) * Value(3.0)).operands)


def test_a_block_in_a_block() -> None:
    with no_grad():
        with no_grad():
            assert not is_recording()
        assert not is_recording()
        with not_recording.switched(False):
            assert is_recording()
            with no_grad():
                assert not is_recording()
            assert is_recording()
        assert not is_recording()
    assert is_recording()
    assert not not_recording


def test_an_error_ends_the_block() -> None:
    with pytest.raises(ZeroDivisionError), no_grad():
        1 / 0  # noqa: B018
    assert is_recording()


def test_one_object_may_be_entered_again_and_again() -> None:
    off = no_grad()
    for _ in range(2):
        with off:
            assert not is_recording()
            with off:
                assert not is_recording()
            assert not is_recording()
        assert is_recording()


def test_by_hand_and_on_a_stack() -> None:
    off = no_grad()
    off.__enter__()
    assert not is_recording()
    off.__exit__(None, None, None)
    assert is_recording()
    with contextlib.ExitStack() as stack:
        stack.enter_context(no_grad())
        stack.enter_context(detect_anomaly())
        assert not is_recording()
    assert is_recording()


def test_as_decorators() -> None:
    @no_grad()
    def inside(depth: int) -> bool:
        return is_recording() or (depth > 0 and inside(depth - 1))

    @detect_anomaly()
    def root(x: Value) -> None:
        x.sqrt().backward()

    assert not inside(3)
    assert is_recording()
    with pytest.raises(AnomalyError):
        root(Value(0.0))
    root_of_zero = Value(0.0).sqrt()
    root_of_zero.backward()


def test_blocks_in_which_nothing_is_made_leave_nothing() -> None:
    for _ in range(100):
        with no_grad():
            pass
    assert len(not_recording) <= 1


def test_a_thread_has_modes_of_its_own() -> None:
    seen: list[bool] = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_recording()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_generator_left_in_a_dead_thread_switches_nothing() -> None:
    def generate() -> Iterator[None]:
        with no_grad():
            yield

    kept = []

    def begin() -> None:
        generator = generate()
        next(generator)
        kept.append(generator)

    for task in (begin, lambda: kept.append(is_recording())):  # most often both have the same id
        thread = threading.Thread(target=task)
        thread.start()
        thread.join()
    assert kept[-1] is True
    assert is_recording()
    kept.clear()
    assert is_recording()
    assert not not_recording


def test_a_task_has_modes_of_its_own() -> None:
    async def without(ready: asyncio.Event, go: asyncio.Event) -> bool:
        with no_grad():
            ready.set()
            await go.wait()
            return is_recording()

    async def beside(ready: asyncio.Event, go: asyncio.Event) -> bool:
        await ready.wait()
        seen = is_recording()
        go.set()
        return seen

    async def main() -> list[bool]:
        ready, go = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(without(ready, go), beside(ready, go))

    assert asyncio.run(main()) == [False, True]
    assert is_recording()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer")
@pytest.mark.parametrize("mode", [not_recording, writing_tape, taking_limits])
def test_an_interrupt_never_leaves_a_mode_on(mode: Mode) -> None:
    def work() -> None:
        while True:
            with mode.switched(True):
                pass

    interrupted(work, times=1000, check=lambda: not mode.is_on())
    assert not mode


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer")
def test_an_interrupt_never_leaves_recording_on() -> None:
    def work() -> None:
        while True:
            autograd.compile(lambda x: x * x + 1)(2.0)

    def check() -> bool:
        x = Value(2.0)
        return x.data == 2.0 and is_recording() and hash(x) == object.__hash__(x)

    interrupted(work, times=300, check=check)
    assert not writing_tape
    assert Value.__hash__ is not None


def interrupted(work: Callable[[], None], times: int, check: Callable[[], bool]) -> None:
    """Interrupt work after other and other times; the errors are kept, as at a prompt."""
    kept = []
    at_work = False

    def interrupt(*_: object) -> None:
        if at_work:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()  # somebody's callback there would warn of an interrupt
    try:
        for k in range(times):
            # again and again, for what interrupts a finaliser is lost
            signal.setitimer(signal.ITIMER_REAL, 1e-4 + 3.7e-7 * (k % 100), 0.2)
            try:
                at_work = True
                work()
            except KeyboardInterrupt as error:
                at_work = False
                kept.append(error)
            assert check(), f"after interrupt {k}"
    finally:
        at_work = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
