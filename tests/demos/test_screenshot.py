"""demos/screenshot.py: it takes the picture of the README, or says in one line what is wrong."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")
pytest.importorskip("PIL")

DEMOS = Path(__file__).parents[2] / "demos"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def size_of(png: bytes) -> tuple[int, ...]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


def test_the_picture_is_small_and_as_large_as_a_new_one(demo: Any, tmp_path: Path) -> None:
    kept = (DEMOS / "pictures" / "training.png").read_bytes()
    assert len(kept) < 150_000
    if not (os.environ.get("CHALKGRAD_BROWSER") or any(map(shutil.which, NAMES))):
        pytest.skip("no browser on the path, and CHALKGRAD_BROWSER names none")
    run = demo("screenshot.py")
    assert run.returncode == 0, run.stderr
    assert run.stdout == "wrote training.png\n"
    new = (tmp_path / "training.png").read_bytes()
    assert len(new) < 150_000
    assert size_of(new) == size_of(kept)


def test_without_a_browser_it_says_so(demo: Any) -> None:
    run = demo("screenshot.py", PATH="", CHALKGRAD_BROWSER="")
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        "screenshot.py: there is no Chromium on the path, and CHALKGRAD_BROWSER names none"
    ]
