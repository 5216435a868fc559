/* Walks over a graph: topological order, and the backward pass.
 *
 * As in backward.py, with two differences that only a clock can tell: a walk leaves its mark on the
 * nodes instead of keeping a set of them, and an adjoint is kept in the node. No Python code runs
 * during a walk, so there is only ever one.
 */
#ifndef CHALKGRAD_WALKS_H
#define CHALKGRAD_WALKS_H

#include "nodes.h"

/* The nodes of a walk; no reference is held, as the root holds them all. Those in order stand at the
 * beginning, those on the path at the end, the last one first. What leaves the path joins the order,
 * so this takes memory for each node once. */
typedef struct {
    chalk_node **at;
    size_t count, depth, room;
} chalk_row;

static void chalk_free_row(chalk_row *row) {
    chalk_free(row->at, row->room * sizeof(chalk_node *));
}

static int chalk_grow(chalk_row *row) {
    size_t room = row->room ? 2 * row->room : 256, depth = row->depth;
    chalk_node **at = (chalk_node **)chalk_allocate(room * sizeof(chalk_node *));
    if (!at) return 0;
    if (row->room) {
        memcpy(at, row->at, row->count * sizeof(chalk_node *));
        memcpy(at + room - depth, row->at + row->room - depth, depth * sizeof(chalk_node *));
    }
    chalk_free_row(row);
    row->at = at;
    row->room = room;
    return 1;
}

static inline int chalk_has_room(chalk_row *row) {
    return row->count + row->depth < row->room || chalk_grow(row);
}

static uint64_t chalk_walks; /* how many there have been: the mark of the latest */
static inline uint64_t chalk_new_mark(void) { return ++chalk_walks; }

static inline int chalk_is_leaf(const chalk_node *node) { return !node->f.left && !node->f.many; }

/* Add a node to the order, once its operands are all in it. */
static inline void chalk_complete(chalk_node *node, uint64_t mark, chalk_row *row) {
    node->f.mark = mark;
    node->f.now.adjoint = 0;
    row->at[row->count++] = node;
}

/* An operand: a leaf is complete at once, anything else goes on the path. */
static inline int chalk_visit(chalk_node *node, uint64_t mark, chalk_row *row) {
    if (node->f.mark == mark) return 1;
    if (!chalk_has_room(row)) return 0;
    if (chalk_is_leaf(node)) chalk_complete(node, mark, row);
    else row->at[row->room - ++row->depth] = node;
    return 1;
}

/* The operands of a node with many: leaves as long as there are only leaves, then all that is left,
 * the first on top. */
static int chalk_visit_many(chalk_node *node, uint64_t mark, chalk_row *row) {
    PyObject *operands = node->f.more->operands;
    Py_ssize_t first = 0, count = PyTuple_GET_SIZE(operands);
    for (; first < count; first++) {
        chalk_node *operand = (chalk_node *)PyTuple_GET_ITEM(operands, first);
        if (operand->f.mark != mark && !chalk_is_leaf(operand)) break;
        if (!chalk_visit(operand, mark, row)) return 0;
    }
    for (Py_ssize_t k = count - 1; k >= first; k--) {
        chalk_node *operand = (chalk_node *)PyTuple_GET_ITEM(operands, k);
        if (operand->f.mark == mark) continue;
        if (!chalk_has_room(row)) return 0;
        row->at[row->room - ++row->depth] = operand;
    }
    return 1;
}

/* Fill the order with the nodes below root, operands first; 0 if there is no memory.
 *
 * What is on the path is not complete. It is looked at again when what it waited for is. The path goes
 * back through memory, as nodes were made, and the order forward: both ask for what comes next. */
static int chalk_order(chalk_node *root, chalk_row *row) {
    uint64_t mark = ++chalk_walks;
    *row = (chalk_row){NULL, 0, 0, 0};
    if (!chalk_grow(row)) return 0;
    row->at[row->room - ++row->depth] = root;
    while (row->depth) {
        size_t depth = row->depth;
        chalk_node *node = row->at[row->room - depth];
        if (node->f.mark == mark) {
            row->depth--;
            continue;
        }
        chalk_soon((char *)node - CHALK_NEAR);
        if (node->f.left) {
            if (!chalk_visit(node->f.left, mark, row)) return 0;
            if (row->depth == depth && node->f.right && !chalk_visit(node->f.right, mark, row)) return 0;
        } else if (node->f.many && !chalk_visit_many(node, mark, row)) {
            return 0;
        }
        if (row->depth > depth) continue;
        row->depth--;
        chalk_complete(node, mark, row);
        chalk_soon((char *)node + CHALK_NEAR);
    }
    return 1;
}

