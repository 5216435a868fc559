/* The loops of the kernel: what kernel.py does, block by block, on one row or on eight at once.
 *
 * A place that all rows share (a parameter, a constant) has one number. Any other has one for each
 * lane, side by side; a lane is a row. Additions are made in the graph's own order, so the
 * numbers are those of the eager engine to the last bit, however many are computed at a time. The
 * adjoint goes through everything in the opposite order, as backward() does.
 */
#ifndef CHALKGRAD_KERNEL_H
#define CHALKGRAD_KERNEL_H

#include <stddef.h>
#include <string.h>

#include "rules.h"

#if defined(_MSC_VER)
#define CHALK_INLINE static __forceinline
#elif defined(__GNUC__)
#define CHALK_INLINE static inline __attribute__((always_inline))
#else
#define CHALK_INLINE static inline
#endif

/* The widest vectors of the machine that runs it, not of the one that compiled it. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define CHALK_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CHALK_CLONES
#endif

enum { CHALK_DOT = 0x80, CHALK_SEQUENCE, CHALK_PYTHON };
enum { CHALK_CONSTANT, CHALK_PARAMETER, CHALK_RESULT, CHALK_INPUT };

/* As Operand and Block of program.py. */
typedef struct {
    int start, row, column, term, kind;
} chalk_operand;

typedef struct {
    int code, rows, columns, terms, out;
    chalk_operand a, b, c;
} chalk_block;

typedef struct {
    const chalk_block *blocks;
    const unsigned short *codes;
    const int *left, *right, *extra;
    int parameters, shared, inputs, stored;
    double *shared_values, *shared_adjoints, *values, *adjoints, *scratch;
} chalk_machine;

/* An operand in memory: its numbers, or their adjoints, and the steps from one to the next. */
typedef struct {
    double *at;
    ptrdiff_t row, column, term, lane;
} chalk_cursor;

CHALK_INLINE chalk_cursor chalk_find(const chalk_operand *x, double *shared, double *rows, const int lanes) {
    if (x->kind == CHALK_CONSTANT || x->kind == CHALK_PARAMETER) {
        chalk_cursor found = {shared + x->start, x->row, x->column, x->term, 0};
        return found;
    }
    chalk_cursor found = {rows + (ptrdiff_t)x->start * lanes, (ptrdiff_t)x->row * lanes,
                          (ptrdiff_t)x->column * lanes, (ptrdiff_t)x->term * lanes, 1};
    return found;
}

CHALK_INLINE int chalk_is_wanted(const chalk_operand *x, int inputs) {
    return x->kind != CHALK_CONSTANT && (inputs || x->kind != CHALK_INPUT);
}

/* Add to the adjoint of one operand, in all lanes or in the one place that they share. */
CHALK_INLINE void chalk_add_terms(double *adjoint, ptrdiff_t lane, const double *terms, const int lanes) {
    if (lane) {
        for (int l = 0; l < lanes; l++) adjoint[l] += terms[l];
    } else {
        double total = terms[0];
        for (int l = 1; l < lanes; l++) total += terms[l];
        *adjoint += total;
    }
}

/* ---- one operation on many rows ------------------------------------------------------------- */

#define CHALK_FOR_EACH(rows, columns)  \
    for (int i = 0; i < (rows); i++)   \
        for (int j = 0; j < (columns); j++)

#define CHALK_FILL(name, expression)                                                   \
    case CHALK_CODE_##name:                                                            \
        CHALK_FOR_EACH(block->rows, block->columns) {                                  \
            const double *pa = a.at + i * a.row + j * a.column;                        \
            const double *pb = b.at + i * b.row + j * b.column;                        \
            double *po = out + (ptrdiff_t)(i * block->columns + j) * lanes;            \
            for (int l = 0; l < lanes; l++) {                                          \
                double x = pa[l * a.lane], y = pb[l * b.lane];                         \
                (void)y;                                                               \
                po[l] = expression;                                                    \
            }                                                                          \
        }                                                                              \
        break;

