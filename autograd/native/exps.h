/* exp and pow of many numbers at once, with the bits of the C library's.
 *
 * A result is made in two parts, their sum and what rounding it loses, which together are exact to a
 * thousandth of its last place. The library is off by at most 0.511 of a last place for exp and 0.54
 * for pow, as its authors say of both, so it gives the same number wherever rounding loses less than
 * 0.486 or 0.46. Where it loses more, three or eight numbers of a hundred, and where a number is very
 * large or small, the library is asked.
 */
#ifndef CHALKGRAD_EXPS_H
#define CHALKGRAD_EXPS_H

#include "machine.h"

enum { CHALK_PIECE = 128 }; /* numbers that are taken together */

#ifdef CHALK_WIDE
#include <immintrin.h>

#define CHALK_ALL(number) _mm512_set1_pd(number)

/* Where a sum would stay the same if rounding lost so many times as much. */
CHALK_WIDEST static inline __mmask8 chalk_stays(__m512d sum, __m512d lost, double times) {
    return _mm512_cmp_pd_mask(_mm512_fmadd_pd(lost, CHALK_ALL(times), sum), sum, _CMP_EQ_OQ);
}

/* exp(x) is 2**(k / 16) exp(r), for a whole k and an r near 0: a power from a table, times a short sum. */
CHALK_WIDEST static inline __m512d chalk_eight_exps(__m512d x, __mmask8 *sure) {
    const __m512d shift = CHALK_ALL(0x1.8p52); /* added to a number, it leaves a whole one in the last bits */
    __m512d shifted = _mm512_fmadd_pd(x, CHALK_ALL(0x1.71547652b82fep+4), shift); /* 16 / log 2 */
    __m512d k = _mm512_sub_pd(shifted, shift);
    __m512i whole = _mm512_castpd_si512(shifted);
    __m512d r = _mm512_fmadd_pd(k, CHALK_ALL(-0x1.62e42fefap-5), x); /* log 2 / 16, in two parts; this one is exact */
    __m512d rest = _mm512_mul_pd(k, CHALK_ALL(-0x1.cf79abc9e3b3ap-44));
    __m512d both = _mm512_add_pd(r, rest);
    __m512d more = _mm512_fmadd_pd(both, CHALK_ALL(1.0 / 40320), CHALK_ALL(1.0 / 5040));
    more = _mm512_fmadd_pd(both, more, CHALK_ALL(1.0 / 720));
    more = _mm512_fmadd_pd(both, more, CHALK_ALL(1.0 / 120));
    more = _mm512_fmadd_pd(both, more, CHALK_ALL(1.0 / 24));
    more = _mm512_fmadd_pd(both, more, CHALK_ALL(1.0 / 6));
    more = _mm512_fmadd_pd(both, more, CHALK_ALL(0.5));
    more = _mm512_fmadd_pd(_mm512_mul_pd(both, both), more, rest); /* exp(r + rest) - 1 - r */
    __m512d high = _mm512_permutex2var_pd(_mm512_loadu_pd(chalk_powers), whole, _mm512_loadu_pd(chalk_powers + 8));
    __m512d low = _mm512_permutex2var_pd(_mm512_loadu_pd(chalk_powers + 16), whole, _mm512_loadu_pd(chalk_powers + 24));
    __m512d product = _mm512_mul_pd(high, r);
    low = _mm512_fmadd_pd(low, r, low);
    low = _mm512_add_pd(low, _mm512_fmsub_pd(high, r, product));
    low = _mm512_fmadd_pd(high, more, low);
    __m512d first = _mm512_add_pd(high, product);
    low = _mm512_add_pd(low, _mm512_sub_pd(product, _mm512_sub_pd(first, high)));
    __m512d sum = _mm512_add_pd(first, low), lost = _mm512_sub_pd(low, _mm512_sub_pd(sum, first));
    *sure = chalk_stays(sum, lost, 0.5 / 0.486) & _mm512_cmp_pd_mask(_mm512_abs_pd(x), CHALK_ALL(700), _CMP_LT_OQ);
    whole = _mm512_slli_epi64(_mm512_srai_epi64(_mm512_sub_epi64(whole, _mm512_castpd_si512(shift)), 4), 52);
    return _mm512_castsi512_pd(_mm512_add_epi64(_mm512_castpd_si512(sum), whole)); /* times what the table lacks */
}

