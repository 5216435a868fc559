"""Many layers of sigmoids: a page on which the gradient vanishes on its way back.

python demos/lessons/vanishing.py
"""

from random import Random

from out import out_file

from nn import MLP, SGD, binary_cross_entropy_with_logits, write_training
from nn.pages.datasets import data_set

points = data_set("moons", 100)
network = MLP(2, [6, 6, 6, 6, 6, 1], "sigmoid", rng=Random(0))

page = write_training(
    network,
    points.X,
    points.y,
    out_file(),
    loss=binary_cross_entropy_with_logits,
    optimizer=SGD(network.parameters(), lr=0.3),
    batch_size=20,
    epochs=100,
    title="Each sigmoid lets a quarter through at most: the gradient vanishes",
)
print("wrote", page)
