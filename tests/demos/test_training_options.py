"""The options that demos with a training run share, and what they say of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

DEMOS = ("iris.py", "digits.py", "regression.py", "search.py")


@pytest.mark.parametrize("name", DEMOS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "argument --epochs: takes a whole number from 1, not '0'"),
        (["--seed", "-1"], "argument --seed: takes a whole number from 0 to 4294967295, not '-1'"),
        (["--speed", "9"], "unrecognized arguments: --speed 9"),
        (["--out", "taken"], "cannot make the folder taken"),
    ],
)
def test_a_wrong_value_gets_one_clear_line(
    here: Any, name: str, arguments: list[str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file is in the way")
    run = here(name, *arguments)
    assert run.returncode != 0
    assert run.stdout == ""
    assert run.stderr.startswith(f"{name}: {message}")
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("name", DEMOS)
def test_help_says_what_each_option_does(here: Any, name: str) -> None:
    run = here(name, "--help")
    assert run.returncode == 0
    assert all(option in run.stdout for option in ("--epochs N", "--seed N", "--out FOLDER"))


@pytest.mark.parametrize("name", DEMOS[:3])
def test_a_picture_that_cannot_be_written_is_one_line(here: Any, name: str, tmp_path: Path) -> None:
    (tmp_path / name.replace(".py", ".png")).mkdir()
    run = here(name, "--epochs", "1")
    assert run.returncode == 1
    assert run.stderr.startswith(f"{name}: cannot write to .: ")
    assert run.stderr.count("\n") == 1
