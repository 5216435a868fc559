"""backend="c": calls go through the kernel until a library is there, whatever goes wrong."""

from __future__ import annotations

import os
import pickle
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from libraries import (
    BUILDING,
    COMPILE,
    made,
    needs_compiler,
    needs_shell,
    numbers_of,
    python,
    settled,
)

import autograd
from autograd import DomainError, Value
from autograd.building import cache

# ---- as long as all is well ---------------------------------------------------------------------


@needs_shell
def test_nobody_waits_for_the_library(script: Any, tmp_path: Path) -> None:
    script('case "$*" in *-shared*) until [ -e go ]; do sleep 0.01; done;; esac; $CC "$@"')
    compiled = made()
    assert compiled.backend == "kernel: there is no tape yet"
    before = numbers_of(compiled, 0.5)
    assert compiled.backend == BUILDING
    (tmp_path / "go").touch()
    assert settled(compiled) == "c"
    assert numbers_of(compiled, 0.5) == before


@needs_compiler
def test_the_numbers_are_those_of_the_kernel() -> None:
    w = Value(1.5)

    def function(x: Any, y: Any) -> Any:
        return autograd.maximum(x * w, y).tanh() / (x**2 + w.exp()) - autograd.where(x, y, w)

    kernel, in_c = autograd.compile(function), autograd.compile(function, backend="c")
    in_c(1.0, 2.0)
    assert settled(in_c) == "c"
    assert kernel.backend == "kernel"
    kernel(1.0, 2.0)
    for x, y in ((0.5, 0.75), (0.0, -0.0), (-3.0, 1e-300), (1e150, 4.0)):
        assert numbers_of(in_c, x, y) == numbers_of(kernel, x, y)


@needs_compiler
def test_several_results_rows_no_grad_and_new_numbers_of_parameters() -> None:
    w = Value(2.0)
    compiled = made(lambda x: {"product": w * x, "square": [x**2, w]})
    compiled(1.0)
    assert settled(compiled) == "c"
    w.data = 5.0
    found = compiled(3.0)
    found["product"].backward()
    assert (found["product"].data, found["square"][0].data, w.grad) == (15.0, 9.0, 3.0)
    assert found["square"][1].data == 5.0
    with autograd.no_grad():
        assert compiled(3.0)["product"].is_constant
    product = made(lambda x: w * x)
    product(1.0)
    assert settled(product) == "c"
    w.zero_grad()
    mean = product.mean([float(k) for k in range(11)])
    mean.backward()
    assert (mean.data, w.grad) == (25.0, 5.0)
    assert product.map([1.0, 2.0]).tolist() == [5.0, 10.0]


@needs_compiler
def test_arguments_of_another_structure_have_a_library_of_their_own() -> None:
    compiled = made(lambda xs: xs[0] * xs[-1])
    compiled([2.0])
    assert settled(compiled) == "c"
    assert compiled([2.0, 3.0]).data == 6.0
    assert settled(compiled) == "c"
    assert compiled([2.0, 5.0]).data == 10.0


@needs_compiler
def test_errors_are_those_of_the_kernel() -> None:
    def function(x: Any) -> Any:
        return (x - 1).log() + 1 / x

    kernel, in_c = autograd.compile(function), made(function)
    kernel(2.0), in_c(2.0)
    assert settled(in_c) == "c"
    for x in (1.0, 0.0, -1.0, float("nan"), float("inf")):
        messages = []
        for compiled in (kernel, in_c):
            with pytest.raises(DomainError) as caught:
                compiled(x)
            messages.append((type(caught.value), str(caught.value)))
        assert messages[0] == messages[1]


@needs_compiler
def test_what_is_infinite_only_on_the_way_is_no_error() -> None:
    w = Value(0.0)
    kernel, in_c = (
        autograd.compile(lambda x: autograd.minimum(w.sqrt() * x, 3.0), backend=name)
        for name in ("kernel", "c")
    )
    in_c(1.0)
    assert settled(in_c) == "c"
    assert numbers_of(in_c, 1.0) == numbers_of(kernel, 1.0)
    assert numbers_of(in_c, 1.0)[-1] == "inf"


