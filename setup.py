"""Build the engine's native twin, where there is a compiler.

Without one, or with CHALKGRAD_PURE=1, the install goes on, and plain Python runs.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("autograd", "native")


class BuildNative(build_ext):
    """Compile without rounding otherwise than Python does, and leave nothing old behind."""

    def run(self) -> None:
        for path in (*NATIVE.glob("engine.*.so"), *NATIVE.glob("engine.*.pyd")):
            path.unlink()
        super().run()

    def build_extensions(self) -> None:
        for extension in self.extensions:
            if self.compiler.compiler_type == "msvc":
                extension.extra_compile_args = ["/O2"]
            else:  # no fused multiply-add, which would round differently; and the library's memset,
                # as the instruction that gcc takes instead is slow to begin
                wanted = [] if "-O" in os.environ.get("CFLAGS", "") else ["-O3"]
                extension.extra_compile_args = [*wanted, "-ffp-contract=off", "-fno-builtin-memset"]
        super().build_extensions()


def extensions() -> list[Extension]:
    """The module to compile, as C that Cython has written; none if plain Python was asked for."""
    if runpy.run_path(str(NATIVE / "__init__.py"))["wants_plain"]():
        for path in (*NATIVE.glob("engine.*.so"), *NATIVE.glob("engine.*.pyd")):
            path.unlink()
        return []
    from Cython.Build import cythonize

    subprocess.run([sys.executable, str(NATIVE / "generate.py")], check=True)
    engine = Extension(
        "autograd.native.engine",
        [str(NATIVE / "engine.pyx")],
        include_dirs=[str(NATIVE)],
        depends=[str(path) for path in NATIVE.glob("*.[hp]*")],
        optional=True,  # the install goes on without it
    )
    compiled: list[Extension] = cythonize([engine], build_dir="build", force=True)
    for extension in compiled:
        extension.optional = True
    return compiled


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildNative})
