"""Few points and many weights: a page on which a network learns the noise by heart.

python demos/lessons/overfitting.py
"""

from random import Random

from out import out_file

from nn import MLP, Adam, mse_loss, write_training
from nn.pages.datasets import data_set

points = data_set("wave", 40, noise=0.3, seed=1)
networks = {name: MLP(1, [24, 24, 1], "tanh", rng=Random(2)) for name in ("by heart", "with L2")}

page = write_training(
    networks,
    points.X[:16],
    points.y[:16],
    out_file(),
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
print("wrote", page)
