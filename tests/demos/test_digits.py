"""demos/digits.py: it learns to read, and shows what it misread."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")


def test_two_epochs_are_enough_to_read_most_digits(demo: Any, tmp_path: Path) -> None:
    run = demo("digits.py", "--epochs", "2", "--out", "pictures")
    assert run.returncode == 0, run.stderr
    assert "MLP(64, [32, 10], activation='relu'): 2410 parameters" in run.stdout
    assert "1257 + 180 + 360 digits" in run.stdout
    assert "not compiled" not in run.stdout
    found = re.search(r"^test accuracy ([\d.]+)%$", run.stdout, flags=re.M)
    assert found
    assert float(found[1]) > 80
    for name in ("digits.png", "neurons.png"):
        assert f"wrote {Path('pictures') / name}" in run.stdout
        assert (tmp_path / "pictures" / name).read_bytes()[:4] == b"\x89PNG"
