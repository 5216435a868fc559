"""`write_training`: a page that shows a network learning, in one file.

A run is made here, by `fit`. The page begins where it began, with the same data, weights and
settings, and takes every step again by the table's rules, so that it can go on, go back, and be
asked what would have been. Its scripts and its style are in the folder `page`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from autograd import RenderError, Words, offline_page, write_whole
from nn.init import GAINS
from nn.module import Module
from nn.optim.base import Optimizer
from nn.pages.datasets import NOISE
from nn.pages.described import (
    RULES,
    data_of,
    drawn_by,
    name_of_loss,
    network_of,
    optimiser_of,
    side_by_side,
)
from nn.settings import check
from nn.training.batches import Data, Loss
from nn.training.divergence import DivergenceError
from nn.training.fit import fit, pair
from nn.training.plan import SETTINGS

PAGE = Path(__file__).with_name("page")
SCRIPTS = (
    *("random", "datasets", "network", "optimisers", "run"),
    *(
        "shades",
        "plane",
        "valley",
        "slope",
        "diagram",
        "curves",
        "telling",
        "watching",
        "spike",
        "beside",
        "why",
        "settings",
        "trainer",
    ),
)


def write_training(
    model: Module | Mapping[str, Module],
    X: Any,  # noqa: N803 - as scikit-learn has it
    y: Any,
    path: str | Path = "training.html",
    *,
    loss: Loss,
    optimizer: Optimizer | Mapping[str, Optimizer],
    epochs: int = 100,
    validation: tuple[Any, Any] | None = None,
    batch_size: int | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    shuffle: bool = True,
    seed: int = 0,
    title: str | None = None,
    names: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    lang: str = "en",
) -> str:
    """Train a model, and write a page that shows how it learns, step by step.

    model      : an `MLP` of one input or two; or a dict of up to four by their names, which are
                 trained on the same rows and shown side by side, with a dict of optimizers.
    X, y       : rows of inputs, and a number or a class for each.
    path       : the file, which opens from disk without a network; written whole or not at all.
    loss       : `mse_loss`, `l1_loss`, `huber_loss`, `hinge_loss`, `cross_entropy` or
                 `binary_cross_entropy_with_logits`.
    optimizer  : `SGD` or `Adam`, new, with all the model's parameters.
    validation : (X, y), rows that are shown with their loss, and not trained on.
    title      : the heading; what is learned if left out.
    names      : what the two inputs are called, or the input and the target.
    classes    : what the classes are called, in the order of their numbers, such as
                 ["setosa", "versicolor", "virginica"].
    lang       : the language of the page: "en", "de", "es", "fr" or "zh".

    epochs, batch_size, l1, l2, shuffle and seed are as for `fit`, which trains the model. The page
    takes the same steps again, to the same numbers, and lets its reader change everything.
    Returns the path. Raises RenderError or TypeError for a run that the page cannot take up: a
    larger network, other layers, losses or optimisers, more than 2,000 rows.

    >>> import random, tempfile
    >>> from pathlib import Path
    >>> from nn import MLP, SGD, mse_loss, write_training
    >>> model = MLP(1, [4, 1], "tanh", rng=random.Random(0))
    >>> optimizer = SGD(model.parameters(), lr=0.1)
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_training(
    ...         model, X, y, f"{folder}/t.html", loss=mse_loss, optimizer=optimizer, epochs=5
    ...     )
    ...     Path(path).read_text(encoding="utf-8")[:15]
    '<!DOCTYPE html>'
    """
    file = file_of("write_training", path)
    page = page_of(
        "write_training",
        model,
        X,
        y,
        {},
        title=title,
        names=names,
        classes=classes,
        lang=lang,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        validation=validation,
        batch_size=batch_size,
        l1=l1,
        l2=l2,
        shuffle=shuffle,
        seed=seed,
    )
    write_whole(file, page.html.encode())
    return str(path)


def training_page(
    model: Module | Mapping[str, Module],
    X: Any,  # noqa: N803
    y: Any,
    *,
    loss: Loss,
    optimizer: Optimizer | Mapping[str, Optimizer],
    epochs: int = 100,
    validation: tuple[Any, Any] | None = None,
    batch_size: int | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    shuffle: bool = True,
    seed: int = 0,
    title: str | None = None,
    names: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    lang: str = "en",
) -> TrainingPage:
    """The page of `write_training`, shown inline where it is the last line of a notebook's cell.

    Arguments and errors are as for `write_training`. `.html` is the page as text, and `.history`
    is the run's, as from `fit`; of several models, a dict of theirs.

    >>> import random
    >>> from nn import MLP, Adam, mse_loss, training_page
    >>> model = MLP(1, [4, 1], "tanh", rng=random.Random(0))
    >>> optimizer = Adam(model.parameters(), lr=0.1)
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]
    >>> training_page(model, X, y, loss=mse_loss, optimizer=optimizer, epochs=5)
    <training page MLP(1, [4, 1], activation='tanh'): 5 epochs>
    """
    return page_of(
        "training_page",
        model,
        X,
        y,
        {},
        title=title,
        names=names,
        classes=classes,
        lang=lang,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        validation=validation,
        batch_size=batch_size,
        l1=l1,
        l2=l2,
        shuffle=shuffle,
        seed=seed,
    )


def page_of(
    caller: str,
    model: Module | Mapping[str, Module],
    X: Any,  # noqa: N803
    y: Any,
    made: dict[str, Any],
    *,
    title: str | None,
    names: Sequence[str] | None,
    classes: Sequence[str] | None,
    lang: str,
    **run: Any,
) -> TrainingPage:
    """The page of a run, which is made here; run is what `fit` is told.

    caller : what the reader of an error has called.
    made   : how the page can draw the data again, if they are a set of its own: "data", "count",
             "noise", "dataSeed" and "heldOut".
    """
    if title is not None and not isinstance(title, str):
        raise TypeError(f"{caller}: title is text, not {title!r:.60}")
    try:
        words = Words(lang)
    except ValueError as error:
        raise ValueError(f"{caller}: {error}") from None
    for name in SETTINGS:
        if name in run:
            check(f"{caller}: {name}", run[name], SETTINGS[name])
    loss, validation = name_of_loss(run["loss"]), run["validation"]
    pairs = side_by_side(caller, model, run.pop("optimizer"))
    networks = {name: network_of(each) for name, (each, _) in pairs.items()}
    moves = {}
    for name, (each, moved) in pairs.items():
        try:
            moves[name] = optimiser_of(moved, each)
        except (RenderError, TypeError) as error:
            raise type(error)(f"{caller}: {name and f'{name}: '}{error}") from None
    held_out = None
    if validation is not None:
        both = pair(f"{caller}: validation", validation)
        held_out = Data(*both, ("validation[0]", "validation[1]"), caller)
    data = Data(X, y, caller=caller)
    given = data_of(data, held_out, next(iter(networks.values())), loss)
    usual = ["x", "y"] if given["inputs"] == 1 else ["x₀", "x₁"]
    given |= {
        "names": usual if names is None else texts_of(f"{caller}: names", names, 2),
        "classes": [] if classes is None else classes_of(caller, classes, given),
    }
    shared = {
        "data": "given",
        "count": len(given["y"]) + len(given["validY"]),
        "noise": 0.1,
        "dataSeed": 0,
        "heldOut": 0.0,
        "seed": str(run["seed"]),
        "shuffle": run["shuffle"],
        "batch": run["batch_size"] or 0,
        "l1": run["l1"],
        "l2": run["l2"],
        **made,
    }
    runs: list[dict[str, Any]] = []
    histories = {}
    for name, (each, optimizer) in pairs.items():
        own = moves[name] | settings_of(networks[name], run["seed"]) | {"run": len(runs)}
        try:
            history = fit(each, X, y, progress=False, optimizer=optimizer, **run)
        except DivergenceError as error:
            if name:
                error.args = (f"{name}: {error}",)
            raise
        histories[name] = history
        runs.append(
            {
                "name": name,
                "settings": own | shared,
                "widths": networks[name]["widths"],
                "weights": networks[name]["weights"],
                "python": history["loss"],
            }
        )
    page = {
        "runs": runs,
        "given": given,
        "epochs": run["epochs"],
        "gains": GAINS,
        "noises": NOISE,
    }
    if not title:
        title = words(TITLES[given["kind"]])
    is_one = not isinstance(model, Mapping)
    return TrainingPage(model, history if is_one else histories, page, title, lang)


def settings_of(network: dict[str, Any], seed: int) -> dict[str, Any]:
    """What a page lets its reader change of a network."""
    return {
        "hidden": network["widths"][1:-1],
        "activation": network["activation"],
        "output": network["output"],
        "init": drawn_by(network, seed),
    }


def file_of(caller: str, path: Any) -> Path:
    """The file of a path, which is looked at before anything is trained."""
    try:
        return Path(path)
    except TypeError:
        raise TypeError(f"{caller}: path is the name of a file, not {path!r:.60}") from None


def texts_of(what: str, given: Any, count: int) -> list[str]:
    """As many texts as there are things that they name."""
    is_listed = isinstance(given, (list, tuple))
    if not is_listed or len(given) != count or not all(isinstance(each, str) for each in given):
        raise ValueError(f"{what} is a list of {count} texts, not {given!r:.60}")
    return list(given)


def classes_of(caller: str, classes: Any, given: dict[str, Any]) -> list[str]:
    """What the classes are called, in the order of their numbers."""
    if not given["labels"]:
        raise ValueError(f"{caller}: classes are for targets that are classes; these are numbers")
    return texts_of(f"{caller}: classes", classes, len(given["labels"]))


TITLES = {
    "curve": "A network learns a curve",
    "sides": "A network learns to tell two classes apart",
    "classes": "A network learns to tell classes apart",
    "surface": "A network learns a number for every place",
}


class TrainingPage:
    """A page; `training_page` makes it."""

    def __init__(
        self, model: Any, history: Any, data: dict[str, Any], title: str, lang: str
    ) -> None:
        self.model = ", ".join(model) if isinstance(model, Mapping) else repr(model)
        self.history, self.epochs = history, data["epochs"]
        self.title = " ".join(title.split())
        self.html = offline_page(
            PAGE / "training.html",
            data,
            title=self.title,
            styles=[PAGE / "training.css"],
            scripts=[PAGE / f"{name}.js" for name in SCRIPTS],
            rules=RULES,
            lang=lang,
        )

    def __repr__(self) -> str:
        return f"<training page {self.model}: {self.epochs} epochs>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="{escape(self.title)}" '
            'sandbox="allow-scripts allow-modals allow-forms" '
            'style="width: 100%; height: 52rem; border: 0"></iframe>'
        )
