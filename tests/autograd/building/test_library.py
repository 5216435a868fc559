"""backend="c": calls go through the kernel until a library is there, whatever goes wrong."""

from __future__ import annotations

import gc
import math
import os
import pickle
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import DomainError, Operation, Value
from autograd.building import cache, compiler, library
from autograd.files import cache_folder

CC = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
BUILDING = "kernel: its library is being built"

needs_compiler = pytest.mark.skipif(CC is None, reason="there is no C compiler")
needs_shell = pytest.mark.skipif(CC is None or os.name == "nt", reason="compilers are scripts here")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where libraries are kept; each test has its own, and leaves nothing unfinished there."""
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CC", raising=False)
    compiler._find.cache_clear()
    yield tmp_path / "cache" / "libraries"
    while library._worker is not None:
        time.sleep(0.01)
    assert not list(tmp_path.glob("cache/libraries/building-*"))


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a compiler of a shell script; `$CC "$@"` is what the real one does."""

    def make(text: str) -> Path:
        path = tmp_path / "compiler"
        path.write_text(f"#!/bin/sh\nCC={CC}\ncd {tmp_path}\n{text}\n")
        path.chmod(0o700)
        monkeypatch.setenv("CC", str(path))
        return path

    return make


def made(function: Callable[..., Any] | None = None) -> Any:
    """A function that C is asked for."""
    w = Value(2.0)
    return autograd.compile(function or (lambda x: (w * x).exp() + w / x), backend="c")


def settled(compiled: Any, seconds: float = 60) -> str:
    """What runs it, once nothing is being built."""
    end = time.monotonic() + seconds
    while compiled.backend == BUILDING and time.monotonic() < end:
        time.sleep(0.01)
    return str(compiled.backend)


def numbers_of(compiled: Any, *numbers: float) -> list[str]:
    """A result and its gradients by arguments and parameters, to the last bit."""
    leaves = [Value(x) for x in numbers]
    for v in compiled.tape.closures if compiled._tapes.latest else ():
        v.grad = 0.0
    y = compiled(*leaves)
    y.backward()
    return [repr(v.data) for v in (y,)] + [repr(v.grad) for v in (*leaves, *compiled.tape.closures)]


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


# ---- where it cannot be -------------------------------------------------------------------------


def reason_of(compiled: Any) -> str:
    """Why the kernel goes on; the function gives its numbers anyway."""
    expected = math.e + 4  # at 0.5, with w = 2
    assert compiled(0.5).data == pytest.approx(expected)
    said = settled(compiled)
    assert said.startswith("kernel: ")
    assert compiled(0.5).data == pytest.approx(expected)
    return said.removeprefix("kernel: ")


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert reason_of(made()) == "there is no C compiler on the PATH: cc, gcc, clang"
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    assert reason_of(made()) == "there is no no-such-compiler, which the environment names in CC"
    monkeypatch.setenv("CC", "'")
    assert "is no command" in reason_of(made())


@needs_shell
def test_with_a_compiler_that_fails(script: Any) -> None:
    script('echo "f.c: note"; echo "fatal error: no licence"; exit 3')
    assert reason_of(made()).endswith("ended with status 3: fatal error: no licence")
    script('case "$*" in *-shared*) exit 1;; esac; $CC "$@"')
    assert reason_of(made()).endswith("ended with status 1: it said nothing")
    script('case "$*" in *-shared*) exit 0;; esac; $CC "$@"')
    assert reason_of(made()).endswith("compiler made no library")


@needs_shell
def test_with_a_compiler_that_writes_nonsense(script: Any) -> None:
    script(
        'case "$*" in *-shared*) for last; do [ "$before" = -o ] && echo nonsense > "$last"; '
        'before="$last"; done;; *) $CC "$@";; esac'
    )
    assert reason_of(made()).startswith("the library cannot be loaded: ")


@needs_shell
@pytest.mark.parametrize("when", ["it is asked what it is", "it builds"])
def test_with_a_compiler_that_hangs(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setattr(compiler, "ANSWER" if when != "it builds" else "PATIENCE", 0.5)
    asked = "*" if when != "it builds" else "*-shared*"
    script(f'case "$*" in {asked}) sleep 1000 & echo $! > child; wait;; esac; $CC "$@"')
    assert reason_of(made()).endswith("took more than 0.5 seconds")
    child = int((tmp_path / "child").read_text())
    assert is_gone(child)


def test_with_a_place_that_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path / "file" / "cache"))
    assert "file/cache/libraries cannot be made: Not a directory" in reason_of(made()).replace(
        "\\", "/"
    )


@needs_compiler
def test_in_a_folder_that_is_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def mkdtemp(*args: Any, **kwargs: Any) -> str:  # root may write anyway
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(cache.tempfile, "mkdtemp", mkdtemp)
    assert reason_of(made()).startswith("nothing can be written in ")


