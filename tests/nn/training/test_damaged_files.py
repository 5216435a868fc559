"""Damaged files: each is read for what it says, or refused with nothing changed."""

from __future__ import annotations

import json
import math
import random
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from nn import MLP, DivergenceError, Dropout, Module, Sequential, fit, load, mse_loss, save
from nn.saving import as_json, read_state
from nn.training.batches import Data
from nn.training.checkpoint import Checkpoint
from nn.training.plan import Plan
from tests.nn.training.small_runs import X, Y

LONG = "1" * 5000  # digits, more than Python converts

BIAS = "layers.0.layers.0.neurons.0.b"

RUNS: dict[str, Callable[[list[Any]], tuple[Any, Any]]] = {}
"""Optimisers and schedulers by name, of which each is in one run or another."""


def a_run(function: Callable[[list[Any]], tuple[Any, Any]]) -> None:
    RUNS[function.__name__] = function


@a_run
def adam(p: list[Any]) -> tuple[Any, Any]:
    optimizer = nn.Adam([{"params": p[:2]}, {"params": p[2:], "lr": 0.1}], lr=0.02, amsgrad=True)
    return optimizer, nn.ReduceLROnPlateau(optimizer, patience=0, min_lr=[1e-4, 1e-3])


@a_run
def sgd(p: list[Any]) -> tuple[Any, Any]:
    optimizer = nn.SGD(p, lr=0.1, momentum=0.9)
    return optimizer, nn.OneCycleLR(optimizer, max_lr=0.1, total_steps=40)


@a_run
def rmsprop(p: list[Any]) -> tuple[Any, Any]:
    optimizer = nn.RMSprop(p, lr=0.01, momentum=0.5, centered=True)
    warm_up = nn.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    then = nn.CosineAnnealingLR(optimizer, T_max=4)
    return optimizer, nn.SequentialLR(optimizer, [warm_up, then], milestones=[2])


@a_run
def adagrad(p: list[Any]) -> tuple[Any, Any]:
    optimizer = nn.Adagrad(p, lr=0.1, lr_decay=0.01)
    return optimizer, nn.MultiStepLR(optimizer, [1, 3])


def network() -> Module:
    return Sequential(MLP(2, [2, 1], "tanh", rng=random.Random(1)), Dropout(0.1, random.Random(2)))


def a_plan(name: str, path: Path, epochs: int) -> dict[str, Any]:
    model = network()
    optimizer, scheduler = RUNS[name](model.parameters())
    return {
        "model": model,
        "loss": mse_loss,
        "optimizer": optimizer,
        "scheduler": scheduler,
        "epochs": epochs,
        "batch_size": 3,
        "metrics": {"error": lambda p, t: mse_loss(p, t).data},
        "checkpoint": path,
        "progress": False,
        "compiled": False,
    }


def go_on(name: str, path: Path, epochs: int) -> Module:
    plan = a_plan(name, path, epochs)
    fit(plan.pop("model"), X, Y, validation=(X[:2], Y[:2]), **plan)
    return plan["optimizer"]  # type: ignore[no-any-return]


def read(name: str, path: Path) -> Checkpoint:
    """Read a checkpoint; if that raises ValueError, it names the file, and nothing has changed."""
    rest = {"stop_below": None, "patience": None, "l1": 0.0, "l2": 0.0, "clip_norm": None}
    rest |= {"shuffle": True, "seed": 0, "callbacks": ()}
    data, held_out = Data(X, Y), Data(X[:2], Y[:2])
    plan = Plan(data=data, validation=held_out, **a_plan(name, path, 3), **rest)
    checkpoint = Checkpoint(plan, path)
    before = as_json(checkpoint.states())
    try:
        checkpoint.read()
    except ValueError as error:
        assert_refused(error, path, as_json(checkpoint.states()) == before)
        raise
    return checkpoint


