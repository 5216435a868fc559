"""Find the bug, 4 of 12: an engine for + and *."""


class Value:
    def __init__(self, data, operands=(), local_grads=()):
        self.data = data
        self.grad = 0.0
        self.operands = operands
        self.local_grads = local_grads

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
        for node in visit(self, []):
            for operand, local in zip(node.operands, node.local_grads):
                operand.grad += node.grad * local


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def visit(root, order):
    """All nodes, the root first."""
    waiting, seen = [root], {root}
    while waiting:
        node = waiting.pop()
        order.append(node)
        for operand in node.operands:
            if operand not in seen:
                seen.add(operand)
                waiting.append(operand)
    return order


if __name__ == "__main__":
    a, b, c = Value(1.0), Value(2.0), Value(4.0)
    d = a + b
    f = d * c * d
    f.backward()
    print("f = d * c * d with d = a + b, a.grad =", a.grad, "c.grad =", c.grad)
