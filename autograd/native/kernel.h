/* The loops of the kernel: what kernel.py does, block by block, on one row or on many at once.
 *
 * Additions are made in the graph's own order, so the numbers are those of the eager engine to the
 * last bit, however many are computed at a time. The adjoint goes through everything in the opposite
 * order, as backward() does.
 */
#ifndef CHALKGRAD_KERNEL_H
#define CHALKGRAD_KERNEL_H

#include "maps.h"
#include "products.h"
#include "runs.h"

/* ---- instructions one by one, in eight lanes ------------------------------------------------- */

/* Any place: its first number, and whether it has one for each lane. */
CHALK_INLINE double *chalk_place(const chalk_machine *m, double *shared, double *rows, int place, int *lane, const int lanes) {
    *lane = place >= m->shared;
    return *lane ? rows + (ptrdiff_t)(place - m->shared) * lanes : shared + place;
}

CHALK_INLINE void chalk_operands(const chalk_machine *m, int index, int place[3]) {
    int third = chalk_arities[m->codes[index]] == 3;
    place[0] = m->left[index];
    place[1] = third ? m->extra[m->right[index]] : m->right[index];
    place[2] = third ? m->extra[m->right[index] + 1] : 0;
}

CHALK_INLINE void chalk_sequence_forward(const chalk_machine *m, const chalk_block *block, const int lanes) {
    int first = block->out - m->shared - m->inputs;
    double *out = m->values + (ptrdiff_t)(block->out - m->shared) * lanes, room[3][8];
    for (int index = first; index < first + block->columns; index++, out += lanes) {
        int code = m->codes[index], place[3], la;
        chalk_operands(m, index, place);
        int count = chalk_arities[code];
        const double *a = chalk_place(m, m->shared_values, m->values, place[0], &la, lanes), *b = a, *c = a;
        int lb = la, lc = la;
        if (count > 1) b = chalk_place(m, m->shared_values, m->values, place[1], &lb, lanes);
        if (count > 2) c = chalk_place(m, m->shared_values, m->values, place[2], &lc, lanes);
        chalk_fill(code, out, chalk_side_by_side(a, la, room[0], lanes), chalk_side_by_side(b, lb, room[1], lanes),
                   chalk_side_by_side(c, lc, room[2], lanes), m->side);
    }
}

CHALK_INLINE void chalk_sequence_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes) {
    int first = block->out - m->shared - m->inputs, leaves = m->shared + m->inputs;
    for (int index = first + block->columns - 1; index >= first; index--) {
        int code = m->codes[index], place[3];
        chalk_operands(m, index, place);
        int count = chalk_arities[code], lane[3] = {0, 0, 0};
        const double *number[3];
        double terms[8], room[3][8];
        for (int k = 0; k < 3; k++) {
            number[k] = chalk_place(m, m->shared_values, m->values, place[k < count ? k : 0], &lane[k], lanes);
            number[k] = chalk_side_by_side(number[k], lane[k], room[k], lanes);
        }
        const double *g = m->adjoints + (ptrdiff_t)(index + m->inputs) * lanes;
        const double *out = m->values + (ptrdiff_t)(index + m->inputs) * lanes;
        for (int k = 0; k < count; k++) {
            int wanted = place[k] < m->shared ? place[k] < m->parameters : inputs || place[k] >= leaves;
            if (!wanted) continue;
            chalk_hand_on(code, k, terms, g, out, number[0], number[1], number[2], m->side);
            int to_lane;
            double *to = chalk_place(m, m->shared_adjoints, m->adjoints, place[k], &to_lane, lanes);
            chalk_add_terms(to, to_lane, terms, lanes);
        }
    }
}

/* ---- a program, or a part of it --------------------------------------------------------------- */

CHALK_INLINE chalk_machine chalk_tile(const chalk_machine *m, int tile) {
    chalk_machine one = *m;
    one.values += tile * m->tile;
    one.adjoints += tile * m->tile;
    one.tiles = 1;
    return one;
}

CHALK_INLINE void chalk_forward(const chalk_machine *m, int first, int stop, const int lanes, const int tall) {
    for (int k = first; k < stop; k++) {
        const chalk_block *block = m->blocks + (lanes == 1 ? m->parts[k].block : k);
        if (lanes == 1 && m->parts[k].block < 0) {
            chalk_runs_forward(m, m->parts + k);
            continue;
        }
        if (chalk_is_for_lanes(block, 0, lanes)) {
            chalk_lanes_forward(m, block, tall);
            continue;
        }
        for (int t = 0; t < m->tiles; t++) {
            const chalk_machine one = chalk_tile(m, t);
            if (block->code == CHALK_DOT) chalk_dot_forward(&one, block, lanes);
            else if (lanes > 1 && block->code == CHALK_SEQUENCE) chalk_sequence_forward(&one, block, lanes);
            else chalk_map_forward(&one, block, lanes);
        }
    }
}

