"""`autograd site`: its options, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograd.language.terminal import Terminal
from autograd.site.pages import write_site
from autograd.site.server import server


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """What `autograd site` takes."""
    parser.add_argument("-o", "--output", default="site", metavar="FOLDER", help="site")
    parser.add_argument(
        "--pyodide",
        metavar="FOLDER",
        help="where Pyodide and Viz.js are; fetched by npm if left out",
    )
    parser.add_argument("--serve", action="store_true", help="then show it on this machine")
    parser.add_argument("--port", type=int, default=8000, help="8000; 0 for one that is free")


def run_site(options: argparse.Namespace) -> int:
    """Write the site, and serve it if asked, until Ctrl-C."""
    folder = Path(options.output)
    write_site(folder, Path(options.pyodide) if options.pyodide else None)
    print(Terminal().plain(str(folder / "index.html")))
    if options.serve:
        with server(folder, options.port) as running:
            host, port = running.server_address[:2]
            print(f"http://{host!s}:{port}/ (Ctrl-C ends it)", flush=True)
            try:
                running.serve_forever()
            except KeyboardInterrupt:
                print()
    return 0
