"""demos/iris.py: it tells the kinds apart, and shows where it does not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")


@pytest.mark.parametrize("seed", ["0", "1"])
def test_it_is_right_on_95_of_100_flowers_that_it_has_not_seen(
    demo: Any, seed: str, tmp_path: Path
) -> None:
    run = demo("iris.py", "--seed", seed, "--out", "pictures")
    assert run.returncode == 0, run.stderr
    assert "100 + 50 flowers" in run.stdout
    found = re.search(r"^test accuracy (\d+)%$", run.stdout, flags=re.M)
    assert found
    assert int(found[1]) >= 95
    assert f"wrote {Path('pictures') / 'iris.png'}" in run.stdout
    assert (tmp_path / "pictures" / "iris.png").read_bytes()[:4] == b"\x89PNG"


def test_each_mistake_is_told_with_the_chances_that_were_given(here: Any) -> None:
    run = here("iris.py", "--epochs", "1")
    found = re.search(r"^test accuracy (\d+)%$", run.stdout, flags=re.M)
    assert found
    mistakes = re.findall(
        r"^  a (\w+) was given setosa (\d+)%, versicolor (\d+)%, virginica (\d+)%$",
        run.stdout,
        flags=re.M,
    )
    assert len(mistakes) == round(50 * (1 - int(found[1]) / 100)) > 0
    for kind, *chances in mistakes:
        percent = dict(zip(("setosa", "versicolor", "virginica"), map(int, chances), strict=True))
        assert 98 <= sum(percent.values()) <= 102
        assert percent[kind] <= max(percent.values())


def test_the_same_seed_gives_the_same_run(here: Any) -> None:
    first, second = (here("iris.py", "--epochs", "2", "--seed", "3") for _ in range(2))
    assert first.returncode == 0
    assert first.stdout == second.stdout
