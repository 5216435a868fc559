"""From the nodes that a function made to the instructions of a tape, as in compiler/recorder.py."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_Resize


def noted(list nodes, list results):
    """Like `recorder.noted`: it only looks at nodes, so no other walk comes by meanwhile."""
    cdef unsigned long long mark = chalk_new_mark(), recorded_mark
    cdef Py_ssize_t k, position, count = len(nodes), total = 0, first
    cdef chalk_node *node
    cdef chalk_node *operand
    cdef list recorded = [], others = []
    cdef c_array.array operands, ends, at
    for node_of_result in results:
        node_of(node_of_result).f.mark = mark
    for k in range(count - 1, -1, -1):
        node = node_of(nodes[k])
        if node.f.mark == mark:
            recorded.append(nodes[k])
            total += operand_count(node)
            for position in range(operand_count(node)):
                operand_at(node, position).f.mark = mark
    recorded.reverse()
    count = len(recorded)
    operands = c_array.clone(AN_INT, total, False)
    ends = c_array.clone(AN_INT, count, False)
    at = c_array.clone(AN_INT, len(results), False)
    recorded_mark = chalk_new_mark()
    for k in range(count):
        node = node_of(recorded[k])
        node.f.mark = recorded_mark
        node.f.now.place = k
    total = 0
    for k in range(count):
        node = node_of(recorded[k])
        for position in range(operand_count(node)):
            operand = operand_at(node, position)
            operands.data.as_ints[total] = index_of(operand, recorded_mark, others)
            total += 1
        ends.data.as_ints[k] = total
    for k in range(len(results)):
        at.data.as_ints[k] = index_of(node_of(results[k]), recorded_mark, others)
    return recorded, others, ends, operands, at


cdef c_array.array AN_INT = array("i", [0])


cdef inline int index_of(chalk_node *node, unsigned long long mark, list others):
    """The number of a recorded node, or of another one, counted down from -1."""
    if node.f.mark != mark:
        others.append(<object> <PyObject *> node)
        node.f.mark = mark
        node.f.now.place = -len(others)
    return <int> node.f.now.place


def append_all(tape, list recorded, c_array.array ends, c_array.array operands, c_array.array others, limits, special):
    """Like `recorder.append_all`."""
    cdef Py_ssize_t k, position, start = 0, count, stop, size, leaves = tape.leaves
    cdef c_array.array codes = tape.codes, left = tape.left, right = tape.right, extra = tape.extra
    cdef c_array.array places = c_array.clone(AN_INT, len(recorded), False)
    cdef bytearray flags = tape.limits
    cdef unsigned code
    cdef int *at = operands.data.as_ints
    for k in range(len(recorded)):
        stop = ends.data.as_ints[k]
        count = stop - start
        for position in range(start, stop):
            at[position] = places.data.as_ints[at[position]] if at[position] >= 0 else others.data.as_ints[-1 - at[position]]
        code = node_of(recorded[k]).f.code
        if code >= CHALK_OPERATIONS or chalk_arities[code] != count or count > 2:
            places.data.as_ints[k] = special(recorded[k], [at[position] for position in range(start, stop)])
        else:
            size = len(codes)
            c_array.resize_smart(codes, size + 1)
            c_array.resize_smart(left, size + 1)
            c_array.resize_smart(right, size + 1)
            PyByteArray_Resize(flags, size + 1)
            codes.data.as_ushorts[size] = <unsigned short> code
            left.data.as_ints[size] = at[start]
            right.data.as_ints[size] = at[start + 1] if count == 2 else <int> len(extra)
            PyByteArray_AS_STRING(flags)[size] = 0 if limits is None else limits[k]
            places.data.as_ints[k] = <int> (leaves + size)
        start = stop
    return places
