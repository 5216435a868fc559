"""Libraries that were built before: where they are kept, and which of them can be trusted.

A name says what is inside: `DIGEST-CONTENT.so`, where DIGEST is of what the library was built from,
and CONTENT of its own bytes. So a file that was damaged does not fit its name, and one that appears
under its name is whole. What is in the folder runs in this process, so it has to be this user's,
and nobody else may write there.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from autograd.building.compiler import NoLibraryError
from autograd.files import cache_folder

MOST = 1000  # libraries that are kept: those that were used last
ABANDONED = 86_400.0  # seconds, after which what is not finished never will be
BUILDING = "building-"


def digest_of(*parts: str) -> str:
    """A short digest of texts."""
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def folder() -> Path:
    """The folder, made if it is not there. Raises NoLibraryError if it cannot be used."""
    place = cache_folder() / "libraries"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NoLibraryError(f"{place} cannot be made: {error.strerror}") from None
    if not _is_ours(place, stat.S_ISDIR):
        raise NoLibraryError(
            f"{place} has to be a folder of your own that nobody else may write to: what is in it "
            "would be run. The environment may name another place in CHALKGRAD_CACHE"
        )
    return place


def find(place: Path, digest: str) -> Path | None:
    """The library with a digest, whose bytes are those that were written. One that is damaged is
    removed."""
    for path in place.glob(f"{digest}-*.so"):
        with suppress(OSError):
            if _is_ours(path, stat.S_ISREG) and path.name == _name(digest, path.read_bytes()):
                os.utime(path)
                return path
            path.unlink()
    return None


def keep(place: Path, digest: str, built: Path) -> Path:
    """Move a library to where it is found again."""
    path = place / _name(digest, built.read_bytes())
    built.chmod(0o700)
    os.replace(built, path)
    return path


@contextmanager
def workplace(place: Path) -> Iterator[Path]:
    """A folder to build in, beside the libraries."""
    try:
        work = Path(tempfile.mkdtemp(prefix=BUILDING, dir=place))
    except OSError as error:
        raise NoLibraryError(f"nothing can be written in {place}: {error.strerror}") from None
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _tidy(place)


def _tidy(place: Path) -> None:
    """Remove what a killed process left, and the libraries that were not used for longest."""
    with suppress(OSError):
        for work in place.glob(f"{BUILDING}*"):
            if time.time() - work.stat().st_mtime > ABANDONED:
                shutil.rmtree(work, ignore_errors=True)
        libraries = [(path.stat().st_mtime, path) for path in place.glob("*.so")]
        for _, path in sorted(libraries)[:-MOST]:
            path.unlink()


def _name(digest: str, content: bytes) -> str:
    return f"{digest}-{sha256(content).hexdigest()[:32]}.so"


def _is_ours(path: Path, is_kind: object) -> bool:
    """Whether this is what it should be, no link, and nobody but its owner, who runs this, may
    write there. Windows keeps what is in a user's folder from others by itself."""
    try:
        found = path.lstat()
    except OSError:
        return False
    if not is_kind(found.st_mode):  # type: ignore[operator]
        return False
    return os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)
