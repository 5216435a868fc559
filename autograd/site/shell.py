"""`autograd site`: its options, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograd.language.terminal import Terminal
from autograd.site.pages import write_site
from autograd.site.server import server

LAST_PORT = 65535


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """What `autograd site` takes."""
    parser.add_argument("-o", "--output", default="site", metavar="FOLDER", help="site")
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
    folder = Path(options.output)
    write_site(folder, Path(options.pyodide) if options.pyodide else None)
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
