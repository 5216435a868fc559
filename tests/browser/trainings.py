"""Runs to write pages of, what Python knows of them, and what is asked of their pages."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

from shown import until

import nn
from nn import MLP, SGD
from nn.pages.datasets import data_set
from nn.pages.training import TrainingPage, page_of

PageOf = Callable[..., Any]
SIZES = {"phone": (360, 740), "laptop": (1280, 800), "hall": (1920, 1080)}
KINDS: dict[str, dict[str, Any]] = {
    "sides": {"held_out": 20},
    "curve": {"data": "wave", "widths": [1, 8, 8, 1], "loss": nn.mse_loss},
    "classes": {"data": "iris", "widths": [2, 8, 3], "loss": nn.cross_entropy},
    "deep": {"widths": [2, 6, 6, 6, 6, 6, 1]},
    "straight": {"widths": [2, 1]},
    "valley": {"data": "line", "widths": [1, 1], "loss": nn.mse_loss},
}


class Trained:
    """A run made in Python, and its page."""

    def __init__(
        self, model: MLP, rows: tuple[Any, Any], page: TrainingPage, first: list[float], fresh: Any
    ) -> None:
        self.rows, self.page, self.first, self.fresh = rows, page, first, fresh
        self.last = [p.data for p in model.parameters()]
        found = re.search(r'id="lesson">(.*?)</script>', page.html, flags=re.S)
        assert found
        self.data: dict[str, Any] = json.loads(found[1])
        self.settings: dict[str, Any] = self.data["runs"][0]["settings"]


def run_of(
    data: str = "moons",
    widths: tuple[int, ...] | list[int] = (2, 16, 16, 1),
    activation: str | None = "tanh",
    output: str | None = None,
    loss: Any = nn.binary_cross_entropy_with_logits,
    optimizer: Any = lambda parameters: SGD(parameters, lr=0.1),
    epochs: int = 20,
    batch_size: int | None = 32,
    held_out: int = 0,
    count: int = 100,
    seed: int = 0,
    init: Any = None,
    own: bool = False,
    made: dict[str, Any] | None = None,
    title: str | None = None,
    shift: float = 0.0,
    **options: Any,
) -> Trained:
    """A run on one of the data sets.

    own: with weights that no initialiser draws. shift: is added to the targets.
    """

    def fresh() -> MLP:
        nin, *nouts = widths
        model = MLP(nin, nouts, activation, output, init, random.Random(seed))
        if own:
            for k, parameter in enumerate(model.parameters()):
                parameter.data = 0.3 * ((k * 7) % 5 - 2)
        return model

    points, model = data_set(data, count), fresh()
    y: list[Any] = [target + shift for target in points.y]
    if loss is nn.hinge_loss:
        y = [2 * t - 1 for t in y]
    if loss is nn.cross_entropy:
        y = [int(t) for t in y]
    kept = len(y) - held_out
    rows = points.X[:kept], y[:kept]
    first = [p.data for p in model.parameters()]
    usual = {"names": points.names, "classes": points.classes or None, "lang": "en"}
    options = {"l1": 0.0, "l2": 0.0, "shuffle": True} | usual | options
    page = page_of(
        "run_of",
        model,
        *rows,
        made or {},
        title=title,
        loss=loss,
        optimizer=optimizer(model.parameters()),
        epochs=epochs,
        validation=(points.X[kept:], y[kept:]) if held_out else None,
        batch_size=batch_size,
        seed=seed,
        **options,
    )
    return Trained(model, rows, page, first, fresh)


def settle(page: Any) -> None:
    """Wait until nothing is being computed."""
    until(page, "!goal && !playing && !busy")


def moment(page: Any) -> tuple[int, int]:
    settle(page)
    epoch, batch = page.evaluate("[run.epoch, run.batch]")
    return epoch, batch


def heading(page: Any) -> str:
    settle(page)
    return str(page.locator("#where").text_content())


def smallest_letters(page: Any) -> float:
    """In pixels, of all words on the screen but those of the player."""
    sizes = page.evaluate("""() => [...document.querySelectorAll("#screen *")]
      .filter((e) => e.childElementCount === 0 && e.textContent.trim())
      .filter((e) => e.checkVisibility() && !e.closest("#player, .unseen"))
      .map((e) => parseFloat(getComputedStyle(e).fontSize))""")
    return float(min(sizes))


def choose(page: Any, name: str, value: str) -> None:
    page.evaluate("byId('settings').open = true")
    page.locator(f'#controls select[data-name="{name}"]').select_option(value)
    settle(page)