CHALK_INLINE void chalk_map_forward(const chalk_machine *m, const chalk_block *block, const int lanes) {
    chalk_cursor a = chalk_find(&block->a, m->shared_values, m->values, lanes);
    chalk_cursor b = chalk_find(&block->b, m->shared_values, m->values, lanes);
    chalk_cursor c = chalk_find(&block->c, m->shared_values, m->values, lanes);
    double *out = m->values + (ptrdiff_t)(block->out - m->shared) * lanes;
    switch (block->code) {
        CHALK_FILL(add, chalk_add(x, y))
        CHALK_FILL(sub, chalk_sub(x, y))
        CHALK_FILL(mul, chalk_mul(x, y))
        CHALK_FILL(div, chalk_div(x, y))
        CHALK_FILL(neg, chalk_neg(x))
        CHALK_FILL(relu, chalk_relu(x))
    default:
        CHALK_FOR_EACH(block->rows, block->columns) {
            const double *pa = a.at + i * a.row + j * a.column;
            const double *pb = b.at + i * b.row + j * b.column;
            const double *pc = c.at + i * c.row + j * c.column;
            double *po = out + (ptrdiff_t)(i * block->columns + j) * lanes;
            for (int l = 0; l < lanes; l++)
                po[l] = chalk_value(block->code, pa[l * a.lane], pb[l * b.lane], pc[l * c.lane]);
        }
    }
}

#define CHALK_HAND_ON(name, position)                                                                          \
    case 4 * CHALK_CODE_##name + position:                                                                     \
        for (int i = block->rows - 1; i >= 0; i--)                                                             \
            for (int j = block->columns - 1; j >= 0; j--) {                                                    \
                const double *pa = at_a.at + i * at_a.row + j * at_a.column;                                   \
                const double *pb = at_b.at + i * at_b.row + j * at_b.column;                                   \
                ptrdiff_t place = (ptrdiff_t)(i * block->columns + j) * lanes;                                 \
                double terms[8];                                                                               \
                for (int l = 0; l < lanes; l++) {                                                              \
                    double a = pa[l * at_a.lane], b = pb[l * at_b.lane], out = results[place + l];             \
                    (void)a, (void)b, (void)out;                                                               \
                    terms[l] = upstream[place + l] * CHALK_BY_##position##_##name;                             \
                }                                                                                              \
                chalk_add_terms(to.at + i * to.row + j * to.column, to.lane, terms, lanes);                    \
            }                                                                                                  \
        return;

/* The adjoint of the operand at a position. */
CHALK_INLINE void chalk_map_backward_one(const chalk_machine *m, const chalk_block *block, int position, const int lanes) {
    const chalk_operand *operand = position == 0 ? &block->a : position == 1 ? &block->b : &block->c;
    chalk_cursor at_a = chalk_find(&block->a, m->shared_values, m->values, lanes);
    chalk_cursor at_b = chalk_find(&block->b, m->shared_values, m->values, lanes);
    chalk_cursor at_c = chalk_find(&block->c, m->shared_values, m->values, lanes);
    chalk_cursor to = chalk_find(operand, m->shared_adjoints, m->adjoints, lanes);
    const double *results = m->values + (ptrdiff_t)(block->out - m->shared) * lanes;
    const double *upstream = m->adjoints + (ptrdiff_t)(block->out - m->shared) * lanes;
    switch (4 * block->code + position) { /* the most frequent ones have loops of their own */
        CHALK_HAND_ON(add, 0)
        CHALK_HAND_ON(add, 1)
        CHALK_HAND_ON(sub, 0)
        CHALK_HAND_ON(sub, 1)
        CHALK_HAND_ON(mul, 0)
        CHALK_HAND_ON(mul, 1)
        CHALK_HAND_ON(exp, 0)
        CHALK_HAND_ON(relu, 0)
        CHALK_HAND_ON(tanh, 0)
    }
    for (int i = block->rows - 1; i >= 0; i--)
        for (int j = block->columns - 1; j >= 0; j--) {
            const double *pa = at_a.at + i * at_a.row + j * at_a.column;
            const double *pb = at_b.at + i * at_b.row + j * at_b.column;
            const double *pc = at_c.at + i * at_c.row + j * at_c.column;
            ptrdiff_t place = (ptrdiff_t)(i * block->columns + j) * lanes;
            double terms[8];
            for (int l = 0; l < lanes; l++)
                terms[l] = upstream[place + l] * chalk_derivative(block->code, position, results[place + l],
                                                                  pa[l * at_a.lane], pb[l * at_b.lane], pc[l * at_c.lane]);
            chalk_add_terms(to.at + i * to.row + j * to.column, to.lane, terms, lanes);
        }
}