CHALK_INLINE void chalk_backward(const chalk_machine *m, int first, int stop, int inputs, const int lanes, const int tall) {
    for (int k = stop - 1; k >= first; k--) {
        const chalk_block *block = m->blocks + (lanes == 1 ? m->parts[k].block : k);
        if (lanes == 1 && m->parts[k].block < 0) {
            chalk_runs_backward(m, m->parts + k);
            continue;
        }
        int is_for_lanes = chalk_is_for_lanes(block, 1, lanes);
        for (int t = 0; t < m->tiles; t++) {
            const chalk_machine one = chalk_tile(m, t);
            if (block->code == CHALK_DOT) chalk_first_backward(&one, block, inputs, lanes);
            if (is_for_lanes) continue;
            if (block->code == CHALK_DOT) chalk_dot_backward(&one, block, inputs, lanes);
            else if (lanes > 1 && block->code == CHALK_SEQUENCE) chalk_sequence_backward(&one, block, inputs, lanes);
            else chalk_map_backward(&one, block, inputs, lanes);
        }
        if (is_for_lanes) chalk_lanes_backward(m, block, inputs, tall);
    }
}

#define CHALK_RUN(how, suffix, lanes, tall)                                                                 \
    how static void chalk_forward_##suffix(const chalk_machine *m, int first, int stop) {                   \
        chalk_forward(m, first, stop, lanes, tall);                                                         \
    }                                                                                                       \
    how static void chalk_backward_##suffix(const chalk_machine *m, int first, int stop, int inputs) {      \
        chalk_backward(m, first, stop, inputs, lanes, tall);                                                \
    }

CHALK_RUN(CHALK_CLONES, one, 1, 4)
CHALK_RUN(CHALK_CLONES, eight, 8, 4)
CHALK_RUN(CHALK_WIDEST, widest_one, 1, 8)
CHALK_RUN(CHALK_WIDEST, widest_eight, 8, 8)

/* Compute all blocks from the first on, before `stop`, in all lanes of all tiles; in one lane, parts. */
static void chalk_run_forward(const chalk_machine *m, int first, int stop, int lanes) {
    if (lanes == 1 && stop == first + 1 && m->parts[first].block < 0) chalk_runs_forward(m, m->parts + first);
    else if (CHALK_HAS_WIDEST()) (lanes == 1 ? chalk_forward_widest_one : chalk_forward_widest_eight)(m, first, stop);
    else (lanes == 1 ? chalk_forward_one : chalk_forward_eight)(m, first, stop);
}

/* Their adjoints. */
static void chalk_run_backward(const chalk_machine *m, int first, int stop, int inputs, int lanes) {
    if (lanes == 1 && stop == first + 1 && m->parts[first].block < 0) chalk_runs_backward(m, m->parts + first);
    else if (CHALK_HAS_WIDEST()) (lanes == 1 ? chalk_backward_widest_one : chalk_backward_widest_eight)(m, first, stop, inputs);
    else (lanes == 1 ? chalk_backward_one : chalk_backward_eight)(m, first, stop, inputs);
}

/* Rows of inputs where they lie: number k of a row is step[k] bytes from that of the row before. */
typedef struct {
    const char **at;
    const ptrdiff_t *step;
    const long long *places; /* of the rows to read; NULL for all */
} chalk_rows;

/* Copy as many rows of inputs as there are lanes to where the program finds them. */
static void chalk_load_rows(const chalk_machine *m, const chalk_rows *rows, ptrdiff_t first, int lanes) {
    for (int t = 0; t < m->tiles; t++)
        for (int lane = 0; lane < lanes; lane++, first++) {
            ptrdiff_t row = rows->places ? (ptrdiff_t)rows->places[first] : first;
            double *to = m->values + t * m->tile + lane;
            for (int k = 0; k < m->inputs; k++) /* which need not be aligned */
                memcpy(to + (ptrdiff_t)k * lanes, rows->at[k] + row * rows->step[k], sizeof(double));
        }
}

/* Whether all numbers are finite. */
static int chalk_all_finite(const double *numbers, ptrdiff_t count) {
    double sums[8] = {0, 0, 0, 0, 0, 0, 0, 0}; /* of zeros, or of nan */
    ptrdiff_t k = 0;
    for (; k + 8 <= count; k += 8)
        for (int l = 0; l < 8; l++) sums[l] += numbers[k + l] * 0;
    for (; k < count; k++) sums[0] += numbers[k] * 0;
    return chalk_sum(sums, 8) == 0;
}

#endif
