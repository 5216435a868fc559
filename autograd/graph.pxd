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
