"""Compiled or plain: whether the files that have a `.pxd` beside them run as native code.

They are compiled at install, where there is a C compiler. What was compiled runs only while its
files are as they were then, so that no edit is without effect: else Python runs the files as they
stand, and says so. With CHALKGRAD_PURE=1 in the environment it does that anyway.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from types import ModuleType
from zlib import crc32

SOURCES = ("value.py", "graph.py", "protocols/calls.py", "compiler/native.pyx")
INCLUDED = (
    "value.pxd",
    "graph.pxd",
    "protocols/calls.pxd",
    "rules.h",
    "slabs.h",
    "compiler/kernel.h",
)
FOLDER = os.path.dirname(__file__)
RECORD = "compiled.txt"  # beside this file, written at install: the checksum of what was compiled


def checksum(folder: str) -> str:
    """A short digest of the files that are compiled, in the folder of this one."""
    digest = 0
    for name in SOURCES + INCLUDED:
        with open(os.path.join(folder, *name.split("/")), "rb") as file:
            digest = crc32(file.read().replace(b"\r\n", b"\n"), digest)
    return f"{digest:08x}"


def module_path(source: str) -> str:
    """Where the module of a source file is below the package: compiler.native for its .pyx."""
    return os.path.splitext(source)[0].replace("/", ".")


def recorded_checksum(folder: str) -> str:
    """The digest of what was compiled, or "" if nothing was."""
    try:
        with open(os.path.join(folder, RECORD), encoding="ascii") as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


def wants_source() -> bool:
    """Whether plain Python was asked for."""
    return os.environ.get("CHALKGRAD_PURE", "0") not in ("", "0")


class SourceFinder:
    """Finds the source of what may be compiled, where Python would take what was compiled."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for source in SOURCES:
            if name == f"{__package__}.{module_path(source)}":
                if not source.endswith(".py"):
                    raise ModuleNotFoundError(f"{name} is only there compiled", name=name)
                return spec_from_file_location(name, os.path.join(FOLDER, source))
        return None


def choose() -> bool:
    """Settle whether what was compiled will be imported, before anything is."""
    recorded = recorded_checksum(FOLDER)
    if not wants_source():
        if recorded == checksum(FOLDER):
            return all(
                os.path.exists(
                    os.path.join(FOLDER, os.path.splitext(source)[0] + EXTENSION_SUFFIXES[0])
                )
                for source in SOURCES
            )
        if recorded:
            warnings.warn(
                "autograd was edited after it was compiled, so it now runs as plain Python; "
                "to compile it again: python -m pip install -e .",
                RuntimeWarning,
                stacklevel=3,
            )
    sys.meta_path.insert(0, SourceFinder)
    return False


accelerated = choose()
"""Whether the engine runs as native code. If not, everything works all the same, slower."""
