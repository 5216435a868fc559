"""The engine in C, built if there was a compiler when the package was installed.

`engine.pyx` is one module of several files: `value.pxi` and `making.pxi` do what value.py does,
`backward.pxi` what backward.py does, `kernel.pxi` what tape/kernel.py does; `calls.pxi` is a call
of a compiled function, without Python, `crew.pxi` runs it over many rows on all cores, and
`recording.pxi` makes its tape; `generate.py` writes the rules of the table into `rules.h`. The
loops of `sweeps.py` and `patterns.py` have no twin: they are compiled as they stand, by way of
`sweeps.inc`. It runs only if it was built from the files that are here now: after an edit the
package runs as plain Python, and says so, until it is built again. With CHALKGRAD_PURE=1 in the
environment it runs as plain Python anyway.
"""

from __future__ import annotations

import os
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import crc32

SOURCES = (
    "../operations.py", "../primitive.py", "../value.py", "../backward.py", "../tape/kernel.py",
    "sweeps.py", "patterns.py", "engine.pyx", "value.pxi", "making.pxi", "backward.pxi",
    "kernel.pxi", "arguments.pxi", "calls.pxi", "columns.pxi", "crew.pxi", "recording.pxi",
    "nodes.h", "slabs.h", "walks.h", "values.h", "kernel.h", "columns.h", "crew.h", "generate.py",
    "machine.h", "exps.h", "maps.h", "eight.h", "products.h", "dots.h", "runs.h",
)  # fmt: skip


def wants_plain() -> bool:
    """Whether plain Python was asked for."""
    return os.environ.get("CHALKGRAD_PURE", "0") not in ("", "0")


def digest() -> str:
    """A short digest of the sources, whatever their line endings."""
    found = 0
    for name in SOURCES:
        content = Path(__file__).parent.joinpath(name).read_bytes()
        found = crc32(content.replace(b"\r\n", b"\n"), found)
    return f"{found:08x}"


def load() -> Any:
    """The module `engine`, or None where plain Python runs."""
    if wants_plain():
        return None
    try:
        engine = import_module(f"{__name__}.engine")
    except ModuleNotFoundError:
        return None
    except ImportError as error:
        reason = str(error)
    else:
        if engine.built_from == digest():
            return engine
        reason = "autograd was edited after it was compiled"
    warnings.warn(
        f"{reason}, so it now runs as plain Python; to compile it again: "
        "python -m pip install -e .",
        RuntimeWarning,
        stacklevel=4,
    )
    return None
