"""Runs side by side on one training page, and the scenes that are made of them."""

from __future__ import annotations

import math
import re
from functools import cache
from random import Random
from typing import Any

import pytest
from marks import OVER, READ
from shown import until
from test_training_language import DRAWN, KEYS, rest
from trainings import SIZES, PageOf, choose, moment, settle, smallest_letters

import nn
from autograd.language.words import LANGUAGES
from nn import MLP, SGD
from nn.pages import scenes
from nn.pages.training import TrainingPage, training_page


class Scene:
    """A page that is opened as a run's is."""

    def __init__(self, page: TrainingPage) -> None:
        self.page = page


@cache
def scene(name: str) -> Scene:
    return Scene(getattr(scenes, name)())


def deep(**options: Any) -> Scene:
    """Two deep networks on a few points, some of which are held out."""
    X = [[x / 4, (x * x) % 3 - 1] for x in range(-6, 7)]  # noqa: N806
    y = [int(a * b > 0) for a, b in X]
    models = {name: MLP(2, [4, 4, 4, 1], name) for name in ("sigmoid", "relu")}
    options = {"title": "t", "epochs": 4} | options
    page = training_page(
        models,
        X[:9],
        y[:9],
        validation=(X[9:], y[9:]),
        loss=nn.binary_cross_entropy_with_logits,
        optimizer={name: SGD(each.parameters(), lr=0.5) for name, each in models.items()},
        **options,
    )
    return Scene(page)


def go(page: Any, epoch: int) -> None:
    page.evaluate("(epoch) => go(epoch)", epoch)
    settle(page)


def said(page: Any) -> str:
    return str(page.text_content("#card"))


# ---- one player for all -------------------------------------------------------------------------

EPOCHS = "runs.map(({ epoch, batch }) => [epoch, batch])"


def test_every_run_has_pythons_losses(training: PageOf) -> None:
    run = scene("valley")
    page = training(run, at="#epoch=100")
    settle(page)
    losses = page.evaluate("runs.map(({ losses }) => losses.slice(1))")
    for found, history in zip(losses, run.page.history.values(), strict=True):
        assert found == pytest.approx(history["loss"], abs=1e-9)
    assert page.text_content("#agrees").startswith(
        "The grey line is Python's run: these 300 losses"
    )
    assert "bad" not in (page.get_attribute("#agrees", "class") or "")


def test_they_step_play_and_go_back_together(training: PageOf) -> None:
    page = training(deep(batch_size=3))
    page.keyboard.press("ArrowRight")
    settle(page)
    assert page.evaluate(EPOCHS) == [[0, 1], [0, 1]]
    page.select_option("#speed", "Infinity")
    page.keyboard.press(" ")
    until(page, "runs[1].epoch === 4 && !playing")
    settle(page)
    assert page.evaluate(EPOCHS) == [[4, 0], [4, 0]]
    page.keyboard.press("ArrowLeft")
    settle(page)
    assert page.evaluate(EPOCHS) == [[3, 2], [3, 2]]


def test_one_is_seen_in_full_and_all_again(training: PageOf) -> None:
    page = training(deep(), at="#epoch=2")
    settle(page)
    assert [page.locator(part).is_visible() for part in ("#beside", "#plane")] == [True, False]
    page.get_by_role("button", name="relu").press("Enter")
    assert [page.locator(part).is_visible() for part in ("#beside", "#plane")] == [False, True]
    assert page.evaluate("[run.name, run.epoch, document.activeElement.dataset.turn]") == [
        "relu",
        2,
        "1",
    ]
    page.get_by_role("button", name="neuron 2 of layer 1", exact=True).hover()
    assert page.text_content("#where") == "Neuron 2 of layer 1"
    page.locator("body").press("Shift+ArrowRight")
    settle(page)
    page.get_by_role("button", name="side by side").click()
    assert page.locator("#beside").is_visible()
    assert page.evaluate(EPOCHS) == [[3, 0], [3, 0]]


