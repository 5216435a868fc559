/* Instructions one by one, in one lane: what has no structure.
 *
 * Neighbours of one kind make a run, which is chosen once and then goes through nothing but its
 * operands. Small blocks are taken apart into runs too: to set up a block takes longer than they do.
 * All places lie in one row of memory here, shared ones first, and so do their adjoints: an operand
 * is 4 bytes, and nobody asks what kind it is. Adjoints of constants are left out; those of inputs
 * are computed even if nobody wants them.
 */
#ifndef CHALKGRAD_RUNS_H
#define CHALKGRAD_RUNS_H

#include <Python.h>

#include "machine.h"

enum { CHALK_FEW = 16 }; /* results, below which a block is small */

/* What a lane runs: a block of the program, or runs. */
struct chalk_part {
    int block; /* -1 for runs */
    int first, stop;
};

/* Instructions that fill `count` places from `out` on. */
struct chalk_run {
    unsigned short code;
    unsigned char wanted; /* a bit for each operand that takes a gradient */
    int count, out;
    unsigned operands; /* where its operands begin, instruction after instruction */
};

/* ---- making them ------------------------------------------------------------------------------ */

CHALK_INLINE int chalk_is_in_runs(const chalk_block *block) {
    return block->code == CHALK_SEQUENCE || (block->code < CHALK_DOT && block->rows * block->columns < CHALK_FEW);
}

/* The parts, runs and operands of a program of so many blocks, in memory that the caller frees; how
 * many parts there are, or -1 if there is no memory. With `apart`, a part for each block. */
static int chalk_plan(chalk_machine *m, int blocks, int apart, void **memory) {
    size_t instructions = 0, used = 0;
    int parts = 0, runs = 0;
    for (int k = 0; k < blocks; k++)
        if (chalk_is_in_runs(m->blocks + k)) instructions += (size_t)m->blocks[k].rows * m->blocks[k].columns;
    chalk_part *part = (chalk_part *)PyMem_RawMalloc((blocks + 1) * sizeof *part);
    chalk_run *run = (chalk_run *)PyMem_RawMalloc((instructions + 1) * sizeof *run);
    int *operand = (int *)PyMem_RawMalloc((3 * instructions + 1) * sizeof *operand);
    memory[0] = part, memory[1] = run, memory[2] = operand;
    if (!part || !run || !operand) return -1;
    for (int k = 0; k < blocks; k++) {
        const chalk_block *block = m->blocks + k;
        if (!chalk_is_in_runs(block)) {
            part[parts].block = k;
            part[parts].first = part[parts].stop = runs;
            parts++;
            continue;
        }
        if (apart || parts == 0 || part[parts - 1].block >= 0) {
            part[parts].block = -1;
            part[parts].first = runs;
            parts++;
        }
        for (int out = block->out; out < block->out + block->rows * block->columns; out++) {
            int index = out - m->shared - m->inputs, code = m->codes[index], count = chalk_arities[code];
            int place[3] = {m->left[index], m->right[index], 0};
            if (count == 3) place[1] = m->extra[m->right[index]], place[2] = m->extra[m->right[index] + 1];
            int wanted = 0;
            for (int j = 0; j < count; j++)
                if (place[j] < m->parameters || place[j] >= m->shared) wanted |= 1 << j;
            if (runs == part[parts - 1].first || run[runs - 1].code != code || run[runs - 1].wanted != wanted) {
                run[runs].code = (unsigned short)code;
                run[runs].wanted = (unsigned char)wanted;
                run[runs].count = 0;
                run[runs].out = out;
                run[runs].operands = (unsigned)used;
                runs++;
            }
            run[runs - 1].count++;
            for (int j = 0; j < count; j++) operand[used++] = place[j];
        }
        part[parts - 1].stop = runs;
    }
    void *less = PyMem_RawRealloc(run, (runs + 1) * sizeof *run);
    if (less) memory[1] = less;
    less = PyMem_RawRealloc(operand, (used + 1) * sizeof *operand);
    if (less) memory[2] = less;
    m->parts = part;
    m->runs = (const chalk_run *)memory[1];
    m->operands = (const int *)memory[2];
    return parts;
}

