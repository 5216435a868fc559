"""A network of two layers on one example: a page that plays the way back to every weight.

python demos/lessons/network.py
"""

from random import Random

from out import out_file

from autograd import Value, write_lesson
from nn import MLP

mlp = MLP(2, [2, 1], activation="tanh", rng=Random(4))
x = [Value(0.5, label="x0"), Value(-1.0, label="x1")]
y = mlp(x)
loss = (y - 1) ** 2

title = "From the loss, through two layers, back to every weight"
print("wrote", write_lesson(loss, out_file(), title))
