"""A training page computes what Python computes: random numbers, data, every step of a run."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from trainings import PageOf, run_of

import nn
from autograd import Value
from nn import MLP, SGD, Adam
from nn.init import INITIALISERS
from nn.layers.activations import ACTIVATIONS
from nn.pages.datasets import MAKERS, data_set
from nn.pages.described import RULES

SEEDS = [0, 1, 12, 2**32 - 1, 2**32, 987_654_321_987_654_321]


# ---- Python's random numbers --------------------------------------------------------------------

DRAWS = """([seed, text]) => {
  const rng = new Random(text === null ? seed : { text });
  const order = Array.from({ length: 50 }, (_, k) => k);
  rng.shuffle(order);
  const below = Array.from({ length: 700 }, (_, k) => rng.below(k + 1));
  const [even, normal] = [[rng.random(), rng.uniform(-2, 3)], [[1, 2], [0, 1], [0, 1]]];
  return [order, below, ...even, ...normal.map(([mean, spread]) => rng.gauss(mean, spread))];
}"""


def drawn(rng: random.Random) -> list[Any]:
    order = list(range(50))
    rng.shuffle(order)
    below = [rng.randrange(k + 1) for k in range(700)]
    numbers = [rng.random(), rng.uniform(-2, 3), rng.gauss(1, 2), rng.gauss(0, 1), rng.gauss(0, 1)]
    return [order, below, *numbers]


def same(found: list[Any], expected: list[Any]) -> bool:
    """To the bit, but for normal numbers, whose logarithm and cosine are the system's."""
    return found[:4] == expected[:4] and found[4:] == pytest.approx(expected[4:], rel=1e-13)


@pytest.fixture
def page(training: PageOf) -> Any:
    return training(run_of(epochs=1))


def test_random_numbers_are_pythons(page: Any) -> None:
    for seed in SEEDS:
        found = page.evaluate(DRAWS, [str(seed), None])
        assert same(found, drawn(random.Random(seed))), seed
    for text in ("0, epoch 1", "", "x" * 200, "é∂\n", f"{2**70}, epoch 12345"):
        assert same(page.evaluate(DRAWS, ["0", text]), drawn(random.Random(text))), text


# ---- data and first weights ---------------------------------------------------------------------


def test_data_sets_are_the_same_points(page: Any) -> None:
    script = """([name, seed]) => MAKERS[name](101, 0.2, new Random(seed))"""
    for name, seed in product(MAKERS, (0, 7)):
        found, points = page.evaluate(script, [name, seed]), data_set(name, 101, 0.2, seed)
        assert found["x"] == pytest.approx([x for row in points.X for x in row], abs=1e-12)
        assert found["y"] == pytest.approx(points.y, abs=1e-12)
        assert found["inputs"] == len(points.X[0])


def test_first_weights_are_those_of_an_mlp(page: Any) -> None:
    script = """([activation, init, seed]) =>
      [...initialised(new Network([2, 5, 3, 1], activation, ""), init, seed)]"""
    for activation, init in product([*ACTIVATIONS, None], [None, *INITIALISERS]):
        model = MLP(2, [5, 3, 1], activation, init=init, rng=random.Random(11))
        found = page.evaluate(script, [activation or "", init or "suited", "11"])
        assert found == pytest.approx([p.data for p in model.parameters()], rel=1e-13)


# ---- every rule of the table --------------------------------------------------------------------

PLACES = [-30.0, -2.0, -1.0, -0.3, 0.0, 1e-9, 0.5, 1.0, 1.5, 3.0, 40.0]


def test_rules_and_slopes_are_the_tables(page: Any) -> None:
    for name in RULES:
        check_rule(page, name)


def check_rule(page: Any, name: str) -> None:
    script = """([name, given]) => given.map((operands) => {
      const out = RULES[name].value(...operands);
      return [out, RULES[name].slope(out, ...operands)];
    })"""
    of_two = name not in ACTIVATIONS
    targets = {"hinge_loss": [-1.0, 1.0], "binary_cross_entropy_with_logits": [0.0, 1.0]}
    given = [[x, t] for x in PLACES for t in targets.get(name, [-1.5, 0.5])]
    for operands, found in zip(
        given if of_two else [[x] for x in PLACES],
        page.evaluate(script, [name, given if of_two else [[x] for x in PLACES]]),
        strict=True,
    ):
        x = Value(operands[0])
        out = RULES[name](x, *operands[1:])
        out.backward()
        assert found == pytest.approx([out.data, x.grad], rel=1e-12, abs=1e-15), (name, operands)


