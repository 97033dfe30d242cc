/* Products in tiles of several forms, of whole numbers, of rounded ones and of parts of numbers, and sums of their parts. */
#include "activations.h"
#include "units.h"

#define NAME product_wide
#define DOWN 4
#define OVER 4
#define ADD_PRODUCT MULTIPLY_ADD
#include "product.h"

#define NAME product_tall
#define DOWN 8
#define OVER 4
#define ADD_PRODUCT MULTIPLY_ADD
#include "product.h"

#define NAME product_narrow
#define DOWN 8
#define OVER 1
#define ADD_PRODUCT MULTIPLY_ADD
#include "product.h"

#define NAME product_flat
#define DOWN 1
#define OVER 8
#define ADD_PRODUCT MULTIPLY_ADD
#include "product.h"

#define NAME product_small
#define DOWN 1
#define OVER 1
#define ADD_PRODUCT MULTIPLY_ADD
#include "product.h"

#define NAME product_tf32
#define DOWN 4
#define OVER 4
#define ADD_PRODUCT add_tf32
#define UNITS units_tf32
#include "product.h"

#define NAME product_tf32x3
#define DOWN 4
#define OVER 4
#define ADD_PRODUCT add_tf32x3
#define UNITS units_tf32x3
#include "product.h"

#define NAME product_bf16
#define DOWN 4
#define OVER 4
#define ADD_PRODUCT add_bf16
#define UNITS units_bf16
#include "product.h"

/* Sums parts in order into a matrix. operands: 0 parts, 1 out; n: 0 numbers, 1 parts, 2 numbers between parts, 3 whether
 * out is added to, 4 columns, 5 numbers between rows of out; blocks: numbers */
KERNEL(sum_parts) {
  const float *parts = FLOATS(0, LANE);
  float *out = FLOATS(1, LANE);
  EACH_THREAD
  const int i = BLOCK * THREADS + t;
  if (i < N(0)) {
    float sum = 0.0f;
    for (int part = 0; part < N(1); part++) sum += parts[(i64)part * N(2) + i];
    const int to = i / N(4) * N(5) + i % N(4);
    out[to] = N(3) ? out[to] + sum : sum;
  }
  TOGETHER
}

/* The sum of every column over a part of the rows. operands: 0 in, 1 out; n: 0 rows, 1 columns, 2 numbers between rows,
 * 3 rows of a part, 4 whether out is added to (of one part); blocks: columns; parts */
KERNEL(sum_columns) {
  const float *in = FLOATS(0, LANE);
  float *out = FLOATS(1, LANE) + PART * N(1);
  const int from = PART * N(3), until = from + N(3) < N(0) ? from + N(3) : N(0);
  EACH_THREAD
  const int column = BLOCK * THREADS + t;
  if (column < N(1)) {
    float sum = 0.0f;
    for (int row = from; row < until; row++) sum += in[row * N(2) + column];
    out[column] = N(4) ? out[column] + sum : sum;
  }
  TOGETHER
}
