"""A training page in the hands of its readers: playing, pointing, changing, by mouse and keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from shown import until
from trainings import PageOf, Trained, choose, heading, moment, run_of, settle

import nn
from autograd import Value
from nn import SGD, Adam

# ---- the player ---------------------------------------------------------------------------------


def test_a_step_is_a_batch_and_an_epoch_all_of_them(training: PageOf) -> None:
    page = training(run_of(epochs=5))
    assert heading(page) == "Before the first step"
    assert page.locator("#back").is_disabled()
    page.click("#step")
    assert heading(page) == "Epoch 1, after step 1 of 4"
    page.keyboard.press("ArrowRight")
    assert moment(page) == (0, 2)
    page.keyboard.press("Shift+ArrowRight")
    assert moment(page) == (1, 0)
    assert heading(page) == "After epoch 1"
    page.keyboard.press("ArrowLeft")
    assert moment(page) == (0, 3)
    page.keyboard.press("End")
    assert moment(page) == (5, 0)
    page.keyboard.press("Shift+ArrowLeft")
    assert moment(page) == (4, 0)
    page.locator("#slider").fill("2")
    assert moment(page) == (2, 0)
    page.keyboard.press("Escape")
    page.locator("body").press("Home")
    assert moment(page) == (0, 0)


def test_no_press_is_lost_between_two_frames_but_a_key_held_down_waits(training: PageOf) -> None:
    page = training(run_of(epochs=5))
    press = """(repeat) => {
      const [to, from] = ["ArrowRight", "ArrowLeft"];
      const keys = [[to, true], [to, true], [to, false], [from, false], [from, false]];
      for (const [key, shiftKey] of keys)
        document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, repeat }));
    }"""
    page.evaluate(press, False)
    assert moment(page) == (1, 3)
    page.evaluate(press, True)
    assert moment(page) == (2, 0)


def test_it_plays_to_the_end_of_the_run_stops_and_goes_on(training: PageOf) -> None:
    page = training(run_of(epochs=6))
    page.select_option("#speed", "Infinity")
    page.keyboard.press(" ")
    until(page, "run.epoch === 6 && !playing")
    assert moment(page) == (6, 0)
    assert re.search("differ from it by|exactly the same", page.text_content("#agrees"))
    assert "bad" not in (page.get_attribute("#agrees", "class") or "")
    page.click("#play")
    until(page, "run.epoch > 30")
    page.click("#play")
    assert moment(page)[0] > 30
    assert int(page.get_attribute("#slider", "max")) > 30


def test_slow_is_slow_enough_to_follow(training: PageOf) -> None:
    page = training(run_of(epochs=6))
    page.select_option("#speed", "0.1")
    page.click("#play")
    page.wait_for_timeout(600)
    page.click("#play")
    assert moment(page) <= (0, 1)


def test_the_address_leads_to_an_epoch(training: PageOf) -> None:
    page = training(run_of(epochs=6), at="#epoch=4")
    assert moment(page) == (4, 0)
    page.keyboard.press("Shift+ArrowRight")
    assert moment(page) == (5, 0)
    assert page.url.endswith("#epoch=5")


def test_the_loss_on_the_page_is_pythons(training: PageOf) -> None:
    run = run_of(epochs=8, held_out=20)
    page = training(run)
    page.keyboard.press("End")
    settle(page)
    model, (X, y) = run.fresh(), run.rows  # noqa: N806
    for parameter, number in zip(
        model.parameters(), page.evaluate("[...run.parameters]"), strict=True
    ):
        parameter.data = number
    loss = nn.binary_cross_entropy_with_logits([model(x) for x in X], y).data
    right = sum((model(x).data > 0) == bool(t) for x, t in zip(X, y, strict=True))
    assert page.locator("#card dd").first.text_content() == f"{loss:.4g}, {right} of 80 right"


def test_the_keys_scroll_a_card_that_has_more_below(training: PageOf) -> None:
    page = training(run_of(epochs=3), browser={"viewport": {"width": 1280, "height": 520}})
    page.locator("#reading").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(100)
    assert moment(page) == (0, 0)
    assert page.evaluate("byId('reading').scrollTop") > 0
    page.locator("#play").focus()
    page.keyboard.press("End")
    assert moment(page) == (3, 0)


@pytest.mark.parametrize("page_of", ["training", "lesson"])
def test_the_keys_of_every_player_are_the_same(
    page_of: str, training: PageOf, lesson_page: PageOf
) -> None:
    page = training(run_of(epochs=1)) if page_of == "training" else lesson_page(Value(2.0) * 3.0)
    page.evaluate("""() => {
      window.asked = [];
      document.documentElement.requestFullscreen = () => Promise.resolve(asked.push("full screen"));
    }""")
    page.keyboard.press("f")
    page.keyboard.press("Control+p")  # which is the browser's
    assert page.evaluate("[asked, document.documentElement.className]") == [["full screen"], "runs"]
    page.keyboard.press("p")
    assert page.evaluate("document.documentElement.className") == "runs projector"
    assert page.get_attribute("#projector", "aria-pressed") == "true"
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()


# ---- pointing -----------------------------------------------------------------------------------


def test_a_neuron_shows_what_it_gives_over_the_points(training: PageOf) -> None:
    page = training(run_of(epochs=3), at="#epoch=2")
    settle(page)
    picture = "() => plane.canvas.toDataURL()"
    before = page.evaluate(picture)
    page.get_by_role("button", name="neuron 3 of layer 1", exact=True).hover()
    assert heading(page) == "Neuron 3 of layer 1"
    assert page.text_content("#seen-title") == "What this neuron gives"
    weights = page.evaluate("[...run.parameters].slice(6, 9).map(number)")
    computes = page.locator("#card dd").first.text_content()
    assert [w for w in weights if w.replace("−", "") not in computes] == []
    assert page.evaluate(picture) != before
    page.mouse.move(5, 5)
    assert page.text_content("#seen-title") == "What the network says"
    assert page.evaluate(picture) == before


def test_a_weight_says_its_value_its_gradient_and_where_it_goes(training: PageOf) -> None:
    page = training(run_of(epochs=3), at="#epoch=2")
    settle(page)
    page.get_by_role("button", name="neuron 2 of layer 1", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert heading(page) == "Weight from x₁ to neuron 2 of layer 1"
    value, slope, after = page.evaluate("""() => {
      const [w, slope] = [run.parameters[4], run.gradient[4]];
      return [w, slope, w - 0.1 * slope].map(number);
    }""")
    said = page.locator("#card dd").all_text_contents()
    assert said[0] == value
    assert said[1].startswith(f"{slope}: a larger weight gives a")
    assert said[2].endswith(f"= {after}")
    assert value in page.text_content("#live")
    page.keyboard.press("Enter")  # to keep it in view
    page.locator("#play").focus()
    page.keyboard.press("ArrowRight")
    assert heading(page) == "Weight from x₁ to neuron 2 of layer 1"
    assert page.locator("#card dd").first.text_content() == after
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert heading(page) == "Epoch 3, after step 1 of 4"


def test_a_line_of_the_network_can_be_pointed_at_and_kept(training: PageOf) -> None:
    page = training(run_of(epochs=1, widths=[2, 3, 1]))
    x, y = page.evaluate("""() => {
      const box = diagram.canvas.getBoundingClientRect();
      const { x0, y0, x1, y1 } = diagram.lines[0];
      return [box.left + x0 + 0.3 * (x1 - x0), box.top + y0 + 0.3 * (y1 - y0)];
    }""")
    page.mouse.move(x, y)
    assert heading(page) == "Weight from x₀ to neuron 1 of layer 1"
    page.mouse.click(x, y)
    page.mouse.move(5, 5)
    assert heading(page) == "Weight from x₀ to neuron 1 of layer 1"
    page.mouse.click(x, y)
    page.mouse.move(5, 5)
    assert heading(page) == "Before the first step"


OPTIMIZERS = [
    lambda ps: SGD(ps, lr=0.1),
    lambda ps: SGD(ps, lr=0.1, momentum=0.9, weight_decay=0.01),
    lambda ps: SGD(ps, lr=0.1, momentum=0.5, nesterov=True),
    lambda ps: Adam(ps, lr=0.02),
]


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_why_a_weight_moves_is_what_the_engine_says(training: PageOf, make: Any) -> None:
    """The chain rule on one point, the mean over the batch, and the optimiser's step."""
    run = run_of(epochs=3, widths=[2, 3, 1], optimizer=make, l2=0.01)
    page = training(run, at="#epoch=2")
    for place in (1, 2, 9, 12):  # a weight and a bias, of each of the layers
        settle(page)
        page.evaluate("(place) => pinned({ weight: place })", place)
        check_why(page, run, place)
        page.evaluate("(place) => (pinned({ weight: place }), go(2))", place)


