"""Compile the files that have C types beside them, where there is a compiler.

Without one, or with CHALKGRAD_PURE=1, the install goes on, and Python runs the same files.
"""

from __future__ import annotations

import runpy
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

acceleration = runpy.run_path("autograd/acceleration.py")


class BuildNative(build_ext):
    """Compile all modules, or leave none, with a record of what they were compiled from."""

    def run(self) -> None:
        self.remove()  # so that nothing old is taken for what failed to be built
        super().run()
        if all(path.exists() for path in self.paths()):
            digest = acceleration["checksum"]("autograd")
            self.record_path().write_text(digest, encoding="ascii")
        else:
            self.remove()
            print("chalkgrad was not compiled: it will run as plain Python, with the same results")

    def build_extensions(self) -> None:
        for extension in self.extensions:
            if self.compiler.compiler_type == "msvc":
                extension.extra_compile_args = ["/O2"]
            else:  # no fused multiply-add: it would round otherwise than Python does
                extension.extra_compile_args = ["-O3", "-ffp-contract=off"]
        super().build_extensions()

    def paths(self) -> list[Path]:
        return [Path(self.get_ext_fullpath(extension.name)) for extension in self.extensions]

    def record_path(self) -> Path:
        return Path(self.get_ext_fullpath("autograd.value")).with_name(acceleration["RECORD"])

    def remove(self) -> None:
        for path in (*self.paths(), self.record_path()):
            path.unlink(missing_ok=True)


def extensions() -> list[Extension]:
    """The modules to compile, as C that Cython has written."""
    if acceleration["wants_source"]():
        Path("autograd", acceleration["RECORD"]).unlink(missing_ok=True)
        return []
    from Cython.Build import cythonize

    modules = [
        Extension(
            f"autograd.{acceleration['module_path'](source)}",
            [f"autograd/{source}"],
            include_dirs=["autograd"],
            depends=[f"autograd/{name}" for name in acceleration["INCLUDED"]],
        )
        for source in acceleration["SOURCES"]
    ]
    directives = {"annotation_typing": False}  # types are in the .pxd, or asked for
    compiled: list[Extension] = cythonize(
        modules, compiler_directives=directives, language_level=3, build_dir="build", force=True
    )
    for extension in compiled:
        extension.optional = True  # the build goes on without it
    return compiled


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildNative})
