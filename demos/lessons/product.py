"""A product swaps its inputs: product.html, a page to play step by step.

python demos/lessons/product.py
"""

from hand_out import hand_out

from autograd import Value

a, b = Value(-2.0, label="a"), Value(3.0, label="b")
f = a * b
f.label = "f"

hand_out(f, "A product hands each input the other one's value")