def check_why(page: Any, run: Trained, place: int) -> None:
    why, batch = page.evaluate("(place) => [reasonsFor(run, place), run.places()]", place)
    before = page.evaluate("[...run.parameters]")
    model, (X, y) = run.fresh(), run.rows  # noqa: N806
    for parameter, number in zip(model.parameters(), before, strict=True):
        parameter.data = number

    def gradient(points: list[int]) -> float:
        model.zero_grad()
        scores, targets = [model(X[k]) for k in points], [y[k] for k in points]
        loss = nn.binary_cross_entropy_with_logits(scores, targets)
        loss.backward()
        return float(model.parameters()[place].grad)

    assert why["said"] == pytest.approx(gradient([why["point"]]), rel=1e-9)
    assert why["said"] == pytest.approx(max((gradient([k]) for k in batch), key=abs), rel=1e-9)
    assert why["said"] == pytest.approx(why["back"] * why["slope"] * why["input"], rel=1e-9)
    assert why["mean"] == pytest.approx(gradient(batch), rel=1e-9)
    assert why["penalty"] == pytest.approx(2 * 0.01 * before[place])
    card = page.text_content("#card")
    shown = "[why.said, why.mean].map(number)"
    for number in page.evaluate(f"(why) => {shown}", why):
        assert number in card
    step = page.locator("#card dt", has_text=re.compile("^step$")).locator("+ dd").text_content()
    page.locator("body").press("ArrowRight")
    settle(page)
    assert step.endswith(f"= {page.evaluate('(place) => number(run.parameters[place])', place)}")


