/* Optimizers as PyTorch computes them, and the noise of dropouts. */
#include "common.h"
#include "streams.h"

/* Numbers that one block adds the squares of. */
#define SQUARES 16384

/* The squares of a part of the gradients, added up in f64. operands: 0 gradients, 1 out; n: 0 numbers; blocks:
 * part */
KERNEL(squares) {
  const float *grads = FLOATS(0, LANE);
  const int from = BLOCK * SQUARES, until = from + SQUARES < N(0) ? from + SQUARES : N(0);
  SHARED double part[THREADS];
  EACH_THREAD
  part[t] = 0.0;
  for (int i = from + t; i < until; i += THREADS) part[t] += (double)grads[i] * (double)grads[i];
  TOGETHER
  for (int apart = THREADS / 2; apart > 0; apart /= 2) {
    EACH_THREAD
    if (t < apart) part[t] += part[t + apart];
    TOGETHER
  }
  EACH_THREAD
  if (t == 0) DOUBLES(1, LANE)[BLOCK] = part[0];
  TOGETHER
}

/* Changes the parameters of every model by one step, of a rule of its own; a model whose loss is not finite stays as it
 * is. operands: 0 parameters, 1 first and 2 second moments, 3 gradients, 4 the rule, 5 the loss, 6 squares of the
 * gradients, part after part; n: 0 numbers, 1 parts; blocks: numbers
 * The rule is: whether it is Adam, factor, decay, shrink, keep, take of both moments, size, root, eps; or descent with
 * factor, decay, momentum, rate; then the largest norm, if that is not below 0, and last whether it is
 * the first step of those that are asked for together. */
KERNEL(step) {
  float *values = FLOATS(0, LANE), *first = FLOATS(1, LANE), *second = FLOATS(2, LANE);
  const float *grads = FLOATS(3, LANE), *rule = FLOATS(4, LANE);
  const double *squares = DOUBLES(6, LANE);
  if (!is_finite(*DOUBLES(5, LANE))) return;
  float factor = rule[1];
  if (rule[10] >= 0.0f) {
    double sum = 0.0;
    for (int part = 0; part < N(1); part++) sum += squares[part];
    const double most = (double)rule[10] / (sqrt(sum) + 1e-6);
    factor = most < 1.0 ? (float)most : 1.0f;
  }
  EACH_THREAD
  for (int i = BLOCK * 4 * THREADS + t, end = i + 4 * THREADS; i < end && i < N(0); i += THREADS) {
    if (rule[0] != 0.0f) {
      const float value = values[i] * rule[3], grad = grads[i] * factor + rule[2] * value;
      const float mean = first[i] + rule[5] * (grad - first[i]);
      const float square = rule[4] * second[i] + rule[6] * grad * grad;
      first[i] = mean;
      second[i] = square;
      values[i] = value + rule[7] * mean / (sqrtf(square) / rule[8] + rule[9]);
    } else {
      const float grad = grads[i] * factor + rule[2] * values[i];
      first[i] = rule[3] * first[i] + grad;
      values[i] -= rule[4] * first[i];
    }
  }
  TOGETHER
}

/* Factors of a dropout: 0 for a share of the numbers, 1 / (1 - share) for the others, from the stream of each sequence.
 * operands: 0 keys of the streams, 1 out; n: 0 sequences, 1 numbers of a sequence; f: 0 share; blocks: blocks of
 * eight numbers */
KERNEL(noise) {
  const u32 *keys = (const u32 *)WORDS(0, LANE);
  float *out = FLOATS(1, LANE);
  const int blocks = (N(1) + 7) / 8;
  const float kept = (float)(1.0 / (1.0 - a.f[0]));
  EACH_THREAD
  const int i = BLOCK * THREADS + t;
  if (i < N(0) * blocks) {
    const int sequence = i / blocks, block = i % blocks;
    u64 numbers[8];
    block_of(keys + 8 * sequence, (u64)block, numbers);
    for (int at = 0; at < 8 && 8 * block + at < N(1); at++)
      out[sequence * N(1) + 8 * block + at] =
          (double)(numbers[at] >> 11) / 9007199254740992.0 < a.f[0] ? 0.0f : kept;
  }
  TOGETHER
}
