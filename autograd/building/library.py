"""Library: the C of a program on its way into the process. Nobody waits for it."""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

from autograd.building import cache
from autograd.building.compiler import (
    FLAGS,
    NoLibraryError,
    build,
    end_all,
    find_compiler,
    forget,
)
from autograd.engine import accelerated
from autograd.errors import RecordingError
from autograd.tape.c_code import c_library
from autograd.tape.c_places import MANY, apart, statements
from autograd.tape.program import Program

if TYPE_CHECKING or not accelerated:
    from autograd.tape.kernel import Code
else:
    from autograd.native.engine import Code

TOO_MANY = 100_000  # statements, for any compiler
GOODBYE = 1.0  # seconds in which a build is cleared away when the interpreter ends


class Library:
    """The library of a program, asked for as soon as there is this.

    code   : what kernels call once it is there.
    reason : why it is not there (yet).
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.code = Code()
        self.reason = "its library is being built"
        _ask_for(self)

    def __repr__(self) -> str:
        return "c" if self.code.is_there else f"kernel: {self.reason}"

    def bring(self) -> None:
        """Build the library or find it, and load it; or say why not."""
        try:
            self.code.use(*_addresses(self.program))
        except (NoLibraryError, RecordingError) as error:
            self.reason = str(error)
        except Exception as error:  # a broken tool must not show in what is computed
            self.reason = f"{type(error).__name__}: {error}"


def _addresses(program: Program) -> tuple[int, int]:
    """Where the two functions of a program's library are in memory."""
    count = statements(apart(program))
    if count > TOO_MANY:
        raise NoLibraryError(f"{count:,} statements are too many for a compiler")
    text = c_library(program)
    level = "-O1" if count > MANY else "-O3"
    place = cache.folder()
    compiler = find_compiler()
    digest = cache.digest_of(text, level, *FLAGS, *compiler.command, compiler.identity)
    path = cache.find(place, digest)
    if path is None:
        with cache.workplace(place) as work:
            path = cache.keep(place, digest, build(compiler, text, level, work))
    try:
        import ctypes  # which is not everywhere, and takes a while

        library = ctypes.CDLL(str(path))  # for as long as the process lives
        forward, backward = (
            ctypes.cast(function, ctypes.c_void_p).value
            for function in (library.forward, library.backward)
        )
    except (ImportError, OSError, AttributeError) as error:
        raise NoLibraryError(f"the library cannot be loaded: {error}") from None
    return forward or 0, backward or 0


# ---- in the background --------------------------------------------------------------------------
#
# One thread builds one library after the other, and leaves the other cores to the program. It is a
# daemon, so that an interpreter may end at any time; what the compiler has begun is then ended too.


_waiting: deque[ReferenceType[Library]] = deque()
_lock = threading.RLock()  # as what is collected meanwhile may ask, too
_worker: threading.Thread | None = None


def _ask_for(library: Library) -> None:
    global _worker
    with _lock:
        _waiting.append(ref(library))
        if _worker is not None:
            return
        _worker = threading.Thread(target=_work, name="autograd-build", daemon=True)
        try:
            _worker.start()
        except RuntimeError as error:  # there are no threads here, or the interpreter is ending
            _worker = None
            _waiting.clear()
            library.reason = str(error)


def _work() -> None:
    global _worker
    while True:
        with _lock:
            if not _waiting:
                _worker = None
                return
            waiting = _waiting[0]
        library = waiting()
        if library is not None:  # its function may be gone by now
            library.bring()
        del library
        with _lock, suppress(IndexError):
            _waiting.popleft()


def _before_the_end() -> None:
    """End what the compiler has begun, and have it cleared away."""
    end_all()
    if (worker := _worker) is not None:
        worker.join(GOODBYE)


def _after_fork() -> None:
    """The threads of a process do not survive a fork."""
    global _lock, _worker
    forget()
    _lock = threading.RLock()
    _worker = None
    for waiting in _waiting:
        library = waiting()
        if library is not None:
            library.reason = "this process was forked while its library was being built"
    _waiting.clear()


atexit.register(_before_the_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
