"""What the scripts in this folder share: the page is written where the command line says."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograd import Value, write_lesson


def hand_out(root: Value, title: str) -> None:
    """Write the lesson of root to the file after --out, or to one named as the script is."""
    script = Path(sys.argv[0])
    usual = script.with_suffix(".html").name
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--out", type=Path, default=usual, metavar="FILE", help=usual)
    out = parser.parse_args().out
    try:
        write_lesson(root, out, title)
    except OSError as error:
        sys.exit(f"{script.name}: cannot write {out}: {error.strerror}")
    print(f"wrote {out}")
