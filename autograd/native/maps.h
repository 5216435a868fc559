/* One operation of the table, on many numbers: a piece of them at a time, in a loop of its own.
 *
 * A piece is small enough for the first cache. The most frequent operations have loops without a
 * call, for the compiler to vectorise.
 */
#ifndef CHALKGRAD_MAPS_H
#define CHALKGRAD_MAPS_H

#include "exps.h"

#define CHALK_FILL(name, expression)          \
    case CHALK_CODE_##name:                   \
        for (int l = 0; l < count; l++) {     \
            double x = a[l], y = b[l];        \
            (void)y;                          \
            out[l] = expression;              \
        }                                     \
        break;

CHALK_INLINE void chalk_fill(int code, double *CHALK_RESTRICT out, const double *a, const double *b, const double *c, int count) {
    if (code == CHALK_CODE_exp && chalk_exps(out, a, count)) return;
    if (code == CHALK_CODE_pow && chalk_pows(out, a, b, 0, count)) return;
    switch (code) {
        CHALK_FILL(add, chalk_add(x, y))
        CHALK_FILL(sub, chalk_sub(x, y))
        CHALK_FILL(mul, chalk_mul(x, y))
        CHALK_FILL(div, chalk_div(x, y))
        CHALK_FILL(neg, chalk_neg(x))
        CHALK_FILL(sqrt, chalk_sqrt(x))
        CHALK_FILL(relu, chalk_relu(x))
        CHALK_FILL(maximum, chalk_maximum(x, y))
        CHALK_FILL(compare, chalk_compare(x, y))
        CHALK_FILL(where, chalk_where(x, y, c[l]))
    default:
        for (int l = 0; l < count; l++) out[l] = chalk_value(code, a[l], b[l], c[l]);
    }
}

#define CHALK_HAND_ON(name, position)                         \
    case 4 * CHALK_CODE_##name + position:                    \
        for (int l = 0; l < count; l++) {                     \
            double a = pa[l], b = pb[l], out = results[l];    \
            (void)a, (void)b, (void)out;                      \
            terms[l] = g[l] * CHALK_BY_##position##_##name;   \
        }                                                     \
        break;

/* What the operand at a position gets: the upstream adjoints g, each times the slope there. They are
 * in terms, or where they were if the slope is 1. */
CHALK_INLINE const double *chalk_hand_on(int code, int position, double *CHALK_RESTRICT terms, const double *g,
                                         const double *results, const double *pa, const double *pb, const double *pc, int count) {
    if (code == CHALK_CODE_pow && position == 0 && chalk_pows(terms, pa, pb, 1, count)) {
        for (int l = 0; l < count; l++) terms[l] = g[l] * (pb[l] * terms[l]); /* b a**(b - 1) */
        return terms;
    }
    switch (4 * code + position) {
    case 4 * CHALK_CODE_add:
    case 4 * CHALK_CODE_add + 1:
    case 4 * CHALK_CODE_sub:
        return g;
        CHALK_HAND_ON(sub, 1)
        CHALK_HAND_ON(mul, 0)
        CHALK_HAND_ON(mul, 1)
        CHALK_HAND_ON(div, 0)
        CHALK_HAND_ON(div, 1)
        CHALK_HAND_ON(neg, 0)
        CHALK_HAND_ON(exp, 0)
        CHALK_HAND_ON(log, 0)
        CHALK_HAND_ON(tanh, 0)
        CHALK_HAND_ON(relu, 0)
        CHALK_HAND_ON(maximum, 0)
        CHALK_HAND_ON(maximum, 1)
        CHALK_HAND_ON(compare, 0)
        CHALK_HAND_ON(compare, 1)
        CHALK_HAND_ON(where, 0)
        CHALK_HAND_ON(where, 1)
        CHALK_HAND_ON(where, 2)
    default:
        for (int l = 0; l < count; l++)
            terms[l] = g[l] * chalk_derivative(code, position, results[l], pa[l], pb[l], pc[l]);
    }
    return terms;
}

/* ---- a block of them -------------------------------------------------------------------------- */

/* The numbers of as many columns as `columns`, from column j of row i on: where they are, or copied.
 * A column has a number for each lane. */