CHALK_INLINE void chalk_map_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes) {
    if (chalk_is_wanted(&block->a, inputs)) chalk_map_backward_one(m, block, 0, lanes);
    if (chalk_is_wanted(&block->b, inputs)) chalk_map_backward_one(m, block, 1, lanes);
    if (chalk_is_wanted(&block->c, inputs)) chalk_map_backward_one(m, block, 2, lanes);
}

/* ---- dot products --------------------------------------------------------------------------- */

/* Sums side by side: for each of up to four rows, and each l of a vector of columns or lanes,
 *
 *     out[row, l] = first[row, l] + v[row, 0, l] s[row, 0] + v[row, 1, l] s[row, 1] + ...
 *
 * Every sum is made in the order of its terms; the vector only makes many of them at once.
 */
#if defined(__GNUC__)
#define CHALK_VECTOR(name, width) typedef double name __attribute__((vector_size(8 * width), aligned(8), may_alias));
#define CHALK_ADD_PRODUCT(total, v, s, name, width) total += *(const name *)(v) * (s)
#define CHALK_ADD_PRODUCTS(total, v, w) total += *(const chalk_vector_8 *)(v) * *(const chalk_vector_8 *)(w)
#else
#define CHALK_VECTOR(name, width) typedef struct { double number[width]; } name;
#define CHALK_ADD_PRODUCT(total, v, s, name, width) \
    for (int l = 0; l < width; l++) ((double *)&total)[l] += (v)[l] * (s)
#define CHALK_ADD_PRODUCTS(total, v, w) \
    for (int l = 0; l < 8; l++) ((double *)&total)[l] += (v)[l] * (w)[l]
#endif

#define CHALK_DEFINE_SUMS(sums, name, width)                                                                    \
    CHALK_VECTOR(name, width)                                                                                   \
    CHALK_INLINE void sums(const double *first, ptrdiff_t first_row, ptrdiff_t first_l, const double *v,       \
                           ptrdiff_t v_row, ptrdiff_t v_term, const double *s, ptrdiff_t s_row,                \
                           ptrdiff_t s_term, int terms, double *out, ptrdiff_t out_row, const int rows) {      \
        name total[4];                                                                                          \
        for (int i = 0; i < rows; i++)                                                                          \
            for (int l = 0; l < width; l++) ((double *)&total[i])[l] = first[i * first_row + l * first_l];      \
        for (int k = 0; k < terms; k++)                                                                         \
            for (int i = 0; i < rows; i++)                                                                      \
                CHALK_ADD_PRODUCT(total[i], v + i * v_row + k * v_term, s[i * s_row + k * s_term], name, width); \
        for (int i = 0; i < rows; i++) memcpy(out + i * out_row, &total[i], sizeof(name));                      \
    }

CHALK_DEFINE_SUMS(chalk_sums_8, chalk_vector_8, 8)
CHALK_DEFINE_SUMS(chalk_sums_4, chalk_vector_4, 4)
CHALK_DEFINE_SUMS(chalk_sums_1, chalk_vector_1, 1)

CHALK_INLINE chalk_cursor chalk_move(chalk_cursor x, int i, int j) {
    x.at += i * x.row + j * x.column;
    return x;
}

/* All sums out[i, j] = first[i, j] + v[i, 0, j] s[i, 0] + ..., where out and v lie side by side
 * along j. Where `same`, v is the same for all i. */
CHALK_INLINE void chalk_all_sums(chalk_cursor first, chalk_cursor v, chalk_cursor s, int terms, double *out,
                                 ptrdiff_t out_row, int rows, int columns, const int same) {
    int i = 0;
#define CHALK_SUMS(sums, height)                                                                                \
    sums(chalk_move(first, i, j).at, first.row, first.column, v.at + (same ? 0 : i * v.row) + j, 0, v.term,     \
         s.at + i * s.row, s.row, s.term, terms, out + i * out_row + j, out_row, height)
    if (same)
        for (; i + 4 <= rows; i += 4) {
            int j = 0;
            for (; j + 8 <= columns; j += 8) CHALK_SUMS(chalk_sums_8, 4);
            for (; j + 4 <= columns; j += 4) CHALK_SUMS(chalk_sums_4, 4);
            for (; j < columns; j++) CHALK_SUMS(chalk_sums_1, 4);
        }
    for (; i < rows; i++) {
        int j = 0;
        for (; j + 8 <= columns; j += 8) CHALK_SUMS(chalk_sums_8, 1);
        for (; j + 4 <= columns; j += 4) CHALK_SUMS(chalk_sums_4, 1);
        for (; j < columns; j++) CHALK_SUMS(chalk_sums_1, 1);
    }
#undef CHALK_SUMS
}

