"""demos/names.py: a GPT that learns, does not look ahead, and agrees with one in matrices."""

from __future__ import annotations

import importlib.util
import math
import random
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, no_grad

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")

NAMES = Path(__file__).parents[2] / "demos" / "names.py"
SHORT = ["ada", "al", "amy", "ann", "bo", "cy", "ed", "eva", "ian", "jo", "kim", "lee", "mae"]
TOKENS = [0, 13, 1, 18, 25]  # .mary


def run_names(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(NAMES), *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("demo_of_names", NAMES)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "demo_of_names", module)
    monkeypatch.syspath_prepend(str(NAMES.parent))  # as when it is run
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small(demo: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The script with few and short names, and small batches."""
    monkeypatch.setattr(demo, "load_names", lambda: SHORT)
    monkeypatch.setattr(demo, "BATCH_SIZE", 8)
    monkeypatch.chdir(tmp_path)
    return demo


def wide_model(demo: Any, seed: int = 0) -> Any:
    """A model with weights so large that attention and the network are far from even."""
    model = demo.GPT(random.Random(seed))
    rng = random.Random(seed + 1)
    for weight in model.parameters():
        weight.data = rng.gauss(0.0, 0.6)
    return model


def logits_in_matrices(model: Any, tokens: list[int]) -> Any:
    """The same model on arrays: all positions at once, and a mask over those to come."""

    def array(rows: list[list[Value]]) -> Any:
        return np.array([[v.data for v in row] for row in rows])

    def normed(x: Any) -> Any:
        return x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-5)

    count = len(tokens)
    attention, block = model.block.attention, model.block
    x = normed(array(model.token.weight)[tokens] + array(model.place.weight)[:count])
    q, k, v = (
        (normed(x) @ array(part.matrix).T).reshape(count, 4, 4).transpose(1, 0, 2)
        for part in (attention.query, attention.key, attention.value)
    )
    scores = q @ k.transpose(0, 2, 1) / 2.0  # the root of four, the width of a head
    scores[:, np.triu(np.ones((count, count), dtype=bool), 1)] = -np.inf
    shares = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    mixed = (shares @ v).transpose(1, 0, 2).reshape(count, 16)
    x = x + mixed @ array(attention.output.matrix).T
    hidden = np.maximum(normed(x) @ array(block.widen.matrix).T, 0.0)
    x = x + hidden @ array(block.narrow.matrix).T
    return x @ array(model.logits.matrix).T


def numbers(logits: list[list[Value]]) -> list[list[float]]:
    return [[v.data for v in row] for row in logits]


# ---- the model ----------------------------------------------------------------------------------


def test_it_has_the_parameters_of_microgpt(demo: Any) -> None:
    # letters and places to 16, four 16 x 16 of attention, 16 to 64 and back, 16 to letters
    expected = 27 * 16 + 16 * 16 + 4 * 16 * 16 + 2 * 16 * 64 + 27 * 16
    assert len(demo.GPT(random.Random(0)).parameters()) == expected == 4192


def test_its_logits_are_those_of_a_gpt_in_matrices(demo: Any) -> None:
    model = wide_model(demo)
    with no_grad():
        found = numbers(model(TOKENS))
    np.testing.assert_allclose(found, logits_in_matrices(model, TOKENS), rtol=1e-9, atol=1e-9)


def test_a_letter_changes_nothing_before_it_and_what_is_after(demo: Any) -> None:
    model = wide_model(demo)
    with no_grad():
        before = numbers(model(TOKENS))
        for place in range(1, len(TOKENS)):
            changed = list(TOKENS)
            changed[place] = 26
            after = numbers(model(changed))
            assert after[:place] == before[:place]
            assert all(a != b for a, b in zip(after[place:], before[place:], strict=True))


def test_the_loss_is_the_mean_over_the_letters_and_the_end_and_no_dot_past_it(demo: Any) -> None:
    model = wide_model(demo)
    (_, row) = demo.as_rows(["alice", "ada"])
    logits = logits_in_matrices(model, [0, 1, 4, 1])
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    expected = -np.mean([log_p[k, letter] for k, letter in enumerate([1, 4, 1, 0])])
    assert demo.loss_for(model)(*row).data == pytest.approx(expected, rel=1e-9)


def test_before_training_all_letters_are_alike_to_it(demo: Any) -> None:
    loss = demo.loss_for(demo.GPT(random.Random(1)))
    with no_grad():
        assert loss.mean(demo.as_rows(SHORT)).data == pytest.approx(math.log(27), abs=0.15)


# ---- names --------------------------------------------------------------------------------------


def test_a_name_is_tokens_between_dots_as_many_as_the_longest_needs(demo: Any) -> None:
    ada, emma = demo.as_rows(["ada", "emma"])
    assert ada == ([0, 1, 4, 1, 0, 0], [0.25, 0.25, 0.25, 0.25, 0.0])
    assert emma == ([0, 5, 13, 13, 1, 0], [0.2, 0.2, 0.2, 0.2, 0.2])


def test_the_names_are_those_of_the_census_each_once(demo: Any) -> None:
    pytest.importorskip("names")
    names = demo.load_names()
    assert len(names) == len(set(names)) == 5163
    assert {"mary", "james", "jamie"} <= set(names)  # jamie is in both tables
    assert max(map(len, names)) < demo.BLOCK_SIZE
    assert set("".join(names)) == set("abcdefghijklmnopqrstuvwxyz")


def test_where_the_names_are_missing_one_line_says_what_to_install(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(demo, "distribution", missing)
    monkeypatch.setattr(sys, "argv", ["names.py"])
    with pytest.raises(SystemExit) as end:
        demo.load_names()
    assert end.value.code == 'names.py: names is not installed: pip install "chalkgrad[demos]"'


def test_at_a_low_temperature_every_letter_is_the_likeliest(demo: Any) -> None:
    model = wide_model(demo, seed=3)
    tokens = [0]
    while len(tokens) <= 16:
        token = int(np.argmax(logits_in_matrices(model, tokens)[-1]))
        if token == 0:
            break
        tokens.append(token)
    expected = "".join(chr(96 + token) for token in tokens[1:])
    assert expected
    assert demo.sample(model, 0.01, random.Random(0)) == expected


def test_a_name_that_does_not_end_is_cut_at_as_far_as_it_can_look_back(demo: Any) -> None:
    def never_ends(tokens: list[int]) -> list[list[Value]]:
        return [[Value(-1000.0), *(Value(0.0) for _ in range(26))] for _ in tokens]

    assert len(demo.sample(never_ends, 1.0, random.Random(0))) == 16


# ---- the script ---------------------------------------------------------------------------------


def test_a_short_run_lowers_the_loss(small: Any) -> None:
    model = small.GPT(random.Random(0))
    rows = small.as_rows(SHORT)
    steps = list(small.train(model, rows[2:], rows[:2], 25, random.Random(0)))
    assert steps[0].loss == pytest.approx(math.log(27), abs=0.25)
    assert small.mean([step.loss for step in steps[-5:]]) < 2.4


def test_the_same_seed_invents_the_same_names(
    small: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def output(seed: str) -> str:
        monkeypatch.setattr(
            sys, "argv", ["names.py", "--steps", "2", "--samples", "3", "--seed", seed]
        )
        small.main()
        return capsys.readouterr().out

    first = output("5")
    assert "it invents: " in first
    assert output("5") == first
    assert output("6") != first


def test_it_trains_on_the_census_and_leaves_its_picture(tmp_path: Path) -> None:
    pytest.importorskip("names")
    arguments = ["--steps", "2", "--samples", "2", "--temperature", "0.5", "--out", "pictures"]
    run = run_names(*arguments, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert "4,192 parameters, 5,163 names" in run.stdout
    losses = [float(line.split()[3]) for line in run.stdout.splitlines() if line[:4] == "step"]
    assert losses[0] == pytest.approx(math.log(27), abs=0.2)
    assert losses[1] < losses[0]
    (invented,) = [line for line in run.stdout.splitlines() if line.startswith("it invents: ")]
    assert len(invented.split(", ")) == 2
    assert f"wrote {Path('pictures') / 'names.png'}" in run.stdout
    assert (tmp_path / "pictures" / "names.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", "0"], "argument --steps: takes a whole number from 1 to 100000, not '0'"),
        (["--samples", "-1"], "argument --samples: takes a whole number from 1 to 10000, not '-1'"),
        (["--temperature", "0"], "argument --temperature: takes a number from 0.01 to 100, not"),
        (["--temperature", "nan"], "argument --temperature: takes a number from 0.01 to 100, not"),
        (["--temperature", "hot"], "argument --temperature: takes a number from 0.01 to 100, not"),
        (["--seed", "x"], "argument --seed: takes a whole number from 0, not 'x'"),
        (["--epochs", "3"], "unrecognized arguments: --epochs 3"),
        (["--out", "taken"], "cannot make the folder taken"),
    ],
)
def test_a_wrong_value_gets_one_clear_line(
    arguments: list[str],
    message: str,
    small: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("taken").write_text("a file is in the way")
    monkeypatch.setattr(sys, "argv", ["names.py", *arguments])
    with pytest.raises(SystemExit) as end:
        small.main()
    output = capsys.readouterr()
    said = output.err or f"{end.value.code}\n"  # what Python prints of a SystemExit with a message
    assert end.value.code != 0
    assert output.out == ""
    assert said.startswith(f"names.py: {message}")
    assert said.count("\n") == 1


def test_help_says_what_each_option_does(tmp_path: Path) -> None:
    run = run_names("--help", cwd=tmp_path)
    assert run.returncode == 0
    for option in ("--steps N", "--temperature T", "--samples N", "--seed N", "--out FOLDER"):
        assert option in run.stdout
