/* What the nodes of a task compute, as `engine/sampler/functions.rs` and its neighbours have it.
 *
 * A task is a list of instructions, words of which the first four say what is done, how many words the instruction has,
 * which node it is for and where its value goes. A place is a number of an array of doubles: those that all models share,
 * those of a model, and those of a sequence, which lie ROW sequences side by side. A value of a node is a place, how far
 * its positions lie from each other, 0 where all are the same, and how many numbers it has. `engine/drawn/code.rs` writes
 * these lists, with the same numbers for what is done. */
#ifndef ICL_COMPUTE_H
#define ICL_COMPUTE_H

#include "streams.h"

enum {
  NONE_AT_ALL,
  ONE,       /* out, function, classes, a */
  TWO,       /* out, function, a, b */
  EITHER,    /* out, condition, a, b */
  FOLDED,    /* out, function, a */
  LINES,     /* out, function, numbers of a line, a */
  PRODUCT,   /* out, rows, inner, columns, a, b */
  ONE_HOT,   /* out, size, a */
  STACKED,   /* out, values, numbers of each or 0, each value */
  INDEX,     /* out */
  FACTORS,   /* out, row, factors, size of each */
  LOOKED_UP, /* out, row, numbers of a row, place of the rows' */
  WORD,      /* out, place of the words, words, words of a line, values, each value */
  EMBEDDED,  /* out, row, rows */
  GATHERED,  /* out, table, indices, for each: index, size, numbers from one place to the next */
  BEFORE,    /* out, value */
  DRAWN,
  ROWS_DRAWN,
  REPEATED
};

enum { NEGATE, NOT, SAME, CLASS, SQRT, EXP, LOG, SIN, COS, TANH, SIGMOID, ABS, SIGN, RELU };
enum { ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, POWER, EQUAL, UNEQUAL, LESS, LESS_EQUAL, MORE, MORE_EQUAL, AND, OR, LARGER, SMALLER };
enum { NORM, SUM, MEAN, MOST, LEAST, ARGMAX };
enum { SOFTMAX, CUMSUM, SORT };

/* Streams that are open at a time. */
#define STREAMS 6

/* A sequence while it is drawn. */
typedef struct {
  const int *code;
  double *shared, *own, *scratch;
  const int *embeddings;
  /* Where the number of a node that cannot be computed goes, plus one. */
  int *fault;
  u64 sequence;
  int positions;
  /* Bytes of what the messages of streams begin with, of sequences and of pools. */
  int length, pool_length;
  Stream streams[STREAMS];
} Drawing;

typedef struct {
  double *at;
  int step, apart, width;
} Value;

DEVICE double *place_of(const Drawing *d, int place) {
  const int within = place & 0xfffffff;
  return place >> 28 == 0 ? d->shared + within : place >> 28 == 1 ? d->own + within : d->scratch + (i64)within * ROW;
}

/* The value that three words describe. */
DEVICE Value value_of(const Drawing *d, const int *words) {
  Value value;
  value.at = place_of(d, words[0]);
  value.step = words[1];
  value.apart = words[0] >> 28 == 2 ? ROW : 1;
  value.width = words[2];
  return value;
}

DEVICE double *at_of(Value value, int position, int place) {
  return value.at + ((i64)position * value.step + place) * value.apart;
}

DEVICE double entry(Value value, int position, int place) { return *at_of(value, position, place); }

/* The same, one number standing for all. */
DEVICE double spread(Value value, int position, int place) {
  return entry(value, position, value.width == 1 ? 0 : place);
}

DEVICE void wrong(Drawing *d, const int *words) { *d->fault = words[2] + 1; }

/* A place among so many. */
DEVICE int within(Drawing *d, const int *words, double at, int size) {
  if (at >= 0.0 && at < (double)size) return (int)at;
  wrong(d, words);
  return 0;
}

DEVICE double one_of(int function, double x) {
  switch (function) {
  case NEGATE: return -x;
  case NOT: return x == 0.0 ? 1.0 : 0.0;
  case SQRT: return sqrt(x);
  case EXP: return exp(x);
  case LOG: return log(x);
  case SIN: return sin(x);
  case COS: return cos(x);
  case TANH: return tanh(x);
  case SIGMOID: return 1.0 / (1.0 + exp(-x));
  case ABS: return fabs(x);
  case SIGN: return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
  case RELU: return x > 0.0 ? x : 0.0;
  default: return x;
  }
}

