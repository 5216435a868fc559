"""backend="c" where no library can be built or kept: the kernel goes on, and says why."""

from __future__ import annotations

import gc
import math
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from libraries import COMPILE, made, needs_compiler, needs_shell, python, settled

from autograd import Operation
from autograd.building import cache, compiler, library
from autograd.files import cache_folder

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
    begin = "echo $$ > begun; mv begun child"  # so that the file is never there without its number
    script(f'case "$*" in *-shared*) {begin}; sleep 1000;; esac; $CC "$@"')
    child = tmp_path / "child"
    text = (
        COMPILE
        + f"""
while not os.path.exists({str(child)!r}):
    time.sleep(0.01)
print("done")
"""
    )
    start = time.monotonic()
    out, error = python(text).communicate()
    assert (out, error) == ("done\n", "")
    assert time.monotonic() - start < 30
    assert is_gone(int(child.read_text()))
    assert list(folder.iterdir()) == []


def test_a_command_that_begins_as_the_interpreter_ends_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = []

    class Late(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **settings)
            begun.append(self)
            compiler.end_all()

    monkeypatch.setattr(compiler, "_is_ending", False)
    monkeypatch.setattr(subprocess, "Popen", Late)
    with pytest.raises(compiler.NoLibraryError, match="the interpreter ends"):
        compiler.run([sys.executable, "-c", "import time; time.sleep(1000)"], 20)
    assert begun[0].returncode is not None


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