@needs_compiler
def test_methods_and_pickles_ask_for_c_again() -> None:
    class Line:
        def __init__(self, slope: float) -> None:
            self.w = Value(slope)

        @autograd.compile(backend="c")
        def at(self, x: Any) -> Any:
            return self.w * x

    one, other = Line(2.0), Line(3.0)
    assert (one.at(1.0).data, other.at(1.0).data) == (2.0, 3.0)
    assert settled(one.at) == settled(other.at) == "c"
    assert (one.at(2.0).data, other.at(2.0).data) == (4.0, 6.0)
    compiled = made()
    compiled(1.0)
    sent = pickle.loads(pickle.dumps(compiled))
    assert settled(sent) == "c"
    assert sent(0.5).data == compiled(0.5).data


@needs_compiler
def test_many_threads_call_it_at_once() -> None:
    w = [Value(0.1 * k) for k in range(200)]
    compiled = made(lambda x: autograd.sum([(v * x).sin() for v in w]))
    wanted = [compiled(0.01 * k).data for k in range(50)]
    assert settled(compiled) == "c"
    found: dict[int, list[float]] = {}

    def call(which: int) -> None:
        found[which] = [compiled(0.01 * k).data for k in range(50)]

    threads = [threading.Thread(target=call, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[k] == wanted for k in range(8))


def test_there_are_two_backends() -> None:
    with pytest.raises(ValueError, match=r'compile: the backend is "kernel" or "c", not .gpu.'):
        autograd.compile(lambda x: x, backend="gpu")


# ---- what was built before ----------------------------------------------------------------------


@needs_shell
def test_a_library_is_built_once(script: Any, tmp_path: Path, folder: Path) -> None:
    script('case "$*" in *-shared*) echo built >> log;; esac; $CC "$@"')
    for _ in range(3):
        compiled = made()
        compiled(1.0)
        assert settled(compiled) == "c"
    assert (tmp_path / "log").read_text() == "built\n"
    assert len(list(folder.iterdir())) == 1
    other = made(lambda x: x * 3)
    other(1.0)
    assert settled(other) == "c"
    assert len(list(folder.iterdir())) == 2


@needs_compiler
@pytest.mark.parametrize("content", ["", "first half", "a bit", "a byte more"])
def test_a_damaged_library_is_never_loaded(content: str, folder: Path) -> None:
    compiled = made()
    compiled(1.0)
    assert settled(compiled) == "c"
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    path.unlink()  # this process has it in its memory
    middle = len(whole) // 2
    path.write_bytes(
        {
            "": b"",
            "first half": whole[:middle],
            "a bit": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "a byte more": whole + b"\0",
        }[content]
    )
    again = made()
    again(1.0)
    assert settled(again) == "c"
    assert again(0.5).data == compiled(0.5).data
    (path,) = folder.iterdir()
    assert path.read_bytes() == whole


@needs_compiler
def test_several_processes_build_it_at_once(folder: Path) -> None:
    started = [python(COMPILE + "print(settled(compiled), compiled(0.5).data)") for _ in range(4)]
    answers = [process.communicate() for process in started]
    assert {out.split()[0] for out, _ in answers} == {"c"}
    assert len({out for out, _ in answers}) == 1
    assert [error for _, error in answers] == [""] * 4
    assert 1 <= len(list(folder.iterdir())) <= 4


@needs_compiler
def test_libraries_not_used_for_longest_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 2)
    for k in range(4):
        compiled = made(lambda x, k=k: x * (k + 2.5))
        compiled(1.0)
        assert settled(compiled) == "c"
    end = time.monotonic() + 10
    while len(list(folder.iterdir())) > 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(list(folder.iterdir())) == 2
    abandoned = folder / "building-abandoned"
    abandoned.mkdir()
    os.utime(abandoned, (0, 0))
    compiled = made(lambda x: x / 3)
    compiled(1.0)
    assert settled(compiled) == "c"