/* x to the power of half of `halves`, which is from -6 to 6 and not 0. */
CHALK_WIDEST static inline __m512d chalk_eight_powers(__m512d x, int halves, __mmask8 *sure) {
    __m512d size = _mm512_abs_pd(x), high = CHALK_ALL(1), low = CHALK_ALL(0);
    *sure = _mm512_cmp_pd_mask(size, CHALK_ALL(0x1p-200), _CMP_GT_OQ) & _mm512_cmp_pd_mask(size, CHALK_ALL(0x1p200), _CMP_LT_OQ);
    int left = halves < 0 ? -halves : halves;
    if (left % 2) { /* nan where x is below 0, which is never sure */
        high = _mm512_sqrt_pd(x);
        low = _mm512_mul_pd(_mm512_fnmadd_pd(high, high, x), _mm512_mul_pd(_mm512_rsqrt14_pd(x), CHALK_ALL(0.5)));
    }
    for (; left > 1; left -= 2) {
        __m512d product = _mm512_mul_pd(x, high);
        low = _mm512_fmadd_pd(x, low, _mm512_fmsub_pd(x, high, product));
        high = product;
    }
    if (halves < 0) {
        __m512d inverse = _mm512_div_pd(CHALK_ALL(1), high);
        low = _mm512_fnmadd_pd(inverse, low, _mm512_fnmadd_pd(inverse, high, CHALK_ALL(1)));
        low = _mm512_mul_pd(inverse, low);
        high = inverse;
    }
    __m512d sum = _mm512_add_pd(high, low);
    *sure &= chalk_stays(sum, _mm512_sub_pd(low, _mm512_sub_pd(sum, high)), 0.5 / 0.46);
    return sum;
}

/* ---- of a piece, or less ---------------------------------------------------------------------- */

/* Where the library is asked. */
typedef struct {
    int count, places[CHALK_PIECE + 16];
} chalk_doubts;

/* Put eight results where the first few of them belong, and note those that are not sure. */
CHALK_WIDEST static inline void chalk_put_eight(double *out, int k, __mmask8 here, __m512d results, __mmask8 sure, chalk_doubts *doubts) {
    const __m512i first = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    unsigned rest = here & ~(unsigned)sure; /* to compress into memory would take a hundred cycles */
    __m512i places = _mm512_maskz_compress_epi32((__mmask16)rest, _mm512_add_epi32(first, _mm512_set1_epi32(k)));
    _mm512_storeu_si512(doubts->places + doubts->count, places);
    doubts->count += __builtin_popcount(rest);
    _mm512_mask_storeu_pd(out + k, here, results);
}

#define CHALK_BY_EIGHTS(eight, one, ...)                                                                  \
    chalk_doubts doubts;                                                                                  \
    doubts.count = 0;                                                                                     \
    for (int k = 0; k < count; k += 8) {                                                                  \
        __mmask8 sure, here = count - k < 8 ? (1 << (count - k)) - 1 : 0xff;                              \
        __m512d results = eight(_mm512_maskz_loadu_pd(here, a + k), __VA_ARGS__ &sure);                   \
        chalk_put_eight(out, k, here, results, sure, &doubts);                                            \
    }                                                                                                     \
    for (int k = 0; k < doubts.count; k++) {                                                              \
        double x = a[doubts.places[k]];                                                                   \
        out[doubts.places[k]] = one;                                                                      \
    }

CHALK_WIDEST static void chalk_exps_by_eights(double *CHALK_RESTRICT out, const double *CHALK_RESTRICT a, int count) {
    CHALK_BY_EIGHTS(chalk_eight_exps, chalk_exp(x), )
}

CHALK_WIDEST static void chalk_powers_by_eights(double *CHALK_RESTRICT out, const double *CHALK_RESTRICT a, int halves, int count) {
    CHALK_BY_EIGHTS(chalk_eight_powers, chalk_pow(x, halves / 2.0), halves, )
}

/* How many halves all exponents are, less so much; 0 where they differ, or are none of those above. */
CHALK_INLINE int chalk_halves(const double *exponents, double less, int count) {
    double halves = 2 * (exponents[0] - less);
    int same = fabs(halves) <= 6 && halves == floor(halves);
    for (int k = 1; k < count; k++) same &= exponents[k] == exponents[0];
    return same ? (int)halves : 0;
}
#endif

/* exp of at most a piece, where there are vectors for it; gives whether there are. */
CHALK_INLINE int chalk_exps(double *out, const double *a, int count) {
#ifdef CHALK_WIDE
    if (chalk_has_eight) {
        chalk_exps_by_eights(out, a, count);
        return 1;
    }
#endif
    return 0;
}

/* Likewise numbers to the powers of exponents, less so much. */
CHALK_INLINE int chalk_pows(double *out, const double *a, const double *exponents, double less, int count) {
#ifdef CHALK_WIDE
    int halves = chalk_has_eight ? chalk_halves(exponents, less, count) : 0;
    if (halves) {
        chalk_powers_by_eights(out, a, halves, count);
        return 1;
    }
#endif
    return 0;
}

#endif
