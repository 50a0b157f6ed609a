// PTX: what its instructions compute, and the faults that the device finds in it as it does in CUDA C.
#include "check.h"
#include <cmath>
#include <cstring>
#include <stdexcept>

// A kernel with two pointers, in rud0 and rud1, and with the thread's index in rui0 and its number of bytes in rud2.
static std::string kernel(const std::string &body, const std::string &before = "", const std::string &target = "sm_90") {
    return ".version 7.6\n.target " + target + "\n.address_size 64\n.visible .entry kernel(.param .u64 .ptr .global .align 8 a, .param .align 8 .u64 b) " + before
            + R"({
        .reg .pred rpb<4>; .reg .b16 rhi<4>; .reg .f16 rfh<4>; .reg .s32 rsi<4>; .reg .u32 rui<12>; .reg .b32 rbi<12>; .reg .f32 rfi<12>;
        .reg .s64 rsd<4>; .reg .u64 rud<12>; .reg .f64 rfd<4>;
        ld.param.u64 rud0, [a];
        ld.param.u64 rud1, [b];
        mov.u32 rui0, %tid.x;
        mul.wide.u32 rud2, rui0, 4;
        add.u64 rud0, rud0, rud2;
)" + body + R"(
        ret;
    })";
}

static CUresult run_on(const std::string &text, Size grid = {1}, Size block = {64}) {
    Session session;
    CUdeviceptr a = session.numbers(std::vector<float>(256, 1.0f));
    return run(session, session.load_ptx(text), grid, block, {a, session.empty(1024)});
}

// Instructions that leave their result in rfi0, and that result.
struct Case {
    const char *code;
    float result;
};

static CUresult compute(const std::vector<Case> &cases) {
    Session session;
    std::string body;
    std::vector<float> expected;
    for (const Case &each : cases) {
        body += std::string(each.code) + " st.global.f32 [rud1+" + std::to_string(4 * expected.size()) + "], rfi0;\n";
        expected.push_back(each.result);
    }
    CUdeviceptr a = session.numbers({1.0f}), b = session.empty(4 * cases.size());
    CUresult result = run(session, session.load_ptx(kernel(body)), {1}, {1}, {a, b});
    expect(session.read(b, cases.size()), expected);
    return result;
}

CORRECT(ptx_whole_numbers) {
    return compute({
        {"mov.s32 rsi0, 7; mad.lo.s32 rsi1, rsi0, -3, 100; cvt.rn.f32.s32 rfi0, rsi1;", 79},
        {"mul.lo.s32 rsi1, 65536, 65537; cvt.rn.f32.s32 rfi0, rsi1;", 65536},
        {"mul.hi.s32 rsi1, 65536, -65536; cvt.rn.f32.s32 rfi0, rsi1;", -1},
        {"mov.s32 rsi0, -5; mul.wide.s32 rsd0, rsi0, 4; cvt.rn.f32.s64 rfi0, rsd0;", -20},
        {"mov.s32 rsi0, -7; div.s32 rsi1, rsi0, 2; rem.s32 rsi2, rsi0, 2; mad.lo.s32 rsi1, rsi1, 10, rsi2; cvt.rn.f32.s32 rfi0, rsi1;", -31},
        {"mov.s32 rsi0, -7; shr.s32 rsi1, rsi0, 1; cvt.rn.f32.s32 rfi0, rsi1;", -4},
        {"mov.s32 rsi0, -1; shr.b32 rui1, rsi0, 28; cvt.rn.f32.u32 rfi0, rui1;", 15},
        {"mov.s32 rsi0, -1; shr.s32 rsi1, rsi0, 40; shl.b32 rui1, rsi0, 32; add.s32 rsi1, rsi1, rui1; cvt.rn.f32.s32 rfi0, rsi1;", -1},
        {"and.b32 rbi0, 12, 10; or.b32 rbi1, rbi0, 1; xor.b32 rbi1, rbi1, 15; cvt.rn.f32.s32 rfi0, rbi1;", 6},
        {"not.b32 rbi0, 5; neg.s32 rsi0, rbi0; cvt.rn.f32.s32 rfi0, rsi0;", 6},
        {"min.s32 rsi0, -3, 2; max.u32 rui1, -3, 2; add.s32 rsi0, rsi0, rui1; cvt.rn.f32.s32 rfi0, rsi0;", -6},
        {"mov.s32 rsi0, -9; abs.s32 rsi0, rsi0; popc.b32 rui1, 255; sub.s32 rsi0, rui1, rsi0; cvt.rn.f32.s32 rfi0, rsi0;", -1},
        {"mov.s32 rsi0, -2; cvt.s64.s32 rsd0, rsi0; cvt.u64.u32 rud3, rsi0; add.u64 rud3, rud3, rsd0; cvt.rn.f32.u64 rfi0, rud3;", 4294967292.0f},
        {"mov.s32 rsi0, 200; cvt.s8.s32 rsi1, rsi0; cvt.rn.f32.s32 rfi0, rsi1;", -56},
    });
}

