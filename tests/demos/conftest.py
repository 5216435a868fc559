"""How the demos are run in their tests: as a user does, or here, without the seconds of loading."""

from __future__ import annotations

import io
import os
import random
import runpy
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

DEMOS = Path(__file__).parents[2] / "demos"

Demo = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    """demo("iris.py", "--seed", "1") runs a demo in the test's folder, in a process of its own."""

    def run(name: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(DEMOS / name), *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=os.environ | more,
        )

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demo:
    """The same in this process, where what a demo imports is often there already."""

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        path, out, error = DEMOS / name, io.StringIO(), io.StringIO()
        state = random.getstate()
        with monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(error):
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", [str(path), *arguments])
            patch.syspath_prepend(str(path.parent))
            try:
                runpy.run_path(str(path), run_name="__main__")
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(end.code is not None)
                if isinstance(end.code, str):
                    print(end.code, file=sys.stderr)
            except Exception:
                status = 1
                traceback.print_exc()
        random.setstate(state)
        return subprocess.CompletedProcess(sys.argv, status, out.getvalue(), error.getvalue())

    return run