DEVICE double two_of(int function, double a, double b) {
  switch (function) {
  case ADD: return a + b;
  case SUBTRACT: return a - b;
  case MULTIPLY: return a * b;
  case DIVIDE: return a / b;
  case MODULO: return a - b * floor(a / b);
  case POWER: return b == 2.0 ? a * a : pow(a, b);
  case EQUAL: return a == b ? 1.0 : 0.0;
  case UNEQUAL: return a != b ? 1.0 : 0.0;
  case LESS: return a < b ? 1.0 : 0.0;
  case LESS_EQUAL: return a <= b ? 1.0 : 0.0;
  case MORE: return a > b ? 1.0 : 0.0;
  case MORE_EQUAL: return a >= b ? 1.0 : 0.0;
  case AND: return a != 0.0 && b != 0.0 ? 1.0 : 0.0;
  case OR: return a != 0.0 || b != 0.0 ? 1.0 : 0.0;
  case LARGER: return fmax(a, b);
  default: return fmin(a, b);
  }
}

/* Of all numbers of a value. */
DEVICE double fold_of(int function, Value a, int position) {
  double sum = 0.0, most = -INFINITY, least = INFINITY;
  int best = 0;
  for (int i = 0; i < a.width; i++) {
    const double x = entry(a, position, i);
    if (i && x > entry(a, position, best)) best = i;
    sum += function == NORM ? x * x : x;
    most = fmax(most, x);
    least = fmin(least, x);
  }
  switch (function) {
  case NORM: return sqrt(sum);
  case SUM: return sum;
  case MEAN: return sum / (double)a.width;
  case MOST: return most;
  case LEAST: return least;
  default: return (double)best;
  }
}

/* Along a line of numbers, in their place. */
DEVICE void line_of(int function, double *line, int apart, int length) {
  double most = -INFINITY, sum = 0.0;
  if (function == SORT) {
    for (int i = 1; i < length; i++) {
      const double x = line[(i64)i * apart];
      int to = i;
      for (; to > 0 && line[(i64)(to - 1) * apart] > x; to--) line[(i64)to * apart] = line[(i64)(to - 1) * apart];
      line[(i64)to * apart] = x;
    }
    return;
  }
  if (function == SOFTMAX)
    for (int i = 0; i < length; i++) most = fmax(most, line[(i64)i * apart]);
  for (int i = 0; i < length; i++) {
    double *x = line + (i64)i * apart;
    if (function == SOFTMAX) *x = exp(*x - most);
    sum += *x;
    if (function == CUMSUM) *x = sum;
  }
  if (function == SOFTMAX)
    for (int i = 0; i < length; i++) line[(i64)i * apart] /= sum;
}

/* The inner product of lines `from` numbers into either, in four sums as `functions.rs` adds them. */
DEVICE double inner_of(Value a, Value b, int position, int from, int length) {
  double sums[4], rest = 0.0;
  for (int lane = 0; lane < 4; lane++) sums[lane] = 0.0;
  const int whole = length / 4 * 4;
  for (int i = 0; i < whole; i += 4)
    for (int lane = 0; lane < 4; lane++)
      sums[lane] += entry(a, position, from + i + lane) * entry(b, position, i + lane);
  for (int i = whole; i < length; i++) rest += entry(a, position, from + i) * entry(b, position, i);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest;
}

