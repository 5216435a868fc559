/* Matrices times vectors: blocks of sums of products, in one lane or in many.
 *
 * Forward, every sum is made in the graph's own order, however many are made at once, so the numbers
 * are those of the eager engine to the last bit. The adjoint of a matrix is a sum over the rows.
 */
#ifndef CHALKGRAD_PRODUCTS_H
#define CHALKGRAD_PRODUCTS_H

#include "machine.h"

#define CHALK_WIDTH 8
#include "eight.h"
#undef CHALK_WIDTH
#define CHALK_WIDTH 4
#include "eight.h"
#undef CHALK_WIDTH

/* Where `tall`, how many sums a machine has registers for, is 8, it has vectors of eight; if not, of
 * four. It is known when this is compiled. */
#define CHALK_BY_WIDTH(name, ...) (tall == 8 ? name##_8(__VA_ARGS__) : name##_4(__VA_ARGS__))

/* As chalk_eight_sums, for as many numbers as one vector of another width has. */
#define CHALK_DEFINE_SUMS(sums, name, width)                                                                    \
    CHALK_INLINE void sums(const double *first, ptrdiff_t first_row, ptrdiff_t first_l, const double *v,       \
                           ptrdiff_t v_row, ptrdiff_t v_term, const double *s, ptrdiff_t s_row,                \
                           ptrdiff_t s_term, int terms, double *out, ptrdiff_t out_row, const int rows) {      \
        name total[8];                                                                                          \
        if (first_l == 0)                                                                                       \
            for (int i = 0; i < rows; i++) CHALK_SPREAD(total[i], first[i * first_row], width);                 \
        else if (first_l == 1)                                                                                  \
            for (int i = 0; i < rows; i++) memcpy(&total[i], first + i * first_row, sizeof(name));              \
        else                                                                                                    \
            for (int i = 0; i < rows; i++)                                                                      \
                for (int l = 0; l < width; l++) ((double *)&total[i])[l] = first[i * first_row + l * first_l];  \
        for (int k = 0; k < terms; k++)                                                                         \
            for (int i = 0; i < rows; i++)                                                                      \
                CHALK_ADD_PRODUCT(total[i], v + i * v_row + k * v_term, s[i * s_row + k * s_term], name, width); \
        for (int i = 0; i < rows; i++) memcpy(out + i * out_row, &total[i], sizeof(name));                      \
    }

CHALK_DEFINE_SUMS(chalk_sums_4, chalk_vector_4, 4)
CHALK_DEFINE_SUMS(chalk_sums_1, chalk_vector_1, 1)

/* All sums out[i, j] = first[i, j] + v[i, 0, j] s[i, 0] + ..., where out and v lie side by side
 * along j. Where `same`, v is the same for all i. */
CHALK_INLINE void chalk_all_sums(chalk_cursor first, chalk_cursor v, chalk_cursor s, int terms, double *out,
                                 ptrdiff_t out_row, int rows, int columns, const int same, const int tall) {
    int i = 0;
#define CHALK_SUMS(sums, height)                                                                                \
    sums(chalk_move(first, i, j).at, first.row, first.column, v.at + (same ? 0 : i * v.row) + j, 0, v.term,     \
         s.at + i * s.row, s.row, s.term, terms, out + i * out_row + j, out_row, height)
#define CHALK_EIGHT_SUMS(...) CHALK_BY_WIDTH(chalk_eight_sums, __VA_ARGS__)
    if (same)
        for (; i + 4 <= rows; i += 4) {
            int j = 0;
            for (; j + 8 <= columns; j += 8) CHALK_SUMS(CHALK_EIGHT_SUMS, 4);
            for (; j + 4 <= columns; j += 4) CHALK_SUMS(chalk_sums_4, 4);
            for (; j < columns; j++) CHALK_SUMS(chalk_sums_1, 4);
        }
    for (; i < rows; i++) {
        int j = 0;
        for (; j + 8 <= columns; j += 8) CHALK_SUMS(CHALK_EIGHT_SUMS, 1);
        for (; j + 4 <= columns; j += 4) CHALK_SUMS(chalk_sums_4, 1);
        for (; j < columns; j++) CHALK_SUMS(chalk_sums_1, 1);
    }
#undef CHALK_SUMS
#undef CHALK_EIGHT_SUMS
}

/* One row: numbers s times a matrix v, or vectors v, stored along the columns. */
CHALK_INLINE void chalk_matrix_forward(const chalk_machine *m, const chalk_block *block, const chalk_operand *vectors,
                                       const chalk_operand *scalars, const int tall) {
    chalk_cursor v = chalk_values_of(m, vectors, 1);
    chalk_cursor s = chalk_values_of(m, scalars, 1);
    chalk_cursor c = chalk_values_of(m, &block->c, 1);
    double *out = m->values + (block->out - m->shared);
    if (v.row == 0)
        chalk_all_sums(c, v, s, block->terms, out, block->columns, block->rows, block->columns, 1, tall);
    else
        chalk_all_sums(c, v, s, block->terms, out, block->columns, block->rows, block->columns, 0, tall);
}

