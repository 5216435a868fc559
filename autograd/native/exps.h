/* exp of many numbers at once, with the bits of the C library's.
 *
 * exp(x) is 2**(k / 128) exp(r), for a whole k and an r near 0: a power from a table, times a short
 * sum. The result is made in two parts, their sum before it is rounded, which is off by less than
 * 0.008 of its last place; glibc's exp, before it rounds, by less than 0.012. So both round to the
 * same number wherever that sum is further than that from the middle between two numbers. Where it
 * is not, one number of twenty-five, and where exp is very large or small, the library is asked.
 */
#ifndef CHALKGRAD_EXPS_H
#define CHALKGRAD_EXPS_H

#include "machine.h"

enum { CHALK_PIECE = 128 }; /* numbers that are taken together */

#ifdef CHALK_WIDE
#include <immintrin.h>

#define CHALK_DOUBT (0.48 * 0x1p-52) /* of a number from 1 to 2: how much of it rounding may take */

CHALK_WIDEST static inline __m512d chalk_eight_exps(__m512d x, __mmask8 *sure) {
#define CHALK_ALL(number) _mm512_set1_pd(number)
    const __m512d shift = CHALK_ALL(0x1.8p52); /* added to a number, it leaves a whole one in the last bits */
    __m512d shifted = _mm512_add_pd(_mm512_mul_pd(x, CHALK_ALL(0x1.71547652b82fep+7)), shift); /* 128 / log 2 */
    __m512d k = _mm512_sub_pd(shifted, shift);
    __m512i whole = _mm512_sub_epi64(_mm512_castpd_si512(shifted), _mm512_castpd_si512(shift));
    __m512d r = _mm512_fmadd_pd(k, CHALK_ALL(-0x1.62e42fefap-8), x); /* log 2 / 128, in two parts */
    r = _mm512_fmadd_pd(k, CHALK_ALL(-0x1.cf79abc9e3b3ap-47), r);
    __m512d more = _mm512_fmadd_pd(r, CHALK_ALL(1.0 / 720), CHALK_ALL(1.0 / 120));
    more = _mm512_fmadd_pd(r, more, CHALK_ALL(1.0 / 24));
    more = _mm512_fmadd_pd(r, more, CHALK_ALL(1.0 / 6));
    more = _mm512_fmadd_pd(r, more, CHALK_ALL(0.5));
    __m512d less = _mm512_fmadd_pd(_mm512_mul_pd(r, r), more, r); /* exp(r) - 1 */
    __m512i place = _mm512_slli_epi64(_mm512_and_si512(whole, _mm512_set1_epi64(127)), 1);
    __m512d high = _mm512_i64gather_pd(place, chalk_powers, 8);
    __m512d low = _mm512_fmadd_pd(high, less, _mm512_i64gather_pd(place, chalk_powers + 1, 8));
    __m512d sum = _mm512_add_pd(high, low), lost = _mm512_sub_pd(low, _mm512_sub_pd(sum, high));
    __mmask8 found = _mm512_cmp_pd_mask(_mm512_abs_pd(x), CHALK_ALL(700), _CMP_LT_OQ);
    found = _mm512_mask_cmp_pd_mask(found, _mm512_abs_pd(lost), CHALK_ALL(CHALK_DOUBT), _CMP_LT_OQ);
    *sure = _mm512_mask_cmp_pd_mask(found, sum, CHALK_ALL(1), _CMP_GE_OQ);
    whole = _mm512_slli_epi64(_mm512_srai_epi64(whole, 7), 52); /* what the table lacks of 2**(k / 128) */
    return _mm512_castsi512_pd(_mm512_add_epi64(_mm512_castpd_si512(sum), whole));
#undef CHALK_ALL
}

/* Of at most a piece. */
CHALK_WIDEST static void chalk_exps(double *CHALK_RESTRICT out, const double *CHALK_RESTRICT a, int count) {
    const __m512i first = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    int doubtful[CHALK_PIECE + 16], doubts = 0; /* to compress into memory would take a hundred cycles */
    for (int k = 0; k < count; k += 8) {
        __mmask8 sure, here = count - k < 8 ? (1 << (count - k)) - 1 : 0xff;
        _mm512_mask_storeu_pd(out + k, here, chalk_eight_exps(_mm512_maskz_loadu_pd(here, a + k), &sure));
        unsigned rest = here & ~(unsigned)sure;
        __m512i places = _mm512_add_epi32(first, _mm512_set1_epi32(k));
        _mm512_storeu_si512(doubtful + doubts, _mm512_maskz_compress_epi32((__mmask16)rest, places));
        doubts += __builtin_popcount(rest);
    }
    for (int k = 0; k < doubts; k++) out[doubtful[k]] = chalk_exp(a[doubtful[k]]);
}
#endif

#endif
