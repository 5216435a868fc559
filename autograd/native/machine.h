/* What the loops of the kernel share: a program, its numbers in memory, and vectors.
 *
 * A place that all rows share (a parameter, a constant) has one number. Any other has one for each
 * lane, side by side; a lane is a row. There is one lane, or eight; where eight are not enough, the
 * machine has several tiles of eight lanes each, one after the other in memory.
 */
#ifndef CHALKGRAD_MACHINE_H
#define CHALKGRAD_MACHINE_H

#include <stddef.h>
#include <string.h>

#include "rules.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi" /* of functions that are always inline */
#endif

#if defined(_MSC_VER)
#define CHALK_INLINE static __forceinline
#elif defined(__GNUC__)
#define CHALK_INLINE static inline __attribute__((always_inline))
#else
#define CHALK_INLINE static inline
#endif

#if defined(__GNUC__) || defined(_MSC_VER)
#define CHALK_RESTRICT __restrict
#else
#define CHALK_RESTRICT
#endif

/* Compiled for the vectors of several machines, of which the one that runs it takes the widest. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define CHALK_WIDE
#define CHALK_WIDEST __attribute__((target("avx512f")))
#define CHALK_CLONES __attribute__((target_clones("avx2", "default")))
#define CHALK_HAS_WIDEST() __builtin_cpu_supports("avx512f")
#else
#define CHALK_WIDEST
#define CHALK_CLONES
#define CHALK_HAS_WIDEST() 0
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

typedef struct chalk_part chalk_part; /* of a machine of one lane; see runs.h */
typedef struct chalk_run chalk_run;

typedef struct {
    const chalk_block *blocks;
    const chalk_part *parts;
    const chalk_run *runs;
    const int *operands;
    const int *cleared, *with; /* in eight lanes; see kernel.h */
    const unsigned short *codes;
    const int *left, *right, *extra;
    int parameters, shared, inputs, stored, tiles;
    int side; /* how many lanes lie side by side: one, or the eight of a tile */
    ptrdiff_t tile; /* numbers from one tile to the next */
    double *shared_values, *shared_adjoints, *values, *adjoints, *scratch;
} chalk_machine;

/* An operand in memory: its numbers, or their adjoints, and the steps from one to the next. */
typedef struct {
    double *at;
    ptrdiff_t row, column, term, lane, tile;
} chalk_cursor;

CHALK_INLINE int chalk_is_shared(const chalk_operand *x) { return x->kind == CHALK_CONSTANT || x->kind == CHALK_PARAMETER; }

CHALK_INLINE chalk_cursor chalk_find(const chalk_machine *m, const chalk_operand *x, double *shared, double *rows,
                                     const int lanes) {
    if (chalk_is_shared(x)) {
        chalk_cursor found = {shared + x->start, x->row, x->column, x->term, 0, 0};
        return found;
    }
    chalk_cursor found = {rows + (ptrdiff_t)x->start * lanes, (ptrdiff_t)x->row * lanes,
                          (ptrdiff_t)x->column * lanes, (ptrdiff_t)x->term * lanes, 1, m->tile};
    return found;
}

CHALK_INLINE chalk_cursor chalk_values_of(const chalk_machine *m, const chalk_operand *x, const int lanes) {
    return chalk_find(m, x, m->shared_values, m->values, lanes);
}

CHALK_INLINE chalk_cursor chalk_adjoints_of(const chalk_machine *m, const chalk_operand *x, const int lanes) {
    return chalk_find(m, x, m->shared_adjoints, m->adjoints, lanes);
}

CHALK_INLINE chalk_cursor chalk_move(chalk_cursor x, int i, int j) {
    x.at += i * x.row + j * x.column;
    return x;
}

CHALK_INLINE int chalk_is_wanted(const chalk_operand *x, int inputs) {
    return x->kind != CHALK_CONSTANT && (inputs || x->kind != CHALK_INPUT);
}

/* ---- vectors -------------------------------------------------------------------------------- */

#if defined(__GNUC__)
#define CHALK_VECTOR(name, width) typedef double name __attribute__((vector_size(8 * width), aligned(8), may_alias));
#define CHALK_ADD_PRODUCT(total, v, s, name, width) total += *(const name *)(v) * (s)
#define CHALK_SPREAD(total, s, name, width) total = (s) - (name){0} /* which keeps -0.0 */
#else
#define CHALK_VECTOR(name, width) typedef struct { double number[width]; } name;
#define CHALK_ADD_PRODUCT(total, v, s, name, width) \
    for (int l = 0; l < width; l++) ((double *)&total)[l] += (v)[l] * (s)
