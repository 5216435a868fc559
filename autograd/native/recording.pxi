"""From the nodes that a function made to the instructions of a tape, as in compiler/recorder.py."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_Resize


def noted(list nodes, list leaves, list results):
    """Like `recorder.noted`: it only looks at nodes, so no other walk comes by meanwhile."""
    cdef unsigned long long mark = chalk_new_mark()
    cdef Others others = Others()
    cdef Py_ssize_t k, position, count = len(nodes), total = 0, first
    cdef chalk_node *node
    cdef chalk_node *operand
    cdef list recorded = [], unlisted = []
    cdef c_array.array operands, at
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
    at = c_array.clone(AN_INT, len(results), False)
    others.own_mark = chalk_new_mark()
    for k in range(len(leaves)):
        node_of(leaves[k]).f.mark = others.own_mark
    others.mark = chalk_new_mark()
    for k in range(count):
        node = node_of(recorded[k])
        node.f.mark = others.mark
        if node.f.code == CHALK_OWN_CODE:
            unlisted.append(recorded[k])
        node.f.now.place = k
    total = 0
    for k in range(count):
        node = node_of(recorded[k])
        for position in range(operand_count(node)):
            operand = operand_at(node, position)
            operands.data.as_ints[total] = others.index_of(operand)
            total += 1
    for k in range(len(results)):
        at.data.as_ints[k] = others.index_of(node_of(results[k]))
    return recorded, unlisted, others.nodes, others.are_own, operands, at


cdef c_array.array AN_INT = array("i", [0])


@cython.final
cdef class Others:
    """What was not recorded, in the order of use."""

    cdef unsigned long long mark  # of what has a number
    cdef unsigned long long own_mark  # of leaves that the function made
    cdef list nodes
    cdef list are_own
    cdef dict by_number  # those leaves, by the bits of their numbers

    def __init__(self):
        self.nodes, self.are_own, self.by_number = [], [], {}

    cdef inline int index_of(self, chalk_node *node) except? -1:
        """The number of a recorded node, or of another one, counted down from -1."""
        cdef bint is_own = node.f.mark == self.own_mark
        cdef long long bits
        if node.f.mark != self.mark:
            found = None
            if is_own:
                memcpy(&bits, &node.f.data, sizeof(double))
                found = self.by_number.get(bits)
            if found is None:
                self.nodes.append(<object> <PyObject *> node)
                self.are_own.append(is_own)
                found = -len(self.nodes)
                if is_own:
                    self.by_number[bits] = found
            node.f.mark = self.mark
            node.f.now.place = found
        return <int> node.f.now.place


def append_all(tape, list recorded, c_array.array operands, c_array.array others, limits, special):
    """Like `recorder.append_all`."""
    cdef Py_ssize_t k, position, start = 0, count, stop, size, leaves = tape.leaves
    cdef c_array.array codes = tape.codes, left = tape.left, right = tape.right, extra = tape.extra
    cdef c_array.array places = c_array.clone(AN_INT, len(recorded), False)
    cdef bytearray flags = tape.limits
    cdef unsigned code
    cdef int *at = operands.data.as_ints
    for k in range(len(recorded)):
        count = operand_count(node_of(recorded[k]))
        stop = start + count
        for position in range(start, stop):
            at[position] = places.data.as_ints[at[position]] if at[position] >= 0 else others.data.as_ints[-1 - at[position]]
        code = node_of(recorded[k]).f.code
        if code >= CHALK_OPERATIONS or chalk_arities[code] != count:
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
            if count > 2:
                c_array.resize_smart(extra, len(extra) + count - 1)
                for position in range(1, count):
                    extra.data.as_ints[len(extra) - count + position] = at[start + position]
            PyByteArray_AS_STRING(flags)[size] = 0 if limits is None else limits[k]
            places.data.as_ints[k] = <int> (leaves + size)
        start = stop
    return places
