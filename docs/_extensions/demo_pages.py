"""The pages that demos write, beside the pages that link to them: the lessons and the gallery."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

DEMOS = Path(__file__).parent.parent.parent / "demos"
NOT_LESSONS = {"out"}  # what the scripts share


def write(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    (app.outdir / "lessons").mkdir(parents=True, exist_ok=True)
    for script in sorted((DEMOS / "lessons").glob("*.py")):
        if script.stem not in NOT_LESSONS:
            run(script, app.outdir / "lessons" / f"{script.stem}.html")
    run(DEMOS / "gallery.py", app.outdir / "gallery.html")


def run(script: Path, page: Path) -> None:
    subprocess.run([sys.executable, script, "--out", page], check=True, stdout=subprocess.DEVNULL)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
