"""A folder of wheels for the Python of a page: ours without native code, and what pip brings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = (sys.executable, "-W", "ignore", "-m", "pip")
QUIETLY = ("--quiet", "--no-deps", "--disable-pip-version-check")
FOR_ANY = ("--only-binary", ":all:", "--platform", "any", "--python-version", "3.14")


def fill(folder: Path, names: tuple[str, ...]) -> None:
    """Put our wheel and those of some packages into a folder; skip where pip cannot bring them."""
    own = ("wheel", *QUIETLY, "--wheel-dir", str(folder), str(ROOT))
    others = ("download", *QUIETLY, *FOR_ANY, "--dest", str(folder), *names)
    for command in (own, others):
        environment = os.environ | {"CHALKGRAD_PURE": "1"}
        ran = subprocess.run([*PIP, *command], env=environment, capture_output=True, text=True)
        if ran.returncode:
            if os.environ.get("CI"):
                raise AssertionError(ran.stderr)
            pytest.skip(f"pip cannot bring what this needs: {ran.stderr.strip()[-200:]}")
