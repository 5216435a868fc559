"""Many rows: an epoch of `fit` on 60,000 rows of 784 numbers, and predictions of digits.

    python -m pip install "chalkgrad[sklearn]"
    python tests/benchmarks/rows.py

The rows are made up, in the size of MNIST. Of `fit` this says how long it takes from call to end,
recording included, and how much memory the process has. Predictions are those of the digits
that come with scikit-learn, by networks of one shape. NumPy uses one thread.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from speed import take_turns

import autograd
from nn import MLP, Adam, cross_entropy, fit

WIDTH, CLASSES, BATCH = 784, 10, 128


def memory() -> float:
    """The most that the process has had so far, in GB."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    unit = 1e9 if sys.platform == "darwin" else 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def an_epoch(count: int) -> None:
    """Train one epoch on this many rows, and predict all of them."""
    rng = np.random.default_rng(0)
    x, y = rng.random((count, WIDTH)), rng.integers(0, CLASSES, count)
    model = MLP(WIDTH, [32, CLASSES], rng=random.Random(0))
    optimizer = Adam(model.parameters(), lr=1e-3)
    start = time.perf_counter()
    history = fit(
        model, x, y, loss=cross_entropy, optimizer=optimizer,
        epochs=1, batch_size=BATCH, seed=0, progress=False,
    )  # fmt: skip
    whole = time.perf_counter() - start
    assert history.compiled
    inside = history["seconds"][0]
    print(f"fit, {count:,} rows of {WIDTH}: {whole:.1f} s, of them {inside:.1f} s in the epoch")
    print(f"  {memory():.2f} GB, of them {x.nbytes / 1e9:.2f} GB the rows", flush=True)

    compiled = autograd.compile(model)
    like = ([0.0] * WIDTH,)
    compiled.map(x[:1], like=like)
    weights = [np.array([[w.data for w in n.w] for n in layer.neurons]) for layer in model.layers]
    biases = [np.array([n.b.data for n in layer.neurons]) for layer in model.layers]

    def by_numpy() -> Any:
        hidden = np.maximum(x @ weights[0].T + biases[0], 0)
        return hidden @ weights[1].T + biases[1]

    assert np.allclose(compiled.map(x, like=like), by_numpy())
    t = take_turns({"map": (lambda: compiled.map(x, like=like), 1), "NumPy": (by_numpy, 1)}, 5)
    print(f"map, the same rows: {t['map']:.2f} s; NumPy by hand, one thread: {t['NumPy']:.2f} s")


def predictions(rounds: int) -> None:
    """The classes of the digits, by our estimator and by that of scikit-learn."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier as Theirs

    from nn.estimators import MLPClassifier

    warnings.simplefilter("ignore")  # three epochs are few
    x, y = load_digits(return_X_y=True)
    settings: Any = {"hidden_layer_sizes": (32,), "max_iter": 3, "random_state": 0}
    ours, theirs = MLPClassifier(**settings).fit(x, y), Theirs(**settings).fit(x, y)
    runs: Any = {
        "ours": (lambda: ours.predict(x), 20),
        "scikit-learn": (lambda: theirs.predict(x), 20),
    }
    start = time.perf_counter()
    ours.predict(x)
    first = time.perf_counter() - start
    t = {name: 1e3 * seconds for name, seconds in take_turns(runs, rounds).items()}
    print(
        f"predict, {len(x):,} digits of 64: {t['ours']:.2f} ms, scikit-learn "
        f"{t['scikit-learn']:.2f} ms, ratio {t['ours'] / t['scikit-learn']:.2f}"
    )
    print(f"  the first time, recording the network: {1e3 * first:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=60_000, metavar="N", help="to train on (60000)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns each (7)")
    options = parser.parse_args()
    an_epoch(options.rows)
    predictions(options.rounds)


if __name__ == "__main__":
    main()