# ---- whole runs ---------------------------------------------------------------------------------

GO = """(epochs) => {
  const run = new Run(LESSON.runs[0].settings);
  const first = [...run.parameters];
  run.goTo(epochs);
  const { losses, validation: held } = run;
  return { first, parameters: [...run.parameters], losses: losses.slice(1), held };
}"""

RUNS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "all rows at once": {"batch_size": None},
    "momentum": {"optimizer": lambda ps: SGD(ps, lr=0.05, momentum=0.9)},
    "nesterov": {"optimizer": lambda ps: SGD(ps, lr=0.05, momentum=0.9, nesterov=True)},
    "decay": {"optimizer": lambda ps: SGD(ps, lr=0.1, weight_decay=0.01)},
    "Adam": {"optimizer": lambda ps: Adam(ps, lr=0.01)},
    "Adam, other settings": {
        "optimizer": lambda ps: Adam(ps, lr=0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.01)
    },
    "penalties": {"l1": 1e-3, "l2": 1e-3},
    "no shuffling": {"shuffle": False},
    "another seed": {"seed": 12345},
    "a seed that is no float": {"seed": 2**60 + 1},
    "relu and hinge": {"activation": "relu", "loss": nn.hinge_loss, "data": "circles"},
    "three classes": {
        "data": "iris",
        "widths": [2, 8, 3],
        "loss": nn.cross_entropy,
        "activation": "elu",
    },
    "a curve": {"data": "wave", "widths": [1, 8, 8, 1], "loss": nn.mse_loss, "activation": "gelu"},
    "a curve, robustly": {"data": "line", "widths": [1, 4, 1], "loss": nn.huber_loss},
    "absolutely": {"data": "wave", "widths": [1, 6, 1], "loss": nn.l1_loss, "activation": "silu"},
    "no hidden layer": {"widths": [2, 1], "data": "xor"},
    "an output that is bent": {"loss": nn.mse_loss, "output": "sigmoid", "activation": "softplus"},
    "weights of my own": {"own": True, "activation": "leaky_relu"},
}


@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS)
def test_a_run_ends_with_pythons_weights(training: PageOf, options: dict[str, Any]) -> None:
    run = run_of(**{"epochs": 25, **options})  # of 4 batches: 100 steps
    found = training(run).evaluate(GO, 25)
    assert found["first"] == run.first
    assert found["parameters"] == pytest.approx(run.last, abs=1e-9)
    assert found["losses"] == pytest.approx(run.page.history["loss"], abs=1e-9)
    assert found["held"] == [None] * 26


def test_the_weights_of_a_seed_are_recognised() -> None:
    for init in (None, "xavier_normal", "kaiming_normal", "zeros"):
        run = run_of(epochs=1, init=init, seed=5)
        assert run.settings["init"] == (init or "suited")
    assert run_of(epochs=1, own=True).settings["init"] == "given"


def test_held_out_rows_have_pythons_losses(training: PageOf) -> None:
    run = run_of(epochs=10, held_out=20)
    found = training(run).evaluate(GO, 10)
    assert found["losses"] == pytest.approx(run.page.history["loss"], abs=1e-9)
    assert found["held"][1:] == pytest.approx(run.page.history["val_loss"], abs=1e-9)


def test_data_drawn_in_the_page_are_those_that_were_given(training: PageOf) -> None:
    made = {"data": "moons", "count": 100, "noise": 0.1, "dataSeed": 0, "heldOut": 0.2}
    run = run_of(epochs=10, held_out=20, made=made)
    found = training(run).evaluate(GO, 10)
    assert found["losses"] == pytest.approx(run.page.history["loss"], abs=1e-9)
    assert found["held"][1:] == pytest.approx(run.page.history["val_loss"], abs=1e-9)


def test_a_seed_changed_in_the_page_gives_what_python_gives_with_it(training: PageOf) -> None:
    page, other = training(run_of(epochs=1)), run_of(epochs=5, seed=77)
    script = """() => {
      const run = new Run({ ...LESSON.runs[0].settings, seed: "77" });
      run.goTo(5);
      return [...run.parameters];
    }"""
    assert page.evaluate(script) == pytest.approx(other.last, abs=1e-9)


