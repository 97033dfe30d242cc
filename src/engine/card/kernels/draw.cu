/* Sequences of a task, drawn from the streams that `engine/sampler` draws them from, and the batches made of them.
 * `compute.h` says what the words of a task are. */
#include "laws.h"

/* Rows of a data source that are marked as shown; of others one looks whether they are. */
#define MARKS 1024

/* A row of the rows that are offered for which a condition holds, none of those before. words: out, stream, key, key,
 * place of the offered rows, how many, distinct, the condition or -1, whether rows are drawn before all are looked at,
 * candidates, room for each, and what is computed for a candidate */
#define OFFERED 9
#define ALL_ASKED 4096
#define SOME_ASKED 256

/* Whether the condition holds for a row. */
DEVICE int holds(Drawing *d, const int *words, int row, int position) {
  const int *end = words + words[1], *at = words + 16 + words[15];
  for (int i = 0; i < words[15]; i++) *place_of(d, words[16 + i]) = (double)row;
  for (; at < end; at += at[1]) compute(d, at, position);
  return *place_of(d, words[12]) != 0.0;
}

DEVICE int shown_before(Value out, int position, double row) {
  for (int i = 0; i < position; i++)
    if (entry(out, i, 0) == row) return 1;
  return 0;
}

APART void draw_chosen(Drawing *d, Stream *stream, const int *words, Value out, int position) {
  const int *offered = d->code + words[9];
  const int count = words[10], distinct = words[11];
  for (int attempt = 0; words[13] && attempt < TRIES; attempt++) {
    int found = -1;
    for (int i = 0; i < SOME_ASKED; i++) {
      const int row = offered[below(stream, (u64)count)];
      if (found < 0 && holds(d, words, row, position) && !(distinct && shown_before(out, position, (double)row)))
        found = row;
    }
    if (found >= 0) {
      *at_of(out, position, 0) = (double)found;
      return;
    }
  }
  int left = 0, chosen = -1;
  for (int i = 0; i < count; i++)
    left += holds(d, words, offered[i], position) && !(distinct && shown_before(out, position, (double)offered[i]));
  if (!left) {
    wrong(d, words);
    *at_of(out, position, 0) = (double)offered[0];
    return;
  }
  int skipped = (int)below(stream, (u64)left);
  for (int i = 0; i < count && chosen < 0; i++)
    if (holds(d, words, offered[i], position) && !(distinct && shown_before(out, position, (double)offered[i])))
      if (skipped-- == 0) chosen = offered[i];
  *at_of(out, position, 0) = (double)chosen;
}

/* Rows of some positions. */
APART void draw_rows(Drawing *d, Stream *stream, const int *words, int from, int until) {
  const Value out = value_of(d, words + 3);
  const int *offered = d->code + words[9];
  u32 marks[MARKS / 32];
  if (words[12] >= 0) {
    for (int position = from; position < until; position++) draw_chosen(d, stream, words, out, position);
    return;
  }
  if (words[11]) {
    for (int i = 0; i < MARKS / 32; i++) marks[i] = 0u;
    for (int i = 0; i < from; i++) {
      const u32 row = (u32)entry(out, i, 0) % MARKS;
      marks[row / 32] |= 1u << row % 32;
    }
  }
  for (int position = from; position < until;) {
    const int row = offered[below(stream, (u64)words[10])];
    if (words[11]) {
      const u32 mark = (u32)row % MARKS;
      if (marks[mark / 32] >> mark % 32 & 1u && shown_before(out, position, (double)row)) continue;
      marks[mark / 32] |= 1u << mark % 32;
    }
    *at_of(out, position, 0) = (double)row;
    position += 1;
  }
}

/* A node that is drawn. words: out, stream, key, key, distinct, whether there is a pool, its size, the cumulative law that
 * picks from it or -1, what stands at the first position: nothing, a law so many words on, or a value; and the law */
APART void draw_node(Drawing *d, Stream *stream, const int *words, int from, int until) {
  const Value out = value_of(d, words + 3);
  const u64 key = (u64)(u32)words[7] | (u64)(u32)words[8] << 32;
  const int *law = words + 19;
  for (int position = from; position < until; position++) {
    double *to = at_of(out, position, 0);
    if (words[9]) {
      int known = 1;
      for (int vain = 0; known && vain < IN_VAIN; vain++) {
        draw_law(d, stream, words, law, position, to, out.apart);
        known = 0;
        for (int before = 0; before < position && !known; before++) {
          known = 1;
          for (int i = 0; i < out.width && known; i++) known = entry(out, before, i) == entry(out, position, i);
        }
      }
      if (known) wrong(d, words);
    } else if (words[10]) {
      const u64 size = (u64)(u32)words[11] | (u64)(u32)words[12] << 32;
      const u64 element = words[13] >= 0 ? (u64)inverse_of(place_of(d, words[13]), (int)size, unit(stream)) : below(stream, size);
      Stream own;
      begin(&own, (const u32 *)d->own + 16, d->pool_length, key, element);
      draw_law(d, &own, words, law, 0, to, out.apart);
    } else if (words[14] == 1 && position == 0) {
      draw_law(d, stream, words, words + words[15], position, to, out.apart);
    } else if (words[14] == 2 && position == 0) {
      const Value first = value_of(d, words + 16);
      for (int i = 0; i < out.width; i++) to[(i64)i * out.apart] = entry(first, 0, first.width == out.width ? i : 0);
    } else {
      draw_law(d, stream, words, law, position, to, out.apart);
    }
  }
}

