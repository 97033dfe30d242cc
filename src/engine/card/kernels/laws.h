/* Draws from distributions, as `engine/sampler/laws.rs` has them. A law is words too: which it is, how many words it has,
 * independent copies, numbers of a copy, two values that it takes, and numbers of its own. */
#ifndef ICL_LAWS_H
#define ICL_LAWS_H

#include "compute.h"
#include "deviates.h"

enum {
  NORMAL,       /* mean, deviation */
  LABEL,        /* -, -, labels */
  INTERVAL,     /* from, to */
  CATEGORICAL,  /* probabilities */
  BERNOULLI,    /* probability */
  DIRICHLET,    /* concentration */
  PERMUTATIONS, /* -, -, numbers of a line, lines, size of each */
  ZIPF,         /* -, exponent, labels, place of the cumulative law or -1 */
  STUDENT,      /* degrees of freedom */
  EXPONENTIAL,  /* rate */
  BURSTY,       /* -, exponent, classes, length, copies, place of the cumulative law, whether outside, place of room */
  MIXTURE       /* -, -, parts, place of the cumulative shares; the parts stand behind it */
};

/* Words of a law before its own numbers. */
#define OF_LAW 10
/* Draws that may be in vain before a node counts as one that cannot be drawn. */
#define IN_VAIN 1048576
/* Classes that are drawn in vain before the others are looked at one by one. */
#define TRIES 64
/* Probabilities may miss 0 and 1 by so much, which rounding explains. */
#define ROUNDING 1e-6

/* The first `size` numbers of a line in a random order, each as likely (Fisher and Yates). */
DEVICE void shuffle(Stream *stream, double *line, int apart, int size) {
  for (int last = size - 1; last > 0; last--) {
    const int other = (int)below(stream, (u64)last + 1);
    const double x = line[(i64)last * apart];
    line[(i64)last * apart] = line[(i64)other * apart];
    line[(i64)other * apart] = x;
  }
}

/* The label in whose stretch of some probabilities, from a place on, a number from 0 up to 1 lies. */
DEVICE double label_of(Drawing *d, const int *words, Value p, int position, int from, int labels, double at) {
  double sum = 0.0, upto = 0.0;
  int label = 0, last = 0, negative = 0;
  for (int i = 0; i < labels; i++) {
    const double x = entry(p, position, from + i);
    sum += x;
    if (x > 0.0) {
      upto += x;
      last = i;
    }
    label += upto <= at;
    negative |= x < -ROUNDING;
  }
  if (negative || !(fabs(sum - 1.0) <= ROUNDING)) wrong(d, words);
  /* The sum falls short of 1 by rounding. */
  return (double)(label == labels ? last : label);
}

/* Whether a class is among some. */
DEVICE int among(const double *shown, int count, double kind) {
  for (int i = 0; i < count; i++)
    if (shown[(i64)i * ROW] == kind) return 1;
  return 0;
}

/* A class that is not among some. */
DEVICE double another(Drawing *d, Stream *stream, const int *law, const double *shown, int count) {
  const int classes = law[OF_LAW];
  const double *upto = place_of(d, law[OF_LAW + 3]);
  for (int i = 0; i < TRIES; i++) {
    const double kind = (double)inverse_of(upto, classes, unit(stream));
    if (!among(shown, count, kind)) return kind;
  }
  /* Under a large exponent what is left is rare: who arrives first where each arrives at a rate of its weight. */
  const double exponent = entry(value_of(d, law + 7), 0, 0);
  double first = INFINITY, best = 0.0;
  for (int i = 0; i < classes; i++) {
    const double arrives = log(exponential(stream)) + exponent * log((double)i + 1.0);
    if (!among(shown, count, (double)i) && arrives < first) {
      first = arrives;
      best = (double)i;
    }
  }
  return best;
}

/* Classes of a context, each of them some times in a random order, and then that of the query. */
DEVICE void bursty(Drawing *d, Stream *stream, const int *law, double *out, int apart) {
  const int context = law[OF_LAW + 1] - 1, copies = law[OF_LAW + 2], different = context / copies;
  double *shown = place_of(d, law[OF_LAW + 5]);
  for (int i = 0; i < different; i++) {
    const double kind = another(d, stream, law, shown, i);
    shown[(i64)i * ROW] = kind;
  }
  for (int i = 0; i < context; i++) out[(i64)i * apart] = shown[(i64)(i / copies) * ROW];
  shuffle(stream, out, apart, context);
  out[(i64)context * apart] =
      law[OF_LAW + 4] ? another(d, stream, law, shown, different) : shown[(i64)below(stream, (u64)different) * ROW];
}

