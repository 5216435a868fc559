"""A GPT that invents first names: a language model in which every number is a Value.

    python demos/names.py [--steps N] [--temperature T] [--samples N] [--seed N] [--out FOLDER]

It has the shape of Karpathy's microgpt: one block, 16 numbers wide, with four heads, and 4,192
parameters. It reads the 5,163 first names that the United States census of 1990 counted most, from
the package `names`, and learns which letter comes next. Before it has learned anything, all 27
choices (26 letters, or the end) are alike to it, and its loss is ln 27 = 3.30.

From top to bottom: names as numbers, the model from its smallest part to the whole, training, and
names drawn from what was learned. It writes names.png, the loss step by step.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

try:
    from matplotlib.figure import Figure
except ImportError as missing:
    sys.exit(f'names.py: {missing.name} is not installed: pip install "chalkgrad[demos]"')

from common import OneLineParser, make_folder, shown, stop, whole
from rich.console import Console

import autograd
from autograd import Value, no_grad, relu
from nn import Adam, Embedding, LinearLR, Module, cross_entropy, plots, softmax

TOKENS = ".abcdefghijklmnopqrstuvwxyz"  # the dot is where a name begins, and where it ends
WIDTH = 16  # numbers that stand for a letter in its place
HEADS = 4
BLOCK_SIZE = 16  # letters that it can look back on
SPREAD = 0.08  # of the weights, before training

BATCH_SIZE = 64
FIRST_RATE = 0.02  # the learning rate falls from here to 0
AVERAGED = 50  # steps whose mean loss is shown: that of one depends on which names it had

Vector = Sequence[Any]  # of Values
Row = tuple[list[int], list[float]]  # the tokens of a name, and the weights of its predictions


def main() -> None:
    options = parse_options()
    make_folder(options.out)
    console = Console(highlight=False, markup=False)
    names = load_names()
    rng = random.Random(options.seed)
    rows = as_rows(names)
    rng.shuffle(rows)
    tenth = math.ceil(len(rows) / 10)
    unseen, seen = rows[:tenth], rows[tenth:]
    model = GPT(rng)
    console.print(f"{len(model.parameters()):,} parameters, {len(names):,} names")
    if not autograd.accelerated:
        console.print("a step takes seconds, as the engine is not compiled here: try --steps 50")
    history: list[Step] = []

    def line(step: Step) -> str:
        latest = [*history, step][-AVERAGED:]
        loss = mean([past.loss for past in latest])
        return f"step {step.number:4d}/{options.steps}  loss {loss:.3f}"

    steps = train(model, seen, unseen, options.steps, rng)
    for step in shown(steps, options.steps, console, line, max(1, options.steps // 20)):
        history.append(step)
    loss, other = (mean(losses[-AVERAGED:]) for losses in columns(history))
    console.print(f"loss {loss:.3f}, and {other:.3f} on names that it was not trained on")
    invented = [sample(model, options.temperature, rng) for _ in range(options.samples)]
    console.print("it invents: " + ", ".join(invented))
    known = len(set(invented) & set(names))
    console.print(f"{known} of them {'is a name' if known == 1 else 'are names'} of the census")
    try:
        draw(history, options.out / "names.png")
    except OSError as error:
        stop(f"cannot write to {options.out}: {error.strerror}")
    console.print(f"wrote {options.out / 'names.png'} (the loss, step by step)", soft_wrap=True)


# ---- names as numbers ---------------------------------------------------------------------------


def load_names() -> list[str]:
    """Each first name once, in small letters."""
    try:
        # not importlib.resources, which would import this file: it has the name of the package
        package = distribution("names")
        tables = [
            Path(str(package.locate_file(f"names/dist.{kind}.first"))).read_text(encoding="ascii")
            for kind in ("female", "male")
        ]
    except PackageNotFoundError:
        stop('names is not installed: pip install "chalkgrad[demos]"')
    # a line is a name, how many in a hundred have it, the same added up, and its rank
    return sorted({line.split()[0].lower() for table in tables for line in table.splitlines()})


def as_rows(names: Sequence[str]) -> list[Row]:
    """The names as tokens, all of one length, with a weight for each token to predict.

    Where the longest has four letters, "ada" is .ada.. or 0 1 4 1 0 0. What is to predict is
    a d a . . and weighs ¼ ¼ ¼ ¼ 0: the dot past the end makes the length, and does not count.
    """
    longest = max(map(len, names))
    rows = []
    for name in names:
        past = longest - len(name)
        tokens = [TOKENS.index(letter) for letter in f".{name}." + past * "."]
        count = len(name) + 1  # the letters, and the end
        rows.append((tokens, count * [1 / count] + past * [0.0]))
    return rows


# ---- the model ----------------------------------------------------------------------------------


def dot(a: Vector, b: Vector) -> Any:
    """a · b"""
    return sum(x * y for x, y in zip(a, b, strict=True))


def plus(a: Vector, b: Vector) -> Vector:
    """a + b"""
    return [x + y for x, y in zip(a, b, strict=True)]


def rms_norm(x: Vector) -> Vector:
    """x over the root of its mean square: its direction is kept, and how long it is forgotten."""
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [number * scale for number in x]


class Linear(Module):
    """matrix · x: each output is a weighted sum of the inputs. There is no bias."""

    def __init__(self, nin: int, nout: int) -> None:
        self.matrix = [[Value(0.0) for _ in range(nin)] for _ in range(nout)]

    def forward(self, x: Vector) -> Vector:
        return [dot(row, x) for row in self.matrix]


def attend(query: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    """A mixture of the values: the better a key fits the query, the larger its value's share."""
    fits = [dot(query, key) / math.sqrt(len(query)) for key in keys]
    shares = softmax(fits)
    return [dot(shares, column) for column in zip(*values, strict=True)]


