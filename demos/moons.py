"""Train a small network to tell two moons apart, and draw what it learned.

    python demos/moons.py [--epochs N] [--seed N] [--out FOLDER]

The whole of training in one file: data, split and standardised; forward pass, hinge loss with an
L2 penalty, backward pass, and gradient descent with a falling learning rate. It writes moons.png
(the decision boundary and the loss) and moons.svg (one neuron, with its values and gradients).
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

try:
    from matplotlib.figure import Figure
    from sklearn.datasets import make_moons
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
except ImportError as missing:
    sys.exit(f'moons.py: {missing.name} is not installed: pip install "chalkgrad[demos]"')

from common import OneLineParser, make_folder, shown, stop, whole
from rich.console import Console

import autograd
from autograd import Value, draw_dot, no_grad
from nn import MLP, SGD, Neuron, hinge_loss, plots

BATCH_SIZE = 16
FIRST_RATE, LAST_RATE = 0.1, 0.01  # the learning rate falls from one to the other
L2 = 1e-4


@dataclass
class Data:
    """Points with a label of -1 or 1, for training and for validation."""

    train_points: list[list[float]]
    train_labels: list[int]
    valid_points: list[list[float]]
    valid_labels: list[int]


@dataclass
class Epoch:
    """What one pass over the training points came to."""

    number: int
    loss: float
    accuracy: float  # on the validation points


def main() -> None:
    options = parse_options()
    make_folder(options.out)
    console = Console(highlight=False, markup=False)
    data = load_data(options.seed)
    model = MLP(2, [16, 16, 1], rng=random.Random(options.seed))
    console.print(
        f"{model}: {len(model.parameters())} parameters, "
        f"{len(data.train_points)} + {len(data.valid_points)} points",
        soft_wrap=True,
    )

    def line(epoch: Epoch) -> str:
        return (
            f"epoch {epoch.number:3d}/{options.epochs}  "
            f"loss {epoch.loss:.4f}  validation {epoch.accuracy:4.0%}"
        )

    epochs = train(model, data, options.epochs, options.seed)
    history = list(shown(epochs, options.epochs, console, line))
    trained = accuracy(model, data.train_points, data.train_labels)
    console.print(
        f"training accuracy {trained:.0%}, validation accuracy {history[-1].accuracy:.0%}"
    )
    try:
        draw_training(model, data, history, options.out / "moons.png")
        draw_neuron(busiest_neuron(model, data), data, options.out / "moons.svg")
    except OSError as error:
        stop(f"cannot write to {options.out}: {error.strerror}")
    console.print(f"wrote {options.out / 'moons.png'} (what the network learned)", soft_wrap=True)
    console.print(f"wrote {options.out / 'moons.svg'} (one neuron, differentiated)", soft_wrap=True)


def load_data(seed: int) -> Data:
    """Two moons of 100 points, a fifth kept for validation, standardised by the rest."""
    points, classes = make_moons(100, noise=0.1, random_state=seed)
    train_points, valid_points, train_classes, valid_classes = train_test_split(
        points, classes, test_size=0.2, stratify=classes, random_state=seed
    )
    scaler = StandardScaler().fit(train_points)
    return Data(
        scaler.transform(train_points).tolist(),
        [2 * c - 1 for c in train_classes.tolist()],
        scaler.transform(valid_points).tolist(),
        [2 * c - 1 for c in valid_classes.tolist()],
    )


def train(model: MLP, data: Data, epochs: int, seed: int) -> Iterator[Epoch]:
    """Gradient descent on batches of the training points, in a new order every epoch."""
    rng = random.Random(seed)
    optimizer = SGD(model.parameters(), lr=FIRST_RATE, momentum=0.9)
    rows = list(zip(data.train_points, data.train_labels, strict=True))
    for number in range(1, epochs + 1):
        done = (number - 1) / max(1, epochs - 1)
        optimizer.param_groups[0]["lr"] = FIRST_RATE + done * (LAST_RATE - FIRST_RATE)
        rng.shuffle(rows)
        total = 0.0
        for start in range(0, len(rows), BATCH_SIZE):
            batch = rows[start : start + BATCH_SIZE]
            scores = [model(point) for point, _ in batch]
            loss = hinge_loss(scores, [label for _, label in batch])
            penalty = L2 * sum(weight * weight for weight in model.parameters())
            optimizer.zero_grad()
            (loss + penalty).backward()
            optimizer.step()
            total += loss.data * len(batch)
        yield Epoch(
            number, total / len(rows), accuracy(model, data.valid_points, data.valid_labels)
        )


def accuracy(model: MLP, points: list[list[float]], labels: list[int]) -> float:
    """The share of points on the right side of the boundary."""
    scores = autograd.compile(model).map(points)
    right = [(score > 0) == (label > 0) for score, label in zip(scores, labels, strict=True)]
    return sum(right) / len(right)


def draw_training(model: MLP, data: Data, history: list[Epoch], path: Path) -> None:
    """The decision boundary among the points, and the loss by epoch."""
    figure = Figure(figsize=(12, 5.6), layout="constrained")
    boundary, curve = figure.subplots(1, 2, width_ratios=[1.15, 1])
    plots.decision_boundary(
        model,
        data.train_points,
        data.train_labels,
        validation_data=(data.valid_points, data.valid_labels),
        ax=boundary,
    )
    boundary.set_xlabel("first feature, standardised")
    boundary.set_ylabel("second feature, standardised")
    columns = {
        "training: mean hinge loss": [epoch.loss for epoch in history],
        "validation: share wrong": [1 - epoch.accuracy for epoch in history],
    }
    plots.loss_curve(columns, ax=curve)
    curve.set_ylabel("loss, or share of the points")
    curve.set_ylim(bottom=0)
    figure.savefig(path, dpi=110)


def busiest_neuron(model: MLP, data: Data) -> Neuron:
    """The neuron of the first layer that answers most to the first validation point."""
    with no_grad():
        return max(model.layers[0].neurons, key=lambda n: n(data.valid_points[0]).data)


def draw_neuron(neuron: Neuron, data: Data, path: Path) -> None:
    """One neuron's prediction for one point, with the gradient of every number in it."""
    x = [Value(number, label=f"x[{k}]") for k, number in enumerate(data.valid_points[0])]
    neuron.zero_grad()
    prediction = neuron(x)
    prediction.backward()
    path.write_bytes(draw_dot(prediction).pipe("svg"))


def parse_options() -> argparse.Namespace:
    parser = OneLineParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--epochs", type=whole(1), default=30, metavar="N", help="passes over the points (30)"
    )
    parser.add_argument(
        "--seed", type=whole(0, 2**32 - 1), default=1, metavar="N", help="of data and weights (1)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="FOLDER", help="for the pictures (here)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("stopped")
