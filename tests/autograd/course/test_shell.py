"""`autograd course`: what each action prints and writes, and that a check always comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograd import cli
from autograd.course import PARTS, Part, shell

IDS = [f"part {part.number}" for part in PARTS]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    try:
        status = cli.main(["course", *arguments])
    except SystemExit as left:
        status = int(left.code or 0)
    return status, *capsys.readouterr()


def test_list_names_all_parts(capsys: Capture) -> None:
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert all(f"{part.number}: {part.title}" in out for part in PARTS)


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_start_tells_the_story_and_writes_the_stub(part: Part, capsys: Capture) -> None:
    status, out, _ = run(capsys, "start", str(part.number))
    assert status == 0
    assert Path(f"part{part.number}.py").read_text(encoding="utf-8") == part.stub
    assert "```" not in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_work_is_never_overwritten(capsys: Capture) -> None:
    Path("mine.py").write_text("my work", encoding="utf-8")
    status, out, _ = run(capsys, "start", "2", "-o", "mine.py")
    assert status == 0
    assert "mine.py is there already, and stays as it is." in out
    assert Path("mine.py").read_text(encoding="utf-8") == "my work"


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_a_solution_written_to_a_file_passes(part: Part, capsys: Capture) -> None:
    _, solution, _ = run(capsys, "solution", str(part.number))
    Path("mine.py").write_text(solution, encoding="utf-8")
    status, out, err = run(capsys, "check", "mine.py")
    assert (status, err) == (0, "")
    assert "wrong" not in out


def test_a_check_names_the_mistake_and_ends_with_status_1(capsys: Capture) -> None:
    wrong = PARTS[3].solution.replace("operand.grad += ", "operand.grad = ")
    Path("mine.py").write_text(wrong, encoding="utf-8")
    status, out, err = run(capsys, "check", "mine.py")
    assert (status, err) == (1, "")
    assert "A gradient is assigned (=) where it must be added (+=)." in out
    assert "f = a + a, with a = " in out
    assert "The numbers part at step 2 of 2" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_a_file_may_import_what_lies_beside_it(capsys: Capture) -> None:
    Path("beside.py").write_text("STEP = 1e-5\n", encoding="utf-8")
    code = PARTS[0].solution.replace('"""\n\n\ndef', '"""\nfrom beside import STEP\n\ndef', 1)
    Path("mine.py").write_text(code.replace("h=1e-5", "h=STEP"), encoding="utf-8")
    assert run(capsys, "check", "mine.py")[0] == 0


def test_files_beside_it_do_not_hide_those_of_python(capsys: Capture) -> None:
    Path("random.py").write_text("raise ImportError\n", encoding="utf-8")
    Path("mine.py").write_text(PARTS[0].solution, encoding="utf-8")
    assert run(capsys, "check", "mine.py")[0] == 0


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("while True:\n    pass", "does not come to an end"),
        ("import os\nos._exit(7)", "ended Python before the check was done (status 7)"),
        ("print('noise')\nimport sys\nsys.exit()", "SystemExit"),
        ("input()", "EOFError"),
    ],
)
def test_whatever_the_file_does_the_check_comes_back(code: str, said: str, capsys: Capture) -> None:
    Path("mine.py").write_text(f'"""Part 1: mine."""\n{code}\n', encoding="utf-8")
    status, out, err = run(capsys, "check", "mine.py")
    assert (status, err) == (1, "")
    assert said in " ".join(out.split())


def test_what_waits_in_c_is_ended_with_its_process(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "SECONDS", 3)
    code = '"""Part 1: mine."""\nimport time\ntime.sleep(1000)\n'
    Path("mine.py").write_text(code, encoding="utf-8")
    assert "stopped after 3 seconds" in run(capsys, "check", "mine.py")[1]


def test_hints_come_one_by_one(capsys: Capture) -> None:
    part = PARTS[0]
    _, first, _ = run(capsys, "hint", "1")
    assert "The rise is" in first
    assert "One more: autograd course hint 1 2" in first
    _, last, _ = run(capsys, "hint", "1", str(len(part.hints)))
    assert "A solution: autograd course solution 1" in last


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("start", "9"), "a part is 1 to 8, not '9'"),
        (("hint", "1", "7"), "part 1 has the hints 1 to 3"),
        (("check", "not-there.py"), "not-there.py: No such file"),
        (("hint", "1", "2", "3"), "course hint does not take '3'"),
        (("start", "1", "-o", "no/folder.py"), "no/folder.py: No such file"),
        ((), "ACTION"),
    ],
)
def test_wrong_input_is_one_line(arguments: tuple[str, ...], said: str, capsys: Capture) -> None:
    status, _, err = run(capsys, *arguments)
    assert status == 2
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_file_must_say_which_part_it_is(capsys: Capture) -> None:
    Path("mine.py").write_text("def slope(f, x): ...\n", encoding="utf-8")
    status, _, err = run(capsys, "check", "mine.py")
    assert status == 2
    assert "does not say which part it is" in err
    Path("mine.py").write_bytes(b'"""Part 1: \xff"""')
    assert "is no text in UTF-8" in run(capsys, "check", "mine.py")[2]