class Attention(Module):
    """Where a position learns of others: of itself and those before it, never of what is to come.

    Each position puts a query, and each has a key that may fit it and a value to give. There are
    four heads, which attend on their own, each with its part of every query, key and value.
    """

    def __init__(self) -> None:
        self.query, self.key, self.value = (Linear(WIDTH, WIDTH) for _ in range(3))
        self.output = Linear(WIDTH, WIDTH)

    def forward(self, xs: list[Vector]) -> list[Vector]:
        outputs = []
        keys, values = [], []
        size = WIDTH // HEADS
        heads = [slice(start, start + size) for start in range(0, WIDTH, size)]
        for x in xs:
            query = self.query(x)
            keys.append(self.key(x))
            values.append(self.value(x))
            mixed: list[Any] = []
            for head in heads:
                mixed += attend(query[head], [k[head] for k in keys], [v[head] for v in values])
            outputs.append(self.output(mixed))
        return outputs


class Block(Module):
    """Attention between the positions, then a small network at each; both add to what was there."""

    def __init__(self) -> None:
        self.attention = Attention()
        self.widen, self.narrow = Linear(WIDTH, 4 * WIDTH), Linear(4 * WIDTH, WIDTH)

    def forward(self, xs: list[Vector]) -> list[Vector]:
        attended = self.attention([rms_norm(x) for x in xs])
        xs = [plus(x, found) for x, found in zip(xs, attended, strict=True)]
        return [plus(x, self.network(rms_norm(x))) for x in xs]

    def network(self, x: Vector) -> Vector:
        """narrow · relu(widen · x)"""
        return self.narrow([relu(number) for number in self.widen(x)])


class GPT(Module):
    """For each position, 27 logits of what comes next."""

    def __init__(self, rng: random.Random) -> None:
        self.token = Embedding(len(TOKENS), WIDTH)  # what a letter is
        self.place = Embedding(BLOCK_SIZE, WIDTH)  # where it stands
        self.block = Block()
        self.logits = Linear(WIDTH, len(TOKENS))
        for weight in self.parameters():
            weight.data = rng.gauss(0.0, SPREAD)

    def forward(self, tokens: Sequence[Any]) -> list[Vector]:
        places = range(len(tokens))
        vectors = zip(self.token(tokens), self.place(places), strict=True)
        xs = [rms_norm(plus(token, place)) for token, place in vectors]
        return [self.logits(x) for x in self.block(xs)]


# ---- training -----------------------------------------------------------------------------------


