"""Find the bug, 11 of 12: an engine for + and *."""


class Value:
    def __init__(self, data, operands=(), local_grads=()):
        self.data = data
        self.grad = 0.0
        self.operands = operands
        self.local_grads = local_grads

    def __add__(self, other):
        if not isinstance(other, Value):
            return Value(self.data + other, (self,), (1.0,))
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        if not isinstance(other, Value):
            return Value(self.data * other, (self,), (1.0,))
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self):
        self.grad = 1.0
        for node in reversed(topological_order(self)):
            for operand, local in zip(node.operands, node.local_grads):
                operand.grad += node.grad * local


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
    f = 5 * a + b
    f.backward()
    print("f = 5 * a + b, a.grad =", a.grad, "b.grad =", b.grad)
