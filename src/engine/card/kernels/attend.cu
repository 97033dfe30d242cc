/* Attention that does not write its weights, for heads of up to 32, 64 and 128 numbers. */
#include "common.h"

#define WIDTH 32
#define DOWN 2
#define OVER 2
#define OF_WIDTH(name) name##_32
#include "attend.h"

#define WIDTH 64
#define DOWN 2
#define OVER 2
#define OF_WIDTH(name) name##_64
#include "attend.h"

#define WIDTH 128
#define DOWN 1
#define OVER 1
#define OF_WIDTH(name) name##_128
#include "attend.h"
