"""The command `autograd`: what each part prints, and that wrong input is one line and status 2."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import mpmath
import pytest

import autograd
from autograd import cli

F = ("f = (a*b)*(a+b)", "a=-2", "b=3")  # df/da = 2ab + b^2 = -3, df/db = a^2 + 2ab = -8

Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    """The exit status, and what was printed to stdout and stderr."""
    try:
        status = cli.main(arguments)
    except SystemExit as left:
        status = int(left.code or 0)
    return status, *capsys.readouterr()


# ---- what it prints -----------------------------------------------------------------------------


def test_grad_prints_each_variable_with_its_value_and_gradient(capsys: Capture) -> None:
    assert run(capsys, "grad", *F) == (
        0,
        "f = a * b * (a + b) = -6\n"
        "variable  value  gradient\n"
        "a            -2        -3\n"
        "b             3        -8\n",
        "",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "a*b", "a=1", "b=2"),
        ("a*b", "--json", "a=1", "b=2"),
        ("a*b", "a=1", "--json", "b=2"),
        ("a*b", "a=1", "b=2", "--json"),
        ("--order", "1", "a*b", "--json", "a=1", "--precision", "3", "b=2"),
    ],
)
def test_options_stand_anywhere(capsys: Capture, arguments: tuple[str, ...]) -> None:
    _, out, err = run(capsys, "grad", *arguments)
    assert json.loads(out)["variables"]["a"] == {"value": 1.0, "gradient": 2.0}, err


@pytest.mark.parametrize(
    ("expression", "gradient"),
    [("-a", -1), ("-a*b", -3), ("-a-b", -1), ("-omega*a", -2), ("-h*a", -2), ("-(a+b)", -1)],
)
def test_an_expression_may_begin_with_a_minus(
    capsys: Capture, expression: str, gradient: float
) -> None:
    numbers = {"a": 5, "b": 3, "omega": 2, "h": 2}
    values = [f"{name}={x}" for name, x in numbers.items() if name in expression]
    _, out, err = run(capsys, "grad", expression, *values, "--json")
    assert json.loads(out)["variables"]["a"]["gradient"] == gradient, err
    assert run(capsys, "grad", "--json", "--", expression, *values)[1] == out


def test_values_may_be_negative_and_fractions(capsys: Capture) -> None:
    _, out, _ = run(capsys, "grad", "a*b", "a=-3/4", "b=1e-3", "--json")
    assert json.loads(out) == {
        "expression": "a * b",
        "value": -0.00075,
        "variables": {
            "a": {"value": -0.75, "gradient": 0.001},
            "b": {"value": 0.001, "gradient": -0.75},
        },
    }


def test_json_has_infinity_as_text(capsys: Capture) -> None:
    _, out, _ = run(capsys, "grad", "sqrt(a)", "a=0", "--json")
    assert json.loads(out)["variables"]["a"]["gradient"] == "inf"


def test_the_hessian_is_that_of_mpmath(capsys: Capture) -> None:
    at = {"w": 0.5, "x": 2.0, "b": -0.25}
    values = [f"{name}={x}" for name, x in at.items()]
    _, out, _ = run(capsys, "grad", "--order", "2", "tanh(w*x + b)/w", *values, "--json")
    for p, row in json.loads(out)["hessian"].items():
        for q, entry in row.items():
            orders = tuple((p == name) + (q == name) for name in at)
            with mpmath.workdps(40):
                expected = mpmath.diff(
                    lambda w, x, b: mpmath.tanh(w * x + b) / w, tuple(at.values()), orders
                )
            assert entry == pytest.approx(float(expected), rel=1e-12)


def test_the_hessian_is_printed_as_a_table(capsys: Capture) -> None:
    _, out, _ = run(capsys, "grad", "a**2*b", "a=3", "b=5", "--order", "2")
    assert out.splitlines()[5:] == ["Hessian   a  b", "a        10  6", "b         6  0"]


def test_precision_is_significant_digits(capsys: Capture) -> None:
    _, out, _ = run(capsys, "grad", "a/3", "a=2", "--precision", "2")
    assert out.splitlines()[-1].split() == ["a", "2", "0.33"]


def test_check_compares_every_gradient_with_its_finite_difference(capsys: Capture) -> None:
    status, out, _ = run(capsys, "check", "log(a)/b", "a=2", "b=4")
    assert status == 0
    assert [line.split() for line in out.splitlines()[2:]] == [
        ["a", "2", "0.125", "0.125", "agrees"],
        ["b", "4", "-0.0433217", "-0.0433217", "agrees"],  # -log(2) / 16
    ]


def test_check_says_what_differs_and_exits_with_1(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(root: Any) -> Any:
        return dict.fromkeys(autograd.topological_order(root), 7.0)

    monkeypatch.setattr(cli, "propagate", broken)
    status, out, _ = run(capsys, "check", "a*b", "a=2", "b=7")
    assert status == 1
    assert [line.split()[-1] for line in out.splitlines()[2:]] == ["agrees", "DIFFERS"]


def test_check_names_a_kink_and_a_border_that_it_cannot_compare_at(capsys: Capture) -> None:
    status, out, _ = run(capsys, "check", "relu(a)", "a=0")
    assert status == 1
    assert "a: a kink: 0 to the left, 1 to the right" in out
    status, out, _ = run(capsys, "check", "sqrt(a)", "a=0")
    assert status == 1
    assert "not checked\na: sqrt(" in out


def test_step_prints_all_steps_where_nobody_is_at_a_terminal(capsys: Capture) -> None:
    status, out, _ = run(capsys, "step", *F)
    assert status == 0
    assert [out.count(f"step {k} of 6") for k in range(7)] == [1] * 7
    assert "use 2 of 2" in out
    assert "-6 → -3" in out


def test_quiz_asks_about_an_expression_given(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("2\n1\n"))
    status, out, _ = run(capsys, "quiz", "--level", "2", "a*b", "a=1", "b=2")
    assert (status, out.splitlines()[-1]) == (0, "score: 2 of 2 right")


def test_help_and_version_are_printed(capsys: Capture) -> None:
    assert run(capsys, "--version")[:2] == (0, f"chalkgrad {autograd.__version__}\n")
    for name in ("step", "grad", "check", "draw", "lesson", "quiz"):
        status, out, _ = run(capsys, name, "--help")
        assert (status, f"autograd {name}" in out, "EXPR" in out) == (0, True, True)
        assert "-- may stand before one like -a" in " ".join(out.split())
    assert "autograd grad --json -- -a a=2" in run(capsys, "--help")[1]


# ---- lesson -------------------------------------------------------------------------------------


def test_lesson_writes_a_page(capsys: Capture, tmp_path: Path) -> None:
    target = tmp_path / "lesson.html"
    options = ("--title", "A <first> lesson", "--notation", "bar", "--quiz")
    assert run(capsys, "lesson", *F, "-o", str(target), *options) == (0, f"{target}\n", "")
    page = target.read_text(encoding="utf-8")
    assert "<h1>A &lt;first&gt; lesson</h1>" in page
    assert '"notation": "bar"' in page
    assert '"quiz": null' not in page


# ---- draw ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["svg", "SVG", "dot"])
def test_draw_writes_a_picture_with_gradients(capsys: Capture, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"graph.{ending}"
    assert run(capsys, "draw", *F, "-o", str(target)) == (0, f"{target}\n", "")
    drawn = target.read_text(encoding="utf-8")
    assert ("<svg" in drawn) == (ending != "dot")
    assert "-8" in drawn


def test_draw_replaces_an_old_file_and_leaves_nothing_else(capsys: Capture, tmp_path: Path) -> None:
    target = tmp_path / "graph.svg"
    target.write_text("old " * 100_000, encoding="utf-8")
    assert run(capsys, "draw", f"-o{target}", *F)[0] == 0
    assert "old" not in target.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [target]


def test_draw_keeps_the_old_file_whole_when_it_fails(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "graph.svg"
    target.write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", full)
    status, _, err = run(capsys, "draw", *F, "-o", str(target))
    assert (status, err) == (2, f"autograd draw: {target}: No space left on device\n")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators there")
def test_draw_writes_through_a_link(capsys: Capture, tmp_path: Path) -> None:
    link, target = tmp_path / "link.svg", tmp_path / "target.svg"
    link.symlink_to(target)
    assert run(capsys, "draw", *F, "-o", str(link))[0] == 0
    assert link.is_symlink()
    assert "<svg" in target.read_text(encoding="utf-8")


def test_without_a_command_the_help_is_printed(capsys: Capture) -> None:
    status, out, _ = run(capsys)
    assert status == 0
    assert "autograd step" in out


# ---- wrong input --------------------------------------------------------------------------------

WRONG = {
    ("frob",): "invalid choice: 'frob'",
    ("grad",): "the following arguments are required: EXPR",
    ("grad", "-a", "-a=2"): "'-a=2' is not NAME=VALUE, such as a=-2",
    ("grad", "a*b", "a=1", "b=2", "--frob"): "grad has no option --frob",
    ("grad", "a*b", "a=1", "b=2", "-x"): "grad has no option -x",
    ("grad", "a*b", "a=1"): "no value for b: add b=2, at column 3 of 'a*b'",
    ("grad", "a*b", "a=1", "b=2", "c=3"): "a value for c, which the expression does not use",
    ("grad", "a*b", "a=1", "b=2", "a=3"): "a is given two values",
    ("grad", "a*b", "a=1", "b=two"): "b=two: 'two' is not a number: write -6, 0.75 or 3/4",
    ("grad", "a*b", "a=1", "b=1/0"): "b=1/0: '1/0' is not a number",
    ("grad", "a*b", "a=1", "b"): "'b' is not NAME=VALUE, such as a=-2 or b=1/3",
    ("grad", "gamma(a)", "a=1"): "there is no operation gamma",
    (
        "grad",
        "a*",
        "a=1",
    ): "invalid syntax; it ends too soon, at column 3 of 'a*'",
    ("grad", "a*b\n+c", "a=1", "b=1", "c=1"): "only the last formula can be without a name",
    ("grad", ""): "there is no expression",
    ("grad", "1 + 2"): "'1 + 2' has no variable to differentiate by",
    ("quiz", "a=1"): "'a=1' has no gradient to ask for",
    ("check", "log(a)", "a=-1"): "log(a) does not exist at a = -1",
    ("step", "exp(a)", "a=1000"): "exp(a)",
    ("grad", "a\x1b[31m", "a=1"): "a\\x1b[31m",
    ("grad", "a*b", "a=1", "b=2", "--precision", "0"): "precision is 1 to 17 digits, not '0'",
    ("grad", "a*b", "a=1", "b=2", "--precision", "18"): "precision is 1 to 17 digits, not '18'",
    ("grad", "a*b", "a=1", "b=2", "--order", "3"): "argument --order: invalid choice: 3",
    ("step", "a*b", "a=1", "b=2", "--notation", "x"): "argument --notation: invalid choice: 'x'",
    ("quiz", "--level", "6"): "argument --level: invalid choice: 6",
    ("quiz", "--seed", "x"): "argument --seed: invalid int value: 'x'",
    ("draw", "a*b", "a=1", "b=2"): "the following arguments are required: -o/--output",
    ("draw", "a", "a=1", "-o", "graph"): "graph: the ending says the format: svg",
    ("draw", "a", "a=1", "-o", "graph.doc"): "graph.doc: the ending says the format",
    ("draw", "a", "a=1", "-o", "no/such/x.svg"): f"{Path('no/such/x.svg')}: No such file",
    ("draw", "a", "a=1", "-o", "\x1b[31m.doc"): "\\x1b[31m.doc: the ending says",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_input_is_one_line_that_names_it(capsys: Capture, arguments: tuple[str, ...]) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"autograd {arguments[0]}" if err[8] == " " else "autograd: ")
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    assert WRONG[arguments] in err


@pytest.mark.usefixtures("no_graphviz")
def test_pdf_without_graphviz_says_what_to_install(capsys: Capture, tmp_path: Path) -> None:
    status, out, err = run(capsys, "draw", *F, "-o", str(tmp_path / "graph.pdf"))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "format 'pdf' needs the Graphviz programs" in err
    assert not list(tmp_path.iterdir())


def test_a_format_that_graphviz_was_built_without_is_one_line(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Any, **__: Any) -> None:
        raise subprocess.CalledProcessError(1, "dot", stderr=b"Format not recognized")

    monkeypatch.setattr("autograd.pictures.layout.Digraph.pipe", refuses)
    status, _, err = run(capsys, "draw", *F, "-o", str(tmp_path / "x.webp"))
    line = f"autograd draw: {tmp_path / 'x.webp'}: the Graphviz here cannot draw webp\n"
    assert (status, err) == (2, line)


def test_a_folder_in_the_place_of_the_file_is_named(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    status, _, err = run(capsys, "draw", *F, "-o", str(folder))
    assert (status, err.count("\n"), f"{folder}: " in err) == (2, 1, True)
    assert list(tmp_path.iterdir()) == [folder]
