"""Find the bug, 6 of 12: an engine for + and *, with a list of closures."""


class Value:
    def __init__(self, data, operands=(), local_grads=()):
        self.data = data
        self.grad = 0.0
        self.operands = operands
        self.pushes = []
        for operand, local in zip(operands, local_grads):

            def push():
                operand.grad += self.grad * local

            self.pushes.append(push)

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __radd__(self, other):
        return as_value(other) + self

    def __rmul__(self, other):
        return as_value(other) * self

    def backward(self):
        self.grad = 1.0
        for node in reversed(topological_order(self)):
            for push in node.pushes:
                push()


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
    f = a * b
    f.backward()
    print("f = a * b, a.grad =", a.grad, "b.grad =", b.grad)
