/* Causal attention that does not write its weights: they are made where they are needed, tile by tile (Dao et al. 2022).
 * Included once for each width of heads: WIDTH is the largest, DOWN and OVER the rows of a tile for each 16, and their
 * OF_WIDTH names.
 *
 * Of `own` rows a block has 16 DOWN, and goes through the `others` 16 OVER at a time: a product of both gives scores
 * [own, others], a product of what becomes of them with the others sums [own, width]. Thread 16 i + j has the own rows
 * DOWN i and next, of scores the others j and j + 16, of sums the numbers j, j + 16, ... of a row.
 *
 * operands of all: 0 queries, 1 keys, 2 values, 3 the largest score of each row, the sum of exponentials and, once `attend_rows`
 * has written it, what all gradients of its weights have in common, 4 tokens of the rows if they are not all, 5 slope of each
 * head if any (Press et al. 2022)
 * n of all: 0 sequences times heads, 1 heads, 2 width of a head, 3 rows, 4 keys, 5/6 numbers between two queries and between two
 * keys, 7 and values, 8 whether weights are the softmax (Vaswani et al. 2017) or each over their number (Ahn et al.
 * 2023); f: 0 factor of scores
 * blocks: tile * pairs + pair */
#define HIGH (16 * DOWN)
#define LONG (16 * OVER)
#define BESIDE 4
#define STRIDE (WIDTH + BESIDE)
#define SUMS ((WIDTH + 15) / 16)

/* What a block of this attention is about. */
#define THIS_PAIR                                                                                                      \
  const int pair = BLOCK % N(0), tile = BLOCK / N(0), sequence = pair / N(1), head = pair % N(1), width = N(2);          \
  const int rows = N(3), keys = N(4), whole = (width + 3) / 4 * 4;                                                     \
  const float *query = FLOATS(0, LANE) + (i64)sequence * rows * N(5) + head * width;                                   \
  const float *key = FLOATS(1, LANE) + (i64)sequence * keys * N(6) + head * width;                                     \
  const float *value = FLOATS(2, LANE) + (i64)sequence * keys * N(7) + head * width;                                   \
  float *kept = FLOATS(3, LANE) + (i64)pair * rows * 3;                                                                \
  const int *tokens = THERE(4) ? INTS(4, LANE) : 0;                                                                    \
  const float slope = THERE(5) ? FLOATS(5, LANE)[head] : 0.0f, factor = (float)a.f[0];

/* Brings some rows into a tile; what there is not is 0. */
#define BRING(into, count, from, first, end, apart)                                                                    \
  for (int i = t; i < (count) * whole; i += THREADS) {                                                                 \
    const int row = i / whole, at = i % whole;                                                                         \
    (into)[row][at] = (first) + row < (end) && at < width ? (from)[((first) + row) * (apart) + at] : 0.0f;              \
  }

/* Products of own rows with others, number after number. */
#define DOTS(sum, own, others)                                                                                         \
  {                                                                                                                    \
    for (int i = 0; i < DOWN * OVER; i++) (sum)[i] = 0.0f;                                                             \
    for (int at = 0; at < whole; at += 4)                                                                              \
      for (int i = 0; i < DOWN; i++)                                                                                   \
        for (int j = 0; j < OVER; j++)                                                                                 \
          for (int k = 0; k < 4; k++)                                                                                  \
            (sum)[i * OVER + j] = MULTIPLY_ADD((own)[t / 16 * DOWN + i][at + k], (others)[t % 16 + 16 * j][at + k],    \
                                               (sum)[i * OVER + j]);                                                   \
  }

/* Adds the products of what own rows have of the others with these. */
#define MIX(sum, weights, others)                                                                                      \
  for (int other = 0; other < LONG; other += 4)                                                                        \
    for (int at = 0; at < SUMS; at++)                                                                                  \
      if (16 * at < width)                                                                                             \
        for (int k = 0; k < 4; k++)                                                                                    \
          for (int i = 0; i < DOWN; i++)                                                                               \
            (sum)[i * SUMS + at] = MULTIPLY_ADD((weights)[t / 16 * DOWN + i][other + k],                               \
                                                (others)[other + k][t % 16 + 16 * at], (sum)[i * SUMS + at]);

