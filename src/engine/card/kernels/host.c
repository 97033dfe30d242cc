/* The kernels for the processor. */
#include "kernels.cu"
