"""A product hands each input the other one's value: a page to play step by step.

python demos/lessons/product.py
"""

from out import out_file

from autograd import Value, write_lesson

a, b = Value(-2.0, label="a"), Value(3.0, label="b")
f = a * b
f.label = "f"

title = "A product hands each input the other one's value"
print("wrote", write_lesson(f, out_file(), title))
