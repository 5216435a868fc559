"""What the scripts in this folder share: where the page is to go."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def out_file() -> Path:
    """The file after --out; without it, one in this directory that is named as the script is."""
    script = Path(sys.argv[0])
    usual = Path(script.with_suffix(".html").name)
    description = str(sys.modules["__main__"].__doc__).splitlines()[0]
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, default=usual, metavar="FILE", help=str(usual))
    out: Path = parser.parse_args().out
    if not out.parent.is_dir():
        sys.exit(f"{script.name}: cannot write {out}: there is no directory {out.parent}")
    if out.is_dir() or not os.access(out.parent, os.W_OK):
        sys.exit(f"{script.name}: cannot write {out}")
    return out
