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
    """A slope, with learning rates from too small to far too large."""
    X = [[k / 2] for k in range(-4, 5)]  # noqa: N806 - as often above 0 as below: the bias has nothing to do
    y = [0.8 * x for (x,) in X]
    rates = {"too small": 0.005, "right": 0.15, "too large": 0.55, "far too large": 0.65}
    lines = {name: MLP(1, [1]) for name in rates}
    for line in lines.values():
        line.layers[0].neurons[0].w[0].data = -0.6
    return training_page(
        lines,
        X,
        y,
        loss=mse_loss,
        optimizer={name: SGD(lines[name].parameters(), lr=rate) for name, rate in rates.items()},
        epochs=20,
        title="Down a slope: steps too short, right, too long, and longer and longer",
    )


def valley() -> TrainingPage:
    """A narrow valley of two numbers, and three ways down it."""
    rng = Random(0)
    X = [[rng.uniform(0.5, 1.5)] for _ in range(30)]  # noqa: N806 - on one side of 0: a narrow valley
    y = [x - 0.6 + rng.gauss(0, 0.05) for (x,) in X]
    lines = {name: MLP(1, [1], rng=Random(3)) for name in ("SGD", "momentum", "Adam")}
    return training_page(
        lines,
        X,
        y,
        loss=mse_loss,
        optimizer={
            "SGD": SGD(lines["SGD"].parameters(), lr=0.4),
            "momentum": SGD(lines["momentum"].parameters(), lr=0.1, momentum=0.8),
            "Adam": Adam(lines["Adam"].parameters(), lr=0.3),
        },
        epochs=100,
        seed=3,
        title="Three ways down a narrow valley: SGD, momentum and Adam",
    )


def xor() -> TrainingPage:
    """Four corners that no straight line parts; three neurons do, and long steps spike."""
    networks = {
        "a line": MLP(2, [1], rng=Random(3)),
        "three tanh": MLP(2, [3, 1], "tanh", rng=Random(3)),
        "steps too long": MLP(2, [3, 1], "tanh", rng=Random(3)),
    }
    rates = {"a line": 1, "three tanh": 1, "steps too long": 4}
    return training_page(
        networks,
        [[0, 0], [0, 1], [1, 0], [1, 1]],
        [0, 1, 1, 0],
        loss=binary_cross_entropy_with_logits,
        optimizer={name: SGD(networks[name].parameters(), lr=rate) for name, rate in rates.items()},
        epochs=100,
        seed=3,
        title="XOR: a line cannot, three tanh can, and too long a step throws them back",
    )


def vanishing() -> TrainingPage:
    """Ten layers, in which the gradient vanishes on its way back, or does not."""
    points = data_set("moons", 100)
    networks = {
        name: MLP(2, [6] * 9 + [1], name, rng=Random(3)) for name in ("sigmoid", "tanh", "relu")
    }
    return training_page(
        networks,
        points.X,
        points.y,
        loss=binary_cross_entropy_with_logits,
        optimizer={name: SGD(each.parameters(), lr=0.05) for name, each in networks.items()},
        epochs=150,
        seed=3,
        title="Ten layers: through sigmoids the gradient vanishes on its way back",
    )


def overfitting() -> TrainingPage:
    """Few points and many weights: a network learns the noise by heart, unless they stay small."""
    points = data_set("wave", 40, noise=0.3, seed=1)
    networks = {
        name: MLP(1, [24, 24, 1], "tanh", rng=Random(2)) for name in ("by heart", "with L2")
    }
    return training_page(
        networks,
        points.X[:16],
        points.y[:16],
        validation=(points.X[16:], points.y[16:]),
        loss=mse_loss,
        optimizer={
            "by heart": Adam(networks["by heart"].parameters(), lr=0.01),
            "with L2": Adam(networks["with L2"].parameters(), lr=0.01, weight_decay=0.002),
        },
        epochs=800,
        seed=2,
        title="Learned by heart: the loss falls, and that of the points held out rises",
    )
