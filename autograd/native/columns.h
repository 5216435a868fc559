/* A function of numbers over columns of them: what compiler/elementwise.py has recorded.
 *
 * Each line of the program is one operation on all numbers of a piece of the columns.
 */
#ifndef CHALKGRAD_COLUMNS_H
#define CHALKGRAD_COLUMNS_H

#include <string.h>

#include "maps.h"
#include "nodes.h"

/* An operation, and the slots of its operands; its result goes into the slot of its own. */
typedef struct {
    int code, slot, operands[3];
} chalk_line;

/* A program over columns. A slot below `inputs` is a column, one of the `fixed` after these one number,
 * which fills a piece; the others hold results, of which those wanted are worked out in place. */
typedef struct {
    const chalk_line *lines;
    const int *results;
    double **slots;
    double **columns, **out; /* of the inputs, and of the results */
    int count, inputs, fixed, outputs;
} chalk_columns;

CHALK_INLINE void chalk_run_piece(const chalk_columns *c, Py_ssize_t start, int piece) {
    double **slots = c->slots;
    for (int k = 0; k < c->inputs; k++) slots[k] = c->columns[k] + start;
    for (int k = 0; k < c->outputs; k++)
        if (c->results[k] >= c->inputs + c->fixed) slots[c->results[k]] = c->out[k] + start;
    for (int k = 0; k < c->count; k++) {
        const chalk_line *line = &c->lines[k];
        chalk_fill(line->code, slots[line->slot], slots[line->operands[0]], slots[line->operands[1]],
                   slots[line->operands[2]], piece);
    }
    for (int k = 0; k < c->outputs; k++)
        if (slots[c->results[k]] != c->out[k] + start)
            memcpy(c->out[k] + start, slots[c->results[k]], piece * sizeof(double));
}

static inline int chalk_piece_size(Py_ssize_t start, Py_ssize_t size) {
    return size - start < CHALK_PIECE ? (int)(size - start) : CHALK_PIECE;
}

/* Run the lines over all numbers. */
CHALK_CLONES static void chalk_run_columns(const chalk_columns *c, Py_ssize_t size) {
    for (Py_ssize_t start = 0; start < size; start += CHALK_PIECE) chalk_run_piece(c, start, chalk_piece_size(start, size));
}

/* Whether a node has a gradient and takes one. */
static inline int chalk_learns(const chalk_node *node) { return node->f.reached && !chalk_is_constant(node); }

/* Run them over nodes: the first two columns are their numbers and gradients, which are read piece by
 * piece, and the first result is what they move to, while they are at hand. If one does not learn, all
 * are left as they were; gives whether all do. */
CHALK_CLONES static int chalk_move_nodes(const chalk_columns *c, chalk_node **nodes, Py_ssize_t size) {
    for (Py_ssize_t start = 0; start < size; start += CHALK_PIECE) {
        const int piece = chalk_piece_size(start, size);
        chalk_node **some = nodes + start;
        double *data = c->columns[0] + start, *grad = c->columns[1] + start, *moved = c->out[0] + start;
        int learning = 0;
        for (int k = 0; k < piece; k++) {
            data[k] = some[k]->f.data;
            grad[k] = some[k]->f.grad;
            learning += chalk_learns(some[k]);
        }
        if (learning < piece) {
            for (Py_ssize_t k = 0; k < start; k++) nodes[k]->f.data = c->columns[0][k];
            return 0;
        }
        chalk_run_piece(c, start, piece);
        for (int k = 0; k < piece; k++) some[k]->f.data = moved[k];
    }
    return 1;
}

#endif
