"""The drawing of the house: which room may import from which, and that every arrow points down.

An arrow is any import of one of our modules by another, at the top of a file or inside a function.
What a file needs from above must be handed to it from above.
"""

from __future__ import annotations

from pathlib import Path

import autograd
from tests.house import circles, files_of, imports_of
from tests.stress import NATIVE_TESTS

FOLDER = Path(autograd.__file__).parent

# The rooms, lowest first. A room may import from those to the left of it in the same line, and its
# files from each other, as long as no circle comes of it. Files that are in no folder are the core.
HOUSE = (
    ("native", "core", "protocols", "language", "derivatives"),
    (
        *("native", "core", "protocols", "language", "derivatives"),
        *(
            "stepping",
            "pictures",
            "quizzes",
            "lessons",
            "pages",
            "diagnosis",
            "course",
            "teaching",
            "site",
        ),
    ),
    ("native", "core", "protocols", "language", "derivatives", "tape", "building", "compiler"),
)
TOP = ("autograd", "autograd.__main__", "autograd.cli")  # the door and the commands see everything
TOOLS = ("autograd.native.generate",)  # run when the package is built, on the table
FLOOR = 9  # files in a room, at most, beside the one that Python asks for


def arrows() -> dict[str, set[str]]:
    """Each module, with the modules of the package that it imports."""
    graph = imports_of("autograd")
    return {module: others for module, others in graph.items() if module not in TOP + TOOLS}


def room_of(module: str) -> str:
    """The folder that a module is in."""
    parts = module.split(".")
    is_folder = len(parts) == 2 and (FOLDER / parts[1]).is_dir()
    return parts[1] if len(parts) > 2 or is_folder else "core"


def may_import(room: str, other: str) -> bool:
    """Whether a room stands on another, or is that one."""
    return any(room in line and other in line[: line.index(room) + 1] for line in HOUSE)


def test_every_room_is_drawn() -> None:
    drawn = {room for line in HOUSE for room in line}
    assert {room_of(module) for module in arrows()} == drawn


def test_arrows_between_rooms_point_down() -> None:
    wrong = [
        (module, other)
        for module, others in arrows().items()
        for other in others
        if other not in TOP and not may_import(room_of(module), room_of(other))
    ]
    assert wrong == []


def test_files_do_not_import_in_a_circle() -> None:
    assert circles(arrows()) == []


def test_only_the_commands_import_the_top_of_the_package() -> None:
    wrong = [(module, other) for module, others in arrows().items() for other in others & set(TOP)]
    assert wrong == []


def test_the_core_reads_nothing_of_what_is_built_on_it() -> None:
    core = ("value", "backward", "operations", "primitive", "modes", "errors")
    graph = arrows()
    for name in core:
        assert {room_of(other) for other in graph[f"autograd.{name}"]} <= {"core"}, name


def test_rooms_are_small_enough_to_be_looked_over() -> None:
    for room in {room for line in HOUSE for room in line}:
        files = [name for name in files_of("autograd") if room_of(name) == room]
        own = set(files) - {f"autograd.{room}", *TOP, *TOOLS}
        assert len(own) <= FLOOR, (room, own)


def test_a_file_fits_on_a_few_screens() -> None:
    written = (".py", ".pyx", ".pxi", ".h", ".js", ".css")
    long = [
        str(path.relative_to(FOLDER))
        for path in FOLDER.rglob("*")
        if path.suffix in written and len(path.read_text(encoding="utf-8").splitlines()) > 400
    ]
    assert long == ["operations.py"]  # the table


def test_the_core_is_read_in_ten_minutes() -> None:
    count = 0
    for name in ("value.py", "backward.py"):
        in_docstring = False
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            quotes = line.count('"""')
            if not in_docstring and line.strip() and not line.strip().startswith(("#", '"""')):
                count += 1
            in_docstring ^= quotes % 2 == 1
    assert count <= 300


def test_what_is_run_before_a_release_names_tests_that_are_there() -> None:
    assert [name for name in NATIVE_TESTS if not (Path(__file__).parent / name).exists()] == []