/* ---- running them ----------------------------------------------------------------------------- */

static void chalk_runs_forward(const chalk_machine *m, const chalk_part *part) {
    double *v = m->shared_values;
    for (const chalk_run *run = m->runs + part->first; run < m->runs + part->stop; run++) {
        const int *p = m->operands + run->operands;
        double *out = v + run->out, *end = out + run->count;
        switch (run->code) {
#define CHALK_RUN_1(name)                                                 \
        case CHALK_CODE_##name:                                           \
            for (; out < end; out++, p++) *out = chalk_##name(v[p[0]]);   \
            break;
#define CHALK_RUN_2(name)                                                            \
        case CHALK_CODE_##name:                                                      \
            for (; out < end; out++, p += 2) *out = chalk_##name(v[p[0]], v[p[1]]);  \
            break;
#define CHALK_RUN_3(name)                                                                      \
        case CHALK_CODE_##name:                                                                \
            for (; out < end; out++, p += 3) *out = chalk_##name(v[p[0]], v[p[1]], v[p[2]]);   \
            break;
            CHALK_EACH_1(CHALK_RUN_1)
            CHALK_EACH_2(CHALK_RUN_2)
            CHALK_EACH_3(CHALK_RUN_3)
#undef CHALK_RUN_1
#undef CHALK_RUN_2
#undef CHALK_RUN_3
        }
    }
}

/* The operand at a position of instruction k, whose adjoint is g. */
#define CHALK_SHARE(name, position, arity) \
    if (run->wanted >> position & 1) w[p[arity * k + position]] += g * CHALK_BY_##position##_##name

static void chalk_runs_backward(const chalk_machine *m, const chalk_part *part) {
    const double *v = m->shared_values;
    double *w = m->shared_adjoints;
    for (const chalk_run *run = m->runs + part->stop - 1; run >= m->runs + part->first; run--) {
        const int *p = m->operands + run->operands;
        const double *results = v + run->out, *upstream = w + run->out;
        switch (run->code) {
#define CHALK_RUN_1(name)                                               \
        case CHALK_CODE_##name:                                         \
            for (int k = run->count - 1; k >= 0; k--) {                 \
                double a = v[p[k]], out = results[k], g = upstream[k];  \
                (void)a, (void)out;                                     \
                CHALK_SHARE(name, 0, 1);                                \
            }                                                           \
            break;
#define CHALK_RUN_2(name)                                                                      \
        case CHALK_CODE_##name:                                                                \
            for (int k = run->count - 1; k >= 0; k--) {                                        \
                double a = v[p[2 * k]], b = v[p[2 * k + 1]], out = results[k], g = upstream[k]; \
                (void)a, (void)b, (void)out;                                                   \
                CHALK_SHARE(name, 0, 2);                                                       \
                CHALK_SHARE(name, 1, 2);                                                       \
            }                                                                                  \
            break;
#define CHALK_RUN_3(name)                                                                   \
        case CHALK_CODE_##name:                                                             \
            for (int k = run->count - 1; k >= 0; k--) {                                     \
                double a = v[p[3 * k]], b = v[p[3 * k + 1]], c = v[p[3 * k + 2]];           \
                double out = results[k], g = upstream[k];                                   \
                (void)a, (void)b, (void)c, (void)out;                                       \
                CHALK_SHARE(name, 0, 3);                                                    \
                CHALK_SHARE(name, 1, 3);                                                    \
                CHALK_SHARE(name, 2, 3);                                                    \
            }                                                                               \
            break;
            CHALK_EACH_1(CHALK_RUN_1)
            CHALK_EACH_2(CHALK_RUN_2)
            CHALK_EACH_3(CHALK_RUN_3)
#undef CHALK_RUN_1
#undef CHALK_RUN_2
#undef CHALK_RUN_3
        }
    }
}

#endif
