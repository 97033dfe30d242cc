/* Products as of product.h, of operands that are rounded first, with sums of 32 bits: on a card by its matrix units. Included
 * once for each kind of number: NAME the kernel, BRAIN whether numbers are of bf16, which keeps 8 bits of a number's digits
 * (the leading one included), or of TF32, which keeps 11. Tiles are of 64. */
#define TILE 64
#define DEPTH 16

#ifdef __CUDACC__
#if BRAIN
/* Two numbers as one word, the first in its lower half. */
DEVICE u32 two_of(float first, float second) {
  u32 word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
  return word;
}

DEVICE void multiply_add_bf16(float *sum, const u32 *x, const u32 *y) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]));
}
#else
DEVICE u32 rounded_of(float value) {
  u32 word;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(value));
  return word;
}

DEVICE void multiply_add_tf32(float *sum, const u32 *x, const u32 *y) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]));
}
#endif
#else
#if BRAIN
/* To the nearest, of two as near to the even one. */
DEVICE float rounded_bf16(float value) {
  union { float number; u32 bits; } of;
  of.number = value;
  if (value - value == 0.0f) of.bits = (of.bits + 0x7fffu + (of.bits >> 16 & 1u)) & 0xffff0000u;
  return of.number;
}
#define ROUNDED rounded_bf16
#else
/* To the nearest, of two as near away from 0. */
DEVICE float rounded_tf32(float value) {
  union { float number; u32 bits; } of;
  of.number = value;
  if (value - value == 0.0f) of.bits = (of.bits + 0x1000u) & 0xffffe000u;
  return of.number;
}
#define ROUNDED rounded_tf32
#endif
#endif

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
  OWN(float, sum, 16);
  EACH_THREAD
  for (int i = 0; i < 16; i++) OF(sum)[i] = 0.0f;
  TOGETHER
  for (int start = from; start < until; start += DEPTH) {
    EACH_THREAD
    for (int i = t; i < TILE * DEPTH; i += THREADS) {
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
#ifdef __CUDACC__
    /* Eight warps share a tile, four down and two over, of 16 rows and four times 8 columns each. */
    const int warp = t / 32, group = t % 32 / 4, within = t % 4;
    const int row = warp % 4 * 16 + group, column = warp / 4 * 32 + group;
#if BRAIN
    u32 x[4], y[2];
    const int k = 2 * within;
    for (int i = 0; i < 4; i++) {
      const int at = row + i % 2 * 8, deep = k + i / 2 * 8;
      x[i] = two_of(some_left[deep][at], some_left[deep + 1][at]);
    }
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 2; i++) {
        const int at = column + 8 * j, deep = k + 8 * i;
        y[i] = two_of(some_right[deep][at], some_right[deep + 1][at]);
      }
      multiply_add_bf16(sum + 4 * j, x, y);
    }
#else
    for (int half = 0; half < DEPTH; half += 8) {
      u32 x[4], y[2];
      for (int i = 0; i < 4; i++) x[i] = rounded_of(some_left[half + within + i / 2 * 4][row + i % 2 * 8]);
      for (int j = 0; j < 4; j++) {
        for (int i = 0; i < 2; i++) y[i] = rounded_of(some_right[half + within + 4 * i][column + 8 * j]);
        multiply_add_tf32(sum + 4 * j, x, y);
      }
    }
#endif
#else
    const int down = t / 16, over = t % 16;
    for (int k = 0; k < DEPTH; k++) {
      float x[4], y[4];
      for (int i = 0; i < 4; i++) x[i] = ROUNDED(some_left[k][down + 16 * i]);
      for (int j = 0; j < 4; j++) y[j] = ROUNDED(some_right[k][over + 16 * j]);
      for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) OF(sum)[i * 4 + j] += x[i] * y[j];
    }
#endif
    TOGETHER
  }
  EACH_THREAD
  for (int i = 0; i < 16; i++) {
#ifdef __CUDACC__
    const int warp = t / 32, group = t % 32 / 4, within = t % 4;
    const int row = row0 + warp % 4 * 16 + group + i % 4 / 2 * 8;
    const int column = column0 + warp / 4 * 32 + i / 4 * 8 + 2 * within + i % 2;
#else
    const int row = row0 + t / 16 + i / 4 * 16, column = column0 + t % 16 + i % 4 * 16;
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
#undef BRAIN
#undef ROUNDED
