/* What happens to rows of tokens one by one: embeddings, positions, norms, activations, choices of rows. */
#include "activations.h"
#include "common.h"

/* A row of the table for each label, plus a bias. operands: 0 labels, 1 table, 2 bias, 3 out; n: 0 rows, 1 width;
 * blocks: numbers */
KERNEL(embed) {
  const int *labels = INTS(0, LANE);
  const float *table = FLOATS(1, LANE), *bias = FLOATS(2, LANE);
  float *out = FLOATS(3, LANE);
  EACH_THREAD
  FOUR(N(0) * N(1)) out[i] = table[labels[i / N(1)] * N(1) + i % N(1)] + bias[i % N(1)];
  TOGETHER
}

/* The gradient of the table, label by label. operands: 0 labels, 1 gradient of the rows, 2 out; n: 0 rows, 1 width, 2
 * whether out is added to; blocks: label */
KERNEL(embed_back) {
  const int *labels = INTS(0, LANE);
  const float *grads = FLOATS(1, LANE);
  float *out = FLOATS(2, LANE) + BLOCK * N(1);
  EACH_THREAD
  for (int column = t; column < N(1); column += THREADS) {
    float sum = N(2) ? out[column] : 0.0f;
    for (int row = 0; row < N(0); row++)
      if (labels[row] == BLOCK) sum += grads[row * N(1) + column];
    out[column] = sum;
  }
  TOGETHER
}

/* Adds a row of a table to every token. operands: 0 in, 1 table, 2 out; n: 0 numbers, 1 numbers of a sequence; blocks: numbers */
KERNEL(add_table) {
  const float *in = FLOATS(0, LANE), *table = FLOATS(1, LANE);
  float *out = FLOATS(2, LANE);
  EACH_THREAD
  FOUR(N(0)) out[i] = in[i] + table[i % N(1)];
  TOGETHER
}

/* The gradient of that table. operands: 0 gradient, 1 out; n: 0 sequences, 1 numbers of a sequence, 2 whether out is
 * added to; blocks: numbers of a sequence */
KERNEL(add_table_back) {
  const float *grads = FLOATS(0, LANE);
  float *out = FLOATS(1, LANE);
  EACH_THREAD
  FOUR(N(1)) {
    float sum = N(2) ? out[i] : 0.0f;
    for (int sequence = 0; sequence < N(0); sequence++) sum += grads[sequence * N(1) + i];
    out[i] = sum;
  }
  TOGETHER
}

/* Moves some columns of rows, or adds them. operands: 0 in, 1 out; n: 0 rows, 1 columns, 2/3 numbers between the rows of
 * in and out, 4 whether out is added to; blocks: numbers */
KERNEL(move_columns) {
  const float *in = FLOATS(0, LANE);
  float *out = FLOATS(1, LANE);
  EACH_THREAD
  FOUR(N(0) * N(1)) {
    const int to = i / N(1) * N(3) + i % N(1);
    const float value = in[i / N(1) * N(2) + i % N(1)];
    out[to] = N(4) ? out[to] + value : value;
  }
  TOGETHER
}

/* operands: 0 and 1 summands, 2 out; n: 0 numbers; blocks: numbers */
KERNEL(add) {
  const float *one = FLOATS(0, LANE), *other = FLOATS(1, LANE);
  float *out = FLOATS(2, LANE);
  EACH_THREAD
  FOUR(N(0)) out[i] = one[i] + other[i];
  TOGETHER
}

/* operands: 0 and 1 factors, 2 out; n: 0 numbers, 1 whether out is added to; blocks: numbers */
KERNEL(multiply) {
  const float *one = FLOATS(0, LANE), *other = FLOATS(1, LANE);
  float *out = FLOATS(2, LANE);
  EACH_THREAD
  FOUR(N(0)) out[i] = (N(1) ? out[i] : 0.0f) + one[i] * other[i];
  TOGETHER
}

/* operands: 0 out; n: 0 numbers; blocks: numbers */
KERNEL(clear) {
  float *out = FLOATS(0, LANE);
  EACH_THREAD
  FOUR(N(0)) out[i] = 0.0f;
  TOGETHER
}

