"""What the demos share: how they read their options, show that they are at work, and stop."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

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


def stop(message: str) -> NoReturn:
    """End the demo with one line."""
    sys.exit(f"{Path(sys.argv[0]).name}: {message}")


def make_folder(folder: Path) -> None:
    """The folder for the pictures, if it is not there yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        stop(f"cannot make the folder {folder}: {error.strerror}")


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
