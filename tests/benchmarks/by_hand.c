/* The GPT of microgpt.py and its gradients by hand, in plain loops: the limit to aim at.

   A matrix of activations has a row per feature and a column per position, so the innermost
   loops run over the positions, which the compiler turns into vector instructions without
   changing the order of any sum. d_x is the gradient of the loss by x. */

#include <math.h>
#include <string.h>

enum { TOKENS = 27, WIDTH = 16, HEAD_SIZE = 4, BLOCK_SIZE = 16, HIDDEN = 64, POSITIONS = 8 };
enum { HEADS = WIDTH / HEAD_SIZE };

static const double EPSILON = 1e-5;
static const double SCALE = 2.0; /* the square root of HEAD_SIZE */

typedef struct {
    double wte[TOKENS][WIDTH], wpe[BLOCK_SIZE][WIDTH], lm_head[TOKENS][WIDTH];
    double qkv[3 * WIDTH][WIDTH], wo[WIDTH][WIDTH];
    double fc1[HIDDEN][WIDTH], fc2[WIDTH][HIDDEN];
} Weights;

typedef double Positions[POSITIONS]; /* one feature, at each position */

/* y = w x */
static inline void linear(int outputs, int inputs, const double *w, const Positions *x,
                          Positions *y)
{
    for (int o = 0; o < outputs; o++) {
        Positions sum = {0};
        for (int i = 0; i < inputs; i++)
            for (int t = 0; t < POSITIONS; t++)
                sum[t] += w[o * inputs + i] * x[i][t];
        memcpy(y[o], sum, sizeof sum);
    }
}

/* d_w = d_y x', and d_x = w' d_y */
static inline void linear_backward(int outputs, int inputs, const double *w, const Positions *x,
                                   const Positions *d_y, double *restrict d_w,
                                   Positions *restrict d_x)
{
    double rows[POSITIONS][HIDDEN]; /* x by position: inputs <= HIDDEN */
    for (int t = 0; t < POSITIONS; t++)
        for (int i = 0; i < inputs; i++)
            rows[t][i] = x[i][t];
    for (int o = 0; o < outputs; o++)
        for (int i = 0; i < inputs; i++) {
            double sum = 0;
            for (int t = 0; t < POSITIONS; t++)
                sum += d_y[o][t] * rows[t][i];
            d_w[o * inputs + i] = sum;
        }
    for (int i = 0; i < inputs; i++) {
        Positions sum = {0};
        for (int o = 0; o < outputs; o++)
            for (int t = 0; t < POSITIONS; t++)
                sum[t] += w[o * inputs + i] * d_y[o][t];
        memcpy(d_x[i], sum, sizeof sum);
    }
}

/* x over its root mean square, and the factor that did it */
static inline void rmsnorm(const Positions *x, Positions *normal, double *scale)
{
    Positions squares = {0};
    for (int i = 0; i < WIDTH; i++)
        for (int t = 0; t < POSITIONS; t++)
            squares[t] += x[i][t] * x[i][t];
    for (int t = 0; t < POSITIONS; t++)
        scale[t] = 1 / sqrt(squares[t] / WIDTH + EPSILON);
    for (int i = 0; i < WIDTH; i++)
        for (int t = 0; t < POSITIONS; t++)
            normal[i][t] = x[i][t] * scale[t];
}

/* Add to d_x: scale (d - normal mean(d normal)) */
static inline void rmsnorm_backward(const Positions *d_normal, const Positions *normal,
                                    const double *scale, Positions *d_x)
{
    Positions along = {0};
    for (int i = 0; i < WIDTH; i++)
        for (int t = 0; t < POSITIONS; t++)
            along[t] += d_normal[i][t] * normal[i][t];
    for (int i = 0; i < WIDTH; i++)
        for (int t = 0; t < POSITIONS; t++)
            d_x[i][t] += scale[t] * (d_normal[i][t] - normal[i][t] * (along[t] / WIDTH));
}

/* The weights of a head, from the position to those up to itself, and what they mix */
static inline void attend(const Positions *query, const Positions *key, const Positions *value,
                          Positions *weights, Positions *attended)
{
    for (int t = 0; t < POSITIONS; t++) {
        double normalizer = 0, inverse;
        for (int s = 0; s <= t; s++) {
            double score = 0;
            for (int i = 0; i < HEAD_SIZE; i++)
                score += query[i][t] * key[i][s];
            weights[t][s] = exp(score / SCALE);
            normalizer += weights[t][s];
        }
        inverse = 1 / normalizer;
        for (int s = 0; s <= t; s++)
            weights[t][s] *= inverse;
        for (int i = 0; i < HEAD_SIZE; i++) {
            double sum = 0;
            for (int s = 0; s <= t; s++)
                sum += weights[t][s] * value[i][s];
            attended[i][t] = sum;
        }
    }
}

