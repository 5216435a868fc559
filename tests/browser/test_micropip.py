"""The wheel without native code in Pyodide, installed by micropip from an index as PyPI is one.

It runs in node. Pyodide is that of the playground; pip brings micropip and what the wheel needs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from threading import Thread

import pytest
import wheelhouse
from playgrounds import built

from autograd.site.runtime import runtime_files
from autograd.site.server import server

NEEDED = ("micropip", "packaging", "graphviz", "rich", "markdown-it-py", "mdurl", "pygments")
PROGRAM = """
import {{ readFileSync }} from "node:fs";
const {{ loadPyodide }} = await import({pyodide!r});
const python = await loadPyodide({{ stdout: () => {{}} }});
const packages = python.runPython("import site; site.getsitepackages()[0]");
for (const wheel of {first}) {{
  python.unpackArchive(new Uint8Array(readFileSync(wheel)), "zip", {{ extractDir: packages }});
}}
const said = await python.runPythonAsync(`
import json, micropip
micropip.set_index_urls("{address}/{{package_name}}/index.html")
await micropip.install("chalkgrad")
from autograd import RenderError, Value, accelerated, draw_dot, step_through
from autograd.pictures import layout
import nn
a = Value(3.0, label="a")
f = a * a
s = step_through(f).run()
try:
    draw_dot(f).pipe()
except RenderError as error:
    without = str(error)
layout.use(lambda source: '<svg xmlns="http://www.w3.org/2000/svg"></svg>')
json.dumps([
    a.grad, accelerated, without, len(draw_dot(f).pipe()) > 0, nn.MLP(2, [1])([1.0, 2.0]).data != 0,
    sorted(micropip.list()),
])
`);
console.log(said);
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, and those of what it needs, as an index."""
    if not shutil.which("node"):
        pytest.skip("no node, in which this runs")
    folder = tmp_path_factory.mktemp("wheels")
    wheelhouse.fill(folder, NEEDED)
    for wheel in folder.glob("*.whl"):
        name = wheel.name.partition("-")[0].replace("_", "-")
        page = folder / name / "index.html"
        page.parent.mkdir()
        page.write_text(f'<!DOCTYPE html><a href="../{wheel.name}">{wheel.name}</a>')
    return folder


def test_micropip_installs_the_wheel_and_what_it_needs(wheels: Path, tmp_path: Path) -> None:
    found: dict[str, Path] = {}
    built(lambda pyodide: found.update(runtime_files(pyodide)))
    program = tmp_path / "install.mjs"
    first = [str(next(wheels.glob(f"{name}-*.whl"))) for name in ("micropip", "packaging")]
    with server(wheels) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{running.server_address[1]}"
        pyodide = found["pyodide.mjs"].resolve().as_uri()
        text = PROGRAM.format(pyodide=pyodide, first=json.dumps(first), address=address)
        program.write_text(text, encoding="utf-8")
        try:
            command = ["node", str(program)]
            ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
        finally:
            running.shutdown()
            thread.join()
    assert ran.returncode == 0, ran.stderr[-2000:]
    gradient, accelerated, without, drawn, computed, installed = json.loads(ran.stdout)
    assert (gradient, accelerated, drawn, computed) == (6.0, False, True, True)
    assert "autograd.pictures.layout.use" in without
    assert set(installed) == {"chalkgrad", *NEEDED} - {"micropip", "packaging"}
