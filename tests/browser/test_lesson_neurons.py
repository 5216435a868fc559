"""A network opens at neurons: a box each, which opens to its scalars; steps follow what is open."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lessons import digits, plain
from shown import Open, network, neuron, where

from autograd import Value, trace, write_lesson
from nn import MLP, mse_loss


def mlp() -> MLP:
    return MLP(2, [3, 1], activation="tanh", rng=Random(1))


def residual() -> Value:
    """A result in which what feeds one neuron feeds one before it too."""
    net = MLP(2, [2, 2, 1], activation="tanh", rng=Random(3))
    first, second, last = net.layers
    hidden = first([Value(0.5, label="x0"), Value(-1.0, label="x1")])
    return last([a + b for a, b in zip(hidden, second(hidden), strict=True)])[0] ** 2


def boxes(page: Any) -> list[Any]:
    return [page.locator("#picture .neuron").nth(k) for k in range(4)]


def opened(page: Any) -> list[bool]:
    return [
        box.get_attribute("aria-expanded") == "true"
        for box in page.locator("#picture .neuron").all()
    ]


def test_a_network_opens_with_its_neurons_closed_and_one_neuron_alone_is_open(
    lesson_page: Open, watched: Open, tmp_path: Path
) -> None:
    net = mlp()
    path = tmp_path / "lesson.html"
    write_lesson(mse_loss([net([0.5, -1.0])], [1.0]), path)  # where net is known by its name
    assert path.stat().st_size < 250_000
    page = watched()
    page.goto(path.as_uri())
    assert opened(page) == [False] * 4
    assert page.locator("#where").inner_text().startswith("Before step 1 of 13")
    lines = [box.locator("> text").all_text_contents()[:2] for box in boxes(page)]
    for k in range(3):
        name, formula = lines[k]
        assert name == f"layers[0].neurons[{k}]"
        assert re.fullmatch(r"v\d+ = tanh\(Σ wᵢxᵢ \+ b\)", formula)
    assert lines[3][0] == "layers[1].neurons[0]"
    assert lines[3][1].endswith(" = Σ wᵢxᵢ + b")
    alone = lesson_page(neuron())
    assert alone.locator("#picture .neuron").count() == 0
    assert not alone.locator("#open").is_visible()


def test_neurons_whose_network_is_gone_are_named_apart(lesson_page: Open) -> None:
    page = lesson_page(mse_loss([mlp()([0.5, -1.0])], [1.0]))
    names = page.locator("#picture .neuron > .name").all_text_contents()
    assert names == [*(f"Layer 1, Neuron {k}" for k in (1, 2, 3)), "Layer 2, Neuron"]


# ---- opening and closing ------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["click", "Enter", "+"])
def test_a_click_enter_or_plus_opens_a_neuron_and_keeps_the_place_of_the_rest(
    lesson_page: Open, how: str
) -> None:
    page = lesson_page(network())
    rest = "[0, 2].map((k) => picture.neurons.boxes[k].querySelector('path').getAttribute('d'))"
    before = page.evaluate(rest), page.evaluate("picture.view.whole")
    box = boxes(page)[1]
    scalars = page.locator("#picture .node:not(.neuron):visible").count()
    if how == "click":
        box.click()
    else:
        box.focus()
        page.keyboard.press(how)
        assert page.evaluate("document.activeElement === picture.neurons.boxes[1]")
    assert opened(page) == [False, True, False]
    assert page.locator("#picture .node:not(.neuron):visible").count() == scalars + 8
    assert (page.evaluate(rest), page.evaluate("picture.view.whole")) == before
    assert page.locator("#live").inner_text() == "Neuron Layer 1, Neuron 2 is open: 5 gates."
    if how == "click":
        box.locator(".sign").click()
    else:
        page.keyboard.press({"Enter": "Enter", "+": "-"}[how])
    assert opened(page) == [False] * 3
    assert page.locator("#live").inner_text() == "Neuron Layer 1, Neuron 2 is closed."


def test_all_open_and_close_and_the_address_says_so(lesson_page: Open) -> None:
    page = lesson_page(network(), at="#step=1")
    button = page.locator("#open")
    button.click()
    assert (opened(page), button.inner_text()) == ([True] * 3, "close all")
    assert page.url.endswith("#step=1&open=all")
    button.click()
    assert (opened(page), button.inner_text()) == ([False] * 3, "open all")
    assert page.url.endswith("#step=1")


def test_opening_goes_to_the_first_step_within_and_closing_to_the_whole(lesson_page: Open) -> None:
    page = lesson_page(network(), at="#step=2")
    boxes(page)[1].click()
    assert "forward 2 of 9" in page.locator("#where").inner_text()  # after one neuron
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="close", exact=True).click()
    assert where(page) == 2
    page.get_by_role("button", name="open", exact=True).press("Enter")
    assert opened(page) == [False, True, False]
    assert page.evaluate("document.activeElement.id") == "this"
    page.keyboard.press("End")
    boxes(page)[0].click()
    assert "After step" in page.locator("#where").inner_text()


# ---- steps --------------------------------------------------------------------------------------

SEEN = """() => NODES.map((_, place) => [known.data(place), NODES[place].constant ? null
    : known.gradient(place)])"""


@pytest.mark.parametrize("make", [network, residual])
@pytest.mark.parametrize("open_", [[], [0], [1], [0, 2], "all"])
def test_every_gradient_in_the_end_is_that_of_backward_whatever_is_open(
    lesson_page: Open, make: Callable[[], Value], open_: Any
) -> None:
    root = make()
    page = lesson_page(root)
    page.evaluate(
        "(open) => setClosed(open === 'all' ? [] : [...picture.neurons.all.keys()]"
        ".filter((each) => !open.includes(each)))",
        open_,
    )
    page.keyboard.press("End")
    root.backward()
    order = page.evaluate("NODES.map(({ text }) => text)")
    seen = page.evaluate(SEEN)
    nodes = trace(root).order
    assert len(order) == len(nodes)
    for node, (data, gradient) in zip(nodes, seen, strict=True):
        assert data == node.data
        if not node.is_constant:
            assert gradient == node.grad  # to the last bit


def test_nothing_is_used_before_it_is_known(lesson_page: Open) -> None:
    page = lesson_page(residual())
    for _ in range(2):
        for moment in range(1, page.evaluate("LAST") + 1):
            wrong = page.evaluate(
                """(at) => {
                  go(at - 1);
                  const needs = planAt(at).gates.flatMap((gate) => NODES[gate].operands)
                    .filter((place) => !planAt(at).gates.includes(place));
                  const missing = needs.filter((place) => known.data(place) === null);
                  const gate = planAt(at).gate;
                  const late = known.gradient(gate) !== pass.gradient[gate];
                  return [missing, at > plan.forward + 1 && late];
                }""",
                moment,
            )
            assert wrong == [[], False]
        page.evaluate("setClosed([1, 3])")


def test_a_closed_neurons_step_is_its_chain_rule(lesson_page: Open) -> None:
    net = mlp()
    loss = mse_loss([net([0.5, -1.0])], [1.0])
    loss.backward()
    page = lesson_page(loss, at="#step=2")
    unit = net.layers[0].neurons[1]
    x = [0.5, -1.0]
    total = unit.b.data + sum(w.data * v for w, v in zip(unit.w, x, strict=True))
    rows = card(page)
    assert [*rows] == ["neuron", "sum", "activation", "value"]
    assert rows["sum"].endswith(f"={digits(total)}")
    page.evaluate("go(LAST - 1)")  # back in the same neuron
    rows = card(page)
    assert [*rows] == ["upstream", "local", "delta", "weights", "bias"]
    delta = unit.b.grad
    assert rows["delta"].endswith(f"={digits(delta)}")
    assert rows["bias"].endswith(f":{digits(delta)}")
    for w, v in zip(unit.w, x, strict=True):
        factor = digits(v) if v > 0 else f"({digits(v)})"
        assert f":{digits(delta)}·{factor}={digits(w.grad)}" in rows["weights"]
    page.evaluate("go(plan.forward + 4)")  # the neuron behind: its inputs are neurons
    rows = card(page)
    for w in net.layers[1].neurons[0].w:
        assert f"={digits(w.grad)}" in rows["weights"]
    changed = page.locator("#picture .neuron.changes .grad").all_text_contents()
    assert changed == page.locator("#picture .neuron text.changing").all_text_contents()
    assert len(changed) == 3
    sums = page.locator("#picture .sum").all_text_contents()
    added = [each.removeprefix("+= ") for each in reversed(sums)]  # which go from the last term
    assert added == [text.split(" ")[-1] for text in changed]
    assert page.locator("#live").inner_text() == (
        f"Neuron Layer 2, Neuron: upstream {digits(net.layers[1].neurons[0].b.grad)}, delta "
        f"{digits(net.layers[1].neurons[0].b.grad)}, which adds to the gradients of 4 leaves and "
        "of its inputs."
    )


def card(page: Any) -> dict[str, str]:
    """The card's rows by their names, without spaces, with a plain minus."""
    read = """[...document.querySelectorAll("#card > div")].map((row) =>
        [...row.children].map((each) => each.textContent))"""
    return {k: plain(v).replace("−", "-") for k, v in page.evaluate(read)}


