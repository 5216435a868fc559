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
        ({"optimizer": lambda m: SGD}, "call it: it is made from model.parameters()"),
        ({"optimizer": lambda m: SGD(model().parameters())}, "make the optimizer from model.p"),
        ({"optimizer": stepped}, "this one has taken steps"),
        ({"optimizer": lambda m: SGD(m.parameters(), momentum=0.5, dampening=0.1)}, "dampening"),
        ({"optimizer": lambda m: Adam(m.parameters(), amsgrad=True)}, "amsgrad=True"),
        ({"X": [[0.0], [1.0], [2.0]]}, "X[0] has 1 number, and the network has 2 inputs"),
        (
            {"validation": ([[0.0, 1.0], [1.0]], [1, 0])},
            "validation[0][1] has 1 number, and the network has 2 inputs",
        ),
        ({"y": ([1.0], [0.0], [1.0])}, "one target a row; y[0] is a row of them"),
        (
            {"X": X * 700, "y": [1.0] * 2100},
            "training_page: a training page draws up to 2,000 rows; there are 2,100",
        ),
        ({"epochs": 0}, "training_page: epochs is a whole number from 1, not 0"),
        ({"seed": -1}, "training_page: seed is a whole number from 0, not -1"),
        ({"batch_size": 0}, "training_page: batch_size is a whole number from 1, or None, not 0"),
        ({"l1": -1}, "training_page: l1 is a number from 0, not -1"),
        ({"shuffle": "yes"}, "training_page: shuffle is True or False, not 'yes'"),
        ({"validation": 5}, "training_page: validation is a pair, (X, y), not 5"),
        ({"validation": ([], [])}, "training_page: validation[0] has no rows"),
        ({"X": None}, "training_page: X is a list of rows, not None"),
        ({"y": (1.0,)}, "training_page: there are 3 rows in X and 1 targets in y"),
        ({"y": ("a", "b", "c")}, "training_page: y[0] is 'a', which is not a number"),
        ({"title": 3}, "training_page: title is text, not 3"),
        ({"names": ("a",)}, "training_page: names is a list of 2 texts, not ('a',)"),
        ({"names": "ab"}, "training_page: names is a list of 2 texts, not 'ab'"),
        ({"names": 5}, "training_page: names is a list of 2 texts, not 5"),
        ({"classes": ["a"]}, "training_page: classes is a list of 2 texts, not ['a']"),
        ({"classes": ["a", "b"], "y": (0.5, 2.0, 1.0)}, "for targets that are classes; these are"),
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


@pytest.mark.parametrize("lang", ["xx", 5, None])
def test_a_language_that_there_is_not_is_named(lang: Any) -> None:
    mlp = model()
    before = [p.data for p in mlp.parameters()]
    with pytest.raises(
        ValueError, match=f"^training_page: lang is one of en, de, es, fr, zh, not {lang!r}"
    ):
        page(mlp, lang=lang)
    assert [p.data for p in mlp.parameters()] == before


def test_a_page_is_in_its_language() -> None:
    found = page(lang="de")
    assert found.title == "Ein Netz lernt, zwei Klassen zu unterscheiden"
    assert '<html lang="de">' in found.html
    assert "Das Netz</h2>" in found.html
    assert page(lang="de", title="Own").title == "Own"
    assert len(page(model(16, 16, 1), lang="zh").html.encode()) < 400_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"X": [[0.0, 1.0], ["a", 1.0], [1.0, 1.0]]}, "write_training: X[1][0] is 'a'"),
        ({"batch_size": 1.5}, "write_training: batch_size is a whole number from 1"),
        ({"path": None}, "write_training: path is the name of a file, not None"),
        ({"lang": "xx"}, "write_training: lang is one of en, de, es, fr, zh, not 'xx'"),
    ],
)
def test_an_error_names_the_function_that_was_called(options: dict[str, Any], words: str) -> None:
    mlp, path = model(), options.pop("path", "page.html")
    before = [p.data for p in mlp.parameters()]
    rows, optimizer = options.pop("X", X), SGD(mlp.parameters(), lr=0.1)
    with pytest.raises((TypeError, ValueError), match="^" + re.escape(words)):
        write_training(mlp, rows, [1, 0, 1], path, loss=mse_loss, optimizer=optimizer, **options)
    assert [p.data for p in mlp.parameters()] == before


