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

MODULES = ("value", "graph")
HEADERS = ("rules.h",)
RECORD = "compiled.txt"  # beside this file, written at install: the checksum of what was compiled


def checksum(folder: str) -> str:
    """A short digest of the files that are compiled, in the folder of this one."""
    digest = 0
    for name in (*(m + ending for m in MODULES for ending in (".py", ".pxd")), *HEADERS):
        with open(os.path.join(folder, name), "rb") as file:
            digest = crc32(file.read().replace(b"\r\n", b"\n"), digest)
    return f"{digest:08x}"


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
    """Finds the source of the compiled modules, where Python would take what was compiled."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, module = name.partition(".")
        if package != __package__ or module not in MODULES:
            return None
        return spec_from_file_location(
            name, os.path.join(os.path.dirname(__file__), f"{module}.py")
        )


def choose() -> bool:
    """Settle whether what was compiled will be imported, before anything is."""
    folder = os.path.dirname(__file__)
    recorded = recorded_checksum(folder)
    if not wants_source():
        if recorded == checksum(folder):
            return all(
                os.path.exists(os.path.join(folder, module + EXTENSION_SUFFIXES[0]))
                for module in MODULES
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
