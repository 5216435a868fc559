"""The README: every code block in it runs, and its pictures are what the code draws."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLAIN = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS")  # what changes how text is shown
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.M | re.S)


def test_every_python_block_gives_the_output_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("micrograd")
    monkeypatch.chdir(tmp_path)
    for name in PLAIN:
        monkeypatch.delenv(name, raising=False)
    # a blank line in what is shown, which doctest would take for its end
    source = re.sub(r"\n\n(?!>>>|\n|\Z)", "\n<BLANKLINE>\n", "\n".join(blocks("python")))
    session = doctest.DocTestParser().get_doctest(
        source, {"__name__": "__main__"}, "README.md", "README.md", 0
    )
    assert len(session.examples) > 30
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(session, out=report.append)
    assert result.failed == 0, "".join(report)
    drawn, shown = (
        [element.text for element in ET.parse(path).iter() if element.tag.endswith("}text")]
        for path in (tmp_path / "f.svg", ROOT / "demos/pictures/f.svg")
    )
    assert shown == drawn


@pytest.mark.skipif(sys.platform == "win32", reason="the lines are for a POSIX shell")
def test_every_command_prints_what_is_shown(tmp_path: Path) -> None:
    scripts = str(Path(sys.executable).parent)
    environment = {name: x for name, x in os.environ.items() if name not in PLAIN}
    environment |= {"PATH": scripts + os.pathsep + os.environ["PATH"], "PYTHONUTF8": "1"}
    sessions = "".join(blocks("console"))
    commands = re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", sessions, flags=re.M)
    assert len(commands) >= 3
    for command, expected in commands:
        run = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert run.stderr == ""
        assert run.stdout == expected


def test_the_first_block_is_the_two_commands() -> None:
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


def test_links_and_pictures_exist() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_the_benchmark_runs() -> None:
    pytest.importorskip("micrograd")
    command = blocks("sh")[1].split()
    assert command[0] == "python"
    run = subprocess.run(
        [sys.executable, command[1], "--quick"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "perceptron, eager: micrograd 0.1.0" in run.stdout
    assert "GPT, compile: slots and tuples" in run.stdout


def test_every_fenced_block_is_of_a_kind_that_runs_or_says_that_it_is_text() -> None:
    fences = re.findall(r"^```(.*)$", README, flags=re.M)
    assert set(fences[::2]) == {"python", "sh", "console", "text"}
    assert set(fences[1::2]) == {""}
