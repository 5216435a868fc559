/* Eight numbers side by side, of as many columns or lanes, in vectors of CHALK_WIDTH numbers each.
 *
 * This is read once for each width: a compiler keeps a vector that is wider than the machine's in
 * memory, where every sum would wait for it. The numbers are the same with each.
 */
#define CHALK_PARTS (8 / CHALK_WIDTH)
#define CHALK_VECTOR CHALK_JOIN(chalk_vector_, CHALK_WIDTH)
#define CHALK_EIGHT CHALK_JOIN(chalk_eight_, CHALK_WIDTH)
#define CHALK_OF_WIDTH(name) CHALK_JOIN(name##_, CHALK_WIDTH)

typedef struct {
    CHALK_VECTOR part[CHALK_PARTS];
} CHALK_EIGHT;

/* Eight numbers from memory, or eight times the one that all lanes share. */
CHALK_INLINE CHALK_EIGHT CHALK_OF_WIDTH(chalk_take)(const double *at, ptrdiff_t lane) {
    CHALK_EIGHT found;
    for (int p = 0; p < CHALK_PARTS; p++)
        if (lane) memcpy(&found.part[p], at + p * CHALK_WIDTH, sizeof(CHALK_VECTOR));
        else CHALK_SPREAD(found.part[p], *at, CHALK_WIDTH);
    return found;
}

CHALK_INLINE void CHALK_OF_WIDTH(chalk_put)(double *at, CHALK_EIGHT x) {
    for (int p = 0; p < CHALK_PARTS; p++) memcpy(at + p * CHALK_WIDTH, &x.part[p], sizeof(CHALK_VECTOR));
}

/* The first few of eight, from memory and to it. */
CHALK_INLINE CHALK_EIGHT CHALK_OF_WIDTH(chalk_take_some)(const double *at, int count) {
    double some[8];
    if (count == 8) return CHALK_OF_WIDTH(chalk_take)(at, 1);
    for (int l = 0; l < 8; l++) some[l] = l < count ? at[l] : 0;
    return CHALK_OF_WIDTH(chalk_take)(some, 1);
}

CHALK_INLINE void CHALK_OF_WIDTH(chalk_put_some)(double *at, CHALK_EIGHT x, int count) {
    double some[8];
    CHALK_OF_WIDTH(chalk_put)(count == 8 ? at : some, x);
    for (int l = 0; l < count && count < 8; l++) at[l] = some[l];
}

CHALK_INLINE CHALK_EIGHT CHALK_OF_WIDTH(chalk_plus)(CHALK_EIGHT x, CHALK_EIGHT y) {
    for (int p = 0; p < CHALK_PARTS; p++) CHALK_EACH(x.part[p], +=, y.part[p], CHALK_WIDTH);
    return x;
}

CHALK_INLINE CHALK_EIGHT CHALK_OF_WIDTH(chalk_times)(CHALK_EIGHT x, CHALK_EIGHT y) {
    for (int p = 0; p < CHALK_PARTS; p++) CHALK_EACH(x.part[p], *=, y.part[p], CHALK_WIDTH);
    return x;
}

/* x + v s, for eight v in memory and one s. */
CHALK_INLINE CHALK_EIGHT CHALK_OF_WIDTH(chalk_plus_product)(CHALK_EIGHT x, const double *v, double s) {
    for (int p = 0; p < CHALK_PARTS; p++)
        CHALK_ADD_PRODUCT(x.part[p], v + p * CHALK_WIDTH, s, CHALK_VECTOR, CHALK_WIDTH);
    return x;
}

CHALK_INLINE double CHALK_OF_WIDTH(chalk_sum_of)(CHALK_EIGHT x) {
    double numbers[8];
    CHALK_OF_WIDTH(chalk_put)(numbers, x);
    return chalk_sum(numbers, 8);
}

/* ---- sums side by side ------------------------------------------------------------------------- */

/* For each of up to eight rows, and each l of eight columns or lanes,
 *
 *     out[row, l] = first[row, l] + v[row, 0, l] s[row, 0] + v[row, 1, l] s[row, 1] + ...
 *
 * Every sum is made in the order of its terms; only many of them are made at once.
 */
CHALK_INLINE void CHALK_OF_WIDTH(chalk_eight_sums)(const double *first, ptrdiff_t first_row, ptrdiff_t first_l, const double *v,
                                                   ptrdiff_t v_row, ptrdiff_t v_term, const double *s, ptrdiff_t s_row,
                                                   ptrdiff_t s_term, int terms, double *out, ptrdiff_t out_row, const int rows) {
    CHALK_EIGHT total[8];
    if (first_l == 0)
        for (int i = 0; i < rows; i++) total[i] = CHALK_OF_WIDTH(chalk_take)(first + i * first_row, 0);
    else if (first_l == 1)
        for (int i = 0; i < rows; i++) total[i] = CHALK_OF_WIDTH(chalk_take)(first + i * first_row, 1);
    else
        for (int i = 0; i < rows; i++) {
            double numbers[8];
            for (int l = 0; l < 8; l++) numbers[l] = first[i * first_row + l * first_l];
            total[i] = CHALK_OF_WIDTH(chalk_take)(numbers, 1);
        }
    for (int k = 0; k < terms; k++)
        for (int i = 0; i < rows; i++)
            total[i] = CHALK_OF_WIDTH(chalk_plus_product)(total[i], v + i * v_row + k * v_term, s[i * s_row + k * s_term]);
    for (int i = 0; i < rows; i++) CHALK_OF_WIDTH(chalk_put)(out + i * out_row, total[i]);
}

