"""What a training page says to watch: gradients by layer, dead relus, and too large a rate."""

from __future__ import annotations

import re
from typing import Any

import pytest
from shown import until
from trainings import PageOf, run_of

import nn
from nn import SGD, Adam


def row(page: Any, label: str) -> str | None:
    """What stands beside a label of the card, None if it is not there."""
    until(page, "!goal && !playing && !busy")
    found = page.locator("#card dt", has_text=re.compile(f"^{label}$"))
    return str(found.locator("+ dd").text_content()) if found.count() else None


def numbers(words: str) -> list[float]:
    return [float(x) for x in re.findall(r"\d[\d.]*(?:e[-+]\d+)?", words)]


def test_the_gradient_of_each_layer_is_as_large_as_the_engine_says(training: PageOf) -> None:
    run = run_of(epochs=2, widths=[2, 5, 4, 1], activation="sigmoid", batch_size=None)
    page = training(run, at="#epoch=2")
    said = row(page, "gradients")
    assert said is not None
    model, (X, y) = run.fresh(), run.rows  # noqa: N806
    after = page.evaluate("[...run.parameters]")
    for parameter, number in zip(model.parameters(), after, strict=True):
        parameter.data = number
    nn.binary_cross_entropy_with_logits([model(x) for x in X], y).backward()
    expected = []
    for layer in model.layers:
        slopes = [abs(p.grad) for p in layer.parameters()]
        expected.append(sum(slopes) / len(slopes))
    assert numbers(said.partition(":")[2]) == pytest.approx(expected, rel=0.05)


def test_relus_that_are_dead_are_counted(training: PageOf) -> None:
    run = run_of(epochs=1, widths=[2, 4, 3, 1], activation="relu")
    page = training(run)
    assert row(page, "dead") is None
    page.evaluate("""() => {
      for (const unit of [0, 2]) run.parameters.set([0, 0, -1], run.network.placeOf(0, unit));
      draw();
    }""")
    assert row(page, "dead") == "2 of 7 relus give 0 at every point, so they learn nothing."


@pytest.mark.parametrize(("share", "falls"), [(0.97, True), (1.03, False)])
def test_beyond_two_by_the_bend_each_step_leads_astray(
    training: PageOf, share: float, falls: bool
) -> None:
    """The bend of a line's mean squared error is the largest eigenvalue of its Hessian."""
    line: dict[str, Any] = {"data": "line", "widths": [1, 1], "loss": nn.mse_loss}
    run = run_of(epochs=1, batch_size=None, **line)
    xs = [x for (x,) in run.rows[0]]
    mean, square = sum(xs) / len(xs), sum(x * x for x in xs) / len(xs)
    bend = (square + 1) + ((square - 1) ** 2 + 4 * mean**2) ** 0.5
    said = row(training(run), "limit")
    assert said is not None
    assert numbers(said)[0] == pytest.approx(2 / bend, rel=0.01)
    rate = share * 2 / bend
    run = run_of(epochs=300, batch_size=None, optimizer=lambda ps: SGD(ps, lr=rate), **line)
    page = training(run, at="#epoch=300")
    assert row(page, "limit") is not None
    losses = page.evaluate("run.losses.slice(-10)")
    assert (losses[-1] < losses[0] + 1e-12) is falls


def test_what_does_not_apply_is_not_said(training: PageOf) -> None:
    page = training(run_of(epochs=1, widths=[2, 1]))
    assert [row(page, label) for label in ("gradients", "dead", "limit")] == [None] * 3
    line: dict[str, Any] = {"data": "line", "widths": [1, 1], "loss": nn.mse_loss}
    page = training(run_of(epochs=1, optimizer=lambda ps: Adam(ps, lr=0.1), **line))
    assert row(page, "limit") is None


def test_a_run_that_has_gone_astray_still_says_why(training: PageOf) -> None:
    line: dict[str, Any] = {"data": "line", "widths": [1, 1], "loss": nn.mse_loss}
    page = training(run_of(epochs=5, batch_size=None, **line))
    before = row(page, "limit")
    page.evaluate("""() => {
      run.parameters.fill(1e200);
      run.step();
      draw();
    }""")
    assert "Choose a smaller learning rate" in str(row(page, "stopped"))
    assert row(page, "limit") == before
