"""Where a number is used twice, its gradients add up: a page to play step by step.

python demos/lessons/fork.py
"""

from out import out_file

from autograd import parse, write_lesson

f = parse("d = a*b; e = a + b; f = d*e", a=-2, b=3)

title = "Where paths meet again, gradients add up"
print("wrote", write_lesson(f, out_file(), title))