/* Add to the gradients by query, key and value */
static inline void attend_backward(const Positions *query, const Positions *key,
                                   const Positions *value, const Positions *weights,
                                   const Positions *d_attended, Positions *d_query,
                                   Positions *d_key, Positions *d_value)
{
    for (int t = 0; t < POSITIONS; t++) {
        Positions d_weights;
        double along = 0;
        for (int s = 0; s <= t; s++) {
            double sum = 0;
            for (int i = 0; i < HEAD_SIZE; i++)
                sum += d_attended[i][t] * value[i][s];
            d_weights[s] = sum;
            along += sum * weights[t][s];
        }
        for (int s = 0; s <= t; s++) {
            /* d/dscores = weights (d - sum(d weights)) */
            double d_score = weights[t][s] * (d_weights[s] - along) / SCALE;
            for (int i = 0; i < HEAD_SIZE; i++) {
                d_query[i][t] += d_score * key[i][s];
                d_key[i][s] += d_score * query[i][t];
                d_value[i][s] += weights[t][s] * d_attended[i][t];
            }
        }
    }
}

/* What the forward pass leaves for the backward pass */
typedef struct {
    Positions embedded[WIDTH], x[WIDTH], normal[WIDTH], qkv[3 * WIDTH], attended[WIDTH];
    Positions middle[WIDTH], middle_normal[WIDTH], hidden[HIDDEN], top[WIDTH];
    Positions predicted[TOKENS];
    Positions attention[HEADS][POSITIONS];
    double embedded_scale[POSITIONS], scale[POSITIONS], middle_scale[POSITIONS];
} Activations;

/* From the embedded tokens to the probabilities of the next ones */
static void forward(const Weights *w, Activations *a)
{
    for (int i = 0; i < WIDTH; i++)
        for (int t = 0; t < POSITIONS; t++)
            a->embedded[i][t] += w->wpe[t][i];
    rmsnorm(a->embedded, a->x, a->embedded_scale);

    rmsnorm(a->x, a->normal, a->scale);
    linear(3 * WIDTH, WIDTH, w->qkv[0], a->normal, a->qkv);
    for (int start = 0; start < WIDTH; start += HEAD_SIZE)
        attend(a->qkv + start, a->qkv + WIDTH + start, a->qkv + 2 * WIDTH + start,
               a->attention[start / HEAD_SIZE], a->attended + start);
    linear(WIDTH, WIDTH, w->wo[0], a->attended, a->middle);
    for (int i = 0; i < WIDTH; i++)
        for (int t = 0; t < POSITIONS; t++)
            a->middle[i][t] += a->x[i][t];

    rmsnorm(a->middle, a->middle_normal, a->middle_scale);
    linear(HIDDEN, WIDTH, w->fc1[0], a->middle_normal, a->hidden);
    for (int i = 0; i < HIDDEN; i++)
        for (int t = 0; t < POSITIONS; t++)
            a->hidden[i][t] = a->hidden[i][t] > 0 ? a->hidden[i][t] : 0;
    linear(WIDTH, HIDDEN, w->fc2[0], a->hidden, a->top);
    for (int i = 0; i < WIDTH; i++)
        for (int t = 0; t < POSITIONS; t++)
            a->top[i][t] += a->middle[i][t];

    Positions normalizer = {0};
    linear(TOKENS, WIDTH, w->lm_head[0], a->top, a->predicted);
    for (int k = 0; k < TOKENS; k++)
        for (int t = 0; t < POSITIONS; t++) {
            a->predicted[k][t] = exp(a->predicted[k][t]);
            normalizer[t] += a->predicted[k][t];
        }
    for (int t = 0; t < POSITIONS; t++)
        normalizer[t] = 1 / normalizer[t];
    for (int k = 0; k < TOKENS; k++)
        for (int t = 0; t < POSITIONS; t++)
            a->predicted[k][t] *= normalizer[t];
}

