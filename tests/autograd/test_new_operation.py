"""A new operation is one entry in the table: then everything in the package knows it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import accelerated

ROOT = Path(autograd.__file__).parents[1]
ENTRY = """
rsqrt = Operation(
    "rsqrt", lambda x: 1 / math.sqrt(x),
    lambda out, x: -out / (2 * x),
    summary="1 / sqrt(x).",
    words="rsqrt scales by minus its output over twice its operand",
    domain="rsqrt needs a number above 0",
    sample=(4.0,),
)
"""
USED = """
import math, sys
import autograd
from autograd import Value, draw_dot, gradcheck, gradients, hessian, lesson, parse, to_text, trace
assert autograd.accelerated is (sys.argv[1] == "native"), autograd.accelerated
x = Value(2.0, label="x")
y = autograd.rsqrt(x)
y.backward()
assert (y.data, x.grad) == (1 / math.sqrt(2.0), -1 / math.sqrt(2.0) / 4), (y, x)  # the engine
assert x.rsqrt().data == y.data
(second,) = gradients(gradients(y, [x])[0], [x])
assert math.isclose(second.data, 0.75 / 2**2.5, rel_tol=1e-14)
tape = autograd.compile(lambda a: (a * a).rsqrt() + autograd.rsqrt(a))
result = tape(x)
x.zero_grad()
result.backward()
assert math.isclose(x.grad, -1 / 4 - 1 / math.sqrt(2.0) / 4, rel_tol=1e-14)
assert "rsqrt" in str(tape.tape)
step = trace(y)[1]
assert "rsqrt scales by" in step.node._operation.sentence(0)
assert str(step.formula) == "∂y/∂x = -y / (2 · x)", str(step.formula)
assert "rsqrt scales by" in lesson(y).html
assert gradcheck(autograd.rsqrt, 2.0)
assert "rsqrt" in draw_dot(y).source
assert to_text(parse("rsqrt(a)", a=2)) == "rsqrt(a)"
try:
    Value(-0.5, label="p").rsqrt()
except autograd.DomainError as error:
    assert "rsqrt(p) does not exist at p = -0.5: rsqrt needs a number above" in str(error)
print("known")
"""


def copy_with_the_entry(folder: Path) -> None:
    """The package with one more entry in its table, and nothing compiled."""
    ignore = shutil.ignore_patterns("*.so", "*.pyd", "rules.h", "*.inc", "__pycache__")
    shutil.copytree(ROOT / "autograd", folder / "autograd", ignore=ignore)
    path = folder / "autograd" / "operations.py"
    before, after = path.read_text(encoding="utf-8").split("# ---- activations", 1)
    path.write_text(f"{before}{ENTRY}\n# ---- activations{after}", encoding="utf-8")


def run(folder: Path, *command: str, **environment: str) -> str:
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout


def test_on_plain_python(tmp_path: Path) -> None:
    copy_with_the_entry(tmp_path)
    assert run(tmp_path, "-c", USED, "plain", CHALKGRAD_PURE="1") == "known\n"


@pytest.mark.skipif(
    not accelerated
    or importlib.util.find_spec("Cython") is None
    or not (ROOT / "setup.py").exists(),
    reason="needs a compiler, Cython and the source to build it again",
)
def test_on_the_native_engine_once_it_is_built_again(tmp_path: Path) -> None:
    copy_with_the_entry(tmp_path)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "nn").mkdir()
    run(tmp_path, "setup.py", "-q", "build_ext", "--inplace", CFLAGS="-O0", CHALKGRAD_PURE="0")
    assert run(tmp_path, "-c", USED, "native", CHALKGRAD_PURE="0") == "known\n"
