/* What attention needs besides products: rotary positions, the weights of scores, and their gradients. */
#include "common.h"

/* Rotary embedding (Su et al. 2021): of the first 2 `half` numbers of a head, `i` and `i + half` are turned together.
 * operands: 0 in, 1 out, 2 cosines and behind them sines for every token, 3 tokens of the rows if they are not all; n: 0
 * sequences, 1 rows, 2 heads, 3 width of a head, 4 half, 5/6 numbers between rows of in and out, 7 tokens of the table, 8
 * whether it turns back, 9 whether out is added to; blocks: numbers */
KERNEL(rotate) {
  const float *in = FLOATS(0, LANE), *table = FLOATS(2, LANE);
  float *out = FLOATS(1, LANE);
  const int width = N(3), half = N(4), all = N(2) * width;
  EACH_THREAD
  FOUR(N(0) * N(1) * all) {
    const int row = i / all, column = i % all, at = column % width;
    const float *from = in + row * N(5) + column;
    float value = from[0];
    if (at < 2 * half) {
      const int token = THERE(3) ? INTS(3, LANE)[row % N(1)] : row % N(1);
      const int angle = token * half + at % half;
      const float cosine = table[angle];
      const float sine = (N(8) ? -1.0f : 1.0f) * table[N(7) * half + angle];
      value = at < half ? from[0] * cosine - from[half] * sine : from[0] * cosine + from[-half] * sine;
    }
    const int to = row * N(6) + column;
    out[to] = N(9) ? out[to] + value : value;
  }
  TOGETHER
}

/* Scores, which are divided by the root of a head's width already, become weights: by the softmax of those that a query
 * sees (Vaswani et al. 2017), or each over their number (Ahn et al. 2023). operands: 0 scores and weights, 1 slope of
 * each head if any (Press et al. 2022), 2 tokens of the rows if they are not all; n: 0 rows of all heads and sequences, 1
 * rows of a head, 2 heads, 3 keys, 4 whether it is the softmax; blocks: rows */
KERNEL(weigh) {
  SHARED float part[THREADS];
  SHARED float most[ROWS];
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW, head = row / N(1) % N(2);
  float *scores = FLOATS(0, LANE) + row * N(3);
  part[t] = -INFINITY;
  if (row < N(0)) {
    const int token = THERE(2) ? INTS(2, LANE)[row % N(1)] : row % N(1);
    const float slope = THERE(1) ? FLOATS(1, LANE)[head] : 0.0f;
    for (int key = t % ROW; key < N(3); key += ROW) {
      if (key > token) {
        scores[key] = 0.0f;
      } else {
        scores[key] -= slope * (float)(token - key);
        if (!N(4)) scores[key] /= (float)(token + 1);
        if (scores[key] > part[t] || scores[key] != scores[key]) part[t] = scores[key];
      }
    }
  }
  TOGETHER
  if (!N(4)) return;
  MOST_OF_ROWS(part)
  EACH_THREAD
  if (t % ROW == 0) most[t / ROW] = part[t];
  TOGETHER
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  float *scores = FLOATS(0, LANE) + row * N(3);
  part[t] = 0.0f;
  if (row < N(0)) {
    const int token = THERE(2) ? INTS(2, LANE)[row % N(1)] : row % N(1);
    for (int key = t % ROW; key < N(3) && key <= token; key += ROW) {
      scores[key] = expf(scores[key] - most[t / ROW]);
      part[t] += scores[key];
    }
  }
  TOGETHER
  SUM_ROWS(part)
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  float *scores = FLOATS(0, LANE) + row * N(3);
  if (row < N(0)) {
    const int token = THERE(2) ? INTS(2, LANE)[row % N(1)] : row % N(1);
    const float sum = part[t - t % ROW];
    for (int key = t % ROW; key < N(3) && key <= token; key += ROW) scores[key] /= sum;
  }
  TOGETHER
}

/* The gradients of scores, in the place of those of weights. operands: 0 weights, 1 gradients, 2 tokens of the rows if
 * they are not all; n: as of `weigh`; blocks: rows */
KERNEL(weigh_back) {
  SHARED float part[THREADS];
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *weights = FLOATS(0, LANE) + row * N(3);
  float *grads = FLOATS(1, LANE) + row * N(3);
  part[t] = 0.0f;
  if (row < N(0)) {
    const int token = THERE(2) ? INTS(2, LANE)[row % N(1)] : row % N(1);
    for (int key = t % ROW; key < N(3); key += ROW) {
      if (key > token) grads[key] = 0.0f;
      if (!N(4)) grads[key] /= (float)(token + 1);
      part[t] += weights[key] * grads[key];
    }
  }
  TOGETHER
  if (!N(4)) return;
  SUM_ROWS(part)
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *weights = FLOATS(0, LANE) + row * N(3);
  float *grads = FLOATS(1, LANE) + row * N(3);
  if (row < N(0)) {
    const float sum = part[t - t % ROW];
    for (int key = t % ROW; key < N(3); key += ROW) grads[key] = weights[key] * (grads[key] - sum);
  }
  TOGETHER
}

/* Weights times factors that all heads share. operands: 0 weights, 1 factors for every token, 2 tokens of the rows if
 * they are not all, 3 out; n: 0 sequences, 1 rows, 2 heads, 3 keys, 4 factors of a sequence, 0 where all have the same;
 * blocks: numbers */
KERNEL(scale) {
  const float *in = FLOATS(0, LANE), *factors = FLOATS(1, LANE);
  float *out = FLOATS(3, LANE);
  EACH_THREAD
  FOUR(N(0) * N(1) * N(2) * N(3)) {
    const int key = i % N(3), row = i / N(3) % N(1), sequence = i / N(3) / N(1) / N(2);
    const int token = THERE(2) ? INTS(2, LANE)[row] : row;
    out[i] = in[i] * factors[sequence * N(4) + token * N(3) + key];
  }
  TOGETHER
}
