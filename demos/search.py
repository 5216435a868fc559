"""Choose learning rate, batch size and width by cross-validation, on all cores or on a cluster.

    python demos/search.py [--epochs N] [--folds N] [--seed N] [--out FOLDER] [--dask ADDRESS]

178 wines from three vineyards in Piedmont, with 13 things that a chemist measured in each (Forina
and others, UCI repository). Training finds the weights of a network; how wide it is, how far its
steps go and how many wines each of them looks at has to be settled before. So every combination is
tried: trained on all folds of the training wines but one, and asked about that one, with each fold
left out in turn. The mean accuracy is what a combination is worth, and its spread over the folds
what a difference is worth. The best is then trained on all of them, and tested on wines that had no
say in the choice.

`MLPClassifier` is an estimator as scikit-learn has them, so its pipelines and searches take it. The
scaler is part of the pipeline, so that it too has not seen the fold that is left out. Trainings do
not depend on each other: joblib hands them to all cores, or with --dask to the workers of a cluster
(`dask scheduler`, then `dask worker ADDRESS` on each machine, with chalkgrad installed there). It
writes search.png: the accuracy of every combination.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

try:
    from joblib import parallel_config
    from matplotlib.figure import Figure
    from numpy import ndenumerate
    from sklearn.datasets import load_wine
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from nn.estimators import MLPClassifier
except ImportError as missing:
    what = missing.name or "scikit-learn 1.6 or newer"
    sys.exit(f'search.py: {what} is not installed: pip install "chalkgrad[demos]"')

from common import make_folder, save, shown_jobs, stop, training_options, whole
from rich.console import Console
from rich.table import Table

RATES = [0.001, 0.01, 0.1, 1.0]
BATCH_SIZES = [8, 32, 128]
WIDTHS = [2, 8, 32]
GRID = {  # the last varies fastest
    "network__batch_size": BATCH_SIZES,
    "network__hidden_layer_sizes": WIDTHS,
    "network__learning_rate_init": RATES,
}
CANDIDATES = len(RATES) * len(BATCH_SIZES) * len(WIDTHS)
BEST = 8  # rows of the table
TEST = 45  # wines


def main() -> None:
    options = parse_options()
    make_folder(options.out)
    console = Console(highlight=False, markup=False)
    cluster = nullcontext() if options.dask is None else joined(options.dask)
    rows, test_rows, classes, test_classes = train_test_split(
        *load_wine(return_X_y=True), test_size=TEST, random_state=options.seed
    )
    jobs = CANDIDATES * options.folds
    console.print(
        f"{CANDIDATES} combinations, {options.folds} folds of {len(rows)} wines: {jobs} trainings",
        soft_wrap=True,
    )
    search = make_search(options.epochs, options.folds, options.seed)
    # that the loss still falls after the last epoch is no news: the epochs are the same for all
    warnings.simplefilter("ignore", ConvergenceWarning)
    with cluster, shown_jobs(jobs, console):
        search.fit(rows, classes)
    console.print(best_of(search.cv_results_))
    console.print(f"test accuracy of the first {search.score(test_rows, test_classes):.0%}")
    save(draw(search.cv_results_), options.out / "search.png", "accuracies", console)


def make_search(epochs: int, folds: int, seed: int) -> GridSearchCV:
    """What tries each combination of GRID, the same folds and first weights for all."""
    network = MLPClassifier(max_iter=epochs, random_state=seed)
    return GridSearchCV(
        Pipeline([("scaler", StandardScaler()), ("network", network)]),
        GRID,
        cv=StratifiedKFold(folds, shuffle=True, random_state=seed),
        n_jobs=-1,  # all cores, or all workers
    )


def joined(address: str) -> AbstractContextManager[Any]:
    """In a `with` block, joblib's jobs go to the workers of a Dask cluster."""
    try:
        from dask.distributed import Client
    except ImportError:
        stop('--dask needs dask.distributed: pip install "dask[distributed]"')
    try:
        client = Client(address, timeout="5s")
    except (OSError, ValueError) as error:
        stop(f"--dask: no scheduler answers at {address} ({str(error).splitlines()[0]})")
    installed = client.run(has_chalkgrad)
    if not installed:
        stop(f"--dask: the scheduler at {address} has no workers: dask worker {address}")
    for worker, has_it in installed.items():
        if not has_it:
            stop(f"--dask: the worker at {worker} has no chalkgrad installed")
    return parallel_config("dask")


def has_chalkgrad() -> bool:
    """Whether the networks can be had where this is called."""
    return importlib.util.find_spec("nn") is not None


def best_of(results: dict[str, Any]) -> Table:
    """The best combinations, and how sure that is."""
    columns = (
        "rank",
        "learning rate",
        "batch size",
        "width",
        "accuracy",
        "± over folds",
        "seconds",
    )
    table = Table(*columns)
    for column in table.columns:
        column.justify = "right"
    order = sorted(range(CANDIDATES), key=lambda k: results["rank_test_score"][k])
    for k in order[:BEST]:
        parameters = results["params"][k]
        table.add_row(
            str(results["rank_test_score"][k]),
            f"{parameters['network__learning_rate_init']:g}",
            str(parameters["network__batch_size"]),
            str(parameters["network__hidden_layer_sizes"]),
            f"{results['mean_test_score'][k]:.1%}",
            f"{results['std_test_score'][k]:.1%}",
            f"{results['mean_fit_time'][k]:.2f}",
        )
    return table


def draw(results: dict[str, Any]) -> Figure:
    """A panel for each width: the accuracy by learning rate and batch size."""
    shape = (len(BATCH_SIZES), len(WIDTHS), len(RATES))
    accuracies = results["mean_test_score"].reshape(shape)
    figure = Figure(figsize=(15, 5), layout="constrained")
    panels = figure.subplots(1, len(WIDTHS), sharey=True)
    for position, (ax, width) in enumerate(zip(panels, WIDTHS, strict=True)):
        table = accuracies[:, position]
        image = ax.imshow(table, cmap="viridis", vmin=accuracies.min(), vmax=1, aspect="auto")
        for (row, column), accuracy in ndenumerate(table):
            best = accuracy == accuracies.max()
            ax.text(
                column,
                row,
                f"{accuracy:.0%}",
                ha="center",
                va="center",
                fontsize=20,
                color="black" if image.norm(accuracy) > 0.5 else "white",
                bbox={"facecolor": "none", "edgecolor": "black", "linewidth": 3} if best else None,
            )
        ax.set_title(f"{width} hidden neurons", fontsize=18)
        ax.set_xlabel("learning rate", fontsize=15)
        ax.set_xticks(range(len(RATES)), [f"{rate:g}" for rate in RATES], fontsize=15)
        ax.set_yticks(range(len(BATCH_SIZES)), BATCH_SIZES, fontsize=15)
    panels[0].set_ylabel("batch size", fontsize=15)
    figure.suptitle("Accuracy on wines left out; the best is framed", fontsize=18)
    return figure


def parse_options() -> Any:
    parser = training_options(__doc__ or "", epochs=20)
    parser.add_argument(
        "--folds", type=whole(2, 20), default=5, metavar="N", help="of the training wines (5)"
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="of a scheduler, such as tcp://192.168.0.7:8786"
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("stopped")
