"""Which measurements foretell diabetes? L1 beside L2: one drops weights, the other shrinks them.

    python demos/regression.py [--epochs N] [--seed N] [--out FOLDER]

442 patients: ten measurements each, and how far the disease went in a year (Efron and others, Least
Angle Regression, 2004). The model is one linear neuron, its loss the mean squared error plus a
penalty on the weights, and it is trained afresh for every strength of either penalty. L2 takes
strength * w², whose slope fades as w does, so weights shrink and stay. L1 takes strength * |w|,
whose slope is the same down to 0: a weight worth less than that goes to 0 and stays there (this is
Tibshirani's lasso, 1996). Measurements that tell much the same, as cholesterol and LDL, which is a
part of it, may take each other's place.

Or nearly there. The slope of |w| jumps at 0, and a step of gradient descent, which knows no jump,
hops to and fro across it, as far as the learning rate takes it. So the rate falls to 0 along half a
cosine, the hops with it, and what ends within ZERO counts as 0. It writes regression.png: the
weights at each strength, and the error on patients who were held out.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass

try:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from sklearn.datasets import load_diabetes
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
except ImportError as missing:
    sys.exit(f'regression.py: {missing.name} is not installed: pip install "chalkgrad[demos]"')

from common import make_folder, save, shown, stop, training_options
from rich.console import Console

import autograd
from nn import SGD, CosineAnnealingLR, Neuron, fit, mse_loss

STRENGTHS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
BLUE = "#0072b2"
SIGNS = LinearSegmentedColormap.from_list("signs", ["#56b4e9", "#ffffff", "#e69f00"])
COLOURS = SIGNS.with_extremes(bad="#bbbbbb")  # for weights of 0
ZERO = 0.001  # standard deviations of the target for one of the measurement
LEARNING_RATE = 0.03
NAMES = {"bmi": "BMI", "bp": "blood pressure", "s1": "cholesterol", "s2": "LDL", "s3": "HDL"}
NAMES |= {"s4": "cholesterol / HDL", "s5": "log triglycerides", "s6": "blood sugar"}


@dataclass
class Data:
    """Patients, standardised, for training and held out."""

    train_rows: list[list[float]]
    train_targets: list[float]
    test_rows: list[list[float]]
    test_targets: list[float]
    names: list[str]  # of the measurements
    unit: float  # what one standard deviation of the target is


@dataclass
class Result:
    """What training with one penalty came to."""

    penalty: str
    strength: float
    weights: list[float]
    error: float  # on the patients held out: the root of the mean square

    @property
    def zeros(self) -> int:
        """How many weights are 0."""
        return sum(map(is_zero, self.weights))


def main() -> None:
    options = training_options(__doc__ or "", epochs=600).parse_args()
    make_folder(options.out)
    console = Console(highlight=False, markup=False)
    data = load_data(options.seed)
    console.print(f"{len(data.train_rows)} + {len(data.test_rows)} patients", soft_wrap=True)

    def line(result: Result) -> str:
        return (
            f"{result.penalty}, strength {result.strength:<5g}  "
            f"{result.zeros:2d} of {len(data.names)} weights are 0  "
            f"held-out error {result.error:.1f}"
        )

    results = list(shown(train_all(data, options), 2 * len(STRENGTHS), console, line, every=1))
    mean = rms([target * data.unit for target in data.test_targets])
    console.print(f"to say the mean for everyone: held-out error {mean:.1f}")
    save(draw(results, data, mean), options.out / "regression.png", "weights and errors", console)


def load_data(seed: int) -> Data:
    """A quarter of the patients is held out. All are standardised by those for training."""
    diabetes = load_diabetes(scaled=False)
    train_rows, test_rows, train_targets, test_targets = train_test_split(
        diabetes.data, diabetes.target.reshape(-1, 1), test_size=0.25, random_state=seed
    )
    rows, targets = StandardScaler().fit(train_rows), StandardScaler().fit(train_targets)
    return Data(
        rows.transform(train_rows).tolist(),
        targets.transform(train_targets).ravel().tolist(),
        rows.transform(test_rows).tolist(),
        targets.transform(test_targets).ravel().tolist(),
        [NAMES.get(name, name) for name in diabetes.feature_names],
        targets.scale_.item(),
    )


def train_all(data: Data, options: argparse.Namespace) -> Iterator[Result]:
    """Each strength of each penalty, trained from the same weights at first."""
    for penalty in ("L1", "L2"):
        for strength in STRENGTHS:
            yield train(data, penalty, strength, options)


def train(data: Data, penalty: str, strength: float, options: argparse.Namespace) -> Result:
    """Gradient descent with momentum; all patients in one batch, as chance would blur the zeros."""
    model = Neuron(len(data.names), activation=None, rng=random.Random(options.seed))
    optimizer = SGD(model.parameters(), lr=LEARNING_RATE, momentum=0.9)
    history = fit(
        model,
        data.train_rows,
        data.train_targets,
        loss=mse_loss,
        optimizer=optimizer,
        epochs=options.epochs,
        scheduler=CosineAnnealingLR(optimizer, options.epochs),
        l1=strength if penalty == "L1" else 0.0,
        l2=strength if penalty == "L2" else 0.0,
        progress=False,
    )
    if history.epochs < options.epochs:  # fit ends on Ctrl-C with what it has; here all is to end
        raise KeyboardInterrupt
    pairs = zip(autograd.compile(model).map(data.test_rows), data.test_targets, strict=True)
    errors = [(found - target) * data.unit for found, target in pairs]
    return Result(penalty, strength, [w.data for w in model.w], rms(errors))


def rms(numbers: list[float]) -> float:
    """The root of the mean square."""
    return math.sqrt(sum(x * x for x in numbers) / len(numbers))


def draw(results: list[Result], data: Data, mean: float) -> Figure:
    """Weights, a row for each measurement and a column for each strength, above the errors."""
    figure = Figure(figsize=(15, 8.4), layout="constrained")
    grid = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=[2.4, 1])
    titles = {"L1": "L1: weights go to 0, one by one", "L2": "L2: weights shrink, together"}
    for (weights, errors), (penalty, title) in zip(grid.T, titles.items(), strict=True):
        column = [result for result in results if result.penalty == penalty]
        draw_weights(weights, column, data.names)
        weights.set_title(title, fontsize=18)
        errors.plot([result.error for result in column], color=BLUE, marker="o", linewidth=2.5)
        errors.axhline(mean, color="black", linestyle="--", label="the mean for everyone")
        errors.set_xticks(range(len(STRENGTHS)), [f"{x:g}" for x in STRENGTHS])
        errors.set_xlabel(f"strength of the {penalty} penalty", fontsize=14)
        errors.tick_params(labelsize=13)
        errors.grid(alpha=0.3)
    grid[1, 0].set_ylabel("held-out error", fontsize=14)
    grid[1, 0].legend(fontsize=13)
    return figure


def draw_weights(ax: Axes, results: list[Result], names: list[str]) -> None:
    """The stronger the colour, the larger the weight; a grey cell is a weight of 0."""
    table = [list(row) for row in zip(*[result.weights for result in results], strict=True)]
    shown = [[math.nan if is_zero(w) else w for w in row] for row in table]
    ax.imshow(shown, cmap=COLOURS, vmin=-0.6, vmax=0.6, aspect="auto")
    for row, weights in enumerate(table):
        for column, w in enumerate(weights):
            text = "0" if is_zero(w) else f"{w:+.2f}" if abs(w) >= 0.005 else f"{w:+.3f}"
            ax.text(column, row, text, ha="center", va="center", fontsize=13)
    ax.set_yticks(range(len(names)), names, fontsize=14)


def is_zero(weight: float) -> bool:
    """Whether a weight counts as 0."""
    return abs(weight) < ZERO


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("stopped")