/* One row: numbers s times a matrix v, or vectors v, stored along the columns. */
CHALK_INLINE void chalk_matrix_forward(const chalk_machine *m, const chalk_block *block, const chalk_operand *vectors,
                                       const chalk_operand *scalars) {
    chalk_cursor v = chalk_find(vectors, m->shared_values, m->values, 1);
    chalk_cursor s = chalk_find(scalars, m->shared_values, m->values, 1);
    chalk_cursor c = chalk_find(&block->c, m->shared_values, m->values, 1);
    double *out = m->values + (block->out - m->shared);
    if (v.row == 0)
        chalk_all_sums(c, v, s, block->terms, out, block->columns, block->rows, block->columns, 1);
    else
        chalk_all_sums(c, v, s, block->terms, out, block->columns, block->rows, block->columns, 0);
}

CHALK_INLINE void chalk_matrix_backward(const chalk_machine *m, const chalk_block *block, const chalk_operand *vectors,
                                        const chalk_operand *scalars, int inputs) {
    int rows = block->rows, columns = block->columns, terms = block->terms;
    chalk_cursor v = chalk_find(vectors, m->shared_values, m->values, 1);
    chalk_cursor s = chalk_find(scalars, m->shared_values, m->values, 1);
    double *upstream = m->adjoints + (block->out - m->shared);
    if (chalk_is_wanted(vectors, inputs)) { /* sums over the rows, one for each term and column */
        chalk_cursor to = chalk_find(vectors, m->shared_adjoints, m->adjoints, 1);
        chalk_cursor first = {to.at, to.term, 1, 0, 0};
        chalk_cursor g = {upstream + (rows - 1) * columns, 0, 1, -columns, 0};
        chalk_cursor x = {s.at + (rows - 1) * s.row, s.term, 0, -s.row, 0};
        chalk_all_sums(first, g, x, rows, to.at, to.term, terms, columns, 1);
    }
    if (chalk_is_wanted(scalars, inputs)) { /* sums over the columns, one for each row and term */
        chalk_cursor to = chalk_find(scalars, m->shared_adjoints, m->adjoints, 1);
        double *turned = m->scratch, *sums = m->scratch + columns * terms;
        for (int k = 0; k < terms; k++)
            for (int j = 0; j < columns; j++) turned[j * terms + k] = v.at[k * v.term + j];
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < terms; k++) sums[i * terms + k] = to.at[i * to.row + k * to.term];
        chalk_cursor first = {sums, terms, 1, 0, 0};
        chalk_cursor w = {turned + (columns - 1) * terms, 0, 1, -terms, 0};
        chalk_cursor g = {upstream + columns - 1, columns, 0, -1, 0};
        chalk_all_sums(first, w, g, columns, sums, terms, rows, terms, 1);
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < terms; k++) to.at[i * to.row + k * to.term] = sums[i * terms + k];
    }
}

/* Eight lanes: a matrix that they share, times vectors that they do not. */
CHALK_INLINE void chalk_lanes_forward(const chalk_machine *m, const chalk_block *block) {
    chalk_cursor a = chalk_find(&block->a, m->shared_values, m->values, 8);
    chalk_cursor b = chalk_find(&block->b, m->shared_values, m->values, 8);
    chalk_cursor c = chalk_find(&block->c, m->shared_values, m->values, 8);
    double *out = m->values + (ptrdiff_t)(block->out - m->shared) * 8;
    for (int i = 0; i < block->rows; i++) {
        int j = 0;
#define CHALK_SUMS(height)                                                                                       \
    chalk_sums_8(chalk_move(c, i, j).at, c.column, c.lane, b.at + i * b.row, 0, b.term, chalk_move(a, i, j).at, \
                 a.column, a.term, block->terms, out + (ptrdiff_t)(i * block->columns + j) * 8, 8, height)
        for (; j + 4 <= block->columns; j += 4) CHALK_SUMS(4);
        for (; j < block->columns; j++) CHALK_SUMS(1);
#undef CHALK_SUMS
    }
}