CORRECT(ptx_floating_point_numbers) {
    return compute({
        {"mov.f32 rfi1, 0F3F800001; mul.rn.f32 rfi0, rfi1, rfi1; neg.f32 rfi0, rfi0; mad.rn.f32 rfi0, rfi1, rfi1, rfi0;", 0x1p-46f}, // rounded once
        {"mov.f32 rfi1, 0F40400000; sub.rn.f32 rfi0, rfi1, 0F3F800000; div.full.f32 rfi0, rfi0, 0F41000000;", 0.25f},
        {"min.f32 rfi0, 0F7FC00000, 0F40000000;", 2}, // of a NaN and a number
        {"max.f32 rfi0, 0F40000000, 0F7FC00000;", 2},
        {"abs.f32 rfi0, 0FC0400000;", 3},
        {"sqrt.rn.f32 rfi0, 0F41100000; rsqrt.approx.f32 rfi1, 0F40800000; add.rn.f32 rfi0, rfi0, rfi1;", 3.5f},
        {"ex2.approx.f32 rfi0, 0F40400000; lg2.approx.f32 rfi0, rfi0;", 3},
        {"cos.approx.f32 rfi0, 0F00000000; sin.approx.f32 rfi1, 0F00000000; add.rn.f32 rfi0, rfi0, rfi1;", 1},
        {"copysign.f32 rfi0, 0FBF800000, 0F40A00000;", -5}, // the sign of the first
        {"cvt.rzi.s32.f32 rsi0, 0FC0700000; cvt.rn.f32.s32 rfi0, rsi0;", -3},
        {"cvt.rmi.f32.f32 rfi0, 0FC0700000;", -4},
        {"cvt.rpi.f32.f32 rfi0, 0FC0700000;", -3},
        {"cvt.rni.s32.f32 rsi0, 0F40200000; cvt.rn.f32.s32 rfi0, rsi0;", 2}, // 2.5, to the even one
        {"cvt.rzi.s32.f32 rsi0, 0F7FC00000; cvt.rn.f32.s32 rfi0, rsi0;", 0},
        {"cvt.rzi.s32.f32 rsi0, 0F60000000; cvt.rn.f32.s32 rfi0, rsi0;", 2147483648.0f}, // the largest there is, rounded
        {"cvt.rzi.u32.f32 rui1, 0FC0700000; cvt.rn.f32.u32 rfi0, rui1;", 0},
        {"cvt.f64.f32 rfd0, 0F3F000000; add.rn.f64 rfd0, rfd0, 0D3FF0000000000000; cvt.rn.f32.f64 rfi0, rfd0;", 1.5f},
        {"cvt.rn.f16.f32 rfh0, 0F3F800000; add.rn.f16 rfh1, rfh0, rfh0; fma.rn.f16 rfh1, rfh1, rfh1, rfh0; cvt.f32.f16 rfi0, rfh1;", 5},
        {"cvt.rn.f16.f32 rhi0, 0F477FF000; cvt.f32.f16 rfi0, rhi0;", INFINITY},
        {"setp.lt.f32 rpb0, 0F7FC00000, 0F00000000; setp.ltu.f32 rpb1, 0F7FC00000, 0F00000000; not.pred rpb0, rpb0; and.pred rpb0, rpb0, rpb1;"
         "selp.f32 rfi0, 0F3F800000, 0F40000000, rpb0;", 1},
        {"testp.normal.f32 rpb0, 0F00000001; selp.f32 rfi0, 0F3F800000, 0F40000000, rpb0;", 2},
        {"mov.b32 rbi0, {rhi2, rhi3}; mov.f32 rfi0, 0F3F800000; mov.b32 {rhi0, rhi1}, rfi0; mov.b32 rbi0, {rhi1, rhi0}; cvt.rn.f32.u32 rfi0, rbi0;", 16256},
    });
}