/* A score as it is before the softmax, of a row that sees the key. */
#define SCORE(dot, token, at) ((dot) * factor - slope * (float)((token) - (at)))

/* operands: 6 out; n: 9 numbers between two rows of out */
KERNEL(OF_WIDTH(attend)) {
  THIS_PAIR
  const int row0 = tile * HIGH, softmax = N(8);
  float *out = FLOATS(6, LANE) + (i64)sequence * rows * N(9) + head * width;
  SHARED ALIGNED float some_queries[HIGH][STRIDE];
  SHARED ALIGNED float some_keys[LONG][STRIDE];
  SHARED ALIGNED float some_values[LONG][STRIDE];
  SHARED ALIGNED float weights[HIGH][LONG + BESIDE];
  SHARED ALIGNED float part[HIGH][16 + BESIDE];
  OWN(float, most, DOWN);
  OWN(float, total, DOWN);
  OWN(float, shrink, DOWN);
  OWN(float, score, DOWN *OVER);
  OWN(float, mixed, DOWN *SUMS);
  /* No row of the block sees a key from here on. */
  const int last = row0 + HIGH < rows ? row0 + HIGH - 1 : rows - 1;
  const int end = (tokens ? tokens[last] : last) + 1;
  EACH_THREAD
  BRING(some_queries, HIGH, query, row0, rows, N(5))
  for (int i = 0; i < DOWN; i++) {
    OF(most)[i] = -INFINITY;
    OF(total)[i] = 0.0f;
    for (int at = 0; at < SUMS; at++) OF(mixed)[i * SUMS + at] = 0.0f;
  }
  TOGETHER
  for (int key0 = 0; key0 < end; key0 += LONG) {
    EACH_THREAD
    BRING(some_keys, LONG, key, key0, end, N(6))
    BRING(some_values, LONG, value, key0, end, N(7))
    TOGETHER
    EACH_THREAD
    DOTS(OF(score), some_queries, some_keys)
    for (int i = 0; i < DOWN; i++) {
      const int row = row0 + t / 16 * DOWN + i, token = row < rows ? (tokens ? tokens[row] : row) : 0;
      float largest = -INFINITY;
      for (int j = 0; j < OVER; j++) {
        const int at = key0 + t % 16 + 16 * j;
        float *one = OF(score) + i * OVER + j;
        *one = at <= token ? SCORE(*one, token, at) : -INFINITY;
        if (*one > largest || *one != *one) largest = *one;
      }
      part[t / 16 * DOWN + i][t % 16] = largest;
    }
    TOGETHER
    EACH_THREAD
    for (int i = 0; i < DOWN; i++) {
      const int row = row0 + t / 16 * DOWN + i, token = row < rows ? (tokens ? tokens[row] : row) : 0;
      float largest = OF(most)[i];
      for (int j = 0; j < 16; j++) {
        const float one = part[t / 16 * DOWN + i][j];
        if (one > largest || one != one) largest = one;
      }
      OF(shrink)[i] = softmax && key0 > 0 ? expf(OF(most)[i] - largest) : 1.0f;
      OF(most)[i] = largest;
      OF(total)[i] *= OF(shrink)[i];
      for (int j = 0; j < OVER; j++) {
        const float one = OF(score)[i * OVER + j];
        const int seen = key0 + t % 16 + 16 * j <= token;
        const float weight = !seen ? 0.0f : softmax ? expf(one - largest) : one / (float)(token + 1);
        weights[t / 16 * DOWN + i][t % 16 + 16 * j] = weight;
        OF(total)[i] += weight;
      }
    }
    TOGETHER
    EACH_THREAD
    for (int i = 0; i < DOWN; i++)
      for (int at = 0; at < SUMS; at++) OF(mixed)[i * SUMS + at] *= OF(shrink)[i];
    MIX(OF(mixed), weights, some_values)
    TOGETHER
  }
  EACH_THREAD
  for (int i = 0; i < DOWN; i++) part[t / 16 * DOWN + i][t % 16] = OF(total)[i];
  TOGETHER
  EACH_THREAD
  for (int i = 0; i < DOWN; i++) {
    const int row = row0 + t / 16 * DOWN + i;
    if (row < rows) {
      float sum = 0.0f;
      for (int j = 0; j < 16; j++) sum += part[t / 16 * DOWN + i][j];
      if (!softmax) sum = 1.0f;
      for (int at = 0; at < SUMS; at++)
        if (t % 16 + 16 * at < width) out[row * N(9) + t % 16 + 16 * at] = OF(mixed)[i * SUMS + at] / sum;
      if (t % 16 == 0) {
        kept[3 * row] = softmax ? OF(most)[i] : 0.0f;
        kept[3 * row + 1] = sum;
      }
    }
  }
  TOGETHER
}

