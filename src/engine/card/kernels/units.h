/* Matrix units of a card: a tile of 64 by 64 numbers gains the products of 16 numbers deep, rounded to TF32, which keeps 11
 * digits of a number (the leading one included), or to bf16, which keeps 8, with sums of 32 bits. Eight warps share a tile, four
 * down and two over, of 16 rows and four times 8 columns each. On the processor numbers are rounded alike and multiplied as
 * others are.
 *
 * A number is nearly the sum of its TF32 and that of what it lacks, 22 digits together: three products of such parts, those
 * of both small ones left out, are nearly that of the numbers (Ootomo and Yokota 2022). */
#ifndef ICL_UNITS_H
#define ICL_UNITS_H
#include "common.h"

#ifdef __CUDACC__
/* The row and the column in its tile of the number that a thread sums in its place `i`. */
DEVICE int unit_row(int t, int i) { return t / 32 % 4 * 16 + t % 32 / 4 + i % 4 / 2 * 8; }
DEVICE int unit_column(int t, int i) { return t / 128 * 32 + i / 4 * 8 + 2 * (t % 4) + i % 2; }

DEVICE u32 tf32_of(float value) {
  u32 word;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(value));
  return word;
}

/* What such a word stands for; its last digits say nothing. */
DEVICE float float_of(u32 word) { return __uint_as_float(word & 0xffffe000u); }

/* Two numbers as one word, the first in its lower half. */
DEVICE u32 bf16_of(float first, float second) {
  u32 word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
  return word;
}

#define MULTIPLY_UNITS(shape, sum, x, y)                                                                               \
  asm("mma.sync.aligned." shape " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"                     \
      : "+f"((sum)[0]), "+f"((sum)[1]), "+f"((sum)[2]), "+f"((sum)[3])                                                 \
      : "r"((x)[0]), "r"((x)[1]), "r"((x)[2]), "r"((x)[3]), "r"((y)[0]), "r"((y)[1]))

DEVICE void units_tf32(float *sum, float (*left)[72], float (*right)[72], int t) {
  const int group = t % 32 / 4, within = t % 4, row = t / 32 % 4 * 16 + group, column = t / 128 * 32 + group;
  for (int half = 0; half < 16; half += 8) {
    u32 x[4], y[2];
    for (int i = 0; i < 4; i++) x[i] = tf32_of(left[half + within + i / 2 * 4][row + i % 2 * 8]);
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 2; i++) y[i] = tf32_of(right[half + within + 4 * i][column + 8 * j]);
      MULTIPLY_UNITS("m16n8k8.row.col.f32.tf32.tf32.f32", sum + 4 * j, x, y);
    }
  }
}

DEVICE void units_tf32x3(float *sum, float (*left)[72], float (*right)[72], int t) {
  const int group = t % 32 / 4, within = t % 4, row = t / 32 % 4 * 16 + group, column = t / 128 * 32 + group;
  for (int half = 0; half < 16; half += 8) {
    u32 x[4], y[2], small_x[4], small_y[2];
    for (int i = 0; i < 4; i++) {
      const float number = left[half + within + i / 2 * 4][row + i % 2 * 8];
      x[i] = tf32_of(number);
      small_x[i] = tf32_of(number - float_of(x[i]));
    }
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 2; i++) {
        const float number = right[half + within + 4 * i][column + 8 * j];
        y[i] = tf32_of(number);
        small_y[i] = tf32_of(number - float_of(y[i]));
      }
      MULTIPLY_UNITS("m16n8k8.row.col.f32.tf32.tf32.f32", sum + 4 * j, small_x, y);
      MULTIPLY_UNITS("m16n8k8.row.col.f32.tf32.tf32.f32", sum + 4 * j, x, small_y);
      MULTIPLY_UNITS("m16n8k8.row.col.f32.tf32.tf32.f32", sum + 4 * j, x, y);
    }
  }
}

DEVICE void units_bf16(float *sum, float (*left)[72], float (*right)[72], int t) {
  const int group = t % 32 / 4, within = t % 4, row = t / 32 % 4 * 16 + group, column = t / 128 * 32 + group;
  u32 x[4], y[2];
  for (int i = 0; i < 4; i++) {
    const int at = row + i % 2 * 8, deep = 2 * within + i / 2 * 8;
    x[i] = bf16_of(left[deep][at], left[deep + 1][at]);
  }
  for (int j = 0; j < 4; j++) {
    for (int i = 0; i < 2; i++) {
      const int at = column + 8 * j, deep = 2 * within + 8 * i;
      y[i] = bf16_of(right[deep][at], right[deep + 1][at]);
    }
    MULTIPLY_UNITS("m16n8k16.row.col.f32.bf16.bf16.f32", sum + 4 * j, x, y);
  }
}
#else
typedef union {
  float number;
  u32 bits;
} Number;

/* To the nearest, of two as near away from 0. */
DEVICE float rounded_tf32(float value) {
  Number of = {value};
  if (is_finite(value)) of.bits = (of.bits + 0x1000u) & 0xffffe000u;
  return of.number;
}

/* To the nearest, of two as near to the even one. */
DEVICE float rounded_bf16(float value) {
  Number of = {value};
  if (is_finite(value)) of.bits = (of.bits + 0x7fffu + (of.bits >> 16 & 1u)) & 0xffff0000u;
  return of.number;
}

DEVICE float add_tf32(float x, float y, float sum) { return sum + rounded_tf32(x) * rounded_tf32(y); }

DEVICE float add_bf16(float x, float y, float sum) { return sum + rounded_bf16(x) * rounded_bf16(y); }

DEVICE float add_tf32x3(float x, float y, float sum) {
  const float large_x = rounded_tf32(x), large_y = rounded_tf32(y);
  sum += rounded_tf32(x - large_x) * large_y;
  sum += large_x * rounded_tf32(y - large_y);
  return sum + large_x * large_y;
}
#endif

#endif
