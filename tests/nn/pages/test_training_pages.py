"""What a training page takes up, and what it refuses."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import RenderError
from nn import MLP, SGD, Adam, AdamW, Linear, Sequential, mse_loss, training_page, write_training

X = [[-1.0, 0.5], [0.0, 1.0], [1.0, -1.0]]


def model(*nouts: int, nin: int = 2, activation: Any = "tanh") -> MLP:
    return MLP(nin, nouts or (3, 1), activation, rng=random.Random(0))


def page(mlp: Any = None, y: Any = (1.0, 0.0, 1.0), **options: Any) -> Any:
    mlp = mlp or model()
    optimizer = options.pop("optimizer", None) or SGD(mlp.parameters(), lr=0.1)
    options = {"loss": mse_loss, "epochs": 3} | options
    rows = options.pop("X", X)
    return training_page(mlp, rows, list(y), optimizer=optimizer, **options)


def kind_of(found: Any) -> str:
    match = re.search(r'"kind": "(\w+)"', found.html)
    assert match
    return match[1]


def test_the_file_is_whole_small_and_offline(tmp_path: Path) -> None:
    mlp = model(16, 16, 1)
    path = tmp_path / "page.html"
    optimizer = SGD(mlp.parameters(), lr=0.1)
    written = write_training(mlp, X, [1, 0, 1], path, loss=mse_loss, optimizer=optimizer, epochs=3)
    html = path.read_text(encoding="utf-8")
    assert written == str(path)
    assert html.startswith("<!DOCTYPE html>")
    assert len(html.encode()) < 400_000
    assert not re.search(r"https?:|//cdn|@import|\bfetch\(", html)
    assert "{{" not in re.sub(r"<script.*?</script>", "", html, flags=re.S)


def test_the_model_is_trained_as_by_fit() -> None:
    twin, mlp = model(), model()
    fitted = nn.fit(
        twin, X, [1.0, 0.0, 1.0], loss=mse_loss, optimizer=SGD(twin.parameters(), lr=0.1), epochs=3,
        progress=False,
    )  # fmt: skip
    found = page(mlp)
    assert [p.data for p in mlp.parameters()] == [p.data for p in twin.parameters()]
    assert found.history["loss"] == fitted["loss"]
    assert repr(found) == "<training page MLP(2, [3, 1], activation='tanh'): 3 epochs>"


def test_a_notebook_shows_it_in_a_frame() -> None:
    frame = page(title='a "page" of <mine>')._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!DOCTYPE')
    assert 'title="a &quot;page&quot; of &lt;mine&gt;"' in frame


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({}, "sides"),
        ({"y": (-1.0, 1.0, 1.0)}, "sides"),
        ({"y": (0.5, 2.0, 1.0)}, "surface"),
        ({"y": (1.0, 1.0, 1.0)}, "surface"),
        ({"y": (1, 0, 2), "loss": nn.cross_entropy, "mlp": lambda: model(3, 3)}, "classes"),
        ({"mlp": lambda: model(3, 1, nin=1), "X": [[-1.0], [0.0], [2.0]]}, "curve"),
        ({"y": (1, 1, 1), "loss": nn.hinge_loss}, "sides"),
    ],
)
def test_data_say_what_picture_they_make(options: dict[str, Any], kind: str) -> None:
    make = options.pop("mlp", model)
    assert kind_of(page(make(), **options)) == kind


def frozen() -> MLP:
    mlp = model()
    mlp.layers[0].requires_grad_(False)
    return mlp


def stepped(mlp: MLP) -> Any:
    optimizer = Adam(mlp.parameters())
    mse_loss([mlp(X[0])], [1.0]).backward()
    optimizer.step()
    return optimizer


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mlp": Sequential(Linear(2, 1))}, "draws an MLP, not Sequential"),
        ({"mlp": model(3, 1, nin=3)}, "one input or two; this network has 3"),
        ({"mlp": model(70, 70, 1)}, "up to 4,000 parameters; this network has 5,251"),
        ({"mlp": model(3, 2)}, "with mse_loss a training page draws one output, not 2"),
        ({"mlp": model(activation=lambda x: x * x)}, "knows the activations relu"),
        ({"mlp": frozen()}, "some here are frozen"),
        ({"loss": lambda p, t: p[0]}, "knows the losses mse_loss"),
        ({"loss": nn.cross_entropy, "y": (0, 0, 0)}, "2 inputs and 1 output"),
        ({"optimizer": lambda m: AdamW(m.parameters())}, "knows SGD and Adam, not AdamW"),
        ({"optimizer": lambda m: SGD(m.parameters()[:3])}, "all parameters of the model"),
        ({"optimizer": stepped}, "this one has taken steps"),
        ({"optimizer": lambda m: SGD(m.parameters(), momentum=0.5, dampening=0.1)}, "dampening"),
        ({"optimizer": lambda m: Adam(m.parameters(), amsgrad=True)}, "amsgrad=True"),
        ({"X": [[0.0], [1.0], [2.0]]}, "each row of X has 2 numbers"),
        ({"y": ([1.0], [0.0], [1.0])}, "one target a row"),
        ({"X": X * 700, "y": [1.0] * 2100}, "up to 2,000 rows; there are 2,100"),
        ({"epochs": 0}, "epochs is a whole number from 1, not 0"),
        ({"seed": -1}, "seed is a whole number from 0, not -1"),
        ({"title": 3}, "title is text, not 3"),
        ({"names": ("a",)}, "names are the 2 names beside the picture"),
    ],
)
def test_what_the_page_does_not_know_is_refused(options: dict[str, Any], words: str) -> None:
    mlp = options.pop("mlp", None) or model()
    if "optimizer" in options:
        options["optimizer"] = options["optimizer"](mlp)
    before = [p.data for p in mlp.parameters()]
    with pytest.raises((TypeError, ValueError, RenderError), match=re.escape(words)):
        page(mlp, **options)
    assert [p.data for p in mlp.parameters()] == before  # nothing was trained


@pytest.mark.parametrize("lang", ["xx", "de"])
def test_a_language_that_there_is_not_is_named(lang: str) -> None:
    with pytest.raises(ValueError, match=f"lang is one of en, not '{lang}'"):
        page(lang=lang)


def test_rows_that_are_no_numbers_are_named() -> None:
    with pytest.raises(TypeError, match=re.escape("X[1][0] is 'a'")):
        page(X=[[0.0, 1.0], ["a", 1.0], [1.0, 1.0]])
