/* The loops of the kernel: what kernel.py does, block by block, on one row or on many at once.
 *
 * Additions are made in the graph's own order, so the numbers are those of the eager engine to the
 * last bit, however many are computed at a time. The adjoint goes through everything in the opposite
 * order, as backward() does.
 */
#ifndef CHALKGRAD_KERNEL_H
#define CHALKGRAD_KERNEL_H

#include "dots.h"
#include "maps.h"
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
        double room[4][8];
        for (int k = 0; k < 3; k++) {
            number[k] = chalk_place(m, m->shared_values, m->values, place[k < count ? k : 0], &lane[k], lanes);
            number[k] = chalk_side_by_side(number[k], lane[k], room[k], lanes);
        }
        const double *g = m->adjoints + (ptrdiff_t)(index + m->inputs) * lanes;
        const double *out = m->values + (ptrdiff_t)(index + m->inputs) * lanes;
        for (int k = 0; k < count; k++) {
            int wanted = place[k] < m->shared ? place[k] < m->parameters : inputs || place[k] >= leaves;
            if (!wanted) continue;
            const double *terms = chalk_hand_on(code, k, room[3], g, out, number[0], number[1], number[2], m->side);
            int to_lane;
            double *to = chalk_place(m, m->shared_adjoints, m->adjoints, place[k], &to_lane, lanes);
            chalk_add_terms(to, to_lane, terms, lanes);
        }
    }
}

/* ---- zeros ------------------------------------------------------------------------------------ */

/* In eight lanes, the adjoints of a block become 0 just before something is added to the first of
 * them, when they are near the core: those of block m->cleared[k] and of m->with that, and so on,
 * before block k goes back. Here the last block is followed by one for all inputs, and what has to be
 * 0 from the start is cleared with the number after that one. */

static void chalk_clear(const chalk_machine *m, int blocks, int k, int inputs) {
    for (int b = m->cleared[k]; b >= 0; b = m->with[b]) {
        if (b == blocks && !inputs) continue;
        ptrdiff_t first = b == blocks ? 0 : (ptrdiff_t)(m->blocks[b].out - m->shared) * 8;
        ptrdiff_t count = b == blocks ? (ptrdiff_t)m->inputs * 8 : (ptrdiff_t)m->blocks[b].rows * m->blocks[b].columns * 8;
        for (int t = 0; t < m->tiles; t++) memset(m->adjoints + t * m->tile + first, 0, count * sizeof(double));
    }
}

/* The block of a place is to be cleared before block k, unless it is already. */
static void chalk_clear_place(chalk_machine *m, int *cleared, int *with, const int *block_of, int place, int k) {
    if (place < m->shared) return;
    int b = block_of[place - m->shared];
    if (with[b] != -2) return;
    with[b] = cleared[k];
    cleared[k] = b;
}

static void chalk_clear_operand(chalk_machine *m, int *cleared, int *with, const int *block_of, const chalk_block *block,
                                const chalk_operand *x, int terms, int k) {
    if (chalk_is_shared(x)) return;
    for (int i = 0; i < block->rows; i++)
        for (int j = 0; j < block->columns; j++)
            for (int l = 0; l < terms; l++)
                chalk_clear_place(m, cleared, with, block_of, m->shared + x->start + i * x->row + j * x->column + l * x->term, k);
}

/* Find out when to clear what, in memory that the caller frees; -1 if there is no memory. */
static int chalk_plan_clearing(chalk_machine *m, int blocks, const int *results, int count, void **memory) {
    int *cleared = (int *)PyMem_RawMalloc((blocks + 2) * sizeof(int)), *with = (int *)PyMem_RawMalloc((blocks + 2) * sizeof(int));
    int *block_of = (int *)PyMem_RawMalloc((m->stored - m->shared + 1) * sizeof(int));
    memory[0] = cleared, memory[1] = with, memory[2] = block_of;
    if (!cleared || !with || !block_of) return -1;
    for (int k = 0; k < m->inputs; k++) block_of[k] = blocks;
    for (int k = 0; k < blocks; k++)
        for (int l = 0; l < m->blocks[k].rows * m->blocks[k].columns; l++) block_of[m->blocks[k].out - m->shared + l] = k;
    for (int k = 0; k < blocks + 2; k++) cleared[k] = -1, with[k] = -2;
    for (int k = 0; k < count; k++) chalk_clear_place(m, cleared, with, block_of, results[k], blocks + 1);
    for (int k = blocks - 1; k >= 0; k--) {
        const chalk_block *block = m->blocks + k;
        if (with[k] == -2) chalk_clear_place(m, cleared, with, block_of, block->out, blocks + 1); /* nothing uses it */
        if (block->code == CHALK_SEQUENCE) {
            for (int l = 0; l < block->columns; l++) {
                int place[3], index = block->out + l - m->shared - m->inputs;
                chalk_operands(m, index, place);
                for (int j = 0; j < chalk_arities[m->codes[index]]; j++)
                    chalk_clear_place(m, cleared, with, block_of, place[j], k);
            }
            continue;
        }
        int arity = block->code == CHALK_DOT ? 3 : chalk_arities[block->code], terms = block->code == CHALK_DOT ? block->terms : 1;
        chalk_clear_operand(m, cleared, with, block_of, block, &block->a, terms, k);
        if (arity > 1) chalk_clear_operand(m, cleared, with, block_of, block, &block->b, terms, k);
        if (arity > 2) chalk_clear_operand(m, cleared, with, block_of, block, &block->c, 1, k);
    }
    if (with[blocks] == -2 && m->inputs) chalk_clear_place(m, cleared, with, block_of, m->shared, blocks + 1);
    m->cleared = cleared;
    m->with = with;
    return 0;
}

