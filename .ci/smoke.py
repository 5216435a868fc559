"""Try an installed chalkgrad as a new user would, with its source out of reach.

Usage: python -I smoke.py native|pure
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib import metadata, resources
from pathlib import Path
from random import Random

import autograd
import nn

SCRIPT = Path(sys.executable).with_name("autograd.exe" if os.name == "nt" else "autograd")


def check(holds: bool, failure: str) -> None:
    """Stop with what failed; unlike assert, under python -O too."""
    if not holds:
        raise SystemExit(f"smoke test: {failure}")


def command(*arguments: str) -> str:
    """What the installed command prints."""
    run = subprocess.run([SCRIPT, *arguments], capture_output=True, encoding="utf-8", check=False)
    words = " ".join(arguments)
    check(run.returncode == 0, f"autograd {words} ended with {run.returncode}: {run.stderr}")
    return run.stdout


def installed(build: str) -> None:
    """The packages come from the environment, whole, and run as they were built."""
    for package in (autograd, nn):
        place = Path(package.__file__ or "").resolve()
        check(place.is_relative_to(Path(sys.prefix).resolve()), f"{place} is not installed")
        typed = resources.files(package).joinpath("py.typed").is_file()
        check(typed, f"{package.__name__} has no py.typed")
    version = metadata.version("chalkgrad")
    check(autograd.__version__ == version, f"{autograd.__version__} is installed as {version}")
    ran = "native" if autograd.accelerated else "pure"
    check(ran == build, f"a {build} build was expected, a {ran} one runs")


def learned() -> None:
    """A gradient, and a step of training that lowers the loss."""
    a, b = autograd.Value(-2.0), autograd.Value(3.0)
    ((a * b) * (a + b)).backward()
    check((a.grad, b.grad) == (-3.0, -8.0), f"the gradients are {a.grad} and {b.grad}")
    model = nn.MLP(2, [3, 1], rng=Random(0))
    optimizer = nn.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(2):
        loss = nn.mse_loss([model([1.0, -1.0])], [0.5])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    check(losses[1] < losses[0], f"the loss went from {losses[0]} to {losses[1]}")


def drawn(folder: Path) -> None:
    """The command answers, and a picture and a page are written from what was installed."""
    version = command("--version")
    check(version.split() == ["chalkgrad", autograd.__version__], f"--version says {version}")
    for name in ("step", "draw", "quiz"):
        check(f"autograd {name}" in command(name, "--help"), f"{name} --help does not name it")
    check("da" in command("step", "a*b", "a=2", "b=3"), "step shows no derivative")
    picture, page = folder / "f.svg", folder / "lesson.html"
    command("draw", "f = a*b", "a=2", "b=3", "-o", str(picture))
    check("</svg>" in picture.read_text(encoding="utf-8"), "draw left no picture")
    autograd.write_lesson(autograd.parse("f = a*b", a=2, b=3), page)
    check("</html>" in page.read_text(encoding="utf-8"), "write_lesson left no page")


def main() -> None:
    build = sys.argv[1]
    installed(build)
    learned()
    with tempfile.TemporaryDirectory() as folder:
        drawn(Path(folder))
    print(f"chalkgrad {autograd.__version__} works, {build}: {Path(autograd.__file__).parent}")


if __name__ == "__main__":
    main()
