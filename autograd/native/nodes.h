/* A node in memory: its fields, how it is made, and how it is freed.
 *
 * 96 bytes hold everything that most nodes have: the number, the gradient, up to two operands with
 * their local derivatives. What few have (a label, a third operand, an attribute) is in `more`.
 * Operands are made before results, so nodes form no cycle, and Python's collector has no business
 * with them.
 */
#ifndef CHALKGRAD_NODES_H
#define CHALKGRAD_NODES_H

#include <Python.h>
#include <stddef.h>
#include <stdint.h>

#include "slabs.h"

typedef struct chalk_node chalk_node;

/* What few nodes have. */
typedef struct {
    PyObject *label, *calls, *attributes; /* each may be NULL */
    PyObject *operation;                  /* one that is not of the table, or NULL */
    PyObject *operands;                   /* a tuple, where there are more than two, or NULL */
    Py_buffer grads;                      /* by each of them, as doubles; its obj may be NULL */
    double few[4];                        /* where there are no more than four */
} chalk_more;

typedef struct {
    double data, grad;         /* with what follows in one line of the cache, wherever a node lies */
    uint64_t mark : 46;        /* the walk that came by last */
    uint64_t reached : 1;      /* whether a gradient has arrived */
    uint64_t many : 1;         /* whether `more` has the operands */
    uint64_t code : 16;        /* of the operation */
    chalk_node *left, *right; /* NULL in a leaf, and where `more` has the operands */
    double left_grad, right_grad;
    union {
        double adjoint;        /* in a backward pass */
        int64_t place;         /* in a pass that is written down */
        chalk_node *next;      /* of the nodes that wait to be freed */
    } now;
    chalk_more *more;
    PyObject *references;      /* weak ones */
} chalk_fields;

struct chalk_node {
    PyObject_HEAD
    chalk_fields f;
};

enum { CHALK_OWN_CODE = 0xFFFF }; /* of an operation that is not in the table */

static PyTypeObject *chalk_type; /* Value */
static unsigned chalk_leaf_code, chalk_constant_code; /* a frozen leaf has the code after these */

static inline int chalk_is_constant(const chalk_node *node) { return node->f.code - chalk_constant_code < 2u; }
static inline double *chalk_more_grads(const chalk_node *node) { return (double *)node->f.more->grads.buf; }

static chalk_more *chalk_spare; /* the last that was not needed any more: each call of a compiled function takes one */

static inline chalk_more *chalk_more_of(chalk_node *node) {
    if (!node->f.more) {
        if (chalk_spare) {
            node->f.more = chalk_spare;
            chalk_spare = NULL;
        } else if (!(node->f.more = (chalk_more *)PyMem_Malloc(sizeof(chalk_more)))) {
            PyErr_NoMemory();
            return NULL;
        }
        memset(node->f.more, 0, sizeof(chalk_more));
    }
    return node->f.more;
}

static inline void chalk_set(PyObject **slot, PyObject *thing) {
    PyObject *before = *slot;
    Py_INCREF(thing);
    *slot = thing;
    Py_XDECREF(before);
}

/* Let a buffer be numbers in the memory of an object. */
static inline void chalk_hold(Py_buffer *buffer, PyObject *keeper, double *numbers) {
    Py_INCREF(keeper);
    buffer->obj = keeper;
    buffer->buf = numbers;
}

/* Whether all of a tuple are Values. */
static inline int chalk_all_nodes(PyObject *operands) {
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(operands); k++)
        if (!PyObject_TypeCheck(PyTuple_GET_ITEM(operands, k), chalk_type)) return 0;
    return 1;
}

/* Whether Value has an attribute of this name; if so, it is not a user's own. */
static inline int chalk_defines(PyObject *name) { return _PyType_Lookup(chalk_type, name) != NULL; }

/* ---- freeing ---------------------------------------------------------------------------------- */

static chalk_node *chalk_waiting; /* nodes to be freed after the one that is being freed */
static int chalk_freeing;

/* Forget how a node was made. */
static void chalk_let_go(chalk_node *node) {
    chalk_node *left = node->f.left, *right = node->f.right;
    chalk_more *more = node->f.more;
    node->f.left = node->f.right = NULL;
    node->f.many = 0;
    if (more) {
        Py_CLEAR(more->operation);
        Py_CLEAR(more->operands);
        if (more->grads.obj) PyBuffer_Release(&more->grads);
    }
    Py_XDECREF(left);
    Py_XDECREF(right);
}

