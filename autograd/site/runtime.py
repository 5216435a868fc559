"""What the playground needs besides its page: Pyodide, Viz.js, and this package as a zip.

Pyodide is Python for the browser, and Viz.js is Graphviz for it. Neither is part of this package:
they are taken from a folder, or fetched by npm when a site is built.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata, util
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from autograd.errors import RenderError
from autograd.files import cache_folder

PYODIDE, VIZ = "314.0.7", "3.31.0"
FILES = {
    "pyodide": (
        *("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"),
        *("pyodide-lock.json", "python_stdlib.zip"),
    ),
    "@viz-js/viz": ("dist/viz.js",),
}
WANTED = f"npm install pyodide@{PYODIDE} @viz-js/viz@{VIZ}"
PACKAGES = ("autograd", "nn")
NEEDED = ("graphviz", "markdown-it-py", "mdurl", "rich")  # by them, where there is no wasmtime
ONLY_FOR_BUILDING = (".so", ".pyd", ".pyc", ".pyx", ".pxi", ".h")
PREPARE = Path(__file__).with_name("page") / "prepare.mjs"
PATIENCE = 300  # seconds for npm and node


def runtime_files(folder: Path | None) -> dict[str, Path]:
    """The files of Pyodide and Viz.js, each by its name.

    folder : where `npm install` was run, or which has the files themselves; None for a cache, which
             npm fills.

    Raises RenderError where one is missing, or npm cannot bring it.
    """
    where = _fetched() if folder is None else folder
    found = {}
    for package, names in FILES.items():
        for name in names:
            base = name.rpartition("/")[2]
            places = (where / "node_modules" / package / name, where / base)
            path = next((place for place in places if place.is_file()), None)
            if path is None:
                raise RenderError(
                    f"{where} has no {base} for the playground: name a folder in which this was "
                    f"run: {WANTED}"
                )
            found[base] = path
    return found


def fetched_before() -> Path:
    """Where npm puts what it has fetched, for the next time."""
    return cache_folder() / f"pyodide-{PYODIDE}-viz-{VIZ}"


def _fetched() -> Path:
    """The cache, filled."""
    cache = fetched_before()
    if all((cache / "node_modules" / p / n).is_file() for p, names in FILES.items() for n in names):
        return cache
    npm = shutil.which("npm")
    if npm is None:
        raise RenderError(
            "the playground needs Pyodide and Viz.js, and there is no npm here to fetch them: "
            f"install Node.js, or give --pyodide a folder in which this was run: {WANTED}"
        )
    cache.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache.parent) as folder:  # so that the cache is whole or not there
        _install(npm, Path(folder, "got"))
        with suppress(OSError):  # another process was faster
            Path(folder).joinpath("got").rename(cache)
    return cache


def _install(npm: str, folder: Path) -> None:
    """Have npm put the packages into a new folder."""
    folder.mkdir()
    quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    command = [npm, *WANTED.split()[1:], "--prefix", str(folder), *quietly]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise RenderError(f"npm did not bring Pyodide within {PATIENCE} seconds") from None
    if run.returncode:
        reason = (run.stderr.strip() or run.stdout.strip() or "it gives no reason").splitlines()[0]
        raise RenderError(f"npm could not bring Pyodide and Viz.js: {reason}")


# ---- this package, for the page -----------------------------------------------------------------


def held_files(runtime: dict[str, Path]) -> dict[str, bytes]:
    """What the page's Python needs, by name: Pyodide, Viz.js, this package, and perhaps a memory.

    runtime : what `runtime_files` found.
    """
    held = {name: path.read_bytes() for name, path in runtime.items()}
    return held | prepared(python_zip(), runtime["pyodide.mjs"])


def python_zip() -> bytes:
    """This package, nn and what they need, as they are installed; the same files, the same zip."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted({**dict(_own_files()), **dict(_needed_files())}.items()):
            entry = zipfile.ZipInfo(name)  # of 1980, whenever it is made
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return content.getvalue()


def prepared(archive: bytes, pyodide: Path) -> dict[str, bytes]:
    """The zip with its files compiled for the page's Python, and the memory with them imported.

    That takes Pyodide in node, and makes Python start in a fifth of the time. Where there is no
    node, the zip stays as it is.

    pyodide : the file pyodide.mjs, beside which the others are.
    """
    node = shutil.which("node")
    if node is None:
        return {"python.zip": archive}
    with TemporaryDirectory() as folder:
        source, target, memory = (Path(folder, name) for name in ("source", "target", "memory"))
        source.write_bytes(archive)
        command = [node, *map(str, (PREPARE, pyodide.resolve(), source, target, memory))]
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True)
            return {"python.zip": target.read_bytes(), "memory.bin": memory.read_bytes()}
    return {"python.zip": archive}


def _own_files() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        spec = util.find_spec(package)
        for folder in map(Path, (spec.submodule_search_locations or ()) if spec else ()):
            for path in folder.rglob("*"):
                if path.is_file() and path.suffix not in ONLY_FOR_BUILDING:
                    yield f"{package}/{path.relative_to(folder).as_posix()}", path


def _needed_files() -> Iterator[tuple[str, Path]]:
    for package in NEEDED:
        for file in metadata.files(package) or ():
            name = file.as_posix()
            if name.endswith(".py") and not name.startswith("..") and "/tests/" not in name:
                yield name, Path(str(file.locate()))
