"""Files written whole or not at all: a crash leaves the old one."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

WINDOWS = os.name == "nt"  # which neither moves nor removes a file that a program has open
PATIENCE = 2.0  # seconds to wait for another program to close the file
ATTEMPTS = 3
UNFINISHED = ".unfinished"
OPEN_ALREADY = re.compile(r"/dev/(stdout|stderr|fd/\d+)|/proc/self/fd/\d+")


def cache_folder() -> Path:
    """Where this user's programs keep what can be made again; CHALKGRAD_CACHE moves it."""
    home = Path.home()
    if moved := os.environ.get("CHALKGRAD_CACHE"):
        return Path(moved).absolute()
    if sys.platform == "win32":
        place = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        place = home / "Library" / "Caches"
    else:
        named = Path(os.environ.get("XDG_CACHE_HOME", ""))
        place = named if named.is_absolute() else home / ".cache"
    return place / "chalkgrad"


def write_whole(target: Path, content: bytes) -> None:
    """Write a file whole or not at all: a crash leaves the old one.

    target  : the file, in a folder that exists; where it is a link, the file that it leads to. A
              pipe or a device, such as /dev/stdout, is written to.
    content : all of its bytes.

    The bytes go to a hidden file beside it, `.NAME.….unfinished`, which takes its name and its
    permissions once it is complete; one that a killed program left is removed by the next write.
    Raises OSError, naming target, where that cannot be written, and ValueError for what is no path.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from autograd import write_whole
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder, "weights.json"), b"[0.5]")
    ...     Path(folder, "weights.json").read_text()
    '[0.5]'
    """
    try:
        write_to(target, content)
    except ValueError as error:  # a NUL, or what is no Unicode
        raise ValueError(f"{str(target)!r} cannot be the name of a file: {error}") from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None


def write_to(target: Path, content: bytes) -> None:
    """Write in the way of what there is at target now."""
    if not WINDOWS and OPEN_ALREADY.fullmatch(str(target)):
        # by its descriptor, as opening it by name would begin a file anew to which it is directed
        name = target.name
        write_into(os.dup({"stdout": 1, "stderr": 2}.get(name) or int(name)), content)
        return
    try:
        old = os.stat(target)
    except FileNotFoundError:
        old = None
    kind = stat.S_IFREG if old is None else stat.S_IFMT(old.st_mode)
    if kind == stat.S_IFREG:
        replace(Path(os.path.realpath(target)), content, old)  # a link remains a link
    elif kind in (stat.S_IFIFO, stat.S_IFCHR):
        write_into(target, content)
    elif kind == stat.S_IFDIR:
        raise OSError(errno.EISDIR, "a folder, where a file is wanted")
    else:
        raise OSError(errno.EINVAL, "a socket or a disk, where a file is wanted")


def write_into(opened: Path | int, content: bytes) -> None:
    """Write to a pipe or a device, which stays what it is."""
    with open(opened, "wb") as file:
        file.write(content)


def replace(target: Path, content: bytes, old: os.stat_result | None) -> None:
    """Write a file beside target, and give it the name and the permissions of target."""
    if old is not None and not os.access(target, os.W_OK):
        raise OSError(errno.EACCES, "the file is read-only")
    remove_abandoned(target)
    for attempt in range(ATTEMPTS):
        file = unfinished(target, 0o666 if old is None else 0o600)
        try:
            with file:
                if old is not None:
                    take_after(file.name, old)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                if WINDOWS:
                    file.close()
                rename(file.name, target)
            return
        except FileNotFoundError:  # removed by a program that does not see our lock
            if attempt == ATTEMPTS - 1:
                raise
        finally:
            Path(file.name).unlink(missing_ok=True)


def take_after(name: str, old: os.stat_result) -> None:
    """Give a file the owner, as far as we may, and the permissions of an old one."""
    if not WINDOWS:
        with suppress(OSError):
            os.chown(name, old.st_uid, old.st_gid)
    os.chmod(name, stat.S_IMODE(old.st_mode) & 0o777)


def rename(name: str, target: Path) -> None:
    """Move a complete file to its name; on Windows, when no program has the old one open."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(name, target)
            return
        except PermissionError:
            if not WINDOWS:
                raise
            if time.monotonic() > end:
                raise OSError(errno.EACCES, "another program has the file open") from None
        time.sleep(PATIENCE / 40)


# ---- files that are not complete ----------------------------------------------------------------
#
# Whoever writes one holds a lock on it, which the system lets go when the process ends, however it
# ends. So one that can be locked has been abandoned; numbers of processes, which come again and
# mean nothing on another machine, are not needed. On Windows an open file cannot be removed.


def unfinished(target: Path, permissions: int) -> BinaryIO:
    """A new file beside target, locked; permissions are less those that the system withholds."""

    def opener(path: str, flags: int) -> int:
        return os.open(path, flags, permissions)

    while True:
        name = target.parent / f"{beginning(target)}{secrets.token_hex(4)}{UNFINISHED}"
        try:
            file = open(name, "xb", opener=opener)  # noqa: SIM115 - whoever asked closes it
        except FileExistsError:
            continue
        if fcntl is not None:
            with suppress(OSError):  # a file system without locks, where none is removed
                fcntl.flock(file, fcntl.LOCK_EX)
        if name.exists():
            return file
        file.close()  # another process locked it first, and removed it


def beginning(target: Path) -> str:
    """How the names of target's unfinished files begin, which may be as long as names can be."""
    return f".{target.name[:40]}."


def remove_abandoned(target: Path) -> None:
    """Remove the unfinished files of processes that have ended."""
    name = re.compile(re.escape(beginning(target)) + "[0-9a-f]{8}" + re.escape(UNFINISHED))
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            if name.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    remove_if_abandoned(entry.path)


def remove_if_abandoned(path: str) -> None:
    """Remove an unfinished file; raises OSError where a process still writes it."""
    if fcntl is None:
        os.unlink(path)
        return
    with open(path, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