def test_numbers_of_a_step_of_adam_add_up(training: PageOf) -> None:
    page = training(run_of(epochs=2, optimizer=lambda ps: Adam(ps, lr=0.02)), at="#epoch=1")
    settle(page)
    page.evaluate("pinned({ weight: 4 })")
    step = page.locator("#card dt", has_text=re.compile("^step$")).locator("+ dd").text_content()
    sum_up = step.partition("; ")[2]
    found = re.findall(r"[-−]?\d[\d.]*(?:e[-−]\d+)?", sum_up.replace(" − ", " "))
    w, rate, mean, square, after = (float(x.replace("−", "-")) for x in found)
    assert w - rate * mean / square**0.5 == pytest.approx(after, rel=2e-3)


def test_a_valley_is_the_loss_for_every_weight_and_bias(training: PageOf) -> None:
    run = run_of(epochs=4, data="line", widths=[1, 1], loss=nn.mse_loss)
    page = training(run, at="#epoch=3")
    settle(page)
    before = page.evaluate("[...run.parameters]")
    reach, values, cells = page.evaluate(
        "[diagram.valley.reach, [...diagram.valley.values], CELLS]"
    )
    model, (X, y) = run.fresh(), run.rows  # noqa: N806
    for row, column in ((0, 0), (5, 40), (47, 13)):
        w, b = (((k + 0.5) / cells * 2 - 1) * reach for k in (column, cells - 1 - row))
        model.layers[0].neurons[0].w[0].data, model.layers[0].neurons[0].b.data = w, b
        loss = nn.mse_loss([model(x) for x in X], y).data
        assert values[row * cells + column] == pytest.approx(loss, rel=1e-5)
    page.locator("body").press("End")
    page.locator("body").press("Home")
    page.locator("body").press("Shift+ArrowRight")
    page.locator("body").press("Shift+ArrowRight")
    page.locator("body").press("Shift+ArrowRight")
    settle(page)
    assert page.evaluate("[...run.parameters]") == before  # drawing it moved nothing
    choose(page, "rate", "3")
    page.locator("body").press("End")
    settle(page)
    assert page.evaluate("diagram.valley.reach") > reach  # the way led out


