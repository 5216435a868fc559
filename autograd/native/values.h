/* The value of each operation in C: what operations.py gives as `forward`, to the last bit.
 *
 * Their derivatives are written from the table into rules.h when the package is built. An operation
 * of the table that is not here runs in Python. Where a number is not finite, the table decides what
 * it means, so nothing here needs a special case.
 */
#ifndef CHALKGRAD_VALUES_H
#define CHALKGRAD_VALUES_H

#include <math.h>

#define CHALK_VALUE static inline double

CHALK_VALUE chalk_step(double a) { return a > 0 ? 1.0 : a != a ? a : 0.0; }
CHALK_VALUE chalk_sign(double a) { return a != a ? a : (double)((a > 0) - (a < 0)); }
CHALK_VALUE chalk_compare(double a, double b) {
    double above = a > b ? 1.0 : 0.0, below = a < b ? 1.0 : 0.0; /* no jumps, so that vectors do it */
    return (a != a) | (b != b) ? NAN : above - below;
}
CHALK_VALUE chalk_where(double a, double b, double c) { return a != 0 ? b : c; }

CHALK_VALUE chalk_add(double a, double b) { return a + b; }
CHALK_VALUE chalk_sub(double a, double b) { return a - b; }
CHALK_VALUE chalk_mul(double a, double b) { return a * b; }
CHALK_VALUE chalk_div(double a, double b) { return a / b; }
CHALK_VALUE chalk_mod(double a, double b) { /* as Python's %, with the sign of b */
    double rest = fmod(a, b);
    if (rest == 0) return copysign(0.0, b);
    return (b < 0) != (rest < 0) ? rest + b : rest;
}
CHALK_VALUE chalk_floordiv(double a, double b) { /* as Python's //, exact where a / b is rounded */
    double rest = fmod(a, b), times = (a - rest) / b, whole;
    if (rest != 0 && (b < 0) != (rest < 0)) times -= 1;
    if (times == 0) return copysign(0.0, a / b);
    whole = floor(times);
    return times - whole > 0.5 ? whole + 1 : whole;
}
CHALK_VALUE chalk_pow(double a, double b) { return a < 0 && (isinf(b) || b != floor(b)) ? NAN : pow(a, b); }
CHALK_VALUE chalk_neg(double a) { return -a; }
CHALK_VALUE chalk_pos(double a) { return a; }
CHALK_VALUE chalk_abs(double a) { return fabs(a); }
CHALK_VALUE chalk_maximum(double a, double b) { return (a >= b) | (a != a) ? a : b; }
CHALK_VALUE chalk_minimum(double a, double b) { return (a <= b) | (a != a) ? a : b; }
CHALK_VALUE chalk_clip(double a, double b, double c) { return chalk_minimum(chalk_maximum(a, b), c); }
CHALK_VALUE chalk_floor(double a) { return floor(a); }
CHALK_VALUE chalk_ceil(double a) { return ceil(a); }
CHALK_VALUE chalk_round(double a) { return rint(a); }

CHALK_VALUE chalk_exp(double a) { return exp(a); }
CHALK_VALUE chalk_expm1(double a) { return expm1(a); }
CHALK_VALUE chalk_exp2(double a) { return exp2(a); }
CHALK_VALUE chalk_log(double a) { return log(a); }
CHALK_VALUE chalk_log2(double a) { return log2(a); }
CHALK_VALUE chalk_log10(double a) { return log10(a); }
CHALK_VALUE chalk_log1p(double a) { return log1p(a); }
CHALK_VALUE chalk_sqrt(double a) { return sqrt(a); }
CHALK_VALUE chalk_cbrt(double a) { return cbrt(a); }
CHALK_VALUE chalk_square(double a) { return a * a; }
CHALK_VALUE chalk_hypot(double a, double b) { return hypot(a, b); }
CHALK_VALUE chalk_logaddexp(double a, double b) {
    if (a == b) return a + 0.6931471805599453; /* log 2 */
    return chalk_maximum(a, b) + log1p(exp(-fabs(a - b)));
}

CHALK_VALUE chalk_sin(double a) { return sin(a); }
CHALK_VALUE chalk_cos(double a) { return cos(a); }
CHALK_VALUE chalk_tan(double a) { return tan(a); }
CHALK_VALUE chalk_asin(double a) { return asin(a); }
CHALK_VALUE chalk_acos(double a) { return acos(a); }
CHALK_VALUE chalk_atan(double a) { return atan(a); }
CHALK_VALUE chalk_atan2(double a, double b) { return atan2(a, b); }
CHALK_VALUE chalk_sinh(double a) { return sinh(a); }
CHALK_VALUE chalk_cosh(double a) { return cosh(a); }
CHALK_VALUE chalk_tanh(double a) { return tanh(a); }
CHALK_VALUE chalk_asinh(double a) { return asinh(a); }
CHALK_VALUE chalk_acosh(double a) { return acosh(a); }
CHALK_VALUE chalk_atanh(double a) { return atanh(a); }
CHALK_VALUE chalk_erf(double a) { return erf(a); }

CHALK_VALUE chalk_sigmoid(double a) {
    double small = exp(-fabs(a)); /* exp(-a) would overflow for a below 0 */
    return (a >= 0 ? 1 : small) / (1 + small);
}
CHALK_VALUE chalk_relu(double a) { return a < 0 ? 0 : a; }
CHALK_VALUE chalk_leaky_relu(double a, double b) { return a > 0 ? a : b * a; }
CHALK_VALUE chalk_elu(double a, double b) { return a > 0 ? a : b * expm1(a); }
CHALK_VALUE chalk_gelu(double a) { return a * (erfc(-a / 1.4142135623730951) / 2); } /* the square root of 2 */
CHALK_VALUE chalk_silu(double a) { return a * chalk_sigmoid(a); }
CHALK_VALUE chalk_softplus(double a) { return (a >= 0 || a != a ? a : 0) + log1p(exp(-fabs(a))); }

#endif
