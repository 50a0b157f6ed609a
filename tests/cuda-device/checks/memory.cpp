// Accesses to the device's memory.
#include "check.h"
#include <cmath>

static const std::vector<float> HUNDRED(100, 1.0f);

CORRECT(each_block_writes_its_own) {
    Session session;
    CUdeviceptr a = session.numbers(std::vector<float>(256, 2.0f)), b = session.empty(1024);
    CUresult result = run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a, float *b) {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            b[i] = a[i] * 3.0f + (float) i;
        })"), {8}, {32}, {a, b});
    std::vector<float> expected;
    for (int i = 0; i < 256; i++) expected.push_back(6.0f + (float) i);
    expect(session.read(b, 256), expected);
    return result;
}

CHECK(read_after_the_end, CUDA_ERROR_ILLEGAL_ADDRESS, "0 bytes after an allocation of 400 bytes") {
    Session session;
    return run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a, float *b) { b[threadIdx.x] = a[threadIdx.x + 100]; })"),
            {1}, {1}, {session.numbers(HUNDRED), session.empty(400)});
}

CHECK(write_before_the_start, CUDA_ERROR_ILLEGAL_ADDRESS, "4 bytes before one of 400 bytes") {
    Session session;
    return run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) { a[(int) threadIdx.x - 1] = 0.0f; })"), {1}, {1}, {session.numbers(HUNDRED)});
}

CHECK(null_pointer, CUDA_ERROR_ILLEGAL_ADDRESS, "outside of the device's memory") {
    Session session;
    return run(session, session.load(R"(extern "C" __global__ void kernel(float *a) { a[threadIdx.x] = 0.0f; })"), {1}, {1}, {0});
}

CHECK(freed_memory, CUDA_ERROR_ILLEGAL_ADDRESS, "bytes that were freed") {
    Session session;
    CUdeviceptr a = session.numbers(HUNDRED);
    cuMemFree_v2(a);
    return run(session, session.load(R"(extern "C" __global__ void kernel(float *a) { a[threadIdx.x + 3] = 0.0f; })"), {1}, {1}, {a});
}

CHECK(host_memory, CUDA_ERROR_ILLEGAL_ADDRESS, "outside of the device's memory") {
    Session session;
    static float host[4];
    return run(session, session.load(R"(extern "C" __global__ void kernel(float *a) { a[threadIdx.x] = 0.0f; })"), {1}, {1}, {(CUdeviceptr) host});
}

CHECK(misaligned_float, CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned") {
    Session session;
    return run(session, session.load(R"(
        extern "C" __global__ void kernel(char *a) { *(float *) (a + threadIdx.x + 2) = 0.0f; })"), {1}, {1}, {session.numbers(HUNDRED)});
}

CHECK(misaligned_vector, CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned") {
    Session session;
    return run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) { float4 v = *(float4 *) (a + threadIdx.x + 2); a[50] = v.x + v.w; })"),
            {1}, {1}, {session.numbers(HUNDRED)});
}

CHECK(private_array_overrun, CUDA_ERROR_ILLEGAL_ADDRESS, "outside of") {
    Session session;
    return run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) {
            float sums[4];
            for (int i = 0; i < 4; i++) sums[i] = a[i];
            a[0] = sums[(int) a[0] + 4];
        })"), {1}, {1}, {session.numbers(HUNDRED)});
}

CORRECT(memory_is_poisoned) {
    Session session;
    CUdeviceptr a = session.empty(8);
    expect(session.read(a, 2), {NAN, NAN});
    return CUDA_SUCCESS;
}

CHECK(blocks_write_the_same, CUDA_ERROR_LAUNCH_FAILED, "races with a write by block") {
    Session session;
    return run(session, session.load(R"(extern "C" __global__ void kernel(float *a) { a[threadIdx.x] = (float) blockIdx.x; })"),
            {4}, {32}, {session.numbers(HUNDRED)});
}

CHECK(block_reads_what_another_writes, CUDA_ERROR_LAUNCH_FAILED, "races with") {
    Session session;
    return run(session, session.load(R"(
        extern "C" __global__ void kernel(float *a) {
            int i = blockIdx.x * 32 + threadIdx.x;
            a[i] = a[(i + 32) % 64] + 1.0f;
        })"), {2}, {32}, {session.numbers(HUNDRED)});
}

CORRECT(atomic_additions) {
    Session session;
    CUdeviceptr a = session.numbers({0.0f});
    CUresult result = run(session, session.load(R"(extern "C" __global__ void kernel(float *a) { atomicAdd(a, 1.0f); })"), {50}, {64}, {a});
    expect(session.read(a, 1), {3200.0f});
    return result;
}

CORRECT(halves_beside_each_other) {
    Session session;
    CUdeviceptr a = session.numbers(std::vector<float>(16, 0.0f));
    return run(session, session.load(R"(
        #include <cuda_fp16.h>
        extern "C" __global__ void kernel(half *a) { a[blockIdx.x] = __float2half(1.5f) + a[blockIdx.x]; })"), {32}, {1}, {a});
}
