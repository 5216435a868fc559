"""max is a switch, and makes a kink where its inputs are equal: branch.html.

python demos/lessons/branch.py
"""

from hand_out import hand_out

from autograd import parse

f = parse("f = a*b + maximum(a, b)", a=2, b=-1)

hand_out(f, "max hands the gradient to the larger input alone")
