"""A folder for libraries, and compilers that are scripts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from libraries import CC

from autograd.building import compiler, library


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where libraries are kept; each test has its own, and leaves nothing unfinished there."""
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CC", raising=False)
    compiler._find.cache_clear()
    yield tmp_path / "cache" / "libraries"
    while library._worker is not None:
        time.sleep(0.01)
    assert not list(tmp_path.glob("cache/libraries/building-*"))


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a compiler of a shell script; `$CC "$@"` is what the real one does."""

    def make(text: str) -> Path:
        path = tmp_path / "compiler"
        path.write_text(f"#!/bin/sh\nCC={CC}\ncd {tmp_path}\n{text}\n")
        path.chmod(0o700)
        monkeypatch.setenv("CC", str(path))
        return path

    return make