enum { CHALK_AHEAD = 24 }; /* nodes of an order that will be needed soon */

/* Add to a node's gradient; a constant has none. */
static inline void chalk_add_grad(chalk_node *node, double share) {
    if (chalk_is_constant(node)) return;
    if (node->f.reached) {
        node->f.grad += share;
    } else {
        node->f.grad = share;
        node->f.reached = 1;
    }
}

/* The chain rule, from the last node of the order to the first. Where gradients are kept, a node's
 * own grows as soon as its adjoint is complete: nothing can fail once the order is known. */
static inline void chalk_propagate(const chalk_row *order, double gradient, const int keep) {
    order->at[order->count - 1]->f.now.adjoint = gradient;
    for (size_t k = order->count; k-- > 0;) {
        chalk_node *node = order->at[k];
        if (k >= CHALK_AHEAD) chalk_soon(order->at[k - CHALK_AHEAD]);
        double upstream = node->f.now.adjoint;
        if (keep) chalk_add_grad(node, upstream);
        if (node->f.left) {
            node->f.left->f.now.adjoint += upstream * node->f.left_grad;
            if (node->f.right) node->f.right->f.now.adjoint += upstream * node->f.right_grad;
        } else if (node->f.many) {
            PyObject *operands = node->f.more->operands;
            const double *grads = chalk_more_grads(node);
            for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(operands); j++)
                ((chalk_node *)PyTuple_GET_ITEM(operands, j))->f.now.adjoint += upstream * grads[j];
        }
    }
}

/* Whether no node comes twice in a tuple of them. */
static int chalk_all_distinct(PyObject *nodes) {
    uint64_t mark = chalk_new_mark();
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(nodes); k++) {
        chalk_node *node = (chalk_node *)PyTuple_GET_ITEM(nodes, k);
        if (node->f.mark == mark) return 0;
        node->f.mark = mark;
    }
    return 1;
}

/* ---- a result on leaves, such as that of a compiled function --------------------------------- */

/* Whether all operands are leaves and no two are the same, so that no sum is to be made. */
static int chalk_is_on_distinct_leaves(const chalk_node *node) {
    const chalk_node *left = node->f.left, *right = node->f.right;
    if (!node->f.many) return left && left != right && chalk_is_leaf(left) && (!right || chalk_is_leaf(right));
    PyObject *operands = node->f.more->operands;
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(operands); k++)
        if (!chalk_is_leaf((chalk_node *)PyTuple_GET_ITEM(operands, k))) return 0;
    return chalk_all_distinct(operands);
}

/* The whole backward pass there, without a walk; 0 where it takes one. `known` says that they are
 * distinct leaves: to look takes about as long as the pass. */
static int chalk_accumulate_on_leaves(chalk_node *root, double gradient, int known) {
    if (!known && !chalk_is_on_distinct_leaves(root)) return 0;
    if (root->f.many) {
        PyObject **operands = &PyTuple_GET_ITEM(root->f.more->operands, 0);
        const double *grads = chalk_more_grads(root);
        const Py_ssize_t count = PyTuple_GET_SIZE(root->f.more->operands);
        for (Py_ssize_t k = 0; k < count; k++) {
            if (k + CHALK_AHEAD < count) chalk_soon(operands[k + CHALK_AHEAD]);
            chalk_add_grad((chalk_node *)operands[k], 0.0 + gradient * grads[k]);
        }
    } else {
        chalk_add_grad(root->f.left, 0.0 + gradient * root->f.left_grad);
        if (root->f.right) chalk_add_grad(root->f.right, 0.0 + gradient * root->f.right_grad);
    }
    chalk_add_grad(root, gradient);
    return 1;
}

#endif