#define CHALK_SPREAD(total, s, name, width) \
    for (int l = 0; l < width; l++) ((double *)&total)[l] = (s)
#endif

CHALK_VECTOR(chalk_vector_8, 8)
CHALK_VECTOR(chalk_vector_4, 4)
CHALK_VECTOR(chalk_vector_1, 1)

/* Eight numbers side by side, or eight times the one that all lanes share. */
CHALK_INLINE chalk_vector_8 chalk_eight(const double *at, ptrdiff_t lane) {
    chalk_vector_8 found;
    if (lane) memcpy(&found, at, sizeof found);
    else CHALK_SPREAD(found, *at, chalk_vector_8, 8);
    return found;
}

CHALK_INLINE chalk_vector_8 chalk_plus(chalk_vector_8 x, chalk_vector_8 y) {
#if defined(__GNUC__)
    return x + y;
#else
    for (int l = 0; l < 8; l++) x.number[l] += y.number[l];
    return x;
#endif
}

CHALK_INLINE chalk_vector_8 chalk_times(chalk_vector_8 x, chalk_vector_8 y) {
#if defined(__GNUC__)
    return x * y;
#else
    for (int l = 0; l < 8; l++) x.number[l] *= y.number[l];
    return x;
#endif
}

/* Eight rows of eight numbers, turned: what was in a row is in a column. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define CHALK_SHUFFLES
#endif
#endif

CHALK_INLINE void chalk_turn_eight(chalk_vector_8 *rows) {
#ifdef CHALK_SHUFFLES
#define CHALK_SWAP(step, k)                                                                       \
    do {                                                                                          \
        chalk_vector_8 x = rows[k], y = rows[k + step];                                           \
        rows[k] = __builtin_shufflevector(x, y, CHALK_LOW_##step);                                \
        rows[k + step] = __builtin_shufflevector(x, y, CHALK_HIGH_##step);                        \
    } while (0)
#define CHALK_LOW_1 0, 8, 2, 10, 4, 12, 6, 14
#define CHALK_HIGH_1 1, 9, 3, 11, 5, 13, 7, 15
#define CHALK_LOW_2 0, 1, 8, 9, 4, 5, 12, 13
#define CHALK_HIGH_2 2, 3, 10, 11, 6, 7, 14, 15
#define CHALK_LOW_4 0, 1, 2, 3, 8, 9, 10, 11
#define CHALK_HIGH_4 4, 5, 6, 7, 12, 13, 14, 15
    for (int k = 0; k < 8; k += 2) CHALK_SWAP(1, k);
    for (int k = 0; k < 8; k += 4) CHALK_SWAP(2, k);
    for (int k = 1; k < 8; k += 4) CHALK_SWAP(2, k);
    for (int k = 0; k < 4; k++) CHALK_SWAP(4, k);
#undef CHALK_SWAP
#else
    double *at = (double *)rows;
    for (int k = 0; k < 8; k++)
        for (int l = 0; l < k; l++) {
            double kept = at[8 * k + l];
            at[8 * k + l] = at[8 * l + k];
            at[8 * l + k] = kept;
        }
#endif
}

/* The sum of all lanes, in pairs: an order of its own, but the same on every machine. */
CHALK_INLINE double chalk_sum(const double *x, const int lanes) {
    if (lanes == 1) return x[0];
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/* Add to the adjoint of one operand, in all lanes or in the one place that they share. */
CHALK_INLINE void chalk_add_terms(double *adjoint, ptrdiff_t lane, const double *terms, const int lanes) {
    if (lane)
        for (int l = 0; l < lanes; l++) adjoint[l] += terms[l];
    else
        *adjoint += chalk_sum(terms, lanes);
}

/* The numbers of all lanes side by side: where they are, or copied. */
CHALK_INLINE const double *chalk_side_by_side(const double *at, ptrdiff_t lane, double *room, const int lanes) {
    if (lanes == 1 || lane) return at;
    for (int l = 0; l < lanes; l++) room[l] = *at;
    return room;
}

#endif
