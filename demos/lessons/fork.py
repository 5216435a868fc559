"""Where a number is used twice, its gradients add: fork.html, a page to play step by step.

python demos/lessons/fork.py
"""

from hand_out import hand_out

from autograd import parse

f = parse("d = a*b; e = a + b; f = d*e", a=-2, b=3)

hand_out(f, "Where paths meet again, gradients add up")
