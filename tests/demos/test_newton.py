"""demos/newton.py: it comes to the minimum, it draws, and it says in one line what is wrong."""

from __future__ import annotations

import importlib.util
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib")

NEWTON = Path(__file__).parents[2] / "demos" / "newton.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module."""
    monkeypatch.syspath_prepend(str(NEWTON.parent))
    spec = importlib.util.spec_from_file_location("newton", NEWTON)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_newtons_method_ends_at_the_minimum_long_before_gradient_descent(
    demo: Any, tmp_path: Path
) -> None:
    run = demo("newton.py", "--out", "pictures")
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    ends = re.findall(r"^(.*?)  +after (\d+) steps at \((.*), (.*)\)$", run.stdout, flags=re.M)
    (first, steps, x, y), *others = ends
    assert (first, x, y) == ("Newton's method", "1.000000", "1.000000")
    assert int(steps) < 30
    assert [(name[:8], steps) for name, steps, _, _ in others] == [
        ("gradient", "100"),
        ("with mom", "100"),
    ]
    assert all(abs(float(x) - 1) > 0.1 for _, _, x, _ in others)
    assert f"wrote {Path('pictures') / 'newton.png'}" in run.stdout
    assert (tmp_path / "pictures" / "newton.png").read_bytes()[:4] == b"\x89PNG"


def test_its_first_step_is_the_one_in_the_books(script: Any) -> None:
    # Dennis and Schnabel, Numerical Methods for Unconstrained Optimization, 1983
    ((x, y),) = script.newton((-1.2, 1.0), 1)
    assert (round(x, 4), round(y, 4)) == (-1.1753, 1.3807)


@pytest.mark.parametrize("start", [(0.0, 3.0), (0.0, 0.005), (-2.0, 10.0), (10.0, -10.0)])
def test_where_the_hessian_is_not_positive_it_still_goes_down(
    script: Any, start: tuple[float, float]
) -> None:
    path = [start, *script.newton(start, 200)]
    values = [(1 - x) ** 2 + 100 * (y - x * x) ** 2 for x, y in path]
    assert all(after <= before for before, after in pairwise(values))
    assert path[-1] == pytest.approx((1.0, 1.0))


def test_damping_leaves_a_positive_hessian_as_it_is_and_makes_any_other_positive(
    script: Any,
) -> None:
    assert script.damped([[2.0, 1.0], [1.0, 3.0]]) == [[2.0, 1.0], [1.0, 3.0]]
    (a, b), (c, d) = script.damped([[-4.0, 1.0], [1.0, 2.0]])
    assert a > 0
    assert a * d - b * c > 0
    assert b == c == 1.0


def test_gradient_descent_is_given_a_learning_rate_that_works(script: Any) -> None:
    for start in ((-1.2, 1.0), (10.0, 10.0)):
        for momentum in (0.0, 0.9):
            rate = script.best_rate(start, 20, momentum)
            *_, end = script.descent(start, 20, rate, momentum)
            assert script.rosenbrock(*end) < script.rosenbrock(*start) / 5


def test_at_the_minimum_there_is_nothing_to_do_and_a_picture_of_it(
    here: Any, tmp_path: Path
) -> None:
    run = here("newton.py", "--start", "1", "1", "--steps", "2")
    assert run.stderr == ""
    assert "Newton's method" in run.stdout
    assert "after 0 steps at (1.000000, 1.000000)" in run.stdout
    assert (tmp_path / "newton.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", "0"], "argument --steps: takes a whole number from 1 to 10000, not '0'"),
        (["--start", "1"], "argument --start: expected 2 arguments"),
        (["--start", "1", "up"], "argument --start: takes two numbers from -10 to 10, not 'up'"),
        (["--start", "nan", "1"], "argument --start: takes two numbers from -10 to 10, not 'nan'"),
        (["--start", "1", "99"], "argument --start: takes two numbers from -10 to 10, not '99'"),
        (["--out", "taken"], "cannot make the folder taken"),
    ],
)
def test_a_wrong_value_gets_one_clear_line(
    here: Any, arguments: list[str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file is in the way")
    run = here("newton.py", *arguments)
    assert run.returncode != 0
    assert run.stdout == ""
    assert run.stderr.startswith(f"newton.py: {message}")
    assert run.stderr.count("\n") == 1


def test_help_says_what_each_option_does(here: Any) -> None:
    run = here("newton.py", "--help")
    assert run.returncode == 0
    assert all(option in run.stdout for option in ("--start X Y", "--steps N", "--out FOLDER"))