/* A Zipf law whose exponent is drawn. */
DEVICE double zipf(Stream *stream, int labels, double exponent) {
  const double at = unit(stream);
  double sum = 0.0, upto = 0.0;
  for (int i = 1; i <= labels; i++) sum += pow((double)i, -exponent);
  for (int i = 1; i < labels; i++) {
    upto += pow((double)i, -exponent);
    if (upto / sum > at) return (double)(i - 1);
  }
  return (double)(labels - 1);
}

DEVICE void dirichlet(Drawing *d, Stream *stream, const int *words, Value alpha, int position, double *out, int apart, int width) {
  double sum = 0.0;
  for (int i = 0; i < width; i++) {
    const double shape = spread(alpha, position, i);
    if (!(shape > 0.0)) {
      wrong(d, words);
      return;
    }
    out[(i64)i * apart] = gamma_of(stream, d->shared, shape);
  }
  for (int i = 0; i < width; i++) sum += out[(i64)i * apart];
  if (sum > 0.0) {
    for (int i = 0; i < width; i++) out[(i64)i * apart] /= sum;
    return;
  }
  /* All underflowed: one of them has all, as often as its concentration says. */
  double first = INFINITY;
  int lucky = 0;
  for (int i = 0; i < width; i++) {
    const double arrives = log(exponential(stream)) - log(spread(alpha, position, i));
    if (arrives < first) {
      first = arrives;
      lucky = i;
    }
    out[(i64)i * apart] = 0.0;
  }
  out[(i64)lucky * apart] = 1.0;
}

/* One copy of a law that is no mixture. */
APART void draw_copy(Drawing *d, Stream *stream, const int *words, const int *law, int position, double *out, int apart) {
  const int width = law[3];
  const Value one = value_of(d, law + 4), other = value_of(d, law + 7);
  if (law[0] == BURSTY) {
    bursty(d, stream, law, out, apart);
    return;
  }
  if (law[0] == DIRICHLET) {
    dirichlet(d, stream, words, one, position, out, apart, width);
    return;
  }
  if (law[0] == PERMUTATIONS) {
    for (int line = 0; line < law[OF_LAW + 1]; line++) {
      double *to = out + (i64)line * law[OF_LAW] * apart;
      const int size = law[OF_LAW + 2 + line];
      for (int i = 0; i < law[OF_LAW]; i++) to[(i64)i * apart] = i < size ? (double)i : 0.0;
      shuffle(stream, to, apart, size);
    }
    return;
  }
  for (int i = 0; i < width; i++) {
    double *to = out + (i64)i * apart;
    const double a = spread(one, position, law[0] == CATEGORICAL ? 0 : i), b = spread(other, position, i);
    switch (law[0]) {
    case NORMAL:
      if (!(b > 0.0)) wrong(d, words);
      *to = normal(stream, d->shared) * b + a;
      break;
    case LABEL: *to = (double)below(stream, (u64)(u32)law[OF_LAW]); break;
    case INTERVAL:
      if (!(a < b)) wrong(d, words);
      *to = a + (b - a) * unit(stream);
      break;
    case CATEGORICAL: {
      const int labels = one.width / width;
      *to = label_of(d, words, one, position, i * labels, labels, unit(stream));
      break;
    }
    case BERNOULLI:
      if (!(a >= -ROUNDING && a <= 1.0 + ROUNDING)) wrong(d, words);
      *to = unit(stream) < a ? 1.0 : 0.0;
      break;
    case ZIPF:
      *to = law[OF_LAW + 1] >= 0
                ? (double)inverse_of(place_of(d, law[OF_LAW + 1]), law[OF_LAW], unit(stream))
                : zipf(stream, law[OF_LAW], b);
      break;
    case STUDENT: {
      if (!(a > 0.0)) {
        wrong(d, words);
        return;
      }
      const double x = normal(stream, d->shared);
      *to = x / sqrt(2.0 * gamma_of(stream, d->shared, a / 2.0) / a);
      break;
    }
    default:
      if (!(a > 0.0)) wrong(d, words);
      *to = exponential(stream) / a;
    }
  }
}

/* All copies of a law; a mixture within another has one. */
APART void draw_law(Drawing *d, Stream *stream, const int *words, const int *law, int position, double *out, int apart) {
  for (int copy = 0; copy < law[2]; copy++) {
    double *to = out + (i64)copy * law[3] * apart;
    const int *part = law;
    while (part[0] == MIXTURE) {
      const double *upto = place_of(d, part[OF_LAW + 1]);
      const double chosen = unit(stream);
      const int last = part[OF_LAW] - 1;
      part += OF_LAW + 2;
      for (int i = 0; i < last && !(chosen < upto[i]); i++) part += part[1];
    }
    for (int inner = 0; inner < (law[0] == MIXTURE ? part[2] : 1); inner++)
      draw_copy(d, stream, words, part, position, to + (i64)inner * part[3] * apart, apart);
  }
}

#endif