# ---- going back and going on --------------------------------------------------------------------


def test_a_moment_is_the_same_however_it_is_reached(training: PageOf) -> None:
    script = """() => {
      const straight = new Run(LESSON.runs[0].settings);
      const seen = [];
      for (let k = 0; k < 48; k++) {
        seen.push([straight.epoch, straight.batch, [...straight.parameters]]);
        straight.step();
      }
      const wrong = [];
      for (const [epoch, batch, parameters] of [...seen].reverse().concat(seen)) {
        straight.goTo(epoch, batch);
        if (String([...straight.parameters]) !== String(parameters)) wrong.push([epoch, batch]);
      }
      return wrong;
    }"""
    page = training(run_of(epochs=2, optimizer=lambda ps: Adam(ps, lr=0.05)))
    assert page.evaluate(script) == []


def test_a_long_run_keeps_a_part_and_still_goes_back_to_every_epoch(training: PageOf) -> None:
    script = """() => {
      const run = new Run({ ...LESSON.runs[0].settings, hidden: [40, 40], batch: 0 });
      const seen = new Map();
      for (let epoch = 0; epoch < 700; epoch++) {
        run.goTo(epoch);
        seen.set(epoch, run.parameters[7]);
      }
      const wrong = [...seen.keys()].filter((k) => k % 97 === 3).filter((epoch) => {
        run.goTo(epoch);
        return run.parameters[7] !== seen.get(epoch);
      });
      return [wrong, run.stride > 1, run.kept.size < 700];
    }"""
    assert training(run_of(epochs=1)).evaluate(script) == [[], True, True]


def test_settings_changed_on_the_way_hold_from_there(training: PageOf) -> None:
    """As two runs of fit in Python, the second with a new optimizer."""
    run = run_of(epochs=1, shuffle=False)
    model, (X, y) = run.fresh(), run.rows  # noqa: N806
    common: dict[str, Any] = {"batch_size": 32, "shuffle": False, "progress": False}
    loss = nn.binary_cross_entropy_with_logits
    nn.fit(model, X, y, loss=loss, optimizer=SGD(model.parameters(), lr=0.1), epochs=3, **common)
    nn.fit(
        model,
        X,
        y,
        loss=loss,
        optimizer=Adam(model.parameters(), lr=0.02),
        epochs=4,
        l2=1e-3,
        **common,
    )
    script = """() => {
      const run = new Run(LESSON.runs[0].settings);
      run.goTo(3);
      run.change({ ...run.settings, optimizer: "adam", rate: 0.02, l2: 1e-3 });
      run.goTo(7);
      const there = [...run.parameters];
      run.goTo(1);
      run.goTo(7);
      return [there, String(there) === String([...run.parameters])];
    }"""
    found, again = training(run).evaluate(script)
    assert found == pytest.approx([p.data for p in model.parameters()], abs=1e-9)
    assert again


def test_a_run_that_diverges_stops_and_says_why(training: PageOf) -> None:
    run = run_of(epochs=1, data="wave", widths=[1, 8, 1], loss=nn.mse_loss, activation="relu")
    script = """() => {
      const run = new Run({ ...LESSON.runs[0].settings, rate: 1000 });
      run.goTo(200);
      return [run.wrong, [...run.parameters].every(Number.isFinite)];
    }"""
    why, finite = training(run).evaluate(script)
    assert "smaller learning rate" in why
    assert finite


def test_what_is_foreseen_of_a_weight_is_what_happens(training: PageOf) -> None:
    for optimizer in (SGD, lambda ps: SGD(ps, lr=0.1, momentum=0.9), Adam):
        make: Callable[..., Any] = optimizer
        page = training(run_of(epochs=1, optimizer=lambda ps, make=make: make(ps)))
        script = """() => {
          const run = new Run(LESSON.runs[0].settings);
          run.goTo(1, 2);
          run.lossAndGradient(run.places());
          const { settings, gradient, memory } = run;
          const next = [...run.parameters].map(
            (w, k) => foreseen(settings, w, gradient[k], memory, k));
          run.step();
          return String(next) === String([...run.parameters]);
        }"""
        assert page.evaluate(script)
