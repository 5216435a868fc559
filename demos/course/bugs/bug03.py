"""Find the bug, 3 of 12: an engine for + * - and /."""


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

    def __sub__(self, other):
        other = as_value(other)
        return Value(self.data - other.data, (self, other), (1.0, -1.0))

    def __neg__(self):
        return 0.0 - self

    def __truediv__(self, other):
        other = as_value(other)
        by_top, by_bottom = 1 / other.data, self.data / other.data**2
        return Value(self.data / other.data, (self, other), (by_top, by_bottom))

    def __radd__(self, other):
        return as_value(other) + self

    def __rmul__(self, other):
        return as_value(other) * self

    def __rsub__(self, other):
        return as_value(other) - self

    def __rtruediv__(self, other):
        return as_value(other) / self

    def backward(self):
        self.grad = 1.0
        for node in reversed(topological_order(self)):
            for operand, local in zip(node.operands, node.local_grads):
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
            stack.extend((operand, False) for operand in node.operands)
    return order


if __name__ == "__main__":
    a, b = Value(6.0), Value(2.0)
    f = (a - b) / b
    f.backward()
    print("f = (a - b) / b, a.grad =", a.grad, "b.grad =", b.grad)
