/* What every kernel is written with: one text for two compilers. A card's compiler makes of it what runs there; the
 * system's C compiler makes of it a function that computes one block after the other, so that every kernel can be run and
 * tested on a machine without a card.
 *
 * Functions are DEVICE, which become a part of every kernel that calls them, or APART, which are long and called from many
 * places.
 *
 * A kernel is a row of phases, EACH_THREAD ... TOGETHER. On a card the threads of a block go through a phase side by side
 * and wait for each other at its end; on the processor a phase is a loop over its threads, the last first where f[3] asks
 * for that: a phase in which a thread reads what another writes there then gives other numbers, so that a test finds it. What
 * a thread carries from one phase into another is declared with OWN; what a block shares, with SHARED.
 *
 * A launch has LANEs, one for each model, and of each so many BLOCKs and, where sums are split, PARTs. Arrays of one model
 * have fewer than 2^31 numbers, as whoever plans launches sees to; all parts of a sum together may have more.
 *
 * Sums are made in an order that follows from the sizes of one model alone, so that a model's numbers have the same bits
 * whatever stands beside it. */
#ifndef ICL_COMMON_H
#define ICL_COMMON_H

/* Threads of a block. */
#define THREADS 256
/* Threads that share a row, where rows are summed. */
#define ROW 32
/* Rows of a block then. */
#define ROWS (THREADS / ROW)

typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

/* An array of every model of a stack: that of model `m` begins `m * stride` words of four bytes behind `at`. Models are
 * counted as they stand in a launch, or, `by_seat`, by the place where their weights lie. */
typedef struct {
  char *at;
  i64 stride;
  i64 by_seat;
} Operand;

/* What a kernel is called with. Rust's side of it is `Args`. */
typedef struct {
  Operand o[9];
  /* The seat of each model of the launch. */
  const int *seats;
  i64 n[16];
  double f[4];
} Args;

#ifdef __CUDACC__
#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#endif
#ifndef NAN
#define NAN __int_as_float(0x7fffffff)
#endif
#define DEVICE static __device__ __forceinline__
#define APART static __device__ __noinline__
#define KERNEL(name) NAMED(name)
#define NAMED(name) extern "C" __global__ void __launch_bounds__(THREADS) icl_##name(const Args a)
#define BLOCK ((int)blockIdx.x)
#define LANE ((int)blockIdx.y)
#define PART ((int)blockIdx.z)
#define SHARED __shared__
/* Arrays of which four neighbours are read at once. */
#define ALIGNED __align__(16)
/* A loop whose body is long. */
#define ONE_BY_ONE _Pragma("unroll 1")
/* A short one, of a length that four divides. */
#define FOUR_BY_FOUR _Pragma("unroll 4")
/* So many of some, or all of them, where the others make no difference. */
#define OR_ALL(count, all) (all)
#define EACH_THREAD                                                                                                    \
  {                                                                                                                    \
    const int t = (int)threadIdx.x;
#define TOGETHER                                                                                                       \
  }                                                                                                                    \
  __syncthreads();
#define OWN(type, name, count) type name[count]
/* Products alone are fused with their sums: all else has the bits that the source says, so that what is drawn is what the
 * processor draws. */
#define MULTIPLY_ADD(x, y, sum) fmaf(x, y, sum)
#define OF(name) name
#else
#include <math.h>
#define DEVICE static inline
#define APART static
#define KERNEL(name) NAMED(name)
#define NAMED(name) void icl_##name(const Args a, const int BLOCK, const int LANE, const int PART)
#define SHARED
#define ALIGNED
#define ONE_BY_ONE
#define FOUR_BY_FOUR
#define OR_ALL(count, all) ((count) < (all) ? (count) : (all))
#define EACH_THREAD                                                                                                    \
  for (int turn = 0; turn < THREADS; turn++) {                                                                         \
    const int t = a.f[3] != 0.0 ? THREADS - 1 - turn : turn;
#define TOGETHER }
#define OWN(type, name, count) type name[THREADS][count]
#define MULTIPLY_ADD(x, y, sum) ((sum) + (x) * (y))
#define OF(name) name[t]
#endif

/* The array of operand `i` that belongs to model `lane` of the launch. */
#define WORDS(i, lane) (a.o[i].at + 4 * a.o[i].stride * (a.o[i].by_seat ? (i64)a.seats[lane] : (i64)(lane)))
#define FLOATS(i, lane) ((float *)WORDS(i, lane))
#define INTS(i, lane) ((const int *)WORDS(i, lane))
#define DOUBLES(i, lane) ((double *)WORDS(i, lane))
/* Whether there is an operand. */
#define THERE(i) (a.o[i].at != 0)
#define N(i) ((int)a.n[i])

/* Numbers that elementwise kernels take four to a thread. */
#define FOUR(count)                                                                                                    \
  for (int i = BLOCK * 4 * THREADS + t, end = i + 4 * THREADS; i < end && i < (count); i += THREADS)

/* Sums what the threads of a row left in `part`, in one order, into its first place. */
#define SUM_ROWS(part)                                                                                                 \
  for (int apart = ROW / 2; apart > 0; apart /= 2) {                                                                   \
    EACH_THREAD                                                                                                        \
    if (t % ROW < apart) part[t] += part[t + apart];                                                                   \
    TOGETHER                                                                                                           \
  }

/* The same for the largest. */
#define MOST_OF_ROWS(part)                                                                                             \
  for (int apart = ROW / 2; apart > 0; apart /= 2) {                                                                   \
    EACH_THREAD                                                                                                        \
    if (t % ROW < apart && part[t + apart] > part[t]) part[t] = part[t + apart];                                       \
    TOGETHER                                                                                                           \
  }

/* Whether a number is one. */
DEVICE int is_finite(double x) { return x - x == 0.0; }

#endif
