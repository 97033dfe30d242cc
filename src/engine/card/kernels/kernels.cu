/* All kernels, as one text. */
#include "common.h"
#include "product.cu"
#include "rows.cu"
#include "attend.cu"
#include "attention.cu"
#include "losses.cu"
#include "update.cu"
#include "draw.cu"
