"""The sigmoid taken apart, with the numbers of Stanford's CS231n: sigmoid.html.

python demos/lessons/sigmoid.py
"""

from hand_out import hand_out

from autograd import parse

f = parse("f = 1/(1 + exp(-(w0*x0 + w1*x1 + w2)))", w0=2, x0=-1, w1=-3, x1=-2, w2=-3)

hand_out(f, "The sigmoid taken apart, gate by gate")