# ---- changing -----------------------------------------------------------------------------------


SETTINGS = [
    ("rate", "0.3", False),
    ("batch", "8", False),
    ("optimizer", "adam", False),
    ("l2", "0.01", False),
    ("activation", "relu", True),
    ("init", "zeros", True),
    ("hidden layers", "3", True),
    ("neurons in each", "4", True),
    ("data", "circles", True),
    ("data", "wave", True),
]


def test_a_setting_holds_from_here_or_begins_the_run_anew(training: PageOf) -> None:
    page = training(run_of(epochs=5))
    for name, value, anew in SETTINGS:
        page.evaluate("go(3)")
        settle(page)
        choose(page, name, value)
        assert moment(page) == ((0, 0) if anew else (3, 0)), name
        assert page.text_content("#agrees") == "The grey line is the run as it was handed out."
        page.locator("body").press("End")
        assert moment(page) == (5, 0)
        page.get_by_role("button", name="as at first").click()
        assert moment(page) == (0, 0)
        page.locator("body").press("End")
        settle(page)
        assert re.search("differ from it by|exactly the same", page.text_content("#agrees")), name


def test_a_seed_is_typed_and_nonsense_is_not_taken(training: PageOf) -> None:
    page = training(run_of(epochs=1))
    page.evaluate("byId('settings').open = true")
    box = page.get_by_label("seed")
    box.fill("42")
    box.press("Enter")
    settle(page)
    other = run_of(epochs=1, seed=42)
    assert page.evaluate("[...run.parameters]") == pytest.approx(other.first, rel=1e-12)
    page.get_by_label("seed").fill("-x")
    page.get_by_label("seed").press("Tab")
    assert page.get_by_label("seed").input_value() == "42"


def test_a_click_adds_a_point_that_is_learned_from(training: PageOf) -> None:
    page = training(run_of(epochs=3), at="#epoch=2")
    settle(page)
    page.select_option("#adds", "1")
    box = page.locator("#plane canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    settle(page)
    assert page.evaluate("[run.rows, run.data.y.at(-1), run.data.x.length, run.epoch]") == [
        101,
        1,
        202,
        2,
    ]
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    page.click("#clear")
    assert page.evaluate("[run.rows, run.data.x.length]") == [2, 4]
    page.locator("body").press("Shift+ArrowRight")
    assert moment(page) == (3, 0)


def test_points_can_be_added_by_keys(training: PageOf) -> None:
    page = training(run_of(epochs=3))
    page.locator("#plane").focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "Enter", "Shift+Enter"):
        page.keyboard.press(key)
    settle(page)
    assert page.evaluate("[run.rows, run.data.y.slice(-2)]") == [102, [0, 1]]
    assert "102 in all" in page.text_content("#live")
    assert moment(page) == (0, 0)  # the arrows moved the cross, and not the run


def test_too_large_a_learning_rate_is_said_to_be_one(training: PageOf) -> None:
    page = training(
        run_of(epochs=50, data="wave", widths=[1, 8, 1], loss=nn.mse_loss, activation="relu")
    )
    choose(page, "rate", "10")
    page.locator("body").press("End")
    settle(page)
    assert "Choose a smaller learning rate" in page.text_content("#card")
    assert page.locator("#step").is_disabled()
    choose(page, "rate", "0.01")
    assert moment(page) == (0, 0)  # with weights so large there is no way on
    page.locator("body").press("End")
    assert moment(page) == (50, 0)


def test_sgd_is_one_of_the_optimisers(training: PageOf) -> None:
    page = training(run_of(epochs=2, optimizer=lambda ps: SGD(ps, lr=0.1, momentum=0.8)))
    choose(page, "optimizer", "sgd")
    assert page.evaluate("run.settings.momentum") == 0
    choose(page, "optimizer", "momentum")
    assert page.evaluate("run.settings.momentum") == 0.8