/* ---- a program, or a part of it --------------------------------------------------------------- */

/* Have a machine of one tile be that tile. It is copied once, not for each block: that takes long. */
CHALK_INLINE void chalk_go_to(chalk_machine *one, const chalk_machine *m, int tile) {
    one->values = m->values + tile * m->tile;
    one->adjoints = m->adjoints + tile * m->tile;
}

CHALK_INLINE void chalk_forward(const chalk_machine *m, int first, int stop, const int lanes, const int tall) {
    chalk_machine one = *m;
    one.tiles = 1;
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
            chalk_go_to(&one, m, t);
            if (block->code == CHALK_DOT) chalk_dot_forward(&one, block, lanes, tall);
            else if (lanes > 1 && block->code == CHALK_SEQUENCE) chalk_sequence_forward(&one, block, lanes);
            else chalk_map_forward(&one, block, lanes);
        }
    }
}

CHALK_INLINE void chalk_backward(const chalk_machine *m, int first, int stop, int inputs, const int lanes, const int tall) {
    chalk_machine one = *m;
    one.tiles = 1;
    for (int k = stop - 1; k >= first; k--) {
        const chalk_block *block = m->blocks + (lanes == 1 ? m->parts[k].block : k);
        if (lanes == 1 && m->parts[k].block < 0) {
            chalk_runs_backward(m, m->parts + k);
            continue;
        }
        int is_for_lanes = chalk_is_for_lanes(block, 1, lanes);
        if (lanes == 8) chalk_clear(m, stop, k, inputs);
        for (int t = 0; t < m->tiles; t++) {
            chalk_go_to(&one, m, t);
            if (block->code == CHALK_DOT) chalk_first_backward(&one, block, inputs, lanes);
            if (is_for_lanes) continue;
            if (block->code == CHALK_DOT) chalk_dot_backward(&one, block, inputs, lanes, tall);
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
    else if (chalk_has_eight) (lanes == 1 ? chalk_forward_widest_one : chalk_forward_widest_eight)(m, first, stop);
    else (lanes == 1 ? chalk_forward_one : chalk_forward_eight)(m, first, stop);
}

/* Their adjoints. */
static void chalk_run_backward(const chalk_machine *m, int first, int stop, int inputs, int lanes) {
    if (lanes == 1 && stop == first + 1 && m->parts[first].block < 0) chalk_runs_backward(m, m->parts + first);
    else if (chalk_has_eight) (lanes == 1 ? chalk_backward_widest_one : chalk_backward_widest_eight)(m, first, stop, inputs);
    else (lanes == 1 ? chalk_backward_one : chalk_backward_eight)(m, first, stop, inputs);
}

/* Rows of inputs where they lie: number k of a row is step[k] bytes from that of the row before. */
typedef struct {
    const char **at;
    const ptrdiff_t *step;
    const long long *places; /* of the rows to read; NULL for all */
} chalk_rows;

/* Whether eight numbers of a row from the k-th on lie side by side, in all rows. */
static int chalk_lie_together(const chalk_rows *rows, int k) {
    int together = 1;
    for (int l = 1; l < 8; l++)
        together &= (rows->at[k + l] == rows->at[k] + l * sizeof(double)) & (rows->step[k + l] == rows->step[k]);
    return together;
}

/* Copy as many rows of inputs as there are lanes to where the program finds them. */
CHALK_CLONES static void chalk_load_rows(const chalk_machine *m, const chalk_rows *rows, ptrdiff_t first) {
    for (int t = 0; t < m->tiles; t++, first += m->side) {
        double *to = m->values + t * m->tile;
        ptrdiff_t row[8];
        for (int lane = 0; lane < m->side; lane++)
            row[lane] = rows->places ? (ptrdiff_t)rows->places[first + lane] : first + lane;
        int k = 0;
        while (k < m->inputs) { /* numbers that need not be aligned */
            if (m->side == 8 && k + 8 <= m->inputs && chalk_lie_together(rows, k)) {
                const double *numbers[8]; /* which need not be aligned */
                for (int lane = 0; lane < 8; lane++) numbers[lane] = (const double *)(rows->at[k] + row[lane] * rows->step[k]);
                chalk_turn_eight(to + k * 8, numbers);
                k += 8;
                continue;
            }
            for (int lane = 0; lane < m->side; lane++)
                memcpy(to + (ptrdiff_t)k * m->side + lane, rows->at[k] + row[lane] * rows->step[k], sizeof(double));
            k++;
        }
    }
}

/* Whether all numbers are finite; many of them. */
CHALK_CLONES static int chalk_many_finite(const double *numbers, ptrdiff_t count) {
    double sums[8] = {0, 0, 0, 0, 0, 0, 0, 0}; /* of zeros, or of nan */
    ptrdiff_t k = 0;
    for (; k + 8 <= count; k += 8)
        for (int l = 0; l < 8; l++) sums[l] += numbers[k + l] * 0;
    for (; k < count; k++) sums[0] += numbers[k] * 0;
    return chalk_sum(sums, 8) == 0;
}

/* Whether all that was computed is finite. */
CHALK_INLINE int chalk_computed_finite(const chalk_machine *m) {
    double sum = 0;
    for (int t = 0; t < m->tiles; t++)
        for (int k = 0; k < m->stretches; k += 2) {
            const double *numbers = m->values + t * m->tile + (ptrdiff_t)(m->unseen[k] - m->shared) * m->side;
            ptrdiff_t count = (ptrdiff_t)m->unseen[k + 1] * m->side;
            if (count >= 32 && !chalk_many_finite(numbers, count)) return 0;
            for (ptrdiff_t l = 0; l < count && count < 32; l++) sum += numbers[l] * 0;
        }
    return sum == 0;
}

#endif
