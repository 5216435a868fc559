"""A valley of two numbers: a page on which long steps go to and fro across it.

python demos/lessons/valley.py
"""

from random import Random

from out import out_file

from nn import MLP, SGD, mse_loss, write_training

rng = Random(0)
X = [
    [rng.uniform(0.5, 1.5)] for _ in range(30)
]  # all on one side of 0, so that the valley is narrow
y = [x - 0.6 + rng.gauss(0, 0.05) for (x,) in X]
line = MLP(1, [1], rng=Random(3))

page = write_training(
    line,
    X,
    y,
    out_file(),
    loss=mse_loss,
    optimizer=SGD(line.parameters(), lr=0.4),
    epochs=120,
    title="In a narrow valley the steps go to and fro, and momentum helps",
)
print("wrote", page)
