/* Losses with their gradients, and the sums of what they are. */
#include "common.h"

/* The cross-entropy of the softmax over some columns. operands: 0 outputs, 1 gradient of them, added to, 2 labels, 3 what
 * each row weighs in the mean, 4 loss of each row, 5 weight of the term, as f64; n: 0 rows, 1 outputs, 2 first column, 3
 * columns; blocks: rows */
KERNEL(cross_entropy) {
  SHARED float part[THREADS];
  SHARED float most[ROWS];
  const float term = (float)*DOUBLES(5, LANE);
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *outputs = FLOATS(0, LANE) + row * N(1) + N(2);
  part[t] = -INFINITY;
  if (row < N(0))
    for (int i = t % ROW; i < N(3); i += ROW)
      if (outputs[i] > part[t] || outputs[i] != outputs[i]) part[t] = outputs[i];
  TOGETHER
  MOST_OF_ROWS(part)
  EACH_THREAD
  if (t % ROW == 0) most[t / ROW] = part[t];
  TOGETHER
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *outputs = FLOATS(0, LANE) + row * N(1) + N(2);
  part[t] = 0.0f;
  if (row < N(0))
    for (int i = t % ROW; i < N(3); i += ROW) part[t] += expf(outputs[i] - most[t / ROW]);
  TOGETHER
  SUM_ROWS(part)
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *outputs = FLOATS(0, LANE) + row * N(1) + N(2);
  float *grads = FLOATS(1, LANE) + row * N(1) + N(2);
  if (row < N(0)) {
    const float weight = FLOATS(3, LANE)[row], sum = part[t - t % ROW];
    const int label = INTS(2, LANE)[row];
    if (t % ROW == 0)
      FLOATS(4, LANE)[row] = weight == 0.0f ? 0.0f : weight * (logf(sum) + (most[t / ROW] - outputs[label]));
    if (weight != 0.0f)
      for (int i = t % ROW; i < N(3); i += ROW)
        grads[i] += term * weight * (expf(outputs[i] - most[t / ROW]) / sum - (i == label ? 1.0f : 0.0f));
  }
  TOGETHER
}

/* The squared error of some columns. operands: as of `cross_entropy`, but 2 targets and 3 weights of each number; n: the
 * same; blocks: rows */
KERNEL(squared_error) {
  SHARED float part[THREADS];
  const float term = (float)*DOUBLES(5, LANE);
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *outputs = FLOATS(0, LANE) + row * N(1) + N(2);
  const float *targets = FLOATS(2, LANE) + row * N(3), *weights = FLOATS(3, LANE) + row * N(3);
  float *grads = FLOATS(1, LANE) + row * N(1) + N(2);
  part[t] = 0.0f;
  if (row < N(0)) {
    for (int i = t % ROW; i < N(3); i += ROW) {
      const float error = outputs[i] - targets[i];
      if (weights[i] != 0.0f) {
        part[t] += weights[i] * error * error;
        grads[i] += 2.0f * term * weights[i] * error;
      }
    }
  }
  TOGETHER
  SUM_ROWS(part)
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  if (row < N(0) && t % ROW == 0) FLOATS(4, LANE)[row] = part[t];
  TOGETHER
}

/* Each term of the loss, and behind them their weighted sum, in f64. Of steps that are asked for together the sum is none
 * from the first on that is not finite, so that no later step changes anything. operands: 0 losses of the rows, term after
 * term, 1 weights of the terms, 2 how many rows each term has, 3 out, 4 a word that stays from one of these steps to the next,
 * if there are some, 5 the rule, the last number of which says whether a step is the first; n: 0 terms; one block */
KERNEL(sum_losses) {
  const float *rows = FLOATS(0, LANE);
  const double *weights = DOUBLES(1, LANE);
  const int *counts = INTS(2, LANE);
  double *out = DOUBLES(3, LANE);
  SHARED double part[THREADS];
  int first = 0;
  double total = 0.0;
  for (int term = 0; term < N(0); term++) {
    const int count = counts[term];
    EACH_THREAD
    part[t] = 0.0;
    for (int i = t; i < count; i += THREADS) part[t] += (double)rows[first + i];
    TOGETHER
    for (int apart = THREADS / 2; apart > 0; apart /= 2) {
      EACH_THREAD
      if (t < apart) part[t] += part[t + apart];
      TOGETHER
    }
    total += weights[term] * part[0];
    EACH_THREAD
    if (t == 0) out[term] = part[0];
    TOGETHER
    first += count;
  }
  EACH_THREAD
  if (t == 0) {
    if (THERE(4)) {
      int *over = (int *)WORDS(4, LANE);
      if (FLOATS(5, LANE)[11] != 0.0f) *over = 0;
      if (!is_finite(total)) *over = 1;
      if (*over) total = NAN;
    }
    out[N(0)] = total;
  }
  TOGETHER
}
