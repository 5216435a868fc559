# The backward pass, as in backward.py; and written down as columns, as in stepping/table.py.


cdef chalk_row sorted_below(Value root) except *:
    cdef chalk_row order
    if not chalk_order(node_of(root), &order):
        chalk_free_row(&order)
        raise MemoryError
    return order


def topological_order(root):
    if not isinstance(root, Value):
        raise TypeError(f"topological order is of the graph below a Value, not of {root!r:.60}")
    cdef chalk_row order = sorted_below(root)
    try:
        return [<object><PyObject *>order.at[k] for k in range(order.count)]
    finally:
        chalk_free_row(&order)


def propagate(root, double gradient=1.0):
    if not isinstance(root, Value):
        raise TypeError(f"topological order is of the graph below a Value, not of {root!r:.60}")
    cdef chalk_row order = sorted_below(root)
    cdef size_t k
    cdef double[::1] found
    try:
        found = doubles(order.count)
        chalk_propagate(&order, gradient, False)
        for k in range(order.count):  # at once: another walk may come by while the dictionary is made
            found[k] = order.at[k].f.now.adjoint
        adjoints = {<object><PyObject *>order.at[k]: found[k] for k in range(order.count)}
    finally:
        chalk_free_row(&order)
    for check in checks:
        check(adjoints)
    return adjoints


cdef accumulate(Value root, double gradient):
    if PyDict_Size(checking_gradients):
        propagate(root, gradient)  # which looks for what is wrong
    if chalk_accumulate_on_leaves(node_of(root), gradient, root.f.many and is_on_leaves(root)):
        return
    cdef chalk_row order = sorted_below(root)
    chalk_propagate(&order, gradient, True)
    chalk_free_row(&order)


cdef bint is_on_leaves(Value root) except -1:
    """Whether a node with many operands is known to be on leaves, all different."""
    if root.f.code != CHALK_OWN_CODE:
        return False
    operation = <object>root.f.more.operation
    if type(operation) is Call:
        return (<Call>operation).on_leaves
    return getattr(operation, "on_leaves", False)


cdef clear(Value root):
    if chalk_is_leaf(node_of(root)):
        root.f.reached = 0
        return
    cdef size_t k
    cdef chalk_row order = sorted_below(root)
    for k in range(order.count):
        order.at[k].f.reached = 0
    chalk_free_row(&order)


# ---- the backward pass, written down ------------------------------------------------------------


def tabulate(Value root not None, double gradient):
    """As in stepping/table.py."""
    if PyDict_Size(writing_tape):
        refuse("a gradient", root)
    cdef chalk_row order = sorted_below(root)
    try:
        return table_of(&order, gradient)
    finally:
        chalk_free_row(&order)


cdef table_of(chalk_row *order, double gradient):
    cdef size_t k
    cdef long long target, step = 0, place
    cdef Py_ssize_t position
    cdef chalk_node *node
    cdef double slope
    cdef list nodes = [<object><PyObject *>order.at[k] for k in range(order.count)]
    cdef long long[::1] uses = longs(order.count), arrived = longs(order.count)
    cdef double[::1] adjoint = doubles(order.count)
    number(order)
    for k in range(order.count):
        for position in range(operand_count(order.at[k])):
            node = operand_at(order.at[k], position)
            if not chalk_is_constant(node):
                uses[node.f.now.place] += 1
                step += 1
    cdef long long[::1] gate = longs(step), operand = longs(step), positions = longs(step)
    cdef long long[::1] use = longs(step)
    cdef double[::1] local = doubles(step), before = doubles(step)
    adjoint[order.count - 1] = gradient
    number(order)  # again: another walk may have come by while the columns were made
    step = 0
    for place in range(<long long>order.count - 1, -1, -1):
        for position in range(operand_count(order.at[place])):
            node = operand_at(order.at[place], position)
            if chalk_is_constant(node):
                continue
            target = node.f.now.place
            slope = grad_at(order.at[place], position)
            arrived[target] += 1
            gate[step] = place
            operand[step] = target
            positions[step] = position
            use[step] = arrived[target]
            local[step] = slope
            before[step] = adjoint[target]
            adjoint[target] += adjoint[place] * slope
            step += 1
    return (
        nodes, uses.base, adjoint.base, gate.base, operand.base, positions.base, use.base,
        local.base, before.base,
    )  # fmt: skip


cdef void number(chalk_row *order) noexcept:
    """Let each node know its place."""
    cdef size_t k
    for k in range(order.count):
        order.at[k].f.now.place = k


cdef longs(long long count):
    return array("q", bytes(8 * count))


cdef c_array.array A_DOUBLE = array("d", [0.0])


cdef doubles(long long count, bint zeros=True):
    """An array of so many doubles, which may hold anything if they need not be zeros."""
    return c_array.clone(A_DOUBLE, count, zeros and count > 0)  # none have no memory to clear


cdef inline Py_ssize_t operand_count(chalk_node *node):
    if node.f.many:
        return len(<tuple>node.f.more.operands)
    return 0 if node.f.left == NULL else 1 if node.f.right == NULL else 2


cdef inline chalk_node *operand_at(chalk_node *node, Py_ssize_t position):
    if node.f.many:
        return node_of((<tuple>node.f.more.operands)[position])
    return node.f.right if position else node.f.left


cdef inline double grad_at(chalk_node *node, Py_ssize_t position):
    if node.f.many:
        return chalk_more_grads(node)[position]
    return node.f.right_grad if position else node.f.left_grad