def test_a_setting_is_for_all_side_by_side_and_for_one_in_full(training: PageOf) -> None:
    page = training(deep(), at="#epoch=2")
    settle(page)
    rates = "runs.map(({ settings }) => settings.rate)"
    choose(page, "rate", "0.1")
    assert page.evaluate(rates) == [0.1, 0.1]
    assert moment(page) == (2, 0)
    page.get_by_role("button", name="relu").click()
    choose(page, "rate", "3")
    assert page.evaluate(rates) == [0.1, 3]
    choose(page, "hidden layers", "1")
    assert page.evaluate(EPOCHS) == [[0, 0], [0, 0]]
    assert page.evaluate("runs.map(({ network }) => network.layers.length)") == [4, 2]
    choose(page, "data", "circles")  # which is for all, or they could not be compared
    assert page.evaluate("runs.map(({ settings }) => settings.data)") == ["circles", "circles"]
    page.get_by_role("button", name="as at first").click()
    assert page.evaluate(rates) == [0.5, 0.5]
    page.evaluate("addPoint([0.1, 0.2], false)")
    assert page.evaluate("runs.map(({ rows }) => rows)") == [10, 10]


def test_one_that_goes_astray_stops_and_the_others_go_on(training: PageOf) -> None:
    page = training(scene("descent"))
    page.evaluate("runs[0].parameters.fill(1e200)")
    page.keyboard.press("ArrowRight")
    assert moment(page) == (1, 0)
    page.keyboard.press("End")
    assert moment(page) == (20, 0)
    assert page.evaluate(EPOCHS)[0] == [0, 0]
    assert "gone astray" in page.locator("#beside section").first.text_content()
    assert "Choose a smaller learning rate" in said(page)
    page.get_by_role("button", name="too small").click()
    assert page.text_content("#where") == "Before the first step"
    assert page.locator("#step").is_disabled()
    page.locator("body").press("Home")  # where it has its own weights again
    settle(page)
    assert page.evaluate(EPOCHS) == [[0, 0]] * 4


# ---- what the scenes say ------------------------------------------------------------------------


def test_the_gradient_by_layer_is_that_of_each_run(training: PageOf) -> None:
    page = training(scene("vanishing"), at="#epoch=30")
    settle(page)
    bars = page.locator("#beside .inner").evaluate_all(
        "all => all.map((each) => each.getAttribute('aria-label'))"
    )
    sizes = page.evaluate("runs.map((run) => sizesOf(run).map((size) => numberText(size, 2)))")
    assert bars == [
        f"{name}: the gradient of each layer, {', '.join(own)}"
        for name, own in zip(("sigmoid", "tanh", "relu"), sizes, strict=True)
    ]
    shares = [float(own[0]) / float(own[-1]) for own in sizes]
    assert shares[0] < 1e-4 < 1e-2 < min(shares[1:])  # it vanishes in sigmoids alone
    times = re.search(r"sigmoidgradient of layer 1: ([\d,]+) times smaller", said(page))
    assert times
    assert float(times[1].replace(",", "")) == pytest.approx(1 / shares[0], rel=0.1)
    dead = page.evaluate("relusOf(runs[2]).dead")
    assert f"{dead} of 54 relus dead" in page.locator("#beside section").nth(2).text_content()
    assert f"{dead} of 54 relus give 0 at every point" in said(page)
    scales = page.evaluate("""() => {
      const seen = [];
      const { scale } = columns;
      columns.scale = () => seen[seen.push({ ...scale.call(columns) }) - 1];
      for (const run of runs) run.gradient.fill(0);
      columns.lay([...runs].reverse());
      columns.draw(palette, true);
      return seen;
    }""")
    assert scales[0] == scales[1] == scales[2]  # or bars could not be compared


