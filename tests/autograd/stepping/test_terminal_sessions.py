"""The prompt, the command loop and the quiz at a pseudo-terminal, used as a person would."""

from __future__ import annotations

import os
import re
import site
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd

pexpect = pytest.importorskip("pexpect")
if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

PACKAGES = str(Path(autograd.__file__).parents[1])
F = ["f = (a*b)*(a+b)", "a=-2", "b=3"]
PLACE = r"\((?:start|\d+/\d+)\) "
COLOURS = re.compile(r"\x1b\[([0-9;]*)m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|[\r\a]")


class Session:
    """A program at a terminal."""

    def __init__(self, arguments: list[str], prompt: str, columns: int, **variables: str) -> None:
        environment = {k: v for k, v in os.environ.items() if k not in LEFT_OUT}
        environment |= {
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PYTHONUTF8": "1",
            "PYTHONPATH": os.pathsep.join([PACKAGES, os.environ.get("PYTHONPATH", "")]),
            "HOME": os.devnull,  # so without a history
            "PYTHONUSERBASE": site.getuserbase(),
            "INPUTRC": os.devnull,  # so without the settings of whoever runs the tests
            **variables,
        }
        self.prompt = prompt
        self.child = pexpect.spawn(
            sys.executable,
            arguments,
            env=environment,
            encoding="utf-8",
            timeout=20,
            dimensions=(24, columns),
        )
        self.child.delaybeforesend = None
        self.greeting = self.read()

    def read(self) -> str:
        """What comes up to the next prompt."""
        self.child.expect(self.prompt)
        return str(self.child.before)

    def type(self, keys: str) -> str:
        """Type a line; what comes up to the next prompt, as it is seen."""
        self.child.send(f"{keys}\r")
        return CONTROL.sub("", self.read())

    def interrupt(self) -> str:
        """Press Ctrl-C, again where Python missed it between reading a key and the next."""
        for _ in range(4):
            self.child.sendintr()
            if self.child.expect([self.prompt, pexpect.EOF, pexpect.TIMEOUT], timeout=5) < 2:
                break
        return CONTROL.sub("", str(self.child.before))

    def last_words(self) -> str:
        """What comes up to the end of the program, which no signal may bring about."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.signalstatus is None
        return CONTROL.sub("", str(self.child.before))


WEIGHTS = "from autograd import *; w = [Value(2.0), Value(3.0)]; loss = w[0] * w[1]"
LEFT_OUT = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "LINES")
LEFT_OUT += ("PYTHONIOENCODING", "PYTHONSTARTUP", "LC_ALL")


def command(*arguments: str, prompt: str = PLACE, columns: int = 80, **variables: str) -> Session:
    """`autograd` at a terminal."""
    return Session(["-m", "autograd", *arguments], prompt, columns, **variables)


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """One loop, for tests that do not end it; each begins at the start."""
    session = command("step", "f = (a*b)*(a+b)", "a=-2", "b=3")
    yield session
    session.child.close()


@pytest.fixture
def loop(shared: Session) -> Session:
    shared.type("clear")
    shared.type("set notation leibniz")
    shared.type("r")
    return shared


# ---- the command loop ---------------------------------------------------------------------------


def test_it_begins_before_the_first_step_and_says_how_to_go_on(shared: Session) -> None:
    assert "before the first step" in shared.greeting
    assert "s steps, Enter repeats, h helps, q leaves" in shared.greeting


def test_s_and_n_step_and_enter_repeats(loop: Session) -> None:
    assert "step 0 of 6" in loop.type("s")
    assert "step 1 of 6" in loop.type("")
    shown = loop.type("n")  # the rest of the gate f
    assert "step 2 of 6" in shown
    shown = loop.type("n")
    assert "before that df/da += -6" in shown or "before that ∂f/∂a += -6" in shown
    assert "step 6 of 6" in loop.type("")
    assert "at the end" in loop.type("")
    assert "step 5 of 6" in loop.type("S")
    assert "step 4 of 6" in loop.type("N")
    assert "step 1 of 6" in loop.type("S 3")


def test_u_goes_on_until_a_gradient_is_complete_and_k_checks_it(loop: Session) -> None:
    shown = loop.type("u a")
    assert re.search(r"∂f/∂a \+= 3 +-6 → -3 +use 2 of 2", shown)
    assert re.search(r"finite difference -3 +agrees", shown)
    assert "a = -2: gradient -3, finite difference -3: agrees" in loop.type("k")
    assert "b = 3: gradient -8, finite difference -8: agrees" in loop.type("k b")


def test_b_stops_at_a_gate_and_c_goes_there(loop: Session) -> None:
    assert re.search(r"\d  break  v2", loop.type("b v2"))
    assert "break  v1 if upstream > 1/2" in loop.type("b v1 if upstream > 1/2")
    shown = loop.type("c")
    assert ": v2" in shown
    assert "step 3 of 6" in shown
    assert "step 5 of 6" in loop.type("")
    assert "2 removed, 0 left" in loop.type("clear")


def test_watch_stops_where_a_gradient_changes(loop: Session) -> None:
    loop.type("watch b")
    assert "the gradient of b changes, 0 → -6" in loop.type("c")
    assert "the gradient of b changes, -6 → -8" in loop.type("c")


def test_w_l_p_and_d_look(loop: Session) -> None:
    loop.type("g 5")
    path = loop.type("w")
    assert re.search(r"\n  f = v1 .*\n→ v1 = a .*\n→ a .*-3  ◄\n", path)
    assert "1 of 2" in loop.type("l")
    assert "∂f/∂b = -6" in loop.type("p b")
    assert "1 of 2 uses arrived" in loop.type("d b")
    assert "2 of 2 uses arrived" in loop.type("s")
    assert "displayed: none" in loop.type("undisplay b")


def test_set_changes_how_gradients_look(loop: Session) -> None:
    loop.type("u a")
    assert "a.grad += 3" in loop.type("set notation grad")
    assert "ā += 3" in loop.type("set notation bar")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("frob", "*** there is no command 'frob'; help lists them"),
        ("u frob", "*** no node of this graph is called 'frob': it has a, b, v1, v2, f"),
        ("u", "*** which node? list shows their names"),
        ("s x", "*** expected a whole number, not 'x'"),
        ("s 0", "*** n is 1 or more, not 0"),
        ("g 99", "*** there are steps 0 to 6, and no 99"),
        ("b v1 if frob > 1", "*** a condition is like upstream > 1, with one of index,"),
        ("b v1 if use > x", "*** 'x' is not a number: write -6, 0.75 or 3/4"),
        ("clear 99", "*** there is no breakpoint 99"),
        ("set frob", "*** set takes notation or precision, not 'frob'"),
        ("help frob", "*** there is no command 'frob'; help lists them"),
        ("help break", "break NODE [if FIELD < NUMBER], b: stop where a gate begins its work."),
        ("h", "s  step [N]        one +=, or N"),
    ],
)
def test_help_and_what_is_wrong_are_said_at_the_prompt(
    loop: Session, line: str, answer: str
) -> None:
    assert answer in loop.type(line)


def test_tab_completes_the_names_of_nodes_and_commands() -> None:
    session = Session(["-c", f"{WEIGHTS}; step_through(loss).loop()"], PLACE, 80)
    assert re.search(r"∂loss/∂w\[1\] \+= 2", session.type("unt\t w[1\t"))
    session.child.sendeof()
    session.last_words()


def test_arrow_up_brings_back_the_line_before(loop: Session) -> None:
    loop.type("g 4")
    loop.type("s")
    assert "step 4 of 6" in loop.type("\x1b[A\x1b[A")


def test_ctrl_c_comes_back_to_the_prompt_and_ctrl_d_leaves() -> None:
    session = command("step", *F)
    session.child.send("u unfinished")
    session.child.expect("unfinished")
    assert "(q leaves)" in session.interrupt()
    assert "step 0 of 6" in session.type("s")
    session.child.sendeof()
    session.last_words()
    assert session.child.exitstatus == 0


def test_q_leaves() -> None:
    session = command("step", *F)
    session.child.send("q\r")
    session.last_words()
    assert session.child.exitstatus == 0


# ---- the prompt of Python -----------------------------------------------------------------------


def python(columns: int, **variables: str) -> Session:
    """A prompt at which the lesson's function is computed."""
    variables = {"PYTHON_BASIC_REPL": "1", **variables}
    session = Session(["-q", "-i", "-c", ""], r">>> ", columns, **variables)
    session.type("from autograd import *")
    session.type("a, b = Value(-2.0), Value(3.0)")
    session.type("f = (a * b) * (a + b)")
    return session