def loss_for(model: GPT) -> Any:
    """The mean of -ln p over the letters of a name, as a compiled function.

    It records the graph for one name, and replays it for all names of a batch at once.
    """

    @autograd.compile
    def loss_of_name(tokens: list[Any], weights: Vector) -> Value:
        # attention never looks ahead, so the dots past the end change nothing before it
        losses = cross_entropy(model(tokens[:-1]), tokens[1:], reduction="none")
        total: Value = dot(weights, losses)
        return total

    return loss_of_name


@dataclass
class Step:
    """What a step came to: the loss of its batch, and of as many names never trained on."""

    number: int
    loss: float
    unseen: float


def train(
    model: GPT, seen: list[Row], unseen: list[Row], steps: int, rng: random.Random
) -> Iterator[Step]:
    """Adam on the mean loss of batches, with a learning rate that falls to 0."""
    optimizer = Adam(model.parameters(), lr=FIRST_RATE, betas=(0.85, 0.99))
    scheduler = LinearLR(optimizer, 1.0, 0.0, steps)
    loss_of_name = loss_for(model)
    for number in range(1, steps + 1):
        loss = loss_of_name.mean(rng.choices(seen, k=BATCH_SIZE))
        with no_grad():
            other = loss_of_name.mean(rng.choices(unseen, k=BATCH_SIZE))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        yield Step(number, loss.data, other.data)


def columns(history: list[Step]) -> tuple[list[float], list[float]]:
    """The losses of the batches, and of the names not trained on."""
    return [step.loss for step in history], [step.unseen for step in history]


def mean(numbers: Sequence[float]) -> float:
    """The sum over the count."""
    return sum(numbers) / len(numbers)


# ---- new names ----------------------------------------------------------------------------------


def sample(model: GPT, temperature: float, rng: random.Random) -> str:
    """A name, letter by letter: each drawn by its probability, given those before it.

    temperature : what logits are divided by. Below 1 the likely letters become likelier still.
    """
    tokens = [0]
    with no_grad():
        while len(tokens) <= BLOCK_SIZE:
            *_, logits = model(tokens)
            probabilities = softmax([logit / temperature for logit in logits])
            (token,) = rng.choices(range(len(TOKENS)), [p.data for p in probabilities])
            if token == 0:
                break
            tokens.append(token)
    return "".join(TOKENS[token] for token in tokens[1:])


# ---- the picture --------------------------------------------------------------------------------


def draw(history: list[Step], path: Path) -> None:
    """The loss step by step, below the level of one who knows nothing of names."""
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    ax = figure.subplots()
    losses, unseen = columns(history)
    curves = {
        "one batch": losses,
        f"mean of the last {AVERAGED}": running_mean(losses),
        "the same, names not trained on": running_mean(unseen),
    }
    plots.loss_curve(curves, ax=ax)
    ax.get_lines()[0].set(alpha=0.3, linewidth=1)
    ax.axhline(math.log(len(TOKENS)), color="black", linestyle=":", label="knowing nothing: ln 27")
    ax.legend(fontsize=12)
    ax.set_title("Learning which letter comes next", fontsize=16)
    ax.set_xlabel("step")
    ax.set_ylabel("loss: mean of -ln p(next letter)")
    figure.savefig(path, dpi=110)


def running_mean(losses: list[float]) -> list[float]:
    """For each step the mean of the latest losses."""
    return [mean(losses[max(0, end - AVERAGED) : end]) for end in range(1, len(losses) + 1)]


def parse_options() -> argparse.Namespace:
    parser = OneLineParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--steps", type=whole(1, 100_000), default=1000, metavar="N", help="of training (1000)"
    )
    parser.add_argument(
        "--temperature",
        type=temperature,
        default=0.7,
        metavar="T",
        help="from 0.01 to 100: low for likely names, high for odd ones (0.7)",
    )
    parser.add_argument(
        "--samples", type=whole(1, 10_000), default=20, metavar="N", help="names to invent (20)"
    )
    parser.add_argument(
        "--seed", type=whole(0), default=1, metavar="N", help="of weights, batches and names (1)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="FOLDER", help="for the picture (here)"
    )
    return parser.parse_args()


def temperature(text: str) -> float:
    """A temperature, from the command line."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.01 <= number <= 100:
        raise argparse.ArgumentTypeError(f"takes a number from 0.01 to 100, not {text!r}")
    return number


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("stopped")
