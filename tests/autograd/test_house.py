"""The drawing of the house: which room may import from which, and that every arrow points down.

An arrow is any import of one of our modules by another: at the top of a file, inside a function,
or for type checkers alone. What a file needs from above must be handed to it from above.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import autograd

FOLDER = Path(autograd.__file__).parent

# The rooms, lowest first. A room may import from those to the left of it in the same line, and its
# files from each other, as long as no circle comes of it. Files that are in no folder are the core.
HOUSE = (
    ("core", "native", "protocols", "language", "derivatives"),
    ("core", "native", "protocols", "language", "derivatives", "stepping", "pictures", "lessons"),
    ("core", "native", "protocols", "language", "derivatives", "tape", "compiler"),
)
TOP = ("autograd", "autograd.__main__", "autograd.cli")  # the door and the commands see everything

# Arrows that still point up, or close a circle. This set is to become empty.
KNOWN: set[tuple[str, str]] = {
    ("autograd.graph", "autograd.derivatives.check"),
    ("autograd.graph", "autograd.language.expression"),
    ("autograd.operation", "autograd.operations"),
    ("autograd.operation", "autograd.protocols.arrays"),
    ("autograd.operation", "autograd.value"),
    ("autograd.tape.tape", "autograd.compiler.recorder"),
    ("autograd.tape.tape", "autograd.tape.listing"),
    ("autograd.value", "autograd.graph"),
    ("autograd.value", "autograd.language.expression"),
    ("autograd.value", "autograd.protocols.arrays"),
    ("autograd.value", "autograd.protocols.copying"),
}

Graph = dict[str, set[str]]


def imports() -> Graph:
    """Each module of the package, with the modules of the package that it imports."""
    files = {name_of(path): path for path in sorted(FOLDER.rglob("*.py"))}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}
    return {
        name: {found for found in imported(tree, set(files)) if found != name}
        for name, tree in trees.items()
    }


def name_of(path: Path) -> str:
    """The name that a file is imported by."""
    parts = (FOLDER.name, *path.relative_to(FOLDER).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module, ours: set[str]) -> Iterator[str]:
    """What a file imports from the package, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written in full"
            for each in node.names:
                whole = f"{node.module}.{each.name}"
                yield from {whole if whole in ours else node.module or ""} & ours
        elif isinstance(node, ast.Import):
            yield from {each.name for each in node.names} & ours


def room_of(module: str) -> str:
    """The folder that a module is in."""
    parts = module.split(".")
    is_folder = len(parts) == 2 and (FOLDER / parts[1]).is_dir()
    return parts[1] if len(parts) > 2 or is_folder else "core"


def may_import(room: str, other: str) -> bool:
    """Whether a room stands on another, or is that one."""
    return any(room in line and other in line[: line.index(room) + 1] for line in HOUSE)


def circles(graph: Graph) -> Iterator[list[str]]:
    """A circle through each module that imports itself by way of others."""
    for start in graph:
        came_from = dict.fromkeys(graph[start], start)
        waiting = list(came_from)
        for module in waiting:
            for further in graph.get(module, set()) - came_from.keys():
                came_from[further] = module
                waiting.append(further)
        if start in came_from:
            circle = [start]
            while len(circle) == 1 or circle[-1] != start:
                circle.append(came_from[circle[-1]])
            yield circle[::-1]


def rest() -> Graph:
    """The arrows between files, without those that are known to be wrong."""
    return {
        module: {other for other in others if (module, other) not in KNOWN}
        for module, others in imports().items()
        if module not in TOP
    }


def test_every_room_is_drawn() -> None:
    drawn = {room for line in HOUSE for room in line}
    assert {room_of(module) for module in imports()} <= drawn


def test_arrows_between_rooms_point_down() -> None:
    wrong = [
        (module, other)
        for module, others in rest().items()
        for other in others
        if other not in TOP and not may_import(room_of(module), room_of(other))
    ]
    assert wrong == []


def test_files_do_not_import_in_a_circle() -> None:
    assert [" imports ".join(circle) for circle in circles(rest())] == []


def test_only_the_commands_import_the_top_of_the_package() -> None:
    wrong = [(module, other) for module, others in rest().items() for other in others & set(TOP)]
    assert wrong == []


def test_known_arrows_are_still_there() -> None:
    graph = imports()
    assert [arrow for arrow in KNOWN if arrow[1] not in graph[arrow[0]]] == []


def test_a_circle_is_found_in_any_number_of_files() -> None:
    graph: Graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert list(circles(graph)) == [["b", "c", "b"], ["c", "b", "c"]]
    assert list(circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})) == []


def test_an_import_inside_a_function_is_an_arrow() -> None:
    text = "def f():\n    from autograd.pictures import dot\n    import autograd.value"
    ours = {"autograd.pictures", "autograd.pictures.dot", "autograd.value"}
    assert set(imported(ast.parse(text), ours)) == {"autograd.pictures.dot", "autograd.value"}
