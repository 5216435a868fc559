"""An engine that keeps, for each operand, the local derivative; gradients of a pass stand apart."""

import math
from graphlib import TopologicalSorter


class Value:
    def __init__(self, data, pairs=()):
        self.data = float(data)
        self.grad = 0.0
        self.pairs = pairs

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __sub__(self, other):
        other = as_value(other)
        return Value(self.data - other.data, ((self, 1.0), (other, -1.0)))

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __truediv__(self, other):
        other = as_value(other)
        a, b = self.data, other.data
        return Value(a / b, ((self, 1 / b), (other, -a / b**2)))

    def __pow__(self, n):
        return Value(self.data**n, ((self, n * self.data ** (n - 1)),))

    def __neg__(self):
        return Value(-self.data, ((self, -1.0),))

    def exp(self):
        e = math.exp(self.data)
        return Value(e, ((self, e),))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, ((self, 1 - t * t),))

    def relu(self):
        slope = 1.0 if self.data > 0 else 0.0
        return Value(self.data * slope, ((self, slope),))

    def __radd__(self, other):
        return as_value(other) + self

    def __rsub__(self, other):
        return as_value(other) - self

    def __rmul__(self, other):
        return as_value(other) * self

    def __rtruediv__(self, other):
        return as_value(other) / self

    def below(self):
        found, waiting = {self: None}, [self]
        while waiting:
            for operand, _ in waiting.pop().pairs:
                if operand not in found:
                    found[operand] = None
                    waiting.append(operand)
        return list(found)

    def backward(self):
        graph = {node: [operand for operand, _ in node.pairs] for node in self.below()}
        order = list(TopologicalSorter(graph).static_order())
        own = dict.fromkeys(order, 0.0)
        own[self] = 1.0
        for node in reversed(order):
            for operand, local in node.pairs:
                own[operand] += own[node] * local
        for node in order:
            node.grad += own[node]

    def zero_grad(self):
        for node in self.below():
            node.grad = 0.0


def as_value(x):
    return x if isinstance(x, Value) else Value(x)