@pytest.mark.parametrize("columns", [80, 132])
def test_the_fork_is_seen_at_the_prompt(columns: int) -> None:
    session = python(columns)
    session.type("s = step_through(f)")
    shown = session.type("s.until(a)")
    assert re.search(r"∂f/∂a \+= 3 +-6 → -3 +use 2 of 2\n", shown)
    assert re.search(r"finite difference -3 +agrees\n", shown)
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert len(shown.splitlines()) <= 24
    assert "-3.0" in session.type("a.grad")
    session.child.close()


def test_the_history_of_the_prompt_is_as_it_was_after_a_loop() -> None:
    session = python(80)
    for keys in ("s", "\x1b[A\x1b[A"):  # above q, of the first loop
        session.child.send("step_through(f).loop()\r")
        session.child.expect(PLACE)
        session.child.send(f"{keys}\r")
        session.child.expect(r"step 0 of 6[^(]*\(0/6\) ")
        session.type("q")
    session.type("import readline as r")
    last = "[r.get_history_item(r.get_current_history_length() - k) for k in range(1, 4)]"
    assert session.type(last).splitlines()[1] == repr(
        ["import readline as r", "step_through(f).loop()", "f = (a * b) * (a + b)"]
    )
    session.child.close()


@pytest.mark.skipif(sys.version_info < (3, 13), reason="the prompt of Python had no editor")
def test_completion_is_that_of_the_loop_at_the_prompt_of_python_3_13() -> None:
    session = Session(["-q", "-i", "-c", WEIGHTS], ">>>", 80, PYTHON_BASIC_REPL="")
    session.child.send("step_through(loss).loop()\r")
    session.child.expect(PLACE)
    session.child.send("until w[1\t\r")
    session.child.expect(r"w\[1\] \+= ")
    session.child.expect(PLACE)
    session.type("q")
    session.child.close()


