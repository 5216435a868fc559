"""A folder of wheels for the Python of a page: ours without native code, and what pip brings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = (sys.executable, "-W", "ignore", "-m", "pip")
QUIETLY = ("--quiet", "--no-deps", "--disable-pip-version-check")
FOR_ANY = ("--only-binary", ":all:", "--platform", "any", "--python-version", "3.14")


SOURCE = ("autograd", "nn", "pyproject.toml", "setup.py", "README.md", "LICENSE")


def fill(folder: Path, names: tuple[str, ...]) -> None:
    """Put our wheel and those of some packages into a folder; skip where pip cannot bring them.

    Ours is made of a copy of the source: a build without native code takes what was built away.
    """
    with tempfile.TemporaryDirectory() as copy:
        for name in SOURCE:
            if (ROOT / name).is_dir():
                ignore = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
                shutil.copytree(ROOT / name, Path(copy, name), ignore=ignore)
            else:
                shutil.copy(ROOT / name, copy)
        bring("wheel", *QUIETLY, "--wheel-dir", str(folder), copy)
    bring("download", *QUIETLY, *FOR_ANY, "--dest", str(folder), *names)


def bring(*command: str) -> None:
    """Run pip; skip the test where it cannot do this here."""
    environment = os.environ | {"CHALKGRAD_PURE": "1"}
    ran = subprocess.run([*PIP, *command], env=environment, capture_output=True, text=True)
    if ran.returncode:
        if os.environ.get("CI"):
            raise AssertionError(ran.stderr)
        pytest.skip(f"pip cannot bring what this needs: {ran.stderr.strip()[-200:]}")
