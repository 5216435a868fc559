"""Read handwritten digits, and look at what was misread and at what the neurons look for.

    python demos/digits.py [--epochs N] [--seed N] [--out FOLDER]

1797 digits of the UCI repository, scanned to 8 × 8 pixels with 17 levels of grey. They fall into
three parts. With the first the network is trained. The second, for validation, is looked at after
each epoch, and the weights of its best one are kept; having been chosen by it, they are better on
it than on other digits. So the third part, the test, is looked at once, in the end.

Every digit is 64 numbers, and the network 2410 weights and biases: 2400 products and sums forward,
and as many backward. `fit` records them once and replays them natively. It writes digits.png (the
training and the mistakes) and neurons.png (the weights of the hidden neurons, as images).
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    import numpy as np
    from matplotlib.figure import Figure
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import MinMaxScaler
except ImportError as missing:
    sys.exit(f'digits.py: {missing.name} is not installed: pip install "chalkgrad[demos]"')

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
from nn import MLP, Adam, CosineAnnealingLR, History, cross_entropy, fit, plots

HIDDEN = 32
BATCH_SIZE = 32
LEARNING_RATE = 0.01  # at first; it falls to 0 along half a cosine
L2 = 1e-3  # what large weights cost; it fades those that do nothing, so that the images are clear
VALIDATION, TEST = 180, 360  # digits; the rest are for training


@dataclass
class Part:
    """Digits: their pixels from 0 to 1, and what they are."""

    rows: Any  # arrays of NumPy: fit and map read them where they lie
    classes: Any


def main() -> None:
    options = training_options(__doc__ or "", epochs=20).parse_args()
    make_folder(options.out)
    console = Console(highlight=False, markup=False)
    training, validation, test = load_data(options.seed)
    model = MLP(64, [HIDDEN, 10], rng=random.Random(options.seed))
    console.print(
        f"{model}: {len(model.parameters())} parameters, "
        f"{len(training.rows)} + {len(validation.rows)} + {len(test.rows)} digits",
        soft_wrap=True,
    )
    history = train(model, training, validation, options)
    if not history.epochs:
        stop(history.stopped)
    logits = autograd.compile(model).map(test.rows)
    console.print(f"test accuracy {accuracy(logits, test.classes):.1%}")
    predicted = [most_likely(row) for row in logits]
    draw_run(history, test, predicted, options.out / "digits.png", console)
    draw_neurons(model, options.out / "neurons.png", console)


def load_data(seed: int) -> list[Part]:
    """The digits for training, validation and the test, with pixels scaled by those of training."""
    rows, classes = load_digits(return_X_y=True)
    rows, test_rows, classes, test_classes = train_test_split(
        rows, classes, test_size=TEST, stratify=classes, random_state=seed
    )
    rows, valid_rows, classes, valid_classes = train_test_split(
        rows, classes, test_size=VALIDATION, stratify=classes, random_state=seed
    )
    scaler = MinMaxScaler().fit(rows)
    parts = [(rows, classes), (valid_rows, valid_classes), (test_rows, test_classes)]
    return [Part(scaler.transform(rows), classes) for rows, classes in parts]


def train(model: MLP, training: Part, validation: Part, options: argparse.Namespace) -> History:
    """Adam with a falling learning rate; the model has the weights of its best epoch in the end."""
    optimizer = Adam(model.parameters(), lr=LEARNING_RATE)
    return fit(
        model,
        training.rows,
        training.classes,
        loss=cross_entropy,
        optimizer=optimizer,
        epochs=options.epochs,
        batch_size=BATCH_SIZE,
        l2=L2,
        scheduler=CosineAnnealingLR(optimizer, options.epochs),
        validation=(validation.rows, validation.classes),
        metrics={"accuracy": accuracy},
        seed=options.seed,
    )


def draw_run(
    history: History, test: Part, predicted: list[int], path: Path, console: Console
) -> None:
    """The losses, what was taken for which, and some of the misread digits."""
    figure = Figure(figsize=(18, 6.2), layout="constrained")
    left, middle, right = figure.subfigures(1, 3, width_ratios=[1, 1.08, 1])
    curve = left.subplots()
    losses = {"training": history["loss"], "validation": history["val_loss"]}
    plots.loss_curve(losses, log=True, ax=curve)
    curve.set_ylabel("cross-entropy")
    if history.best_epoch:
        curve.axvline(history.best_epoch, color="black", linestyle=":", label="weights kept")
    curve.legend(fontsize=13)
    draw_confusion(middle.subplots(), test.classes, predicted, [str(k) for k in range(10)])
    wrong = [k for k, guess in enumerate(predicted) if guess != test.classes[k]]
    right.suptitle(f"{len(wrong)} of {len(predicted)} misread", fontsize=16)
    for place, k in enumerate(wrong[:9], 1):
        ax = right.add_subplot(3, 3, place, xticks=[], yticks=[])
        ax.imshow(test.rows[k].reshape(8, 8), cmap="Greys")
        ax.set_title(f"a {test.classes[k]}, read {predicted[k]}", fontsize=14)
    save(figure, path, "the training and the mistakes", console)


def draw_neurons(model: MLP, path: Path, console: Console) -> None:
    """The weights of each hidden neuron, where the pixels are that they are for.

    A neuron adds up the ink on orange pixels and subtracts that on purple ones. A blank one was not
    needed: the penalty has faded its weights, and with them those that lead on from it.
    """
    figure = Figure(figsize=(13, 7), layout="constrained")
    weights = np.array([[w.data for w in neuron.w] for neuron in model.layers[0].neurons])
    images = np.pad(weights.reshape(-1, 8, 8), ((0, 0), (0, 1), (0, 1)), constant_values=np.nan)
    tiles = images.reshape(4, HIDDEN // 4, 9, 9).swapaxes(1, 2).reshape(4 * 9, -1)[:-1, :-1]
    ax = figure.subplots(subplot_kw={"xticks": [], "yticks": [], "facecolor": "0.8"})
    largest = np.abs(weights).max()
    image = ax.imshow(tiles, cmap="PuOr_r", vmin=-largest, vmax=largest)
    ax.spines[:].set_visible(False)
    bar = figure.colorbar(image, shrink=0.9)
    bar.set_label("weight", fontsize=14)
    bar.ax.tick_params(labelsize=13)
    title = f"The {HIDDEN} hidden neurons: orange pixels speak for, purple ones against"
    figure.suptitle(title, fontsize=16)
    save(figure, path, "the weights of the hidden neurons", console)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("stopped")