/* to[i, j, k] += the sum over rows and lanes of g[row] b[row, k], for as many k as there are terms. */
CHALK_INLINE void chalk_add_lanes(const double *g, ptrdiff_t g_row, chalk_cursor b, int i, int k, chalk_cursor to, int j,
                                  int rows, const int terms) {
    chalk_vector_8 total[4];
    memset(total, 0, sizeof total);
    for (int row = rows - 1; row >= 0; row--)
        for (int t = 0; t < terms; t++)
            CHALK_ADD_PRODUCTS(total[t], g + row * g_row, b.at + (i + row) * b.row + (k + t) * b.term);
    for (int t = 0; t < terms; t++)
        chalk_add_terms(to.at + i * to.row + j * to.column + (k + t) * to.term, 0, (double *)&total[t], 8);
}

CHALK_INLINE void chalk_lanes_backward(const chalk_machine *m, const chalk_block *block, int inputs) {
    int rows = block->rows, columns = block->columns, terms = block->terms;
    chalk_cursor a = chalk_find(&block->a, m->shared_values, m->values, 8);
    chalk_cursor b = chalk_find(&block->b, m->shared_values, m->values, 8);
    double *upstream = m->adjoints + (ptrdiff_t)(block->out - m->shared) * 8;
    if (chalk_is_wanted(&block->a, inputs)) {
        chalk_cursor to = chalk_find(&block->a, m->shared_adjoints, m->adjoints, 8);
        int together = to.row == 0 ? rows : 1; /* rows whose sums meet in one place */
        for (int i = rows - together; i >= 0; i--)
            for (int j = 0; j < columns; j++) {
                const double *g = upstream + (ptrdiff_t)(i * columns + j) * 8;
                int k = 0;
                for (; k + 4 <= terms; k += 4) chalk_add_lanes(g, (ptrdiff_t)columns * 8, b, i, k, to, j, together, 4);
                for (; k < terms; k++) chalk_add_lanes(g, (ptrdiff_t)columns * 8, b, i, k, to, j, together, 1);
            }
    }
    if (chalk_is_wanted(&block->b, inputs)) {
        chalk_cursor to = chalk_find(&block->b, m->shared_adjoints, m->adjoints, 8);
        for (int i = rows - 1; i >= 0; i--) {
            double *g = upstream + (ptrdiff_t)(i * columns + columns - 1) * 8;
            const double *s = chalk_move(a, i, columns - 1).at;
            double *sum = to.at + i * to.row;
            int k = 0;
#define CHALK_SUMS(height)                                                                                      \
    chalk_sums_8(sum + k * to.term, to.term, 1, g, 0, -8, s + k * a.term, a.term, -a.column, columns,          \
                 sum + k * to.term, to.term, height)
            for (; k + 4 <= terms; k += 4) CHALK_SUMS(4);
            for (; k < terms; k++) CHALK_SUMS(1);
#undef CHALK_SUMS
        }
    }
}

/* Any other dot products, one by one. */
CHALK_INLINE void chalk_any_forward(const chalk_machine *m, const chalk_block *block, const int lanes) {
    chalk_cursor a = chalk_find(&block->a, m->shared_values, m->values, lanes);
    chalk_cursor b = chalk_find(&block->b, m->shared_values, m->values, lanes);
    chalk_cursor c = chalk_find(&block->c, m->shared_values, m->values, lanes);
    double *out = m->values + (ptrdiff_t)(block->out - m->shared) * lanes;
    CHALK_FOR_EACH(block->rows, block->columns) {
        const double *pa = chalk_move(a, i, j).at, *pb = chalk_move(b, i, j).at, *pc = chalk_move(c, i, j).at;
        double total[8];
        for (int l = 0; l < lanes; l++) total[l] = pc[l * c.lane];
        for (int k = 0; k < block->terms; k++)
            for (int l = 0; l < lanes; l++) total[l] += pa[k * a.term + l * a.lane] * pb[k * b.term + l * b.lane];
        for (int l = 0; l < lanes; l++) out[(ptrdiff_t)(i * block->columns + j) * lanes + l] = total[l];
    }
}