def test_what_the_gradient_did_at_a_spike_is_told_in_numbers_of_the_run(training: PageOf) -> None:
    """The numbers are those of the same run in Python."""
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]  # noqa: N806
    model = MLP(2, [3, 1], "tanh", rng=Random(3))
    losses, sizes = [], []
    for _ in range(100):
        model.zero_grad()
        loss = nn.binary_cross_entropy_with_logits([model(x) for x in X], y)
        loss.backward()
        slopes = [p.grad for p in model.parameters()]
        losses.append(loss.data)
        sizes.append(math.hypot(*slopes))
        for p in model.parameters():
            p.data -= 4 * p.grad
    top = losses.index(max(losses))
    step = max(range(top), key=lambda k: losses[k + 1] - losses[k])
    fall = 4 * sizes[step] ** 2  # what a step against the gradient should bring, if nothing bent
    page = training(scene("xor"), at="#epoch=100")
    settle(page)
    numbers = [losses[top], min(losses[:top])], [fall, losses[step + 1] - losses[step]]
    card = said(page)
    told = re.search(
        r"After epoch (\d+) the loss is ([\d.]+), though it had come down to ([\d.]+)\. The step "
        r"after epoch (\d+) went too far: .* a fall by ([\d.]+); .* the loss rose by ([\d.]+)\. "
        r"There it is steep: the gradient is ([\d.]+), ([\d.]+) times its median",
        card,
    )
    assert told
    assert (int(told[1]), int(told[4])) == (top, step)
    found = [float(told[k]) for k in (2, 3, 5, 6, 7, 8)]
    steep = [sizes[top], sizes[top] / sorted(sizes)[50]]
    assert found == pytest.approx([*numbers[0], *numbers[1], *steep], rel=0.06)
    drawn = page.evaluate("runs[2].steepness.slice(1)")
    assert drawn == pytest.approx(sizes, rel=1e-9)
    assert page.get_by_role("img", name="The size of the gradient in every epoch").is_visible()
    page.evaluate("(byId('side').classList.remove('spikes'), draw())")  # as when it first appears
    drawn = "[...byId('losses').querySelectorAll('path')].map((each) => each.getBBox().height)"
    assert max(page.evaluate(drawn)) < page.locator("#losses").bounding_box()["height"]
    page.get_by_role("button", name=f"go to epoch {top}").press("Enter")
    assert moment(page) == (top, 0)
    assert page.evaluate("document.activeElement.dataset.go") == str(top)
    assert page.evaluate("runs[2].lossOf(run.data.x, run.data.y)") == pytest.approx(losses[top])
    page.get_by_role("button", name="a line").click()
    assert page.locator("#card [data-go]").count() == 0
    page.get_by_role("button", name="steps too long").click()
    go(page, 30)
    assert page.locator("#card dt", has_text="spike").count() == 1


SPIKES: list[tuple[list[float], int | None]] = [
    ([1, 0.5, 0.1, 2, 0.1], 3),
    ([1, 0.5, 0.1, 0.3, 0.1], None),  # too low
    ([1, 0.5, 0.1, 2, 4, 8], None),  # it goes astray
    ([1, 0.5, 0.1, 2, 1.9, 1.8], None),  # it stays there
    ([1, 0.9, 0.8], None),
    ([1], None),
]


def test_a_spike_is_one_that_comes_down_again(training: PageOf) -> None:
    script = """(all) => all.map((losses) =>
      spikeOf({ losses: [null, ...losses], batches: 1, network: run.network })?.moment ?? null)"""
    found = training(deep()).evaluate(script, [losses for losses, _ in SPIKES])
    assert found == [moment for _, moment in SPIKES]


def test_a_slope_says_which_rates_are_too_large(training: PageOf) -> None:
    """The mean of x² is 5/3, so the loss bends by 10/3, and the limit is 0.6."""
    page = training(scene("descent"), at="#epoch=6")
    settle(page)
    card = said(page)
    assert "too largeThe learning rate is above half the limit" in card
    assert "far too largeThe learning rate is above the limit: each step is longer" in card
    assert "Above a learning rate of 0.6 each step leads further astray" in card
    curve = page.evaluate("columns.columns[1].descent.curve")
    for w, loss in curve[::20]:
        assert loss == pytest.approx((w - 0.8) ** 2 * 5 / 3)
    weights = page.evaluate("runs.map(({ parameters }) => [...parameters])")
    reaches = page.evaluate("columns.columns.map(({ descent }) => descent.reach)")
    assert all(abs(w) < reach for (w, _), reach in zip(weights, reaches, strict=True))
    for rate, (w, bias) in zip((0.005, 0.15, 0.55, 0.65), weights, strict=True):
        assert w == pytest.approx(0.8 - 1.4 * (1 - rate * 10 / 3) ** 6)
        assert abs(bias) < 1e-12