def assert_refused(error: Exception, path: Path, unchanged: bool) -> None:
    assert str(path) in str(error)
    assert unchanged


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The checkpoint of each run, after three epochs."""
    found = {}
    for name in RUNS:
        path = tmp_path_factory.mktemp("runs") / "run.json"
        go_on(name, path, 3)
        found[name] = path
    return found


# ---- damage -------------------------------------------------------------------------------------


def nested(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


SOMETHING: list[Any] = [
    *(-1, 0, 1, 2, 5, 0.5, -0.5, 10**17, 2**63, 10**30, 10**400, -(10**400)),
    *(1e300, -1e300, 5e-324, "nan", "inf", "-inf", "NaN", "", "text", "\0\ud800\x1b", LONG),
    *(None, True, False, [], {}, [[]], [1], {"a": 1}, nested(12), nested(60)),
]


def places(x: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where there is something, at every depth; of long lists the first and the last."""
    found = [path]
    keys = list(x) if isinstance(x, dict) else range(len(x)) if isinstance(x, list) else []
    if len(path) == 6:  # deeper than any file goes
        return found
    for key in [*keys[:8], *keys[-2:]] if isinstance(x, list) else keys:
        found += places(x[key], (*path, key))
    return found


def damaged_tree(good: bytes, rng: random.Random) -> bytes:
    """The same JSON with something else, or nothing, in one place or two."""
    content = json.loads(good)
    for _ in range(rng.choice([1, 1, 2])):
        *path, key = rng.choice(places(content)[1:])
        inside = content
        for step in path:
            inside = inside[step]
        way = rng.choice(["put", "put", "put", "remove", "copy"])
        if way == "put":
            inside[key] = deepcopy(rng.choice(SOMETHING))
        elif way == "remove":
            del inside[key]
        elif isinstance(inside, list):
            inside.insert(key, inside[key])
    text = json.dumps(content)
    for name in (LONG, "NaN"):  # which json.dumps does not write as numbers
        if rng.random() < 0.5:
            text = text.replace(f'"{name}"', name)
    return text.encode()


def damaged_bytes(good: bytes, rng: random.Random) -> bytes:
    """The same bytes, cut, or with some changed."""
    if rng.random() < 0.3:
        return good[: rng.randrange(len(good))]
    changed = bytearray(good)
    for _ in range(rng.randrange(1, 5)):
        changed[rng.randrange(len(good))] = rng.randrange(256)
    return bytes(changed)


