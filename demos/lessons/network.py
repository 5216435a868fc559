"""A network of two layers on one example, and where its loss comes from: network.html.

python demos/lessons/network.py
"""

from random import Random

from hand_out import hand_out

from autograd import Value
from nn import MLP

mlp = MLP(2, [2, 1], activation="tanh", rng=Random(4))
x = [Value(0.5, label="x0"), Value(-1.0, label="x1")]
loss = (mlp(x) - 1) ** 2
loss.label = "loss"

hand_out(loss, "Two layers, one example: the way back from the loss to every weight")
