"""README, CONTRIBUTING and docs/: every example runs, every link leads somewhere, and pictures are
what the code draws."""

from __future__ import annotations

import doctest
import importlib
import operator
import os
import re
import runpy
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import autograd

ROOT = Path(__file__).parent.parent
PLAIN = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS")  # what changes how text is shown
KINDS = {"python", "sh", "console", "text", "{eval-rst}", "{include}", "{toctree}"}
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md")))
}
README = PAGES["README.md"]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```$", PAGES[page], flags=re.M | re.S)


def with_blocks(language: str) -> list[str]:
    return [page for page in PAGES if blocks(page, language)]


def texts(picture: Path) -> list[str | None]:
    return [element.text for element in ET.parse(picture).iter() if element.tag.endswith("}text")]


@pytest.mark.parametrize("page", with_blocks("python"))
def test_every_python_block_gives_the_output_shown(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "\n".join(blocks(page, "python"))
    for package in re.findall(r"^>>> (?:from|import) (\w+)", code, flags=re.M):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    for name in PLAIN:
        monkeypatch.delenv(name, raising=False)
    # a blank line in what is shown, which doctest would take for its end
    source = re.sub(r"\n\n(?!>>>|\n|\Z)", "\n<BLANKLINE>\n", code)
    session = doctest.DocTestParser().get_doctest(source, {"__name__": "__main__"}, page, page, 0)
    assert session.examples
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(session, out=report.append)
    assert result.failed == 0, "".join(report)
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+\.svg)\)", PAGES[page]):
        shown = (ROOT / page).parent / picture
        assert texts(shown) == texts(tmp_path / shown.name)


def test_every_name_of_the_table_of_names_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here: dict[str, Any] = {}
    for line in re.findall(r"^>>> (.*)$", blocks("docs/names.md", "python")[0], flags=re.M):
        exec(line, here)
    cells = re.findall(r"^\| (`.*?) \|(.*?)\|", PAGES["docs/names.md"], flags=re.M)
    assert len(cells) > 30
    for ours, _ in cells:
        for code in re.findall("`(.*?)`", ours):
            if "torch" not in code or find_spec("torch"):
                exec(code, here)
    torch = pytest.importorskip("torch")
    for _, theirs in cells:
        for name in re.findall(r"\btorch((?:\.\w+)+)", theirs):
            operator.attrgetter(name[1:])(torch)
        for name in re.findall(r"`([A-Z]\w+)\(", theirs):
            assert hasattr(torch.nn, name)


@pytest.mark.skipif(sys.platform == "win32", reason="the lines are for a POSIX shell")
@pytest.mark.parametrize("page", with_blocks("console"))
def test_every_command_prints_what_is_shown(page: str, tmp_path: Path) -> None:
    scripts = str(Path(sys.executable).parent)
    environment = {name: x for name, x in os.environ.items() if name not in PLAIN}
    environment |= {"PATH": scripts + os.pathsep + os.environ["PATH"], "PYTHONUTF8": "1"}
    sessions = "".join(blocks(page, "console"))
    commands = re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", sessions, flags=re.M)
    assert commands
    for command, expected in commands:
        run = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert run.stderr == ""
        assert run.stdout == expected


def test_the_readme_begins_with_the_two_commands() -> None:
    first = re.search(r"^```\w*\n(.*?)^```$", README, flags=re.M | re.S)
    assert first
    demo, tests = first[1].splitlines()
    install = r'python -m pip install -e "\.\[(\w+)\]" && python (.+)'
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in (demo, tests):
        match = re.fullmatch(install, line)
        assert match
        assert match[1] in project["optional-dependencies"]
    assert (ROOT / demo.split()[-1]).exists()
    assert tests.endswith("python -m pytest")


def test_the_readme_is_a_front_door() -> None:
    assert len(README.splitlines()) <= 200


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_exist(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGES[page]):
        if not target.startswith(("http", "#")):
            assert ((ROOT / page).parent / target.partition("#")[0]).exists(), target
    for target in re.findall(r'href="([^"]+)\.html"', PAGES[page]):  # written when the site is
        assert (ROOT / "demos" / f"{target}.py").exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_every_fenced_block_is_of_a_kind_that_runs_or_says_that_it_is_text(page: str) -> None:
    fences = re.findall(r"^```(.*)$", PAGES[page], flags=re.M)
    assert {fence.split()[0] for fence in fences[::2]} <= KINDS
    assert set(fences[1::2]) <= {""}


def test_the_benchmark_runs() -> None:
    pytest.importorskip("micrograd")
    command = blocks("README.md", "sh")[1].split()
    assert command[0] == "python"
    run = subprocess.run(
        [sys.executable, command[1], "--quick"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "perceptron, eager: micrograd 0.1.0" in run.stdout
    assert "GPT, compile: slots and tuples" in run.stdout


def test_the_table_in_the_reference_has_every_derivative() -> None:
    pytest.importorskip("sphinx")
    path = ROOT / "docs" / "_extensions" / "operation_table.py"
    table = runpy.run_path(str(path))
    for operation in autograd.OPERATIONS.values():
        written = list(table["derivatives"](operation))
        assert len(written) == len(operation.operands)
    assert list(table["derivatives"](autograd.acosh)) == [
        "∂/∂x = ``1 / (sqrt(x - 1) * sqrt(x + 1))``"
    ]


@pytest.mark.parametrize(
    "module",
    ["autograd", "autograd.course", "autograd.teaching", "nn", "nn.plots", "nn.estimators"],
)
def test_the_reference_is_complete(module: str) -> None:
    reference = "".join(text for page, text in PAGES.items() if page.startswith("docs/reference/"))
    told = re.findall(r"^\.\. (?:auto|py:)\w+:: ([\w.]+)$", reference, flags=re.M)
    assert len(told) == len(set(told))
    if module == "nn.estimators":
        names = {"MLPClassifier", "MLPRegressor"}
    else:
        pytest.importorskip("matplotlib" if module == "nn.plots" else module)
        names = set(importlib.import_module(module).__all__)
    if module == "autograd":  # the directive `operations` walks the table
        names -= set(importlib.import_module(module).OPERATIONS)
    assert {name for name in told if name.rpartition(".")[0] == module} == {
        f"{module}.{name}" for name in names
    }
