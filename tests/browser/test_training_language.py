"""A training page in other languages: no word is left in English, and nothing is cut off."""

from __future__ import annotations

import re
from itertools import cycle
from typing import Any

import pytest
from marks import OVER, READ, unmarked
from shown import until
from trainings import SIZES, PageOf, run_of

import nn
from autograd.language.words import LANGUAGES
from nn import SGD, Adam

# What no language changes, and what a list of choices has of it.
NAMES = re.compile(
    "(SGD|Adam|leaky|elu|gelu|silu|relu|softplus|sigmoid|tanh|nan|inf|uniform|normal|zeros|xavier|kaiming|"
    "setosa|versicolor|virginica|given)+"
)
KINDS: dict[str, dict[str, Any]] = {
    "sides": {"held_out": 20, "made": {"data": "moons", "noise": 0.1, "heldOut": 0.2}},
    "given": {"own": True, "widths": [2, 3, 1], "l2": 0.01, "activation": "relu"},
    "curve": {"data": "wave", "widths": [1, 8, 1], "loss": nn.mse_loss, "held_out": 10},
    "classes": {"data": "iris", "widths": [2, 8, 3], "loss": nn.cross_entropy},
    "surface": {"widths": [2, 3, 1], "loss": nn.mse_loss, "shift": 0.25},
    "deep": {"widths": [2, 6, 6, 6, 6, 6, 1]},
    "valley": {"data": "line", "widths": [1, 1], "loss": nn.mse_loss, "batch_size": None},
}
OPTIMIZERS = {
    "sgd": lambda ps: SGD(ps, lr=0.1, weight_decay=0.01),
    "momentum": lambda ps: SGD(ps, lr=0.01, momentum=0.9),
    "adam": lambda ps: Adam(ps, lr=0.01),
}
# What is drawn on a canvas, and so stands nowhere else.
DRAWN = """() => {
  const found = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (words, ...where) {
    found.push(words);
    return fillText.call(this, words, ...where);
  };
  draw();
  CanvasRenderingContext2D.prototype.fillText = fillText;
  return [...found, ...[...document.querySelectorAll("svg text")].map((each) => each.textContent)];
}"""


def run(kind: str, lang: str, **options: Any) -> Any:
    shift = KINDS[kind].get("shift", 0.0)
    settings = {key: value for key, value in KINDS[kind].items() if key != "shift"}
    return run_of(epochs=3, names=("p", "q"), lang=lang, shift=shift, **(settings | options))


def rest(texts: list[str]) -> set[str]:
    return {word for word in unmarked(texts) if not NAMES.fullmatch(word)}


# Each kind with one optimiser, and one kind with all.
PAIRS = {*zip(KINDS, cycle(OPTIMIZERS), strict=False), *(("given", name) for name in OPTIMIZERS)}


@pytest.mark.parametrize(("kind", "optimizer"), sorted(PAIRS))
def test_no_word_of_a_page_is_left_out(
    training: PageOf, marked: str, kind: str, optimizer: str
) -> None:
    page = training(run(kind, marked, optimizer=OPTIMIZERS[optimizer], title="t"))

    def check(act: str) -> None:
        page.evaluate(act)
        until(page, "!goal && !playing && !busy")
        assert rest([*page.evaluate(READ), *page.evaluate(DRAWN)]) == set(), act

    check("draw()")
    for act in ("step", "next", "last"):
        check(f"ACTIONS.{act}()")
    weights = page.evaluate("[0, run.network.size - 1, run.network.placeOf(0, 0) + 1]")
    for what in [{"input": 0}, {"unit": 0}, *({"weight": place} for place in weights)]:
        check(f"pointAt({what}, true)")
        check(f"pinned({what})")
        check(f"pinned({what}), pointAt(null)")
    check("addPoint([0.1, 0.2], false)")
    check("plane.pressed(new KeyboardEvent('keydown', { key: 'ArrowUp' }))")
    check("run.parameters.fill(0), run.parameters.fill(-1, 0, 9), draw()")  # dead relus
    check("play(true), play(false)")
    check("run.parameters.fill(1e300), run.step(), draw()")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["sides", "valley", "classes", "deep"])
def test_words_fit(training: PageOf, kind: str, lang: str) -> None:
    page = training(run(kind, lang, title="t"), at="#epoch=2")
    assert page.evaluate("document.documentElement.lang") == lang
    for act in (
        "draw()",
        "pinned({ unit: 0 })",
        "pinned({ weight: 0 })",
        "byId('projector').click()",
    ):
        page.evaluate(act)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            until(page, "!goal && !playing && !busy")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (act, size)
            for fault in (OVER, KEYS, HEADS):
                assert page.evaluate(fault) == [], (act, size)


# The words below the pictures, of which something is to be scrolled to.
KEYS = """() => [...document.querySelectorAll(".key")]
  .filter((each) => each.scrollHeight > each.clientHeight + 2)
  .map((each) => each.textContent)"""

# The names of layers that stand in each other.
HEADS = """() => diagram.heads.filter((head) => head.textContent).filter((head, k, all) => {
  const next = all[k + 1];
  return next && head.getBoundingClientRect().right > next.getBoundingClientRect().left + 1;
}).map((head) => head.textContent)"""
