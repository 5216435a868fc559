/* Any dot products: those of matrices go to products.h, others one by one or a few at a time. */
#ifndef CHALKGRAD_DOTS_H
#define CHALKGRAD_DOTS_H

#include "products.h"

CHALK_INLINE void chalk_eight_forward(const chalk_machine *m, const chalk_block *block, ptrdiff_t a_lane, ptrdiff_t b_lane,
                                      const int wide) {
    chalk_cursor a = chalk_values_of(m, &block->a, 8);
    chalk_cursor b = chalk_values_of(m, &block->b, 8);
    chalk_cursor c = chalk_values_of(m, &block->c, 8);
    double *out = m->values + (ptrdiff_t)(block->out - m->shared) * 8;
    for (int i = 0; i < block->rows; i++, out += block->columns * 8) {
#define CHALK_DOTS(dots, count) \
    dots(chalk_move(a, i, j), chalk_move(b, i, j), chalk_move(c, i, j), block->terms, out + j * 8, a_lane, b_lane, count)
#define CHALK_SOME_DOTS(count) (wide ? CHALK_DOTS(chalk_dots_8, count) : CHALK_DOTS(chalk_dots_4, count))
        const int tall = 4;
        CHALK_IN_GROUPS(j, block->columns, CHALK_SOME_DOTS);
#undef CHALK_SOME_DOTS
#undef CHALK_DOTS
    }
}

CHALK_INLINE void chalk_eight_backward(const chalk_machine *m, const chalk_block *block, int wants_a, int wants_b, const int tall) {
    chalk_cursor a = chalk_values_of(m, &block->a, 8), to_a = chalk_adjoints_of(m, &block->a, 8);
    chalk_cursor b = chalk_values_of(m, &block->b, 8), to_b = chalk_adjoints_of(m, &block->b, 8);
    const double *upstream = m->adjoints + (ptrdiff_t)(block->out - m->shared) * 8;
    for (int i = block->rows - 1; i >= 0; i--)
        for (int j = block->columns - 1; j >= 0; j--)
            CHALK_BY_WIDTH(chalk_dot_adjoints, upstream + (ptrdiff_t)(i * block->columns + j) * 8, chalk_move(a, i, j),
                           chalk_move(to_a, i, j), chalk_move(b, i, j), chalk_move(to_b, i, j), block->terms, wants_a, wants_b);
}

/* One lane. */
CHALK_INLINE void chalk_one_forward(const chalk_machine *m, const chalk_block *block) {
    chalk_cursor a = chalk_values_of(m, &block->a, 1);
    chalk_cursor b = chalk_values_of(m, &block->b, 1);
    chalk_cursor c = chalk_values_of(m, &block->c, 1);
    double *out = m->values + (block->out - m->shared);
    for (int i = 0; i < block->rows; i++) for (int j = 0; j < block->columns; j++) {
        const double *pa = chalk_move(a, i, j).at, *pb = chalk_move(b, i, j).at;
        double total = *chalk_move(c, i, j).at;
        for (int k = 0; k < block->terms; k++) total += pa[k * a.term] * pb[k * b.term];
        *out++ = total;
    }
}

CHALK_INLINE void chalk_one_backward(const chalk_machine *m, const chalk_block *block, int wants_a, int wants_b) {
    const double *upstream = m->adjoints + (block->out - m->shared);
    chalk_cursor a = chalk_values_of(m, &block->a, 1);
    chalk_cursor b = chalk_values_of(m, &block->b, 1);
    double *to_a = chalk_adjoints_of(m, &block->a, 1).at, *to_b = chalk_adjoints_of(m, &block->b, 1).at;
    for (int i = block->rows - 1; i >= 0; i--)
        for (int j = block->columns - 1; j >= 0; j--) {
            double g = upstream[i * block->columns + j];
            for (int k = block->terms - 1; k >= 0; k--) {
                ptrdiff_t pa = i * a.row + j * a.column + k * a.term, pb = i * b.row + j * b.column + k * b.term;
                if (wants_a) to_a[pa] += g * b.at[pb];
                if (wants_b) to_b[pb] += g * a.at[pa];
            }
        }
}

CHALK_INLINE void chalk_any_forward(const chalk_machine *m, const chalk_block *block, const int lanes, const int tall) {
    int a_lane = !chalk_is_shared(&block->a), b_lane = !chalk_is_shared(&block->b);
    if (lanes == 1) chalk_one_forward(m, block);
    else if (a_lane && b_lane) chalk_eight_forward(m, block, 1, 1, tall == 8);
    else if (a_lane) chalk_eight_forward(m, block, 1, 0, tall == 8);
    else chalk_eight_forward(m, block, 0, b_lane, tall == 8);
}

CHALK_INLINE void chalk_any_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes, const int tall) {
    int wants_a = chalk_is_wanted(&block->a, inputs), wants_b = chalk_is_wanted(&block->b, inputs);
    if (lanes == 1) chalk_one_backward(m, block, wants_a, wants_b);
    else chalk_eight_backward(m, block, wants_a, wants_b, tall);
}

CHALK_INLINE void chalk_dot_forward(const chalk_machine *m, const chalk_block *block, const int lanes, const int tall) {
    switch (chalk_way(block, lanes)) {
    case CHALK_MATRIX_A: chalk_matrix_forward(m, block, &block->a, &block->b, tall); break;
    case CHALK_MATRIX_B: chalk_matrix_forward(m, block, &block->b, &block->a, tall); break;
    default: chalk_any_forward(m, block, lanes, tall);
    }
}

/* Whether a block goes forward, or back, through all tiles at once. */
CHALK_INLINE int chalk_is_for_lanes(const chalk_block *block, int back, const int lanes) {
    if (lanes == 1 || block->code != CHALK_DOT || chalk_way(block, lanes) != CHALK_LANES) return 0;
    return !back || block->b.term || block->terms == 1;
}

CHALK_INLINE void chalk_first_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes) {
    if (!chalk_is_wanted(&block->c, inputs)) return;
    chalk_cursor to = chalk_adjoints_of(m, &block->c, lanes);
    const double *upstream = m->adjoints + (ptrdiff_t)(block->out - m->shared) * lanes;
    for (int i = block->rows - 1; i >= 0; i--)
        for (int j = block->columns - 1; j >= 0; j--)
            chalk_add_terms(chalk_move(to, i, j).at, to.lane, upstream + (ptrdiff_t)(i * block->columns + j) * lanes, lanes);
}

CHALK_INLINE void chalk_dot_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes, const int tall) {
    const chalk_operand *a = &block->a, *b = &block->b;
    int way = chalk_way(block, lanes);
    if (way == CHALK_MATRIX_B) {
        const chalk_operand *swap = a;
        a = b;
        b = swap;
    }
    /* sums side by side must end in places of their own: those of a convolution do not */
    int a_apart = chalk_apart(block->terms, a->term, block->columns, a->column);
    if (lanes == 1 && way != CHALK_ANY && a->row == 0 && a_apart && chalk_apart(block->rows, b->row, block->terms, b->term))
        chalk_matrix_backward(m, block, a, b, inputs, tall);
    else
        chalk_any_backward(m, block, inputs, lanes, tall);
}

#endif