@needs_compiler
@pytest.mark.skipif(os.name == "nt", reason="Windows keeps others out by itself")
@pytest.mark.parametrize("how", ["others may write", "it belongs to another", "it is a link"])
def test_what_others_may_have_put_there_is_not_run(how: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    if how == "others may write":
        folder.chmod(0o777)
    elif how == "it is a link":
        folder.rename(folder.with_name("elsewhere"))
        folder.symlink_to(folder.with_name("elsewhere"))
    elif os.geteuid() == 0:
        os.chown(folder, 12345, -1)
    else:
        pytest.skip("only root can give a folder away")
    assert "has to be a folder of your own that nobody else may write to" in reason_of(made())


def test_with_operations_of_python() -> None:
    twice = Operation("twice", lambda x: 2 * x, lambda out, x: 2.0, summary="twice x.")
    compiled = made(lambda x: twice(x))
    assert compiled(3.0).data == 6.0
    assert "operations that are Python functions" in settled(compiled)


def test_with_more_than_a_compiler_can_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "TOO_MANY", 2)
    assert reason_of(made()) == "4 statements are too many for a compiler"


def test_where_there_are_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert reason_of(made()) == "can't start new thread"


def test_what_nobody_has_any_more_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    go, asked = threading.Event(), []

    def find_compiler() -> Any:
        asked.append(1)
        go.wait(10)
        raise compiler.NoLibraryError("not today")

    monkeypatch.setattr(library, "find_compiler", find_compiler)
    first, second, third = made(), made(), made()
    for compiled in (first, second, third):
        compiled(1.0)
    del second, compiled
    gc.collect()
    go.set()
    assert settled(first) == settled(third) == "kernel: not today"
    assert len(asked) == 2


# ---- processes that end, or have children -------------------------------------------------------


COMPILE = """
import os, sys, time
import autograd

def settled(compiled):
    while compiled.backend == "kernel: its library is being built":
        time.sleep(0.01)
    return compiled.backend

w = autograd.Value(2.0)
compiled = autograd.compile(lambda x: (w * x).exp(), backend="c")
compiled(1.0)
"""


def python(text: str) -> subprocess.Popen[str]:
    """Another interpreter."""
    command = [sys.executable, "-c", textwrap.dedent(text)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def is_gone(process: int, seconds: float = 10) -> bool:
    """Whether a process ends soon."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if "zombie" in Path(f"/proc/{process}/status").read_text().split("State:")[-1][:20]:
            return True
        time.sleep(0.01)
    return False


@needs_shell
def test_an_interpreter_ends_while_it_builds(script: Any, tmp_path: Path, folder: Path) -> None:
    script('case "$*" in *-shared*) echo $$ > child; sleep 1000;; esac; $CC "$@"')
    waiting = """
while not os.path.exists(sys.argv[0] or os.environ["CHALKGRAD_CACHE"] + "/../child"):
    time.sleep(0.01)
print("done")
"""
    text = COMPILE + waiting.replace("sys.argv[0] or os", "os")
    text = text.replace('os.environ["CHALKGRAD_CACHE"] + "/../child"', f'"{tmp_path}/child"')
    start = time.monotonic()
    out, error = python(text).communicate()
    assert (out, error) == ("done\n", "")
    assert time.monotonic() - start < 30
    assert is_gone(int((tmp_path / "child").read_text()))
    assert list(folder.iterdir()) == []


@needs_shell
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("ready", [True, False])
def test_a_process_that_was_forked(script: Any, tmp_path: Path, ready: bool) -> None:
    script('case "$*" in *-shared*) until [ -e go ]; do sleep 0.01; done;; esac; $CC "$@"')
    if ready:
        (tmp_path / "go").touch()
    text = f"""
        if {ready}:
            settled(compiled)
        child = os.fork()
        if child == 0:
            print(settled(compiled), compiled(0.0).data)
            fresh = autograd.compile(lambda x: (w * x).exp(), backend="c")
            open("{tmp_path}/go", "w").close()
            print(fresh(0.0).data, settled(fresh), flush=True)
            sys.exit()
        os.waitpid(child, 0)
        print(settled(compiled), compiled(0.0).data)
    """
    out, error = python(COMPILE + textwrap.dedent(text)).communicate()
    forked = "kernel: this process was forked while its library was being built"
    assert error == ""
    assert out.splitlines() == [f"{'c' if ready else forked} 1.0", "1.0 c", "c 1.0"]
    assert error == ""


def test_the_folder_is_where_the_platform_has_such_things(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("CHALKGRAD_CACHE")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "chalkgrad"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which the standard has ignored
    assert cache_folder() == tmp_path / ".cache" / "chalkgrad"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "chalkgrad"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "chalkgrad"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache_folder() == tmp_path / "local" / "chalkgrad"
