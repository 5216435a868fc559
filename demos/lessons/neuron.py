"""One neuron, and which way each weight should move: neuron.html, a page to play step by step.

python demos/lessons/neuron.py
"""

from random import Random

from hand_out import hand_out

from autograd import Value
from nn import Neuron

neuron = Neuron(2, activation="tanh", rng=Random(1))
x = [Value(1.0, label="x0"), Value(-2.0, label="x1")]
y = neuron(x)
y.label = "y"

hand_out(y, "One neuron: a weighted sum, bent by tanh")
