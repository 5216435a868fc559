# The C types of value.py, for where it is compiled.

cimport cython

cdef extern from "rules.h":
    ctypedef struct chalk_result:
        double value, by_a, by_b, by_c
        bint is_finite

    chalk_result chalk_apply(int code, double a, bint want_a, double b, bint want_b, double c, bint want_c)

cdef extern from "slabs.h":
    void chalk_use_slabs(object kind)

cdef object ADD, SUB, MUL, NEG, POS, CONSTANT, LEAF
cdef object not_recording, taking_limits, writing_tape
cdef double UNREACHED
cdef bint releasing
cdef list released

cdef class Value:
    cdef public double _data
    cdef public double _grad
    cdef public str _label
    cdef public object _operation
    cdef public Value _left
    cdef public Value _right
    cdef public double _left_grad
    cdef public double _right_grad
    cdef public tuple _rest
    cdef public object _rest_grads
    cdef public long long _mark
    cdef public double _adjoint

@cython.locals(node=Value)
cpdef Value make_node(
    object operation,
    double data,
    Value left,
    Value right,
    double left_grad,
    double right_grad,
    tuple rest=*,
    object rest_grads=*,
)

@cython.locals(node=Value)
cpdef Value make_constant(double data)

@cython.locals(node=Value, nodes=list, numbers=list, grads=list, data=double)
cpdef Value record(object operation, tuple operands)

@cython.locals(a=Value, b=Value, c=Value, result=chalk_result)
cdef Value record_natively(object operation, list nodes)

cdef Value make_result(object operation, double data, list nodes, list grads)

cdef Value unrecorded(double data, object operands)

cpdef object refuse(object what, object node)

cpdef double evaluate_rule(object rule, double data, list numbers) except? -1

@cython.locals(constant=Value)
cdef object with_number(object apply, object left, object right)
