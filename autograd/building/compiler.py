"""The C compiler of this machine: which one, what it compiles for, and running it for so long."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

NAMES = ("cc", "gcc", "clang")
PATIENCE = 120.0  # seconds for one library
ANSWER = 20.0  # seconds, in which a compiler says what it is
INEXACT = (  # functions that a compiler may replace by another, or work out, rounding otherwise
    *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "erf"),
    *("erfc", "exp", "exp2", "expm1", "hypot", "log", "log10", "log1p", "log2", "pow", "sin"),
    *("sinh", "tan", "tanh"),
)
FLAGS = (
    *("-std=c99", "-shared", "-fPIC", "-w"),
    *("-fno-fast-math", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
    *[f"-fno-builtin-{name}" for name in INEXACT],
)
WIDE = ("-mprefer-vector-width=512", "--param", "max-completely-peeled-insns=120")
"""For gcc: all of a vector, and no loop unrolled into more than there are registers for."""
THIS_MACHINE = (  # how a compiler may be told to use it, the best first
    ("-march=native", *WIDE),
    ("-march=native",),
    ("-mcpu=native",),
    (),
)


class NoLibraryError(Exception):
    """There is no library, and the kernel goes on; the message says why."""


class TooSlowError(NoLibraryError):
    """A compiler took too long."""


class Compiler(NamedTuple):
    """A compiler.

    command  : how it is called, and told to compile for this machine.
    identity : its version and the instructions that it uses, as the macros that it defines.
    """

    command: tuple[str, ...]
    identity: str


def find_compiler() -> Compiler:
    """The compiler that the environment names in CC, or the first on the PATH.

    Raises NoLibraryError if there is none, or none that answers.
    """
    return _find(os.environ.get("CC", ""), os.environ.get("PATH", ""))


@lru_cache(8)
def _find(named: str, path: str) -> Compiler:
    try:
        command = shlex.split(named)
    except ValueError as error:
        raise NoLibraryError(f"CC={named!r} is no command: {error}") from None
    found = shutil.which(command[0], path=path) if command else None
    if command and found is None:
        raise NoLibraryError(f"there is no {command[0]}, which the environment names in CC")
    found = found or next(filter(None, (shutil.which(x, path=path) for x in NAMES)), None)
    if found is None:
        raise NoLibraryError(f"there is no C compiler on the PATH: {', '.join(NAMES)}")
    reason = ""
    for flags in THIS_MACHINE:
        full = (found, *command[1:], *flags)
        try:
            return Compiler(full, run([*full, "-dM", "-E", "-x", "c", os.devnull], ANSWER))
        except TooSlowError:
            raise
        except NoLibraryError as error:
            reason = str(error)
    raise NoLibraryError(reason)


def build(compiler: Compiler, text: str, level: str, folder: Path) -> Path:
    """Compile C into a shared library in a folder. Raises NoLibraryError, with what is wrong."""
    source, library = folder / "f.c", folder / "f.so"
    source.write_text(text, encoding="ascii")
    run([*compiler.command, *FLAGS, level, str(source), "-o", str(library), "-lm"], PATIENCE)
    if not library.is_file():
        raise NoLibraryError(f"{compiler.command[0]} made no library")
    return library


# ---- running it ---------------------------------------------------------------------------------


_running: set[subprocess.Popen[bytes]] = set()
_is_ending = False  # the interpreter


def run(command: Sequence[str], seconds: float) -> str:
    """What a command prints. It is ended, with all that it started, after so many seconds."""
    name = command[0]
    if _is_ending:
        raise TooSlowError("the interpreter ends")
    with tempfile.TemporaryFile() as output:  # a pipe would wait for what it leaves behind
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that Ctrl-C is not for it, and it can be ended whole
            )
        except (OSError, ValueError) as error:
            raise NoLibraryError(f"{name} does not run: {error}") from None
        _running.add(process)
        try:
            if _is_ending:  # since it was begun, so that nobody else knows of it
                raise TooSlowError("the interpreter ends")
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TooSlowError(f"{name} took more than {seconds:g} seconds") from None
        finally:
            _end(process)
            _running.discard(process)
        output.seek(0)
        said = output.read().decode(errors="replace")
    if status:
        first = next((line for line in said.splitlines() if "error" in line), said.strip()[:200])
        raise NoLibraryError(f"{name} ended with status {status}: {first or 'it said nothing'}")
    return said


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, and those that it started."""
    if process.poll() is not None:
        return
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def end_all() -> None:
    """End what runs, and begin nothing more, as the interpreter ends."""
    global _is_ending
    _is_ending = True
    for process in list(_running):
        _end(process)


def forget() -> None:
    """Leave what runs to the process from which this one was forked."""
    _running.clear()
