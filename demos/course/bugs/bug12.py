"""Find the bug, 12 of 12: an engine for + and *, and backward() may be called twice."""


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
        """Add to every grad: called twice, it doubles them."""
        self.grad = 1.0
        for node in reversed(topological_order(self)):
            for operand, local in zip(node.operands, node.local_grads):
                operand.grad += node.grad * local

    def zero_grad(self):
        for node in topological_order(self):
            node.grad = 0.0


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
    f = (a + b) * b
    f.backward()
    f.backward()
    print("f = (a + b) * b, after two backward(): a.grad =", a.grad, "b.grad =", b.grad)
