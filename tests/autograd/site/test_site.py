"""The site as it is written: its pages, what it needs, and the server that shows it."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from base64 import b64decode
from http.server import ThreadingHTTPServer
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from autograd import RenderError, cli
from autograd.site import pages as site
from autograd.site import runtime
from autograd.site.pages import write_site
from autograd.site.runtime import FILES, NEEDED, python_zip, runtime_files
from autograd.site.server import server
from autograd.teaching.sheets import SHEETS
from tests.links import broken_links

Capture = pytest.CaptureFixture[str]
LESSONS = Path(__file__).parents[3] / "demos" / "lessons"
WAY_BACK = '<a class="home" href="../index.html">All lessons</a>'
NAMES = [name.rpartition("/")[2] for names in FILES.values() for name in names]


@pytest.fixture
def pyodide(tmp_path: Path) -> Path:
    """A folder with files of the right names."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(name)
    return folder


# ---- pages --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The pages of the whole site, made once."""
    return site.pages()


@pytest.fixture
def own_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pages of nn, whose networks take a while to train, and no worksheets, which do too."""
    monkeypatch.setattr(site, "added_pages", lambda: ())
    monkeypatch.setattr(site, "find_spec", lambda name: None)


def test_every_page_is_small_and_names_no_other_host(made: dict[str, str]) -> None:
    for name, text in made.items():
        assert len(text.encode()) < 500_000, name
        assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}, name


@pytest.mark.parametrize("script", sorted(p.stem for p in LESSONS.glob("*.py") if p.stem != "out"))
def test_every_lesson_of_the_demos_is_there(
    script: str, made: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, str(LESSONS / f"{script}.py"), "--out", "page.html"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert made[f"lessons/{script}.html"].replace(f"{WAY_BACK}\n", "") == page


def test_the_front_page_has_a_card_for_every_page_and_each_leads_back(made: dict[str, str]) -> None:
    front = made["index.html"]
    assert re.findall("<h2>(.*)</h2>", front) == [
        "Build the engine yourself",
        "Lessons",
        "A network learns",
    ]
    cards = re.findall(r'<li><a href="(.*?)">(.*?)</a>', front)
    assert [name for name, _ in cards] == [
        name for name in made if "/" in name and "run/" not in name
    ]
    for name, title in cards:
        assert f"<h1>{title}</h1>" in made[name]
        assert made[name].count(WAY_BACK) == 1


def test_links_lead_somewhere(made: dict[str, str], tmp_path: Path) -> None:
    for name, text in made.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert list(broken_links(tmp_path)) == []
    (tmp_path / "lessons" / "fork.html").unlink()
    (tmp_path / "more.html").write_text('<a href="#no">1</a><a id="here" href="../a.html">2</a>')
    (tmp_path / "last.html").write_text('<a href="more.html#here">3</a><a href="lessons/">4</a>')
    assert list(broken_links(tmp_path)) == [
        "index.html: lessons/fork.html is not there",
        "index.html: lessons/fork.html is not there",
        "last.html: lessons/ is not there",
        "more.html: #no names no place in that page",
        "more.html: ../a.html leads out of the folder",
    ]


@pytest.mark.usefixtures("own_alone")
def test_the_documentation_is_linked_to_if_it_is_there(pyodide: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(folder, pyodide)
    assert "docs/" not in (folder / "index.html").read_text(encoding="utf-8")
    (folder / "docs").mkdir()
    (folder / "docs" / "index.html").touch()
    write_site(folder, pyodide)
    assert 'href="docs/index.html"' in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("own_alone")
@pytest.mark.parametrize("is_there", [True, False])
def test_worksheets_are_there_and_linked_to_where_matplotlib_is(
    is_there: bool, pyodide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_there:
        pytest.importorskip("matplotlib")
        monkeypatch.setattr(site, "find_spec", find_spec)
    folder = tmp_path / "site"
    write_site(folder, pyodide)
    front = (folder / "index.html").read_text(encoding="utf-8")
    assert 'href="slides.html"' in front
    assert front.count(".pdf") == (2 * len(SHEETS) if is_there else 0)
    assert (folder / "sheets").exists() == is_there
    assert list(broken_links(folder)) == []


@pytest.mark.usefixtures("own_alone")
def test_the_same_site_is_written_twice(
    pyodide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "find_spec", find_spec)

    def written() -> dict[str, bytes]:
        folder = tmp_path / "site"
        write_site(folder, pyodide)
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    first = written()
    assert first == written()
    needed = {f"run/{name}.pack" for name in (*NAMES, "python.zip")}
    sheets = {f"sheets/{name}{end}.pdf" for name in SHEETS for end in ("", "-answers")}
    assert set(first) == {*site.pages(), *needed, *(sheets if find_spec("matplotlib") else ())}
    assert gzip.decompress(first["run/viz.js.pack"]) == b"viz.js"
    named = re.findall('data-file="(.*?)"></script>', first["playground.html"].decode())
    assert {f"run/{name}.pack" for name in named} == needed


# ---- what the playground runs -------------------------------------------------------------------


def test_the_zip_runs_by_itself(tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(python_zip())) as archive:
        archive.extractall(tmp_path)
    program = (
        "import json, sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "from autograd.site.playground import Playground\n"
        "import autograd, nn, rich, graphviz, markdown_it, mdurl\n"
        "print(json.dumps([m.__file__ for m in (autograd, nn, rich, markdown_it, mdurl)]))\n"
        "print(autograd.accelerated)"
    )
    command = [sys.executable, "-I", "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second = ran.stdout.splitlines()
    assert all(file.startswith(str(tmp_path)) for file in json.loads(first))
    assert second == "False"


def test_what_node_prepares_is_kept_and_without_it_the_zip_stays(
    pyodide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def node(command: list[str], **_: Any) -> None:
        source, target, memory = map(Path, command[3:])
        target.write_bytes(source.read_bytes() + b" compiled")
        memory.write_bytes(b"memory")

    files = runtime_files(pyodide)
    monkeypatch.setattr(runtime.shutil, "which", lambda name: name)
    assert set(runtime.held_files(files)) == {*NAMES, "python.zip"}  # these files do not run
    monkeypatch.setattr(runtime.subprocess, "run", node)
    held = runtime.held_files(files)
    assert held["python.zip"] == python_zip() + b" compiled"
    assert held["memory.bin"] == b"memory"
    monkeypatch.setattr(runtime.shutil, "which", lambda name: None)
    assert runtime.held_files(files)["python.zip"] == python_zip()


def test_the_zip_has_what_the_package_needs_in_a_browser() -> None:
    path = Path(__file__).parents[3] / "pyproject.toml"
    needed = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"]
    pure = {re.split("[>;]", each)[0] for each in needed if "emscripten" not in each}
    assert pure | {"mdurl"} == set(NEEDED)  # which markdown-it-py needs


def test_files_are_found_where_npm_puts_them(tmp_path: Path) -> None:
    for package, names in FILES.items():
        for name in names:
            path = tmp_path / "node_modules" / package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    assert set(runtime_files(tmp_path)) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_missing_is_named(pyodide: Path, name: str) -> None:
    (pyodide / name).unlink()
    with pytest.raises(RenderError, match=rf"pyodide has no {re.escape(name)} for the playground"):
        runtime_files(pyodide)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runtime, "fetched_before", lambda: tmp_path / "cache" / "pyodide")
    return tmp_path / "cache"


@pytest.mark.usefixtures("empty_cache")
def test_without_npm_it_is_said_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    monkeypatch.setenv("PATH", "")
    assert cli.main(["site", "-o", str(tmp_path / "site")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("autograd site: the playground needs Pyodide and Viz.js, and there is")
    assert "--pyodide" in error
    assert not (tmp_path / "site").exists()


def test_npm_fills_the_cache_once_or_leaves_nothing(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    status = 1

    def npm(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        for package, names in FILES.items():
            for name in names:
                path = Path(command[command.index("--prefix") + 1], "node_modules", package, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        return subprocess.CompletedProcess(command, status, "", "npm error code E404\nmore")

    monkeypatch.setattr(runtime.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(runtime.subprocess, "run", npm)
    with pytest.raises(RenderError, match=r"could not bring Pyodide and Viz\.js: npm error code"):
        runtime_files(None)
    assert list(empty_cache.iterdir()) == []
    status = 0
    assert runtime_files(None) == runtime_files(None)
    assert len(calls) == 2
    assert calls[0][:3] == ["/bin/npm", "install", f"pyodide@{runtime.PYODIDE}"]
    assert [path.name for path in empty_cache.iterdir()] == ["pyodide"]


# ---- the playground in a single file ------------------------------------------------------------


@pytest.mark.usefixtures("own_alone")
def test_a_single_file_holds_what_the_folder_holds(pyodide: Path, tmp_path: Path) -> None:
    path = tmp_path / "playground.html"
    site.write_single_file(path, pyodide)
    page = path.read_text(encoding="utf-8")
    held = {
        name: gzip.decompress(b64decode(text))
        for name, text in re.findall('data-file="(.*?)">(.*?)</script>', page)
    }
    assert held == {name: name.encode() for name in NAMES} | {"python.zip": python_zip()}
    worker = re.search('id="worker">(.*?)</script>', page, flags=re.S)
    assert worker
    assert worker[1] == site.pages()["run/worker.js"]
    assert "index.html" not in page
    site.write_single_file(path, pyodide)
    assert path.read_text(encoding="utf-8") == page


@pytest.mark.usefixtures("own_alone")
def test_the_command_writes_a_single_file(
    pyodide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("site", "--single-file", "--pyodide", str(pyodide))
    assert cli.main(options) == 0
    assert cli.main([*options, "-o", "other.html"]) == 0
    assert capsys.readouterr().out == "playground.html\nother.html\n"
    assert Path("playground.html").read_bytes() == Path("other.html").read_bytes()
    assert cli.main([*options, "--serve"]) == 2
    assert "a single file opens from disk" in capsys.readouterr().err


# ---- the command and the server -----------------------------------------------------------------


@pytest.mark.usefixtures("own_alone")
def test_the_command_writes_the_site(pyodide: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "site"
    assert cli.main(["site", f"-o{folder}", "--pyodide", str(pyodide)]) == 0
    assert capsys.readouterr().out == f"{folder / 'index.html'}\n"
    assert (folder / "playground.html").exists()


@pytest.mark.usefixtures("own_alone")
def test_the_command_serves_until_ctrl_c(
    pyodide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def interrupted(_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadingHTTPServer, "serve_forever", interrupted)
    options = ("site", "-o", str(tmp_path / "site"), "--pyodide", str(pyodide), "--serve")
    assert cli.main([*options, "--port", "0"]) == 0
    assert re.search(r"^http://127\.0\.0\.1:\d+/ ", capsys.readouterr().out, flags=re.M)


@pytest.mark.usefixtures("own_alone")
def test_a_port_that_is_taken_is_named(pyodide: Path, tmp_path: Path, capsys: Capture) -> None:
    options = ("site", "-o", str(tmp_path / "site"), "--pyodide", str(pyodide), "--serve")
    with server(pyodide) as running:
        port = running.server_address[1]
        assert cli.main([*options, "--port", str(port)]) == 2
    assert capsys.readouterr().err.startswith(f"autograd site: http://127.0.0.1:{port}: ")
    with pytest.raises(SystemExit):
        cli.main([*options, "--port", "65536"])
    assert "a port is 0 to 65535, not '65536'" in capsys.readouterr().err


def test_the_server_gives_the_types_that_a_browser_asks_for(pyodide: Path) -> None:
    with server(pyodide) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        try:
            for name, kind in (
                ("pyodide.mjs", "text/javascript"),
                ("viz.js", "text/javascript"),
                ("pyodide.asm.wasm", "application/wasm"),
            ):
                port = running.server_address[1]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}") as answer:
                    assert answer.headers["Content-Type"] == kind
                    assert answer.read() == name.encode()
        finally:
            running.shutdown()
            thread.join()
