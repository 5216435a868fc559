"""What is run before a release, since it takes longer than the tests may.

    python tests/stress.py programs [--count 1000000] [--seed 0]

compares the engines, compiled functions, their C, dual numbers and mpmath on random programs, and
prints for each that they do not agree on the line that runs it again.

    python tests/stress.py sanitize

builds the engine with the compiler's checks of memory and of undefined behaviour (gcc on Linux), in
a copy, and runs there the tests that reach native code: with a place of its own for each node, and
again with nodes in slabs. The package here stays as it is.

    python tests/stress.py debug

runs these tests in Python's development mode, whose allocator looks for what is written out of
bounds or used after it was freed.

    python tests/stress.py kills [--count 100]

kills a run with a checkpoint that many times: it must end with the very weights of one that is left
alone. Each ends with status 1 if something is wrong.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests" / "autograd")]  # for tests/autograd is no package
COPIED = ("autograd", "nn", "tests", "setup.py", "pyproject.toml", "README.md", "LICENSE")
NATIVE_TESTS = (  # those that reach native code; random programs are run by themselves
    "test_backward.py", "test_memory.py", "test_modes.py", "test_native.py", "test_nested_walks.py",
    "test_new_operation.py", "test_operations.py", "test_requires_grad.py", "test_sums.py",
    "test_value.py", "compiler", "derivatives", "protocols", "stepping/test_tracing.py", "tape",
)  # fmt: skip
UNFIT = "process_does_not_grow"  # a checker keeps what was freed, to see whether it is still used
PLAIN = ("-p", "no:cacheprovider", "--capture=sys")  # so that what a checker writes is seen
PART = 500  # programs that a process runs before it reports
IN_A_LIBRARY = 100  # programs that are built together; in C they are those of in_c.py
FEW = "10000"  # programs under a checker, which is slow
SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=undefined"
NO_TORCH = 'raise ModuleNotFoundError("not under a sanitizer", name="torch")\n'


# ---- random programs ----------------------------------------------------------------------------


def differences(first: int, stop: int) -> dict[int, list[str]]:
    """What the programs of these seeds do not agree on."""
    import agreement
    import in_c
    import test_twins

    wrong, _ = agreement.disagreements(first, stop)
    if test_twins.accelerated:
        for seed in test_twins.differences(first, stop):
            wrong.setdefault(seed, []).append("the engines differ on a program of test_twins.py")
    for start in range(first, stop, IN_A_LIBRARY) if in_c.has_compiler() else ():
        for seed, lines in in_c.differences(start, min(start + IN_A_LIBRARY, stop)).items():
            wrong.setdefault(seed, []).extend(lines)
    return wrong


def programs(count: int, seed: int) -> int:
    """Compare random programs on all cores, and say how far it is."""
    from agreement import listing

    starts = range(seed, seed + count, PART)
    stops = [min(start + PART, seed + count) for start in starts]
    started = said = time.monotonic()
    bad = 0
    with ProcessPoolExecutor() as pool:
        for stop, wrong in zip(stops, pool.map(differences, starts, stops), strict=True):
            bad += len(wrong)
            for each, lines in wrong.items():
                print(*lines, listing(each), sep="\n")
                print(f"    python tests/stress.py programs --count 1 --seed {each}", flush=True)
            now, done = time.monotonic(), stop - seed
            if now - said > 10:
                said = now
                left = (now - started) / done * (count - done)
                print(f"{done:,} of {count:,}; {left / 60:.0f} min left", flush=True)
    seconds = time.monotonic() - started
    print(f"{count:,} program{'s' * (count != 1)} in {seconds:.0f} s: {bad or 'none'} differ")
    return int(bad > 0)


# ---- checks of memory ---------------------------------------------------------------------------


def native_tests(root: Path, environment: dict[str, str], *options: str) -> int:
    """Run in root the tests that reach native code, and some random programs."""
    environment = {**os.environ, **environment}
    show = "import autograd; print(autograd.__file__); raise SystemExit(not autograd.accelerated)"
    tests = [str(Path("tests", "autograd", name)) for name in NATIVE_TESTS]
    for command in (
        ["-c", show],
        ["-m", "pytest", "-q", *PLAIN, "-k", f"not {UNFIT}", *tests],
        [str(Path("tests", "stress.py")), "programs", "--count", FEW],
    ):
        print("+", *command, flush=True)
        python = [sys.executable, *options, *command]
        if status := subprocess.run(python, cwd=root, env=environment, check=False).returncode:
            return status
    return 0


def sanitize() -> int:
    """Build a copy with the compiler's checks, and run the tests there."""
    runtime = subprocess.run(
        ["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy_to(root)
        print("+ building", flush=True)
        subprocess.run(
            [sys.executable, "setup.py", "-q", "build_ext", "--inplace"],
            cwd=root,
            env={**os.environ, "CFLAGS": f"{SANITIZERS} -g", "LDFLAGS": SANITIZERS},
            check=True,
        )
        (root / "torch.py").write_text(NO_TORCH, encoding="utf-8")
        log = root / "found"  # what is found goes there, as pytest keeps what a test writes
        checks = {
            "LD_PRELOAD": runtime,
            "ASAN_OPTIONS": f"detect_leaks=0:log_path={log}",  # Python keeps much until the end
            "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={log}",
        }
        for allocator in ({"PYTHONMALLOC": "malloc"}, {}):
            print("+", allocator or "slabs", flush=True)
            status = native_tests(root, {**checks, **allocator})
            for found in sorted(root.glob("found.*")):
                print(found.read_text("utf-8")[:3000])
                status = 1
            if status:
                return status
    return 0


def copy_to(root: Path) -> None:
    """What is needed to build and to test, without what was built."""
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__", "browser")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, root / name)
    setup = root / "setup.py"  # without -O3 it is built in a third of the time
    setup.write_text(setup.read_text("utf-8").replace('"-O3"', '"-O1"'), encoding="utf-8")


def debug() -> int:
    """Run the tests here in Python's development mode."""
    return native_tests(ROOT, {"PYTHONMALLOC": "debug"}, "-X", "dev")


# ---- kills --------------------------------------------------------------------------------------


def kills(count: int) -> int:
    """Kill a run again and again."""
    test = Path("tests", "nn", "training", "test_checkpoint.py")
    command = [sys.executable, "-m", "pytest", "-n", "0", str(test), "-k", "killed"]
    environment = {**os.environ, "CHALKGRAD_KILLS": str(count)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Do what was asked for, and give the process's status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    random = commands.add_parser("programs", help="random programs, in every way to run one")
    random.add_argument("--count", type=int, default=1_000_000)
    random.add_argument("--seed", type=int, default=0, help="of the first program")
    commands.add_parser("sanitize", help="the compiler's checks of memory")
    commands.add_parser("debug", help="Python's checks of memory")
    killing = commands.add_parser("kills", help="kill a run with a checkpoint")
    killing.add_argument("--count", type=int, default=100)
    asked = parser.parse_args()
    if asked.command == "programs":
        return programs(asked.count, asked.seed)
    if asked.command == "kills":
        return kills(asked.count)
    return sanitize() if asked.command == "sanitize" else debug()


if __name__ == "__main__":
    sys.exit(main())
