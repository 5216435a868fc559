# Making nodes: the fields of one, an operation applied, an operator with a plain number.


cdef inline double number_of(number, str what="expected") except? -1:
    """One real number, which mostly is a float."""
    return <double>number if type(number) is float else to_float(number, what)


cdef inline chalk_node *node_of(object value) noexcept:
    return <chalk_node *><PyObject *>value


cdef dict attributes_of(Value node):
    """A user's own attributes."""
    cdef chalk_more *more = chalk_more_of(node_of(node))
    if more.attributes == NULL:
        chalk_set(&more.attributes, {})
    return <dict>more.attributes


cdef inline object operation_of(Value node):
    if node.f.code == CHALK_OWN_CODE:
        return own_operation_of(node)
    return BY_CODE[node.f.code]


cdef own_operation_of(Value node):
    """An operation that is not in the table; for a call of a compiled function it is made now."""
    operation = <object>node.f.more.operation
    if type(operation) is Call:
        operation = (<Call>operation).as_operation()
        chalk_set(&node.f.more.operation, operation)
    return operation


cdef tuple operands_of(Value node):
    if node.f.many:
        return <tuple>node.f.more.operands
    if node.f.left == NULL:
        return ()
    if node.f.right == NULL:
        return (<object><PyObject *>node.f.left,)
    return (<object><PyObject *>node.f.left, <object><PyObject *>node.f.right)


cdef tuple grads_of(Value node):
    cdef Py_ssize_t k
    if node.f.many:
        return tuple([
            chalk_more_grads(node_of(node))[k] for k in range(len(<tuple>node.f.more.operands))
        ])
    if node.f.left == NULL:
        return ()
    if node.f.right == NULL:
        return (node.f.left_grad,)
    return (node.f.left_grad, node.f.right_grad)


cdef object blocks_without_recording = not_recording.blocks
cdef object blocks_with_tape = writing_tape.blocks
cdef object blocks_with_limits = taking_limits.blocks


cpdef Value constant(double data):
    cdef Value node = chalk_new(chalk_constant_code, data)
    if PyDict_Size(writing_tape):
        if not isfinite(data) or not is_noted(node):
            settle(node)
    return node


cdef lone_setting(mode, blocks_of):
    """What `setting` gives where a single block has switched a mode, without its search."""
    if PyDict_Size(mode) == 1:
        blocks = <tuple> get_value(blocks_of)
        if blocks:
            setting = (<dict> mode).get(blocks[0])
            if setting is not None and blocks[0].locked():
                return setting
    return None


cdef bint is_recording_off() except -1:
    """Whether this thread is inside no_grad(), and no tape is written anywhere."""
    if PyDict_Size(not_recording) == 0 or PyDict_Size(writing_tape) > 0:
        return False
    return bool(lone_setting(not_recording, blocks_without_recording)) or not_recording.is_on()


cdef bint is_noted(Value node) except -1:
    """Do what `settle` does to a finite number on a tape, if few modes are on anywhere."""
    cdef chalk_node *left = node.f.left
    cdef chalk_node *right = node.f.right
    if PyDict_Size(not_recording) > 0 or node.f.many:
        return False
    limits = None
    if PyDict_Size(taking_limits) > 0:
        limits = lone_setting(taking_limits, blocks_with_limits)
        if limits is None:
            return False
    if left != NULL and chalk_is_constant(left):
        if left.f.code != chalk_constant_code or right == NULL or chalk_is_constant(right):
            return False
    elif right != NULL and chalk_is_constant(right) and right.f.code != chalk_constant_code:
        return False
    recorder = lone_setting(writing_tape, blocks_with_tape)
    if recorder is None:
        return False
    (<list> (recorder.leaves if left == NULL else recorder.nodes)).append(node)
    if limits and left != NULL:
        (<set> recorder.of_derivatives).add(PyLong_FromVoidPtr(<PyObject *>node))
    return True


cdef inline Value make_2(
    unsigned code, double data, Value left, Value right, double left_grad, double right_grad
):
    """Like `make` for two operands; right is None for one."""
    cdef chalk_node *second = NULL if right is None else node_of(right)
    if chalk_is_constant(node_of(left)):
        if (
            isfinite(data) and (second == NULL or chalk_is_constant(second))
            and PyDict_Size(writing_tape) == 0
        ):
            return constant(data)
        left_grad = 0  # and so it stays if a frozen leaf takes gradients again
    elif second != NULL and chalk_is_constant(second):
        right_grad = 0
    if isfinite(data):
        if PyDict_Size(not_recording) + PyDict_Size(writing_tape) == 0:
            return chalk_result(code, data, node_of(left), second, left_grad, right_grad)
        if is_recording_off():
            return constant(data)
    node = chalk_result(code, data, node_of(left), second, left_grad, right_grad)
    if not isfinite(data) or not is_noted(node):
        settle(node)
    return node


cdef inline Value add(Value a, Value b):
    return make_2(CHALK_CODE_add, a.f.data + b.f.data, a, b, 1.0, 1.0)


cdef inline Value sub(Value a, Value b):
    return make_2(CHALK_CODE_sub, a.f.data - b.f.data, a, b, 1.0, -1.0)


cdef inline Value mul(Value a, Value b):
    return make_2(CHALK_CODE_mul, a.f.data * b.f.data, a, b, b.f.data, a.f.data)


