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
#else
#define CHALK_WIDEST
#define CHALK_CLONES
#endif

static int chalk_has_eight; /* whether vectors of eight numbers are in use */

/* Use vectors of so many numbers, four or eight, if this machine has them; gives of how many it is. */
static int chalk_use_vectors(int width) {
#ifdef CHALK_WIDE
    chalk_has_eight = width == 8 && __builtin_cpu_supports("avx512f");
#endif
    return chalk_has_eight ? 8 : 4;
}

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
    const int *unseen; /* the first of each stretch of places to look at, and how many there are */
    int stretches;     /* how many numbers these are */
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
#define CHALK_VECTOR_TYPE(name, width) typedef double name __attribute__((vector_size(8 * width), aligned(8), may_alias));
#define CHALK_ADD_PRODUCT(total, v, s, name, width) total += *(const name *)(v) * (s)
#define CHALK_EACH(x, sign, y, width) x sign y
#else
#define CHALK_VECTOR_TYPE(name, width) typedef struct { double number[width]; } name;
#define CHALK_ADD_PRODUCT(total, v, s, name, width) \
    for (int l = 0; l < width; l++) ((double *)&total)[l] += (v)[l] * (s)
#define CHALK_EACH(x, sign, y, width) \
    for (int l = 0; l < width; l++) x.number[l] sign y.number[l]
#endif
/* The same number in all places. (gcc would insert it eight times if it were spread by arithmetic.) */
#define CHALK_SPREAD(total, s, width) \
    for (int l = 0; l < width; l++) ((double *)&total)[l] = (s)

CHALK_VECTOR_TYPE(chalk_vector_8, 8)
CHALK_VECTOR_TYPE(chalk_vector_4, 4)
CHALK_VECTOR_TYPE(chalk_vector_1, 1)

#define CHALK_JOIN(a, b) CHALK_JOINED(a, b)
#define CHALK_JOINED(a, b) a##b

/* Eight rows of eight numbers, turned: what was in a row is in a column. Four rows of four at a time. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define CHALK_SHUFFLES
#endif
#endif

CHALK_INLINE void chalk_turn_eight(double *CHALK_RESTRICT to, const double *const *rows) {
#ifdef CHALK_SHUFFLES
    for (int i = 0; i < 8; i += 4)
        for (int j = 0; j < 8; j += 4) {
            chalk_vector_4 row[4], pair[4], turned[4];
            for (int k = 0; k < 4; k++) memcpy(&row[k], rows[i + k] + j, sizeof row[k]);
            for (int k = 0; k < 4; k += 2) {
                pair[k] = __builtin_shufflevector(row[k], row[k + 1], 0, 4, 2, 6);
                pair[k + 1] = __builtin_shufflevector(row[k], row[k + 1], 1, 5, 3, 7);
            }
            for (int k = 0; k < 2; k++) {
                turned[k] = __builtin_shufflevector(pair[k], pair[k + 2], 0, 1, 4, 5);
                turned[k + 2] = __builtin_shufflevector(pair[k], pair[k + 2], 2, 3, 6, 7);
            }
            for (int k = 0; k < 4; k++) memcpy(to + 8 * (j + k) + i, &turned[k], sizeof turned[k]);
        }
#else
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) to[8 * j + i] = rows[i][j];
#endif
}

/* The sum of all lanes, in pairs: an order of its own, but the same on every machine. */
CHALK_INLINE double chalk_sum(const double *x, const int lanes) {
    if (lanes == 1) return x[0];
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/* Add to the adjoint of one operand, in all lanes or in the one place that they share. */
CHALK_INLINE void chalk_add_terms(double *adjoint, ptrdiff_t lane, const double *terms, const int lanes) {
    if (!lane || lanes == 1) {
        *adjoint += chalk_sum(terms, lanes);
        return;
    }
    for (int l = 0; l < 8; l += 4) { /* a compiler's own vectors begin elsewhere than those in which the terms were written */
        chalk_vector_4 total, more;
        memcpy(&total, adjoint + l, sizeof(total));
        memcpy(&more, terms + l, sizeof(more));
        CHALK_EACH(total, +=, more, 4);
        memcpy(adjoint + l, &total, sizeof(total));
    }
}

/* Add the terms of many columns, from the last to the first, to the one place of theirs that each lane
 * has: the sum stays at hand. */
CHALK_INLINE void chalk_add_columns(double *adjoint, const double *terms, int columns) {
    chalk_vector_4 low, high, more;
    memcpy(&low, adjoint, sizeof(low));
    memcpy(&high, adjoint + 4, sizeof(high));
    for (int k = columns - 1; k >= 0; k--) {
        memcpy(&more, terms + k * 8, sizeof(more));
        CHALK_EACH(low, +=, more, 4);
        memcpy(&more, terms + k * 8 + 4, sizeof(more));
        CHALK_EACH(high, +=, more, 4);
    }
    memcpy(adjoint, &low, sizeof(low));
    memcpy(adjoint + 4, &high, sizeof(high));
}

/* The numbers of all lanes side by side: where they are, or copied. */
CHALK_INLINE const double *chalk_side_by_side(const double *at, ptrdiff_t lane, double *room, const int lanes) {
    if (lanes == 1 || lane) return at;
    for (int l = 0; l < lanes; l++) room[l] = *at;
    return room;
}

#endif
