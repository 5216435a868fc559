"""demos/moons.py: it learns, it draws, and it says in one line what is wrong."""

from __future__ import annotations

import importlib.util
import random
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

MOONS = Path(__file__).parents[2] / "demos" / "moons.py"


@pytest.mark.parametrize("seed", ["1", "7"])
def test_it_ends_at_full_training_accuracy_and_leaves_its_pictures(
    demo: Any, seed: str, tmp_path: Path
) -> None:
    run = demo("moons.py", "--seed", seed, "--out", "pictures")
    assert run.returncode == 0, run.stderr
    assert "training accuracy 100%" in run.stdout
    losses = [float(line.split()[3]) for line in run.stdout.splitlines() if "epoch" in line]
    assert losses[-1] < losses[0] / 10
    for name in ("moons.png", "moons.svg"):
        assert f"wrote {Path('pictures') / name}" in run.stdout
    assert (tmp_path / "pictures" / "moons.png").read_bytes()[:4] == b"\x89PNG"
    svg = ET.parse(tmp_path / "pictures" / "moons.svg")
    texts = [element.text or "" for element in svg.iter() if element.tag.endswith("}text")]
    assert {"x[0]", "x[1]", "neuron", "w[0]", "w[1]", "b"} <= set(texts)
    assert "grad —" not in texts


def test_the_same_seed_gives_the_same_run(here: Any) -> None:
    first, second = (here("moons.py", "--epochs", "2", "--seed", "3") for _ in range(2))
    assert first.stdout == second.stdout
    assert first.returncode == 0


def test_the_penalty_pulls_on_every_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("moons", MOONS)
    assert spec
    assert spec.loader
    demo = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "moons", demo)
    monkeypatch.syspath_prepend(str(MOONS.parent))  # as when it is run
    spec.loader.exec_module(demo)
    data = demo.load_data(1)

    def size(penalty: float) -> float:
        monkeypatch.setattr(demo, "L2", penalty)
        model = demo.MLP(2, [16, 16, 1], rng=random.Random(1))
        list(demo.train(model, data, 2, 1))
        return sum(p.data**2 for p in model.parameters())

    assert size(0.1) < 0.9 * size(0.0)


def test_a_folder_is_shown_as_it_is_called(here: Any) -> None:
    run = here("moons.py", "--epochs", "1", "--out", "[bold]x")
    assert f"wrote {Path('[bold]x') / 'moons.png'}" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "argument --epochs: takes a whole number from 1, not '0'"),
        (["--epochs", "many"], "argument --epochs: takes a whole number from 1, not 'many'"),
        (["--seed", "-1"], "argument --seed: takes a whole number from 0 to 4294967295, not '-1'"),
        (["--seed", "4294967296"], "argument --seed: takes a whole number from 0 to 4294967295"),
        (["--speed", "9"], "unrecognized arguments: --speed 9"),
        (["--out", "taken"], "cannot make the folder taken"),
    ],
)
def test_a_wrong_value_gets_one_clear_line(
    here: Any, arguments: list[str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file is in the way")
    run = here("moons.py", *arguments)
    assert run.returncode != 0
    assert run.stdout == ""
    assert run.stderr.startswith(f"moons.py: {message}")
    assert run.stderr.count("\n") == 1