/* Computes what is no draw, at one position. */
APART void compute(Drawing *d, const int *words, int position) {
  const Value out = value_of(d, words + 3);
  const int *more = words + 6;
#define OUT(place) (*at_of(out, position, place))
  switch (words[0]) {
  case ONE: {
    const Value a = value_of(d, more + 2);
    for (int i = 0; i < out.width; i++) {
      const double x = entry(a, position, i);
      if (more[0] == CLASS && !(x >= 0.0 && x < (double)more[1] && x == floor(x))) wrong(d, words);
      OUT(i) = one_of(more[0], x);
    }
    break;
  }
  case TWO: {
    const Value a = value_of(d, more + 1), b = value_of(d, more + 4);
    for (int i = 0; i < out.width; i++) OUT(i) = two_of(more[0], spread(a, position, i), spread(b, position, i));
    break;
  }
  case EITHER: {
    const Value condition = value_of(d, more), a = value_of(d, more + 3), b = value_of(d, more + 6);
    for (int i = 0; i < out.width; i++)
      OUT(i) = spread(condition, position, i) == 0.0 ? spread(b, position, i) : spread(a, position, i);
    break;
  }
  case FOLDED: OUT(0) = fold_of(more[0], value_of(d, more + 1), position); break;
  case LINES: {
    const Value a = value_of(d, more + 2);
    for (int i = 0; i < out.width; i++) OUT(i) = entry(a, position, i);
    for (int i = 0; i + more[1] <= out.width; i += more[1])
      line_of(more[0], at_of(out, position, i), out.apart, more[1]);
    break;
  }
  case PRODUCT: {
    const int rows = more[0], inner = more[1], columns = more[2];
    const Value a = value_of(d, more + 3), b = value_of(d, more + 6);
    for (int row = 0; row < rows; row++) {
      if (columns == 1) OUT(row) = inner_of(a, b, position, row * inner, inner);
      for (int column = 0; columns > 1 && column < columns; column++) {
        double sum = 0.0;
        for (int i = 0; i < inner; i++)
          sum += entry(a, position, row * inner + i) * entry(b, position, i * columns + column);
        OUT(row * columns + column) = sum;
      }
    }
    break;
  }
  case ONE_HOT: {
    const Value a = value_of(d, more + 1);
    for (int i = 0; i < out.width; i++) OUT(i) = 0.0;
    for (int i = 0; i < a.width; i++) OUT(i * more[0] + within(d, words, entry(a, position, i), more[0])) = 1.0;
    break;
  }
  case STACKED: {
    int at = 0;
    for (int part = 0; part < more[0]; part++) {
      const Value a = value_of(d, more + 2 + 3 * part);
      const int size = more[1] ? more[1] : a.width;
      for (int i = 0; i < size; i++) OUT(at + i) = entry(a, position, a.width == size ? i : 0);
      at += size;
    }
    break;
  }
  case INDEX: OUT(0) = (double)position; break;
  case FACTORS: {
    int rest = (int)entry(value_of(d, more), position, 0);
    for (int i = more[3]; i-- > 0;) {
      OUT(i) = (double)(rest % more[4 + i]);
      rest /= more[4 + i];
    }
    break;
  }
  case LOOKED_UP: {
    const int row = (int)entry(value_of(d, more), position, 0);
    for (int i = 0; i < out.width; i++) OUT(i) = (double)d->code[more[4] + row * more[3] + i];
    break;
  }
  case WORD: {
    int place = 0;
    for (int i = 0; i < more[3]; i++)
      place = place * (i ? more[2] : 1) + (int)entry(value_of(d, more + 4 + 3 * i), position, 0);
    const double word = place < more[1] ? *place_of(d, more[0] + place) : -1.0;
    if (word < 0.0) wrong(d, words);
    OUT(0) = word < 0.0 ? 0.0 : word;
    break;
  }
  case EMBEDDED: {
    const int place = d->embeddings[(int)entry(value_of(d, more), position, 0)];
    const float *numbers = (const float *)(d->embeddings + more[3]) + (i64)place * out.width;
    if (place < 0) wrong(d, words);
    for (int i = 0; i < out.width; i++) OUT(i) = place < 0 ? 0.0 : (double)numbers[i];
    break;
  }
  case GATHERED: {
    const Value table = value_of(d, more);
    const int *last = more + 4 + 5 * (more[3] - 1);
    int from = 0;
    for (const int *axis = more + 4; axis < last; axis += 5)
      from += within(d, words, entry(value_of(d, axis), position, 0), axis[3]) * axis[4];
    const Value places = value_of(d, last);
    for (int at = 0; at < places.width; at++) {
      const int start = from + within(d, words, entry(places, position, at), last[3]) * last[4];
      for (int i = 0; i < last[4]; i++) OUT(at * last[4] + i) = entry(table, position, start + i);
    }
    break;
  }
  case BEFORE: {
    const Value of = value_of(d, more);
    for (int i = 0; i < out.width; i++) OUT(i) = position ? entry(of, position - 1, i) : 0.0;
    break;
  }
  default: break;
  }
#undef OUT
}

#endif
