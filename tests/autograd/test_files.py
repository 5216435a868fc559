"""write_whole: what a file is after it, whatever it was, and whoever else has it."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from autograd import files, write_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="what POSIX systems have")
linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux has")

MUCH = b"0123456789" * 20_000  # more than a pipe holds


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    for content in (b"first", b"", MUCH):
        write_whole(tmp_path / "x.json", content)
        assert (tmp_path / "x.json").read_bytes() == content
    assert names(tmp_path) == ["x.json"]


def test_the_longest_name_is_a_name(tmp_path: Path) -> None:
    write_whole(tmp_path / ("€" * 85), b"1")  # 255 bytes
    assert names(tmp_path) == ["€" * 85]


# ---- what is no ordinary file -------------------------------------------------------------------


@posix
def test_a_link_remains_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("folder/there", "folder/not yet"):
        link = tmp_path / f"link to {Path(name).name}"
        link.symlink_to(name)
        write_whole(link, b"new")
        assert link.is_symlink()
        assert (tmp_path / name).read_bytes() == b"new"
        write_whole(link, b"newer")
        assert (tmp_path / name).read_bytes() == b"newer"


@posix
@pytest.mark.parametrize("linked", [False, True])
def test_a_named_pipe_gets_the_bytes_and_remains_a_pipe(linked: bool, tmp_path: Path) -> None:
    pipe = target = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        target = tmp_path / "link"
        target.symlink_to(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_whole(target, MUCH)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    reader.join(timeout=60)
    assert got == [MUCH]


@posix
def test_a_device_is_written_to_and_remains_a_device() -> None:
    ours, theirs = os.openpty()
    try:
        terminal = Path(os.ttyname(theirs))
        write_whole(terminal, b"shown")
        assert os.read(ours, 100) == b"shown"
        assert stat.S_ISCHR(terminal.stat().st_mode)
    finally:
        os.close(ours)
        os.close(theirs)


@linux
def test_a_device_that_is_full_is_an_error_that_names_it(tmp_path: Path) -> None:
    full = tmp_path / "full"
    try:
        os.mknod(full, stat.S_IFCHR | 0o666, os.makedev(1, 7))
        full.open("wb").close()
    except PermissionError:
        pytest.skip("only root makes devices")
    with pytest.raises(OSError, match=r"No space left.*full"):
        write_whole(full, b"1")
    assert stat.S_ISCHR(full.stat().st_mode)


@posix
def test_a_folder_and_a_socket_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.chdir(tmp_path)  # for the name of a socket is short
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for name, what in (("folder", "a folder"), ("socket", "a socket or a disk")):
            with pytest.raises(OSError, match=f"{what}, where a file is wanted: '{name}'"):
                write_whole(Path(name), b"1")
        assert stat.S_ISSOCK(os.stat("socket").st_mode)
    assert names(tmp_path) == ["folder", "socket"]


WRITE = "from autograd import write_whole; from pathlib import Path; import os; "


def process(code: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITE + code], **options)


@posix
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/dev/stderr"])
def test_standard_output_goes_where_it_is_directed(name: str, tmp_path: Path) -> None:
    code = f"os.write(1, b'before '); write_whole(Path('{name}'), b'it'); os.write(1, b' after')"
    with process(code, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        assert child.communicate()[0] == b"before it after"
    path = tmp_path / "output"
    with path.open("wb") as output, process(code, stdout=output, stderr=output) as child:
        assert child.wait() == 0
    assert path.read_bytes() == b"before it after"


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_what_is_no_path_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(name)[1:-1])):
        write_whole(tmp_path / name, b"1")
    assert names(tmp_path) == []


def test_a_folder_that_does_not_exist_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"x\.json"):
        write_whole(tmp_path / "nowhere" / "x.json", b"1")


# ---- permissions --------------------------------------------------------------------------------


@posix
def test_permissions_are_kept_and_those_of_a_new_file_are_as_usual(tmp_path: Path) -> None:
    code = (
        "os.umask(0o027); write_whole(Path('new'), b'2'); write_whole(Path('secret'), b'2'); "
        "write_whole(Path('open'), b'2')"
    )
    for name, mode in (("secret", 0o600), ("open", 0o666)):
        (tmp_path / name).write_bytes(b"1")
        (tmp_path / name).chmod(mode)
    with process(code, cwd=tmp_path) as child:
        assert child.wait() == 0
    found = {name: oct(permissions(tmp_path / name)) for name in names(tmp_path)}
    assert found == {"new": "0o640", "secret": "0o600", "open": "0o666"}


@posix
def test_a_secret_is_never_in_a_file_that_others_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "secret"
    target.touch(mode=0o600)
    written = []

    def fsync(handle: int) -> None:
        written.append(stat.S_IMODE(os.fstat(handle).st_mode))

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(target, b"secret")
    assert written == [0o600]


def test_other_threads_keep_their_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def umask(_: int) -> int:
        raise AssertionError("the umask is of the whole process")

    monkeypatch.setattr(os, "umask", umask)
    write_whole(tmp_path / "x", b"1")


def test_a_file_that_is_read_only_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "best.json"
    target.write_bytes(b"old")
    target.chmod(0o400)
    if os.access(target, os.W_OK):
        pytest.skip("root writes to all files")
    with pytest.raises(PermissionError, match=r"read-only: .*best\.json"):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["best.json"]


# ---- other programs -----------------------------------------------------------------------------


def abandoned(folder: Path, target: str = "x.json") -> str:
    """What a process that was killed while it wrote leaves."""
    name = f".{target}.0123abcd.unfinished"
    (folder / name).write_bytes(b"half a fi")
    return name


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path: Path) -> None:
    abandoned(tmp_path)
    kept = {
        abandoned(tmp_path, "other.json"),
        ".x.json.mine.unfinished",
        ".x.json.0123abcd",
        "x.json.0123abcd.unfinished",
    }
    for name in kept:
        (tmp_path / name).touch()
    (tmp_path / ".x.json.aaaaaaaa.unfinished").mkdir()
    write_whole(tmp_path / "x.json", b"1")
    assert {*names(tmp_path)} == {*kept, "x.json", ".x.json.aaaaaaaa.unfinished"}


@posix
def test_a_process_killed_while_it_writes_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    target.write_bytes(b"old")
    code = "import time; os.fsync = lambda _: (print('half', flush=True), time.sleep(600)); "
    code += f"write_whole(Path({str(target)!r}), b'new')"
    with process(code, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half\n"
        write_whole(target, b"ours")  # while the other process lives
        assert len(names(tmp_path)) == 2
        child.send_signal(signal.SIGKILL)
    assert target.read_bytes() == b"ours"
    write_whole(target, b"later")
    assert names(tmp_path) == ["x.json"]


def test_many_that_write_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    contents = [bytes([digit]) * 5_000 for digit in b"0123"]
    errors: list[BaseException] = []

    def write(content: bytes) -> None:
        try:
            for _ in range(25):
                write_whole(target, content)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=[content]) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert target.read_bytes() in contents
    assert names(tmp_path) == ["x.json"]


def test_an_unfinished_file_that_another_machine_removed_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace
    removed: list[str] = []

    def replace(name: str, target: Path) -> None:
        if not removed:
            removed.append(name)
            os.unlink(name)
        real(name, target)

    monkeypatch.setattr(os, "replace", replace)
    write_whole(tmp_path / "x.json", b"1")
    assert (tmp_path / "x.json").read_bytes() == b"1"
    assert removed
    assert names(tmp_path) == ["x.json"]


@pytest.mark.parametrize("opened", [3, 10**9])
def test_a_file_that_windows_has_open_is_waited_for(
    opened: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = os.replace, []

    def replace(name: str, target: Path) -> None:
        tries.append(name)
        if len(tries) <= opened:
            raise PermissionError(13, "Access is denied", name)
        real(name, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(files, "WINDOWS", True)
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    target = tmp_path / "x.json"
    target.write_bytes(b"old")
    if opened > 100:
        with pytest.raises(PermissionError, match=r"another program has the file open: .*x\.json"):
            write_whole(target, b"new")
    else:
        write_whole(target, b"new")
    assert target.read_bytes() == (b"old" if opened > 100 else b"new")
    assert names(tmp_path) == ["x.json"]


def test_a_file_that_must_not_be_moved_is_an_error_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def replace(name: str, target: Path) -> None:
        tries.append(name)
        raise PermissionError(1, "Operation not permitted", name)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(files, "WINDOWS", False)
    with pytest.raises(PermissionError, match=r"not permitted: .*x\.json'$"):
        write_whole(tmp_path / "x.json", b"1")
    assert len(tries) == 1
    assert names(tmp_path) == []
