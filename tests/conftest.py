"""What all tests share."""

from __future__ import annotations

import os

os.environ.setdefault("MPLBACKEND", "Agg")  # pictures without a screen

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def no_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system on which no `dot` is to be found."""
    monkeypatch.setenv("PATH", "")


collect_ignore = ["benchmarks", "golden/make.py"]  # scripts, which import what they compare with
