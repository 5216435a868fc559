"""What the demos share: how they read their options, show that they are at work, and stop."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from unittest.mock import patch

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def whole(least: int, most: float = math.inf) -> Callable[[str], int]:
    """What reads a whole number in a range from the command line."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            limit = f"from {least}" if most == math.inf else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"takes a whole number {limit}, not {text!r}")
        return int(text)

    return read


def training_options(description: str, epochs: int, seed: int = 0) -> OneLineParser:
    """What reads the options that every demo with a training run has; both are their defaults."""
    parser = OneLineParser(description=description.splitlines()[0])
    parser.add_argument(
        "--epochs",
        type=whole(1),
        default=epochs,
        metavar="N",
        help=f"passes over the data ({epochs})",
    )
    parser.add_argument(
        "--seed",
        type=whole(0, 2**32 - 1),
        default=seed,
        metavar="N",
        help=f"of the split and the weights ({seed})",
    )
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="FOLDER", help="for the pictures (here)"
    )
    return parser


def stop(message: str) -> NoReturn:
    """End the demo with one line."""
    sys.exit(f"{Path(sys.argv[0]).name}: {message}")


def make_folder(folder: Path) -> None:
    """The folder for the pictures, if it is not there yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        stop(f"cannot make the folder {folder}: {error.strerror}")


def save(figure: Any, path: Path, what: str, console: Console) -> None:
    """Write a figure of matplotlib, and say so."""
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        stop(f"cannot write to {path.parent}: {error.strerror}")
    console.print(f"wrote {path} ({what})", soft_wrap=True)


def most_likely(logits: Sequence[Any]) -> int:
    """The class with the highest score."""
    return max(range(len(logits)), key=lambda k: logits[k])


def accuracy(logits: Sequence[Sequence[Any]], classes: Sequence[int]) -> float:
    """The share of rows whose highest score is that of their class."""
    right = [most_likely(row) == c for row, c in zip(logits, classes, strict=True)]
    return sum(right) / len(right)


def draw_confusion(ax: Any, actual: list[int], predicted: list[int], names: list[str]) -> None:
    """How many rows of each class were taken for which."""
    from sklearn.metrics import ConfusionMatrixDisplay

    display = ConfusionMatrixDisplay.from_predictions(
        actual,
        predicted,
        labels=range(len(names)),
        display_labels=names,
        cmap="Blues",
        colorbar=False,
        text_kw={"fontsize": 26 if len(names) < 5 else 14},
        ax=ax,
    )
    for count in display.text_.flat:
        if count.get_text() == "0":  # the mistakes stand out among dots
            count.set_text("·")
    ax.set_title("Test: which was taken for which", fontsize=16)
    ax.set_xlabel("predicted", fontsize=13)
    ax.set_ylabel("actual", fontsize=13)
    ax.tick_params(labelsize=13)


def shown(
    items: Iterable[Item],
    count: int,
    console: Console,
    line: Callable[[Item], str],
    every: int = 5,
) -> Iterator[Item]:
    """The items as they pass, with a live bar, or every few a line where there is no screen.

    count : how many items there are at most.
    """
    if not console.is_terminal:
        for number, item in enumerate(items, 1):
            if number % every == 0 or number in (1, count):
                console.print(line(item))
            yield item
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=count)
        for item in items:
            progress.update(task, advance=1, description=line(item))
            yield item
        progress.update(task, total=progress.tasks[0].completed)


@contextmanager
def shown_jobs(count: int, console: Console) -> Iterator[None]:
    """A `with` block in which joblib works at so many jobs, with a live bar, or a line a tenth."""
    from joblib import Parallel

    def note(parallel: Any) -> None:  # joblib calls it when a job is done
        done = min(parallel.n_completed_tasks, count)
        if bar is not None:
            bar.update(task, completed=done, description=f"{done}/{count} trainings")
        elif done * 10 // count > noted[-1]:
            noted.append(done * 10 // count)
            console.print(f"{done}/{count} trainings")

    bar, task, noted = None, None, [0]
    with patch.object(Parallel, "print_progress", note):
        if not console.is_terminal:
            yield
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("starting", total=count)
            yield
