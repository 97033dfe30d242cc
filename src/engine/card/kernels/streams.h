/* Streams of random numbers, as `engine/streams.rs` has them: ChaCha8 under the BLAKE3 hash of what a draw is for. */
#ifndef ICL_STREAMS_H
#define ICL_STREAMS_H

#include "common.h"

DEVICE u32 turned(u32 x, int by) { return x << by | x >> (32 - by); }

DEVICE void quarter(u32 *state, int i, int j, int k, int l) {
  state[i] += state[j];
  state[l] = turned(state[l] ^ state[i], 16);
  state[k] += state[l];
  state[j] = turned(state[j] ^ state[k], 12);
  state[i] += state[j];
  state[l] = turned(state[l] ^ state[i], 8);
  state[k] += state[l];
  state[j] = turned(state[j] ^ state[k], 7);
}

/* A block of ChaCha8 (Bernstein 2008), eight numbers of 64 bits. */
DEVICE void block_of(const u32 *key, u64 number, u64 *out) {
  u32 state[16], start[16];
  start[0] = 0x61707865u;
  start[1] = 0x3320646eu;
  start[2] = 0x79622d32u;
  start[3] = 0x6b206574u;
  for (int i = 0; i < 8; i++) start[4 + i] = key[i];
  start[12] = (u32)number;
  start[13] = (u32)(number >> 32);
  start[14] = 0u;
  start[15] = 0u;
  for (int i = 0; i < 16; i++) state[i] = start[i];
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < 4; i++) quarter(state, i, 4 + i, 8 + i, 12 + i);
    for (int i = 0; i < 4; i++) quarter(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
  }
  for (int i = 0; i < 16; i++) state[i] += start[i];
  for (int i = 0; i < 8; i++) out[i] = (u64)state[2 * i] | (u64)state[2 * i + 1] << 32;
}

/* BLAKE3's step turns the other way. */
DEVICE void mixed(u32 *state, int i, int j, int k, int l, u32 first, u32 second) {
  state[i] += state[j] + first;
  state[l] = turned(state[l] ^ state[i], 16);
  state[k] += state[l];
  state[j] = turned(state[j] ^ state[k], 20);
  state[i] += state[j] + second;
  state[l] = turned(state[l] ^ state[i], 24);
  state[k] += state[l];
  state[j] = turned(state[j] ^ state[k], 25);
}

/* The BLAKE3 hash (O'Connor et al. 2020) of a message of `length` bytes, at most 64, given as words with zeros behind
 * them. */
DEVICE void hash_of(const u32 *message, u32 length, u32 *out) {
  u32 state[16], words[16], moved[16];
  state[0] = 0x6a09e667u;
  state[1] = 0xbb67ae85u;
  state[2] = 0x3c6ef372u;
  state[3] = 0xa54ff53au;
  state[4] = 0x510e527fu;
  state[5] = 0x9b05688cu;
  state[6] = 0x1f83d9abu;
  state[7] = 0x5be0cd19u;
  for (int i = 0; i < 4; i++) state[8 + i] = state[i];
  state[12] = 0u;
  state[13] = 0u;
  state[14] = length;
  state[15] = 11u; /* First block, last block and root: the message has one block. */
  for (int i = 0; i < 16; i++) words[i] = message[i];
  for (int round = 0; round < 7; round++) {
    for (int i = 0; i < 4; i++) mixed(state, i, 4 + i, 8 + i, 12 + i, words[2 * i], words[2 * i + 1]);
    for (int i = 0; i < 4; i++)
      mixed(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, words[8 + 2 * i], words[9 + 2 * i]);
    moved[0] = words[2], moved[1] = words[6], moved[2] = words[3], moved[3] = words[10];
    moved[4] = words[7], moved[5] = words[0], moved[6] = words[4], moved[7] = words[13];
    moved[8] = words[1], moved[9] = words[11], moved[10] = words[12], moved[11] = words[5];
    moved[12] = words[9], moved[13] = words[14], moved[14] = words[15], moved[15] = words[8];
    for (int i = 0; i < 16; i++) words[i] = moved[i];
  }
  for (int i = 0; i < 8; i++) out[i] = state[i] ^ state[8 + i];
}

/* A stream, the numbers of its last block, and how many of these are taken. */
typedef struct {
  u32 key[8];
  u64 block;
  u64 numbers[8];
  int taken;
} Stream;

/* Begins the stream under the hash of a message of `length` bytes and two numbers behind it. */
APART void begin(Stream *stream, const u32 *start, int length, u64 first, u64 second) {
  u32 words[18];
  for (int i = 0; i < 16; i++) words[i] = start[i];
  words[16] = words[17] = 0u;
  /* A number lies across three words. */
  const int shift = 8 * (length % 4);
  for (int i = 0; i < 2; i++) {
    u32 *at = words + length / 4 + 2 * i;
    const u64 number = i ? second : first;
    at[0] |= (u32)(number << shift);
    at[1] |= (u32)(number >> (32 - shift));
    if (shift) at[2] |= (u32)(number >> (64 - shift));
  }
  hash_of(words, (u32)length + 16u, stream->key);
  stream->block = 0;
  stream->taken = 8;
}

/* 64 random bits. */
APART u64 bits_of(Stream *stream) {
  if (stream->taken == 8) {
    block_of(stream->key, stream->block, stream->numbers);
    stream->block += 1;
    stream->taken = 0;
  }
  return stream->numbers[stream->taken++];
}

/* The upper half of a product. */
DEVICE u64 upper(u64 one, u64 other) {
#ifdef __CUDACC__
  return __umul64hi(one, other);
#else
  return (u64)((unsigned __int128)one * other >> 64);
#endif
}

/* An integer below a bound, each as likely (Lemire 2019, with rejection). */
DEVICE u64 below(Stream *stream, u64 bound) {
  for (;;) {
    const u64 bits = bits_of(stream), low = bits * bound;
    if (low >= bound || low >= (0 - bound) % bound) return upper(bits, bound);
  }
}

/* A uniform real in [0, 1), with 53 random bits. */
DEVICE double unit(Stream *stream) { return (double)(bits_of(stream) >> 11) / 9007199254740992.0; }

/* The same in (0, 1]. */
DEVICE double open_unit(Stream *stream) { return (double)((bits_of(stream) >> 11) + 1) / 9007199254740992.0; }

#endif
