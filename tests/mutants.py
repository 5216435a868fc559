"""Break the package on purpose, one small change at a time, and see that a test notices each.

    python tests/mutants.py [-k WORD]

tries the mutants of mutants.txt, or those with WORD in their section or text. Each is applied to a
copy of the package in a temporary folder, never in place, and runs the few test files that should
notice: on plain Python and without PyTorch. It prints which test killed each mutant, and ends with
status 1 if one lived: then a test is missing. So it does if the text that a mutant changes no
longer stands exactly once in its folder: then bring the entry up to date.

mutants.txt has sections, `in FOLDER: TEST FILES`, and in them the changes: the old text in lines
that begin with `- `, the new text in lines that begin with `+ `. Files are found by the text in
them, and test files by their names, so that both may move. Lines that begin with `#` are comments.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
COPIED = ("autograd", "nn", "tests", "pyproject.toml")
PROCESSES = 2
SECONDS = 90  # of work; a mutant that takes longer runs in circles: it is killed
MOST_SECONDS = 1800  # by the clock, on a machine that has other work; longer, and it sleeps

PLUGIN = f"""
import resource
from hypothesis import Phase, settings

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # running in circles may fill the memory
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
settings.register_profile(
    "mutants", max_examples=25, deadline=None, derandomize=True, database=None,
    phases=[Phase.explicit, Phase.generate],  # the first example that fails is good enough
)
"""
NO_TORCH = 'raise ModuleNotFoundError("mutants die without PyTorch", name="torch")\n'


class Mutant(NamedTuple):
    """A change of one text to another, and the test files that should notice."""

    section: str
    folder: str
    tests: tuple[str, ...]
    old: str
    new: str

    def __str__(self) -> str:
        """The first line that changes, before and after."""
        before, after = self.old.split("\n"), self.new.split("\n")
        after += [""] * (len(before) - len(after))
        k = next(k for k, line in enumerate(before) if line != after[k])
        return f"{before[k].strip()}  ->  {after[k].strip() or 'nothing'}"


class Outcome(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    verdict: str  # "killed", "LIVED" or "BROKEN", which says that the entry is
    reason: str
    seconds: float = 0.0


def read(text: str) -> Iterator[Mutant]:
    """The mutants of mutants.txt."""
    section = folder = ""
    tests: tuple[str, ...] = ()
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line for line in paragraph.splitlines() if line and not line.startswith("#")]
        titles = [line[2:] for line in paragraph.splitlines() if line.startswith("# ")]
        if not lines:
            section = " ".join(titles)
        elif lines[0].startswith("in "):
            folder, _, names = lines[0][3:].partition(":")
            tests = tuple(names.split())
        else:
            old, new = ("\n".join(x[2:] for x in lines if x[0] == sign) for sign in "-+")
            yield Mutant(section, folder, tests, old, new)


def files_of(root: Path, mutant: Mutant) -> tuple[Path, list[str]]:
    """The file to change, and the test files to run; ValueError where they are not clear."""
    folder = root / mutant.folder
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.py"))
    counts = {file: file.read_text(encoding="utf-8").count(mutant.old) for file in files}
    if sum(counts.values()) != 1:
        raise ValueError(
            f"its text stands {sum(counts.values())} times in {mutant.folder}, not once"
        )
    tests = []
    for name in mutant.tests:
        found = sorted((root / "tests").rglob(name))
        if len(found) != 1:
            raise ValueError(f"there are {len(found)} test files {name}, not one")
        tests.append(str(found[0].relative_to(root)))
    return next(file for file, count in counts.items() if count), tests


def run(root: Path, tests: list[str], *options: str) -> tuple[int | None, str]:
    """pytest's status for these tests, None where they ran in circles, and what failed first."""
    command = [
        sys.executable, *options, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider",
        "-p", "mutants_plugin", "--hypothesis-profile=mutants", "--tb=no", "-rfE", *tests,
    ]  # fmt: skip
    environment = {**os.environ, "CHALKGRAD_PURE": "1", "PYTHONPATH": ""}
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None, f"waiting for more than {MOST_SECONDS} s"
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return None, f"running for more than {SECONDS} s"
    output = done.stdout + done.stderr
    failed = re.search(r"^(?:FAILED|ERROR) (?:.*/)?(\S+\.py(?:::.*?)?)(?: - .*)?$", output, re.M)
    return done.returncode, failed[1] if failed else output[-500:]


def attempt(root: Path, mutant: Mutant) -> Outcome:
    """Apply a mutant to the copy in root, run its tests, and undo it."""
    try:
        file, tests = files_of(root, mutant)
    except ValueError as error:
        return Outcome(mutant, "BROKEN", str(error))
    original, times = file.read_bytes(), file.stat()
    started = time.monotonic()
    try:
        changed = original.decode().replace(mutant.old, mutant.new)
        file.write_bytes(changed.encode())
        status, reason = run(root, tests, "-B")  # bytecode would hide the next mutant
    finally:
        file.write_bytes(original)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    verdict = {0: "LIVED", 1: "killed", None: "killed"}.get(status, "BROKEN")
    reason = "" if verdict == "LIVED" else reason
    return Outcome(mutant, verdict, reason, time.monotonic() - started)


def make_copy(root: Path) -> None:
    """Copy to root what the tests need, without native code."""
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__", "compiled.txt", "browser")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=ignored)
        else:
            shutil.copy2(source, root / name)
    (root / "mutants_plugin.py").write_text(PLUGIN, encoding="utf-8")
    (root / "torch.py").write_text(NO_TORCH, encoding="utf-8")


def main() -> int:
    """Try the mutants asked for, and give the process's status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-k", metavar="WORD", default="", help="only mutants with this word")
    word = parser.parse_args().k.lower()
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    chosen = [mutant for mutant in read(text) if word in " ".join(map(str, mutant[:])).lower()]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "0")
        make_copy(first)
        needed = dict.fromkeys(name for mutant in chosen for name in mutant.tests)
        tests = [str(file) for name in needed for file in (first / "tests").rglob(name)]
        for test in tests:  # one at a time, as the limits are for one
            status, reason = run(first, [test])
            if status != 0:
                print(f"The tests fail without a mutant: {reason}")
                return 1
        roots: queue.Queue[Path] = queue.Queue()
        roots.put(first)
        for k in range(1, PROCESSES):
            roots.put(shutil.copytree(first, Path(folder, str(k))))

        def attempt_somewhere(mutant: Mutant) -> Outcome:
            root = roots.get()
            try:
                return attempt(root, mutant)
            finally:
                roots.put(root)

        outcomes = []
        with ThreadPoolExecutor(PROCESSES) as pool:
            for done in as_completed([pool.submit(attempt_somewhere, m) for m in chosen]):
                outcome = done.result()
                outcomes.append(outcome)
                print(
                    f"{outcome.verdict} {outcome.seconds:5.1f} s  {outcome.mutant.folder}: "
                    f"{outcome.mutant}  [{outcome.reason}]",
                    flush=True,
                )
    bad = [outcome for outcome in outcomes if outcome.verdict != "killed"]
    print(f"{len(outcomes)} mutants in {time.monotonic() - started:.0f} s: ", end="")
    print(f"{len(bad)} not killed" if bad else "all killed")
    for outcome in bad:
        print(f"{outcome.verdict}  {outcome.mutant.folder}: {outcome.mutant}  {outcome.reason}")
    return 1 if bad or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
