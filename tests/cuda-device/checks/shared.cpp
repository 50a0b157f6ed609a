// Shared memory: its bounds, its poison and races in it.
#include "check.h"
#include <cmath>

static CUresult run_on_64(const char *source, Size block = {64}) {
    Session session;
    return run(session, session.load(source), {2}, block, {session.empty(4096)});
}

CORRECT(reverse_in_shared_memory) {
    Session session;
    std::vector<float> forward, backward;
    for (int i = 0; i < 256; i++) forward.push_back((float) i), backward.push_back((float) (i / 64 * 64 + 63 - i % 64));
    CUdeviceptr a = session.numbers(forward);
    CUresult result = run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[64];
            int i = blockIdx.x * 64 + threadIdx.x;
            tile[threadIdx.x] = a[i];
            __syncthreads();
            a[i] = tile[63 - threadIdx.x];
        })"), {4}, {64}, {a});
    expect(session.read(a, 256), backward);
    return result;
}

CORRECT(two_dimensions_and_two_arrays) {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[8][9];
            __shared__ int flag;
            if (threadIdx.x == 0 && threadIdx.y == 0) flag = 3;
            tile[threadIdx.y][threadIdx.x] = (float) threadIdx.x;
            __syncthreads();
            a[blockIdx.x * 64 + threadIdx.y * 8 + threadIdx.x] = tile[threadIdx.x][threadIdx.y] + (float) flag;
        })", {8, 8});
}

CHECK(missing_barrier, CUDA_ERROR_LAUNCH_FAILED, "no barrier between them, byte") {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[64];
            tile[threadIdx.x] = (float) threadIdx.x;
            a[blockIdx.x * 64 + threadIdx.x] = tile[63 - threadIdx.x];
            __syncthreads();
        })");
}

CHECK(missing_barrier_after_reading, CUDA_ERROR_LAUNCH_FAILED, "no barrier between them") {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[64];
            float sum = 0.0f;
            for (int i = 0; i < 3; i++) {
                tile[threadIdx.x] = (float) i;
                __syncthreads();
                sum += tile[63 - threadIdx.x];
            }
            a[blockIdx.x * 64 + threadIdx.x] = sum;
        })");
}

CHECK(several_readers_one_writer, CUDA_ERROR_LAUNCH_FAILED, "no barrier between them") {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float first;
            if (threadIdx.x == 0) first = 1.0f;
            __syncthreads();
            a[blockIdx.x * 64 + threadIdx.x] = first;
            if (threadIdx.x == 63) first = 2.0f;
        })");
}

CHECK(two_writers, CUDA_ERROR_LAUNCH_FAILED, "races with a write by thread") {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[64];
            tile[threadIdx.x / 2] = (float) threadIdx.x;
            __syncthreads();
            a[blockIdx.x * 64 + threadIdx.x] = tile[threadIdx.x / 2];
        })");
}

CORRECT(halves_of_one_word) {
    return run_on_64(R"(
        #include <cuda_fp16.h>
        extern "C" __global__ void kernel(float *a) {
            __shared__ half tile[64];
            tile[threadIdx.x] = __float2half(1.0f);
            tile[threadIdx.x] = tile[threadIdx.x] + tile[threadIdx.x];
            __syncthreads();
            a[blockIdx.x * 64 + threadIdx.x] = __half2float(tile[63 - threadIdx.x]);
        })");
}

CORRECT(warp_orders_its_own_lanes) {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[64];
            tile[threadIdx.x] = (float) threadIdx.x;
            __syncwarp();
            float other = tile[threadIdx.x ^ 1];
            __syncwarp();
            tile[threadIdx.x] = other;
            a[blockIdx.x * 64 + threadIdx.x] = other;
        })");
}

CHECK(warp_does_not_order_other_warps, CUDA_ERROR_LAUNCH_FAILED, "no barrier between them") {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[64];
            tile[threadIdx.x] = (float) threadIdx.x;
            __syncwarp();
            a[blockIdx.x * 64 + threadIdx.x] = tile[threadIdx.x ^ 32];
        })");
}

CHECK(write_after_the_end_of_an_array, CUDA_ERROR_ILLEGAL_ADDRESS, "outside of any shared array, byte 256 of tile") {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[64];
            __shared__ float next[64];
            float *p = tile;
            p[threadIdx.x + 1] = 0.0f;
            next[threadIdx.x] = 0.0f;
            a[blockIdx.x * 64 + threadIdx.x] = next[threadIdx.x];
        })");
}

CHECK(index_outside_of_an_array, CUDA_ERROR_ILLEGAL_ADDRESS, "index 64 outside of") {
    return run_on_64(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[64];
            tile[threadIdx.x + 1] = 0.0f;
            __syncthreads();
            a[blockIdx.x * 64 + threadIdx.x] = tile[threadIdx.x];
        })");
}

CORRECT(shared_memory_is_poisoned) {
    Session session;
    CUdeviceptr a = session.empty(8);
    CUresult result = run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ float tile[1];
            a[blockIdx.x] = tile[0];
            tile[0] = 1.0f;
        })"), {2}, {1}, {a});
    expect(session.read(a, 2), {NAN, NAN});
    return result;
}

CORRECT(dynamic_shared_memory) {
    Session session;
    CUdeviceptr a = session.numbers({1.0f, 2.0f, 3.0f, 4.0f});
    CUresult result = run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) {
            extern __shared__ float tile[];
            tile[threadIdx.x] = a[threadIdx.x];
            __syncthreads();
            a[threadIdx.x] = tile[3 - threadIdx.x];
        })"), {1}, {4}, {a}, 16);
    expect(session.read(a, 4), {4.0f, 3.0f, 2.0f, 1.0f});
    return result;
}

CHECK(dynamic_shared_memory_too_small, CUDA_ERROR_ILLEGAL_ADDRESS, "dynamic shared memory, which has 12 bytes") {
    Session session;
    return run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) {
            extern __shared__ float tile[];
            tile[threadIdx.x] = a[threadIdx.x];
        })"), {1}, {4}, {session.numbers({1.0f, 2.0f, 3.0f, 4.0f})}, 12);
}

CORRECT(shared_atomics) {
    Session session;
    CUdeviceptr a = session.empty(4);
    CUresult result = run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) {
            __shared__ int count;
            if (threadIdx.x == 0) count = 0;
            __syncthreads();
            atomicAdd(&count, 2);
            __syncthreads();
            if (threadIdx.x == 0) a[0] = (float) count;
        })"), {1}, {96}, {a});
    expect(session.read(a, 1), {192.0f});
    return result;
}
