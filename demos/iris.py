"""Tell three kinds of iris apart by their leaves: cross-entropy, and a test on unseen flowers.

    python demos/iris.py [--epochs N] [--seed N] [--out FOLDER]

R. A. Fisher's data of 1936: 150 flowers, 50 of each kind, with the length and the width of their
sepals and petals in centimetres. A hundred are for training; the other 50 are looked at once, when
everything is settled, so that their accuracy is that on flowers yet to be found.

A class is no number to come close to: between setosa and virginica there is no half-way flower. So
the network has three outputs, one a kind. The highest is its answer, softmax makes probabilities of
them, and the cross-entropy is minus the logarithm of the probability given to the right kind:
log(3) = 1.1 for a network that guesses, 0 for one that knows. It writes iris.png: the loss, and
which kind was taken for which.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from sklearn.datasets import load_iris
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
except ImportError as missing:
    sys.exit(f'iris.py: {missing.name} is not installed: pip install "chalkgrad[demos]"')

from common import (
    accuracy,
    draw_confusion,
    make_folder,
    most_likely,
    save,
    stop,
    training_options,
)
from rich.console import Console

import autograd
from nn import MLP, Adam, History, cross_entropy, fit, plots, softmax

HIDDEN = 8
BATCH_SIZE = 16
LEARNING_RATE = 0.02
L2 = 1e-3  # what large weights cost: with a hundred flowers it is easy to learn them by heart


@dataclass
class Data:
    """Flowers with the number of their kind, for training and for the test."""

    train_rows: list[list[float]]
    train_kinds: list[int]
    test_rows: list[list[float]]
    test_kinds: list[int]
    names: list[str]  # of the kinds


def main() -> None:
    options = training_options(__doc__ or "", epochs=60).parse_args()
    make_folder(options.out)
    console = Console(highlight=False, markup=False)
    data = load_data(options.seed)
    model = MLP(4, [HIDDEN, len(data.names)], activation="tanh", rng=random.Random(options.seed))
    console.print(
        f"{model}: {len(model.parameters())} parameters, "
        f"{len(data.train_rows)} + {len(data.test_rows)} flowers",
        soft_wrap=True,
    )
    history = train(model, data, options)
    if not history.epochs:
        stop(history.stopped)
    logits = autograd.compile(model).map(data.test_rows)
    console.print(f"test accuracy {accuracy(logits, data.test_kinds):.0%}")
    tell_mistakes(logits, data, console)
    figure = Figure(figsize=(13, 5.8), layout="constrained")
    curve, matrix = figure.subplots(1, 2)
    draw_training(curve, history)
    draw_confusion(matrix, data.test_kinds, [most_likely(row) for row in logits], data.names)
    save(figure, options.out / "iris.png", "the loss, and which was taken for which", console)


def load_data(seed: int) -> Data:
    """A third of each kind is for the test. All are standardised by those for training."""
    flowers = load_iris()
    train_rows, test_rows, train_kinds, test_kinds = train_test_split(
        flowers.data, flowers.target, test_size=50, stratify=flowers.target, random_state=seed
    )
    scaler = StandardScaler().fit(train_rows)
    return Data(
        scaler.transform(train_rows).tolist(),
        train_kinds.tolist(),
        scaler.transform(test_rows).tolist(),
        test_kinds.tolist(),
        flowers.target_names.tolist(),
    )


def train(model: MLP, data: Data, options: argparse.Namespace) -> History:
    """Adam on batches of the cross-entropy, with a penalty on large weights."""
    return fit(
        model,
        data.train_rows,
        data.train_kinds,
        loss=cross_entropy,
        optimizer=Adam(model.parameters(), lr=LEARNING_RATE),
        epochs=options.epochs,
        batch_size=BATCH_SIZE,
        l2=L2,
        metrics={"accuracy": accuracy},
        seed=options.seed,
    )


def tell_mistakes(logits: list[list[float]], data: Data, console: Console) -> None:
    """How sure the network was where it was wrong."""
    for row, kind in zip(logits, data.test_kinds, strict=True):
        if most_likely(row) != kind:
            chances = zip(data.names, softmax(row), strict=True)
            said = ", ".join(f"{name} {chance.data:.0%}" for name, chance in chances)
            console.print(f"  a {data.names[kind]} was given {said}")


def draw_training(ax: Axes, history: History) -> None:
    """The loss by epoch, and the share of the training flowers that were wrong."""
    columns = {
        "cross-entropy": history["loss"],
        "share wrong": [1 - share for share in history["accuracy"]],
    }
    plots.loss_curve(columns, ax=ax)
    ax.set_title("Training", fontsize=16)
    ax.set_ylabel("mean over the training flowers")
    ax.set_ylim(bottom=0)
    ax.set_xlim(left=0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("stopped")
