"""The command `autograd` as a process: pipes that close, encodings, signals, a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import cli

PACKAGE = Path(autograd.__file__).parent
F = ("f = (a*b)*(a+b)", "a=-2", "b=3")


def command(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """A new process, with pipes for the streams that are not given."""
    environment = {**os.environ, **options.pop("env", {})}
    environment.pop("PYTHONUNBUFFERED", None)
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(
        [sys.executable, "-m", "autograd", *arguments],
        cwd=PACKAGE.parent,
        env=environment,
        **{**pipes, **options},
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_narrow_encoding_prints_ascii(encoding: str, tmp_path: Path) -> None:
    process = command("step", "α*b", "α=-2", "b=3", env={"PYTHONIOENCODING": encoding})
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"dv1/d\\u03b1 += 3" in out
    assert out.isascii()
    process = command(
        "draw", "a", "a=1", "-o", str(tmp_path / "漢.svg"), env={"PYTHONIOENCODING": encoding}
    )
    assert b"\\u6f22.svg" in process.communicate()[0]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_bytes_that_are_not_text_are_not_an_answer(encoding: str) -> None:
    process = command("quiz", "a*b", "a=2", "b=3", env={"PYTHONIOENCODING": encoding})
    out, err = process.communicate(b"\xff\n3\n2\n")
    assert (process.returncode, err) == (0, b"")
    assert b"is not a number: write -6, 0.75 or 3/4" in out
    assert out.rstrip().endswith(b"score: 2 of 2 right")


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_plain_ascii_where_it_is_asked_for(variable: dict[str, str]) -> None:
    out, err = command("step", *F, env={"PYTHONUTF8": "1", **variable}).communicate()
    assert (out.isascii(), b"\x1b" in out, err) == (True, False, b"")


def test_a_reader_that_leaves_ends_it_without_a_traceback() -> None:
    long = "; ".join(["d0 = a*a", *(f"d{k} = d{k - 1}*1.01" for k in range(1, 200))])
    for arguments in (("step", long, "a=2"), ("grad", *F), ("--help",)):
        with command(*arguments) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == cli.PIPE_CLOSED


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close otherwise there")
def test_a_reader_that_leaves_after_a_line_ends_it_without_a_traceback() -> None:
    with command("quiz", "--seed", "1") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"1\n" * 100)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == cli.PIPE_CLOSED


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
def test_ctrl_c_in_a_pipe_prints_the_score_and_no_traceback() -> None:
    process = command("quiz", *F)
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"1\n")
    process.stdin.flush()
    while b"right" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert out.endswith(b"\nscore: 1 of 1 right\n")
    assert (process.returncode, err) == (cli.INTERRUPTED, b"\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's >&- is needed")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(closed: str) -> None:
    for arguments in ("quiz 'a*b' a=1 b=2", "step 'a*b' a=1 b=2", "grad 'a*b' a=1 b=2"):
        script = f"{sys.executable} -m autograd {arguments} {closed}"
        ran = subprocess.run(
            script, shell=True, capture_output=True, stdin=subprocess.DEVNULL, cwd=PACKAGE.parent
        )
        assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device is always full here")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "wb") as full:
        process = command("grad", *F, stdout=full)
        _, err = process.communicate()
    expected = b"autograd grad: the output: No space left on device\n"
    assert (process.returncode, err) == (2, expected)