/* The weight of a key for a row that sees it, of its product with the query, and the gradient of that product. */
#define WEIGHT(dot, token, at, most, sum)                                                                              \
  (softmax ? expf(SCORE(dot, token, at) - (most)) / (sum) : SCORE(dot, token, at) / (float)((token) + 1))
#define GRADIENT(weight, grad, token, common)                                                                          \
  (softmax ? (weight) * ((grad) - (common)) : (grad) / (float)((token) + 1))

/* The gradients of queries. operands: 6 mixed values, 7 their gradients, 8 out; n: 9 numbers between two rows of mixed
 * values and of their gradients, 10 of out, 11 whether out is added to */
KERNEL(OF_WIDTH(attend_rows)) {
  THIS_PAIR
  const int row0 = tile * HIGH, softmax = N(8);
  const float *mixed = FLOATS(6, LANE) + (i64)sequence * rows * N(9) + head * width;
  const float *grads = FLOATS(7, LANE) + (i64)sequence * rows * N(9) + head * width;
  float *out = FLOATS(8, LANE) + (i64)sequence * rows * N(10) + head * width;
  SHARED ALIGNED float some_queries[HIGH][STRIDE];
  SHARED ALIGNED float some_grads[HIGH][STRIDE];
  SHARED ALIGNED float some_keys[LONG][STRIDE];
  SHARED ALIGNED float some_values[LONG][STRIDE];
  SHARED ALIGNED float slopes[HIGH][LONG + BESIDE];
  SHARED float common[HIGH];
  OWN(float, sum, DOWN *SUMS);
  const int last = row0 + HIGH < rows ? row0 + HIGH - 1 : rows - 1;
  const int end = (tokens ? tokens[last] : last) + 1;
  EACH_THREAD
  BRING(some_queries, HIGH, query, row0, rows, N(5))
  BRING(some_grads, HIGH, grads, row0, rows, N(9))
  for (int i = 0; i < DOWN * SUMS; i++) OF(sum)[i] = 0.0f;
  TOGETHER
  EACH_THREAD
  if (t < HIGH && row0 + t < rows) {
    float both = 0.0f;
    for (int at = 0; at < width; at++) both += mixed[(row0 + t) * N(9) + at] * some_grads[t][at];
    common[t] = both;
    kept[3 * (row0 + t) + 2] = both;
  }
  TOGETHER
  for (int key0 = 0; key0 < end; key0 += LONG) {
    EACH_THREAD
    BRING(some_keys, LONG, key, key0, end, N(6))
    BRING(some_values, LONG, value, key0, end, N(7))
    TOGETHER
    EACH_THREAD
    float score[DOWN * OVER], grad[DOWN * OVER];
    DOTS(score, some_queries, some_keys)
    DOTS(grad, some_grads, some_values)
    for (int i = 0; i < DOWN; i++) {
      const int own = t / 16 * DOWN + i, row = row0 + own, token = row < rows ? (tokens ? tokens[row] : row) : -1;
      for (int j = 0; j < OVER; j++) {
        const int at = key0 + t % 16 + 16 * j;
        float slope_here = 0.0f;
        if (at <= token) {
          const float weight = WEIGHT(score[i * OVER + j], token, at, kept[3 * row], kept[3 * row + 1]);
          slope_here = GRADIENT(weight, grad[i * OVER + j], token, common[own]);
        }
        slopes[own][t % 16 + 16 * j] = slope_here;
      }
    }
    TOGETHER
    EACH_THREAD
    MIX(OF(sum), slopes, some_keys)
    TOGETHER
  }
  EACH_THREAD
  for (int i = 0; i < DOWN; i++) {
    const int row = row0 + t / 16 * DOWN + i;
    for (int at = 0; at < SUMS; at++) {
      const int to = row * N(10) + t % 16 + 16 * at;
      if (row < rows && t % 16 + 16 * at < width) out[to] = (N(11) ? out[to] : 0.0f) + OF(sum)[i * SUMS + at] * factor;
    }
  }
  TOGETHER
}

