// CUDA C as far as TornadoVM's backend uses it, for g++. The compiler puts this before each kernel.
#pragma once
#include "interface.h"
#include <cmath>
#include <string.h>
using namespace std;

#define __global__
#define __device__ __attribute__((visibility("hidden")))
#define __host__
#define __constant__ static const
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __restrict__ __restrict

#define threadIdx (cuda_device_thread.thread)
#define blockIdx (cuda_device_thread.block)
#define blockDim (cuda_device_thread.block_size)
#define gridDim (cuda_device_thread.grid_size)
#define warpSize 32

#define __syncthreads() cuda_device_barrier(__LINE__)
#define __syncwarp(...) cuda_device_order_warp(__LINE__, cuda_device::mask(__VA_ARGS__))
#define __threadfence() __sync_synchronize()
#define __threadfence_block() __sync_synchronize()

namespace cuda_device {
static inline unsigned mask(unsigned lanes = 0xffffffff) { return lanes; }
static inline unsigned lane() { return cuda_device_thread.index % WARP_SIZE; }
} // namespace cuda_device

extern "C" int printf(const char *, ...);

#include "half.h"
#include "numbers.h"
#include "vectors.h"
#include "atomics.h"
#include "warp.h"
#include "matrices.h"
#include "instructions.h"
