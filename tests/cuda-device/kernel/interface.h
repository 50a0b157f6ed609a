// The interface between a compiled kernel and the device that runs it. All that a translator to C++ (of CUDA C, of PTX) needs to know.
//
// A module is a shared library, linked against libcuda.so.1, that exports one table, `cuda_device_kernels`. The device runs the threads of
// a block as fibers on one host thread: a thread runs until it calls a function below that waits, then another one runs, in random order.
// The device sees the accesses to memory through the calls that g++ -fsanitize=thread inserts (__tsan_read4, …, see driver/access.cpp).
// Functions that read what the device hands out, such as the rows of an exchange, are CUDA_DEVICE_UNCHECKED.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define CUDA_DEVICE_UNCHECKED __attribute__((no_sanitize("thread"), noinline))

namespace cuda_device {

constexpr unsigned WARP_SIZE = 32;

struct Dimensions {
    unsigned x, y, z;
};

// The thread that runs now. Its place in the grid is constant while it runs.
struct Thread {
    Dimensions thread, block, block_size, grid_size;
    unsigned index;      // in its block, x first
    unsigned warp_lanes; // threads of its warp: WARP_SIZE, less in the last warp of a block that is no multiple of it
};

// A statically sized array in shared memory. The device places it.
struct SharedArray {
    const char *name;
    size_t bytes, alignment;
};

struct Kernel {
    const char *name; // null ends the table
    void (*run)(void **parameters); // runs one thread; parameters[i] points to the i-th value, as in cuLaunchKernel
    const size_t *parameter_bytes; // ends with 0
    const SharedArray *shared; // the arrays of this kernel, ends with a null name; shared_array() takes an index into it
    bool waits; // calls barrier() or exchange(). If not, the threads of a block run one after another without fibers of their own.
    unsigned largest_block; // threads, of __launch_bounds__; 0: no bound
};

enum class Access { READ, WRITE, ATOMIC };

} // namespace cuda_device

extern "C" {

// What a module exports.
extern const cuda_device::Kernel cuda_device_kernels[];

// The thread that runs now. Constant as far as a kernel can see: it changes while a thread waits, and is restored before the wait ends.
#ifndef CUDA_DEVICE_RUNS_THREADS
extern const __thread cuda_device::Thread cuda_device_thread __attribute__((tls_model("initial-exec")));
#else
extern __thread cuda_device::Thread cuda_device_thread __attribute__((tls_model("initial-exec"))); // for the device itself, which sets it
#endif

// __syncthreads(): waits for all threads of the block. All must wait at the same site (any number, e. g. the line); a thread that
// waits elsewhere or has returned is reported.
void cuda_device_barrier(int site);

// A warp collective. Waits until all lanes of the mask have come to the same site, and returns what they brought: 32 rows of
// cuda_device_row bytes, by lane, valid until the lane's next call. `whole`: the warp must be complete (.aligned instructions).
// No lane may bring more than a row. Orders no accesses to memory; cuda_device_order_warp does.
enum { cuda_device_row = 96 };
const unsigned char *cuda_device_exchange(const char *instruction, int site, unsigned mask, bool whole, const void *mine, size_t bytes);

// __syncwarp(): like an exchange of nothing, and orders accesses to memory within the warp.
void cuda_device_order_warp(int site, unsigned mask);

// Shared memory: a static array; the dynamic part, which follows them; and addresses in the 32-bit shared window of PTX.
void *cuda_device_shared_array(int index);
void *cuda_device_dynamic_shared();
unsigned cuda_device_shared_address(const void *pointer);
void *cuda_device_shared_pointer(unsigned address);

// cp.async: copies that arrive only when the thread waits for their group.
void cuda_device_copy_async(unsigned shared_address, const void *global, unsigned bytes);
void cuda_device_copy_commit();
void cuda_device_copy_wait(unsigned groups_left);

// Checks an access that g++ does not see, such as those of ldmatrix.
void cuda_device_access(const void *pointer, size_t bytes, cuda_device::Access access);

// Ends the kernel with a report, as a CUDA error does: all later calls of the driver fail with it.
[[noreturn]] void cuda_device_fail(int result, const char *message);
}
