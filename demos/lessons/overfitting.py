"""Few points and many weights: a page on which a network learns the noise by heart.

python demos/lessons/overfitting.py
"""

from random import Random

from out import out_file

from nn import MLP, Adam, mse_loss, write_training
from nn.pages.datasets import data_set

points = data_set("wave", 40, noise=0.3, seed=1)
network = MLP(1, [24, 24, 1], "tanh", rng=Random(0))

page = write_training(
    network,
    points.X[:16],
    points.y[:16],
    out_file(),
    validation=(points.X[16:], points.y[16:]),
    loss=mse_loss,
    optimizer=Adam(network.parameters(), lr=0.01),
    epochs=1000,
    title="Learned by heart: the loss falls, and that of the points held out rises",
)
print("wrote", page)
