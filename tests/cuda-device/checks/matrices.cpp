// The instructions of tensor cores and asynchronous copies, as TornadoVM writes them.
#include "check.h"
#include <cmath>
#include <cstring>

// Two tiles of halves in shared memory, their product of 16 x 8 in f32: what TornadoVM's mma calls become.
static const std::string PRODUCT = R"(
    #include <cuda_fp16.h>
    extern "C" __global__ void kernel(float *a, float *b, float *out) {
        __shared__ int left[128];
        __shared__ int right[64];
        unsigned lane = threadIdx.x;
        for (int i = lane; i < 256; i += 32) ((half *) left)[i] = __float2half(a[i]);
        for (int i = lane; i < 128; i += 32) ((half *) right)[i] = __float2half(b[i]);
        BARRIER;
        unsigned fa[4];
        {
            unsigned __bo = (((lane >> 3 & 1u) << 3) + (lane & 7u)) * 32 + (lane >> 4) * 16;
            unsigned __smem;
            asm volatile("{ .reg .u64 u; cvta.to.shared.u64 u, %1; cvt.u32.u64 %0, u; }" : "=r"(__smem) : "l"((const char *) left + __bo));
            asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(fa[0]), "=r"(fa[1]), "=r"(fa[2]), "=r"(fa[3]) : "r"(__smem));
        }
        unsigned fb[2];
        {
            unsigned __bo = (lane & 7u) * 16 + (lane >> 3 & 1u) * 128;
            unsigned __smem;
            asm volatile("{ .reg .u64 u; cvta.to.shared.u64 u, %1; cvt.u32.u64 %0, u; }" : "=r"(__smem) : "l"((const char *) right + __bo));
            asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];" : "=r"(fb[0]), "=r"(fb[1]) : "r"(__smem));
        }
        float c[4] = {1.0f, 1.0f, 1.0f, 1.0f};
        float d[4];
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
            : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
            : "r"(fa[0]), "r"(fa[1]), "r"(fa[2]), "r"(fa[3]), "r"(fb[0]), "r"(fb[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
        for (int i = 0; i < 4; i++) out[((lane >> 2) + (i >= 2 ? 8 : 0)) * 8 + (lane & 3u) * 2 + i % 2] = d[i];
    })";

static std::string product_with(const std::string &barrier) {
    std::string source = PRODUCT;
    return source.replace(source.find("BARRIER"), 7, barrier);
}

static CUresult multiply(const std::string &source) {
    Session session;
    std::vector<float> a, b, expected;
    for (int i = 0; i < 256; i++) a.push_back((float) (i * 7 % 13 - 6));
    for (int i = 0; i < 128; i++) b.push_back((float) (i * 5 % 11 - 5));
    for (int row = 0; row < 16; row++) {
        for (int column = 0; column < 8; column++) {
            float sum = 1.0f;
            for (int k = 0; k < 16; k++) sum += a[(size_t) (row * 16 + k)] * b[(size_t) (k * 8 + column)];
            expected.push_back(sum);
        }
    }
    CUdeviceptr out = session.empty(512);
    CUresult result = run(session, session.load(source), {1}, {32}, {session.numbers(a), session.numbers(b), out});
    if (result == CUDA_SUCCESS) expect(session.read(out, 128), expected);
    return result;
}

CORRECT(product_of_a_warp) { return multiply(product_with("__syncthreads()")); }

CHECK(ldmatrix_without_a_barrier, CUDA_ERROR_LAUNCH_FAILED, "no barrier between them") { return multiply(product_with("")); }

// All operand types: A holds ones in its first column of k only, B the number 3 in its first row.
static CUresult ones(const std::string &shape, const std::string &type, const std::string &sum, const char *a, const char *b) {
    Session session;
    CUdeviceptr out = session.empty(128);
    std::string source = R"(extern "C" __global__ void kernel(float *out) {
        unsigned lane = threadIdx.x, a = lane % 4 == 0 ? A : 0, b = lane % 4 == 0 ? B : 0;
        SUM c = 0, d[4];
        asm volatile("mma.sync.aligned.SHAPE.row.col.ACC.TYPE.TYPE.ACC {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
            : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
            : "r"(a), "r"(a), "r"(0u), "r"(0u), "r"(b), "r"(0u), "r"(c), "r"(c), "r"(c), "r"(c));
        out[lane] = (float) (d[0] + d[1] + d[2] + d[3]);
    })";
    auto replace = [&](const std::string &what, const std::string &with) {
        for (size_t at; (at = source.find(what)) != std::string::npos;) source.replace(at, what.size(), with);
    };
    replace("SHAPE", shape);
    replace("TYPE", type);
    replace("SUM", sum);
    replace("ACC", sum == "int" ? "s32" : "f32");
    replace("? A", std::string("? ") + a);
    replace("? B", std::string("? ") + b);
    CUresult result = run(session, session.load(source), {1}, {32}, {out});
    expect(session.read(out, 32), std::vector<float>(32, 12.0f));
    return result;
}

