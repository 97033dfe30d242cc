/* Products of matrices, C = f A B + bias for many models and, within a model, many pairs of matrices. Included once for
 * each kernel: NAME it, EACH the rows and columns of a thread, ROUNDED what becomes of numbers before they are multiplied, and
 * UNITS, if there are any, what multiplies on a card in tiles of 64 (units.h). A tile is 16 EACH numbers wide and high.
 *
 * operands: 0 A, 1 B, 2 C, 3 bias (of C's columns) if any
 * n: 0 M, 1 N, 2 K, 3-5 numbers between the rows of A, B, C as they lie, 6 flags (1 A lies transposed, 2 B does, 4 C is
 * added to), 7 pairs in an inner row, 8 pairs in all, 9/10 A's, 11/12 B's, 13/14 C's distance between outer and inner
 * pairs, 15 how much of K a block sums
 * blocks: tile * pairs + pair; parts: of K, part z of C lies z M N numbers behind its first
 *
 * Every number of C is one chain over its part of K, in order, whatever the tile is. */
#define TILE (16 * EACH)
#define DEPTH 16

KERNEL(NAME) {
  const int m = N(0), n = N(1), lda = N(3), ldb = N(4), ldc = N(5), flags = N(6);
  const int pair = BLOCK % N(8), tile = BLOCK / N(8), outer = pair / N(7), inner = pair % N(7);
  const float *left = FLOATS(0, LANE) + outer * N(9) + inner * N(10);
  const float *right = FLOATS(1, LANE) + outer * N(11) + inner * N(12);
  float *out = FLOATS(2, LANE) + outer * N(13) + inner * N(14) + PART * m * n;
  const float *bias = THERE(3) ? FLOATS(3, LANE) : 0;
  const float factor = (float)a.f[0];
  const int tiles = (n + TILE - 1) / TILE;
  const int row0 = tile / tiles * TILE, column0 = tile % tiles * TILE;
  const int from = PART * N(15);
  const int until = from + N(15) < N(2) ? from + N(15) : N(2);
  SHARED float some_left[DEPTH][TILE + 1];
  SHARED float some_right[DEPTH][TILE + 1];
  OWN(float, sum, EACH *EACH);
  EACH_THREAD
  for (int i = 0; i < EACH * EACH; i++) OF(sum)[i] = 0.0f;
  TOGETHER
  for (int start = from; start < until; start += DEPTH) {
    EACH_THREAD
    for (int i = t; i < TILE * DEPTH; i += THREADS) {
      /* Neighbouring threads read neighbours in memory. */
      const int across = i % TILE, along = i / TILE, deep = i % DEPTH, beside = i / DEPTH;
      if (flags & 1) {
        const int row = row0 + across, k = start + along;
        some_left[along][across] = row < m && k < until ? left[k * lda + row] : 0.0f;
      } else {
        const int row = row0 + beside, k = start + deep;
        some_left[deep][beside] = row < m && k < until ? left[row * lda + k] : 0.0f;
      }
      if (flags & 2) {
        const int column = column0 + beside, k = start + deep;
        some_right[deep][beside] = column < n && k < until ? right[column * ldb + k] : 0.0f;
      } else {
        const int column = column0 + across, k = start + along;
        some_right[along][across] = column < n && k < until ? right[k * ldb + column] : 0.0f;
      }
    }
    TOGETHER
    EACH_THREAD
#if defined(__CUDACC__) && defined(UNITS)
    UNITS(sum, some_left, some_right, t);
#else
    const int down = t / 16, over = t % 16;
    const int deep = until - start < DEPTH ? until - start : DEPTH;
    for (int k = 0; k < deep; k++) {
      float x[EACH], y[EACH];
      for (int i = 0; i < EACH; i++) x[i] = ROUNDED(some_left[k][down + 16 * i]);
      for (int j = 0; j < EACH; j++) y[j] = ROUNDED(some_right[k][over + 16 * j]);
      for (int i = 0; i < EACH; i++)
        for (int j = 0; j < EACH; j++) OF(sum)[i * EACH + j] = MULTIPLY_ADD(x[i], y[j], OF(sum)[i * EACH + j]);
    }
#endif
    TOGETHER
  }
  EACH_THREAD
  for (int i = 0; i < EACH * EACH; i++) {
#if defined(__CUDACC__) && defined(UNITS)
    const int row = row0 + unit_row(t, i), column = column0 + unit_column(t, i);
#else
    const int row = row0 + t / 16 + i / EACH * 16, column = column0 + t % 16 + i % EACH * 16;
#endif
    if (row < m && column < n) {
      float value = OF(sum)[i] * factor;
      if (bias) value += bias[column];
      if (flags & 4) value += out[row * ldc + column];
      out[row * ldc + column] = value;
    }
  }
  TOGETHER
}

#undef TILE
#undef DEPTH
#undef NAME
#undef EACH
#undef ROUNDED
#undef UNITS
