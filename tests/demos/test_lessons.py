"""demos/lessons: each script writes a lesson."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nn.pages import scenes

FOLDER = Path(__file__).parents[2] / "demos" / "lessons"
SCENES = ["descent", "overfitting", "valley", "vanishing", "xor"]  # in which a network learns
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("out", *SCENES))


def run(name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / f"{name}.py"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8")


def written(name: str, folder: Path) -> tuple[str, str]:
    """The page that a script writes, and its heading."""
    done = run(name, cwd=folder)
    assert (done.stdout, done.stderr) == (f"wrote {name}.html\n", "")
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    assert len(page) < 250_000
    title = re.search("<h1>(.*)</h1>", page)
    assert title
    return page, title[1]


def test_there_is_one_for_each_thing_to_learn() -> None:
    assert SCRIPTS == ["branch", "fork", "network", "neuron", "product", "sigmoid"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_writes_a_page_that_says_what_is_learned(name: str, tmp_path: Path) -> None:
    page, title = written(name, tmp_path)
    assert len(title) > 20
    assert '"editable": true' in page
    assert not re.search(r">v\d+<", page)  # the inputs have names


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_writes_a_page_that_says_what_is_seen(name: str, tmp_path: Path) -> None:
    page, title = written(name, tmp_path)
    assert 20 < len(title) < 80
    made = getattr(scenes, name)()
    assert page == made.html  # that of the site
    if name == "overfitting":
        learned, kept = (history["val_loss"] for history in made.history.values())
        assert learned[-1] > 1.5 * min(learned)
        assert kept[-1] < 1.2 * min(learned)
    data = json.loads(re.findall(r'id="lesson">(.*?)</script>', page, flags=re.S)[0])
    ends = {run["name"]: run["python"][-1] / run["python"][0] for run in data["runs"]}
    stuck, lost = {"a line", "sigmoid", "too small"}, {"far too large"}
    for name, share in ends.items():
        assert share > 1 if name in lost else (share > 0.3) is (name in stuck), name


def test_the_file_may_be_another(tmp_path: Path) -> None:
    assert run("product", "--out", "other.html", cwd=tmp_path).stdout == "wrote other.html\n"
    assert [path.name for path in tmp_path.iterdir()] == ["other.html"]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    done = run("product", "--out", "no/such/folder.html", cwd=tmp_path)
    assert done.returncode == 1
    place = Path("no/such/folder.html")
    line = f"product.py: cannot write {place}: there is no directory {place.parent}"
    assert done.stderr.splitlines() == [line]


def test_the_sigmoid_is_the_one_of_the_course(tmp_path: Path) -> None:
    """Its numbers: 0.73 forward, and back 0.20 to the sum, x0 0.39, x1 -0.59."""
    run("sigmoid", cwd=tmp_path)
    page = (tmp_path / "sigmoid.html").read_text(encoding="utf-8")
    for words in ("data 0.7311", "∂f/∂w0 -0.1966", "∂f/∂x0 0.3932", "∂f/∂x1 -0.5898"):
        assert f">{words}<" in page
