"""Test the chalkgrad that is installed, with its source out of reach.

Usage: python -I suite.py native|pure

The tests of what is installed run from a copy beside which there is no package. Those in a browser
do not, since the pages are the same on every build, nor those directly in tests/, which are about
the repository. The demos, which train, run on native code alone: without it they take longer than
all other tests.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("tests", "demos", "docs")  # what the tests read
TESTS = ("tests/autograd", "tests/nn", "--pyargs", "autograd", "nn")


def main() -> None:
    build = sys.argv[1]
    tests = TESTS if build == "pure" else ("tests/demos", *TESTS)
    smoke = [sys.executable, "-I", str(ROOT / ".ci" / "smoke.py"), build]
    with tempfile.TemporaryDirectory() as folder:
        for name in COPIED:
            shutil.copytree(ROOT / name, Path(folder, name))
        shutil.copy(ROOT / "pyproject.toml", folder)  # the settings of pytest
        for command in (smoke, [sys.executable, "-m", "pytest", *tests]):
            status = subprocess.run(command, cwd=folder, check=False).returncode
            if status:
                raise SystemExit(status)


if __name__ == "__main__":
    main()