CHALK_INLINE void chalk_any_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes) {
    const double *upstream = m->adjoints + (ptrdiff_t)(block->out - m->shared) * lanes;
    chalk_cursor a = chalk_find(&block->a, m->shared_values, m->values, lanes);
    chalk_cursor b = chalk_find(&block->b, m->shared_values, m->values, lanes);
    chalk_cursor to_a = chalk_find(&block->a, m->shared_adjoints, m->adjoints, lanes);
    chalk_cursor to_b = chalk_find(&block->b, m->shared_adjoints, m->adjoints, lanes);
    int wants_a = chalk_is_wanted(&block->a, inputs), wants_b = chalk_is_wanted(&block->b, inputs);
    for (int i = block->rows - 1; i >= 0; i--)
        for (int j = block->columns - 1; j >= 0; j--) {
            const double *g = upstream + (ptrdiff_t)(i * block->columns + j) * lanes;
            ptrdiff_t at_a = i * a.row + j * a.column, at_b = i * b.row + j * b.column;
            double terms[8];
            for (int k = block->terms - 1; k >= 0; k--) {
                ptrdiff_t pa = at_a + k * a.term, pb = at_b + k * b.term;
                if (wants_a) {
                    for (int l = 0; l < lanes; l++) terms[l] = g[l] * b.at[pb + l * b.lane];
                    chalk_add_terms(to_a.at + pa, to_a.lane, terms, lanes);
                }
                if (wants_b) {
                    for (int l = 0; l < lanes; l++) terms[l] = g[l] * a.at[pa + l * a.lane];
                    chalk_add_terms(to_b.at + pb, to_b.lane, terms, lanes);
                }
            }
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
    int a_is_shared = a->kind == CHALK_CONSTANT || a->kind == CHALK_PARAMETER;
    int b_is_shared = b->kind == CHALK_CONSTANT || b->kind == CHALK_PARAMETER;
    return a_is_shared && !b_is_shared && b->column == 0 ? CHALK_LANES : CHALK_ANY;
}

CHALK_INLINE void chalk_dot_forward(const chalk_machine *m, const chalk_block *block, const int lanes) {
    switch (chalk_way(block, lanes)) {
    case CHALK_MATRIX_A: chalk_matrix_forward(m, block, &block->a, &block->b); break;
    case CHALK_MATRIX_B: chalk_matrix_forward(m, block, &block->b, &block->a); break;
    case CHALK_LANES: chalk_lanes_forward(m, block); break;
    default: chalk_any_forward(m, block, lanes);
    }
}

CHALK_INLINE void chalk_dot_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes) {
    if (chalk_is_wanted(&block->c, inputs)) {
        chalk_cursor to = chalk_find(&block->c, m->shared_adjoints, m->adjoints, lanes);
        const double *upstream = m->adjoints + (ptrdiff_t)(block->out - m->shared) * lanes;
        for (int i = block->rows - 1; i >= 0; i--)
            for (int j = block->columns - 1; j >= 0; j--)
                chalk_add_terms(chalk_move(to, i, j).at, to.lane, upstream + (ptrdiff_t)(i * block->columns + j) * lanes, lanes);
    }
    const chalk_operand *a = &block->a, *b = &block->b;
    int way = chalk_way(block, lanes);
    if (way == CHALK_MATRIX_B) {
        const chalk_operand *swap = a;
        a = b;
        b = swap;
    }
    /* sums side by side must end in places of their own: those of a convolution do not */
    int a_apart = chalk_apart(block->terms, a->term, block->columns, a->column);
    if (way == CHALK_LANES && (b->term || block->terms == 1))
        chalk_lanes_backward(m, block, inputs);
    else if (lanes == 1 && way != CHALK_ANY && a->row == 0 && a_apart && chalk_apart(block->rows, b->row, block->terms, b->term))
        chalk_matrix_backward(m, block, a, b, inputs);
    else
        chalk_any_backward(m, block, inputs, lanes);
}

/* ---- instructions one by one ---------------------------------------------------------------- */

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
    double *out = m->values + (ptrdiff_t)(block->out - m->shared) * lanes;
    for (int index = first; index < first + block->columns; index++, out += lanes) {
        int code = m->codes[index], place[3], la, lb = 0, lc = 0;
        chalk_operands(m, index, place);
        int count = chalk_arities[code];
        const double *a = chalk_place(m, m->shared_values, m->values, place[0], &la, lanes), *b = a, *c = a;
        if (count > 1) b = chalk_place(m, m->shared_values, m->values, place[1], &lb, lanes);
        if (count > 2) c = chalk_place(m, m->shared_values, m->values, place[2], &lc, lanes);
        for (int l = 0; l < lanes; l++) out[l] = chalk_value(code, a[l * la], b[l * lb], c[l * lc]);
    }
}

