# The C types of graph.py, for where it is compiled.

cimport cython

from autograd.value cimport Value

cdef object CONSTANT
cdef double UNREACHED

@cython.locals(node=Value, left=Value, right=Value, operand=Value, order=list, stack=list, missing=list)
cdef list post_order(Value root, long long mark)

@cython.locals(node=Value, left=Value, right=Value, operand=Value, upstream=double)
cdef object fill_adjoints(list order, double gradient)

@cython.locals(operand=Value)
cdef list visit_leaves(tuple operands, long long mark, list order)

@cython.locals(operand=Value, position=Py_ssize_t, local_grads="double[::1]")
cdef object fill_rest(Value node, double upstream)

@cython.locals(operand=Value, position=Py_ssize_t, local_grads="double[::1]")
cdef object add_to_leaves(Value root, double gradient)

cdef object add_share(Value node, double share)

@cython.locals(node=Value)
cdef object add_adjoints(list order)

@cython.locals(node=Value)
cpdef object clear(Value root)

@cython.locals(node=Value, place="long long", position="Py_ssize_t", operand=Value, count="long long")
cdef long long count_uses(list order, long long[::1] uses)

@cython.locals(
    node=Value, place="long long", position="Py_ssize_t", operand=Value, target="long long",
    step="long long", slope=double, arrived="long long[::1]",
)
cdef object fill_table(
    list order, double[::1] adjoint, long long[::1] gate, long long[::1] operands,
    long long[::1] positions, long long[::1] use, double[::1] local, double[::1] before,
)

cdef Py_ssize_t operand_count(Value node)

cpdef Value operand_at(Value node, Py_ssize_t position)

cpdef double local_grad_at(Value node, Py_ssize_t position)