/* One instruction at some positions. */
APART void carry_out(Drawing *d, const int *words, int from, int until) {
  if (words[0] == DRAWN || words[0] == ROWS_DRAWN) {
    Stream *stream = d->streams + words[6];
    if (from == 0)
      begin(stream, (const u32 *)d->own, d->length, d->sequence, (u64)(u32)words[7] | (u64)(u32)words[8] << 32);
    if (words[0] == DRAWN) draw_node(d, stream, words, from, until);
    else draw_rows(d, stream, words, from, until);
    return;
  }
  for (int position = from; position < until; position++) compute(d, words, position);
}

/* Draws sequences; a thread draws one. operands: 0 words of the task, 1 numbers that all models share, the first of them
 * the layers of normal numbers, 2 numbers of a model, the first of them what messages of its streams begin with, 3 out:
 * numbers of the sequences, 4 which sequences, u64, 5 out: node of a fault plus one, 6 places of rows of embeddings and
 * the rows; n: 0 sequences, 1 words of instructions, 2 numbers of a sequence, 3 positions, 4 bytes of what messages of
 * sequences begin with, and 5 of pools; blocks: THREADS sequences */
KERNEL(draw) {
  EACH_THREAD
  const int sequence = BLOCK * THREADS + t;
  if (sequence < N(0)) {
    Drawing d;
    d.code = INTS(0, 0);
    d.shared = DOUBLES(1, 0);
    d.own = DOUBLES(2, LANE);
    d.scratch = DOUBLES(3, LANE) + (i64)(sequence / ROW) * N(2) * ROW + sequence % ROW;
    d.sequence = ((const u64 *)WORDS(4, LANE))[sequence];
    d.fault = (int *)WORDS(5, LANE);
    d.embeddings = INTS(6, 0);
    d.positions = N(3);
    d.length = N(4);
    d.pool_length = N(5);
    for (const int *words = d.code, *end = words + N(1); words < end; words += words[1]) {
      if (words[0] != REPEATED) {
        carry_out(&d, words, 0, words[4] ? d.positions : 1);
        continue;
      }
      for (int position = 0; position < d.positions; position++)
        for (const int *inner = words + 3; inner < words + words[1]; inner += inner[1])
          carry_out(&d, inner, position, position + 1);
    }
  }
  TOGETHER
}

/* Numbers of sequences, to where a batch has them: labels, or floats. operands: 0 two words for each number of a sequence:
 * its place, or -1 and the word that stands there, 1 numbers that all models share, 2 numbers of a model, 3 numbers of the
 * sequences, 4 out; n: 0 sequences, 1 numbers of one that are written, 2 numbers of a sequence, 3 the first sequence of
 * out, 4 whether floats; blocks: numbers */
KERNEL(write_values) {
  const int *items = INTS(0, 0);
  u32 *out = (u32 *)WORDS(4, LANE) + (i64)N(3) * N(1);
  EACH_THREAD
  for (int i = BLOCK * 4 * THREADS + t, end = i + 4 * THREADS; i < end && i < N(0) * N(1); i += THREADS) {
    const int *item = items + 2 * (i % N(1)), sequence = i / N(1);
    if (item[0] < 0) {
      out[i] = (u32)item[1];
    } else {
      Drawing d;
      d.shared = DOUBLES(1, 0);
      d.own = DOUBLES(2, LANE);
      d.scratch = DOUBLES(3, LANE) + (i64)(sequence / ROW) * N(2) * ROW + sequence % ROW;
      const double value = *place_of(&d, item[0]);
      if (N(4)) ((float *)out)[i] = (float)value;
      else out[i] = (u32)(i64)value;
    }
  }
  TOGETHER
}

/* Dense tokens. operands: as of `write_values`, 0 three words for each token of a sequence: what it is, nothing (0), a
 * label (1), numbers (2), the embedding of a row (3) or a label that stands in the place of a place (4), the place, and how
 * many numbers; 4 out, 5 places of rows of
 * embeddings and the rows, 6 out: a fault; n: as of `write_values` but 4 width, 5 words of the places of rows; blocks:
 * numbers */
KERNEL(write_tokens) {
  const int *items = INTS(0, 0);
  const int *embeddings = INTS(5, 0);
  const int width = N(4), row = N(1) * width;
  float *out = FLOATS(4, LANE) + (i64)N(3) * row;
  EACH_THREAD
  for (int i = BLOCK * 4 * THREADS + t, end = i + 4 * THREADS; i < end && i < N(0) * row; i += THREADS) {
    const int *item = items + 3 * (i % row / width), sequence = i / row, column = i % width;
    float value = 0.0f;
    Drawing d;
    d.shared = DOUBLES(1, 0);
    d.own = DOUBLES(2, LANE);
    d.scratch = DOUBLES(3, LANE) + (i64)(sequence / ROW) * N(2) * ROW + sequence % ROW;
    if (item[0] == 4) {
      value = item[1] == column ? 1.0f : 0.0f;
    } else if (item[0] == 1) {
      value = (int)*place_of(&d, item[1]) == column ? 1.0f : 0.0f;
    } else if (item[0] == 2 && column < item[2]) {
      const int apart = item[1] >> 28 == 2 ? ROW : 1;
      value = (float)place_of(&d, item[1])[(i64)column * apart];
    } else if (item[0] == 3 && column < item[2]) {
      const int place = embeddings[(int)*place_of(&d, item[1])];
      if (place < 0) *(int *)WORDS(6, LANE) = -1;
      else value = ((const float *)(embeddings + N(5)))[(i64)place * item[2] + column];
    }
    out[i] = value;
  }
  TOGETHER
}
