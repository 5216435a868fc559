"""Find the bug, 1 of 12: an engine for + and *, with closures."""


class Value:
    def __init__(self, data, operands=()):
        self.data = data
        self.grad = 0.0
        self.operands = operands
        self.push = lambda: None

    def __add__(self, other):
        other = as_value(other)
        out = Value(self.data + other.data, (self, other))

        def push():
            self.grad += out.grad
            other.grad += out.grad

        out.push = push
        return out

    def __mul__(self, other):
        other = as_value(other)
        out = Value(self.data * other.data, (self, other))

        def push():
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out.push = push
        return out

    def __radd__(self, other):
        return as_value(other) + self

    def __rmul__(self, other):
        return as_value(other) * self

    def backward(self):
        self.grad = 1.0
        for node in reversed(topological_order(self)):
            node.push()


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
            stack.extend((operand, False) for operand in node.operands)
    return order


if __name__ == "__main__":
    a, b = Value(2.0), Value(3.0)
    f = a * b + a * a
    f.backward()
    print("f = a * b + a * a, a.grad =", a.grad, "b.grad =", b.grad)