CHALK_INLINE void chalk_matrix_backward(const chalk_machine *m, const chalk_block *block, const chalk_operand *vectors,
                                        const chalk_operand *scalars, int inputs, const int tall) {
    int rows = block->rows, columns = block->columns, terms = block->terms;
    chalk_cursor v = chalk_values_of(m, vectors, 1);
    chalk_cursor s = chalk_values_of(m, scalars, 1);
    double *upstream = m->adjoints + (block->out - m->shared);
    if (chalk_is_wanted(vectors, inputs)) { /* sums over the rows, one for each term and column */
        chalk_cursor to = chalk_adjoints_of(m, vectors, 1);
        chalk_cursor first = {to.at, to.term, 1, 0, 0};
        chalk_cursor g = {upstream + (rows - 1) * columns, 0, 1, -columns, 0};
        chalk_cursor x = {s.at + (rows - 1) * s.row, s.term, 0, -s.row, 0};
        chalk_all_sums(first, g, x, rows, to.at, to.term, terms, columns, 1, tall);
    }
    if (chalk_is_wanted(scalars, inputs)) { /* sums over the columns, one for each row and term */
        chalk_cursor to = chalk_adjoints_of(m, scalars, 1);
        double *turned = m->scratch, *sums = m->scratch + columns * terms;
        for (int k = 0; k < terms; k++)
            for (int j = 0; j < columns; j++) turned[j * terms + k] = v.at[k * v.term + j];
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < terms; k++) sums[i * terms + k] = to.at[i * to.row + k * to.term];
        chalk_cursor first = {sums, terms, 1, 0, 0};
        chalk_cursor w = {turned + (columns - 1) * terms, 0, 1, -terms, 0};
        chalk_cursor g = {upstream + columns - 1, columns, 0, -1, 0};
        chalk_all_sums(first, w, g, columns, sums, terms, rows, terms, 1, tall);
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < terms; k++) to.at[i * to.row + k * to.term] = sums[i * terms + k];
    }
}

/* Whether places i * row + j * column are all different. */
CHALK_INLINE int chalk_apart(ptrdiff_t rows, ptrdiff_t row, ptrdiff_t columns, ptrdiff_t column) {
    if (row < 0) row = -row;
    if (column < 0) column = -column;
    if ((rows > 1 && row == 0) || (columns > 1 && column == 0)) return 0;
    return rows == 1 || columns == 1 || row > (columns - 1) * column || column > (rows - 1) * row;
}

/* Which way a block of dot products goes. */
enum { CHALK_ANY, CHALK_MATRIX_A, CHALK_MATRIX_B, CHALK_LANES };

CHALK_INLINE int chalk_way(const chalk_block *block, const int lanes) {
    const chalk_operand *a = &block->a, *b = &block->b;
    if (lanes == 1) {
        if (a->column == 1 && b->column == 0) return CHALK_MATRIX_A;
        if (b->column == 1 && a->column == 0) return CHALK_MATRIX_B;
        return CHALK_ANY;
    }
    return chalk_is_shared(a) && !chalk_is_shared(b) && b->column == 0 ? CHALK_LANES : CHALK_ANY;
}

/* ---- many lanes: a matrix that they share, times vectors that they do not ------------------- */

/* In groups of columns, as many as there are registers for; `tall` is 8, or 4 on small machines. */
#define CHALK_IN_GROUPS(j, count, DO)                    \
    do {                                                 \
        int j = 0;                                       \
        if (tall == 8)                                   \
            for (; j + 8 <= (count); j += 8) DO(8);      \
        for (; j + 4 <= (count); j += 4) DO(4);          \
        for (; j + 2 <= (count); j += 2) DO(2);          \
        if (j < (count)) DO(1);                          \
    } while (0)

CHALK_INLINE void chalk_lanes_forward(const chalk_machine *m, const chalk_block *block, const int tall) {
    chalk_cursor a = chalk_values_of(m, &block->a, 8);
    chalk_cursor b = chalk_values_of(m, &block->b, 8);
    chalk_cursor c = chalk_values_of(m, &block->c, 8);
    for (int i = 0; i < block->rows; i++) {
        double *out = m->values + (ptrdiff_t)(block->out - m->shared + i * block->columns) * 8;
#define CHALK_SUMS(height, step)                                                                                  \
    for (int t = 0; t < m->tiles; t++)                                                                            \
    CHALK_BY_WIDTH(chalk_eight_sums, chalk_move(c, i, j).at + t * c.tile, c.column, c.lane,                       \
                   b.at + i * b.row + t * b.tile, 0, b.term, chalk_move(a, i, j).at, step, a.term, block->terms,  \
                   out + j * 8 + t * m->tile, 8, height)
#define CHALK_SUMS_BESIDE(height) CHALK_SUMS(height, 1)
#define CHALK_SUMS_APART(height) CHALK_SUMS(height, a.column)
        if (a.column == 1) CHALK_IN_GROUPS(j, block->columns, CHALK_SUMS_BESIDE);
        else CHALK_IN_GROUPS(j, block->columns, CHALK_SUMS_APART);
#undef CHALK_SUMS
#undef CHALK_SUMS_BESIDE
#undef CHALK_SUMS_APART
    }
}