/* to[k] += the sum over rows and lanes of g[row] s[row, k], for as many k as `count`. */
CHALK_INLINE void CHALK_OF_WIDTH(chalk_add_lanes)(const chalk_machine *m, chalk_cursor g, chalk_cursor s, int rows, double *to,
                                                  ptrdiff_t to_step, const int count) {
    const double zero = 0;
    CHALK_EIGHT total[4];
    for (int k = 0; k < count; k++) total[k] = CHALK_OF_WIDTH(chalk_take)(&zero, 0);
    for (int tile = 0; tile < m->tiles; tile++)
        for (int row = 0; row < rows; row++) {
            CHALK_EIGHT upstream = CHALK_OF_WIDTH(chalk_take)(g.at + tile * g.tile + row * g.row, 1);
            for (int k = 0; k < count; k++) {
                CHALK_EIGHT x = CHALK_OF_WIDTH(chalk_take)(s.at + tile * s.tile + row * s.row + k * s.term, 1);
                total[k] = CHALK_OF_WIDTH(chalk_plus)(total[k], CHALK_OF_WIDTH(chalk_times)(upstream, x));
            }
        }
    for (int k = 0; k < count; k++) to[k * to_step] += CHALK_OF_WIDTH(chalk_sum_of)(total[k]);
}

/* to[k, l] += the sum over rows and lanes of s[row, k] v[l], in that order, for up to eight l; v has
 * eight numbers for each lane. */
CHALK_INLINE void CHALK_OF_WIDTH(chalk_add_outer)(const chalk_machine *m, const double *v, chalk_cursor s, int rows, double *to,
                                                  ptrdiff_t to_step, int width, const int count) {
    CHALK_EIGHT total[8];
    for (int k = 0; k < count; k++) total[k] = CHALK_OF_WIDTH(chalk_take_some)(to + k * to_step, width);
    for (int tile = 0; tile < m->tiles; tile++)
        for (int row = 0; row < rows; row++) {
            const double *number = s.at + tile * s.tile + row * s.row;
            for (int lane = 0; lane < 8; lane++, v += 8)
                for (int k = 0; k < count; k++)
                    total[k] = CHALK_OF_WIDTH(chalk_plus_product)(total[k], v, number[k * s.term + lane]);
        }
    for (int k = 0; k < count; k++) CHALK_OF_WIDTH(chalk_put_some)(to + k * to_step, total[k], width);
}

/* ---- any dot products -------------------------------------------------------------------------- */

/* To out, eight lanes of as many columns as `count`: to wait for one sum after the other would take
 * longer. */
CHALK_INLINE void CHALK_OF_WIDTH(chalk_dots)(chalk_cursor a, chalk_cursor b, chalk_cursor c, int terms, double *out,
                                             ptrdiff_t a_lane, ptrdiff_t b_lane, const int count) {
    CHALK_EIGHT total[4];
    for (int l = 0; l < count; l++) total[l] = CHALK_OF_WIDTH(chalk_take)(c.at + l * c.column, c.lane);
    for (int k = 0; k < terms; k++, a.at += a.term, b.at += b.term)
        for (int l = 0; l < count; l++) {
            CHALK_EIGHT x = CHALK_OF_WIDTH(chalk_take)(a.at + l * a.column, a_lane);
            CHALK_EIGHT y = CHALK_OF_WIDTH(chalk_take)(b.at + l * b.column, b_lane);
            total[l] = CHALK_OF_WIDTH(chalk_plus)(total[l], CHALK_OF_WIDTH(chalk_times)(x, y));
        }
    for (int l = 0; l < count; l++) CHALK_OF_WIDTH(chalk_put)(out + l * 8, total[l]);
}

/* Add g x to an adjoint that each lane has, or that all lanes share. */
CHALK_INLINE void CHALK_OF_WIDTH(chalk_add_eight)(double *adjoint, ptrdiff_t lane, CHALK_EIGHT g, const double *x, ptrdiff_t x_lane) {
    CHALK_EIGHT terms = CHALK_OF_WIDTH(chalk_times)(g, CHALK_OF_WIDTH(chalk_take)(x, x_lane));
    if (lane) CHALK_OF_WIDTH(chalk_put)(adjoint, CHALK_OF_WIDTH(chalk_plus)(CHALK_OF_WIDTH(chalk_take)(adjoint, 1), terms));
    else *adjoint += CHALK_OF_WIDTH(chalk_sum_of)(terms);
}

/* The adjoints of one dot product, from its last term to its first. */
CHALK_INLINE void CHALK_OF_WIDTH(chalk_dot_adjoints)(const double *upstream, chalk_cursor a, chalk_cursor to_a, chalk_cursor b,
                                                     chalk_cursor to_b, int terms, int wants_a, int wants_b) {
    CHALK_EIGHT g = CHALK_OF_WIDTH(chalk_take)(upstream, 1);
    for (int k = terms - 1; k >= 0; k--) {
        if (wants_a) CHALK_OF_WIDTH(chalk_add_eight)(to_a.at + k * a.term, to_a.lane, g, b.at + k * b.term, b.lane);
        if (wants_b) CHALK_OF_WIDTH(chalk_add_eight)(to_b.at + k * b.term, to_b.lane, g, a.at + k * a.term, a.lane);
    }
}

#undef CHALK_PARTS
#undef CHALK_VECTOR
#undef CHALK_EIGHT
#undef CHALK_OF_WIDTH
