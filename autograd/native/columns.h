/* A function of numbers over columns of them: what compiler/elementwise.py has recorded.
 *
 * Each line of the program is one operation on all numbers of a piece of the columns.
 */
#ifndef CHALKGRAD_COLUMNS_H
#define CHALKGRAD_COLUMNS_H

#include <string.h>

#include "maps.h"

/* An operation, and the slots of its operands; its result goes into the slot of its own. */
typedef struct {
    int code, slot, operands[3];
} chalk_line;

/* Run the lines over all numbers. A slot below `inputs` is a column, one of the `fixed` after these one
 * number, which fills a piece; the others hold results, which are worked out in place if wanted. */
CHALK_CLONES static void chalk_run_columns(const chalk_line *lines, int count, double **slots, double *const *columns, int inputs,
                              int fixed, const int *results, double *const *out, int outputs, Py_ssize_t size) {
    for (Py_ssize_t start = 0; start < size; start += CHALK_PIECE) {
        int piece = size - start < CHALK_PIECE ? (int)(size - start) : CHALK_PIECE;
        for (int k = 0; k < inputs; k++) slots[k] = columns[k] + start;
        for (int k = 0; k < outputs; k++)
            if (results[k] >= inputs + fixed) slots[results[k]] = out[k] + start;
        for (int k = 0; k < count; k++) {
            const chalk_line *line = &lines[k];
            chalk_fill(line->code, slots[line->slot], slots[line->operands[0]], slots[line->operands[1]],
                           slots[line->operands[2]], piece);
        }
        for (int k = 0; k < outputs; k++)
            if (slots[results[k]] != out[k] + start) memcpy(out[k] + start, slots[results[k]], piece * sizeof(double));
    }
}

#endif