/* Eight numbers at a time of v[row], turned so that those of one lane lie side by side. */
CHALK_INLINE void chalk_turn(const chalk_machine *m, chalk_cursor v, int rows, int width, double *turned) {
    static const double zeros[8];
    for (int tile = 0; tile < m->tiles; tile++)
        for (int row = 0; row < rows; row++, turned += 64) {
            const double *from = v.at + tile * v.tile + row * v.row;
            const double *rows_of_lanes[8];
            for (int l = 0; l < 8; l++) rows_of_lanes[l] = l < width ? from + l * v.term : zeros;
            chalk_turn_eight(turned, rows_of_lanes);
        }
}

/* The adjoint of a matrix: to[k, l] += the sum over rows and lanes of s[row, k] v[row, l], where
 * to lies along l. The steps of v and s along l and k are their `term`. */
CHALK_INLINE void chalk_outer(const chalk_machine *m, chalk_cursor v, int columns, chalk_cursor s, int terms, int rows,
                              double *to, ptrdiff_t to_step, const int tall) {
    int l = 0;
    for (; columns - l > 2; l += 8) {
        int width = columns - l < 8 ? columns - l : 8;
        chalk_cursor from = v, number = s;
        from.at += l * v.term;
        chalk_turn(m, from, rows, width, m->scratch);
#define CHALK_OUTER(height)                                                                                   \
    (number.at = s.at + k * s.term,                                                                           \
     CHALK_BY_WIDTH(chalk_add_outer, m, m->scratch, number, rows, to + k * to_step + l, to_step, width, height))
        CHALK_IN_GROUPS(k, terms, CHALK_OUTER);
#undef CHALK_OUTER
    }
    for (; l < columns; l++) { /* too few to be worth the turning */
        chalk_cursor from = v, number = s;
        from.at += l * v.term;
        int k = 0;
        for (; k + 4 <= terms; k += 4, number.at += 4 * s.term)
            CHALK_BY_WIDTH(chalk_add_lanes, m, from, number, rows, to + k * to_step + l, to_step, 4);
        for (; k < terms; k++, number.at += s.term)
            CHALK_BY_WIDTH(chalk_add_lanes, m, from, number, rows, to + k * to_step + l, to_step, 1);
    }
}

CHALK_INLINE void chalk_lanes_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int tall) {
    int rows = block->rows, columns = block->columns, terms = block->terms;
    chalk_cursor a = chalk_values_of(m, &block->a, 8);
    chalk_cursor b = chalk_values_of(m, &block->b, 8);
    double *upstream = m->adjoints + (ptrdiff_t)(block->out - m->shared) * 8;
    if (chalk_is_wanted(&block->a, inputs)) {
        chalk_cursor to = chalk_adjoints_of(m, &block->a, 8);
        int together = to.row == 0 ? rows : 1; /* rows whose sums meet in one place */
        for (int i = rows - together; i >= 0; i -= together) {
            double *at = to.at + i * to.row;
            chalk_cursor g = {upstream + (ptrdiff_t)i * columns * 8, (ptrdiff_t)columns * 8, 0, 8, 1, m->tile};
            chalk_cursor x = {b.at + i * b.row, b.row, 0, b.term, 1, b.tile};
            if (to.column == 1 && columns > 1 && chalk_apart(terms, to.term, columns, 1))
                chalk_outer(m, g, columns, x, terms, together, at, to.term, tall);
            else if (to.term == 1 && terms > 1 && chalk_apart(columns, to.column, terms, 1))
                chalk_outer(m, x, terms, g, columns, together, at, to.column, tall);
            else
                for (int j = 0; j < columns; j++, g.at += 8) {
                    chalk_cursor number = x;
                    for (int k = 0; k < terms; k++, number.at += x.term)
                        CHALK_BY_WIDTH(chalk_add_lanes, m, g, number, together, at + j * to.column + k * to.term, 0, 1);
                }
        }
    }
    if (chalk_is_wanted(&block->b, inputs)) {
        chalk_cursor to = chalk_adjoints_of(m, &block->b, 8);
        for (int i = rows - 1; i >= 0; i--) {
            double *g = upstream + (ptrdiff_t)(i * columns + columns - 1) * 8;
            const double *s = chalk_move(a, i, columns - 1).at;
#define CHALK_SUMS(height)                                                                                      \
    for (int t = 0; t < m->tiles; t++) {                                                                        \
        double *sum = to.at + i * to.row + k * to.term + t * to.tile;                                           \
        CHALK_BY_WIDTH(chalk_eight_sums, sum, to.term, 1, g + t * m->tile, 0, -8, s + k * a.term, a.term,      \
                       -a.column, columns, sum, to.term, height);                                              \
    }
            CHALK_IN_GROUPS(k, terms, CHALK_SUMS);
#undef CHALK_SUMS
        }
    }
}

#endif
