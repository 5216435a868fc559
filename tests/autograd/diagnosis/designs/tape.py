"""An engine with a tape: one list of all that was computed, and only leaves get a gradient."""

import math

tape = []  # one entry for each number: its Value, and pairs of (place of an operand, local slope)


class Value:
    def __init__(self, data, links=()):
        self.data = data
        self.grad = 0.0
        self.place = len(tape)
        tape.append((self, links))

    def __add__(self, other):
        x = number(other)
        return Value(self.data + x.data, [(self.place, 1.0), (x.place, 1.0)])

    def __mul__(self, other):
        x = number(other)
        return Value(self.data * x.data, [(self.place, x.data), (x.place, self.data)])

    def __pow__(self, n):
        return Value(self.data**n, [(self.place, n * self.data ** (n - 1))])

    def exp(self):
        y = math.exp(self.data)
        return Value(y, [(self.place, y)])

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, [(self.place, 1 - y**2)])

    def relu(self):
        return Value(max(self.data, 0), [(self.place, float(self.data > 0))])

    def __neg__(self):
        return Value(-self.data, [(self.place, -1.0)])

    def __sub__(self, other):
        return self + (-number(other))

    def __truediv__(self, other):
        return self * number(other) ** -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return number(other) / self

    def backward(self):
        adjoints = [0.0] * (self.place + 1)
        adjoints[self.place] = 1.0
        for place in range(self.place, -1, -1):
            node, links = tape[place]
            for operand, local in links:
                adjoints[operand] += adjoints[place] * local
            if not links:
                node.grad += adjoints[place]


def number(x):
    return x if isinstance(x, Value) else Value(x)
