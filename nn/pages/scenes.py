"""The pages of nn on a site: lessons with neurons, and scenes in which a network learns.

`autograd` does not import nn; it finds `pages` among the entry points of the distribution. Each
page is what the script of its name in `demos/lessons` writes.
"""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import Value, lesson
from nn.layers import MLP, Neuron
from nn.losses import binary_cross_entropy_with_logits, mse_loss
from nn.optim import SGD, Adam
from nn.pages.datasets import data_set
from nn.pages.training import TrainingPage, training_page

# As a reader would type it, so that the nodes of its graph have the names of its variables.
LESSONS = {
    "neuron": """
neuron = Neuron(2, activation="tanh", rng=Random(6))
x = [Value(1.0, label="x0"), Value(-0.5, label="x1")]
y = neuron(x)
page = lesson(y, "A neuron's weight gets its input, times the slope of tanh")
""",
    "network": """
mlp = MLP(2, [2, 1], activation="tanh", rng=Random(4))
x = [Value(0.5, label="x0"), Value(-1.0, label="x1")]
y = mlp(x)
loss = (y - 1) ** 2
page = lesson(loss, "From the loss, through two layers, back to every weight")
""",
}


def pages() -> dict[str, dict[str, Any]]:
    """Pages by their names, under the headings that they stand below."""
    scenes = (descent, valley, xor, vanishing, overfitting)
    return {
        "Lessons": {name: typed(text) for name, text in LESSONS.items()},
        "A network learns": {make.__name__: make() for make in scenes},
    }


def typed(text: str) -> Any:
    """The page that a text makes."""
    names = {"MLP": MLP, "Neuron": Neuron, "Random": Random, "Value": Value, "lesson": lesson}
    exec(compile(text, "<lesson>", "exec"), names)
    return names["page"]


def descent() -> TrainingPage:
    """A line is fitted: two numbers go downhill."""
    points = data_set("line", 30)
    line = MLP(1, [1], rng=Random(3))
    return training_page(
        line,
        points.X,
        points.y,
        loss=mse_loss,
        optimizer=SGD(line.parameters(), lr=0.2),
        epochs=60,
        title="A slope and a height go downhill until the line fits",
    )


def valley() -> TrainingPage:
    """A valley of two numbers, across which long steps go to and fro."""
    rng = Random(0)
    X = [[rng.uniform(0.5, 1.5)] for _ in range(30)]  # noqa: N806 - on one side of 0: a narrow valley
    y = [x - 0.6 + rng.gauss(0, 0.05) for (x,) in X]
    line = MLP(1, [1], rng=Random(3))
    return training_page(
        line,
        X,
        y,
        loss=mse_loss,
        optimizer=SGD(line.parameters(), lr=0.4),
        epochs=120,
        title="In a narrow valley the steps go to and fro, and momentum helps",
    )


def xor() -> TrainingPage:
    """Four corners that no straight line parts, and four neurons that learn to."""
    network = MLP(2, [4, 1], "tanh", rng=Random(0))
    return training_page(
        network,
        [[0, 0], [0, 1], [1, 0], [1, 1]],
        [0, 1, 1, 0],
        loss=binary_cross_entropy_with_logits,
        optimizer=SGD(network.parameters(), lr=0.5),
        epochs=300,
        title="XOR: no straight line parts these corners, but four neurons do",
    )


def vanishing() -> TrainingPage:
    """Many layers of sigmoids, in which the gradient vanishes on its way back."""
    points = data_set("moons", 100)
    network = MLP(2, [6, 6, 6, 6, 6, 1], "sigmoid", rng=Random(0))
    return training_page(
        network,
        points.X,
        points.y,
        loss=binary_cross_entropy_with_logits,
        optimizer=SGD(network.parameters(), lr=0.3),
        batch_size=20,
        epochs=100,
        title="Each sigmoid lets a quarter through at most: the gradient vanishes",
    )


def overfitting() -> TrainingPage:
    """Few points and many weights: a network learns the noise by heart."""
    points = data_set("wave", 40, noise=0.3, seed=1)
    network = MLP(1, [24, 24, 1], "tanh", rng=Random(0))
    return training_page(
        network,
        points.X[:16],
        points.y[:16],
        validation=(points.X[16:], points.y[16:]),
        loss=mse_loss,
        optimizer=Adam(network.parameters(), lr=0.01),
        epochs=1000,
        title="Learned by heart: the loss falls, and that of the points held out rises",
    )
