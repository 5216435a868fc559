"""What is built and installed: one version, the same Pythons everywhere, every file.

The gate builds the distributions themselves and tries them; what can be seen without is here.
"""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import autograd

ROOT = Path(__file__).parent.parent
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]
PACKAGE_DATA = SETTINGS["tool"]["setuptools"]["package-data"]
BUILT = {".inc", ".pyc", ".pyd", ".so", ".txt"}  # by Python and by an install


def test_the_version_that_is_installed_is_the_one_in_the_package() -> None:
    assert metadata.version("chalkgrad") == autograd.__version__  # else: install it again


def test_the_version_is_written_once() -> None:
    assert "version" not in PROJECT
    assert PROJECT["dynamic"] == ["version"]


def test_the_changes_begin_with_this_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = re.search(r"^## (\S+), ", changes, flags=re.M)
    assert heading
    assert heading[1] == autograd.__version__


def test_the_pythons_promised_are_those_that_wheels_are_built_for() -> None:
    minors = re.findall(r":: Python :: 3\.(\d+)$", "\n".join(PROJECT["classifiers"]), flags=re.M)
    assert minors == ["11", "12", "13", "14"]
    assert SETTINGS["tool"]["cibuildwheel"]["build"] == [f"cp3{minor}-*" for minor in minors]
    assert PROJECT["requires-python"] == f">=3.{minors[0]}"
    assert SETTINGS["tool"]["ruff"]["target-version"] == f"py3{minors[0]}"


@pytest.mark.parametrize("package", PACKAGE_DATA)
def test_every_file_beside_the_code_is_installed(package: str) -> None:
    folder = ROOT / package
    files = {path for path in folder.rglob("*") if path.is_file() and path.suffix not in BUILT}
    data = {path for path in files if path.suffix != ".py"}
    found = {pattern: set(folder.glob(pattern)) & data for pattern in PACKAGE_DATA[package]}
    assert set().union(*found.values()) == data
    assert all(found.values()), "a pattern finds nothing"


@pytest.mark.parametrize("package", PACKAGE_DATA)
def test_every_folder_of_code_is_a_package(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        assert (path.parent / "__init__.py").exists(), path.parent


def test_tests_import_at_their_top_only_what_is_installed_with_them() -> None:
    extras = PROJECT["optional-dependencies"].values()
    brought = names_of([*PROJECT["dependencies"], *(entry for extra in extras for entry in extra)])
    owners = metadata.packages_distributions()
    installed = {name for names in owners.values() for name in names_of(names)}
    for name in brought & installed:  # and what these need in their turn
        brought = brought | names_of(metadata.requires(name) or [])
    strangers = [
        (path.name, name)
        for path in (ROOT / "tests").rglob("*.py")
        if path.parent.name not in ("benchmarks", "golden")  # which are run by hand
        for name in re.findall(r"^(?:import|from) (\w+)", path.read_text("utf-8"), flags=re.M)
        if name in owners and brought.isdisjoint(names_of(owners[name]))
    ]
    assert strangers == []


def names_of(requirements: list[str]) -> set[str]:
    """The distributions that are always needed, as PyPI compares their names."""
    always = [entry for entry in requirements if "extra ==" not in entry]
    return {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", entry)[0]).lower() for entry in always}
