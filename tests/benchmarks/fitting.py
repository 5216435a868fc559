"""How long whole training takes: `nn.estimators` beside scikit-learn's networks and PyTorch's loop.

    python -m pip install torch scikit-learn
    python tests/benchmarks/fitting.py

Twenty epochs of Adam over the digits of scikit-learn, 1,797 rows of 64 numbers, in float64 and on
one thread, from the data to the trained model, and the predictions for all rows; and first one step
of Adam and of SGD over 6,570 parameters. What is compared takes turns, and medians are quoted.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import sklearn.neural_network
from by_hand import NumpyAdam
from sklearn.datasets import load_digits
from speed import Runs, take_turns

import nn
import nn.estimators
from autograd import Value, Vector

EPOCHS = 20
HIDDEN = ([32], [64, 32])
BATCHES = (32, 200)
PARAMETERS = 6_570


def by_torch(hidden: list[int], batch: int, x: Any, y: Any) -> Callable[[], Any]:
    """The plain loop: shuffled batches, cross-entropy, Adam."""
    import torch
    from torch import nn as layers

    torch.set_num_threads(1)
    inputs, classes = torch.tensor(x), torch.tensor(y)

    def run() -> None:
        widths = [x.shape[1], *hidden]
        parts: list[Any] = []
        for before, after in zip(widths, hidden, strict=False):
            parts += [layers.Linear(before, after, dtype=torch.float64), layers.ReLU()]
        model = layers.Sequential(*parts, layers.Linear(widths[-1], 10, dtype=torch.float64))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        loss = layers.CrossEntropyLoss()
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(inputs)).split(batch):
                optimizer.zero_grad()
                loss(model(inputs[rows]), classes[rows]).backward()
                optimizer.step()

    return run


def estimator(made_by: Any, hidden: list[int], batch: int) -> Any:
    """A network of nn.estimators or of scikit-learn, with the same settings."""
    return made_by(
        tuple(hidden),
        batch_size=batch,
        learning_rate_init=1e-3,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=0,
    )


def numpy_adam(numbers: Any, gradient: Any) -> Callable[[], None]:
    """A step of Adam on arrays."""
    adam = NumpyAdam(numbers)
    return lambda: adam.step(gradient)


def numpy_sgd(numbers: Any, gradient: Any) -> Callable[[], None]:
    """A step of SGD on arrays."""

    def run() -> None:
        nonlocal numbers
        numbers = numbers - 1e-3 * gradient

    return run


def moved(optimizer: Any, gradient: Any) -> Callable[[], None]:
    """A step of an optimiser of nn over parameters that have a gradient."""
    row = Vector([Value(x) for x in gradient])
    row.grad = gradient
    return optimizer(row.values, lr=1e-3).step  # type: ignore[no-any-return]


def steps(rounds: int) -> None:
    """A step of an optimiser alone, before training leaves the memory in pieces."""
    rng = random.Random(0)
    gradient = [rng.gauss(0, 1) for _ in range(PARAMETERS)]
    for name, optimizer, by_numpy in (("Adam", nn.Adam, numpy_adam), ("SGD", nn.SGD, numpy_sgd)):
        t = take_turns(
            {
                "ours": (moved(optimizer, gradient), 200),
                "NumPy": (by_numpy(np.array(gradient), np.array(gradient)), 200),
            },
            rounds,
        )
        print(
            f"a step of {name}, {PARAMETERS:,} parameters: ours {1e3 * t['ours']:.3f} ms, "
            f"NumPy {1e3 * t['NumPy']:.3f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns each (5)")
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore")  # that the loss is still falling
    steps(rounds)
    digits = load_digits()
    x, y = digits.data / 16, digits.target
    theirs, own = sklearn.neural_network.MLPClassifier, nn.estimators.MLPClassifier
    print(f"{'ms':28} {'ours':>9} {'sklearn':>9} {'PyTorch':>9}   ours / sklearn, / PyTorch")
    for hidden in HIDDEN:
        for batch in BATCHES:
            runs: Runs = {
                "ours": (lambda h=hidden, b=batch: estimator(own, h, b).fit(x, y), 1),
                "sklearn": (lambda h=hidden, b=batch: estimator(theirs, h, b).fit(x, y), 1),
            }
            try:
                runs["PyTorch"] = by_torch(hidden, batch, x, y), 1
            except ImportError as error:
                print(f"without PyTorch: {error}")
            widths = "-".join(map(str, [64, *hidden, 10]))
            report(f"fit {widths}, batches of {batch}", take_turns(runs, rounds))
    fitted = {made_by: estimator(made_by, [32], 200).fit(x, y) for made_by in (own, theirs)}
    scores = ", ".join(f"{model.score(x, y):.3f}" for model in fitted.values())
    report(
        "predict 1,797 rows",
        take_turns(
            {
                "ours": (lambda: fitted[own].predict(x), 20),
                "sklearn": (lambda: fitted[theirs].predict(x), 20),
            },
            rounds,
        ),
    )
    print(f"shares that are right, ours and sklearn's: {scores}")


def report(name: str, seconds: dict[str, float]) -> None:
    """One line of the table."""
    t = {who: 1e3 * each for who, each in seconds.items()}
    torch = t.get("PyTorch", float("nan"))
    print(
        f"{name:28} {t['ours']:9.2f} {t['sklearn']:9.2f} {torch:9.2f}   "
        f"{t['ours'] / t['sklearn']:.2f}, {t['ours'] / torch:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
