"""`autograd site`: its options, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograd.errors import RenderError
from autograd.language.terminal import Terminal
from autograd.site.pages import write_single_file, write_site
from autograd.site.server import server

LAST_PORT = 65535


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """What `autograd site` takes."""
    parser.add_argument("-o", "--output", metavar="FOLDER", help="site, or playground.html")
    parser.add_argument(
        "--single-file",
        action="store_true",
        help="the playground and the course, as one page that opens from disk",
    )
    parser.add_argument(
        "--pyodide",
        metavar="FOLDER",
        help="where Pyodide and Viz.js are; fetched by npm if left out",
    )
    parser.add_argument("--serve", action="store_true", help="then show it on this machine")
    parser.add_argument("--port", type=port, default=8000, help="8000; 0 for one that is free")


def port(text: str) -> int:
    """The number of a port."""
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"a port is 0 to {LAST_PORT}, not {text!r:.60}")
    return int(text)


def run_site(options: argparse.Namespace) -> int:
    """Write the site, and serve it if asked, until Ctrl-C."""
    pyodide = Path(options.pyodide) if options.pyodide else None
    if options.single_file:
        if options.serve:
            raise RenderError("a single file opens from disk: leave out --serve, or --single-file")
        path = Path(options.output or "playground.html")
        write_single_file(path, pyodide)
        print(Terminal().plain(str(path)))
        return 0
    folder = Path(options.output or "site")
    write_site(folder, pyodide)
    print(Terminal().plain(str(folder / "index.html")))
    if options.serve:
        serve(folder, options.port)
    return 0


def serve(folder: Path, port: int) -> None:
    """Show a folder on this machine, until Ctrl-C."""
    try:
        running = server(folder, port)
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"http://127.0.0.1:{port}") from None
    with running:
        print(f"http://127.0.0.1:{running.server_address[1]}/ (Ctrl-C ends it)", flush=True)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            print()