def test_the_page_says_when_to_stop(training: PageOf) -> None:
    page = training(deep(), at="#epoch=4")
    settle(page)
    page.evaluate("(runs[1].validation = [1, 0.5, 0.7, 0.6, 0.61], draw())")
    assert "best after epoch 1: loss 0.5. Since then" in said(page)
    page.evaluate("(runs[1].validation = [1, 0.5, 0.6, 0.55, 0.59], draw())")
    assert "best after" not in said(page)  # it has risen by less than a fifth
    page.evaluate("(runs[0].validation = [1, 2, 3, 4, 5], draw())")
    page.get_by_role("button", name="go to epoch 0").click()
    assert moment(page) == (0, 0)


# ---- for everyone -------------------------------------------------------------------------------

ROOM = """() => {
  const wrong = [];
  const main = document.querySelector("main").getBoundingClientRect();
  const inside = "#beside :is(h2, .plane, .inner, .state), #beside-key, #side";
  const parts = [...document.querySelectorAll(inside)];
  const boxes = parts.map((part) => part.getBoundingClientRect());
  for (const [k, { left, right, top, bottom, width, height }] of boxes.entries()) {
    const name = `${parts[k].className || parts[k].id} ${parts[k].textContent.slice(0, 20)}`;
    const out = left < main.left - 1 || right > main.right + 1 || bottom > main.bottom + 1;
    if (out) wrong.push(`${name} is outside`);
    const isPicture = /plane|inner/.test(parts[k].className);
    if (isPicture && (width < 120 || height < 90)) wrong.push(`${name}: ${width} by ${height}`);
    for (const other of boxes.slice(k + 1)) {
      const beside = right <= other.left + 1 || other.right <= left + 1;
      const apart = beside || bottom <= other.top + 1 || other.bottom <= top + 1;
      if (!apart) wrong.push(`${name} is covered`);
    }
  }
  return wrong;
}"""


@pytest.mark.parametrize("name", ["descent", "vanishing"])
def test_nothing_is_cut_off_or_covered(training: PageOf, name: str) -> None:
    page = training(scene(name), at="#epoch=20")
    for act in ("draw()", "byId('projector').click()"):
        page.evaluate(act)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            settle(page)
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width, (act, size)
            if size != "phone":
                assert page.evaluate("document.scrollingElement.scrollHeight") <= height, (
                    act,
                    size,
                )
            for fault in (ROOM, KEYS, OVER):
                assert page.evaluate(fault) == [], (act, size)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(training: PageOf, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    options = {"color_scheme": scheme, "bypass_csp": True}
    page = training(scene("xor"), browser=options, at="#epoch=40")
    settle(page)
    for act in ("draw()", "choose(2)", "byId('projector').click()"):
        page.evaluate(act)
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_no_word_is_left_out(training: PageOf, marked: str) -> None:
    page = training(deep(lang=marked, names=("p", "q")))
    acts = ["draw()", "go(2)", "choose(1)", "choose(null)"]
    acts += ["runs[1].parameters.fill(-1), draw()", "runs[0].parameters.fill(0), draw()"]
    acts += ["runs[0].parameters.fill(1e300), runs[0].step(), draw()"]
    for act in acts:
        page.evaluate(act)
        settle(page)
        assert rest([*page.evaluate(READ), *page.evaluate(DRAWN)]) - {"sigmoid", "relu"} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_fit(training: PageOf, lang: str) -> None:
    page = training(deep(lang=lang), at="#epoch=2")
    settle(page)
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for fault in (ROOM, KEYS, OVER):
            assert page.evaluate(fault) == [], (width, fault)


def test_letters_are_read_from_the_last_row(training: PageOf) -> None:
    page = training(
        scene("xor"), browser={"viewport": {"width": 1920, "height": 1080}}, at="#epoch=40"
    )
    page.keyboard.press("p")
    settle(page)
    assert smallest_letters(page) >= 22
    assert page.evaluate("columns.columns[0].plane.letters") >= 22
