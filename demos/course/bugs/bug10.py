"""Find the bug, 10 of 12: an engine for + and *."""


class Value:
    def __init__(self, data, local_grads=None):
        self.data = data
        self.grad = 0.0
        self.local_grads = local_grads or {}  # for each operand the slope by it

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, {self: 1.0, other: 1.0})

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, {self: other.data, other: self.data})

    def __radd__(self, other):
        return as_value(other) + self

    def __rmul__(self, other):
        return as_value(other) * self

    def backward(self):
        self.grad = 1.0
        for node in reversed(topological_order(self)):
            for operand, local in node.local_grads.items():
                operand.grad += node.grad * local


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def topological_order(root):
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((operand, False) for operand in node.local_grads)
    return order


if __name__ == "__main__":
    a, b = Value(2.0), Value(3.0)
    f = a * a * b
    f.backward()
    print("f = a * a * b, a.grad =", a.grad, "b.grad =", b.grad)