# ---- colours and width --------------------------------------------------------------------------


def test_values_and_gradients_have_colours_of_their_own() -> None:
    session = command("step", *F)
    session.child.send("u a\r")
    coloured = session.read()
    value = re.search(r"\x1b\[([0-9;]*)m +-2\x1b\[0m", coloured)
    gradient = re.search(r"\x1b\[([0-9;]*)m-3\x1b\[0m", coloured)
    assert value
    assert gradient
    assert value[1] == "38;5;33"  # blue
    assert gradient[1] == "1;38;5;166"  # orange, and bold
    session.child.close()


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_plain_ascii_where_it_is_asked_for(variable: dict[str, str]) -> None:
    session = command("step", *F, **variable)
    session.child.send("u a\r")
    shown = session.greeting + session.read()
    assert not COLOURS.search(shown)
    assert CONTROL.sub("", shown).isascii()
    assert re.search(r"df/da \+= 3 +-6 -> -3 +use 2 of 2", shown)
    session.child.close()


@pytest.mark.parametrize("columns", [40, 60])
def test_no_line_is_longer_than_a_narrow_terminal(columns: int) -> None:
    session = command("step", *F, columns=columns)
    session.type("u a")
    assert "∂f/∂a = -3  ◄" in session.type("w")
    for line in ("p", "l", "d a", "h", "help break", "u frob", "b", "n", "k"):
        for shown in session.type(line).splitlines():
            assert len(shown) <= columns, shown
    session.child.close()


# ---- the quiz -----------------------------------------------------------------------------------


def test_the_quiz_asks_judges_and_ends_with_the_score() -> None:
    session = command("quiz", "f = a*b + a", "a=3", "b=5", prompt=r"  \S+ = $")
    assert "f = a * b + a = 18" in session.greeting
    assert "right: 1" in session.type("1")
    assert "is used more than once, and its contributions add up" in session.type("5")
    assert "1 and 5" in session.type("5")  # the second try is the last
    session.child.send("\r")
    assert session.last_words().endswith("score: 1 of 3 right\n")
    assert session.child.exitstatus == 0


@pytest.mark.parametrize(("key", "status"), [("Ctrl-D", 0), ("Ctrl-C", 130)])
def test_ctrl_d_and_ctrl_c_end_the_quiz_with_the_score(key: str, status: int) -> None:
    session = command("quiz", *F, prompt=r"  \S+ = $")
    session.type("1")
    if key == "Ctrl-C":
        shown = session.interrupt()
    else:
        session.child.sendeof()
        shown = session.last_words()
    assert shown.strip("^C").strip("\n") == "score: 1 of 1 right"
    session.child.close()
    assert session.child.exitstatus == status
