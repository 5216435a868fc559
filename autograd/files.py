"""Files written whole or not at all: a crash leaves the old one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(target: Path, content: bytes) -> None:
    """Write a file whole or not at all: a crash leaves the old one.

    target  : the file, in a folder that exists; where it is a link, the file that it leads to.
    content : all of its bytes.

    The bytes go to a temporary file beside it, which takes its name once it is complete. Raises
    OSError, naming target, where that cannot be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from autograd import write_whole
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder, "weights.json"), b"[0.5]")
    ...     Path(folder, "weights.json").read_text()
    '[0.5]'
    """
    target = Path(os.path.realpath(target))  # a link remains a link
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=target.suffix)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~current_umask())
        os.replace(name, target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
    finally:
        if name:
            Path(name).unlink(missing_ok=True)


def current_umask() -> int:
    """The permissions that new files are not given."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