CORRECT(bf16) { return ones("m16n8k16", "bf16", "float", "0x3f80u", "0x4040u"); }
CORRECT(int8) { return ones("m16n8k32", "s8", "int", "0x000000ffu", "0x000000fdu"); }
CORRECT(e4m3) { return ones("m16n8k32", "e4m3", "float", "0x38u", "0x44u"); }
CORRECT(e5m2) { return ones("m16n8k32", "e5m2", "float", "0x3cu", "0x42u"); }

CORRECT(dp4a) {
    Session session;
    CUdeviceptr out = session.empty(4);
    CUresult result = run(session, session.load(R"(
        extern "C" __global__ void kernel(float *out) {
            int d;
            asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(d) : "r"(0x01ff0203), "r"(0x04050607), "r"(100));
            out[0] = (float) d;
        })"), {1}, {1}, {out});
    expect(session.read(out, 1), {132.0f});
    return result;
}

// Copies 64 numbers through shared memory, in two groups; WAIT stands for what the thread does before it reads.
static CUresult copy_with(const std::string &wait) {
    Session session;
    std::vector<float> values, reversed;
    for (int i = 0; i < 64; i++) values.push_back((float) i), reversed.push_back((float) (63 - i));
    std::string source = R"(
        extern "C" __global__ void kernel(float *from, float *to) {
            __shared__ int tile[64];
            for (int half = 0; half < 2; half++) {
                unsigned __smem;
                int i = half * 32 + threadIdx.x;
                asm volatile("{ .reg .u64 u; cvta.to.shared.u64 u, %1; cvt.u32.u64 %0, u; }" : "=r"(__smem) : "l"((char *) tile + (((unsigned) i) << 2)));
                asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" :: "r"(__smem), "l"((const char *) from + ((long long) i) * 4));
                asm volatile("cp.async.commit_group;");
            }
            WAIT
            for (int half = 0; half < 2; half++) to[63 - half * 32 - threadIdx.x] = ((float *) tile)[half * 32 + threadIdx.x];
        })";
    source.replace(source.find("WAIT"), 4, wait);
    CUdeviceptr to = session.empty(256);
    CUresult result = run(session, session.load(source), {1}, {32}, {session.numbers(values), to});
    if (result == CUDA_SUCCESS) expect(session.read(to, 64), reversed);
    return result;
}

CORRECT(asynchronous_copies) { return copy_with("asm volatile(\"cp.async.wait_group 0;\"); __syncthreads();"); }
CHECK(copies_without_a_wait, CUDA_ERROR_LAUNCH_FAILED, "has not delivered yet") { return copy_with("__syncthreads();"); }
CHECK(copies_with_a_wait_for_the_first_group, CUDA_ERROR_LAUNCH_FAILED, "has not delivered yet") {
    return copy_with("asm volatile(\"cp.async.wait_group 1;\"); __syncthreads();");
}
CHECK(copies_of_others_without_a_barrier, CUDA_ERROR_LAUNCH_FAILED, "") {
    Session session;
    CUresult result = run(session, session.load(R"(
        extern "C" __global__ void kernel(float *from, float *to) {
            __shared__ int tile[64];
            unsigned __smem;
            asm volatile("{ .reg .u64 u; cvta.to.shared.u64 u, %1; cvt.u32.u64 %0, u; }" : "=r"(__smem) : "l"((char *) tile + threadIdx.x * 4));
            asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" :: "r"(__smem), "l"((const char *) from + threadIdx.x * 4));
            asm volatile("cp.async.commit_group;");
            asm volatile("cp.async.wait_group 0;");
            to[threadIdx.x] = ((float *) tile)[63 - threadIdx.x];
        })"), {1}, {64}, {session.numbers(std::vector<float>(64, 1.0f)), session.empty(256)});
    if (reports().find("tile") == std::string::npos) wrong("no report of the race");
    return result;
}