def test_changed_inputs_change_closed_neurons(lesson_page: Open) -> None:
    net = mlp()
    page = lesson_page(mse_loss([net([0.5, -1.0])], [1.0]))
    page.get_by_text("Change the inputs").click()
    page.get_by_label("x[0] in MLP", exact=True).fill("2")
    page.keyboard.press("Enter")
    page.evaluate("go(END)")
    seen = page.locator("#picture .neuron > .data").all_text_contents()
    hidden = [unit([2.0, -1.0]) for unit in net.layers[0].neurons]
    assert seen[:3] == [f"data {digits(v.data)}" for v in hidden]


def test_print_has_the_numbers_of_closed_neurons_and_no_buttons(lesson_page: Open) -> None:
    net = mlp()
    loss = mse_loss([net([0.5, -1.0])], [1.0])
    loss.backward()
    page = lesson_page(loss, at="#step=2")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown = page.locator("#picture .neuron > .grad").all_text_contents()
    output = net.layers[1].neurons[0].b.grad
    assert shown[3].split(" ")[-1] == digits(output)
    assert "?" not in "".join(shown)
    assert not page.locator("#picture .sign").first.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert where(page) == 2


# ---- for everyone -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["closed", "mixed", "open"])
def test_axe_finds_nothing_in_a_network(lesson_page: Open, state: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    at = "#step=7&open=all" if state == "open" else "#step=7"
    browser = {"color_scheme": scheme, "bypass_csp": True}
    page = lesson_page(network(), title="A network", at=at, browser=browser)
    if state == "mixed":
        boxes(page)[1].press("Enter")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_neurons_box_says_what_it_is_to_who_cannot_see_it(lesson_page: Open) -> None:
    page = lesson_page(network(), at="#step=1")
    box = boxes(page)[0]
    assert box.get_attribute("role") == "button"
    assert re.fullmatch(
        r"neuron Layer 1, Neuron 1: v\d+: data [-0-9.]+; gradient not known yet; 1 use",
        box.get_attribute("aria-label"),
    )
