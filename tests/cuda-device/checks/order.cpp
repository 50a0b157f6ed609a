// Barriers, warp collectives and the order of threads.
#include "check.h"
#include <algorithm>
#include <set>

static CUresult run_64(const char *source, unsigned threads = 64) {
    Session session;
    return run(session, session.load(source), {1}, {threads}, {session.numbers(std::vector<float>(1024, 0.0f))});
}

CHECK(barrier_that_some_have_left, CUDA_ERROR_LAUNCH_FAILED, "has returned") {
    return run_64(R"(
        extern "C" __global__ void kernel(float *a) {
            if (threadIdx.x >= 40) return;
            __syncthreads();
            a[threadIdx.x] = 1.0f;
        })");
}

CHECK(barrier_in_a_branch, CUDA_ERROR_LAUNCH_FAILED, "barrier divergence") {
    return run_64(R"(
        extern "C" __global__ void kernel(float *a) {
            if (threadIdx.x < 32) {
                __syncthreads();
            } else {
                __syncthreads();
            }
            a[threadIdx.x] = 1.0f;
        })");
}

CORRECT(barriers_in_a_loop) {
    return run_64(R"(
        extern "C" __global__ void kernel(float *a) {
            for (int i = 0; i < 50; i++) __syncthreads();
            a[threadIdx.x] = 1.0f;
        })");
}

CORRECT(sum_of_a_warp) {
    Session session;
    CUdeviceptr a = session.empty(64 * 4);
    CUresult result = run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) {
            float sum = (float) threadIdx.x;
            sum += __shfl_down_sync(0xffffffff, sum, 16);
            sum += __shfl_down_sync(0xffffffff, sum, 8);
            sum += __shfl_down_sync(0xffffffff, sum, 4);
            sum += __shfl_down_sync(0xffffffff, sum, 2);
            sum += __shfl_down_sync(0xffffffff, sum, 1);
            a[threadIdx.x] = __shfl_sync(0xffffffff, sum, 0) + __shfl_xor_sync(0xffffffff, (float) (threadIdx.x % 2), 1);
        })"), {1}, {64}, {a});
    std::vector<float> expected;
    for (int i = 0; i < 64; i++) expected.push_back((i < 32 ? 496.0f : 1520.0f) + (float) (1 - i % 2));
    expect(session.read(a, 64), expected);
    return result;
}

CHECK(collective_in_a_diverged_warp, CUDA_ERROR_LAUNCH_FAILED, "in a diverged warp") {
    return run_64(R"(
        extern "C" __global__ void kernel(float *a) {
            float value = 1.0f;
            if (threadIdx.x % 2 == 0) value = __shfl_sync(0xffffffff, value, 0);
            a[threadIdx.x] = value;
        })");
}

CHECK(collective_while_others_wait_at_a_barrier, CUDA_ERROR_LAUNCH_FAILED, "waits at __syncthreads") {
    return run_64(R"(
        extern "C" __global__ void kernel(float *a) {
            float value = 1.0f;
            if (threadIdx.x == 5) __syncthreads();
            value = __shfl_sync(0xffffffff, value, 0);
            if (threadIdx.x != 5) __syncthreads();
            a[threadIdx.x] = value;
        })");
}

CORRECT(collective_of_half_a_warp) {
    return run_64(R"(
        extern "C" __global__ void kernel(float *a) {
            float value = 1.0f;
            if (threadIdx.x % 32 < 16) value = __shfl_sync(0x0000ffff, value, 3);
            value = __shfl_sync(0xffffffff, value, 20);
            a[threadIdx.x] = value;
        })");
}

CHECK(matrices_in_a_small_block, CUDA_ERROR_LAUNCH_FAILED, "needs a whole warp") {
    return run_64(R"(
        extern "C" __global__ void kernel(float *a) {
            unsigned x[4] = {0, 0, 0, 0}, y[2] = {0, 0};
            float c[4] = {0, 0, 0, 0}, d[4];
            asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
                : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
                : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
            a[threadIdx.x] = d[0];
        })", 16);
}

// Each block and each thread takes a number: in another order than their own, and in another one at the next launch.
CORRECT(blocks_and_threads_are_shuffled) {
    Session session;
    CUfunction kernel = session.load(R"(
        extern "C" __global__ void kernel(float *order, int *next) {
            order[blockIdx.x * 64 + threadIdx.x] = (float) atomicAdd(next, 1);
        })");
    std::set<std::vector<float>> orders;
    std::vector<float> sorted;
    for (int i = 0; i < 256; i++) sorted.push_back((float) i);
    orders.insert(sorted);
    for (int launch = 0; launch < 2; launch++) {
        CUdeviceptr order = session.empty(1024), next = session.numbers({0.0f});
        run(session, kernel, {4}, {64}, {order, next});
        std::vector<float> numbers = session.read(order, 256), all = numbers;
        std::sort(all.begin(), all.end());
        expect(all, sorted);
        if (!orders.insert(numbers).second) wrong("the same order again");
    }
    return CUDA_SUCCESS;
}