CORRECT(ptx_branches_and_predicates) {
    return compute({
        {"mov.s32 rsi0, 0; LOOP: setp.ge.s32 rpb0, rsi0, 10; @rpb0 bra END; add.s32 rsi0, rsi0, 3; bra.uni LOOP; END: cvt.rn.f32.s32 rfi0, rsi0;", 12},
        {"mov.f32 rfi0, 0F3F800000; setp.eq.s32 rpb1, 1, 0; @rpb1 mov.f32 rfi0, 0F40000000; @!rpb1 add.rn.f32 rfi0, rfi0, rfi0;", 2},
    });
}

CORRECT(ptx_vectors) {
    Session session;
    CUdeviceptr a = session.numbers({1, 2, 3, 4}), b = session.empty(24);
    CUresult result = run(session, session.load_ptx(kernel(R"(
        .reg .v4 .f32 four;
        ld.global.v4.f32 four, [rud0];
        add.rn.f32 four.x, four.x, four.w;
        st.global.v4.f32 [rud1], four;
        ld.global.v2.f32 {rfi0, rfi1}, [rud0+8];
        st.global.v2.f32 [rud1+16], {rfi1, rfi0};)")), {1}, {1}, {a, b});
    expect(session.read(b, 6), {5, 2, 3, 4, 4, 3});
    return result;
}

CORRECT(ptx_local_arrays) {
    Session session;
    CUdeviceptr a = session.numbers({1, 2, 3, 4}), b = session.empty(16);
    CUresult result = run(session, session.load_ptx(kernel(R"(
        .local .f32 sums[4];
        .local .s8 bytes[3];
        mov.u32 rui1, sums;
        ld.global.f32 rfi0, [rud0];
        st.local.f32 [rui1+12], rfi0;
        st.local.s8 [bytes+2], 7;
        ld.local.f32 rfi1, [sums+12];
        ld.local.s8 rsi0, [bytes+2];
        cvt.rn.f32.s32 rfi2, rsi0;
        add.rn.f32 rfi1, rfi1, rfi2;
        add.u64 rud1, rud1, rud2;
        st.global.f32 [rud1], rfi1;)")), {1}, {4}, {a, b});
    expect(session.read(b, 4), {8, 9, 10, 11});
    return result;
}

static const char *const REVERSE = R"(
        .shared .f32 tile[64];
        ld.global.f32 rfi0, [rud0];
        st.shared.f32 tile[rui0], rfi0;
        BARRIER
        sub.s32 rsi0, 63, rui0;
        ld.shared.f32 rfi1, tile[rsi0];
        st.global.f32 [rud0], rfi1;)";

static std::string with(std::string text, const std::string &what, const std::string &instead) {
    return text.replace(text.find(what), what.size(), instead);
}

CORRECT(ptx_reverse_in_shared_memory) {
    Session session;
    std::vector<float> forward, backward;
    for (int i = 0; i < 64; i++) forward.push_back((float) i), backward.push_back((float) (63 - i));
    CUdeviceptr a = session.numbers(forward);
    CUresult result = run(session, session.load_ptx(kernel(with(REVERSE, "BARRIER", "barrier.sync 0;"))), {1}, {64}, {a, a});
    expect(session.read(a, 64), backward);
    return result;
}

CORRECT(ptx_barriers_of_any_number) {
    Session session;
    CUdeviceptr a = session.numbers(std::vector<float>(64, 1.0f));
    CUresult result = run(session, session.load_ptx(kernel(with(REVERSE, "BARRIER", "barrier.sync 1; bar.sync 15;"))), {1}, {64}, {a, a});
    expect(session.read(a, 64), std::vector<float>(64, 1.0f));
    return result;
}

CORRECT(ptx_atomics_and_shuffles) {
    Session session;
    CUdeviceptr a = session.numbers(std::vector<float>(64, 2.0f)), b = session.numbers({0.0f});
    CUresult result = run(session, session.load_ptx(kernel(R"(
        ld.global.b32 rbi0, [rud0];
        and.b32 rbi1, rui0, 1;
        cvt.rn.f32.u32 rbi2, rbi1;
        shfl.sync.bfly.b32 rbi3, rbi2, 1, 31, 0xFFFFFFFF;
        shfl.sync.down.b32 rbi4, rbi3, 31, 31, 0xFFFFFFFF;
        add.rn.f32 rfi0, rbi4, rbi0;
        atom.global.add.f32 rfi1, [rud1], rfi0;)")), {1}, {64}, {a, b});
    expect(session.read(b, 1), {158}); // each 2, and 1 where the neighbour is odd, but lane 0 takes that of lane 31
    return result;
}

// Parameters in one buffer, as TornadoVM's PTX backend hands them over.
static CUresult launch_with_buffer(size_t bytes) {
    Session session;
    CUdeviceptr a = session.numbers({3.0f}), b = session.empty(4), parameters[] = {a, b};
    CUfunction function = session.load_ptx(kernel("ld.global.f32 rfi0, [rud0]; st.global.f32 [rud1], rfi0;"));
    void *extra[] = {(void *) CU_LAUNCH_PARAM_BUFFER_POINTER, parameters, (void *) CU_LAUNCH_PARAM_BUFFER_SIZE, &bytes, (void *) CU_LAUNCH_PARAM_END};
    if (CUresult failed = cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, session.stream, nullptr, extra)) return failed;
    expect(session.read(b, 1), {3.0f});
    return CUDA_SUCCESS;
}

CORRECT(ptx_parameters_in_a_buffer) { return launch_with_buffer(16); }
CHECK(ptx_too_small_a_buffer_of_parameters, CUDA_ERROR_INVALID_VALUE, "too few parameters") { return launch_with_buffer(12); }

// The product of two matrices in shared memory, all elements of A being 1 and the rows of B being 0, 1, 2 …
static std::string product(const std::string &barrier) {
    return kernel(R"(
        .shared .s32 left[128];
        .shared .s32 right[64];
        mov.s32 rsi0, rui0;
        FILL: st.shared.b32 left[rsi0], 0x3c003c00;
        add.s32 rsi0, rsi0, 32;
        setp.lt.s32 rpb0, rsi0, 128;
        @rpb0 bra FILL;
        shr.b32 rui1, rui0, 1;
        cvt.rn.f16.u32 rhi0, rui1;
        mov.b32 rbi0, {rhi0, rhi0};
        shl.b32 rui2, rui0, 1;
        st.shared.b32 right[rui2], rbi0;
        st.shared.b32 right[rui2+1], rbi0;
        )" + barrier + R"(
        .reg .b32 fa_0, fa_1, fa_2, fa_3, fb_0, fb_1;
        .reg .f32 fc_0, fc_1, fc_2, fc_3;
        mov.u32 rui3, left;
        and.b32 rui4, rui0, 15;
        mad.lo.u32 rui3, rui4, 32, rui3;
        shr.b32 rui5, rui0, 4;
        mad.lo.u32 rui3, rui5, 16, rui3;
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {fa_0, fa_1, fa_2, fa_3}, [rui3];
        mov.u32 rui6, right;
        mad.lo.u32 rui6, rui4, 16, rui6;
        ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {fb_0, fb_1}, [rui6];
        mov.f32 fc_0, 0F3F800000; mov.f32 fc_1, fc_0; mov.f32 fc_2, fc_0; mov.f32 fc_3, fc_0;
        mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {fc_0, fc_1, fc_2, fc_3}, {fa_0, fa_1, fa_2, fa_3}, {fb_0, fb_1}, {fc_0, fc_1, fc_2, fc_3};
        add.rn.f32 fc_0, fc_0, fc_3;
        st.global.f32 [rud0], fc_0;)");
}

CORRECT(ptx_product_of_a_warp) {
    Session session;
    CUdeviceptr a = session.empty(128);
    CUresult result = run(session, session.load_ptx(product("barrier.sync 0;")), {1}, {32}, {a, a});
    expect(session.read(a, 32), std::vector<float>(32, 242.0f)); // twice 1 + 0 + 1 + … + 15
    return result;
}

CHECK(ptx_ldmatrix_without_a_barrier, CUDA_ERROR_LAUNCH_FAILED, "no barrier between them") { return run_on(product(""), {1}, {32}); }
CHECK(ptx_matrices_in_a_small_block, CUDA_ERROR_LAUNCH_FAILED, "needs a whole warp") { return run_on(product("barrier.sync 0;"), {1}, {16}); }

// Accesses. The line is that of the text.
CHECK(ptx_read_after_the_end, CUDA_ERROR_ILLEGAL_ADDRESS, "(line 12) is outside of any allocation: 0 bytes after an allocation of 1024 bytes") {
    return run_on(kernel("ld.global.f32 rfi0, [rud0+1024]; st.global.f32 [rud1], rfi0;"), {1}, {1});
}
CHECK(ptx_write_before_the_start, CUDA_ERROR_ILLEGAL_ADDRESS, "4 bytes before one of") {
    return run_on(kernel("st.global.f32 [rud0-4], 0F00000000;"), {1}, {1});
}
CHECK(ptx_null_pointer, CUDA_ERROR_ILLEGAL_ADDRESS, "outside of the device's memory") {
    return run_on(kernel("mov.u64 rud0, 0; st.global.f32 [rud0], 0F00000000;"));
}
CHECK(ptx_freed_memory, CUDA_ERROR_ILLEGAL_ADDRESS, "bytes that were freed") {
    Session session;
    CUdeviceptr a = session.empty(400);
    cuMemFree_v2(a);
    return run(session, session.load_ptx(kernel("st.global.f32 [rud0], 0F00000000;")), {1}, {1}, {a, a});
}
CHECK(ptx_misaligned_float, CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned") { return run_on(kernel("st.global.f32 [rud0+2], 0F00000000;"), {1}, {1}); }
CHECK(ptx_misaligned_vector, CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned") {
    return run_on(kernel("ld.global.v4.f32 {rfi0, rfi1, rfi2, rfi3}, [rud0+8]; st.global.f32 [rud1], rfi3;"), {1}, {1});
}
CHECK(ptx_local_array_overrun, CUDA_ERROR_ILLEGAL_ADDRESS, "byte 16 of sums, which has 16 bytes") {
    return run_on(kernel(".local .f32 sums[4]; mov.u32 rui1, sums; ld.local.f32 rfi0, [rui1+16]; st.global.f32 [rud0], rfi0;"));
}
CHECK(ptx_misaligned_local_array, CUDA_ERROR_MISALIGNED_ADDRESS, "byte 2 of sums") {
    return run_on(kernel(".local .f32 sums[4]; mov.u32 rui1, sums; ld.local.f32 rfi0, [rui1+2]; st.global.f32 [rud0], rfi0;"));
}
CHECK(ptx_write_after_the_end_of_a_shared_array, CUDA_ERROR_ILLEGAL_ADDRESS, "outside of any shared array, byte 256 of tile") {
    return run_on(kernel(".shared .f32 tile[64]; .shared .f32 next[64]; st.shared.f32 tile[rui0+1], 0F00000000;"));
}
CHECK(ptx_blocks_write_the_same, CUDA_ERROR_LAUNCH_FAILED, "races with a write by block") { return run_on(kernel("st.global.f32 [rud0], 0F00000000;"), {4}); }

// Order
CHECK(ptx_missing_barrier, CUDA_ERROR_LAUNCH_FAILED, "no barrier between them, byte") { return run_on(kernel(with(REVERSE, "BARRIER", ""))); }
CHECK(ptx_two_writers, CUDA_ERROR_LAUNCH_FAILED, "races with a write by thread") {
    return run_on(kernel(".shared .f32 tile[64]; shr.b32 rui1, rui0, 1; st.shared.f32 tile[rui1], 0F00000000;"));
}
CHECK(ptx_barrier_that_some_have_left, CUDA_ERROR_LAUNCH_FAILED, "has returned") {
    return run_on(kernel("setp.ge.u32 rpb0, rui0, 40; @rpb0 ret; barrier.sync 0;"));
}
CHECK(ptx_barrier_in_a_branch, CUDA_ERROR_LAUNCH_FAILED, "barrier divergence") {
    return run_on(kernel("setp.ge.u32 rpb0, rui0, 32; @rpb0 bra OTHER;\n barrier.sync 0; bra.uni END; OTHER:\n barrier.sync 0; END:"));
}
CHECK(ptx_shuffle_in_a_diverged_warp, CUDA_ERROR_LAUNCH_FAILED, "in a diverged warp") {
    return run_on(kernel("and.b32 rui1, rui0, 1; setp.eq.s32 rpb0, rui1, 0; @rpb0 shfl.sync.idx.b32 rbi0, rui0, 0, 31, 0xFFFFFFFF; st.global.b32 [rud0], rbi0;"));
}
CHECK(ptx_copies_without_a_wait, CUDA_ERROR_LAUNCH_FAILED, "has not delivered yet") {
    return run_on(kernel(R"(
        .shared .f32 tile[64];
        mov.u32 rui1, tile;
        mad.lo.u32 rui1, rui0, 4, rui1;
        cp.async.ca.shared.global [rui1], [rud0], 4;
        cp.async.commit_group;
        barrier.sync 0;
        ld.shared.f32 rfi0, tile[rui0];
        st.global.f32 [rud0], rfi0;)"));
}

// What the driver refuses.
static CUresult load(const std::string &text) {
    Session session;
    CUmodule module;
    char log[512] = "";
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void *values[] = {log, (void *) sizeof log};
    CUresult result = cuModuleLoadDataEx(&module, text.c_str(), 2, options, values);
    if (result != CUDA_SUCCESS && *log == 0) wrong("no log");
    return result;
}

CHECK(ptx_unknown_instruction, CUDA_ERROR_INVALID_PTX, "line 12; error   : the instruction 'bfe.u32' is not translated") {
    return load(kernel("bfe.u32 rui1, rui0, 3, 4;"));
}
CHECK(ptx_unknown_modifier, CUDA_ERROR_INVALID_PTX, "the instruction 'add.sat.f32' is not translated") { return load(kernel("add.sat.f32 rfi0, rfi0, rfi0;")); }
CHECK(ptx_unknown_register, CUDA_ERROR_INVALID_PTX, "unknown symbol 'rui99'") { return load(kernel("add.u32 rui99, rui0, 1;")); }
CHECK(ptx_unknown_label, CUDA_ERROR_INVALID_PTX, "unknown label 'NOWHERE'") { return load(kernel("bra NOWHERE;")); }
CHECK(ptx_too_few_operands, CUDA_ERROR_INVALID_PTX, "'add.u32' has 2 operands, not 3") { return load(kernel("add.u32 rui1, rui0;")); }
CHECK(ptx_operand_of_another_size, CUDA_ERROR_INVALID_PTX, "line 12; error   : a destination is too narrow for 'add.u64'") { return load(kernel("add.u64 rui1, rud0, 4;")); }
CHECK(ptx_barrier_above_15, CUDA_ERROR_INVALID_PTX, "there are 16 barriers") { return load(kernel("barrier.sync 16;")); }
CHECK(ptx_barrier_of_some_threads, CUDA_ERROR_INVALID_PTX, "of some threads only") { return load(kernel("barrier.sync 0, 32;")); }
CHECK(ptx_text_that_ends_too_early, CUDA_ERROR_INVALID_PTX, "not 'the end of the text'") {
    std::string text = kernel("");
    return load(text.substr(0, text.rfind('}')));
}
CHECK(ptx_mma_below_sm_80, CUDA_ERROR_INVALID_PTX, "requires .target sm_80 or higher") {
    return load(kernel("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {rfi0, rfi1, rfi2, rfi3}, {rbi0, rbi1, rbi2, rbi3}, {rbi4, rbi5}, {rfi0, rfi1, rfi2, rfi3};",
            "", "sm_75"));
}
CHECK(ptx_for_a_newer_device, CUDA_ERROR_NO_BINARY_FOR_GPU, "compiled for sm_100, but the device is sm_90") { return load(kernel("", "", "sm_100")); }
CHECK(ptx_launch_bound, CUDA_ERROR_INVALID_VALUE, "its launch bound is 32") { return run_on(kernel("", ".maxntid 32, 1, 1"), {1}, {33}); }
CHECK(ptx_too_much_shared_memory, CUDA_ERROR_INVALID_PTX, "uses too much shared data") { return load(kernel(".shared .f32 tile[12289]; st.shared.f32 tile[rui0], 0F00000000;")); }
