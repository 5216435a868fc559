"""Compare the files in a folder of built distributions with those that git knows.

Usage, in the root of a clone: python .ci/contents.py FOLDER

A wheel holds every file under autograd/ and nn/, and beyond them only what a build writes, which
is what git is told to ignore. The sdist holds every file but those that only this repository uses.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

PACKAGES = ("autograd/", "nn/")
OF_THE_REPOSITORY = (".ci/", ".github/", ".gitignore")
OF_SETUPTOOLS = ("PKG-INFO", "setup.cfg", "chalkgrad.egg-info/")


def git(*arguments: str, given: str = "") -> set[str]:
    """The paths that git prints."""
    run = subprocess.run(["git", *arguments], input=given, capture_output=True, encoding="utf-8")
    if run.returncode > 1:  # 1: check-ignore found none
        raise SystemExit(f"git {arguments[0]}: {run.stderr}")
    return set(run.stdout.split("\0")) - {""}


def wheel_faults(path: Path, known: set[str]) -> set[str]:
    """What a wheel lacks, and what it should not have."""
    with zipfile.ZipFile(path) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {name for name in known if name.startswith(PACKAGES)}
    more = held - wanted
    if path.name.endswith("-py3-none-any.whl"):
        built: set[str] = set()
    else:
        built = git("check-ignore", "-z", "--stdin", given="\0".join(sorted(more)))
    return {f"lacks {name}" for name in wanted - held} | {f"has {name}" for name in more - built}


def sdist_faults(path: Path, known: set[str]) -> set[str]:
    """What an sdist lacks, and what it should not have."""
    with tarfile.open(path) as archive:
        files = [member.name for member in archive.getmembers() if member.isfile()]
    held = {name.partition("/")[2] for name in files}
    held = {name for name in held if not name.startswith(OF_SETUPTOOLS)}
    wanted = {name for name in known if not name.startswith(OF_THE_REPOSITORY)}
    return {f"lacks {name}" for name in wanted - held} | {f"has {name}" for name in held - wanted}


def main() -> None:
    known = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    faults = []
    for path in sorted(Path(sys.argv[1]).iterdir()):
        found = wheel_faults(path, known) if path.suffix == ".whl" else sdist_faults(path, known)
        faults += [f"{path.name} {fault}" for fault in sorted(found)]
        print(f"{path.name}: {'not what git knows' if found else 'complete'}")
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