/* Layer norm (Ba et al. 2016), variance plus 1e-5. operands: 0 in, 1 scale, 2 shift, 3 out, 4 mean and inverse deviation
 * of each row; n: 0 rows, 1 width; blocks: rows */
KERNEL(norm) {
  const float *scale = FLOATS(1, LANE), *shift = FLOATS(2, LANE);
  float *kept = FLOATS(4, LANE);
  const int width = N(1);
  SHARED float part[THREADS];
  SHARED float mean[ROWS];
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *in = FLOATS(0, LANE) + row * width;
  part[t] = 0.0f;
  if (row < N(0))
    for (int i = t % ROW; i < width; i += ROW) part[t] += in[i];
  TOGETHER
  SUM_ROWS(part)
  EACH_THREAD
  if (t % ROW == 0) mean[t / ROW] = part[t] / (float)width;
  TOGETHER
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *in = FLOATS(0, LANE) + row * width;
  part[t] = 0.0f;
  if (row < N(0))
    for (int i = t % ROW; i < width; i += ROW) part[t] += (in[i] - mean[t / ROW]) * (in[i] - mean[t / ROW]);
  TOGETHER
  SUM_ROWS(part)
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *in = FLOATS(0, LANE) + row * width;
  float *out = FLOATS(3, LANE) + row * width;
  if (row < N(0)) {
    const float inverse = 1.0f / sqrtf(part[t - t % ROW] / (float)width + 1e-5f);
    for (int i = t % ROW; i < width; i += ROW) out[i] = (in[i] - mean[t / ROW]) * inverse * scale[i] + shift[i];
    if (t % ROW == 0) {
      kept[2 * row] = mean[t / ROW];
      kept[2 * row + 1] = inverse;
    }
  }
  TOGETHER
}

/* The gradient of its input. operands: 0 in, 1 scale, 2 mean and inverse deviation, 3 gradient of out, 4 gradient of in;
 * n: 0 rows, 1 width, 2 whether it is added to; blocks: rows */
KERNEL(norm_back) {
  const float *scale = FLOATS(1, LANE), *kept = FLOATS(2, LANE);
  const int width = N(1);
  SHARED float part[THREADS];
  SHARED float other[THREADS];
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW;
  const float *in = FLOATS(0, LANE) + row * width, *grads = FLOATS(3, LANE) + row * width;
  part[t] = 0.0f;
  other[t] = 0.0f;
  if (row < N(0)) {
    for (int i = t % ROW; i < width; i += ROW) {
      part[t] += grads[i] * scale[i];
      other[t] += grads[i] * scale[i] * ((in[i] - kept[2 * row]) * kept[2 * row + 1]);
    }
  }
  TOGETHER
  SUM_ROWS(part)
  SUM_ROWS(other)
  EACH_THREAD
  const int row = BLOCK * ROWS + t / ROW, first = t - t % ROW;
  const float *in = FLOATS(0, LANE) + row * width, *grads = FLOATS(3, LANE) + row * width;
  float *out = FLOATS(4, LANE) + row * width;
  if (row < N(0)) {
    const float inverse = kept[2 * row + 1], mean = part[first] / (float)width, along = other[first] / (float)width;
    for (int i = t % ROW; i < width; i += ROW) {
      const float normed = (in[i] - kept[2 * row]) * inverse;
      const float grad = inverse * (grads[i] * scale[i] - mean - normed * along);
      out[i] = N(2) ? out[i] + grad : grad;
    }
  }
  TOGETHER
}

/* The gradients of scale and shift over a part of the rows. operands: 0 in, 1 mean and inverse deviation, 2 gradient of
 * out, 3 parts, scale's behind each other and then shift's; n: 0 rows, 1 width, 2 rows of a part, 3 parts; grid: x model,
 * y columns; parts */
