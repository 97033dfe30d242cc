/* GELU in its tanh form (0) or exactly (1) (Hendrycks and Gimpel 2016), ReLU (2), and their slopes. */
#ifndef ICL_ACTIVATIONS_H
#define ICL_ACTIVATIONS_H
#include "common.h"

DEVICE float activated(float x, int kind) {
  if (kind == 0) return 0.5f * x * (1.0f + tanhf(0.7978845608f * (x + 0.044715f * x * x * x)));
  if (kind == 1) return 0.5f * x * (1.0f + erff(x * 0.7071067812f));
  return x > 0.0f ? x : 0.0f;
}

DEVICE float slope_of(float x, int kind) {
  if (kind == 0) {
    const float inner = tanhf(0.7978845608f * (x + 0.044715f * x * x * x));
    return 0.5f * (1.0f + inner) + 0.5f * x * (1.0f - inner * inner) * 0.7978845608f * (1.0f + 0.134145f * x * x);
  }
  if (kind == 1) return 0.5f * (1.0f + erff(x * 0.7071067812f)) + x * 0.3989422804f * expf(-0.5f * x * x);
  return x > 0.0f ? 1.0f : 0.0f;
}

#endif
