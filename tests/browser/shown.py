"""What a page shows, and whether it is what Python has worked out."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from lessons import Expected, digits

from autograd import Value, parse
from nn import MLP, Neuron, mse_loss

Open = Callable[..., Any]
SMALL = parse("f = (a*b)*(a+b)", a=-2, b=3)


def neuron() -> Value:
    neuron = Neuron(2, activation="tanh", rng=Random(1))
    return neuron([Value(1.0, label="x0"), 0.5])


def network() -> Value:
    mlp = MLP(2, [2, 1], activation="relu", rng=Random(4))
    return mse_loss([mlp([Value(0.5, label="x0"), Value(-1.0, label="x1")])], [1.0])


# ---- what a page shows --------------------------------------------------------------------------

WALK = """([key, count]) => {
  const plain = (element) => element.textContent.replace(/\\s+/g, "");
  const last = (text) => text.textContent.split(" ").pop();
  const all = (selector) => [...document.querySelectorAll(selector)];
  const place = (element) => element.id.split("-").slice(1).join("-");
  const rows = (id) => [...byId(id).rows].map((row) => [...row.cells].map(plain));
  const tables = { forward: rows("forward"), backward: rows("backward") };
  const shown = () => ({
    where: byId("where").textContent,
    picture: NODES.map(({ id }) => all(`#${id} text:is(.data, .grad)`).map(last)),
    spoken: NODES.map(({ id }) => byId(id).getAttribute("aria-label")),
    card: all("#card dt").map((dt) => [plain(dt), plain(dt.nextSibling)]),
    gate: all("#picture .node.gate").map(place),
    operand: all("#picture .node.changes").map(place),
    edge: all("#picture .edge.flows").map(place),
    changing: all("#picture text.changing").map(last),
    sum: document.querySelector(".sum")?.textContent ?? "",
    now: document.querySelector("tr.now")?.cells[0].textContent ?? "",
    ...tables,
  });
  return Array.from({ length: count }, () => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    return shown();
  });
}"""


def check_all(page: Any, expected: Expected) -> None:
    """Everything that a page shows is as Python has it, at every moment, there and back."""
    page.evaluate(WALK, ["End", 1])
    back = page.evaluate(WALK, ["ArrowLeft", expected.last + 1])
    there = page.evaluate(WALK, ["ArrowRight", expected.last])
    assert back[1:-1] == there[-2::-1]
    for moment, shown in enumerate([back[-1], *there]):
        check_moment(shown, expected, moment)


def check_moment(shown: dict[str, Any], expected: Expected, moment: int) -> None:
    assert f"step {moment}" in shown["where"].lower() or not moment
    assert shown["picture"] == expected.picture(moment)
    assert not moment or shown["card"] == expected.card(moment)
    assert shown["forward"] == expected.forward
    assert shown["backward"] == expected.backward
    assert shown["now"] == (str(moment) if moment else "")
    check_marks(shown, expected, moment)
    for node, words in zip(expected.trace.order, shown["spoken"], strict=True):
        unknown = "not known yet"
        data, grad = expected.data(node, moment), expected.grad(node, moment)
        if node.is_constant:
            name = expected.name(node)
            assert words == (f"{name}: data {data}, given" if node.label else f"constant {data}")
            continue
        uses = expected.trace.uses(node)
        assert words == (
            f"{expected.name(node)}: data {data.replace('?', unknown)}; gradient "
            f"{grad.replace('?', unknown)}; {uses} use{'s' * (uses != 1)}"
        )


def check_marks(shown: dict[str, Any], expected: Expected, moment: int) -> None:
    """The gate, the operand, the edge between them, and the number that changes are marked."""
    step, places = expected.step(moment), expected.trace.places
    if step is None:
        gate = expected.gates[moment - 1] if moment else None
        assert shown["gate"] == ([] if gate is None else [f"v{places[gate]}"])
        assert shown["changing"] == ([] if gate is None else [digits(gate.data)])
        assert (shown["edge"], shown["sum"]) == ([], "")
        return
    assert step.operand is not None
    gate, operand = places[step.node], places[step.operand]
    assert shown["gate"] == [f"v{gate}"]
    assert shown["changing"] == [digits(step.after)]
    if step.kind == "backward":
        assert shown["operand"] == [f"v{operand}"]
        assert shown["edge"] == [f"v{operand}-v{gate}#{step.formula.position}"]
        assert shown["sum"] == f"+= {digits(step.contribution)}"


# ---- where a page is ----------------------------------------------------------------------------


def until(page: Any, condition: str) -> None:
    """Wait for a condition: the browser's own way to wait is forbidden by the page's policy."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"not {condition}")


def where(page: Any) -> int:
    """The moment that the heading names."""
    number = re.search(r"(After s|S)tep (\d+)", page.locator("#where").inner_text())
    return int(number[2]) + (number[1] == "After s") if number else 0


def answer(page: Any, typed: str) -> None:
    page.locator("#answer").fill(typed)
    page.keyboard.press("Enter")


def openable(page: Any) -> None:
    for summary in page.locator("summary").all():
        if summary.is_visible():
            summary.click()
