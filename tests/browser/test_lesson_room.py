"""A lesson can be read from the back row: nothing cut off or covered, nothing jumps, letters large.

What is measured at every step of every lesson, at three sizes of window, light and dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from shown import SMALL, Open, network, until

from autograd import Value, parse
from nn import MLP, Neuron, cross_entropy, mse_loss

SIZES = {"phone": (360, 740), "laptop": (1280, 800), "hall": (1920, 1080)}
LEAST = {"phone": 14, "laptop": 16, "hall": 22}  # pixels, of letters in the box at work


def product() -> Value:
    return parse("f = a*b", a=-2, b=3)


def branch() -> Value:
    return parse("f = a*b + maximum(a, b)", a=2, b=-1)


def sigmoid() -> Value:
    return parse("f = 1/(1 + exp(-(w0*x0 + w1*x1 + w2)))", w0=2, x0=-1, w1=-3, x1=-2, w2=-3)


def neuron() -> Value:
    neuron = Neuron(2, activation="tanh", rng=Random(6))
    return neuron([Value(1.0, label="x0"), Value(-0.5, label="x1")])


def softmax() -> Value:
    logits = [Value(x, label=f"z{k}") for k, x in enumerate([1.0, 2.0, 0.5])]
    return cross_entropy([logits], [1])


def two_layers() -> Value:
    mlp = MLP(2, [3, 1], activation="tanh", rng=Random(1))
    return mse_loss([mlp([0.5, -1.0])], [1.0])


def three_layers() -> Value:
    mlp = MLP(3, [4, 4, 1], rng=Random(2))
    return mse_loss([mlp([0.5, -1.0, 2.0])], [1.0])


def fork() -> Value:
    return parse("d = a*b; e = a + b; f = d*e", a=-2, b=3)


LESSONS = [product, fork, branch, sigmoid, neuron, network, softmax, two_layers, three_layers]

MEASURE = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")


NETWORKS = [network, two_layers, three_layers]
OPENED = [(make, "&open=all") for make in NETWORKS]
STATES = [*((make, "") for make in LESSONS), *OPENED]
MOST = (three_layers, "&open=all")  # which has most steps to be looked at


def in_sizes(make: Callable[[], Value], opened: str, sizes: Iterable[str]) -> Iterator[Any]:
    """A state in these sizes, the largest one but in the smallest window only before a release."""
    for size in sizes:
        often = (make, opened) != MOST or size == "phone"
        yield pytest.param(make, opened, size, marks=() if often else pytest.mark.release)


@pytest.mark.parametrize(
    ("make", "opened", "size"), [case for state in STATES for case in in_sizes(*state, SIZES)]
)
def test_nothing_is_cut_off_or_covered_and_nothing_jumps(
    lesson_page: Open, make: Callable[[], Value], opened: str, size: str
) -> None:
    width, height = SIZES[size]
    view = {"width": width, "height": height}
    page = lesson_page(make(), at=f"#step=0{opened}", browser={"viewport": view})
    page.wait_for_timeout(100)
    assert page.evaluate(MEASURE, LEAST[size]) == []


@pytest.mark.parametrize(
    ("make", "opened", "size"),
    [
        case
        for state in [(fork, ""), (neuron, ""), *((make, "") for make in NETWORKS), *OPENED]
        for case in in_sizes(*state, ["hall"])
    ],
)
def test_a_projector_shows_large_letters(
    lesson_page: Open, make: Callable[[], Value], opened: str, size: str
) -> None:
    width, height = SIZES[size]
    view = {"viewport": {"width": width, "height": height}}
    page = lesson_page(make(), at=f"#step=0{opened}", browser=view)
    page.keyboard.press("p")
    page.wait_for_timeout(100)
    wrong = page.evaluate(MEASURE, 28)
    assert [each for each in wrong if "player" not in each] == []
    smallest = """Math.min(...[...document.querySelectorAll("#card dd, #card dt, #where")].map(
        (each) => parseFloat(getComputedStyle(each).fontSize)))"""
    assert page.evaluate(smallest) >= 28 * 0.89
    wide = "document.getElementById('picture').offsetWidth / innerWidth"
    assert page.evaluate(wide) > 0.95


# ---- the view -----------------------------------------------------------------------------------

SCALE = "picture.view.scale"


def test_keys_and_wheel_zoom_and_0_shows_the_whole(lesson_page: Open) -> None:
    page = lesson_page(network())
    whole = page.evaluate(SCALE)
    assert page.locator("#map.away").count() == 1
    page.keyboard.press("+")
    assert page.evaluate(SCALE) == pytest.approx(1.25 * whole)
    assert page.locator("#map.away").count() == 0
    page.keyboard.press("-")
    assert page.evaluate(SCALE) == pytest.approx(whole)
    page.locator("#picture").hover()
    page.mouse.wheel(0, -400)
    until(page, f"{SCALE} > {2 * whole}")
    before = page.evaluate("picture.view.shown.x")
    page.mouse.down()
    page.mouse.move(300, 300)
    page.mouse.up()
    assert page.evaluate("picture.view.shown.x") != before
    page.keyboard.press("0")
    assert page.evaluate(SCALE) == pytest.approx(whole)


def test_0_twice_follows_the_gate_at_work_again(lesson_page: Open) -> None:
    page = lesson_page(network(), at="#step=12&open=all")
    followed = page.evaluate(SCALE)
    page.keyboard.press("0")
    assert page.evaluate(SCALE) < followed
    page.keyboard.press("ArrowRight")
    assert page.evaluate(SCALE) < followed
    page.keyboard.press("0")
    assert page.evaluate(SCALE) == pytest.approx(followed)


def test_a_node_that_gets_the_focus_comes_into_view(lesson_page: Open) -> None:
    page = lesson_page(network(), at="#step=1&open=all")
    last = page.locator("#picture .node:not(.neuron)").last
    inside = """(node) => {
      const [a, b] = [node.getBoundingClientRect(), byId("picture").getBoundingClientRect()];
      return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
    }"""
    assert not last.evaluate(inside)
    last.focus()
    assert last.evaluate(inside)


# ---- the arrow at work, and the end --------------------------------------------------------------


def test_the_arrow_at_work_points_the_way_the_gradient_flows(lesson_page: Open) -> None:
    page = lesson_page(SMALL, at="#step=5")
    tip = "(document.querySelector('.head').points[0].x)"
    operand = "picture.boxOf(document.querySelector('.node.changes')).x - picture.offset.x"
    gate = "picture.boxOf(document.querySelector('.node.gate')).x - picture.offset.x"
    assert page.evaluate(operand) < page.evaluate(tip) < page.evaluate(gate)
    assert page.evaluate(f"{tip} - ({operand})") < page.evaluate(f"({gate}) - {tip}") * 3


def test_the_end_says_what_a_nudge_does(lesson_page: Open) -> None:
    page = lesson_page(SMALL, at="#step=11")
    words: Callable[[str], Any] = lambda name: page.locator(name).text_content()  # noqa: E731
    assert words("#by") == "0.1"
    assert words("#should").endswith("=−0.3")  # -3 · 0.1
    page.locator("#nudge").fill("1")  # f(-1, 3) = -3 · 2 = -6, as before
    assert words("#should").endswith("=−3")
    assert words("#does") == "it moves by 0"
    assert words("#apart") == "3"
    page.get_by_label("what to nudge").select_option("1")  # b: f(-2, 4) = -8 · 2 = -16
    assert words("#does") == "it moves by −10"
    assert words("#apart") == "−2"