/* The gradients of keys and values. operands: 6 gradients of mixed values, 7 out of keys, 8 out of values; n: 9 numbers
 * between two rows of the gradients, 10 of out of keys, 11 and of values, 12/13 whether these are added to */
KERNEL(OF_WIDTH(attend_keys)) {
  THIS_PAIR
  const int key0 = tile * HIGH, softmax = N(8);
  const float *grads = FLOATS(6, LANE) + (i64)sequence * rows * N(9) + head * width;
  float *to_keys = FLOATS(7, LANE) + (i64)sequence * keys * N(10) + head * width;
  float *to_values = FLOATS(8, LANE) + (i64)sequence * keys * N(11) + head * width;
  SHARED ALIGNED float some_keys[HIGH][STRIDE];
  SHARED ALIGNED float some_values[HIGH][STRIDE];
  SHARED ALIGNED float some_queries[LONG][STRIDE];
  SHARED ALIGNED float some_grads[LONG][STRIDE];
  SHARED ALIGNED float weights[HIGH][LONG + BESIDE];
  SHARED ALIGNED float slopes[HIGH][LONG + BESIDE];
  OWN(float, key_sum, DOWN *SUMS);
  OWN(float, value_sum, DOWN *SUMS);
  EACH_THREAD
  BRING(some_keys, HIGH, key, key0, keys, N(6))
  BRING(some_values, HIGH, value, key0, keys, N(7))
  for (int i = 0; i < DOWN * SUMS; i++) OF(key_sum)[i] = OF(value_sum)[i] = 0.0f;
  TOGETHER
  for (int row0 = 0; row0 < rows; row0 += LONG) {
    /* Tokens are in order: where the last row sees no key of the block, none before it does. */
    const int last = row0 + LONG < rows ? row0 + LONG - 1 : rows - 1;
    if ((tokens ? tokens[last] : last) < key0) continue;
    EACH_THREAD
    BRING(some_queries, LONG, query, row0, rows, N(5))
    BRING(some_grads, LONG, grads, row0, rows, N(9))
    TOGETHER
    EACH_THREAD
    float score[DOWN * OVER], grad[DOWN * OVER];
    DOTS(score, some_keys, some_queries)
    DOTS(grad, some_values, some_grads)
    for (int j = 0; j < OVER; j++) {
      const int row = row0 + t % 16 + 16 * j, token = row < rows ? (tokens ? tokens[row] : row) : -1;
      for (int i = 0; i < DOWN; i++) {
        const int own = t / 16 * DOWN + i, at = key0 + own;
        float weight = 0.0f, slope_here = 0.0f;
        if (at <= token) {
          weight = WEIGHT(score[i * OVER + j], token, at, kept[3 * row], kept[3 * row + 1]);
          slope_here = GRADIENT(weight, grad[i * OVER + j], token, kept[3 * row + 2]);
        }
        weights[own][t % 16 + 16 * j] = weight;
        slopes[own][t % 16 + 16 * j] = slope_here;
      }
    }
    TOGETHER
    EACH_THREAD
    MIX(OF(value_sum), weights, some_grads)
    MIX(OF(key_sum), slopes, some_queries)
    TOGETHER
  }
  EACH_THREAD
  for (int i = 0; i < DOWN; i++) {
    const int at_key = key0 + t / 16 * DOWN + i;
    for (int at = 0; at < SUMS; at++) {
      const int column = t % 16 + 16 * at;
      if (at_key >= keys || column >= width) continue;
      float *one = to_keys + at_key * N(10) + column, *other = to_values + at_key * N(11) + column;
      *one = (N(12) ? *one : 0.0f) + OF(key_sum)[i * SUMS + at] * factor;
      *other = (N(13) ? *other : 0.0f) + OF(value_sum)[i * SUMS + at];
    }
  }
  TOGETHER
}

#undef HIGH
#undef LONG
#undef BESIDE
#undef STRIDE
#undef SUMS
#undef THIS_PAIR
#undef BRING
#undef DOTS
#undef MIX
#undef SCORE
#undef WEIGHT
#undef GRADIENT
#undef WIDTH
#undef DOWN
#undef OVER
#undef OF_WIDTH