CHALK_INLINE const double *chalk_piece(chalk_cursor x, int i, int j, int columns, double *room, const int lanes) {
    const double *at = chalk_move(x, i, j).at;
    if ((x.lane || lanes == 1) && x.column == lanes) return at;
    for (int k = 0; k < columns; k++, at += x.column) {
        if (x.lane) memcpy(room + k * lanes, at, lanes * sizeof(double));
        else
            for (int l = 0; l < lanes; l++) room[k * lanes + l] = *at;
    }
    return room;
}

/* The operands of such a piece, of as many as the operation has. */
#define CHALK_PIECES(i, j, columns)                                                \
    int arity = chalk_arities[block->code];                                        \
    const double *pa = chalk_piece(a, i, j, columns, room[0], lanes), *pb = pa, *pc = pa; \
    if (arity > 1) pb = chalk_piece(b, i, j, columns, room[1], lanes);             \
    if (arity > 2) pc = chalk_piece(c, i, j, columns, room[2], lanes)

CHALK_INLINE void chalk_map_forward(const chalk_machine *m, const chalk_block *block, const int lanes) {
    chalk_cursor a = chalk_values_of(m, &block->a, lanes);
    chalk_cursor b = chalk_values_of(m, &block->b, lanes);
    chalk_cursor c = chalk_values_of(m, &block->c, lanes);
    double *out = m->values + (ptrdiff_t)(block->out - m->shared) * lanes, room[3][CHALK_PIECE];
    const int most = CHALK_PIECE / lanes;
    for (int i = 0; i < block->rows; i++)
        for (int j = 0; j < block->columns; j += most) {
            int columns = block->columns - j < most ? block->columns - j : most;
            CHALK_PIECES(i, j, columns);
            chalk_fill(block->code, out, pa, pb, pc, columns * lanes);
            out += columns * lanes;
        }
}

/* The adjoint of the operand at a position. */
CHALK_INLINE void chalk_map_backward_one(const chalk_machine *m, const chalk_block *block, int position, const int lanes) {
    const chalk_operand *operand = position == 0 ? &block->a : position == 1 ? &block->b : &block->c;
    chalk_cursor a = chalk_values_of(m, &block->a, lanes);
    chalk_cursor b = chalk_values_of(m, &block->b, lanes);
    chalk_cursor c = chalk_values_of(m, &block->c, lanes);
    chalk_cursor to = chalk_adjoints_of(m, operand, lanes);
    const double *results = m->values + (ptrdiff_t)(block->out - m->shared) * lanes;
    const double *upstream = m->adjoints + (ptrdiff_t)(block->out - m->shared) * lanes;
    double room[4][CHALK_PIECE];
    const int most = CHALK_PIECE / lanes;
    for (int i = block->rows - 1; i >= 0; i--)
        for (int stop = block->columns; stop > 0; stop -= most) {
            int columns = stop < most ? stop : most, j = stop - columns;
            ptrdiff_t first = (ptrdiff_t)(i * block->columns + j) * lanes;
            CHALK_PIECES(i, j, columns);
            const double *terms = chalk_hand_on(block->code, position, room[3], upstream + first, results + first, pa, pb, pc,
                                                columns * lanes);
            double *at = chalk_move(to, i, j).at;
            if ((to.lane || lanes == 1) && to.column == lanes)
                for (int k = 0; k < columns * lanes; k++) at[k] += terms[k];
            else if (lanes > 1 && to.lane && to.column == 0)
                chalk_add_columns(at, terms, columns);
            else
                for (int k = columns - 1; k >= 0; k--)
                    chalk_add_terms(at + k * to.column, to.lane, terms + k * lanes, lanes);
        }
}

CHALK_INLINE void chalk_map_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes) {
    if (chalk_is_wanted(&block->a, inputs)) chalk_map_backward_one(m, block, 0, lanes);
    if (chalk_is_wanted(&block->b, inputs)) chalk_map_backward_one(m, block, 1, lanes);
    if (chalk_is_wanted(&block->c, inputs)) chalk_map_backward_one(m, block, 2, lanes);
}

#endif