static void chalk_release(chalk_node *node) {
    if (node->f.references) PyObject_ClearWeakRefs((PyObject *)node);
    chalk_let_go(node);
    chalk_more *more = node->f.more;
    if (!more) return;
    node->f.more = NULL;
    Py_XDECREF(more->label);
    Py_XDECREF(more->calls);
    Py_XDECREF(more->attributes);
    if (chalk_spare) PyMem_Free(more);
    else chalk_spare = more;
}

/* Freed one inside the other, a long chain of nodes would overflow the C stack: the first one
 * frees, the others wait for it. */
static void chalk_dealloc(PyObject *object) {
    chalk_node *node = (chalk_node *)object;
    if (chalk_freeing && Py_TYPE(object) == chalk_type) {
        node->f.now.next = chalk_waiting;
        chalk_waiting = node;
        return;
    }
    int is_first = !chalk_freeing;
    chalk_freeing = 1;
    chalk_release(node);
    Py_TYPE(object)->tp_free(object);
    if (!is_first) return;
    while (chalk_waiting) {
        node = chalk_waiting;
        chalk_waiting = node->f.now.next;
        chalk_soon((char *)node - CHALK_NEAR);
        chalk_release(node);
        chalk_type->tp_free((PyObject *)node);
    }
    chalk_freeing = 0;
}

/* ---- making ----------------------------------------------------------------------------------- */

/* Let Value keep its nodes in slabs, be given attributes as a class, and be referred to weakly.
 * `attributes` is a property with what a user has put on a node. */
static void chalk_set_up(PyObject *type, unsigned leaf, PyObject *attributes) {
    chalk_type = (PyTypeObject *)type;
    chalk_leaf_code = leaf;
    chalk_constant_code = leaf + 1;
    chalk_use_slabs(chalk_type);
    chalk_type->tp_dealloc = chalk_dealloc;
    chalk_type->tp_weaklistoffset = offsetof(chalk_node, f.references);
    chalk_type->tp_name = "autograd.Value"; /* where pickle finds it, on either build */
    chalk_type->tp_flags &= ~Py_TPFLAGS_IMMUTABLETYPE; /* `Value.name = ...`, as in Python */
    PyDict_SetItemString(chalk_type->tp_dict, "__dict__", attributes);
    PyType_Modified(chalk_type);
}

/* Let an object be called by the function at `offset` in it, which gets its arguments in no tuple. The
 * class has a `__call__` for whoever looks it up; so has one derived from it, unless it has its own. */
static void chalk_call_directly(PyObject *object, size_t offset) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject *method = PyDict_GetItemString(type->tp_dict, "__call__");
    if (method && Py_TYPE(method) == &PyWrapperDescr_Type && !type->tp_vectorcall_offset) {
        ((PyWrapperDescrObject *)method)->d_wrapped = (void *)PyVectorcall_Call;
        type->tp_call = PyVectorcall_Call;
        type->tp_vectorcall_offset = (Py_ssize_t)offset;
    }
    if (type->tp_call == PyVectorcall_Call) type->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
}

/* A node with no operands. */
static inline PyObject *chalk_new(unsigned code, double data) {
    PyObject *object = chalk_type->tp_alloc(chalk_type, 0);
    if (!object) return NULL;
    ((chalk_node *)object)->f.code = code;
    ((chalk_node *)object)->f.data = data;
    return object;
}

/* Record what a node is the result of; it must have nothing to let go of. */
static inline void chalk_link(chalk_node *node, unsigned code, chalk_node *left, chalk_node *right, double left_grad,
                              double right_grad) {
    Py_XINCREF(left);
    Py_XINCREF(right);
    node->f.code = code;
    node->f.left = left;
    node->f.right = right;
    node->f.left_grad = left_grad;
    node->f.right_grad = right_grad;
}

/* The result of an operation on one operand, where right is NULL, or on two. */
static inline PyObject *chalk_result(unsigned code, double data, chalk_node *left, chalk_node *right, double left_grad,
                                     double right_grad) {
    PyObject *object = chalk_new(code, data);
    if (object) chalk_link((chalk_node *)object, code, left, right, left_grad, right_grad);
    return object;
}

#endif
