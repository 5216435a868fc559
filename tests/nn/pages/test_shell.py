"""`autograd train`: pages of data sets and of CSV files, and one line for whatever is wrong."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from autograd import cli
from nn.pages.datasets import NAMES
from nn.pages.shell import train
from nn.pages.table import read_table

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The entry points as pyproject.toml has them, and a folder of its own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = [EntryPoint(*each, cli.ADDED) for each in project["entry-points"][cli.ADDED].items()]

    def found(group: str, name: str) -> list[EntryPoint]:
        assert group == cli.ADDED
        return [point for point in points if point.name == name]

    monkeypatch.setattr("importlib.metadata.entry_points", found)
    monkeypatch.chdir(tmp_path)


def data_in(path: str) -> dict[str, Any]:
    page = Path(path).read_text(encoding="utf-8")
    found = re.search(r'id="lesson">(.*?)</script>', page, flags=re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def table(text: str) -> str:
    Path("t.csv").write_text(text, encoding="utf-8")
    return "t.csv"


@pytest.mark.parametrize("name", NAMES)
def test_every_name_gives_a_page(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", name, "--epochs", "2", "--layers", "3", "-o", "page.html"]) == 0
    assert capsys.readouterr().out == "page.html\n"
    data = data_in("page.html")
    assert len(data["runs"][0]["python"]) == 2
    assert data["runs"][0]["settings"]["hidden"] == [3]
    assert data["runs"][0]["settings"]["init"] == "suited"
    if name != "iris":
        assert data["runs"][0]["settings"]["data"] == name
        assert (len(data["given"]["y"]), len(data["given"]["validY"])) == (160, 40)
    else:
        assert data["given"]["classes"] == ["setosa", "versicolor", "virginica"]


def test_options_say_how_it_is_trained() -> None:
    line = "moons --layers 5,4 --activation relu --optimizer adam --lr 0.02 --batch 0 --epochs 3"
    assert train([*line.split(), "--held-out", "0", "--seed", "9", "--title", "My own"]) == 0
    data = data_in("training.html")
    settings = data["runs"][0]["settings"]
    assert (settings["hidden"], settings["activation"], settings["optimizer"]) == (
        [5, 4],
        "relu",
        "adam",
    )
    assert (settings["rate"], settings["batch"], settings["seed"]) == (0.02, 0, "9")
    assert (settings["dataSeed"], settings["heldOut"], data["title"]) == (9, 0.0, "My own")
    assert data["given"]["validY"] == []


def test_a_page_can_be_in_another_language() -> None:
    assert train(["iris", "--epochs", "1", "--layers", "2", "--lang", "fr"]) == 0
    data = data_in("training.html")
    assert data["title"] == "Un réseau apprend à distinguer des classes"
    names = ["longueur du pétale, centrée-réduite", "largeur du pétale, centrée-réduite"]
    assert data["given"]["names"] == names
    line = [table("bias,loss\n1,2\n2,3\n3,5\n"), "--epochs", "1", "--held-out", "0", "--lang", "de"]
    assert train(line) == 0  # columns are called as in the file
    assert data_in("training.html")["given"]["names"] == [
        "bias, standardisiert",
        "loss, standardisiert",
    ]


@pytest.mark.parametrize(
    ("text", "kind", "classes", "names"),
    [
        ("a,b,kind\n1,2,cat\n3,4,dog\n5,7,cat\n", "sides", ["cat", "dog"], ["a", "b"]),
        ("1,2,0\n3,4,1\n5,7,2\n", "classes", [], ["x₀", "x₁"]),
        ("1,2,0.5\n3,4,1.5\n\n5,7,2\n", "surface", [], ["x₀", "x₁"]),
        ("year,price\n2000,1e5\n2010,3e5\n2020,2e5\n", "curve", [], ["year", "price"]),
    ],
)
def test_a_file_says_by_its_columns_what_is_learned(
    text: str, kind: str, classes: list[str], names: list[str]
) -> None:
    line = [table(text), "--epochs", "1", "--held-out", "0", "--layers", "2", "--lr", "0.01"]
    assert train(line) == 0
    given = data_in("training.html")["given"]
    assert (given["kind"], given["classes"]) == (kind, classes)
    assert given["names"] == [f"{name}, standardised" for name in names]
    assert sum(given["x"][:: given["inputs"]]) == pytest.approx(0.0, abs=1e-12)


def test_a_table_is_read_as_spreadsheets_write_it() -> None:
    Path("t.csv").write_bytes('\ufeffa,b\r\n"1",2\r\n3,4\r\n'.encode())
    points = read_table(Path("t.csv"))
    assert (points.X, points.y) == ([[-1.0], [1.0]], [-1.0, 1.0])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nothing", "one of moons, circles, spiral, xor, line, wave, iris, or a CSV file"),
        ("no.csv", "no.csv: No such file"),
        ("moons --layers 0", "a whole number from 1 is wanted, not '0'"),
        ("moons --layers 200", None),
        ("moons --layers 100,100", "up to 4,000 parameters"),
        ("moons --lr -1", "a number above 0 is wanted, not '-1'"),
        ("moons --lr", "expected one argument"),
        ("moons --held-out 1", "a share from 0 to below 1 is wanted, not '1'"),
        ("moons --held-out x", "a share from 0 to below 1 is wanted, not 'x'"),
        ("moons --held-out -0.1", "a share from 0 to below 1 is wanted, not '-0.1'"),
        ("moons --held-out 0.999", "no point is left to train on"),
        ("moons --epochs 0", "a whole number from 1 is wanted"),
        ("moons --seed x", "a whole number is wanted, not 'x'"),
        ("moons --lang xx", "--lang: invalid choice: 'xx'"),
        ("moons --what", "unrecognized arguments: --what"),
        ("", "the following arguments are required: DATA"),
        ("moons -o no/such/page.html --epochs 1", "no/such/page.html: No such file"),
        ("wave --lr 1e30 --activation relu", "take a smaller --lr than 1e+30"),
    ],
)
def test_what_is_wrong_is_one_line(
    line: str, words: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["train", *line.split(), *(["--epochs", "1"] if words is None else [])])
    err = capsys.readouterr().err
    if words is None:
        assert (status, err) == (0, "")
        return
    assert status == 2
    assert err.startswith("autograd train: ")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "this one has 0 lines of 0"),
        ("1,2,3,4\n", "this one has 1 line of 4"),
        ("a,b,c\n", "this one has 0 lines of 3"),
        ("1,2,3\n1,2\n", "t.csv, line 2: 2 cells, where others have 3"),
        ("a,b,c\n1,x,3\n", "t.csv, line 2: 'x' is not a number"),
        ("1,nan,3\n", "t.csv, line 1: 'nan' is not a number"),
        ("1,2\n3,cat\n", "with one input the target is a number, not 'cat'"),
        ("1,2,cat\n3,4,cat\n", "all points are of one class, 'cat'"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(
    text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", table(text)]) == 2
    assert words in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["train", "--help"])
    assert "autograd train flowers.csv" in capsys.readouterr().out


def test_commands_of_our_own_are_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", None)
    assert cli.main(["grad", "a*b", "a=1", "b=2"]) == 0
    choices = cli.make_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert tuple(choices or ()) == cli.OWN
