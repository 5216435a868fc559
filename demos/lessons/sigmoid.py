"""The sigmoid taken apart, with the numbers of Stanford's course CS231n: a page to play.

python demos/lessons/sigmoid.py
"""

from out import out_file

from autograd import parse, write_lesson

f = parse("f = 1/(1 + exp(-(w0*x0 + w1*x1 + w2)))", w0=2, x0=-1, w1=-3, x1=-2, w2=-3)

title = "Simple gates make a sigmoid, and its gradient"
print("wrote", write_lesson(f, out_file(), title))
