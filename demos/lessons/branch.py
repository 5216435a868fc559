"""max is a switch, with a kink where its inputs are equal: a page to play step by step.

python demos/lessons/branch.py
"""

from out import out_file

from autograd import parse, write_lesson

f = parse("f = a*b + maximum(a, b)", a=2, b=-1)

title = "max hands the gradient to the larger input alone"
print("wrote", write_lesson(f, out_file(), title))
