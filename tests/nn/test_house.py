"""How nn's files import each other: only from lower rooms, and of autograd only what is public."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import autograd
from tests.house import circles, files_of, imports_of, names_in

ROOMS = (
    "nn.settings",
    "nn.rows",
    "nn.module",
    "nn.init",
    "nn.layers",
    "nn.losses",
    "nn.architecture",
    "nn.saving",
    "nn.predictions",
    "nn.optim",
    "nn.schedulers",
    "nn.plots",
    "nn.training",
    "nn.pages",
    "nn.pytorch",
    "nn.estimators",
    "nn.notebook",
    "nn",
)
"""From the ground up; each may import from itself and from those before it."""


def room_of(module: str) -> str:
    """The room that a module is in, or the module itself if it stands on the floor."""
    return ".".join(module.split(".")[:2])


def own_imports() -> dict[str, set[str]]:
    """Those of nn from nn."""
    return {
        module: {name for name in names if name.split(".")[0] == "nn"}
        for module, names in imports_of("nn").items()
    }


def test_every_file_is_in_a_room_that_is_drawn() -> None:
    assert {room_of(module) for module in own_imports()} == set(ROOMS)


def test_no_arrow_points_up() -> None:
    upward = [
        f"{module} imports {name}"
        for module, names in own_imports().items()
        for name in names
        if ROOMS.index(room_of(name)) > ROOMS.index(room_of(module))
    ]
    assert upward == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(own_imports()) == []


def test_rooms_have_few_files_and_files_few_lines() -> None:
    files = files_of("nn")
    rooms: dict[str, int] = {}
    for path in files.values():
        rooms[path.parent.name] = rooms.get(path.parent.name, 0) + 1
    assert max(rooms.values()) <= 9
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 400 for path in files.values())


def test_nn_uses_only_autograds_public_names() -> None:
    public = {f"autograd.{name}" for name in autograd.__all__} | {"autograd"}
    below = [
        f"{module} uses {name}"
        for module, path in files_of("nn").items()
        for name in [*names_in(path), *attributes_of("autograd", path)]
        if name.split(".")[0] == "autograd" and name not in public
    ]
    assert below == []


def attributes_of(package: str, path: Path) -> list[str]:
    """Each use of `package.name` in a file."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == package
    ]


# ---- the reader itself --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import autograd.modes", ["autograd.modes"]),
        ("from nn.rows import dot, total as t", ["nn.rows.dot", "nn.rows.total"]),
        ("def draw():\n    from nn.plots import loss_curve", ["nn.plots.loss_curve"]),
        ("try:\n    import numpy\nexcept ImportError:\n    pass", ["numpy"]),
        ("if TYPE_CHECKING:\n    import torch", []),
    ],
)
def test_late_imports_are_read_and_those_for_types_alone_are_not(
    text: str, names: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "module.py"
    path.write_text(text, encoding="utf-8")
    assert list(names_in(path)) == names


def test_imports_are_by_module() -> None:
    imports = imports_of("nn")
    assert imports["nn.training.history"] == {"autograd", "nn.plots", "nn.settings"}
    assert imports["nn.losses.penalties"] == {"autograd", "nn.rows"}


def test_circles_are_found_and_what_only_leads_to_them_is_not() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}, "e": {"a", "far"}}
    assert circles(graph) == [["b", "c"], ["d"]]