def damaged(good: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    return rng.choice([damaged_tree, damaged_tree, damaged_bytes])(good, rng)


def same(x: Any, y: Any) -> bool:
    """Whether two states are the same, and where one is nan, the other is."""
    if isinstance(x, dict):
        return isinstance(y, dict) and x.keys() == y.keys() and all(same(x[k], y[k]) for k in x)
    if isinstance(x, list):
        return isinstance(y, list) and len(x) == len(y) and all(map(same, x, y))
    if isinstance(x, str) or x is None:
        return bool(x == y)
    return float(x) == float(y) or (x != x and y != y)


@pytest.mark.parametrize("name", RUNS)
@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_checkpoint_is_read_for_what_it_says_or_refused(
    name: str, seed: int, written: dict[str, Path]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        path.write_bytes(damaged(written[name].read_bytes(), seed))
        try:
            checkpoint = read(name, path)
        except ValueError:
            return
        now = json.loads(as_json(checkpoint.states()))
        said = read_state(path, "checkpoint")
        pairs = (state["optimizer"]["param_groups"] for state in (said, now))
        for theirs, ours in zip(*pairs, strict=True):
            if "initial_lr" in ours:  # stays as it was, where none is said
                theirs.setdefault("initial_lr", ours["initial_lr"])
        for part in now:
            assert same(json.loads(as_json(said[part])), now[part]), part
        with suppress(ValueError, DivergenceError):  # by a rate or a weight as it is there
            go_on(name, path, 4)


@settings(max_examples=200)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_model_is_read_for_what_it_says_or_refused(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        save(network(), path)
        path.write_bytes(damaged(path.read_bytes(), seed))
        model = MLP(2, [2, 1], "tanh", rng=random.Random(3))
        model = Sequential(model, Dropout(0.1, random.Random(2)))
        before = model.state_dict()
        try:
            load(model, path)
        except (ValueError, KeyError) as error:  # KeyError is of a different model
            assert_refused(error, path, model.state_dict() == before)
        else:
            assert same(read_state(path, "model")["state"], model.state_dict())


# ---- one by one ---------------------------------------------------------------------------------


def at(*path: Any) -> Callable[[Any, Any], None]:
    """Puts something in a place of the JSON."""

    def put(content: Any, something: Any) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = something

    return put


BY_HAND: list[tuple[Callable[[Any, Any], None], Any, str]] = [
    (at("rows", 1, "val_loss"), None, "rows[1]: val_loss is a number, not None"),
    (at("rows", 0, "loss"), "nan", "rows[0]: loss is a number, not nan"),
    (at("rows", 2, "epoch"), 7, "rows[2]: epoch is 3, not 7"),
    (at("rows", 2), [1], "rows[2]: an epoch is a dict of numbers, not [1]"),
    (at("rows"), {}, "rows is a list, not {}"),
    (at("best_epoch"), 10**400, "best_epoch is an epoch from 1 to 3, not a number of 401 digits"),
    (at("best"), None, "best_epoch is None in this run, not "),
    (at("best"), [1], "best: load_state_dict takes a dict of numbers by name, not [1]"),
    (at("model", BIAS), 10**400, f"model: {BIAS}: "),
    (at("model"), {}, "model: the state does not fit Sequential: missing layers.0"),
    (at("optimizer", "state", "0", "step"), 10**400, "state[0]['step'] is a whole number from 0, "),
    (at("optimizer", "state", "0", "exp_avg"), 10**400, "state[0]['exp_avg'] is a number, not "),
    (at("optimizer", "param_groups", 0, "lr"), 10**400, "Adam: lr is a number from 0, not a "),
    (
        at("optimizer", "param_groups", 0, "initial_lr"),
        "x",
        "param_groups[0]['initial_lr'] is a number, not 'x'",
    ),
    (at("scheduler", "min_lr"), [0.1], "min_lr has 1 entries for 2 parameter groups"),
    (at("scheduler", "last_epoch"), 10**400, "last_epoch is a whole number from -1, not a number"),
    (at("random", 0, 2), "x", "random[0]: a state is a list of a version, words below 2**32, "),
    (at("random"), [], "random is a list of 1, not []"),
    (at("stopped"), 7, "stopped is text, not 7"),
    (at("run"), [], "is from another run"),
    (at("optimizer"), nested(400), "it is nested too deeply"),
]


@pytest.mark.parametrize(
    ("put", "something", "message"), BY_HAND, ids=[message for *_, message in BY_HAND]
)
def test_the_place_of_the_damage_is_named(
    put: Callable[[Any, Any], None],
    something: Any,
    message: str,
    tmp_path: Path,
    written: dict[str, Path],
) -> None:
    content = json.loads(written["adam"].read_bytes())
    put(content, something)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(message)):
        read("adam", path)


WHOLE_FILES = [
    (b"", "it is empty"),
    (b"[" * 100_000, "it is nested too deeply"),
    (b"[" * 400 + b"]" * 400, "nested too deeply"),
    (b"\xff\xfe\xfa", "codec can't decode"),
    (b"[1, 2]", "it has no format"),
    (b'{"format": "chalkgrad.checkpoint/' + b"9" * 5000 + b'"}', "it has no format"),
    (b'{"format": 1', "line 1 column 13"),
]


@pytest.mark.parametrize(
    ("content", "message"), WHOLE_FILES, ids=[message for _, message in WHOLE_FILES]
)
def test_a_file_that_is_none_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read("adam", path)


def test_a_path_with_a_nul_is_an_error_that_names_it(tmp_path: Path) -> None:
    for name in ("a\0b", "\ud800"):
        path = tmp_path / name
        words = "cannot be"
        with pytest.raises(ValueError, match=words):
            save(network(), path)
        with pytest.raises(ValueError, match=words):
            load(network(), path)
        with pytest.raises(ValueError, match=f"fit: checkpoint names a file; .* {words}"):
            go_on("adam", path, 1)


def test_a_number_of_thousands_of_digits_is_refused_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    save(network(), path)
    content = json.loads(path.read_bytes())
    content["state"][BIAS] = math.pi
    path.write_text(json.dumps(content).replace(str(math.pi), LONG), encoding="utf-8")
    with pytest.raises(ValueError, match=f"model.json: {BIAS}: "):
        load(network(), path)
