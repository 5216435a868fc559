# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The engine in C: does what value.py and backward.py do, and nobody who uses it can tell."""

cimport cython
from cpython cimport array as c_array
from cpython.buffer cimport PyBUF_CONTIG_RO, PyBUF_FORMAT, PyBuffer_Release, PyObject_GetBuffer
from cpython.contextvars cimport get_value
from cpython.object cimport (
    Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, PyObject, PyObject_GenericSetAttr
)
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.math cimport isfinite
from libc.stdlib cimport free

from array import array

from autograd.backward import checks
from autograd.errors import GraphError
from autograd.modes import (
    checking_gradients,
    not_recording,
    refuse,
    refuse_change,
    refuse_hash,
    settle,
    taking_limits,
    writing_tape,
)
from autograd.operations import CONSTANT, FROZEN, LEAF, LEAVES, OPERATIONS, local_grad
from autograd.primitive import NO_GRADIENT, is_real, refuse_equality, to_float, to_label


cdef extern from "Python.h":
    ctypedef struct PyTypeObject:
        Py_hash_t (*tp_hash)(object) except? -1

    PyTypeObject PyBaseObject_Type
    Py_ssize_t PyDict_Size "PyDict_GET_SIZE" (object mapping)
    Py_ssize_t PyVectorcall_NARGS(size_t flags)
    object PyLong_FromVoidPtr(void *pointer)


cdef extern from "rules.h":
    enum:
        CHALK_OPERATIONS
        CHALK_CODE_add, CHALK_CODE_sub, CHALK_CODE_mul, CHALK_CODE_div, CHALK_CODE_pow
        CHALK_CODE_floordiv, CHALK_CODE_mod, CHALK_CODE_neg, CHALK_CODE_pos, CHALK_CODE_abs
        CHALK_CODE_floor, CHALK_CODE_ceil, CHALK_CODE_round
        CHALK_CODE_exp, CHALK_CODE_expm1, CHALK_CODE_exp2
        CHALK_CODE_log, CHALK_CODE_log2, CHALK_CODE_log10, CHALK_CODE_log1p
        CHALK_CODE_sqrt, CHALK_CODE_cbrt, CHALK_CODE_square
        CHALK_CODE_sin, CHALK_CODE_cos, CHALK_CODE_tan
        CHALK_CODE_asin, CHALK_CODE_acos, CHALK_CODE_atan
        CHALK_CODE_sinh, CHALK_CODE_cosh, CHALK_CODE_tanh, CHALK_CODE_erf
        CHALK_CODE_asinh, CHALK_CODE_acosh, CHALK_CODE_atanh
        CHALK_CODE_step, CHALK_CODE_sign, CHALK_CODE_sigmoid, CHALK_CODE_relu
        CHALK_CODE_gelu, CHALK_CODE_silu, CHALK_CODE_softplus
        CHALK_CODE_leaky_relu, CHALK_CODE_elu
    const char *CHALK_DIGEST
    const char *chalk_names[]
    const unsigned char chalk_arities[]
    double chalk_value(int code, double a, double b, double c)
    double chalk_derivative(int code, int position, double out, double a, double b, double c)


cdef extern from "walks.h":
    enum:
        CHALK_OWN_CODE

    ctypedef struct chalk_more:
        PyObject *label
        PyObject *calls
        PyObject *attributes
        PyObject *operation
        PyObject *operands
        Py_buffer grads
        double few[4]

    ctypedef union chalk_now:
        double adjoint
        long long place

    ctypedef struct chalk_fields:
        double data, grad
        chalk_node *left
        chalk_node *right
        double left_grad, right_grad
        chalk_now now
        unsigned long long mark
        unsigned int reached, many, code
        chalk_more *more

    ctypedef struct chalk_node:
        chalk_fields f

    ctypedef struct chalk_row:
        chalk_node **at
        size_t count

    unsigned chalk_leaf_code, chalk_constant_code
    bint chalk_is_constant(const chalk_node *node)
    bint chalk_is_leaf(const chalk_node *node)
    double *chalk_more_grads(const chalk_node *node)
    chalk_more *chalk_more_of(chalk_node *node) except NULL
    void chalk_set(PyObject **slot, object thing)
    void chalk_call_directly(object thing, size_t offset)
    void chalk_hold(Py_buffer *buffer, object keeper, double *numbers)
    void chalk_let_go(chalk_node *node)
    bint chalk_defines(object name)
    void chalk_set_up(object kind, unsigned leaf, object attributes)
    object chalk_new(unsigned code, double data)
    object chalk_result(
        unsigned code, double data, chalk_node *left, chalk_node *right,
        double left_grad, double right_grad,
    )
    void chalk_link(
        chalk_node *node, unsigned code, chalk_node *left, chalk_node *right,
        double left_grad, double right_grad,
    )
    bint chalk_all_nodes(object operands)
    bint chalk_all_distinct(object nodes)
    bint chalk_accumulate_on_leaves(chalk_node *root, double gradient, bint known)
    bint chalk_order(chalk_node *root, chalk_row *order)
    unsigned long long chalk_new_mark()
    void chalk_free_row(chalk_row *row)
    void chalk_propagate(const chalk_row *order, double gradient, int keep)


cdef extern from "kernel.h" nogil:
    enum:
        CHALK_PYTHON

    ctypedef struct chalk_block:
        int code

    ctypedef struct chalk_machine:
        const chalk_block *blocks
        const unsigned short *codes
        const int *left
        const int *right
        const int *extra
        const int *unseen
        int parameters, shared, inputs, stored, tiles, side, stretches
        Py_ssize_t tile
        double *shared_values
        double *shared_adjoints
        double *values
        double *adjoints
        double *scratch

    int chalk_use_vectors(int width)
    int chalk_plan(chalk_machine *m, int blocks, bint apart, void **memory)
    int chalk_plan_clearing(chalk_machine *m, int blocks, const int *results, int count, void **memory)
    void chalk_clear(const chalk_machine *m, int blocks, int k, bint inputs)
    void chalk_run_forward(const chalk_machine *m, int first, int stop, int lanes)
    void chalk_run_backward(const chalk_machine *m, int first, int stop, int inputs, int lanes)
    bint chalk_computed_finite(const chalk_machine *m)
    ctypedef struct chalk_rows:
        const char **at
        const Py_ssize_t *step
        const long long *places

    void chalk_load_rows(const chalk_machine *m, const chalk_rows *rows, Py_ssize_t first)


cdef extern from "Python.h":
    Py_buffer *PyMemoryView_GET_BUFFER(object)


if [chalk_names[k].decode() for k in range(CHALK_OPERATIONS)] != list(OPERATIONS):
    raise ImportError("rules.h was written from another table of operations")

built_from = CHALK_DIGEST.decode()
cdef tuple BY_CODE = (*OPERATIONS.values(), *LEAVES)
cdef str NO_LABEL = ""

include "value.pxi"
include "making.pxi"
include "backward.pxi"

chalk_set_up(Value, LEAF.code, property(lambda node: attributes_of(node)))

include "kernel.pxi"
include "arguments.pxi"
include "calls.pxi"
include "columns.pxi"
include "crew.pxi"
include "recording.pxi"
include "sweeps.inc"
