/* Numbers of the standard continuous laws from a stream, as `engine/deviates.rs` has them. */
#ifndef ICL_DEVIATES_H
#define ICL_DEVIATES_H

#include "streams.h"

#define LAYERS 256
#define TAIL 3.654152885361009

/* Whether a height lies below the normal density at `x` in a layer of the ziggurat. The first terms of the exponential
 * series tell it of almost all heights. */
DEVICE int beneath(const double *widths, const double *heights, int layer, double x, double height) {
  const double inside = 0.5 * (widths[layer] * widths[layer] - x * x);
  double sum = 1.0 / 120.0;
  sum = sum * inside + 1.0 / 24.0;
  sum = sum * inside + 1.0 / 6.0;
  sum = sum * inside + 0.5;
  sum = sum * inside + 1.0;
  sum = sum * inside + 1.0;
  const double left = heights[layer] * sum - height;
  return fabs(left) > 1e-5 ? left > 0.0 : height < exp(-0.5 * x * x);
}

/* A standard normal number (the ziggurat of Marsaglia and Tsang 2000 in 53 bits); `table` holds the widths of the layers
 * and then the density at each. */
APART double normal(Stream *stream, const double *table) {
  const double *widths = table, *heights = table + LAYERS + 1;
  for (;;) {
    const u64 bits = bits_of(stream);
    const int layer = (int)(bits & 0xff);
    const double x = (double)((i64)bits >> 11) / 4503599627370496.0 * widths[layer];
    if (fabs(x) < widths[layer + 1]) return x;
    if (layer == 0) {
      /* Beyond the base (Marsaglia 1964). */
      for (;;) {
        const double beyond = -log(open_unit(stream)) / TAIL, y = -log(open_unit(stream));
        if (2.0 * y > beyond * beyond) return x < 0.0 ? -(TAIL + beyond) : TAIL + beyond;
      }
    }
    const double height = heights[layer + 1] + (heights[layer] - heights[layer + 1]) * unit(stream);
    if (beneath(widths, heights, layer, x, height)) return x;
  }
}

/* An exponential number of rate 1. */
DEVICE double exponential(Stream *stream) { return -log(open_unit(stream)); }

/* A gamma number of scale 1 (Marsaglia and Tsang 2000). */
APART double gamma_of(Stream *stream, const double *table, double shape) {
  if (shape == 1.0) return exponential(stream);
  double boost = 1.0;
  if (shape < 1.0) {
    boost = pow(open_unit(stream), 1.0 / shape);
    shape += 1.0;
    if (shape == 1.0) return boost * exponential(stream);
  }
  const double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
  for (;;) {
    const double x = normal(stream, table);
    double v = 1.0 + c * x;
    if (v <= 0.0) continue;
    v = v * v * v;
    const double u = open_unit(stream);
    if (log(u) < 0.5 * x * x + d - d * v + d * log(v)) return boost * (d * v);
  }
}

/* Where a cumulative law first lies above a number from 0 up to 1. */
DEVICE int inverse_of(const double *upto, int count, double at) {
  int from = 0, size = count;
  while (size > 0) {
    const int half = size / 2;
    if (upto[from + half] <= at) {
      from += half + 1;
      size -= half + 1;
    } else {
      size = half;
    }
  }
  return from < count ? from : count - 1;
}

#endif