KERNEL(norm_sums) {
  const float *in = FLOATS(0, LANE), *kept = FLOATS(1, LANE), *grads = FLOATS(2, LANE);
  const int width = N(1), from = PART * N(2), until = from + N(2) < N(0) ? from + N(2) : N(0);
  float *scale = FLOATS(3, LANE) + PART * width, *shift = scale + N(3) * width;
  EACH_THREAD
  const int column = BLOCK * THREADS + t;
  if (column < width) {
    float scaled = 0.0f, shifted = 0.0f;
    for (int row = from; row < until; row++) {
      const float grad = grads[row * width + column];
      scaled += grad * ((in[row * width + column] - kept[2 * row]) * kept[2 * row + 1]);
      shifted += grad;
    }
    scale[column] = scaled;
    shift[column] = shifted;
  }
  TOGETHER
}

/* operands: 0 in, 1 out; n: 0 numbers, 1 kind; blocks: numbers */
KERNEL(activate) {
  const float *in = FLOATS(0, LANE);
  float *out = FLOATS(1, LANE);
  EACH_THREAD
  FOUR(N(0)) out[i] = activated(in[i], N(1));
  TOGETHER
}

/* operands: 0 in, 1 gradient of out, 2 gradient of in; n: 0 numbers, 1 kind, 2 whether it is added to; blocks:
 * numbers */
KERNEL(activate_back) {
  const float *in = FLOATS(0, LANE), *grads = FLOATS(1, LANE);
  float *out = FLOATS(2, LANE);
  EACH_THREAD
  FOUR(N(0)) out[i] = (N(2) ? out[i] : 0.0f) + grads[i] * slope_of(in[i], N(1));
  TOGETHER
}

/* Some rows of every sequence. operands: 0 in, 1 places of the rows, 2 out; n: 0 sequences, 1 rows of a sequence in, 2
 * and out, 3 width, 4 places of a sequence that are its own, 0 where all have the same; blocks: numbers */
KERNEL(pick) {
  const float *in = FLOATS(0, LANE);
  const int *places = INTS(1, LANE);
  float *out = FLOATS(2, LANE);
  EACH_THREAD
  FOUR(N(0) * N(2) * N(3)) {
    const int row = i / N(3), sequence = row / N(2);
    out[i] = in[(sequence * N(1) + places[sequence * N(4) + row % N(2)]) * N(3) + i % N(3)];
  }
  TOGETHER
}

/* Their gradients, back to where they were picked; a row that was picked twice gains both in order. operands: 0 gradient
 * of out, 1 places, 2 gradient of in; n: as of `pick`, 5 whether it is added to; blocks: numbers */
KERNEL(pick_back) {
  const float *grads = FLOATS(0, LANE);
  const int *places = INTS(1, LANE);
  float *out = FLOATS(2, LANE);
  EACH_THREAD
  FOUR(N(0) * N(1) * N(3)) {
    const int row = i / N(3), sequence = row / N(1), place = row % N(1);
    float sum = N(5) ? out[i] : 0.0f;
    for (int at = 0; at < N(2); at++)
      if (places[sequence * N(4) + at] == place) sum += grads[(sequence * N(2) + at) * N(3) + i % N(3)];
    out[i] = sum;
  }
  TOGETHER
}

/* A constant in the place of some numbers of every row, 0 where there is none. operands: 0 out, 1 constant if any, for
 * every token, 2 tokens of the rows if they are not all; n: 0 sequences, 1 rows, 2 width of the constant, 3 numbers
 * between sequences, 4 and between rows of out, 5 numbers of the constant for a sequence, 0 where all have the same, 6
 * whether what stands behind a row's token counts as 0; blocks: numbers */
KERNEL(replace) {
  float *out = FLOATS(0, LANE);
  EACH_THREAD
  FOUR(N(0) * N(1) * N(2)) {
    const int column = i % N(2), row = i / N(2) % N(1), sequence = i / N(2) / N(1);
    const int token = THERE(2) ? INTS(2, LANE)[row] : row;
    float value = 0.0f;
    if (THERE(1) && !(N(6) && column > token)) value = FLOATS(1, LANE)[sequence * N(5) + token * N(2) + column];
    out[sequence * N(3) + row * N(4) + column] = value;
  }
  TOGETHER
}