# ---- models side by side ------------------------------------------------------------------------


def beside(models: dict[Any, Any], optimizers: Any = None, **options: Any) -> Any:
    """A page of several models, each with SGD if nothing else is said."""
    usual = {name: SGD(each.parameters(), lr=0.1) for name, each in models.items()}
    options = {"loss": mse_loss, "epochs": 3} | options
    return training_page(models, X, [1.0, 0.0, 1.0], optimizer=optimizers or usual, **options)


def test_each_model_is_trained_as_it_is_alone() -> None:
    found = beside({"tanh": model(), "relu": model(activation="relu")})
    assert repr(found) == "<training page tanh, relu: 3 epochs>"
    for name in ("tanh", "relu"):
        assert found.history[name]["loss"] == page(model(activation=name)).history["loss"]
    assert len(beside({str(k): model(16, 16, 1) for k in range(4)}).html.encode()) < 400_000


@pytest.mark.parametrize(
    ("models", "optimizers", "words"),
    [
        ({"a": model()}, None, "model is a dict of 2 to 4 models by their names, not of 'a'"),
        ({k: model() for k in "abcde"}, None, "2 to 4 models by their names, not of 'a', 'b'"),
        ({}, {}, "not of none"),
        ({1: model(), 2: model()}, None, "by their names, not of 1, 2"),
        ({"a": model(), " ": model()}, None, "by their names, not of 'a', ' '"),
        ({"a": model(), "b": model()}, {"a": 1}, "a dict with the same names in the same order"),
        ({"a": model(), "b": model()}, 5, "a dict with the same names in the same order, not 5"),
        ({"a": model(), "b": model(nin=1)}, None, "as many inputs and outputs; 'b' has others"),
        ({"a": model(), "b": Sequential(Linear(2, 1))}, None, "draws an MLP, not Sequential"),
    ],
)
def test_models_that_cannot_be_side_by_side_are_refused(
    models: Any, optimizers: Any, words: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        beside(models, optimizers)


def test_a_model_cannot_be_beside_itself() -> None:
    mlp = model()
    with pytest.raises(ValueError, match=r"^training_page: 'a' and 'b' share parameters; make a m"):
        beside({"a": mlp, "b": mlp})


def test_an_optimizer_of_another_model_is_named_by_its_run() -> None:
    models = {name: model() for name in ("tanh", "relu")}
    of_one = SGD(models["tanh"].parameters(), lr=0.1)
    with pytest.raises(RenderError, match=r"^training_page: relu: a training page moves all"):
        beside(models, {"tanh": of_one, "relu": of_one})


def test_a_run_that_diverges_is_named() -> None:
    models = {name: model(8, 1, activation="relu") for name in ("short", "long")}
    optimizers = {
        "short": SGD(models["short"].parameters(), lr=0.01),
        "long": SGD(models["long"].parameters(), lr=1e9),
    }
    with pytest.raises(nn.DivergenceError, match=r"^long: epoch \d"):
        beside(models, optimizers, epochs=100)


# ---- words --------------------------------------------------------------------------------------


def test_what_only_the_loss_knows_of_rows_held_out_says_so() -> None:
    with pytest.raises(ValueError, match=r"^validation: hinge_loss takes -1 and 1 as labels"):
        page(loss=nn.hinge_loss, y=(1, -1, 1), validation=(X, [0, 1, 1]))


def test_classes_have_names() -> None:
    names = ["setosa", "versicolor", "virginica"]
    found = page(model(3, 3), (0, 1, 2), loss=nn.cross_entropy, classes=names)
    assert '"classes": ["setosa", "versicolor", "virginica"]' in found.html
    assert '"classes": []' in page().html


def test_arrays_are_taken_as_lists_are() -> None:
    numpy = pytest.importorskip("numpy")
    rows, y = numpy.array(X), numpy.array([1, 0, 1])
    listed = page(y=[1, 0, 1], validation=(X, [1, 0, 1]))
    assert page(X=rows, y=y, validation=(rows, y)).html == listed.html