CHALK_INLINE void chalk_sequence_backward(const chalk_machine *m, const chalk_block *block, int inputs, const int lanes) {
    int first = block->out - m->shared - m->inputs, leaves = m->shared + m->inputs;
    for (int index = first + block->columns - 1; index >= first; index--) {
        int code = m->codes[index], place[3];
        chalk_operands(m, index, place);
        int count = chalk_arities[code], lane[3] = {0, 0, 0};
        double *number[3];
        for (int k = 0; k < 3; k++)
            number[k] = chalk_place(m, m->shared_values, m->values, place[k < count ? k : 0], &lane[k], lanes);
        const double *g = m->adjoints + (ptrdiff_t)(index + m->inputs) * lanes;
        const double *out = m->values + (ptrdiff_t)(index + m->inputs) * lanes;
        for (int k = 0; k < count; k++) {
            int wanted = place[k] < m->shared ? place[k] < m->parameters : inputs || place[k] >= leaves;
            if (!wanted) continue;
            double terms[8];
            for (int l = 0; l < lanes; l++)
                terms[l] = g[l] * chalk_derivative(code, k, out[l], number[0][l * lane[0]], number[1][l * lane[1]],
                                                   number[2][l * lane[2]]);
            int to_lane;
            double *to = chalk_place(m, m->shared_adjoints, m->adjoints, place[k], &to_lane, lanes);
            chalk_add_terms(to, to_lane, terms, lanes);
        }
    }
}

/* ---- a program, or a part of it --------------------------------------------------------------- */

CHALK_INLINE void chalk_forward(const chalk_machine *m, int first, int stop, const int lanes) {
    for (int k = first; k < stop; k++) {
        const chalk_block *block = m->blocks + k;
        if (block->code == CHALK_DOT) chalk_dot_forward(m, block, lanes);
        else if (block->code == CHALK_SEQUENCE) chalk_sequence_forward(m, block, lanes);
        else chalk_map_forward(m, block, lanes);
    }
}

CHALK_INLINE void chalk_backward(const chalk_machine *m, int first, int stop, int inputs, const int lanes) {
    for (int k = stop - 1; k >= first; k--) {
        const chalk_block *block = m->blocks + k;
        if (block->code == CHALK_DOT) chalk_dot_backward(m, block, inputs, lanes);
        else if (block->code == CHALK_SEQUENCE) chalk_sequence_backward(m, block, inputs, lanes);
        else chalk_map_backward(m, block, inputs, lanes);
    }
}

CHALK_CLONES void chalk_forward_1(const chalk_machine *m, int first, int stop) { chalk_forward(m, first, stop, 1); }
CHALK_CLONES void chalk_forward_8(const chalk_machine *m, int first, int stop) { chalk_forward(m, first, stop, 8); }
CHALK_CLONES void chalk_backward_1(const chalk_machine *m, int first, int stop, int inputs) {
    chalk_backward(m, first, stop, inputs, 1);
}
CHALK_CLONES void chalk_backward_8(const chalk_machine *m, int first, int stop, int inputs) {
    chalk_backward(m, first, stop, inputs, 8);
}

/* Rows of inputs where they lie: number k of a row is step[k] bytes from that of the row before. */
typedef struct {
    const char **at;
    const ptrdiff_t *step;
    const long long *places; /* of the rows to read; NULL for all */
} chalk_rows;

/* Copy as many rows of inputs as there are lanes to where the program finds them. */
static void chalk_load_rows(const chalk_machine *m, const chalk_rows *rows, ptrdiff_t first, int lanes) {
    for (int lane = 0; lane < lanes; lane++) {
        ptrdiff_t row = rows->places ? (ptrdiff_t)rows->places[first + lane] : first + lane;
        for (int k = 0; k < m->inputs; k++) /* which need not be aligned */
            memcpy(m->values + (ptrdiff_t)k * lanes + lane, rows->at[k] + row * rows->step[k], sizeof(double));
    }
}

/* Whether all numbers are finite. */
static int chalk_all_finite(const double *numbers, ptrdiff_t count) {
    double sum = 0; /* of zeros, or of nan */
    for (ptrdiff_t k = 0; k < count; k++) sum += numbers[k] * 0;
    return sum == 0;
}

#endif
