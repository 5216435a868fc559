"""A valley of two numbers: a page on which SGD, momentum and Adam go down it.

python demos/lessons/valley.py
"""

from random import Random

from out import out_file

from nn import MLP, SGD, Adam, mse_loss, write_training

rng = Random(0)
X = [[rng.uniform(0.5, 1.5)] for _ in range(30)]  # on one side of 0: a narrow valley
y = [x - 0.6 + rng.gauss(0, 0.05) for (x,) in X]
lines = {name: MLP(1, [1], rng=Random(3)) for name in ("SGD", "momentum", "Adam")}

page = write_training(
    lines,
    X,
    y,
    out_file(),
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
print("wrote", page)
