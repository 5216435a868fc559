"""Ten layers of sigmoid, tanh and relu: a page on which the gradient vanishes on its way back.

python demos/lessons/vanishing.py
"""

from random import Random

from out import out_file

from nn import MLP, SGD, binary_cross_entropy_with_logits, write_training
from nn.pages.datasets import data_set

points = data_set("moons", 100)
networks = {
    name: MLP(2, [6] * 9 + [1], name, rng=Random(3)) for name in ("sigmoid", "tanh", "relu")
}

page = write_training(
    networks,
    points.X,
    points.y,
    out_file(),
    loss=binary_cross_entropy_with_logits,
    optimizer={name: SGD(each.parameters(), lr=0.05) for name, each in networks.items()},
    epochs=150,
    seed=3,
    title="Ten layers: through sigmoids the gradient vanishes on its way back",
)
print("wrote", page)
