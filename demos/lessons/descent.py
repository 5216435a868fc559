"""A line is fitted: a page on which two numbers go downhill, step by step.

python demos/lessons/descent.py
"""

from random import Random

from out import out_file

from nn import MLP, SGD, mse_loss, write_training
from nn.pages.datasets import data_set

points = data_set("line", 30)
line = MLP(1, [1], rng=Random(3))

page = write_training(
    line,
    points.X,
    points.y,
    out_file(),
    loss=mse_loss,
    optimizer=SGD(line.parameters(), lr=0.2),
    epochs=60,
    title="A slope and a height go downhill until the line fits",
)
print("wrote", page)