cdef Value apply_1(unsigned code, Value a):
    cdef double out = chalk_value(code, a.f.data, 0, 0), by_a = 0
    if not chalk_is_constant(node_of(a)):
        by_a = chalk_derivative(code, 0, out, a.f.data, 0, 0)
    if isfinite(out) and isfinite(by_a):
        return make_2(code, out, a, None, by_a, 0)
    return apply_by_table(BY_CODE[code], (a,))


cdef Value apply_2(unsigned code, Value a, Value b):
    cdef double out = chalk_value(code, a.f.data, b.f.data, 0), by_a = 0, by_b = 0
    if not chalk_is_constant(node_of(a)):
        by_a = chalk_derivative(code, 0, out, a.f.data, b.f.data, 0)
    if not chalk_is_constant(node_of(b)):
        by_b = chalk_derivative(code, 1, out, a.f.data, b.f.data, 0)
    if isfinite(out) and isfinite(by_a) and isfinite(by_b):
        return make_2(code, out, a, b, by_a, by_b)
    return apply_by_table(BY_CODE[code], (a, b))


cdef Value apply_by_table(operation, tuple nodes):
    """Like `apply` in value.py, for what C cannot compute, and where a number is not finite."""
    numbers = [(<Value>node).f.data for node in nodes]
    data = operation.limit(*numbers)
    grads = [
        0.0 if chalk_is_constant(node_of(node)) else local_grad(operation, position, data, numbers)
        for position, node in enumerate(nodes)
    ]
    return make(operation, data, nodes, grads)


def apply(operation, *operands):
    cdef int code = operation.code
    cdef tuple nodes = tuple([as_node(operand) for operand in operands])
    cdef int arity = chalk_arities[code] if 0 <= code < CHALK_OPERATIONS else 0
    if arity == 1:
        return apply_1(code, nodes[0])
    if arity == 2:
        return apply_2(code, nodes[0], nodes[1])
    return apply_by_table(operation, nodes)


def has_value(int code):
    """Whether values.h has the value of an operation of the table."""
    return 0 <= code < CHALK_OPERATIONS and chalk_arities[code] > 0


cdef Value as_node(operand):
    return <Value>operand if isinstance(operand, Value) else constant(to_float(operand))


def make(operation, double data, tuple operands, local_grads):
    cdef Value node = chalk_new(chalk_leaf_code, data)
    cdef Py_ssize_t last = len(operands) - 1
    link(node, operation, operands, local_grads)
    if (
        PyDict_Size(not_recording) + PyDict_Size(writing_tape) > 0
        or not isfinite(data)
        or (chalk_is_constant(node_of(operands[0])) and chalk_is_constant(node_of(operands[last])))
    ):
        settle(node)
    return node


cdef link(Value node, operation, tuple operands, local_grads):
    """Record how a node was made; without operands it is a leaf or a constant."""
    cdef int code = operation.code
    cdef Py_ssize_t count = len(operands), k
    cdef chalk_more *more
    if not chalk_all_nodes(operands):
        raise TypeError(f"operands are Values, not {operands!r:.60}")
    if len(local_grads) != count:
        raise TypeError(f"{count} operands need as many local derivatives, not {len(local_grads)}")
    chalk_let_go(node_of(node))
    if code < 0:
        chalk_set(&chalk_more_of(node_of(node)).operation, operation)
        code = CHALK_OWN_CODE
    if count <= 2:
        chalk_link(
            node_of(node), code,
            node_of(operands[0]) if count > 0 else NULL,
            node_of(operands[1]) if count > 1 else NULL,
            local_grads[0] if count > 0 else 0.0,
            local_grads[1] if count > 1 else 0.0,
        )  # fmt: skip
        return
    more = chalk_more_of(node_of(node))
    if count <= 4:
        for k in range(count):
            more.few[k] = local_grads[k]
        more.grads.buf = more.few
    else:
        numbers = local_grads if isinstance(local_grads, array) else array("d", local_grads)
        PyObject_GetBuffer(numbers, &more.grads, PyBUF_CONTIG_RO | PyBUF_FORMAT)
    chalk_set(&more.operands, operands)
    node.f.code = code
    node.f.many = 1


cdef operator(unsigned code, Value left, right):
    """An operator that has no shape of its own."""
    if not isinstance(right, Value):
        return with_number(code, left, right)
    return apply_2(code, left, <Value>right)


cdef with_number(unsigned code, left, right):
    """An operator with a number on one side, which becomes a constant."""
    cdef bint is_right = isinstance(left, Value)
    cdef Value a, b
    number = right if is_right else left
    if type(number) is not float:
        if not is_real(number) and not (number is None or isinstance(number, (str, complex))):
            return NotImplemented
        number = to_float(number)
    a = left if is_right else constant(number)
    b = constant(number) if is_right else right
    if code == CHALK_CODE_add:
        return add(a, b)
    if code == CHALK_CODE_sub:
        return sub(a, b)
    if code == CHALK_CODE_mul:
        return mul(a, b)
    return apply_2(code, a, b)


cdef compared(Value value, int how, other):
    """Whether the number of a Value is less than another, or what else is asked."""
    cdef double left, right
    if PyDict_Size(writing_tape):
        refuse("the number", value)
    if type(other) is float:
        right = <double>other
    elif isinstance(other, Value):
        right = other.data
    elif is_real(other):
        right = to_float(other)
    else:
        return NotImplemented
    left = value.f.data
    if how == Py_LT:
        return left < right
    if how == Py_LE:
        return left <= right
    return left > right if how == Py_GT else left >= right