/* From the gradient by the logits to that by the embedded tokens, and all weights' but wte's */
static void backward(const Weights *w, const Activations *a, const Positions *d_logits,
                     Weights *d_w, Positions *d_embedded)
{
    Positions d_x[WIDTH], d_hidden[HIDDEN], d_normal[WIDTH], d_attended[WIDTH];
    Positions d_qkv[3 * WIDTH] = {{0}};
    linear_backward(TOKENS, WIDTH, w->lm_head[0], a->top, d_logits, d_w->lm_head[0], d_x);

    linear_backward(WIDTH, HIDDEN, w->fc2[0], a->hidden, d_x, d_w->fc2[0], d_hidden);
    for (int i = 0; i < HIDDEN; i++)
        for (int t = 0; t < POSITIONS; t++)
            d_hidden[i][t] = a->hidden[i][t] > 0 ? d_hidden[i][t] : 0;
    linear_backward(HIDDEN, WIDTH, w->fc1[0], a->middle_normal, d_hidden, d_w->fc1[0], d_normal);
    rmsnorm_backward(d_normal, a->middle_normal, a->middle_scale, d_x);

    linear_backward(WIDTH, WIDTH, w->wo[0], a->attended, d_x, d_w->wo[0], d_attended);
    for (int start = 0; start < WIDTH; start += HEAD_SIZE)
        attend_backward(a->qkv + start, a->qkv + WIDTH + start, a->qkv + 2 * WIDTH + start,
                        a->attention[start / HEAD_SIZE], d_attended + start, d_qkv + start,
                        d_qkv + WIDTH + start, d_qkv + 2 * WIDTH + start);
    linear_backward(3 * WIDTH, WIDTH, w->qkv[0], a->normal, d_qkv, d_w->qkv[0], d_normal);
    rmsnorm_backward(d_normal, a->normal, a->scale, d_x);

    memset(d_embedded, 0, WIDTH * sizeof *d_embedded);
    rmsnorm_backward(d_x, a->x, a->embedded_scale, d_embedded);
    memset(d_w->wpe, 0, sizeof d_w->wpe);
    for (int t = 0; t < POSITIONS; t++)
        for (int i = 0; i < WIDTH; i++)
            d_w->wpe[t][i] = d_embedded[i][t];
}

/* The loss of a document given as one-hot rows, and its gradients by the weights */
double loss(const Weights *w, const double inputs[POSITIONS][TOKENS],
            const double targets[POSITIONS][TOKENS], Weights *d_w)
{
    Activations a;
    Positions d_logits[TOKENS], d_embedded[WIDTH];
    double result = 0;
    for (int i = 0; i < WIDTH; i++)
        for (int t = 0; t < POSITIONS; t++) {
            double sum = 0;
            for (int k = 0; k < TOKENS; k++)
                sum += inputs[t][k] * w->wte[k][i];
            a.embedded[i][t] = sum;
        }
    forward(w, &a);
    for (int t = 0; t < POSITIONS; t++) {
        double picked = 0;
        for (int k = 0; k < TOKENS; k++) {
            picked += a.predicted[k][t] * targets[t][k];
            d_logits[k][t] = (a.predicted[k][t] - targets[t][k]) / POSITIONS;
        }
        result -= log(picked) / POSITIONS;
    }
    backward(w, &a, d_logits, d_w, d_embedded);
    for (int k = 0; k < TOKENS; k++)
        for (int i = 0; i < WIDTH; i++) {
            double sum = 0;
            for (int t = 0; t < POSITIONS; t++)
                sum += inputs[t][k] * d_embedded[i][t];
            d_w->wte[k][i] = sum;
        }
    return result;
}

/* The loss of a document given as indexes, and its gradients by the weights */
double token_loss(const Weights *w, const int inputs[POSITIONS], const int targets[POSITIONS],
                  Weights *d_w)
{
    Activations a;
    Positions d_logits[TOKENS], d_embedded[WIDTH];
    double result = 0;
    for (int t = 0; t < POSITIONS; t++)
        for (int i = 0; i < WIDTH; i++)
            a.embedded[i][t] = w->wte[inputs[t]][i];
    forward(w, &a);
    for (int k = 0; k < TOKENS; k++)
        for (int t = 0; t < POSITIONS; t++)
            d_logits[k][t] = a.predicted[k][t] / POSITIONS;
    for (int t = 0; t < POSITIONS; t++) {
        result -= log(a.predicted[targets[t]][t]) / POSITIONS;
        d_logits[targets[t]][t] -= 1.0 / POSITIONS;
    }
    backward(w, &a, d_logits, d_w, d_embedded);
    memset(d_w->wte, 0, sizeof d_w->wte);
    for (int t = 0; t < POSITIONS; t++)
        for (int i = 0; i < WIDTH; i++)
            d_w->wte[inputs[t]][i] += d_embedded[i][t];
    return result;
}
