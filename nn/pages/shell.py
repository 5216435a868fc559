"""`autograd train`: a training page of a data set, from the shell.

`autograd` does not import nn; it finds this command among the entry points of the distribution.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from autograd import RenderError, Words, write_whole
from nn.layers import MLP
from nn.layers.activations import ACTIVATIONS
from nn.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss
from nn.optim import SGD, Adam
from nn.pages.datasets import NAMES, NOISE, Points, data_set
from nn.pages.table import read_table
from nn.pages.training import page_of
from nn.training.divergence import DivergenceError

ABOUT = "Write a page that shows a network learning, and lets its reader change everything."
EXAMPLES = """\
examples:
  autograd train moons -o training.html
  autograd train wave --layers 8,8 --epochs 300
  autograd train iris --optimizer adam --lr 0.03
  autograd train flowers.csv --held-out 0.3

A CSV file has one column or two of inputs, and then the target: a number or a class.
"""
POINTS = 200
MOMENTUM = 0.9
OPTIMIZERS: dict[str, tuple[Callable[..., Any], float, float]] = {
    "sgd": (SGD, 0.3, 0.1),
    "momentum": (lambda params, lr: SGD(params, lr=lr, momentum=MOMENTUM), 0.03, 0.01),
    "adam": (Adam, 0.01, 0.01),
}
"""What makes each, and the usual learning rate for classes and for numbers."""


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line, which `autograd` writes."""

    def error(self, message: str) -> NoReturn:
        raise RenderError(f"{message} ({self.prog} --help)")


def train(arguments: Sequence[str]) -> int:
    """Write the page; the exit status."""
    options = make_parser().parse_args(arguments)
    words = Words(options.lang)
    points = points_of(options.data, options.seed)
    kept = len(points.y) - round(options.held_out * len(points.y))
    if not kept:
        raise RenderError(f"{options.data}: no point is left to train on")
    is_drawn = options.data in NOISE
    made = {
        "data": options.data,
        "count": POINTS,
        "noise": NOISE.get(options.data),
        "dataSeed": options.seed,
        "heldOut": options.held_out,
    }
    kinds = len(set(points.y)) if is_of_classes(options.data, points) else 0
    widths = [*options.layers, kinds if kinds > 2 else 1]
    rng = random.Random(options.seed)
    model = MLP(len(points.X[0]), widths, options.activation, rng=rng)
    make, for_classes, for_numbers = OPTIMIZERS[options.optimizer]
    rate = options.lr if options.lr is not None else for_classes if kinds else for_numbers
    losses = {0: mse_loss, 2: binary_cross_entropy_with_logits}
    y: list[Any] = [int(t) for t in points.y] if kinds else points.y
    try:
        page = page_of(
            "train",
            model,
            points.X[:kept],
            y[:kept],
            made if is_drawn else {},
            title=options.title,
            names=names_of(options.data, points, words),
            classes=points.classes or None,
            lang=options.lang,
            loss=losses.get(kinds, cross_entropy),
            optimizer=make(model.parameters(), lr=rate),
            epochs=options.epochs,
            validation=(points.X[kept:], y[kept:]) if kept < len(y) else None,
            batch_size=options.batch or None,
            l1=0.0,
            l2=0.0,
            shuffle=True,
            seed=options.seed,
        )
    except DivergenceError as error:
        where = str(error).split(":")[0]
        raise RenderError(
            f"{where}: the loss grows beyond all numbers; take a smaller --lr than {rate:g}"
        ) from None
    write_whole(Path(options.output), page.html.encode())
    print(options.output)
    return 0


def points_of(data: str, seed: int) -> Points:
    """The points of a name or of a file, in an order drawn from the seed."""
    if data in NAMES:
        return data_set(data, POINTS, seed=seed)
    path = Path(data)
    if path.suffix.lower() != ".csv" and not path.exists():
        raise RenderError(f"data are one of {', '.join(NAMES)}, or a CSV file, not {data!r:.60}")
    points = read_table(path)
    order = list(range(len(points.y)))
    random.Random(seed).shuffle(order)  # so that what is held out is no special part
    return points._replace(X=[points.X[k] for k in order], y=[points.y[k] for k in order])


def names_of(data: str, points: Points, words: Words) -> list[str]:
    """What stands beside the picture; the columns of a file are called as there."""
    names = [words(name) for name in points.names] if data in NAMES else points.names
    both = zip(names, points.scaled, strict=True)
    return [words("{0}, standardised", name) if scaled else name for name, scaled in both]


def is_of_classes(data: str, points: Points) -> bool:
    """Whether the targets are classes, and no numbers."""
    whole = all(t.is_integer() for t in points.y)
    return len(points.X[0]) == 2 and (data in NAMES or bool(points.classes) or whole)


def make_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = OneLineParser(
        prog="autograd train",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("data", metavar="DATA", help=f"{', '.join(NAMES)}, or a CSV file")
    parser.add_argument("-o", "--output", default="training.html", metavar="FILE")
    parser.add_argument(
        "--layers", type=widths, default=[16, 16], help="widths of the hidden layers: 16,16"
    )
    parser.add_argument("--activation", choices=ACTIVATIONS, default="tanh", metavar="NAME")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="sgd")
    parser.add_argument("--lr", type=positive, help="learning rate; as usual if left out")
    parser.add_argument("--batch", type=whole, default=32, help="points a step (32); 0 for all")
    parser.add_argument("--epochs", type=count, default=100, help="100")
    parser.add_argument("--held-out", type=share, default=0.2, help="share of the points (0.2)")
    parser.add_argument("--seed", type=whole, default=0, help="of data, weights and order (0)")
    parser.add_argument("--title", help="the heading")
    languages = Words.languages
    parser.add_argument("--lang", choices=languages, default="en", help=", ".join(languages))
    return parser


def whole(text: str) -> int:
    """A whole number from 0."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a whole number is wanted, not {text!r:.40}")
    return int(text)


def count(text: str) -> int:
    """A whole number from 1."""
    if not whole(text):
        raise argparse.ArgumentTypeError(f"a whole number from 1 is wanted, not {text!r:.40}")
    return int(text)


def widths(text: str) -> list[int]:
    """The widths of layers, separated by commas; none for no hidden layer."""
    return [count(part.strip()) for part in text.split(",") if part.strip()]


def positive(text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"a number above 0 is wanted, not {text!r:.40}")
    return number


def share(text: str) -> float:
    """A number from 0 that is less than 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"a share from 0 to below 1 is wanted, not {text!r:.40}")
    return number
