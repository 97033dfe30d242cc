/* Products of matrices, C = f A B + bias for many models and, within a model, many pairs of matrices, with what is done to
 * rows of C besides, so that these need not be read again. Included once for each kernel: NAME it, DOWN and OVER the rows
 * and columns of a thread, ADD_PRODUCT what is added to a sum of two numbers, and UNITS, if there are any, what multiplies on
 * a card in tiles of 64 by 64 (units.h). A tile has 16 DOWN rows and 16 OVER columns.
 *
 * operands: 0 A, 1 B, 2 C, 3 bias (of C's columns) if any, 4 summands that lie as C does, if any, 5 what activations are
 * written to or slopes are taken at, as C lies too, 6 sums of B's columns if they are asked for, [N] for each part
 * n: 0 M, 1 N, 2 K, 3-5 numbers between the rows of A, B, C as they lie, 6 flags (1 A lies transposed, 2 B does, 4 C is
 * added to, 8 its activations are written too, 16 it is multiplied by slopes, 32 the kind of activation, 128 sums of
 * columns are added to), 7 pairs in an inner row, 8 pairs in all, 9/10 A's, 11/12 B's, 13/14 C's distance between outer and
 * inner pairs, 15 how much of K a block sums
 * blocks: tile * pairs + pair; parts: of K, part z of C lies z M N numbers behind its first
 *
 * Every number of C is one chain over its part of K, in order, whatever the tile is. */
#define HIGH (16 * DOWN)
#define BROAD (16 * OVER)
#define DEPTH 16
#ifdef UNITS
#define BESIDE 8
#else
#define BESIDE 4
#endif

KERNEL(NAME) {
  const int m = N(0), n = N(1), lda = N(3), ldb = N(4), ldc = N(5), flags = N(6);
  const int pair = BLOCK % N(8), tile = BLOCK / N(8), outer = pair / N(7), inner = pair % N(7);
  const float *left = FLOATS(0, LANE) + (i64)outer * N(9) + (i64)inner * N(10);
  const float *right = FLOATS(1, LANE) + (i64)outer * N(11) + (i64)inner * N(12);
  const i64 first = (i64)outer * N(13) + (i64)inner * N(14) + (i64)PART * m * n;
  float *out = FLOATS(2, LANE) + first;
  const float *bias = THERE(3) ? FLOATS(3, LANE) : 0;
  const float *summands = THERE(4) ? FLOATS(4, LANE) + first : 0;
  float *active = THERE(5) ? FLOATS(5, LANE) + first : 0;
  const float factor = (float)a.f[0];
  const int tiles = (n + BROAD - 1) / BROAD;
  const int row0 = tile / tiles * HIGH, column0 = tile % tiles * BROAD;
  const int from = PART * N(15);
  const int until = from + N(15) < N(2) ? from + N(15) : N(2);
  SHARED ALIGNED float some_left[DEPTH][HIGH + BESIDE];
  SHARED ALIGNED float some_right[DEPTH][BROAD + BESIDE];
  OWN(float, sum, DOWN *OVER);
  OWN(float, column_sum, 1);
  EACH_THREAD
  for (int i = 0; i < DOWN * OVER; i++) OF(sum)[i] = 0.0f;
  OF(column_sum)[0] = 0.0f;
  TOGETHER
  for (int start = from; start < until; start += DEPTH) {
    EACH_THREAD
    /* Neighbouring threads read neighbours in memory. */
    for (int i = t; i < HIGH * DEPTH; i += THREADS) {
      if (flags & 1) {
        const int across = i % HIGH, along = i / HIGH, row = row0 + across, k = start + along;
        some_left[along][across] = row < m && k < until ? left[k * lda + row] : 0.0f;
      } else {
        const int deep = i % DEPTH, beside = i / DEPTH, row = row0 + beside, k = start + deep;
        some_left[deep][beside] = row < m && k < until ? left[row * lda + k] : 0.0f;
      }
    }
    for (int i = t; i < BROAD * DEPTH; i += THREADS) {
      if (flags & 2) {
        const int deep = i % DEPTH, beside = i / DEPTH, column = column0 + beside, k = start + deep;
        some_right[deep][beside] = column < n && k < until ? right[column * ldb + k] : 0.0f;
      } else {
        const int across = i % BROAD, along = i / BROAD, column = column0 + across, k = start + along;
        some_right[along][across] = column < n && k < until ? right[k * ldb + column] : 0.0f;
      }
    }
    TOGETHER
    EACH_THREAD
    /* A card goes all the way, in a loop of known length: what lies beyond is 0. */
    const int deep = OR_ALL(until - start, DEPTH);
#if defined(__CUDACC__) && defined(UNITS)
    UNITS(sum, some_left, some_right, t);
#else
    const int down = t / 16 * DOWN, over = t % 16 * OVER;
    FOUR_BY_FOUR
    for (int k = 0; k < deep; k++) {
      float x[DOWN], y[OVER];
      for (int i = 0; i < DOWN; i++) x[i] = some_left[k][down + i];
      for (int j = 0; j < OVER; j++) y[j] = some_right[k][over + j];
      for (int i = 0; i < DOWN; i++)
        for (int j = 0; j < OVER; j++) OF(sum)[i * OVER + j] = ADD_PRODUCT(x[i], y[j], OF(sum)[i * OVER + j]);
    }
#endif
    if (THERE(6) && row0 == 0 && t < BROAD)
      for (int k = 0; k < deep; k++) OF(column_sum)[0] += some_right[k][t];
    TOGETHER
  }
  EACH_THREAD
  if (THERE(6) && row0 == 0 && t < BROAD && column0 + t < n) {
    float *sums = FLOATS(6, LANE) + PART * n + column0 + t;
    *sums = flags & 128 ? *sums + OF(column_sum)[0] : OF(column_sum)[0];
  }
  TOGETHER
  /* Sixteen rows at a time, so that neighbouring threads write neighbours too. */
  for (int stage = 0; stage < HIGH && row0 + stage < m; stage += 16) {
    EACH_THREAD
#if defined(__CUDACC__) && defined(UNITS)
    if (unit_row(t, 0) / 16 * 16 == stage)
      for (int i = 0; i < DOWN * OVER; i++) some_right[unit_row(t, i) - stage][unit_column(t, i)] = sum[i];
#else
    const int down = t / 16 * DOWN - stage, over = t % 16 * OVER;
    if (down >= 0 && down < 16)
      for (int i = 0; i < DOWN * OVER; i++) some_right[down + i / OVER][over + i % OVER] = OF(sum)[i];
#endif
    TOGETHER
    EACH_THREAD
    ONE_BY_ONE
    for (int i = t; i < 16 * BROAD; i += THREADS) {
      const int row = row0 + stage + i / BROAD, column = column0 + i % BROAD, at = row * ldc + column;
      if (row >= m || column >= n) continue;
      float value = some_right[i / BROAD][i % BROAD] * factor;
      if (bias) value += bias[column];
      if (summands) value += summands[at];
      if (flags & 16) value *= slope_of(active[at], flags / 32 % 4);
      if (flags & 4) value += out[at];
      out[at] = value;
      if (flags & 8) active[at] = activated(value, flags / 32 % 4);
    }
    TOGETHER
  }
}

#undef HIGH
#undef BROAD
#undef DEPTH
#undef BESIDE
#undef NAME
#undef DOWN
#undef OVER
#undef ADD_PRODUCT
#undef UNITS
