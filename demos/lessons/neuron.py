"""One neuron, and which way each of its weights should move: a page to play step by step.

python demos/lessons/neuron.py
"""

from random import Random

from out import out_file

from autograd import Value, write_lesson
from nn import Neuron

neuron = Neuron(2, activation="tanh", rng=Random(6))
x = [Value(1.0, label="x0"), Value(-0.5, label="x1")]
y = neuron(x)

title = "A neuron's weight gets its input, times the slope of tanh"
print("wrote", write_lesson(y, out_file(), title))
