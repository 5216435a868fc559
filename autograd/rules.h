/* The table of operations.py once more, in C: each operation's value and local derivatives.
 *
 * RULE(name, value, derivative by a, by b, by c), in terms of the operands a, b, c and of the
 * result out. A test walks the table and proves that both say the same. Where a number is not
 * finite, the rule of operations.py decides what it means, so none here needs a special case.
 */
#ifndef CHALKGRAD_RULES_H
#define CHALKGRAD_RULES_H

#include <math.h>

static inline double chalk_step(double a) { return a != a ? a : (double)(a > 0); }
static inline double chalk_sign(double a) { return a != a ? a : (double)((a > 0) - (a < 0)); }
static inline double chalk_compare(double a, double b) {
    return a != a || b != b ? NAN : (double)((a > b) - (a < b));
}
static inline double chalk_sigmoid(double a) {
    double small = exp(-fabs(a)); /* exp(-a) would overflow for a below 0 */
    return (a >= 0 ? 1 : small) / (1 + small);
}

static inline double chalk_power(double a, double b) {
    return a < 0 && (isinf(b) || b != floor(b)) ? NAN : pow(a, b);
}

#define CHALK_SQRT_2 1.4142135623730951
#define CHALK_SQRT_PI 1.7724538509055159
#define CHALK_SQRT_2_PI 2.5066282746310002

/* clang-format off */
#define CHALK_RULES(RULE)                                                                          \
    RULE(step, chalk_step(a), 0, 0, 0)                                                             \
    RULE(sign, chalk_sign(a), 0, 0, 0)                                                             \
    RULE(compare, chalk_compare(a, b), 0, 0, 0)                                                    \
    RULE(where, a != 0 ? b : c, 0, a != 0 ? 1 : 0, a != 0 ? 0 : 1)                                 \
                                                                                                   \
    RULE(add, a + b, 1, 1, 0)                                                                      \
    RULE(sub, a - b, 1, -1, 0)                                                                     \
    RULE(mul, a * b, b, a, 0)                                                                      \
    RULE(div, a / b, 1 / b, -out / b, 0)                                                           \
    RULE(pow, chalk_power(a, b), b != 0 ? b * chalk_power(a, b - 1) : 0, out * log(a != 0 ? a : 1), 0)             \
    RULE(neg, -a, -1, 0, 0)                                                                        \
    RULE(pos, a, 1, 0, 0)                                                                          \
    RULE(abs, fabs(a), chalk_sign(a), 0, 0)                                                        \
    RULE(maximum, a >= b || a != a ? a : b, (1 + chalk_compare(a, b)) / 2, (1 - chalk_compare(a, b)) / 2, 0) \
    RULE(minimum, a <= b || a != a ? a : b, (1 - chalk_compare(a, b)) / 2, (1 + chalk_compare(a, b)) / 2, 0) \
                                                                                                   \
    RULE(exp, exp(a), out, 0, 0)                                                                   \
    RULE(expm1, expm1(a), out + 1, 0, 0)                                                           \
    RULE(log, log(a), 1 / a, 0, 0)                                                                 \
    RULE(log1p, log1p(a), 1 / (1 + a), 0, 0)                                                       \
    RULE(sqrt, sqrt(a), 1 / (2 * out), 0, 0)                                                       \
                                                                                                   \
    RULE(sin, sin(a), cos(a), 0, 0)                                                                \
    RULE(cos, cos(a), -sin(a), 0, 0)                                                               \
    RULE(tan, tan(a), 1 + out * out, 0, 0)                                                         \
    RULE(asin, asin(a), 1 / sqrt((1 - a) * (1 + a)), 0, 0)                                         \
    RULE(acos, acos(a), -(1 / sqrt((1 - a) * (1 + a))), 0, 0)                                      \
    RULE(atan, atan(a), 1 / (1 + a * a), 0, 0)                                                     \
    RULE(sinh, sinh(a), cosh(a), 0, 0)                                                             \
    RULE(cosh, cosh(a), sinh(a), 0, 0)                                                             \
    RULE(tanh, tanh(a), 1 - out * out, 0, 0)                                                       \
    RULE(erf, erf(a), 2 / CHALK_SQRT_PI * exp(-(a * a)), 0, 0)                                     \
                                                                                                   \
    RULE(sigmoid, chalk_sigmoid(a), out * (1 - out), 0, 0)                                         \
    RULE(relu, a >= 0 || a != a ? a : 0, chalk_step(a), 0, 0)                                      \
    RULE(leaky_relu, a > 0 ? a : b * a, a > 0 ? 1 : b, a > 0 ? 0 : a, 0)                           \
    RULE(elu, a > 0 ? a : b * expm1(a), a > 0 ? 1 : b * exp(a), a > 0 ? 0 : expm1(a), 0)           \
    RULE(gelu, a * (erfc(-a / CHALK_SQRT_2) / 2),                                                  \
         (1 + erf(a / CHALK_SQRT_2)) / 2 + a * exp(-(a * a) / 2) / CHALK_SQRT_2_PI, 0, 0)          \
    RULE(silu, a * chalk_sigmoid(a), chalk_sigmoid(a) * (1 + a * (1 - chalk_sigmoid(a))), 0, 0)    \
    RULE(softplus, (a >= 0 || a != a ? a : 0) + log1p(exp(-fabs(a))), chalk_sigmoid(a), 0, 0)
/* clang-format on */

/* An operation's number, its place in the list above, and its name. */
#define CHALK_CODE(name, value, by_a, by_b, by_c) chalk_code_##name,
enum { CHALK_RULES(CHALK_CODE) chalk_rule_count };
#define CHALK_NAME(name, value, by_a, by_b, by_c) #name,
static const char *const chalk_rule_names[] = {CHALK_RULES(CHALK_NAME)};

/* The value of an operation. */
static inline double chalk_value(int code, double a, double b, double c) {
    switch (code) {
#define CHALK_VALUE(name, value, by_a, by_b, by_c) \
    case chalk_code_##name:                            \
        return value;
        CHALK_RULES(CHALK_VALUE)
    }
    return NAN;
}

/* The derivative of an operation by its operand at position 0, 1 or 2. */
static inline double chalk_derivative(int code, int position, double out, double a, double b, double c) {
    switch (code) {
#define CHALK_DERIVATIVE(name, value, by_a, by_b, by_c) \
    case chalk_code_##name:                                 \
        return position == 0 ? (by_a) : position == 1 ? (by_b) : (by_c);
        CHALK_RULES(CHALK_DERIVATIVE)
    }
    return NAN;
}

/* The value and the derivatives that are wanted, and whether they are all finite. */
typedef struct {
    double value, by_a, by_b, by_c;
    int is_finite;
} chalk_result;

static inline chalk_result chalk_apply(int code, double a, int want_a, double b, int want_b, double c, int want_c) {
    chalk_result result = {chalk_value(code, a, b, c), 0, 0, 0, 0};
    if (want_a) result.by_a = chalk_derivative(code, 0, result.value, a, b, c);
    if (want_b) result.by_b = chalk_derivative(code, 1, result.value, a, b, c);
    if (want_c) result.by_c = chalk_derivative(code, 2, result.value, a, b, c);
    result.is_finite = isfinite(result.value) && isfinite(result.by_a) && isfinite(result.by_b) && isfinite(result.by_c);
    return result;
}

#endif
